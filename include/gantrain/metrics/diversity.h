/* How different the images of a set are from each other: a cheap sign of mode collapse. */
#ifndef GANTRAIN_METRICS_DIVERSITY_H
#define GANTRAIN_METRICS_DIVERSITY_H

#include "gantrain/metrics/distances.h"

/* The root of the mean squared distance between two different vectors of a set,
 *
 *   sqrt(2 / (n - 1) sum_i |x_i - mean|^2)
 *
 * which needs no pairs. Exactly 0 for equal vectors and for a single one. Allocates nothing.
 * Errors: none; a NaN goes through. */
double gt_diversity(const gt_vectors *vectors);

#endif
