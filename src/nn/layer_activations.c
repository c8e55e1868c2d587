/* The element-wise layers. Each works in place, so its backward is written in terms of y alone. */
#include <math.h>

#include "gantrain/nn/layer.h"
#include "nn/elementary.h"

/* Numbers below which a loop is not worth waking the team for. */
enum { PARALLEL_NUMBERS = 16 * 1024 };

/* Defines forward_NAME, which sets every y to an expression of x, and backward_NAME, which sets
 * every dx to an expression of dy and y; both may use `slope`, the layer's first argument. */
#define ELEMENT_WISE(name, forward_expression, backward_expression)                                \
    static void forward_##name(gt_real *y_all, const gt_real *x_all, int batch,                    \
                               const gt_layer *layer, const gt_layer_memory *memory,               \
                               const gt_pass *pass) {                                              \
        (void)memory, (void)pass;                                                                  \
        const gt_real slope = (gt_real)layer->arguments[0];                                        \
        (void)slope;                                                                               \
        long count = (long)batch * layer->out;                                                     \
        _Pragma(                                                                                   \
            "omp parallel for simd schedule(static) if (count > PARALLEL_NUMBERS)") for (long i =  \
                                                                                             0;    \
                                                                                         i <       \
                                                                                         count;    \
                                                                                         i++) {    \
            const gt_real x = x_all[i];                                                            \
            y_all[i] = forward_expression;                                                         \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    static void backward_##name(gt_real *dx_all, const gt_real *dy_all, const gt_real *x_all,      \
                                const gt_real *y_all, int batch, const gt_layer *layer,            \
                                const gt_layer_memory *memory) {                                   \
        (void)x_all, (void)memory;                                                                 \
        if (dx_all == NULL)                                                                        \
            return;                                                                                \
        const gt_real slope = (gt_real)layer->arguments[0];                                        \
        (void)slope;                                                                               \
        long count = (long)batch * layer->out;                                                     \
        _Pragma(                                                                                   \
            "omp parallel for simd schedule(static) if (count > PARALLEL_NUMBERS)") for (long i =  \
                                                                                             0;    \
                                                                                         i <       \
                                                                                         count;    \
                                                                                         i++) {    \
            const gt_real y = y_all[i], dy = dy_all[i];                                            \
            dx_all[i] = backward_expression;                                                       \
        }                                                                                          \
    }

/* x < 0 and not x > 0 decides, so that a NaN goes through and is seen in the loss. */
ELEMENT_WISE(relu, x<0 ? 0 : x, y> 0 ? dy : 0)
ELEMENT_WISE(leaky_relu, x<0 ? slope * x : x, y> 0 ? dy : slope *dy)
ELEMENT_WISE(sigmoid, real_sigmoid(x), dy *y *(1 - y))
ELEMENT_WISE(tanh, real_tanh(x), dy *(1 - y * y))

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
    .backward = backward_relu,
};

const gt_layer_kind gt_layer_leaky_relu = {
    .name = "leaky_relu",
    .help = "y = x for x > 0, SLOPE x below (0.2 if not given)",
    .arguments = {{"SLOPE", 0, 1, 0.2, false}},
    .element_wise = true,
    .backward_reads_y = true,
    .gain = gain_rectifier,
    .forward = forward_leaky_relu,
    .backward = backward_leaky_relu,
};

const gt_layer_kind gt_layer_sigmoid = {
    .name = "sigmoid",
    .help = "y = 1 / (1 + exp(-x))",
    .element_wise = true,
    .backward_reads_y = true,
    .forward = forward_sigmoid,
    .backward = backward_sigmoid,
};

const gt_layer_kind gt_layer_tanh = {
    .name = "tanh",
    .help = "y = tanh x",
    .element_wise = true,
    .backward_reads_y = true,
    .forward = forward_tanh,
    .backward = backward_tanh,
};
