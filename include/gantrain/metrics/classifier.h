/* A small classifier of the images that a generator learns from: its last hidden layer is the space
 * in which samples are compared with data, its probabilities say which classes they are of.
 *
 * It stands where the literature has Inception, which knows nothing of digits: three dense layers,
 * trained by our own nn on the labels in seconds. What it is made of and how it learns is the
 * recipe, GT_CLASSIFIER_RECIPE: distances in the features of two classifiers cannot be compared, so
 * whoever keeps one must keep the recipe's number with it. */
#ifndef GANTRAIN_METRICS_CLASSIFIER_H
#define GANTRAIN_METRICS_CLASSIFIER_H

#include "gantrain/data/dataset.h"
#include "gantrain/nn/network.h"

/* Changes whenever the same data would give another classifier. */
#define GT_CLASSIFIER_RECIPE 1

enum { GT_CLASSIFIER_FEATURES = 128 };

typedef struct gt_classifier {
    gt_shape shape; /* of an image */
    int pixels, classes;
    /* Two networks, one behind the other: (pixels) to (GT_CLASSIFIER_FEATURES), on to (classes)
     * logits. */
    gt_network features, head;
    gt_arena arena;  /* owned */
    gt_real *images; /* room for a block of images, their features and their logits */
    gt_real *hidden;
    gt_real *logits;
} gt_classifier;

/* Shapes a classifier and lays out its memory; it then needs its parameters, by gt_classifier_train
 * or from a file. compute is borrowed, in fp32. classes 2 to GT_CLASSES_MOST.
 * After a failure there is nothing to close. */
gt_status gt_classifier_open(gt_classifier *classifier, gt_shape shape, int classes,
                             const gt_compute *compute, gt_error *error);

void gt_classifier_close(gt_classifier *classifier);

/* Trains it on labelled images, whose labels are all below classes. The same data and thread count
 * give the same classifier. Memory: allocates and frees what training takes, about 15 MB at 784
 * pixels. Fails with GT_FAILED if there is no memory, GT_DIVERGED, or GT_STOPPED. */
gt_status gt_classifier_train(gt_classifier *classifier, const gt_dataset *dataset,
                              gt_error *error);

/* Looks at images (count, pixels), a block at a time.
 *
 *   features       (count, GT_CLASSIFIER_FEATURES)  set, or NULL
 *   probabilities  (count, classes)                 set, or NULL */
void gt_classifier_apply(gt_real *features, gt_real *probabilities, gt_classifier *classifier,
                         const uint8_t *images, uint32_t count);

/* The part of the images whose likeliest class is their label. */
double gt_classifier_accuracy(gt_classifier *classifier, const gt_dataset *dataset);

/* The classes that labels need: the largest one and 1, at least 2. */
int gt_classifier_classes(const gt_dataset *dataset);

/* CRC-32 of the parameters: scores taken with two classifiers can be compared if it is the same.
 */
uint32_t gt_classifier_checksum(const gt_classifier *classifier);

#endif
