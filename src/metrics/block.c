/* Blocks of centred vectors. */
#include "metrics/block.h"

/* Wide vectors come in smaller blocks. */
enum { BLOCK_NUMBERS = 1 << 22 };

#define MOST_NORM ((gt_real)1e37)

/* What the threads need to find a mean. */
struct mean {
    gt_real *values;
    const gt_vectors *set;
};

/* Components first to last - 1. */
static void find_mean(void *context, long first, long last) {
    const struct mean *mean = context;
    const gt_vectors *set = mean->set;
    enum { AT_ONCE = 64 };
    for (long from = first; from < last; from += AT_ONCE) {
        double sums[AT_ONCE] = {0};
        long count = last - from < AT_ONCE ? last - from : AT_ONCE;
        for (uint32_t row = 0; row < set->count; row++) {
            size_t start = (size_t)row * (size_t)set->width + (size_t)from;
            for (long k = 0; k < count; k++)
                sums[k] += gt_vectors_number(set, start + (size_t)k);
        }
        for (long k = 0; k < count; k++)
            mean->values[from + k] = (gt_real)(sums[k] / set->count);
    }
}

void block_mean(gt_real *mean, gt_team *team, const gt_vectors *set) {
    struct mean context = {mean, set};
    gt_team_run(team, find_mean, &context, set->width, GT_LOOP_UNIT,
                (double)set->count * set->width > (double)GT_LOOP_WORTH);
}

void block_carve(struct block *block, gt_arena *arena, const gt_vectors *set, const gt_real *mean,
                 int most) {
    int capacity = BLOCK_NUMBERS / set->width;
    capacity = capacity < 1 ? 1 : capacity < most ? capacity : most;
    capacity = set->count < (uint32_t)capacity ? (int)set->count : capacity;
    *block = (struct block){.set = set, .mean = mean, .capacity = capacity, .step = 1};
    block->values = gt_arena_take(arena, (size_t)capacity * (size_t)set->width, sizeof(gt_real));
    block->norms = gt_arena_take(arena, (size_t)capacity, sizeof(gt_real));
    block->bias = gt_arena_take(arena, (size_t)capacity, sizeof(gt_real));
}

/* Vectors first to last - 1 of the block. */
static void fill_part(void *context, long first, long last) {
    struct block *block = context;
    const gt_real *mean = block->mean;
    long width = block->set->width;
    for (long row = first; row < last; row++) {
        size_t start = ((size_t)block->first + (size_t)row * block->step) * (size_t)width;
        gt_real *values = block->values + row * width;
        if (block->set->reals != NULL)
            for (long k = 0; k < width; k++)
                values[k] = block->set->reals[start + (size_t)k] - mean[k];
        else
            for (long k = 0; k < width; k++)
                values[k] = (gt_real)block->set->bytes[start + (size_t)k] / 255 - mean[k];
        double norm = 0;
#pragma omp simd reduction(+ : norm)
        for (long k = 0; k < width; k++)
            norm += (double)values[k] * (double)values[k];
        block->norms[row] = (gt_real)norm;
        block->bias[row] = -block->norms[row] / 2;
    }
}

bool block_fill(struct block *block, gt_team *team, uint32_t first) {
    uint32_t left = (block->set->count - first - 1) / block->step + 1;
    block->first = first;
    block->count = left < (uint32_t)block->capacity ? (int)left : block->capacity;
    gt_team_run(team, fill_part, block, block->count, 1,
                (long)block->count * block->set->width > GT_LOOP_WORTH);
    bool fits = true;
    for (int i = 0; i < block->count; i++)
        fits = fits && block->norms[i] < MOST_NORM; /* a NaN is not */
    return fits;
}
