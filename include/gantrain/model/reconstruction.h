/* How far an image is from its reconstruction: one table, a row per loss. */
#ifndef GANTRAIN_MODEL_RECONSTRUCTION_H
#define GANTRAIN_MODEL_RECONSTRUCTION_H

#include <stdbool.h>

#include "gantrain/base/real.h"

/* A loss of one image, summed over its pixels x and their reconstructions. */
typedef struct gt_reconstruction {
    const char *name;
    const char *help;
    bool of_logits; /* it fuses the sigmoid, and takes the numbers that go into it */
    /* Sets dy (rows, pixels) to the gradient of the mean loss of an image; may be y itself. x and y
     * (rows, pixels). Returns that mean. */
    double (*loss)(gt_real *dy, const gt_real *y, const gt_real *x, int rows, int pixels);
} gt_reconstruction;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL. */
const gt_reconstruction *gt_reconstruction_at(int index);
const gt_reconstruction *gt_reconstruction_find(const char *name);

#endif
