/* The objectives of both networks as targets of one loss. */
#include "gantrain/model/objective.h"

#include <string.h>

#include "gantrain/nn/loss.h"

static const gt_objective objectives[] = {
    /* softplus(a) - a = -log D(G(z)) */
    {"non_saturating", "ascend log D(G(z)): strong gradients while D is ahead", 1, 1},
    /* -softplus(a) = log(1 - D(G(z))) */
    {"minimax", "descend log(1 - D(G(z))), the two-player game as stated", 0, -1},
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

void gt_objective_fake(gt_real *dlogits, gt_gan_stats *stats, const gt_real *logits, int batch) {
    double loss = gt_loss_logistic(dlogits, logits, 0, 1, batch);
    stats->d_loss += loss;
    stats->value -= loss;
    stats->d_fake = gt_loss_mean_probability(logits, batch);
}

void gt_objective_real(gt_real *dlogits, gt_gan_stats *stats, const gt_real *logits, gt_real target,
                       int batch) {
    double minus_log_d = gt_loss_logistic(dlogits, logits, 1, 1, batch);
    stats->d_loss +=
        target == 1 ? minus_log_d : gt_loss_logistic(dlogits, logits, target, 1, batch);
    stats->value -= minus_log_d;
    stats->d_real = gt_loss_mean_probability(logits, batch);
}

void gt_objective_discriminator(gt_real *dlogits, gt_gan_stats *stats, const gt_real *logits,
                                gt_real target, int batch) {
    stats->d_loss = stats->value = 0;
    gt_objective_fake(dlogits, stats, logits, batch);
    gt_objective_real(dlogits + batch, stats, logits + batch, target, batch);
}

double gt_objective_generator(gt_real *dlogits, const gt_objective *objective,
                              const gt_real *logits, int batch) {
    gt_real target = objective->target, weight = objective->weight;
    return (double)weight * gt_loss_logistic(dlogits, logits, target, weight, batch);
}
