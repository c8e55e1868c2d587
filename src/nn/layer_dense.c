/* dense: y = x w^T + b, with the three products of nn/gemm.h. */
#include <assert.h>
#include <math.h>

#include "gantrain/base/threads.h"
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

/* Rows of numbers on their way to bf16. */
struct rounding {
    gt_bf16 *to;
    const gt_real *from;
};

static void round_part(void *context, long first, long last) {
    const struct rounding *rounding = context;
    gt_bf16_round(rounding->to + first, rounding->from + first, last - first);
}

/* Numbers as a product takes them: rounded into `room`, or as they are if there is none. */
static const void *as_factor(const gt_real *numbers, gt_bf16 *room, int batch, int width) {
    struct rounding rounding = {room, numbers};
    long count = (long)batch * width;
    if (room == NULL)
        return numbers;
    gt_threads_for(round_part, &rounding, count, GT_LOOP_UNIT, count > GT_LOOP_WORTH);
    return room;
}

static const void *weight_factor(const gt_layer_memory *memory) {
    const gt_bf16 *rounded = memory->rounded_values[WEIGHT];
    return rounded != NULL ? (const void *)rounded : memory->values[WEIGHT];
}

static void forward_dense(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                          const gt_layer_memory *memory, const gt_pass *pass) {
    (void)pass;
    gt_gemm_forward(memory->gemm, y, as_factor(x, memory->rounded_x, batch, layer->in),
                    weight_factor(memory), memory->values[BIAS], batch, layer->out, layer->in);
}

/* db = keep db + column sums of dy. */
struct column_sums {
    gt_real *db;
    const gt_real *dy;
    gt_real keep;
    int batch, out;
};

static void sum_columns(void *context, long first, long last) {
    const struct column_sums *sums = context;
    gt_real *db = sums->db;
    if (sums->keep == 0)
        for (long i = first; i < last; i++)
            db[i] = 0;
    for (int row = 0; row < sums->batch; row++) {
        const gt_real *dy = sums->dy + (long)row * sums->out;
#pragma omp simd
        for (long i = first; i < last; i++)
            db[i] += dy[i];
    }
}

static void backward_dense(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                           int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    (void)y;
    assert(dx != dy);
    const void *dy_factor = as_factor(dy, memory->rounded_dy, batch, layer->out);
    if (memory->gradients[WEIGHT] != NULL) {
        struct column_sums sums = {memory->gradients[BIAS], dy, memory->keep, batch, layer->out};
        const void *x_factor = memory->rounded_x != NULL ? (const void *)memory->rounded_x : x;
        gt_gemm_weight_gradient(memory->gemm, memory->gradients[WEIGHT], dy_factor, x_factor,
                                memory->keep, batch, layer->out, layer->in);
        gt_threads_for(sum_columns, &sums, layer->out, GT_LOOP_UNIT,
                       (long)batch * layer->out > GT_LOOP_WORTH);
    }
    if (dx != NULL)
        gt_gemm_input_gradient(memory->gemm, dx, dy_factor, weight_factor(memory), batch,
                               layer->out, layer->in);
}

const gt_layer_kind gt_layer_dense = {
    .name = "dense",
    .help = "y = x w^T + b, w (UNITS, inputs)",
    .arguments = {{"UNITS", 1, GT_LAYER_UNITS, NAN, true}},
    .shape = shape_dense,
    .forward = forward_dense,
    .backward = backward_dense,
};
