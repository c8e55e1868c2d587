/* The element-wise layers. Each works in place, so its backward is written in terms of y alone. */
#include <math.h>

#include "gantrain/base/elementary.h"
#include "gantrain/base/team.h"
#include "gantrain/nn/layer.h"

static void run(gt_loop_body body, gt_sweep *sweep, const gt_layer *layer, int batch,
                const gt_layer_memory *memory) {
    long count = (long)batch * gt_shape_size(layer->out);
    sweep->slope = (gt_real)layer->arguments[0];
    gt_team_run(memory->compute->team, body, sweep, count, GT_LOOP_UNIT, count > GT_LOOP_WORTH);
}

/* Defines forward_NAME, which sets every y to an expression of x, and backward_NAME, which sets
 * every dx to an expression of dy and y; both may use `slope`. */
#define ELEMENT_WISE(name, forward_expression, backward_expression)                                \
    static void sweep_forward_##name(void *context, long first, long last) {                       \
        const gt_sweep *sweep = context;                                                           \
        gt_real *to = sweep->to;                                                                   \
        const gt_real *from = sweep->from, slope = sweep->slope;                                   \
        (void)slope;                                                                               \
        _Pragma("omp simd") for (long i = first; i < last; i++) {                                  \
            const gt_real x = from[i];                                                             \
            to[i] = forward_expression;                                                            \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    static void sweep_backward_##name(void *context, long first, long last) {                      \
        const gt_sweep *sweep = context;                                                           \
        gt_real *to = sweep->to;                                                                   \
        const gt_real *from = sweep->from, *y_all = sweep->y, slope = sweep->slope;                \
        (void)slope;                                                                               \
        _Pragma("omp simd") for (long i = first; i < last; i++) {                                  \
            const gt_real y = y_all[i], dy = from[i];                                              \
            to[i] = backward_expression;                                                           \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    static void forward_##name(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,     \
                               const gt_layer_memory *memory, const gt_pass *pass) {               \
        (void)pass;                                                                                \
        run(sweep_forward_##name, &(gt_sweep){.to = y, .from = x}, layer, batch, memory);          \
    }                                                                                              \
                                                                                                   \
    static void backward_##name(gt_real *dx, const gt_real *dy, const gt_real *x,                  \
                                const gt_real *y, int batch, const gt_layer *layer,                \
                                const gt_layer_memory *memory) {                                   \
        (void)x;                                                                                   \
        if (dx != NULL)                                                                            \
            run(sweep_backward_##name, &(gt_sweep){.to = dx, .from = dy, .y = y}, layer, batch,    \
                memory);                                                                           \
    }

/* x < 0 and not x > 0 decides, so that a NaN goes through and is seen in the loss. */
ELEMENT_WISE(relu, x<0 ? 0 : x, y> 0 ? dy : 0)
ELEMENT_WISE(leaky_relu, x<0 ? slope * x : x, y> 0 ? dy : slope *dy)
ELEMENT_WISE(sigmoid, real_sigmoid(x), dy *y *(1 - y))
ELEMENT_WISE(tanh, real_tanh(x), dy *(1 - y * y))

/* Defines curvature_NAME for y = f(x): adds an expression of f''(x) / f'(x), written in y, times
 * ty dy to every dx. */
#define CURVED(name, ratio)                                                                        \
    static void sweep_curvature_##name(void *context, long first, long last) {                     \
        const gt_sweep *sweep = context;                                                           \
        gt_real *dx = sweep->to;                                                                   \
        const gt_real *dy = sweep->from, *y_all = sweep->y, *ty = sweep->ty;                       \
        _Pragma("omp simd") for (long i = first; i < last; i++) {                                  \
            const gt_real y = y_all[i];                                                            \
            dx[i] += (ratio)*ty[i] * dy[i];                                                        \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    static void curvature_##name(gt_real *dx, const gt_real *dy, const gt_real *y,                 \
                                 const gt_real *ty, int batch, const gt_layer *layer,              \
                                 const gt_layer_memory *memory) {                                  \
        run(sweep_curvature_##name, &(gt_sweep){.to = dx, .from = dy, .y = y, .ty = ty}, layer,    \
            batch, memory);                                                                        \
    }

/* f' = y (1 - y), f'' = f' (1 - 2 y); and f' = 1 - y^2, f'' = -2 y f'. */
CURVED(sigmoid, 1 - 2 * y)
CURVED(tanh, -2 * y)

/* A rectifier of slope a below 0 leaves (1 + a^2) / 2 of the mean square: He et al. 2015, eq. 15.
 */
static double gain_rectifier(const gt_layer *layer) {
    double slope = layer->arguments[0];
    return sqrt(2 / (1 + slope * slope));
}

const gt_layer_kind gt_layer_relu = {
    .name = "relu",
    .help = "y = max(0, x)",
    .element_wise = true,
    .backward_reads_y = true,
    .gain = gain_rectifier,
    .forward = forward_relu,
    .sweep_forward = sweep_forward_relu,
    .backward = backward_relu,
};

const gt_layer_kind gt_layer_leaky_relu = {
    .name = "leaky_relu",
    .help = "y = x for x > 0, SLOPE x below (0.2 if not given)",
    .arguments = {{.name = "SLOPE", .highest = 1, .fallback = 0.2}},
    .element_wise = true,
    .backward_reads_y = true,
    .gain = gain_rectifier,
    .forward = forward_leaky_relu,
    .sweep_forward = sweep_forward_leaky_relu,
    .backward = backward_leaky_relu,
};

const gt_layer_kind gt_layer_sigmoid = {
    .name = "sigmoid",
    .help = "y = 1 / (1 + exp(-x))",
    .element_wise = true,
    .backward_reads_y = true,
    .forward = forward_sigmoid,
    .sweep_forward = sweep_forward_sigmoid,
    .backward = backward_sigmoid,
    .curvature = curvature_sigmoid,
};

const gt_layer_kind gt_layer_tanh = {
    .name = "tanh",
    .help = "y = tanh x",
    .element_wise = true,
    .backward_reads_y = true,
    .forward = forward_tanh,
    .sweep_forward = sweep_forward_tanh,
    .backward = backward_tanh,
    .curvature = curvature_tanh,
};
