/* Copies of weights from one order to the other, a feature at a time. */
#include "nn/weight_order.h"

#include "nn/affine.h"

/* The arguments of the loops over features. */
struct copy {
    const gt_real *from;
    gt_real *to;
    gt_bf16 *rounded; /* NULL: products take the weights as they are */
    int channels, taps;
    bool keep;
};

static int taps_of(const struct patches *patches) {
    return patches->size * patches->size;
}

bool weight_order_is_that_of_patches(const struct patches *patches) {
    return patches->image.channels == 1 || taps_of(patches) == 1;
}

static void to_patches(void *context, long first, long last) {
    const struct copy *copy = context;
    const int channels = copy->channels, taps = copy->taps;
    const long size = (long)channels * taps;
    for (long feature = first; feature < last; feature++) {
        const gt_real *from = copy->from + feature * size;
        gt_real *to = copy->to + feature * size;
        for (int tap = 0; tap < taps; tap++)
            for (int i = 0; i < channels; i++)
                to[tap * channels + i] = from[i * taps + tap];
    }
    if (copy->rounded != NULL)
        gt_bf16_round(copy->rounded + first * size, copy->to + first * size, (last - first) * size);
}

static void from_patches(void *context, long first, long last) {
    const struct copy *copy = context;
    const int channels = copy->channels, taps = copy->taps;
    const long size = (long)channels * taps;
    for (long feature = first; feature < last; feature++) {
        const gt_real *from = copy->from + feature * size;
        gt_real *to = copy->to + feature * size;
        for (int i = 0; i < channels; i++)
            for (int tap = 0; tap < taps; tap++) {
                const gt_real value = from[tap * channels + i];
                gt_real *number = &to[i * taps + tap];
                *number = copy->keep ? *number + value : value;
            }
    }
}

static void run(gt_loop_body body, struct copy *copy, const struct patches *patches,
                const gt_layer_memory *memory) {
    const int features = patches->grid.channels;
    copy->channels = patches->image.channels;
    copy->taps = taps_of(patches);
    gt_team_run(memory->compute->team, body, copy, features, 1,
                (long)features * copy->channels * copy->taps > GT_LOOP_WORTH);
}

const void *weight_order_for_patches(const struct patches *patches, const gt_layer_memory *memory) {
    const gt_bf16 *rounded = memory->rounded_values[AFFINE_WEIGHT];
    const size_t count =
        (size_t)patches->grid.channels * (size_t)patches->image.channels * (size_t)taps_of(patches);
    struct copy copy = {.from = memory->values[AFFINE_WEIGHT], .to = memory->scratch};
    if (weight_order_is_that_of_patches(patches))
        return rounded != NULL ? (const void *)rounded : copy.from;
    if (rounded != NULL)
        copy.rounded = (gt_bf16 *)(copy.to + count);
    run(to_patches, &copy, patches, memory);
    return rounded != NULL ? (const void *)copy.rounded : copy.to;
}

void weight_order_add_gradient(const struct patches *patches, const gt_layer_memory *memory) {
    struct copy copy = {
        .from = memory->scratch, .to = memory->gradients[AFFINE_WEIGHT], .keep = memory->keep != 0};
    run(from_patches, &copy, patches, memory);
}
