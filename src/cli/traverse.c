/* gantrain traverse: what single components of the latent vector do. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/settings.h"

static gt_status draw(const gt_figure *figure, gt_error *error) {
    gt_component *components = malloc((size_t)figure->rows * sizeof *components);
    gt_status status = components != NULL ? gt_figure_traverse(components, figure, error)
                                          : gt_error_set(error, GT_FAILED, "no memory");
    if (status == GT_OK) {
        printf("%6s %10s %10s\n", "row", "component", "change");
        for (int row = 0; row < figure->rows; row++)
            printf("%6d %10d %10.6f\n", row, components[row].number, components[row].change);
    }
    free(components);
    return status;
}

static gt_status run_traverse(const gt_arguments *arguments, gt_error *error) {
    gt_sampler sampler;
    gt_figure figure;
    gt_status status =
        settings_open_figure(&figure, &sampler, arguments, "traverse.png", 8, 9, 2, error);
    if (status != GT_OK)
        return status;
    int latent_dim = sampler.generator.mlp.in;
    if (gt_arguments_value(arguments, "rows") == NULL && figure.rows > latent_dim)
        figure.rows = latent_dim;
    status = draw(&figure, error);
    if (status == GT_OK)
        settings_say_drawn(figure.path, (uint64_t)figure.rows * (uint64_t)figure.columns,
                           figure.seed, &sampler);
    gt_sampler_close(&sampler);
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
            SETTINGS_FIGURE_OPTIONS("traverse.png"),
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_traverse,
};
