/* Tiles, sums over them, and back: what nn/winograd.h does to images and grids before and after it
 * multiplies. */
#ifndef GANTRAIN_NN_WINOGRAD_TILES_H
#define GANTRAIN_NN_WINOGRAD_TILES_H

#include "nn/patches.h"

enum {
    WINOGRAD_SUMS = 4,  /* of two weights: w0, w0 + w1, w1, w0 - w1 */
    WINOGRAD_STEPS = 4, /* of an image under a tile, at most */
    WINOGRAD_TILES = 2  /* kinds of tiles: of two outputs, and of three */
};

/* Factors of the products of a tile along a dimension, for each kind of tile and sum of weights:
 * winograd_of_images has those of the image's steps, winograd_of_grid twice those of the outputs,
 * some of which are halves. */
typedef const signed char winograd_factors[WINOGRAD_TILES][WINOGRAD_SUMS][WINOGRAD_STEPS];
extern winograd_factors winograd_of_images, winograd_of_grid;

/* Images or a grid, and how tiles lie on them. A step along a dimension is `stride` pixels, and
 * the step 0 begins `pad` pixels before the first. */
struct plane {
    gt_real *numbers; /* (batch, height, width, channels) */
    gt_shape shape;
    int stride, pad;
    winograd_factors *factors;
    gt_real scale; /* of products of two factors */
};

/* Tiles of some images for one product, a matrix row for each, in the order (image, row, column).
 * Of the stride lines of pixels that a step covers, each `stride` pixels long, a matrix row has
 * those from first_line to last_line - 1, one after the other. */
struct tiles {
    long image, images;
    int first_row, last_row;       /* rows first_row to last_row - 1 of tiles */
    int columns;                   /* tiles in a row */
    int threes_down, threes_along; /* the first tiles of a dimension have three outputs */
    int sum_down, sum_along;       /* which sums of weights the product has */
    int first_line, last_line;
    int row_stride; /* numbers from a row of the matrix to the next */
};

/* How many tiles of three outputs a side of `outputs` >= 2 has; the others have two. */
int winograd_threes(int outputs);

/* How many of its tiles have a product with a sum of weights: for w0 - w1, those of three. */
int winograd_tiles_along(int outputs, int sum);

/* How many sums of weights its tiles need: 3, or 4 if one has three outputs. */
int winograd_sums_along(int outputs);

/* matrix = the sums of each tile. What lies outside of the plane is 0. */
void winograd_gather(gt_real *matrix, const struct plane *plane, const struct tiles *tiles);

/* The transpose: adds each row of the matrix to what winograd_gather made that row of. */
void winograd_spread(const struct plane *plane, const gt_real *matrix, const struct tiles *tiles);

#endif
