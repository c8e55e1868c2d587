/* gantrain traverse: what directions in latent space, or single components, do to a sample. */
#include <stdio.h>

#include "cli/settings.h"
#include "cli/terminal.h"
#include "gantrain/base/profile.h"
#include "gantrain/sample/directions.h"

static void print_ranks(const gt_directions *directions, int rows, const char *what) {
    printf("%6s %10s %10s\n", "row", what, "change");
    for (int row = 0; row < rows; row++)
        printf("%6d %10d %10.6f\n", row, directions->ranked[row].number,
               directions->ranked[row].change);
}

static gt_status draw(const gt_picture *picture, gt_direction_kind kind, gt_error *error) {
    gt_directions directions;
    terminal screen;
    terminal_init(&screen, stderr, false);
    screen.last_progress = gt_profile_now(); /* a few directions are compared in no time */
    const gt_data_observer observer = {.progress = terminal_reading, .context = &screen};
    gt_status status =
        gt_directions_find(&directions, picture->sampler, kind, picture->seed, &observer, error);
    terminal_end(&screen);
    if (status != GT_OK)
        return status;
    status = gt_picture_traverse(picture, &directions, error);
    if (status == GT_OK)
        print_ranks(&directions, picture->rows,
                    kind == GT_DIRECTIONS_COMPONENTS ? "component" : "direction");
    gt_directions_free(&directions);
    return status;
}

/* Directions of the weights unless --components asks for components. */
static gt_status choose_kind(gt_direction_kind *kind, const gt_arguments *arguments,
                             gt_error *error) {
    bool components = gt_arguments_value(arguments, "components") != NULL;
    if (components && gt_arguments_value(arguments, "directions") != NULL)
        return gt_error_set(error, GT_USAGE, "--components and --directions: give one of them");
    *kind = components ? GT_DIRECTIONS_COMPONENTS : GT_DIRECTIONS_OF_WEIGHTS;
    return GT_OK;
}

static gt_status run_traverse(const gt_arguments *arguments, gt_error *error) {
    gt_compute compute;
    gt_sampler sampler;
    gt_picture picture;
    gt_direction_kind kind = GT_DIRECTIONS_OF_WEIGHTS;
    gt_status status = choose_kind(&kind, arguments, error);
    if (status == GT_OK)
        status = settings_open_picture(&picture, &sampler, &compute, arguments, "traverse.png", 8,
                                       9, 2, error);
    if (status != GT_OK)
        return status;
    int latent_dim = sampler.model.latent_dim;
    if (gt_arguments_value(arguments, "rows") == NULL && picture.rows > latent_dim)
        picture.rows = latent_dim;
    status = draw(&picture, kind, error);
    if (status == GT_OK)
        settings_say_drawn(picture.path, (uint64_t)picture.rows * (uint64_t)picture.columns,
                           picture.seed, &sampler);
    settings_close_sampler(&sampler, &compute);
    return status;
}

const gt_command gt_command_traverse = {
    .name = "traverse",
    .operands = "CHECKPOINT",
    .help = "draw what the strongest latent directions do to a sample, and rank them",
    .options =
        {
            {"rows", 'n', "ROWS", "directions, the strongest first (8)"},
            {"columns", 'c', "COLUMNS", "values of each, from end to end (9)"},
            SETTINGS_PICTURE_OPTIONS("traverse.png"),
            SETTINGS_CLASS_OPTION,
            {"directions", 'd', NULL,
             "singular vectors of the first layer's weights (this is the default)"},
            {"components", 0, NULL, "single components of the latent vector"},
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_traverse,
};
