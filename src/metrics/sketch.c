/* The directions are found by subspace iteration (Halko, Martinsson and Tropp: Finding structure
 * with randomness, SIAM Review 53, 2011, algorithm 4.4) that starts at vectors of the sample. Any
 * orthonormal ones would be right; three turns leave little to gain. */
#include "metrics/sketch.h"

#include <math.h>
#include <string.h>

#include "gantrain/base/stop.h"
#include "metrics/block.h"

enum { SAMPLE = 2048, TURNS = 3 };

struct making {
    const gt_compute *compute;
    const gt_vectors *references;
    gt_real *mean;       /* (width): m */
    struct block block;  /* first the sample, then vectors to be sketched */
    gt_real *directions; /* (SKETCH_WIDTH, width): Q */
    gt_real *scores;     /* (capacity of the block, SKETCH_WIDTH): sketches of the sample */
    double *row;         /* (width) */
};

static double dot(const double *a, const gt_real *b, int width) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int k = 0; k < width; k++)
        sum += a[k] * (double)b[k];
    return sum;
}

static double length(const double *a, int width) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int k = 0; k < width; k++)
        sum += a[k] * a[k];
    return sqrt(sum);
}

/* Makes the rows orthonormal, by Gram and Schmidt's method in double. A row of which those before
 * leave nothing but rounding becomes 0. Returns false if a number is infinite or not a number. */
static bool orthonormalise(const struct making *making) {
    int width = making->references->width;
    double *row = making->row;
    for (int i = 0; i < SKETCH_WIDTH; i++) {
        gt_real *direction = making->directions + (long)i * width;
        for (int k = 0; k < width; k++)
            row[k] = (double)direction[k];
        double before = length(row, width);
        for (int j = 0; j < 2 * i; j++) { /* twice: once leaves too much rounding */
            const gt_real *earlier = making->directions + (long)(j % i) * width;
            double part = dot(row, earlier, width);
            for (int k = 0; k < width; k++)
                row[k] -= part * (double)earlier[k];
        }
        double after = length(row, width);
        if (!isfinite(after))
            return false;
        double scale = after > 1e-5 * before ? 1 / after : 0;
        for (int k = 0; k < width; k++)
            direction[k] = (gt_real)(row[k] * scale);
    }
    return true;
}

/* Sets Q from a sample S of the references: Q <- orthonormal rows of (S Q^T)^T S, a few times. */
static bool find_directions(struct making *making) {
    struct block *block = &making->block;
    int width = making->references->width;
    size_t row = (size_t)width * sizeof(gt_real);
    block->step = making->references->count / (uint32_t)block->capacity;
    if (!block_fill(block, making->compute->team, 0))
        return false;
    for (int i = 0; i < SKETCH_WIDTH; i++)
        memcpy(making->directions + (long)i * width,
               block->values + (long)i * block->count / SKETCH_WIDTH * width, row);
    bool is_finite = orthonormalise(making);
    for (int turn = 0; is_finite && turn < TURNS; turn++) {
        gt_gemm_forward(making->compute, making->scores, block->values, making->directions, NULL,
                        (gt_epilogue){0}, block->count, SKETCH_WIDTH, width);
        gt_gemm_weight_gradient(making->compute, making->directions, making->scores, block->values,
                                0, block->count, SKETCH_WIDTH, width);
        is_finite = orthonormalise(making);
    }
    block->step = 1;
    return is_finite;
}

/* Sets sketches (set->count, SKETCH_WIDTH) and, if it is not NULL, norms (set->count). */
static bool sketch_set(gt_real *sketches, gt_real *norms, struct making *making,
                       const gt_vectors *set) {
    struct block *block = &making->block;
    block->set = set;
    for (uint32_t first = 0; first < set->count; first += (uint32_t)block->count) {
        if (!block_fill(block, making->compute->team, first) ||
            gt_stop_asked(making->compute->stop) != 0)
            return false;
        gt_gemm_forward(making->compute, sketches + (size_t)first * SKETCH_WIDTH, block->values,
                        making->directions, NULL, (gt_epilogue){0}, block->count, SKETCH_WIDTH,
                        set->width);
        if (norms != NULL)
            memcpy(norms + first, block->norms, (size_t)block->count * sizeof *norms);
    }
    return true;
}

static void carve(void *context, gt_arena *arena) {
    struct making *making = context;
    size_t width = (size_t)making->references->width;
    making->mean = gt_arena_take(arena, width, sizeof(gt_real));
    making->row = gt_arena_take(arena, width, sizeof(double));
    making->directions = gt_arena_take(arena, SKETCH_WIDTH * width, sizeof(gt_real));
    block_carve(&making->block, arena, making->references, making->mean, SAMPLE);
    making->scores =
        gt_arena_take(arena, (size_t)making->block.capacity * SKETCH_WIDTH, sizeof(gt_real));
}

static void carve_sketches(void *context, gt_arena *arena) {
    struct sketches *sketches = context;
    gt_vectors *queries = &sketches->queries, *references = &sketches->references;
    queries->reals = gt_arena_take(arena, (size_t)queries->count * SKETCH_WIDTH, sizeof(gt_real));
    references->reals =
        gt_arena_take(arena, (size_t)references->count * SKETCH_WIDTH, sizeof(gt_real));
    sketches->norms = gt_arena_take(arena, queries->count, sizeof(gt_real));
}

bool sketches_make(struct sketches *sketches, const gt_compute *compute, const gt_vectors *queries,
                   const gt_vectors *references) {
    struct making making = {.compute = compute, .references = references};
    gt_arena arena = {0};
    *sketches =
        (struct sketches){.queries = {.count = queries->count, .width = SKETCH_WIDTH},
                          .references = {.count = references->count, .width = SKETCH_WIDTH}};
    bool is_made = gt_arena_build(&arena, carve, &making, NULL) == GT_OK &&
                   gt_arena_build(&sketches->arena, carve_sketches, sketches, NULL) == GT_OK;
    if (is_made) {
        gt_vectors some = *references;
        some.count = some.count < SAMPLE ? some.count : SAMPLE;
        block_mean(making.mean, compute->team, &some);
        is_made = find_directions(&making) &&
                  sketch_set((gt_real *)sketches->references.reals, NULL, &making, references) &&
                  sketch_set((gt_real *)sketches->queries.reals, sketches->norms, &making, queries);
    }
    gt_arena_release(&arena);
    if (!is_made)
        sketches_free(sketches);
    return is_made;
}

void sketches_free(struct sketches *sketches) {
    gt_arena_release(&sketches->arena);
}
