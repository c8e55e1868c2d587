/* The walk over all pairs: blocks of both sets are copied as centred numbers, so that features and
 * images meet the same product. References are copied again for each block of queries, which costs
 * one copy for each thousand products. */
#include "gantrain/metrics/distances.h"

#include <assert.h>
#include <stdbool.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/team.h"

enum {
    BLOCK_QUERIES = 1024,
    BLOCK_REFERENCES = 2048,
    BLOCK_NUMBERS = 1 << 22 /* of a block of vectors: wide ones come in smaller blocks */
};

#define MOST_NORM ((gt_real)1e37)

/* A block of one of the sets. */
struct block {
    const gt_vectors *set;
    const gt_real *mean;
    int capacity;    /* vectors */
    uint32_t first;  /* of the set */
    int count;       /* vectors in it now */
    gt_real *values; /* (capacity, width): the vectors, less mean */
    gt_real *norms;  /* (capacity): squared */
    gt_real *bias;   /* (capacity): -norms / 2, what a product is added to */
};

struct walk {
    const gt_compute *compute;
    gt_distances_visitor visit;
    void *context;
    gt_real *mean; /* (width), of the references */
    struct block queries, references;
    gt_real *squared;
    gt_distances shown;
};

double gt_distance_squared(const gt_vectors *a, uint32_t i, const gt_vectors *b, uint32_t j) {
    size_t width = (size_t)a->width, x = i * width, w = j * width;
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < width; k++) {
        double difference = gt_vectors_number(a, x + k) - gt_vectors_number(b, w + k);
        sum += difference * difference;
    }
    return sum;
}

/* Components first to last - 1 of the references' mean. */
static void find_mean(void *context, long first, long last) {
    struct walk *walk = context;
    const gt_vectors *set = walk->references.set;
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
            walk->mean[from + k] = (gt_real)(sums[k] / set->count);
    }
}

/* Vectors first to last - 1 of the block. */
static void fill_part(void *context, long first, long last) {
    struct block *block = context;
    const gt_real *mean = block->mean;
    long width = block->set->width;
    for (long row = first; row < last; row++) {
        size_t start = ((size_t)block->first + (size_t)row) * (size_t)width;
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

/* Returns whether all of them can be compared: a norm that is not a number, or so large that a
 * distance could overflow, would spoil every pair of its vector unseen. */
static bool fill(struct block *block, gt_team *team, uint32_t first) {
    uint32_t left = block->set->count - first;
    block->first = first;
    block->count = left < (uint32_t)block->capacity ? (int)left : block->capacity;
    gt_team_run(team, fill_part, block, block->count, 1,
                (long)block->count * block->set->width > GT_LOOP_WORTH);
    bool fits = true;
    for (int i = 0; i < block->count; i++)
        fits = fits && block->norms[i] < MOST_NORM; /* a NaN is not */
    return fits;
}

/* Turns rows of x.w - |w|^2 / 2 into squared distances and shows them. */
static void show_rows(void *context, long first, long last) {
    struct walk *walk = context;
    const gt_distances *shown = &walk->shown;
    for (long row = first; row < last; row++) {
        gt_real *squared = walk->squared + row * shown->references;
        gt_real norm = walk->queries.norms[row];
#pragma omp simd
        for (int i = 0; i < shown->references; i++) {
            gt_real distance = norm - 2 * squared[i];
            squared[i] = distance < 0 ? 0 : distance; /* a NaN stays one */
        }
    }
    walk->visit(walk->context, shown, first, last);
}

static void visit_block(struct walk *walk) {
    const struct block *queries = &walk->queries, *references = &walk->references;
    gt_gemm_forward(walk->compute, walk->squared, queries->values, references->values,
                    references->bias, (gt_epilogue){0}, queries->count, references->count,
                    queries->set->width);
    walk->shown = (gt_distances){.first_query = queries->first,
                                 .first_reference = references->first,
                                 .queries = queries->count,
                                 .references = references->count,
                                 .squared = walk->squared,
                                 .query_norms = queries->norms,
                                 .reference_norms = references->norms};
    gt_team_run(walk->compute->team, show_rows, walk, queries->count, 1,
                (long)queries->count * references->count > GT_LOOP_WORTH);
}

static void carve_block(struct block *block, gt_arena *arena, const gt_vectors *set,
                        const gt_real *mean, int most) {
    int capacity = BLOCK_NUMBERS / set->width;
    capacity = capacity < 1 ? 1 : capacity < most ? capacity : most;
    capacity = set->count < (uint32_t)capacity ? (int)set->count : capacity;
    *block = (struct block){.set = set, .mean = mean, .capacity = capacity};
    block->values = gt_arena_take(arena, (size_t)capacity * (size_t)set->width, sizeof(gt_real));
    block->norms = gt_arena_take(arena, (size_t)capacity, sizeof(gt_real));
    block->bias = gt_arena_take(arena, (size_t)capacity, sizeof(gt_real));
}

static void carve(void *context, gt_arena *arena) {
    struct walk *walk = context;
    walk->mean = gt_arena_take(arena, (size_t)walk->references.set->width, sizeof(gt_real));
    carve_block(&walk->queries, arena, walk->queries.set, walk->mean, BLOCK_QUERIES);
    carve_block(&walk->references, arena, walk->references.set, walk->mean, BLOCK_REFERENCES);
    walk->squared = gt_arena_take(
        arena, (size_t)walk->queries.capacity * (size_t)walk->references.capacity, sizeof(gt_real));
}

gt_status gt_distances_visit(const gt_compute *compute, const gt_vectors *queries,
                             const gt_vectors *references, gt_distances_visitor visit,
                             void *context, gt_error *error) {
    assert(compute->precision == GT_FP32);
    assert(queries->width == references->width && queries->width >= 1);
    assert(queries->count >= 1 && references->count >= 1);
    struct walk walk = {.compute = compute,
                        .visit = visit,
                        .context = context,
                        .queries.set = queries,
                        .references.set = references};
    gt_arena arena = {0};
    if (gt_arena_build(&arena, carve, &walk, NULL) != GT_OK)
        return gt_error_set(error, GT_FAILED, "no memory: comparing vectors takes %.0f MB",
                            (double)arena.used / 1e6);
    gt_team_run(compute->team, find_mean, &walk, references->width, GT_LOOP_UNIT,
                (double)references->count * references->width > (double)GT_LOOP_WORTH);
    bool fits = true;
    gt_status status = GT_OK;
    for (uint32_t query = 0; fits && status == GT_OK && query < queries->count;
         query += (uint32_t)walk.queries.count) {
        fits = fill(&walk.queries, compute->team, query);
        for (uint32_t reference = 0; fits && status == GT_OK && reference < references->count;
             reference += (uint32_t)walk.references.count) {
            fits = fill(&walk.references, compute->team, reference);
            if (fits)
                visit_block(&walk);
            status = gt_stop_check(compute->stop, error);
        }
    }
    gt_arena_release(&arena);
    return fits ? status
                : gt_error_set(error, GT_FAILED,
                               "vectors to be compared hold numbers that are infinite, too large "
                               "or not numbers: whatever made them has diverged");
}
