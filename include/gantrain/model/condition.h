/* Conditions: what a model is told about the class of each image (Mirza and Osindero 2014, arXiv
 * 1411.1784). A condition is a row of numbers, one for each class: 1 at the class, 0 elsewhere.
 * Between two classes lie mixtures of both. */
#ifndef GANTRAIN_MODEL_CONDITION_H
#define GANTRAIN_MODEL_CONDITION_H

#include <stdint.h>

#include "gantrain/nn/network.h"

enum { GT_LAYERS_TEXT = 2048 /* room for a layer list */ };

/* How networks are told the class. */
typedef struct gt_condition_way {
    /* So many learned numbers of the class next to theirs; 0: the condition itself. */
    int embedding;
    bool projects; /* of a discriminator instead: in its last layer (layer projection) */
} gt_condition_way;

enum { GT_CONDITION_TEXT = 48 };

/* Reads a way: one_hot, embedding N, projection, or the last after one of the others. Fails with
 * GT_USAGE. gt_condition_format writes it so, and returns text. */
gt_status gt_condition_parse(gt_condition_way *way, const char *text, gt_error *error);
const char *gt_condition_format(char text[GT_CONDITION_TEXT], const gt_condition_way *way);

/* Sets condition (rows, classes) to 1 at each label and 0 elsewhere. labels (rows) below
 * classes. */
void gt_condition_set(gt_real *condition, const uint16_t *labels, int rows, int classes);

/* The class with that address, as frequent as it is among images.
 *
 *   images  (classes): of each, not all 0; NULL: classes are equally frequent */
uint16_t gt_condition_draw_class(const uint32_t *images, int classes, gt_address address);

/* Row `row` of condition (rows, classes); NULL if classes is 0. */
const gt_real *gt_condition_row(const gt_real *condition, int classes, long row);

/* Writes a layer list that is told one of `classes` classes: with a layer one_hot, or embedding of
 * `embedding` numbers if that is not 0, in front of its first layer that is not element-wise,
 * unless it has a layer that takes a class anywhere, or classes is 0. An image becomes a vector
 * before, where a dense layer follows. layers may be NULL or "". Fails with GT_USAGE if it becomes
 * over-long. */
gt_status gt_condition_layers(char text[GT_LAYERS_TEXT], const char *layers, gt_shape in,
                              int classes, int embedding, gt_error *error);

/* Fails with GT_USAGE if a network has a layer that takes another number of classes than `classes`.
 *
 *   advice  what to do about one where classes is 0
 *   name    of the network's section of the config */
gt_status gt_condition_check(const gt_network *network, int classes, const char *advice,
                             const char *name, gt_error *error);

#endif
