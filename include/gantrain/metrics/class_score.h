/* The classifier score of a set of images: whether each image clearly belongs to a class, and
 * whether all classes occur. */
#ifndef GANTRAIN_METRICS_CLASS_SCORE_H
#define GANTRAIN_METRICS_CLASS_SCORE_H

#include <stdint.h>

#include "gantrain/base/real.h"
#include "gantrain/data/dataset.h"

typedef struct gt_class_score {
    int classes;
    uint32_t count; /* of the images */
    /* exp of the mean over images x of KL(p(y|x) || p(y)), with p(y) the mean of p(y|x): Salimans
     * et al. 2016 (arXiv 1606.03498), section 4, with this classifier in Inception's place. From 1
     * (all alike) to `classes` (each clearly one of them, all as often). */
    double score;
    double marginal[GT_CLASSES_MOST]; /* p(y) */
    double shares[GT_CLASSES_MOST];   /* part of the images whose likeliest class it is */
    int missing;                      /* classes that are no image's likeliest */
} gt_class_score;

/* The class with the largest of probabilities, or logits, p (classes); the first of equals. */
int gt_likeliest_class(const gt_real *p, int classes);

/* Computes the scores of `count` images, at least 1, from p(y|x): probabilities (count,
 * classes). */
void gt_class_score_take(gt_class_score *score, const gt_real *probabilities, int classes,
                         uint32_t count);

/* KL(p || q) in nats of the shares of the classes: near 0 where the classes are as often in both.
 * Each class counts as one image more in q (Laplace's rule), so that one that q happens to lack is
 * not infinitely far. Shares, not p(y): a classifier that is unsure of an image gives some of it to
 * every class, and so a single image to all of them. */
double gt_class_score_divergence(const gt_class_score *p, const gt_class_score *q);

#endif
