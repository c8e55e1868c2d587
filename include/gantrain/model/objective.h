/* What each network is asked to do: section 3 of Goodfellow et al. 2014, arXiv 1406.2661.
 *
 * D ascends V(G, D) = E log D(x) + E log(1 - D(G(z))). G descends one of the objectives of the
 * table. All are the logistic loss of nn/loss.h with a target and a sign. */
#ifndef GANTRAIN_MODEL_OBJECTIVE_H
#define GANTRAIN_MODEL_OBJECTIVE_H

#include "gantrain/base/real.h"

/* V where D = 1/2 everywhere, the paper's global optimum: -log 4. */
#define GT_VALUE_AT_OPTIMUM (-1.3862943611198906)

/* A generator objective: weight times the logistic loss against target. A row of a table. */
typedef struct gt_objective {
    const char *name;
    const char *help;
    gt_real target, weight;
} gt_objective;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL. */
const gt_objective *gt_objective_at(int index);
const gt_objective *gt_objective_find(const char *name);

/* The numbers of a step, in the order of the stats of the model gan. */
typedef struct gt_gan_stats {
    double d_loss; /* what D descends: -V where real images have the target 1 */
    double g_loss; /* what G descends */
    double value;  /* V(G, D), to compare with GT_VALUE_AT_OPTIMUM */
    double d_real; /* mean D(x) */
    double d_fake; /* mean D(G(z)) */
} gt_gan_stats;

/* The discriminator's loss on a minibatch of 2 batch logits, fake images first.
 *
 *   dlogits  (2 batch)  set to its gradient
 *   stats  d_loss, value, d_real and d_fake are set
 *   logits   (2 batch)
 *   target   what D is to say of real images: 1, or less for one-sided label smoothing (Salimans et
 *            al. 2016, arXiv 1606.03498, section 3.4), which value leaves out
 *   batch    images of each kind */
void gt_objective_discriminator(gt_real *dlogits, gt_gan_stats *stats, const gt_real *logits,
                                gt_real target, int batch);

/* The two halves of the discriminator's loss, on the logits (batch) of one kind of images. Each
 * sets dlogits (batch) to its gradient, adds its part to d_loss and value of stats, and sets
 * d_fake or d_real. */
void gt_objective_fake(gt_real *dlogits, gt_gan_stats *stats, const gt_real *logits, int batch);
void gt_objective_real(gt_real *dlogits, gt_gan_stats *stats, const gt_real *logits, gt_real target,
                       int batch);

/* The generator's loss on the logits of `batch` fake images: sets dlogits (batch) to its gradient
 * and returns it. */
double gt_objective_generator(gt_real *dlogits, const gt_objective *objective,
                              const gt_real *logits, int batch);

#endif
