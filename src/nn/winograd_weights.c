/* Along a dimension, w0 and w1 make the sums w0, w0 + w1 and w1 (nn/winograd.h). */
#include "nn/winograd_weights.h"

#include "nn/affine.h"

/* Nine rows of sums are written at once: they must differ in their cache sets. */
enum { GAP = 16 };

long winograd_weights_stride(const struct patches *patches) {
    return (long)patches->grid.channels * patches->stride * patches->stride *
               patches->image.channels +
           GAP;
}

/* The arguments of the loops over features. */
struct weights {
    gt_real *plain;  /* (features, channels, size, size) */
    gt_real *summed; /* (products, features, stride, stride, channels) */
    struct patches patches;
    bool keep; /* of spread_gradient */
};

/* For each pixel of a step, the four weights that are one step apart from each other. */
static void sum_weights(void *context, long first, long last) {
    const struct weights *weights = context;
    const int channels = weights->patches.image.channels, size = weights->patches.size;
    const int across = weights->patches.stride, down = across * size;
    const long product = winograd_weights_stride(&weights->patches);
    gt_real *to = weights->summed + first * across * across * channels;
    for (long feature = first; feature < last; feature++)
        for (int y = 0; y < across; y++)
            for (int x = 0; x < across; x++) {
                const gt_real *w = weights->plain + (feature * channels * size + y) * size + x;
                for (int c = 0; c < channels; c++, w += size * size, to++) {
                    const gt_real left = w[0] + w[down], right = w[across] + w[down + across];
                    to[0] = w[0];
                    to[product] = w[0] + w[across];
                    to[2 * product] = w[across];
                    to[3 * product] = left;
                    to[4 * product] = left + right;
                    to[5 * product] = right;
                    to[6 * product] = w[down];
                    to[7 * product] = w[down] + w[down + across];
                    to[8 * product] = w[down + across];
                }
            }
}

static void put(gt_real *number, gt_real value, bool keep) {
    *number = keep ? *number + value : value;
}

/* The transpose: each weight's gradient is the sum of those of the sums it is in. */
static void spread_gradient(void *context, long first, long last) {
    const struct weights *weights = context;
    const int channels = weights->patches.image.channels, size = weights->patches.size;
    const int across = weights->patches.stride, down = across * size;
    const long product = winograd_weights_stride(&weights->patches);
    const bool keep = weights->keep;
    const gt_real *of = weights->summed + first * across * across * channels;
    for (long feature = first; feature < last; feature++)
        for (int y = 0; y < across; y++)
            for (int x = 0; x < across; x++) {
                gt_real *w = weights->plain + (feature * channels * size + y) * size + x;
                for (int c = 0; c < channels; c++, w += size * size, of++) {
                    const gt_real above = of[product] + of[4 * product];
                    const gt_real below = of[4 * product] + of[7 * product];
                    put(&w[0], of[0] + of[3 * product] + above, keep);
                    put(&w[across], of[2 * product] + of[5 * product] + above, keep);
                    put(&w[down], of[3 * product] + of[6 * product] + below, keep);
                    put(&w[down + across], of[5 * product] + of[8 * product] + below, keep);
                }
            }
}

static void run(gt_loop_body body, gt_real *plain, const struct patches *patches,
                const gt_layer_memory *memory) {
    struct weights weights = {plain, memory->scratch, *patches, memory->keep != 0};
    gt_team_run(memory->compute->team, body, &weights, patches->grid.channels, 1,
                winograd_weights_stride(patches) > GT_LOOP_WORTH);
}

void winograd_sum_weights(const struct patches *patches, const gt_layer_memory *memory) {
    run(sum_weights, memory->values[AFFINE_WEIGHT], patches, memory);
}

void winograd_add_gradient(const struct patches *patches, const gt_layer_memory *memory) {
    run(spread_gradient, memory->gradients[AFFINE_WEIGHT], patches, memory);
}
