/* Sums over tiles, and back: what nn/winograd.h does to images and grids before and after it
 * multiplies. */
#ifndef GANTRAIN_NN_WINOGRAD_TILES_H
#define GANTRAIN_NN_WINOGRAD_TILES_H

#include "nn/patches.h"

enum {
    WINOGRAD_POINTS = 3,  /* products along a dimension */
    WINOGRAD_OUTPUTS = 2, /* of a tile along a dimension */
    WINOGRAD_PRODUCTS = WINOGRAD_POINTS * WINOGRAD_POINTS
};

/* Coefficients of a sum, for each point: of the three steps of an image along a dimension, and of
 * the two outputs (and, the same, of the two weights). */
extern const signed char winograd_of_images[WINOGRAD_POINTS][WINOGRAD_POINTS];
extern const signed char winograd_of_grid[WINOGRAD_POINTS][WINOGRAD_POINTS];

/* Images or a grid, and how tiles lie on them. A step along a dimension is `stride` pixels, and
 * the step 0 begins `pad` pixels before the first. */
struct plane {
    gt_real *numbers; /* (batch, height, width, channels) */
    gt_shape shape;
    int stride, pad;
    const signed char (*terms)[WINOGRAD_POINTS];
};

/* Tiles of some images for one product, a matrix row for each, in the order (image, row, column).
 * Of the stride lines of pixels that a step covers, each `stride` pixels long, a matrix row has
 * those from first_line to last_line - 1, one after the other. */
struct tiles {
    long image, images;
    int first_row, last_row; /* rows first_row to last_row - 1 of tiles */
    int columns;             /* tiles in a row */
    int product;             /* 0 to 8: the point along the height, then along the width */
    int first_line, last_line;
    int row_stride; /* numbers from a row of the matrix to the next */
};

/* How many of the tiles along `outputs` outputs have a product for this point: the last tile of an
 * odd number has none for the last point. */
int winograd_tiles_along(int outputs, int point);

/* matrix = the sums of each tile. What lies outside of the plane is 0. */
void winograd_gather(gt_real *matrix, const struct plane *plane, const struct tiles *tiles);

/* The transpose: adds each row of the matrix to what winograd_gather made that row of. */
void winograd_spread(const struct plane *plane, const gt_real *matrix, const struct tiles *tiles);

#endif
