/* Two walks: from samples to data for precision and density, from data to samples for recall and
 * coverage. Each counts, for a query, the references' balls it lies in and the references that lie
 * in its own. */
#include "gantrain/metrics/manifold.h"

#include <math.h>
#include <stdlib.h>

#include "gantrain/base/arena.h"
#include "gantrain/metrics/nearest.h"
#include "metrics/sharing.h"

/* A set with its balls. */
struct balls {
    const gt_vectors *vectors;
    double *radii;       /* (count), squared */
    uint32_t *entered;   /* (count): balls of the other set that the vector is in */
    uint32_t *inhabited; /* (count): vectors of the other set in its ball */
};

struct walk {
    const struct balls *queries, *references;
};

/* Whether a pair is within a radius. Where the block's rounding leaves it open (and always for
 * copies, at radius 0) the pair is measured exactly. */
static bool is_within(const struct walk *walk, double squared, double slack, double radius,
                      uint32_t query, uint32_t reference) {
    if (fabs(squared - radius) <= slack)
        squared = gt_distance_squared(walk->queries->vectors, query, walk->references->vectors,
                                      reference);
    return squared <= radius;
}

static void count_rows(void *context, const gt_distances *block, long first, long last) {
    const struct walk *walk = context;
    const double rounding = 1e-5; /* ten times what is found for features and images */
    for (long row = first; row < last; row++) {
        const gt_real *squared = block->squared + row * block->references;
        uint32_t query = block->first_query + (uint32_t)row, entered = 0, inhabited = 0;
        double own_radius = walk->queries->radii[query];
        double norm = (double)block->query_norms[row];
        for (int i = 0; i < block->references; i++) {
            uint32_t reference = block->first_reference + (uint32_t)i;
            double distance = (double)squared[i];
            double slack = rounding * (norm + (double)block->reference_norms[i]);
            entered += is_within(walk, distance, slack, walk->references->radii[reference], query,
                                 reference);
            inhabited += is_within(walk, distance, slack, own_radius, query, reference);
        }
        walk->queries->entered[query] += entered;
        walk->queries->inhabited[query] += inhabited;
    }
}

static gt_status walk_pairs(const gt_compute *compute, const struct balls *queries,
                            const struct balls *references, gt_error *error) {
    struct walk walk = {queries, references};
    return gt_distances_visit(compute, queries->vectors, references->vectors, count_rows, &walk,
                              error);
}

/* The blocks of a share. */
enum { QUERIES, QUERY_RADII, REFERENCES, REFERENCE_RADII, ENTERED, INHABITED };

gt_status manifold_share_work(const struct share *share, const gt_compute *compute, gt_rows rows,
                              gt_error *error) {
    const struct share_block *blocks = share->blocks;
    const gt_vectors all = share_block_vectors(&blocks[QUERIES]);
    const gt_vectors references = share_block_vectors(&blocks[REFERENCES]);
    const gt_vectors queries = share_part(&all, rows);
    const struct balls own = {.vectors = &queries,
                              .radii = (double *)blocks[QUERY_RADII].bytes + rows.first,
                              .entered = (uint32_t *)blocks[ENTERED].bytes + rows.first,
                              .inhabited = (uint32_t *)blocks[INHABITED].bytes + rows.first};
    const struct balls other = {.vectors = &references, .radii = blocks[REFERENCE_RADII].bytes};
    return walk_pairs(compute, &own, &other, error);
}

static gt_status count_pairs(const gt_compute *compute, const struct balls *queries,
                             const struct balls *references, gt_error *error) {
    const uint32_t count = queries->vectors->count;
    if (!share_is_possible(compute, count))
        return walk_pairs(compute, queries, references, error);
    const size_t radius = sizeof *queries->radii, number = sizeof *queries->entered;
    const struct share share = {
        .kind = SHARE_PAIRS,
        .count = count,
        .unit = 1,
        .blocks = {
            [QUERIES] = share_vectors(queries->vectors),
            [QUERY_RADII] = share_given(queries->radii, radius, count),
            [REFERENCES] = share_vectors(references->vectors),
            [REFERENCE_RADII] = share_given(references->radii, radius, references->vectors->count),
            [ENTERED] = share_result(queries->entered, number, count),
            [INHABITED] = share_result(queries->inhabited, number, count),
        }};
    return share_out(&share, compute, error);
}

/* The part of counts that are not 0. */
static double part_above_zero(const uint32_t *counts, uint32_t count) {
    uint32_t above = 0;
    for (uint32_t i = 0; i < count; i++)
        above += counts[i] > 0;
    return (double)above / count;
}

/* Two sets, each with its balls. */
static void carve(void *context, gt_arena *arena) {
    struct balls *balls = context;
    for (int i = 0; i < 2; i++) {
        size_t count = balls[i].vectors->count;
        balls[i].radii = gt_arena_take(arena, count, sizeof *balls->radii);
        balls[i].entered = gt_arena_take(arena, count, sizeof *balls->entered);
        balls[i].inhabited = gt_arena_take(arena, count, sizeof *balls->inhabited);
    }
}

gt_status gt_manifold_measure(gt_manifold *manifold, const gt_compute *compute,
                              const gt_vectors *data, const gt_vectors *samples, int neighbours,
                              gt_error *error) {
    struct balls balls[] = {{.vectors = data}, {.vectors = samples}};
    struct balls *real = &balls[0], *fake = &balls[1];
    gt_arena arena = {0};
    *manifold = (gt_manifold){0};
    if (gt_arena_build(&arena, carve, balls, NULL) != GT_OK)
        return gt_error_set(error, GT_FAILED, "no memory to count neighbours");
    gt_status status = gt_nearest_radii(real->radii, compute, data, neighbours, error);
    if (status == GT_OK)
        status = gt_nearest_radii(fake->radii, compute, samples, neighbours, error);
    if (status == GT_OK)
        status = count_pairs(compute, fake, real, error);
    if (status == GT_OK)
        status = count_pairs(compute, real, fake, error);
    if (status == GT_OK) {
        double balls_entered = 0;
        for (uint32_t i = 0; i < samples->count; i++)
            balls_entered += fake->entered[i];
        *manifold = (gt_manifold){
            .precision = part_above_zero(fake->entered, samples->count),
            .recall = part_above_zero(real->entered, data->count),
            .density = balls_entered / ((double)neighbours * samples->count),
            .coverage = part_above_zero(real->inhabited, data->count),
        };
    }
    gt_arena_release(&arena);
    return status;
}
