/* A stacked set is made once, when it is opened: 60,000 stacks of 28 x 28 are 141 MB, and all that
 * reads a set of images then reads this one too. */
#include "gantrain/data/stack.h"

#include <stdlib.h>

#include "data/source.h"
#include "gantrain/base/rng.h"

void gt_stack_choose(uint32_t chosen[GT_STACK_CHANNELS], uint64_t seed, uint64_t series,
                     uint32_t example, uint32_t count) {
    const gt_address address = {seed, GT_PURPOSE_STACK, series, example};
    for (uint32_t c = 0; c < GT_STACK_CHANNELS; c++)
        chosen[c] = gt_random_below(address, c, count);
}

gt_status source_stack(gt_dataset *dataset, const gt_data_options *options, gt_error *error) {
    const char *name = options->images;
    const gt_dataset from = *dataset;
    gt_dataset stacked = {.count = from.count, .stacked = true};
    if (from.shape.channels != 1)
        return gt_error_set(error, GT_USAGE,
                            "[data] stack = yes: %s has images in colour, and grey ones are "
                            "stacked: set data.channels = grey",
                            name);
    gt_status status = source_set_shape(&stacked, GT_STACK_CHANNELS, (uint64_t)from.shape.height,
                                        (uint64_t)from.shape.width, name, error);
    if (status != GT_OK)
        return status;
    stacked.image_memory = malloc((size_t)from.count * (size_t)stacked.pixels);
    stacked.images = stacked.image_memory;
    if (stacked.images == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for its %u stacks", name,
                            (unsigned)from.count);
    for (uint32_t i = 0; i < from.count; i++) {
        uint32_t chosen[GT_STACK_CHANNELS];
        uint8_t *to = stacked.image_memory + (size_t)i * (size_t)stacked.pixels;
        gt_stack_choose(chosen, options->seed, 0, i, from.count);
        for (int c = 0; c < GT_STACK_CHANNELS; c++)
            for (int k = 0; k < from.pixels; k++)
                to[k * GT_STACK_CHANNELS + c] =
                    from.images[(size_t)chosen[c] * (size_t)from.pixels + (size_t)k];
    }
    gt_dataset_free(dataset);
    *dataset = stacked;
    return GT_OK;
}
