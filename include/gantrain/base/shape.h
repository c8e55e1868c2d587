/* The shape of an image, or of one example between two layers.
 *
 * In memory channels change fastest: an example is (height, width, channels). A vector of n numbers
 * is n channels of one pixel. */
#ifndef GANTRAIN_BASE_SHAPE_H
#define GANTRAIN_BASE_SHAPE_H

#include <stdbool.h>

typedef struct gt_shape {
    int channels, height, width;
} gt_shape;

/* The shape of a vector of `count` numbers. */
static inline gt_shape gt_shape_of_vector(int count) {
    return (gt_shape){.channels = count, .height = 1, .width = 1};
}

/* How many numbers it has. */
static inline int gt_shape_size(gt_shape shape) {
    return shape.channels * shape.height * shape.width;
}

static inline bool gt_shape_equal(gt_shape a, gt_shape b) {
    return a.channels == b.channels && a.height == b.height && a.width == b.width;
}

enum { GT_SHAPE_TEXT = 40 };

/* Writes the shape of an image, height first: "28x28" if it is grey, else "28x28x3". Returns
 * text. */
const char *gt_shape_format_image(char text[GT_SHAPE_TEXT], gt_shape shape);

/* Writes the shape of an example between two layers, channels first: "64x14x14"; "256" if it is a
 * vector. Returns text. */
const char *gt_shape_format(char text[GT_SHAPE_TEXT], gt_shape shape);

#endif
