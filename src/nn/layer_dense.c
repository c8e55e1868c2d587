/* dense: y = x w^T + b, with the three products of nn/gemm.h. */
#include <assert.h>
#include <math.h>

#include "gantrain/nn/gemm.h"
#include "gantrain/nn/layer.h"

enum { WEIGHT, BIAS };

static void shape_dense(gt_layer *layer) {
    layer->out = (int)layer->arguments[0];
    layer->tensor_count = 2;
    layer->tensors[WEIGHT] = (gt_layer_tensor){
        .name = "weight", .rows = layer->out, .columns = layer->in, .trained = true, .drawn = true};
    layer->tensors[BIAS] = (gt_layer_tensor){.name = "bias", .rows = layer->out, .trained = true};
}

static void forward_dense(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                          const gt_layer_memory *memory, const gt_pass *pass) {
    (void)pass;
    gt_gemm_forward(y, x, memory->values[WEIGHT], memory->values[BIAS], batch, layer->out,
                    layer->in);
}

static void backward_dense(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                           int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    (void)y;
    assert(dx != dy);
    if (memory->gradients[WEIGHT] != NULL)
        gt_gemm_weight_gradient(memory->gradients[WEIGHT], memory->gradients[BIAS], dy, x,
                                memory->keep, batch, layer->out, layer->in);
    if (dx != NULL)
        gt_gemm_input_gradient(dx, dy, memory->values[WEIGHT], batch, layer->out, layer->in);
}

const gt_layer_kind gt_layer_dense = {
    .name = "dense",
    .help = "y = x w^T + b, w (UNITS, inputs)",
    .arguments = {{"UNITS", 1, GT_LAYER_UNITS, NAN, true}},
    .shape = shape_dense,
    .forward = forward_dense,
    .backward = backward_dense,
};
