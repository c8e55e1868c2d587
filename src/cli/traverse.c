/* gantrain traverse: what single components of the latent vector do. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/settings.h"
#include "cli/terminal.h"
#include "gantrain/base/profile.h"

static gt_status draw(const gt_picture *picture, gt_error *error) {
    gt_component *components = malloc((size_t)picture->rows * sizeof *components);
    terminal screen;
    terminal_init(&screen, stderr, false);
    screen.last_progress = gt_profile_now(); /* a few components are compared in no time */
    const gt_data_observer observer = {.progress = terminal_reading, .context = &screen};
    gt_status status = components != NULL
                           ? gt_picture_traverse(components, picture, &observer, error)
                           : gt_error_set(error, GT_FAILED, "no memory");
    terminal_end(&screen);
    if (status == GT_OK) {
        printf("%6s %10s %10s\n", "row", "component", "change");
        for (int row = 0; row < picture->rows; row++)
            printf("%6d %10d %10.6f\n", row, components[row].number, components[row].change);
    }
    free(components);
    return status;
}

static gt_status run_traverse(const gt_arguments *arguments, gt_error *error) {
    gt_compute compute;
    gt_sampler sampler;
    gt_picture picture;
    gt_status status = settings_open_picture(&picture, &sampler, &compute, arguments,
                                             "traverse.png", 8, 9, 2, error);
    if (status != GT_OK)
        return status;
    int latent_dim = sampler.model.latent_dim;
    if (gt_arguments_value(arguments, "rows") == NULL && picture.rows > latent_dim)
        picture.rows = latent_dim;
    status = draw(&picture, error);
    if (status == GT_OK)
        settings_say_drawn(picture.path, (uint64_t)picture.rows * (uint64_t)picture.columns,
                           picture.seed, &sampler);
    settings_close_sampler(&sampler, &compute);
    return status;
}

const gt_command gt_command_traverse = {
    .name = "traverse",
    .operands = "CHECKPOINT",
    .help = "draw what the strongest latent components do to a sample, and rank them",
    .options =
        {
            {"rows", 'n', "ROWS", "components, the strongest first (8)"},
            {"columns", 'c', "COLUMNS", "values of each, from end to end (9)"},
            SETTINGS_PICTURE_OPTIONS("traverse.png"),
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_traverse,
};
