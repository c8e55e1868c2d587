/* The Frechet distance of Heusel et al. 2017 (arXiv 1706.08500, equation 6): the distance of two
 * Gaussians, each fitted to a set of features. */
#ifndef GANTRAIN_METRICS_FRECHET_H
#define GANTRAIN_METRICS_FRECHET_H

#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/base/real.h"
#include "gantrain/nn/compute.h"

/* The Gaussian of a set of features: its mean and covariance (of divisor count - 1). */
typedef struct gt_moments {
    int width;          /* features of a vector */
    double *mean;       /* owned, (width) */
    double *covariance; /* owned, (width, width) */
} gt_moments;

/* Takes the moments of features (count, width), summed in double; count at least 2. Fails with
 * GT_FAILED if there is no memory; after that *moments is {0}. gt_moments_free ends it. */
gt_status gt_moments_take(gt_moments *moments, const gt_compute *compute, const gt_real *features,
                          uint32_t count, int width, gt_error *error);

void gt_moments_free(gt_moments *moments);

/* Sets *distance to the squared distance d^2, which is what is called FID where the features are
 * those of Inception:
 *
 *   d^2 = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2)
 *
 * not below 0; the covariances may be singular. Both have the same width. compute must be open, so
 * that LAPACK wakes no threads of its own. Fails with GT_FAILED if there is no memory, a number is
 * not finite, or eigenvalues do not converge. */
gt_status gt_frechet_distance(double *distance, const gt_compute *compute, const gt_moments *a,
                              const gt_moments *b, gt_error *error);

#endif
