/* The objectives of both networks as targets of a few losses. */
#include "gantrain/model/objective.h"

#include <string.h>

static const gt_stat value_stats[] = GT_GAN_STATS(GT_GAN_VALUE);
/* Where D(x) = D(G(z)) = 1/2. */
static const gt_stat squared_stats[] =
    GT_GAN_STATS(.name = "least_squares", .label = "squared error", .reference = "1/4",
                 .reference_value = 0.25);
/* Where D(x) = D(G(z)), within [-1, 1]. */
static const gt_stat hinge_stats[] =
    GT_GAN_STATS(.name = "hinge", .label = "hinge loss", .reference = "2", .reference_value = 2);
static const gt_stat distance_stats[] = GT_GAN_STATS(.name = "wasserstein", .label = "distance");
static const gt_stat paired_stats[] =
    GT_GAN_STATS(.name = "relativistic", .label = "paired loss", .reference = "log 2",
                 .reference_value = -GT_VALUE_AT_OPTIMUM / 2);

static const gt_objective objectives[] = {
    /* G: softplus(-a) = -log D(G(z)) */
    {.name = "non_saturating",
     .help = "G ascends log D(G(z)), with strong gradients while D is ahead (Goodfellow et al. "
             "2014)",
     .d_loss = gt_loss_logistic,
     .g_loss = gt_loss_logistic,
     .g_target = 1,
     .g_weight = 1,
     .has_target = true,
     .gives_odds = true,
     .value_sign = -1,
     .stats = value_stats},
    /* G: -softplus(a) = log(1 - D(G(z))) */
    {.name = "minimax",
     .help = "G descends log(1 - D(G(z))), the two-player game as stated (Goodfellow et al. 2014)",
     .d_loss = gt_loss_logistic,
     .g_loss = gt_loss_logistic,
     .g_target = 0,
     .g_weight = -1,
     .has_target = true,
     .gives_odds = true,
     .value_sign = -1,
     .stats = value_stats},
    {.name = "least_squares",
     .help = "D's output is drawn to 1 or 0 by squared error (Mao et al. 2017, arXiv 1611.04076)",
     .d_loss = gt_loss_squared,
     .g_loss = gt_loss_squared,
     .g_target = 1,
     .g_weight = 1,
     .has_target = true,
     .value_sign = 1,
     .stats = squared_stats},
    {.name = "hinge",
     .help = "D's output is to be above 1 or below -1 (Lim and Ye 2017, arXiv 1705.02894)",
     .d_loss = gt_loss_hinge,
     .g_loss = gt_loss_linear,
     .g_target = 1,
     .g_weight = 1,
     .value_sign = 1,
     .stats = hinge_stats},
    {.name = "wasserstein",
     .help = "D ascends E D(x) - E D(G(z)); needs r1_gamma and r2_gamma, or D grows without end "
             "(Arjovsky et al. 2017, arXiv 1701.07875)",
     .d_loss = gt_loss_linear,
     .g_loss = gt_loss_linear,
     .g_target = 1,
     .g_weight = 1,
     .value_sign = -1,
     .stats = distance_stats},
    {.name = "relativistic",
     .help = "softplus of D(G(z)) - D(x) over pairs; best with r1_gamma and r2_gamma "
             "(Jolicoeur-Martineau 2018, arXiv 1807.00734)",
     .d_loss = gt_loss_logistic,
     .g_loss = gt_loss_logistic,
     .g_target = 1,
     .g_weight = 1,
     .of_pairs = true,
     .value_sign = 1,
     .stats = paired_stats},
};

enum { OBJECTIVE_COUNT = sizeof objectives / sizeof *objectives };

const gt_objective *gt_objective_at(int index) {
    return index < OBJECTIVE_COUNT ? &objectives[index] : NULL;
}

const gt_objective *gt_objective_find(const char *name) {
    for (int i = 0; i < OBJECTIVE_COUNT; i++)
        if (strcmp(objectives[i].name, name) == 0)
            return &objectives[i];
    return NULL;
}

static double mean_output(const gt_objective *objective, const gt_real *logits, int batch) {
    double sum = 0;
    if (objective->gives_odds)
        return gt_loss_mean_probability(logits, batch);
    for (int i = 0; i < batch; i++)
        sum += (double)logits[i];
    return sum / batch;
}

void gt_objective_fake(gt_real *dlogits, gt_gan_stats *stats, const gt_objective *objective,
                       const gt_real *logits, int batch) {
    double loss = objective->d_loss(dlogits, logits, 0, 1, batch);
    stats->d_loss += loss;
    stats->value += objective->value_sign * loss;
    stats->d_fake = mean_output(objective, logits, batch);
}

void gt_objective_real(gt_real *dlogits, gt_gan_stats *stats, const gt_objective *objective,
                       const gt_real *logits, gt_real target, int batch) {
    double loss = objective->d_loss(dlogits, logits, 1, 1, batch);
    stats->d_loss += target == 1 ? loss : objective->d_loss(dlogits, logits, target, 1, batch);
    stats->value += objective->value_sign * loss;
    stats->d_real = mean_output(objective, logits, batch);
}

static void learn_pairs(gt_real *dlogits, gt_gan_stats *stats, const gt_objective *objective,
                        const gt_real *logits, int batch) {
    gt_real *difference = dlogits + batch; /* and then its gradient, which is that of D(x) */
    for (int i = 0; i < batch; i++)
        difference[i] = logits[batch + i] - logits[i];
    stats->d_loss = objective->d_loss(difference, difference, 1, 1, batch);
    stats->value = objective->value_sign * stats->d_loss;
    for (int i = 0; i < batch; i++)
        dlogits[i] = -difference[i];
    stats->d_fake = mean_output(objective, logits, batch);
    stats->d_real = mean_output(objective, logits + batch, batch);
}

void gt_objective_discriminator(gt_real *dlogits, gt_gan_stats *stats,
                                const gt_objective *objective, const gt_real *logits,
                                gt_real target, int batch) {
    stats->d_loss = stats->value = 0;
    if (objective->of_pairs) {
        learn_pairs(dlogits, stats, objective, logits, batch);
        return;
    }
    gt_objective_fake(dlogits, stats, objective, logits, batch);
    gt_objective_real(dlogits + batch, stats, objective, logits + batch, target, batch);
}

double gt_objective_generator(gt_real *dlogits, const gt_objective *objective,
                              const gt_real *logits, int batch) {
    gt_real target = objective->g_target, weight = objective->g_weight;
    if (objective->of_pairs) {
        for (int i = 0; i < batch; i++)
            dlogits[i] = logits[i] - logits[batch + i];
        logits = dlogits;
    }
    return (double)weight * objective->g_loss(dlogits, logits, target, weight, batch);
}
