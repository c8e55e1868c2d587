/* Minibatches by number: a pass's order is Fisher and Yates' shuffle with numbers addressed by the
 * pass, made again when another pass is asked for. Gathering and scaling are one sweep over bytes.
 */
#include "gantrain/data/batches.h"

#include <assert.h>

#include "gantrain/base/rng.h"

/* A gather this large is worth waking the other threads for. */
enum { PARALLEL_PIXELS = 1 << 15 };

/* gt_random_below counts to 2^26 within one address; the rest of a number goes into `example`. */
enum { INDEX_BITS = 26 };

void gt_batches_init(gt_batches *batches, gt_arena *arena, const gt_dataset *dataset, int batch,
                     gt_real low, gt_real high, uint64_t seed) {
    assert(batch >= 1 && (uint32_t)batch <= dataset->count);
    *batches = (gt_batches){
        .dataset = dataset,
        .batch = batch,
        .per_pass = dataset->count / (uint32_t)batch,
        .seed = seed,
        .pass = UINT64_MAX,
        .order = gt_arena_take(arena, dataset->count, sizeof *batches->order),
        .scale = high - low,
        .offset = low,
    };
}

static void shuffle(gt_batches *batches, uint64_t pass) {
    uint32_t *order = batches->order;
    uint32_t count = batches->dataset->count;
    gt_address address = {.seed = batches->seed, .purpose = GT_PURPOSE_SHUFFLE, .step = pass};
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = count - 1; i > 0; i--) {
        address.example = i >> INDEX_BITS;
        uint32_t other = gt_random_below(address, i & ((1u << INDEX_BITS) - 1), i + 1);
        uint32_t image = order[i];
        order[i] = order[other];
        order[other] = image;
    }
    batches->pass = pass;
}

void gt_batches_get(gt_batches *batches, gt_real *images, uint64_t number) {
    uint64_t pass = number / batches->per_pass;
    if (batches->pass != pass)
        shuffle(batches, pass);
    int batch = batches->batch, pixels = batches->dataset->pixels;
    const uint8_t *all = batches->dataset->images;
    const uint32_t *chosen = batches->order + number % batches->per_pass * (uint64_t)batch;
    gt_real scale = batches->scale, offset = batches->offset;

#pragma omp parallel for schedule(static) if ((long)batch * pixels > PARALLEL_PIXELS)
    for (int row = 0; row < batch; row++) {
        const uint8_t *from = all + (size_t)chosen[row] * (size_t)pixels;
        gt_real *to = images + (size_t)row * (size_t)pixels;
        /* A quotient and not a product with scale / 255, which would miss `high` by a bit. */
        for (int i = 0; i < pixels; i++)
            to[i] = scale * from[i] / 255 + offset;
    }
}
