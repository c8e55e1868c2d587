/* Minibatches by number: a pass's order is Fisher and Yates' shuffle with numbers addressed by the
 * pass, made again when another pass is asked for. Gathering and scaling are one sweep over bytes.
 */
#include "gantrain/data/batches.h"

#include <assert.h>

#include "gantrain/base/rng.h"
#include "gantrain/base/team.h"

/* A gather this large is worth waking the other threads for. */
enum { PARALLEL_PIXELS = 1 << 15 };

/* gt_random_below counts to 2^26 within one address; the rest of a number goes into `example`. */
enum { INDEX_BITS = 26 };

void gt_batches_init(gt_batches *batches, gt_team *team, gt_arena *arena, const gt_dataset *dataset,
                     int batch, gt_real low, gt_real high, uint64_t seed) {
    uint32_t count = gt_dataset_shown(dataset);
    assert(batch >= 1 && (uint32_t)batch <= count && count >= dataset->count);
    *batches = (gt_batches){
        .dataset = dataset,
        .team = team,
        .batch = batch,
        .count = count,
        .per_pass = count / (uint32_t)batch,
        .seed = seed,
        .pass = UINT64_MAX,
        .order = gt_arena_take(arena, count, sizeof *batches->order),
        .scale = high - low,
        .offset = low,
    };
}

static void shuffle(gt_batches *batches, uint64_t pass) {
    uint32_t *order = batches->order;
    uint32_t count = batches->count;
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

/* A minibatch while it is gathered. */
struct gather {
    const gt_batches *batches;
    gt_real *images;
    const uint32_t *chosen;
};

/* Sets to (pixels) to an image, or to its reflection if its number is past the last. */
static void gather_row(gt_real *to, const gt_batches *batches, uint32_t number) {
    const gt_dataset *dataset = batches->dataset;
    bool is_reflected = number >= dataset->count;
    long image = is_reflected ? number - dataset->count : number, pixels = dataset->pixels;
    const uint8_t *from = dataset->images + image * pixels;
    gt_real scale = batches->scale, offset = batches->offset;
    /* A quotient and not a product with scale / 255, which would miss `high` by a bit. */
    if (!is_reflected) {
        for (long i = 0; i < pixels; i++)
            to[i] = scale * from[i] / 255 + offset;
        return;
    }
    const int channels = dataset->shape.channels, width = dataset->shape.width;
    for (int y = 0; y < dataset->shape.height; y++, from += width * channels)
        for (int x = width - 1; x >= 0; x--)
            for (int c = 0; c < channels; c++)
                *to++ = scale * from[x * channels + c] / 255 + offset;
}

static void gather_rows(void *context, long first, long last) {
    const struct gather *gather = context;
    for (long row = first; row < last; row++)
        gather_row(gather->images + row * gather->batches->dataset->pixels, gather->batches,
                   gather->chosen[row]);
}

const uint32_t *gt_batches_indices(gt_batches *batches, uint64_t number) {
    uint64_t pass = number / batches->per_pass;
    if (batches->pass != pass)
        shuffle(batches, pass);
    return batches->order + number % batches->per_pass * (uint64_t)batches->batch;
}

void gt_batches_get(gt_batches *batches, gt_real *images, uint64_t number) {
    long batch = batches->batch, pixels = batches->dataset->pixels;
    struct gather gather = {
        .batches = batches,
        .images = images,
        .chosen = gt_batches_indices(batches, number),
    };
    gt_team_run(batches->team, gather_rows, &gather, batch, 1, batch * pixels > PARALLEL_PIXELS);
}
