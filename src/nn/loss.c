/* The losses, value and gradient in one pass over a handful of logits. */
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

double gt_loss_squared(gt_real *dlogits, const gt_real *logits, gt_real target, gt_real weight,
                       int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
        gt_real error = logits[i] - target;
        sum += (double)(error * error) / 2;
        dlogits[i] = weight * error / (gt_real)count;
    }
    return sum / count;
}

double gt_loss_hinge(gt_real *dlogits, const gt_real *logits, gt_real target, gt_real weight,
                     int count) {
    const gt_real sign = target > 0 ? -1 : 1;
    double sum = 0;
    for (int i = 0; i < count; i++) {
        gt_real lack = 1 + sign * logits[i];
        sum += lack > 0 || isnan(lack) ? (double)lack : 0;
        dlogits[i] = lack > 0 ? weight * sign / (gt_real)count : 0;
    }
    return sum / count;
}

double gt_loss_linear(gt_real *dlogits, const gt_real *logits, gt_real target, gt_real weight,
                      int count) {
    const gt_real sign = target > 0 ? -1 : 1;
    double sum = 0;
    for (int i = 0; i < count; i++) {
        sum += (double)(sign * logits[i]);
        dlogits[i] = weight * sign / (gt_real)count;
    }
    return sum / count;
}

double gt_loss_mean_probability(const gt_real *logits, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += (double)stable_sigmoid(logits[i]);
    return sum / count;
}

/* Sets p to exp(a - m) and returns its sum, which is at least 1; *largest is m. */
static gt_real exponentials(gt_real *p, gt_real *largest, const gt_real *a, int classes) {
    gt_real m = a[0], sum = 0;
    for (int c = 1; c < classes; c++)
        m = a[c] > m ? a[c] : m;
    for (int c = 0; c < classes; c++) {
        p[c] = exp(a[c] - m);
        sum += p[c];
    }
    *largest = m;
    return sum;
}

void gt_loss_softmax_probabilities(gt_real *probabilities, const gt_real *logits, int classes,
                                   int count) {
    for (long i = 0; i < count; i++) {
        gt_real largest, *p = probabilities + i * classes;
        gt_real sum = exponentials(p, &largest, logits + i * classes, classes);
        for (int c = 0; c < classes; c++)
            p[c] /= sum;
    }
}

double gt_loss_softmax(gt_real *dlogits, const gt_real *logits, const uint16_t *labels, int classes,
                       int count) {
    double loss = 0;
    for (long i = 0; i < count; i++) {
        gt_real largest, *p = dlogits + i * classes;
        gt_real own = logits[i * classes + labels[i]]; /* read first: dlogits may be logits */
        gt_real sum = exponentials(p, &largest, logits + i * classes, classes);
        loss += (double)(log(sum) - (own - largest));
        for (int c = 0; c < classes; c++)
            p[c] /= sum * (gt_real)count;
        p[labels[i]] -= 1 / (gt_real)count;
    }
    return loss / count;
}
