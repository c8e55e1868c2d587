/* gantrain import: a run from weights that another program wrote. */
#include <stdio.h>

#include "cli/settings.h"
#include "gantrain/base/text.h"
#include "gantrain/cli/commands.h"
#include "gantrain/train/import.h"

static void print_line(void *context, gt_line_kind kind, const char *text) {
    (void)context, (void)kind;
    fprintf(stderr, "%s\n", text);
}

static gt_status run_import(const gt_arguments *arguments, gt_error *error) {
    const char *path = gt_arguments_value(arguments, "config");
    const char *directory = gt_arguments_value(arguments, "out");
    char cache[GT_PATH_CAPACITY];
    gt_config config;
    if (path == NULL || directory == NULL)
        return gt_error_set(error, GT_USAGE, "import: needs --%s %s",
                            path == NULL ? "config" : "out", path == NULL ? "FILE" : "DIR");
    gt_status status = settings_read(&config, path, arguments, error);
    if (status != GT_OK)
        return status;
    if (!gt_text_copy(config.output.dir, sizeof config.output.dir, directory))
        return gt_error_set(error, GT_USAGE, "--out %.60s...: the path is over-long", directory);
    const gt_import_options options = {
        .force = gt_arguments_value(arguments, "force") != NULL,
        .cache = settings_cache(cache),
    };
    const gt_reporter reporter = {.line = print_line};
    return gt_import(arguments->operands[0], &config, &options, &reporter, error);
}

const gt_command gt_command_import = {
    .name = "import",
    .operands = "FILE.safetensors",
    .help = "make a run from weights that another program wrote: to sample, evaluate or train on",
    .options =
        {
            {"config", 'c', "FILE", "the config, an INI file (gantrain help config)"},
            {"set", 's', "SECTION.KEY=VALUE", "override a key of the config; may be repeated"},
            {"out", 'o', "DIR", "the run directory; one that holds a run is refused"},
            {"force", 0, NULL, "move an old run in the run directory aside, to DIR.old-N"},
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_import,
};
