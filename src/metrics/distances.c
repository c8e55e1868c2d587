/* The walk over all pairs: blocks of both sets are copied as centred numbers. References are copied
 * again for each block of queries, which costs one copy for each thousand products. */
#include "gantrain/metrics/distances.h"

#include <assert.h>

#include "metrics/block.h"

enum { BLOCK_QUERIES = 1024, BLOCK_REFERENCES = 2048 };

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

static void carve(void *context, gt_arena *arena) {
    struct walk *walk = context;
    walk->mean = gt_arena_take(arena, (size_t)walk->references.set->width, sizeof(gt_real));
    block_carve(&walk->queries, arena, walk->queries.set, walk->mean, BLOCK_QUERIES);
    block_carve(&walk->references, arena, walk->references.set, walk->mean, BLOCK_REFERENCES);
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
    block_mean(walk.mean, compute->team, references);
    bool fits = true;
    gt_status status = GT_OK;
    for (uint32_t query = 0; fits && status == GT_OK && query < queries->count;
         query += (uint32_t)walk.queries.count) {
        fits = block_fill(&walk.queries, compute->team, query);
        for (uint32_t reference = 0; fits && status == GT_OK && reference < references->count;
             reference += (uint32_t)walk.references.count) {
            fits = block_fill(&walk.references, compute->team, reference);
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
