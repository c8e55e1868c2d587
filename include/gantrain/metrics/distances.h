/* Squared Euclidean distances between all pairs of two sets of vectors, a block at a time.
 *
 * Sets of tens of thousands have billions of pairs, so no measure sees all distances at once: it
 * visits them in blocks and keeps a few numbers for each query. The distances of a block are one
 * matrix product, |x|^2 + |w|^2 - 2 x.w. The references' mean is subtracted from all vectors first:
 * that changes no distance and leaves fp32 more digits. */
#ifndef GANTRAIN_METRICS_DISTANCES_H
#define GANTRAIN_METRICS_DISTANCES_H

#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/base/real.h"
#include "gantrain/nn/gemm.h"

/* A set of vectors: features, or images. All borrowed. */
typedef struct gt_vectors {
    const gt_real *reals; /* (count, width); NULL: the vectors are bytes */
    const uint8_t *bytes; /* (count, width): 0 to 255 stand for 0 to 1 */
    uint32_t count;       /* at least 1 */
    int width;            /* at least 1 */
} gt_vectors;

/* Number `index` of (count, width). */
static inline double gt_vectors_number(const gt_vectors *vectors, size_t index) {
    return vectors->reals != NULL ? (double)vectors->reals[index]
                                  : (double)vectors->bytes[index] / 255;
}

/* Distances of `queries` vectors from number first_query on to `references` vectors from number
 * first_reference on.
 *
 *   squared          (queries, references)  |x - w|^2, not below 0; rounding leaves an error of
 *                                           about 1e-6 of the sum of both norms
 *   query_norms      (queries)              squared norms, the references' mean subtracted
 *   reference_norms  (references) */
typedef struct gt_distances {
    uint32_t first_query, first_reference;
    int queries, references;
    const gt_real *squared, *query_norms, *reference_norms;
} gt_distances;

/* Called with rows first to last - 1 of a block. It runs on the team, each thread with its own
 * rows, so it may only write what belongs to its queries. For one query the references come in
 * order. */
typedef void (*gt_distances_visitor)(void *context, const gt_distances *block, long first,
                                     long last);

/* Calls `visit` for every pair of a query and a reference, once.
 *
 *   compute  in fp32
 *
 * Both sets have the same width. Memory: allocates and frees at most 44 MB.
 *
 * Fails with GT_FAILED if there is no memory, or a vector holds what is not a finite number, or one
 * so large that a squared distance could overflow, with GT_STOPPED if compute->stop asks for it;
 * some blocks may have been shown by then. */
gt_status gt_distances_visit(const gt_compute *compute, const gt_vectors *queries,
                             const gt_vectors *references, gt_distances_visitor visit,
                             void *context, gt_error *error);

/* |x - w|^2 of x = a[i] and w = b[j], summed up in double: exactly 0 for equal vectors, and exactly
 * the same when a, i and b, j change places. */
double gt_distance_squared(const gt_vectors *a, uint32_t i, const gt_vectors *b, uint32_t j);

#endif
