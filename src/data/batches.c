/* Minibatches by number: a pass's order is Fisher and Yates' shuffle with numbers addressed by the
 * pass, made again when another pass is asked for. Gathering and scaling are one sweep over bytes.
 */
#include "gantrain/data/batches.h"

#include <assert.h>
#include <string.h>

#include "gantrain/base/rng.h"
#include "gantrain/base/team.h"

/* A gather this large is worth waking the other threads for. */
enum { PARALLEL_PIXELS = 1 << 15 };

static const char *const binarize_names[] = {
    [GT_BINARIZE_NONE] = "none",
    [GT_BINARIZE_THRESHOLD] = "threshold",
    [GT_BINARIZE_SAMPLE] = "sample",
};

enum { BINARIZE_COUNT = sizeof binarize_names / sizeof *binarize_names };

const char *gt_binarize_name(int index) {
    return index < BINARIZE_COUNT ? binarize_names[index] : NULL;
}

gt_binarize gt_binarize_find(const char *name) {
    int i = 0;
    while (i < BINARIZE_COUNT - 1 && strcmp(binarize_names[i], name) != 0)
        i++;
    return (gt_binarize)i;
}

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
        .rows = batch,
        .count = count,
        .per_pass = count / (uint32_t)batch,
        .seed = seed,
        .pass = UINT64_MAX,
        .order = gt_arena_take(arena, count, sizeof *batches->order),
        .scale = high - low,
        .offset = low,
    };
    if (dataset->labels != NULL)
        batches->labels = gt_arena_take(arena, (size_t)batch, sizeof *batches->labels);
    if (dataset->binarize == GT_BINARIZE_SAMPLE)
        batches->chances =
            gt_arena_take(arena, (size_t)batch * (size_t)dataset->pixels, sizeof(gt_real));
}

void gt_batches_share(gt_batches *batches, int first, int rows) {
    assert(first >= 0 && rows >= 1 && first + rows <= batches->batch);
    batches->first = first;
    batches->rows = rows;
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

/* Images while they are gathered. */
struct gather {
    const gt_dataset *dataset;
    gt_real *images;
    const uint32_t *chosen; /* (rows); NULL: the images from `first` on */
    uint32_t first;
    const gt_real *chances; /* (rows, pixels) in (0, 1]; NULL: pixels are not sampled */
    gt_real scale, offset;
};

/* Sets to (pixels) to an image, or to an image's reflection if its number is past the last. */
static void gather_row(gt_real *to, const gt_dataset *dataset, uint32_t number, gt_real scale,
                       gt_real offset) {
    bool is_reflected = number >= dataset->count;
    long image = is_reflected ? number - dataset->count : number, pixels = dataset->pixels;
    if (dataset->points != NULL) { /* as they are, where low is 0 and high is 1 */
        for (long i = 0; i < pixels; i++)
            to[i] = scale * dataset->points[image * pixels + i] + offset;
        return;
    }
    const uint8_t *from = dataset->images + image * pixels;
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

/* Makes pixels (pixels) black or white: white from a grey value on, which is each pixel's chance if
 * there are chances. */
static void binarize_row(gt_real *to, const gt_real *chances, gt_real scale, gt_real offset,
                         long pixels) {
    const gt_real half = (gt_real)127.5 / 255;
    for (long i = 0; i < pixels; i++) {
        gt_real least = chances != NULL ? chances[i] : half;
        to[i] = to[i] - offset >= scale * least ? offset + scale : offset;
    }
}

static void gather_rows(void *context, long first, long last) {
    const struct gather *gather = context;
    const gt_dataset *dataset = gather->dataset;
    for (long row = first; row < last; row++) {
        uint32_t number =
            gather->chosen != NULL ? gather->chosen[row] : gather->first + (uint32_t)row;
        gt_real *to = gather->images + row * dataset->pixels;
        const gt_real *chances =
            gather->chances != NULL ? gather->chances + row * dataset->pixels : NULL;
        gather_row(to, dataset, number, gather->scale, gather->offset);
        if (dataset->binarize != GT_BINARIZE_NONE)
            binarize_row(to, chances, gather->scale, gather->offset, dataset->pixels);
    }
}

const uint32_t *gt_batches_indices(gt_batches *batches, uint64_t number) {
    uint64_t pass = number / batches->per_pass;
    if (batches->pass != pass)
        shuffle(batches, pass);
    return batches->order + number % batches->per_pass * (uint64_t)batches->batch;
}

const uint16_t *gt_batches_labels(gt_batches *batches, uint64_t number) {
    const uint32_t *chosen = gt_batches_indices(batches, number) + batches->first;
    const gt_dataset *dataset = batches->dataset;
    for (int row = 0; row < batches->rows && batches->labels != NULL; row++)
        batches->labels[row] = dataset->labels[chosen[row] % dataset->count];
    return batches->labels;
}

void gt_batches_get(gt_batches *batches, gt_real *images, uint64_t number) {
    long rows = batches->rows, pixels = batches->dataset->pixels;
    struct gather gather = {
        .dataset = batches->dataset,
        .images = images,
        .chosen = gt_batches_indices(batches, number) + batches->first,
        .chances = batches->chances,
        .scale = batches->scale,
        .offset = batches->offset,
    };
    if (batches->chances != NULL) {
        const gt_address noise = {batches->seed, GT_PURPOSE_BINARIZE, number,
                                  (uint32_t)batches->first};
        gt_random_uniform(batches->chances, batches->team, noise, 0, 1, batches->rows,
                          batches->dataset->pixels);
    }
    gt_team_run(batches->team, gather_rows, &gather, rows, 1, rows * pixels > PARALLEL_PIXELS);
}

void gt_images_get(gt_real *images, const gt_dataset *dataset, gt_real *chances, gt_real low,
                   gt_real high, uint64_t seed, uint32_t first, int rows) {
    const bool is_sampled = dataset->binarize == GT_BINARIZE_SAMPLE;
    struct gather gather = {
        .dataset = dataset,
        .images = images,
        .first = first,
        .chances = is_sampled ? chances : NULL,
        .scale = high - low,
        .offset = low,
    };
    if (is_sampled) {
        const gt_address noise = {seed, GT_PURPOSE_BINARIZE_TEST, 0, first};
        gt_random_uniform(chances, NULL, noise, 0, 1, rows, dataset->pixels);
    }
    gather_rows(&gather, 0, rows);
}
