/* How far an image is from its reconstruction: one table, a row per loss. Each is -log p(x | y) of
 * a distribution of images, but for a constant. */
#ifndef GANTRAIN_MODEL_RECONSTRUCTION_H
#define GANTRAIN_MODEL_RECONSTRUCTION_H

#include <stdbool.h>

#include "gantrain/base/real.h"
#include "gantrain/base/team.h"

/* A row of the table. */
typedef struct gt_reconstruction {
    const char *name;
    const char *help;
    bool of_logits;   /* y are what goes into the sigmoid, whose gradient the loss contains */
    double per_pixel; /* -log p(x | y) = loss + per_pixel pixels */
    /* The loss of one image, summed over its pixels x (pixels) and their reconstructions y
     * (pixels). Sets dy (pixels) to scale times its gradient; may be y itself. */
    double (*loss)(gt_real *dy, const gt_real *y, const gt_real *x, gt_real scale, int pixels);
} gt_reconstruction;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL. */
const gt_reconstruction *gt_reconstruction_at(int index);
const gt_reconstruction *gt_reconstruction_find(const char *name);

/* Sets losses (rows) to the loss of each image, and dy (rows, pixels), which may be y itself, to
 * the gradient of their mean.
 *
 *   y  (rows, pixels)  reconstructions
 *   x  (rows, pixels)  images, or (pixels), one for all rows, if `one_image`
 *
 * team may be NULL. Allocates nothing. A NaN goes through. */
void gt_reconstruction_losses(double *losses, gt_real *dy, const gt_reconstruction *reconstruction,
                              gt_team *team, const gt_real *y, const gt_real *x, bool one_image,
                              int rows, int pixels);

#endif
