/* A data set of points, drawn when it is opened: 20,000 in the plane are 160 kB. */
#include <inttypes.h>
#include <stdlib.h>

#include "data/source.h"

enum { POINTS_BY_DEFAULT = 20000 };

/* Options that say something about pixels, labels or files. */
static gt_status check_options(const gt_data_options *options, gt_error *error) {
    const struct {
        const char *key;
        bool is_set;
    } keys[] = {
        {"labels", options->labels != NULL && options->labels[0] != '\0'},
        {"size", options->width != 0 || options->height != 0},
        {"channels", options->channels != 0},
        {"mirror", options->mirror},
        {"stack", options->stack},
        {"binarize", options->binarize != GT_BINARIZE_NONE},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].is_set)
            return gt_error_set(error, GT_USAGE,
                                "[data] %s: %s are points, which have no pixels and no labels: "
                                "leave it out",
                                keys[i].key, options->images);
    return GT_OK;
}

gt_status points_open(gt_dataset *dataset, gt_team *team, const gt_distribution *distribution,
                      const gt_data_options *options, gt_error *error) {
    gt_range range;
    gt_status status = check_options(options, error);
    if (status == GT_OK)
        status = source_drawn_range(&range, options, POINTS_BY_DEFAULT, "points", error);
    if (status != GT_OK)
        return status;
    const uint32_t count = (uint32_t)(range.last - range.first);
    dataset->point_memory =
        malloc((size_t)count * (size_t)distribution->components * sizeof(gt_real));
    if (dataset->point_memory == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for %" PRIu32 " points: use fewer",
                            options->images, count);
    gt_distribution_draw(dataset->point_memory, team, distribution, options->seed,
                         (uint32_t)range.first, count);
    dataset->points = dataset->point_memory;
    dataset->distribution = distribution;
    dataset->count = count;
    dataset->shape = gt_shape_of_vector(distribution->components);
    dataset->pixels = distribution->components;
    if (options->report != NULL)
        options->report->source = distribution->help;
    return GT_OK;
}
