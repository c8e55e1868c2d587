/* gantrain interpolate: what lies between two samples. */
#include <stdio.h>

#include "cli/settings.h"
#include "gantrain/base/text.h"

/* The path that --path names; that of the prior without it. */
static gt_status find_path(const gt_path **path, const gt_arguments *arguments,
                           const gt_sampler *sampler, gt_error *error) {
    const char *name = gt_arguments_value(arguments, "path");
    *path = name != NULL ? gt_path_find(name) : gt_path_of_prior(sampler->model.prior);
    if (*path != NULL)
        return GT_OK;
    gt_guess guess = {.word = name};
    char known[128] = "";
    size_t used = 0;
    for (int i = 0; (*path = gt_path_at(i)) != NULL && used < sizeof known; i++) {
        used = gt_text_append(known, sizeof known, used, "%s%s", i ? " or " : "", (*path)->name);
        gt_guess_consider(&guess, (*path)->name);
    }
    return gt_error_set(error, GT_USAGE, "--path %s: needs %s%s", name, known,
                        gt_guess_phrase(&guess));
}

static gt_status run_interpolate(const gt_arguments *arguments, gt_error *error) {
    gt_compute compute;
    gt_sampler sampler;
    gt_picture picture;
    const gt_path *path;
    gt_status status = settings_open_picture(&picture, &sampler, &compute, arguments,
                                             "interpolate.png", 8, 10, 2, error);
    if (status != GT_OK)
        return status;
    int last_class = GT_CLASS_DRAWN;
    status = find_path(&path, arguments, &sampler, error);
    if (status == GT_OK)
        status = settings_class(&last_class, &sampler, arguments, "to-class", false, error);
    if (status == GT_OK)
        status = gt_picture_interpolate(&picture, path, last_class, error);
    if (status == GT_OK)
        settings_say_drawn(picture.path, (uint64_t)picture.rows * (uint64_t)picture.columns,
                           picture.seed, &sampler);
    settings_close_sampler(&sampler, &compute);
    return status;
}

const gt_command gt_command_interpolate = {
    .name = "interpolate",
    .operands = "CHECKPOINT",
    .help = "draw the way from one sample to another, a row for each pair of them",
    .options =
        {
            {"rows", 'n', "ROWS", "pairs of samples (8)"},
            {"columns", 'c', "COLUMNS", "images to a row, both ends among them (10)"},
            SETTINGS_PICTURE_OPTIONS("interpolate.png"),
            SETTINGS_CLASS_OPTION,
            {"to-class", 0, "CLASS", "the class of the last column (that of --class)"},
            {"path", 'p', "PATH",
             "line, or circle: a great circle (circle for the normal prior, else line)"},
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_interpolate,
};
