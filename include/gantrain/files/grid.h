/* Many small images as one picture: a grid with one pixel of space between cells. */
#ifndef GANTRAIN_FILES_GRID_H
#define GANTRAIN_FILES_GRID_H

#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/base/real.h"
#include "gantrain/base/shape.h"
#include "gantrain/base/stop.h"

/* Turns network output in [low, high] into bytes 0 to 255, rounded to the nearest; what lies
 * outside is clipped, and a NaN becomes 0. count numbers. */
void gt_pixels_from_reals(uint8_t *pixels, const gt_real *values, gt_real low, gt_real high,
                          long count);

/* Whether count images fit in one picture; the error is that of gt_grid_write. */
gt_status gt_grid_check(const char *path, uint32_t count, int columns, gt_shape shape,
                        gt_error *error);

/* Writes count images (count, shape) as a PNG grid, `columns` to a row, left to
 * right and top to bottom; empty cells of the last row and the space between cells are mid-grey
 * (128). Fails as gt_png_write does, or if the picture would be too large for it: the message says
 * how many images fit at this number of columns. Allocates and frees the picture. stop as
 * for gt_png_write. */
gt_status gt_grid_write(const char *path, const uint8_t *images, uint32_t count, int columns,
                        gt_shape shape, gt_stop *stop, gt_error *error);

/* The same, with the last column set off from the others by a white band of two pixels on either
 * side of it. */
gt_status gt_grid_write_marked(const char *path, const uint8_t *images, uint32_t count, int columns,
                               gt_shape shape, gt_stop *stop, gt_error *error);

#endif
