/* The logistic loss, value and gradient in one pass over a handful of logits. */
#include "gantrain/nn/loss.h"

#include <tgmath.h>

/* 1 / (1 + exp(-a)), by the exponential of a negative number so that it cannot overflow. */
static gt_real stable_sigmoid(gt_real a) {
    gt_real e = exp(-fabs(a));
    return a < 0 ? e / (1 + e) : 1 / (1 + e);
}

/* log(1 + exp(a)) */
static gt_real softplus(gt_real a) {
    return (a > 0 ? a : 0) + log1p(exp(-fabs(a)));
}

double gt_loss_logistic(gt_real *dlogits, const gt_real *logits, gt_real target, gt_real weight,
                        int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
        gt_real a = logits[i];
        sum += (double)(target * softplus(-a)) + (double)((1 - target) * softplus(a));
        gt_real da = (1 - target) * stable_sigmoid(a) - target * stable_sigmoid(-a);
        dlogits[i] = weight * da / (gt_real)count;
    }
    return sum / count;
}

double gt_loss_mean_probability(const gt_real *logits, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += (double)stable_sigmoid(logits[i]);
    return sum / count;
}
