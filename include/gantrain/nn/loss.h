/* Losses on logits: those of both networks of a pair, and the softmax loss of a classifier. */
#ifndef GANTRAIN_NN_LOSS_H
#define GANTRAIN_NN_LOSS_H

#include <stdint.h>

#include "gantrain/base/real.h"

/* A loss of the networks of a pair, summed over a handful of outputs of D against a target.
 *
 *   dlogits  (count)  set to weight times its gradient; may be logits itself
 *   logits   (count)  the discriminator's output a
 *   target   t: 1 for what D is to take for real, 0 for fake
 *   weight   of the loss in the objective: scales dlogits only
 *
 * Returns the mean, summed in double in the order of the rows. Errors: none; a NaN goes through. */
typedef double gt_loss(gt_real *dlogits, const gt_real *logits, gt_real target, gt_real weight,
                       int count);

/* Cross-entropy of sigmoid(logit) against a target probability t, with sigmoid and logarithm fused:
 *
 *   loss = mean of t softplus(-a) + (1 - t) softplus(a)
 *        = mean of -t log D - (1 - t) log(1 - D),  D = sigmoid(a)
 *   dlogits = weight ((1 - t) sigmoid(a) - t sigmoid(-a)) / count
 *
 * softplus(a) = log(1 + exp(a)) is computed as max(a, 0) + log1p(exp(-|a|)): no probability is
 * clamped, no difference of two near 1 is taken, and no finite logit gives an infinite loss.
 *
 * t may be anything in [0, 1]. */
gt_loss gt_loss_logistic;

/* mean of (a - t)^2 / 2, for any t. */
gt_loss gt_loss_squared;

/* mean of max(0, 1 - a) for t = 1, of max(0, 1 + a) for t = 0. */
gt_loss gt_loss_hinge;

/* mean of -a for t = 1, of a for t = 0. */
gt_loss gt_loss_linear;

/* The mean of sigmoid(logits): what the discriminator believes on average. */
double gt_loss_mean_probability(const gt_real *logits, int count);

/* Softmax: p[c] = exp(a[c] - m) / sum of exp(a[d] - m) over all classes d, with m the largest
 * logit of the row, so that no exponential overflows.
 *
 *   probabilities  (count, classes)  set; may be logits itself
 *   logits         (count, classes)
 *
 * Errors: none; a NaN spreads over its row. */
void gt_loss_softmax_probabilities(gt_real *probabilities, const gt_real *logits, int classes,
                                   int count);

/* Cross-entropy of softmax(logits) against labels:
 *
 *   loss = mean of log sum exp(a - m) - (a[label] - m)
 *   dlogits = (softmax(a) - 1 at the label) / count
 *
 *   dlogits  (count, classes)  set; may be logits itself
 *   logits   (count, classes)
 *   labels   (count)           each below classes
 *
 * Returns the loss, summed in double in the order of the rows. Errors: none; a NaN goes through. */
double gt_loss_softmax(gt_real *dlogits, const gt_real *logits, const uint16_t *labels, int classes,
                       int count);

#endif
