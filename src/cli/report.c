/* gantrain report: runs as a page to be sent to others. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/settings.h"
#include "gantrain/report/report.h"

static gt_status run_report(const gt_arguments *arguments, gt_error *error) {
    const char *output = gt_arguments_value(arguments, "output");
    const char *path = output != NULL ? output : "report.html";
    uint64_t pictures;
    gt_status status =
        settings_number(&pictures, arguments, "pictures", GT_REPORT_PICTURES, 1, 1000000, error);
    if (status == GT_OK && !settings_has_suffix(path, ".html"))
        status = gt_error_set(error, GT_USAGE, "--output %s: the name must end in .html", path);
    if (status != GT_OK)
        return status;
    const gt_report_options options = {.is_self_contained = true, .pictures_most = (int)pictures};
    status = gt_report_write(path, (const char *const *)arguments->operands,
                             arguments->operand_count, &options, error);
    if (status == GT_OK)
        fprintf(stderr, "%s: open it in a browser\n", path);
    return status;
}

const gt_command gt_command_report = {
    .name = "report",
    .operands = "RUN...",
    .help = "write a page that shows a run, or compares several, with all pictures inside",
    .options =
        {
            {"output", 'o', "FILE", "FILE.html (report.html)"},
            {"pictures", 'n', "COUNT", "sample grids of each run at most, evenly spaced (100)"},
        },
    .fewest_operands = 1,
    .most_operands = GT_REPORT_RUNS,
    .run = run_report,
};
