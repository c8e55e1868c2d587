/* Fidelity and diversity, measured apart: the share of the samples that lie among the data, and the
 * share of the data that the samples reach. A set covers the union of balls, one around each of its
 * vectors, out to the k-th nearest neighbour in the same set.
 *
 *   precision  part of the samples in any ball of the data        Kynkaanniemi et al. 2019,
 *   recall     part of the data in any ball of the samples        arXiv 1904.06991, equations 1, 2
 *   density    balls of the data that a sample lies in, over k    Naeem et al. 2020,
 *   coverage   part of the balls of the data with a sample        arXiv 2002.09797, equations 3, 4
 *
 * Each is at most 1 but density, which is about 1 for samples that are like the data. */
#ifndef GANTRAIN_METRICS_MANIFOLD_H
#define GANTRAIN_METRICS_MANIFOLD_H

#include "gantrain/metrics/distances.h"

enum { GT_MANIFOLD_NEIGHBOURS = 5 }; /* k of Naeem et al.; Kynkaanniemi et al. take 3 */

typedef struct gt_manifold {
    double precision, recall, density, coverage;
} gt_manifold;

/* Measures samples against data, as vectors of features.
 *
 *   neighbours  k, at least 1
 *
 * A vector on the edge of a ball is in it. Both sets should be of the same size: the scores depend
 * on it. Fails with GT_FAILED if a set has no more than k vectors, and as gt_distances_visit
 * does. */
gt_status gt_manifold_measure(gt_manifold *manifold, const gt_compute *compute,
                              const gt_vectors *data, const gt_vectors *samples, int neighbours,
                              gt_error *error);

#endif
