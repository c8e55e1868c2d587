/* The affine map x w^T + b that dense and maxout share. Its tensors are the layer's first two, as
 * they are a convolution's. */
#ifndef GANTRAIN_NN_AFFINE_H
#define GANTRAIN_NN_AFFINE_H

#include "gantrain/nn/layer.h"

enum affine_tensor { AFFINE_WEIGHT, AFFINE_BIAS };

/* Gives the layer, whose `out` is set, a weight (rows, in) and a bias (rows). */
void affine_shape(gt_layer *layer, int rows);

/* y (batch, rows) = x w^T + b. */
void affine_forward(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                    const gt_layer_memory *memory);

/* ty (batch, rows) = tx w^T: how y moves when x moves by tx. */
void affine_tangent(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                    const gt_layer_memory *memory);

/* dx = dy w unless it is NULL; dw and db as gt_layer_kind.backward says, each unless it is NULL. */
void affine_backward(gt_real *dx, const gt_real *dy, const gt_real *x, int batch,
                     const gt_layer *layer, const gt_layer_memory *memory);

/* y (rows, outputs) = b in every row; 0 if b is NULL. */
void affine_begin(gt_real *y, const gt_real *b, long rows, int outputs);

/* db = keep db + the sum of the rows of dy (rows, columns), unless db is NULL. */
void affine_bias_gradient(const gt_real *dy, long examples, int outputs,
                          const gt_layer_memory *memory);

#endif
