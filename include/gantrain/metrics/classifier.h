/* A small classifier of the images that a generator learns from: its last hidden layer is the space
 * in which samples are compared with data, its probabilities say which classes they are of.
 *
 * It takes the place of the literature's Inception network, which knows nothing of digits: stages
 * of a convolution with stride 2, batchnorm and relu until 8 x 8 positions or fewer are left, one
 * more convolution, then two dense layers, trained by our own nn on the labels. Its size and its
 * training are the recipe, GT_CLASSIFIER_RECIPE. Distances in the features of two classifiers
 * cannot be compared, so a file that keeps a classifier must keep the recipe's number with it. */
#ifndef GANTRAIN_METRICS_CLASSIFIER_H
#define GANTRAIN_METRICS_CLASSIFIER_H

#include "gantrain/data/dataset.h"
#include "gantrain/nn/network.h"

/* Changes whenever the same data would give another classifier. */
#define GT_CLASSIFIER_RECIPE 2

enum { GT_CLASSIFIER_FEATURES = 128 /* few enough for a covariance of 10,000 images */ };

typedef struct gt_classifier {
    gt_shape shape; /* of an image */
    int pixels, classes;
    uint32_t trained_on; /* images; how large the networks are depends on it */
    /* Two networks, one after the other: (pixels) to (GT_CLASSIFIER_FEATURES) to (classes)
     * logits. */
    gt_network features, head;
    gt_arena arena;  /* owned */
    gt_real *images; /* room for a block of images, their features and their logits */
    gt_real *hidden;
    gt_real *logits;
} gt_classifier;

/* Shapes a classifier for training on so many images and lays out its memory; it then needs its
 * parameters, by gt_classifier_train or from a file. compute is borrowed, in fp32. classes 2 to
 * GT_CLASSES_MOST. After a failure there is nothing to close. */
gt_status gt_classifier_open(gt_classifier *classifier, gt_shape shape, int classes,
                             uint32_t images, const gt_compute *compute, gt_error *error);

void gt_classifier_close(gt_classifier *classifier);

/* Trains it on trained_on labelled images, whose labels are all below classes. The same data and
 * thread count give the same classifier. Memory: allocates and frees what training takes, about 25
 * MB at 28 x 28 pixels and at most 100 MB. Fails with GT_FAILED if there is no memory, GT_DIVERGED,
 * or GT_STOPPED. */
gt_status gt_classifier_train(gt_classifier *classifier, const gt_dataset *dataset,
                              gt_error *error);

/* Looks at images (count, pixels), a block at a time.
 *
 *   features       (count, GT_CLASSIFIER_FEATURES)  set, or NULL
 *   probabilities  (count, classes)                 set, or NULL */
void gt_classifier_apply(gt_real *features, gt_real *probabilities, gt_classifier *classifier,
                         const uint8_t *images, uint32_t count);

/* The same, of many images and with compute->helpers (metrics/sharing.h): neither features nor
 * probabilities may be NULL. Fails with GT_STOPPED, and with helpers as they fail. */
gt_status gt_classifier_look(gt_real *features, gt_real *probabilities, gt_classifier *classifier,
                             const uint8_t *images, uint32_t count, gt_error *error);

/* The part of the images whose likeliest class is their label. */
double gt_classifier_accuracy(gt_classifier *classifier, const gt_dataset *dataset);

/* The classes that labels need: the largest one and 1, at least 2. */
int gt_classifier_classes(const gt_dataset *dataset);

/* CRC-32 of the parameters and running means: scores taken with two classifiers can be compared if
 * it is the same. */
uint32_t gt_classifier_checksum(const gt_classifier *classifier);

#endif
