/* Sums over probabilities, in double. */
#include "gantrain/metrics/class_score.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

/* p log(p / q), whose limit at p = 0 is 0. */
static double term(double p, double q) {
    return p > 0 ? p * log(p / q) : 0;
}

int gt_likeliest_class(const gt_real *p, int classes) {
    int likeliest = 0;
    for (int c = 1; c < classes; c++)
        likeliest = p[c] > p[likeliest] ? c : likeliest;
    return likeliest;
}

void gt_class_score_take(gt_class_score *score, const gt_real *probabilities, int classes,
                         uint32_t count) {
    assert(classes >= 1 && classes <= GT_CLASSES_MOST && count >= 1);
    *score = (gt_class_score){.classes = classes, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        const gt_real *p = probabilities + (size_t)i * (size_t)classes;
        for (int c = 0; c < classes; c++)
            score->marginal[c] += (double)p[c] / count;
        score->shares[gt_likeliest_class(p, classes)] += 1;
    }
    double divergence = 0;
    for (uint32_t i = 0; i < count; i++)
        for (int c = 0; c < classes; c++)
            divergence += term((double)probabilities[(size_t)i * (size_t)classes + (size_t)c],
                               score->marginal[c]);
    score->score = exp(divergence / count);
    for (int c = 0; c < classes; c++) {
        score->missing += score->shares[c] == 0;
        score->shares[c] /= count;
    }
}

double gt_class_score_divergence(const gt_class_score *p, const gt_class_score *q) {
    assert(p->classes == q->classes);
    double sum = 0;
    for (int c = 0; c < p->classes; c++)
        sum += term(p->shares[c], (q->shares[c] * q->count + 1) / (q->count + q->classes));
    return fmax(sum, 0);
}
