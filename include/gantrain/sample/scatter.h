/* Pictures of points before the density that they should have: dots over shades in a plane, a
 * histogram under the curve on a line. */
#ifndef GANTRAIN_SAMPLE_SCATTER_H
#define GANTRAIN_SAMPLE_SCATTER_H

#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/base/shape.h"
#include "gantrain/data/distribution.h"

enum { GT_SCATTER_SIDE = 256, GT_SCATTER_BYTES = GT_SCATTER_SIDE * GT_SCATTER_SIDE * 3 };

/* RGB, of the window of the distribution. */
static inline gt_shape gt_scatter_shape(void) {
    return (gt_shape){.channels = 3, .height = GT_SCATTER_SIDE, .width = GT_SCATTER_SIDE};
}

/* Draws a picture.
 *
 *   picture  (GT_SCATTER_SIDE, GT_SCATTER_SIDE, 3)  set
 *   points   (count, components)  those out of the window, or not finite, are not shown
 */
void gt_scatter_draw(uint8_t *picture, const gt_distribution *distribution, const gt_real *points,
                     uint32_t count);

/* Writes such a picture as a PNG file. Errors as in gt_png_write, and no memory. */
gt_status gt_scatter_write(const char *path, const gt_distribution *distribution,
                           const gt_real *points, uint32_t count, gt_error *error);

#endif
