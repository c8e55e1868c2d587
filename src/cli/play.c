/* gantrain play: a generator as a page with sliders. */
#include <stdio.h>

#include "cli/settings.h"
#include "gantrain/report/play.h"

static gt_status write_page(const char *path, const gt_play_options *options,
                            const gt_arguments *arguments, gt_error *error) {
    gt_compute compute;
    gt_status status = settings_open_threads(&compute, arguments, error);
    if (status != GT_OK)
        return status;
    status = gt_play_write(path, arguments->operands[0], &compute, options, error);
    gt_compute_close(&compute);
    return status;
}

static gt_status run_play(const gt_arguments *arguments, gt_error *error) {
    const char *output = gt_arguments_value(arguments, "output");
    const char *path = output != NULL ? output : "play.html";
    uint64_t seed, directions;
    gt_status status = settings_number(&seed, arguments, "seed", 0, 0, UINT64_MAX, error);
    if (status == GT_OK)
        status = settings_number(&directions, arguments, "directions", 8, 0, 64, error);
    if (status == GT_OK && !settings_has_suffix(path, ".html"))
        status = gt_error_set(error, GT_USAGE, "--output %s: the name must end in .html", path);
    if (status != GT_OK)
        return status;
    const gt_play_options options = {.directions = (int)directions, .seed = seed};
    status = write_page(path, &options, arguments, error);
    if (status == GT_OK)
        fprintf(stderr, "%s: open it in a browser\n", path);
    return status;
}

const gt_command gt_command_play = {
    .name = "play",
    .operands = "CHECKPOINT",
    .help = "write a page that runs the generator: sliders for what changes images most",
    .options =
        {
            {"output", 'o', "FILE", "FILE.html (play.html)"},
            {"directions", 'n', "COUNT", "sliders, the strongest directions first (8)"},
            SETTINGS_SEED_OPTION,
            SETTINGS_THREADS_OPTION,
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_play,
};
