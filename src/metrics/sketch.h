/* Sketches: a few numbers of each vector. Two sketches are never farther apart than their vectors,
 * so a pair whose sketches are far apart need not be measured.
 *
 * The sketch of x is Q (x - m): m is the mean of some references, and the rows of Q (SKETCH_WIDTH,
 * width) are orthonormal, or 0. Then |Q x - Q w| <= |x - w| (Bessel's inequality). The more of the
 * references' variance lies in Q, the closer the two: its rows are near the principal components of
 * a sample of them. */
#ifndef GANTRAIN_SRC_METRICS_SKETCH_H
#define GANTRAIN_SRC_METRICS_SKETCH_H

#include <stdbool.h>

#include "gantrain/base/arena.h"
#include "gantrain/metrics/distances.h"

enum { SKETCH_WIDTH = 64 };

struct sketches {
    gt_vectors queries, references; /* (count, SKETCH_WIDTH), reals */
    gt_real *norms;                 /* (queries): of the vectors, |x - m|^2 */
    gt_arena arena;
};

/* Makes the sketches of two sets. Returns false if there are none to be had: no memory, numbers
 * that cannot be compared, or a stop was asked for; then there is nothing to free.
 *
 * Memory: 256 bytes a vector, 4 more a query, and at most 19 MB until it returns. */
bool sketches_make(struct sketches *sketches, const gt_compute *compute, const gt_vectors *queries,
                   const gt_vectors *references);

/* Sketches that are {0} are left alone. */
void sketches_free(struct sketches *sketches);

#endif
