/* The objectives of both networks as targets of one loss. */
#include "gantrain/gan/objective.h"

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

void gt_objective_discriminator(gt_real *dlogits, gt_figures *figures, const gt_real *logits,
                                int batch) {
    const gt_real *fake = logits, *real = logits + batch;
    double minus_log_not_d_fake = gt_loss_logistic(dlogits, fake, 0, 1, batch);
    double minus_log_d_real = gt_loss_logistic(dlogits + batch, real, 1, 1, batch);
    figures->d_loss = minus_log_d_real + minus_log_not_d_fake;
    figures->value = -figures->d_loss;
    figures->d_real = gt_loss_mean_probability(real, batch);
    figures->d_fake = gt_loss_mean_probability(fake, batch);
}

double gt_objective_generator(gt_real *dlogits, const gt_objective *objective,
                              const gt_real *logits, int batch) {
    gt_real target = objective->target, weight = objective->weight;
    return (double)weight * gt_loss_logistic(dlogits, logits, target, weight, batch);
}
