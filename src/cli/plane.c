/* gantrain plane: all of a latent space that has two components. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/settings.h"

static gt_status run_plane(const gt_arguments *arguments, gt_error *error) {
    enum { ROWS = 20 };
    gt_compute compute;
    gt_sampler sampler;
    gt_picture picture;
    gt_status status = settings_open_picture(&picture, &sampler, &compute, arguments, "plane.png",
                                             ROWS, ROWS, 1, error);
    if (status != GT_OK)
        return status;
    if (gt_arguments_value(arguments, "columns") == NULL)
        picture.columns = picture.rows;
    status = gt_picture_plane(&picture, error);
    if (status == GT_OK)
        fprintf(stderr, "%s: %d images, epoch %" PRIu64 ", step %" PRIu64 "\n", picture.path,
                picture.rows * picture.columns, sampler.epoch, sampler.step);
    settings_close_sampler(&sampler, &compute);
    return status;
}

const gt_command gt_command_plane = {
    .name = "plane",
    .operands = "CHECKPOINT",
    .help = "draw the images of all places of a latent space of two components",
    .options =
        {
            {"rows", 'n', "ROWS", "values of the second component, the highest on top (20)"},
            {"columns", 'c', "COLUMNS", "values of the first, from left to right (as many)"},
            {"output", 'o', "FILE", "FILE.png (plane.png)"},
            {"class", 0, "CLASS",
             "which class, by number or name, of a conditional model (class 0)"},
            SETTINGS_RAW_OPTION,
            SETTINGS_THREADS_OPTION,
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_plane,
};
