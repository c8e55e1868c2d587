/* dense: y = x w^T + b. */

#include "gantrain/nn/layer.h"
#include "nn/affine.h"
#include "nn/layer_arguments.h"
#include "nn/spectral_norm.h"

enum { UNITS, SPECTRAL_NORM };

static gt_status shape_dense(gt_layer *layer, gt_error *error) {
    (void)error;
    int units = (int)layer->arguments[UNITS];
    layer->out = gt_shape_of_vector(units);
    affine_shape(layer, units);
    if (layer->arguments[SPECTRAL_NORM] != 0)
        spectral_norm_shape(layer, units, 1);
    return GT_OK;
}

static void forward_dense(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                          const gt_layer_memory *memory, const gt_pass *pass) {
    (void)pass;
    affine_forward(y, x, batch, layer, memory);
}

static void backward_dense(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                           int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    (void)y;
    affine_backward(dx, dy, x, batch, layer, memory);
}

const gt_layer_kind gt_layer_dense = {
    .name = "dense",
    .help = "y = x w^T + b, w (UNITS, inputs)",
    .arguments = {[UNITS] = WHOLE_ARGUMENT("UNITS", 1, GT_LAYER_UNITS),
                  [SPECTRAL_NORM] = SPECTRAL_NORM_ARGUMENT},
    .ends_in_product = true,
    .shape = shape_dense,
    .forward = forward_dense,
    .backward = backward_dense,
    .tangent = affine_tangent,
};
