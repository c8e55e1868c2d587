/* The Parzen-window estimate of the log-likelihood of test images, as in section 5 of Goodfellow et
 * al. 2014 (arXiv 1406.2661) after Breuleux, Bengio and Vincent 2011: a Gaussian on each sample,
 * its width chosen on validation images.
 *
 * It is the measure of the 2014 paper, and crude, as the paper says: in 784 dimensions it favours
 * samples near the mean of a cluster. Real images used as samples get about 241 on MNIST; a higher
 * estimate does not mean better samples. */
#ifndef GANTRAIN_METRICS_PARZEN_H
#define GANTRAIN_METRICS_PARZEN_H

#include "gantrain/metrics/distances.h"

/* How many widths are tried, and on how many validation images at most. */
enum { GT_PARZEN_SIGMAS = 10, GT_PARZEN_VALIDATION = 1000 };

typedef struct gt_parzen {
    double sigma;          /* the one chosen */
    double mean;           /* log-likelihood of the test images in nats, and its standard error: */
    double standard_error; /* their standard deviation / sqrt(count) */
    double sigmas[GT_PARZEN_SIGMAS]; /* all that were tried: .1 to 1, evenly spaced in their log */
    double validation[GT_PARZEN_SIGMAS]; /* mean log-likelihood of the validation images */
} gt_parzen;

/* Chooses sigma by the mean over the first images of `validation`, then estimates over `tests`. All
 * three are images with pixels in [0, 1]. Errors: those of gt_distances_visit. */
gt_status gt_parzen_estimate(gt_parzen *estimate, const gt_compute *compute,
                             const gt_vectors *samples, const gt_vectors *validation,
                             const gt_vectors *tests, gt_error *error);

/* The log-likelihood in nats of each query x under each width: with n samples s of d components,
 *
 *   log p(x) = log 1/n sum_s exp(-|x - s|^2 / (2 sigma^2)) - d log(sigma sqrt(2 pi))
 *
 *   log_likelihoods  (queries.count, sigma_count)
 *   sigmas           (sigma_count)  above 0; at most GT_PARZEN_SIGMAS of them
 *
 * for all widths in one walk over the distances, whose rounding (see gt_distances) shows as
 * 1e-6 |x|^2 / sigma^2. Errors: those of gt_distances_visit. */
gt_status gt_parzen_log_likelihoods(double *log_likelihoods, const gt_compute *compute,
                                    const gt_vectors *queries, const gt_vectors *samples,
                                    const double *sigmas, int sigma_count, gt_error *error);

#endif
