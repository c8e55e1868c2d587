/* Along a dimension, w0 and w1 make the sums w0, w0 + w1, w1 and, for tiles of three outputs,
 * w0 - w1 (nn/winograd.h). */
#include "nn/winograd_weights.h"

#include "nn/affine.h"
#include "nn/winograd_tiles.h"

/* Up to 16 rows of sums are written at once: they must differ in their cache sets. */
enum { GAP = 16 };

int winograd_products(const struct patches *patches) {
    return winograd_sums_along(patches->grid.height) * winograd_sums_along(patches->grid.width);
}

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
    int sums_down, sums_along;
    bool keep; /* of spread_gradient */
};

static void sums_of(gt_real sums[WINOGRAD_SUMS], gt_real w0, gt_real w1) {
    sums[0] = w0;
    sums[1] = w0 + w1;
    sums[2] = w1;
    sums[3] = w0 - w1;
}

/* For each pixel of a step, the four weights that are one step apart from each other. */
static void sum_weights(void *context, long first, long last) {
    const struct weights *weights = context;
    const int channels = weights->patches.image.channels, size = weights->patches.size;
    const int across = weights->patches.stride, down = across * size;
    const int sums_down = weights->sums_down, sums_along = weights->sums_along;
    const long product = winograd_weights_stride(&weights->patches);
    gt_real *to = weights->summed + first * across * across * channels;
    for (long feature = first; feature < last; feature++)
        for (int y = 0; y < across; y++)
            for (int x = 0; x < across; x++) {
                const gt_real *w = weights->plain + (feature * channels * size + y) * size + x;
                for (int c = 0; c < channels; c++, w += size * size, to++) {
                    gt_real above[WINOGRAD_SUMS], below[WINOGRAD_SUMS], sums[WINOGRAD_SUMS];
                    sums_of(above, w[0], w[across]);
                    sums_of(below, w[down], w[down + across]);
                    for (int a = 0; a < sums_along; a++) {
                        sums_of(sums, above[a], below[a]);
                        for (int d = 0; d < sums_down; d++)
                            to[(d * sums_along + a) * product] = sums[d];
                    }
                }
            }
}

static void put(gt_real *number, gt_real value, bool keep) {
    *number = keep ? *number + value : value;
}

/* The transpose of sums_of, for `count` sums that lie `distance` apart. */
static void weights_of(gt_real *w0, gt_real *w1, const gt_real *sums, int count, long distance) {
    *w0 = sums[0] + sums[distance];
    *w1 = sums[distance] + sums[2 * distance];
    if (count == WINOGRAD_SUMS) {
        *w0 += sums[3 * distance];
        *w1 -= sums[3 * distance];
    }
}

/* The transpose: each weight's gradient is the sum of those of the sums it is in. */
static void spread_gradient(void *context, long first, long last) {
    const struct weights *weights = context;
    const int channels = weights->patches.image.channels, size = weights->patches.size;
    const int across = weights->patches.stride, down = across * size;
    const int sums_down = weights->sums_down, sums_along = weights->sums_along;
    const long product = winograd_weights_stride(&weights->patches);
    const bool keep = weights->keep;
    const gt_real *of = weights->summed + first * across * across * channels;
    for (long feature = first; feature < last; feature++)
        for (int y = 0; y < across; y++)
            for (int x = 0; x < across; x++) {
                gt_real *w = weights->plain + (feature * channels * size + y) * size + x;
                for (int c = 0; c < channels; c++, w += size * size, of++) {
                    gt_real left[WINOGRAD_SUMS] = {0}, right[WINOGRAD_SUMS] = {0}, above[2],
                            below[2];
                    for (int d = 0; d < sums_down; d++)
                        weights_of(&left[d], &right[d], of + d * sums_along * product, sums_along,
                                   product);
                    weights_of(&above[0], &below[0], left, sums_down, 1);
                    weights_of(&above[1], &below[1], right, sums_down, 1);
                    put(&w[0], above[0], keep);
                    put(&w[across], above[1], keep);
                    put(&w[down], below[0], keep);
                    put(&w[down + across], below[1], keep);
                }
            }
}

static void run(gt_loop_body body, gt_real *plain, const struct patches *patches,
                const gt_layer_memory *memory) {
    struct weights weights = {.plain = plain,
                              .summed = memory->scratch,
                              .patches = *patches,
                              .sums_down = winograd_sums_along(patches->grid.height),
                              .sums_along = winograd_sums_along(patches->grid.width),
                              .keep = memory->keep != 0};
    gt_team_run(memory->compute->team, body, &weights, patches->grid.channels, 1,
                winograd_weights_stride(patches) > GT_LOOP_WORTH);
}

void winograd_sum_weights(const struct patches *patches, const gt_layer_memory *memory) {
    run(sum_weights, memory->values[AFFINE_WEIGHT], patches, memory);
}

void winograd_add_gradient(const struct patches *patches, const gt_layer_memory *memory) {
    run(spread_gradient, memory->gradients[AFFINE_WEIGHT], patches, memory);
}
