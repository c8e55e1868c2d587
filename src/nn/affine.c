/* The affine map of dense and maxout, with the three products of nn/gemm.h. */
#include "nn/affine.h"

#include <assert.h>
#include <string.h>

#include "gantrain/base/team.h"
#include "gantrain/nn/gemm.h"

void affine_shape(gt_layer *layer, int rows) {
    const int in = gt_shape_size(layer->in);
    layer->multiply_adds = (double)rows * in;
    layer->matrix_rows = rows;
    layer->fan_in = in;
    layer->fan_out = gt_shape_size(layer->out);
    layer->tensor_count = 2;
    layer->tensors[AFFINE_WEIGHT] = (gt_layer_tensor){
        .name = "weight", .rank = 2, .sizes = {rows, in}, .trained = true, .drawn = true};
    layer->tensors[AFFINE_BIAS] =
        (gt_layer_tensor){.name = "bias", .rank = 1, .sizes = {rows}, .trained = true};
}

/* The arguments of a loop that rounds to bf16. */
struct rounding {
    gt_bf16 *to;
    const gt_real *from;
};

static void round_part(void *context, long first, long last) {
    const struct rounding *rounding = context;
    gt_bf16_round(rounding->to + first, rounding->from + first, last - first);
}

/* Numbers as a product takes them: rounded into `room`, or as they are if there is none. */
static const void *as_factor(gt_team *team, const gt_real *numbers, gt_bf16 *room, int batch,
                             int width) {
    struct rounding rounding = {room, numbers};
    long count = (long)batch * width;
    if (room == NULL)
        return numbers;
    gt_team_run(team, round_part, &rounding, count, GT_LOOP_UNIT, count > GT_LOOP_WORTH);
    return room;
}

static const void *weight_factor(const gt_layer_memory *memory) {
    const gt_bf16 *rounded = memory->rounded_values[AFFINE_WEIGHT];
    return rounded != NULL ? (const void *)rounded : memory->values[AFFINE_WEIGHT];
}

void affine_forward(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                    const gt_layer_memory *memory) {
    gt_gemm_forward(
        memory->compute, y,
        as_factor(memory->compute->team, x, memory->rounded_x, batch, gt_shape_size(layer->in)),
        weight_factor(memory), memory->values[AFFINE_BIAS], memory->then, batch,
        layer->tensors[AFFINE_WEIGHT].sizes[0], gt_shape_size(layer->in));
}

void affine_tangent(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                    const gt_layer_memory *memory) {
    gt_gemm_forward(
        memory->compute, ty,
        as_factor(memory->compute->team, tx, memory->rounded_x, batch, gt_shape_size(layer->in)),
        weight_factor(memory), NULL, (gt_epilogue){0}, batch,
        layer->tensors[AFFINE_WEIGHT].sizes[0], gt_shape_size(layer->in));
}

void affine_begin(gt_real *y, const gt_real *b, long rows, int outputs) {
    if (b == NULL)
        memset(y, 0, (size_t)rows * (size_t)outputs * sizeof *y);
    else
        for (long row = 0; row < rows; row++, y += outputs)
            for (int i = 0; i < outputs; i++)
                y[i] = b[i];
}

/* db = keep db + column sums of dy. */
struct column_sums {
    gt_real *db;
    const gt_real *dy;
    gt_real keep;
    long rows;
    int columns;
};

static void sum_columns(void *context, long first, long last) {
    const struct column_sums *sums = context;
    gt_real *db = sums->db;
    if (sums->keep == 0)
        for (long i = first; i < last; i++)
            db[i] = 0;
    for (long row = 0; row < sums->rows; row++) {
        const gt_real *dy = sums->dy + row * sums->columns;
#pragma omp simd
        for (long i = first; i < last; i++)
            db[i] += dy[i];
    }
}

void affine_bias_gradient(const gt_real *dy, long examples, int outputs,
                          const gt_layer_memory *memory) {
    struct column_sums sums = {memory->gradients[AFFINE_BIAS], dy, memory->keep, examples, outputs};
    if (sums.db != NULL)
        gt_team_run(memory->compute->team, sum_columns, &sums, outputs, GT_LOOP_UNIT,
                    examples * outputs > GT_LOOP_WORTH);
}

void affine_backward(gt_real *dx, const gt_real *dy, const gt_real *x, int batch,
                     const gt_layer *layer, const gt_layer_memory *memory) {
    assert(dx != dy);
    int rows = layer->tensors[AFFINE_WEIGHT].sizes[0], in = gt_shape_size(layer->in);
    const void *dy_factor = as_factor(memory->compute->team, dy, memory->rounded_dy, batch, rows);
    if (memory->gradients[AFFINE_WEIGHT] != NULL) {
        const void *x_factor = memory->rounded_x != NULL ? (const void *)memory->rounded_x : x;
        gt_gemm_weight_gradient(memory->compute, memory->gradients[AFFINE_WEIGHT], dy_factor,
                                x_factor, memory->keep, batch, rows, in);
    }
    affine_bias_gradient(dy, batch, rows, memory);
    if (dx != NULL)
        gt_gemm_input_gradient(memory->compute, dx, dy_factor, weight_factor(memory), batch, rows,
                               in);
}
