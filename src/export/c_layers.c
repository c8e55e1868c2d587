/* The table of layers for C source. */
#include "export/c_layers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/c_functions.h"

enum { LABEL = 32 };

/* Tensor number k of a layer, and "2_weight". */
static const gt_real *name_tensor(char label[LABEL], const struct c_layer *layer, int k) {
    const gt_real *numbers;
    const char *name = gt_network_pass_tensor(&numbers, layer->network, layer->index, k);
    snprintf(label, LABEL, "%d_%s", layer->index, name);
    return numbers;
}

static const gt_real *numbers_of(const struct c_layer *layer, int k) {
    return gt_network_tensor(layer->network, &layer->layer->tensors[k]);
}

/* The order of (size, size, channels) in terms of (channels, size, size): a row of the weights of a
 * convolution as pixels lie in memory. NULL: no memory. */
static int *order_of_taps(const gt_layer_tensor *tensor) {
    const int channels = tensor->sizes[1], taps = tensor->sizes[2] * tensor->sizes[3];
    int *order = malloc((size_t)channels * (size_t)taps * sizeof *order);
    for (int i = 0; order != NULL && i < channels * taps; i++)
        order[i] = i % channels * taps + i / channels;
    return order;
}

/* A weight and a bias. */
static void declare_product(struct c_text *text, const struct c_layer *layer) {
    const gt_layer_tensor *weight = &layer->layer->tensors[0], *bias = &layer->layer->tensors[1];
    int *order = weight->rank == 4 ? order_of_taps(weight) : NULL;
    char label[LABEL];
    if (weight->rank == 4 && order == NULL) {
        text->status = gt_error_set(text->error, GT_FAILED, "no memory");
        return;
    }
    const gt_real *numbers = name_tensor(label, layer, 0);
    c_text_weights(text, label, numbers, order, weight->sizes[0], gt_layer_tensor_columns(weight));
    numbers = name_tensor(label, layer, 1);
    c_text_floats(text, label, numbers, gt_layer_tensor_size(bias));
    free(order);
}

/* batchnorm when sampling is an affine map: its tensors are weight, bias, running mean and
 * variance, and epsilon is 1e-5, as in nn/layer_batchnorm.c. */
static void declare_batchnorm(struct c_text *text, const struct c_layer *layer) {
    const gt_real *weight = numbers_of(layer, 0), *bias = numbers_of(layer, 1);
    const gt_real *mean = numbers_of(layer, 2), *variance = numbers_of(layer, 3);
    const int width = layer->layer->in.channels;
    gt_real *numbers = malloc((size_t)width * sizeof *numbers);
    char label[LABEL];
    if (numbers == NULL) {
        text->status = gt_error_set(text->error, GT_FAILED, "no memory");
        return;
    }
    for (int i = 0; i < width; i++)
        numbers[i] = (gt_real)((double)weight[i] / sqrt((double)variance[i] + 1e-5));
    snprintf(label, sizeof label, "%d_scale", layer->index);
    c_text_floats(text, label, numbers, (size_t)width);
    for (int i = 0; i < width; i++)
        numbers[i] = bias[i] - mean[i] * numbers[i];
    snprintf(label, sizeof label, "%d_shift", layer->index);
    c_text_floats(text, label, numbers, (size_t)width);
    free(numbers);
}

/* Few numbers, which are floats among weights of bytes too. */
static void declare_embedding(struct c_text *text, const struct c_layer *layer) {
    char label[LABEL];
    name_tensor(label, layer, 0);
    c_text_floats(text, label, numbers_of(layer, 0),
                  gt_layer_tensor_size(&layer->layer->tensors[0]));
}

/* --- Arguments of calls --- */

static void pass_tensors(struct c_text *text, const struct c_layer *layer) {
    c_text_print(text, ", %s_%d_weight", text->name, layer->index);
    if (text->int8)
        c_text_print(text, ", %s_%d_weight_scale", text->name, layer->index);
    c_text_print(text, ", %s_%d_bias", text->name, layer->index);
}

static void pass_shape(struct c_text *text, gt_shape shape) {
    c_text_print(text, ", %d, %d, %d", shape.height, shape.width, shape.channels);
}

static int pixels_of(gt_shape shape) {
    return shape.height * shape.width;
}

static void finish_dense(struct c_text *text, const struct c_layer *layer) {
    pass_tensors(text, layer);
    c_text_print(text, ", %d, %d)", gt_shape_size(layer->layer->out),
                 gt_shape_size(layer->layer->in));
}

static void finish_maxout(struct c_text *text, const struct c_layer *layer) {
    const int units = gt_shape_size(layer->layer->out);
    pass_tensors(text, layer);
    c_text_print(text, ", %d, %d, %d)", units, gt_shape_size(layer->layer->in),
                 layer->layer->tensors[0].sizes[0] / units);
}

static void finish_channel_max(struct c_text *text, const struct c_layer *layer) {
    const gt_shape out = layer->layer->out;
    c_text_print(text, ", %d, %d, %d)", pixels_of(out), out.channels,
                 layer->layer->in.channels / out.channels);
}

/* CHANNELS SIZE stride S pad P */
static void finish_conv(struct c_text *text, const struct c_layer *layer) {
    pass_tensors(text, layer);
    c_text_print(text, ",\n           ");
    c_text_print(text, " %d, %d, %d", layer->layer->out.height, layer->layer->out.width,
                 layer->layer->out.channels);
    pass_shape(text, layer->layer->in);
    c_text_print(text, ", %d, %d, %d)", (int)layer->layer->arguments[1],
                 (int)layer->layer->arguments[2], gt_layer_pad(layer->layer));
}

static void finish_count(struct c_text *text, const struct c_layer *layer) {
    c_text_print(text, ", %d)", gt_shape_size(layer->layer->out));
}

/* relu has no argument: its slope is 0. */
static void finish_leaky_relu(struct c_text *text, const struct c_layer *layer) {
    c_text_print(text, ", %d, ", gt_shape_size(layer->layer->out));
    c_text_float(text, (float)layer->layer->arguments[0]);
    c_text_print(text, ")");
}

static void finish_batchnorm(struct c_text *text, const struct c_layer *layer) {
    c_text_print(text, ", %s_%d_scale, %s_%d_shift, %d, %d)", text->name, layer->index, text->name,
                 layer->index, pixels_of(layer->layer->in), layer->layer->in.channels);
}

static void finish_one_hot(struct c_text *text, const struct c_layer *layer) {
    c_text_print(text, ", label, %d, %d, %d)", pixels_of(layer->layer->in),
                 layer->layer->in.channels, (int)layer->layer->arguments[0]);
}

static void finish_embedding(struct c_text *text, const struct c_layer *layer) {
    c_text_print(text, ", label, %s_%d_weight, %d, %d, %d)", text->name, layer->index,
                 pixels_of(layer->layer->in), layer->layer->in.channels,
                 (int)layer->layer->arguments[1]);
}

static void finish_image(struct c_text *text, const struct c_layer *layer) {
    c_text_print(text, ", %d, %d)", pixels_of(layer->layer->out), layer->layer->out.channels);
}

static void finish_flatten(struct c_text *text, const struct c_layer *layer) {
    c_text_print(text, ", %d, %d)", pixels_of(layer->layer->in), layer->layer->in.channels);
}

static void finish_pool(struct c_text *text, const struct c_layer *layer) {
    const int factor = (int)layer->layer->arguments[0];
    pass_shape(text, layer->layer->out);
    c_text_print(text, ", %d, %d, %d)", layer->layer->in.width, factor, factor);
}

static void finish_global_pool(struct c_text *text, const struct c_layer *layer) {
    const gt_shape in = layer->layer->in;
    c_text_print(text, ", 1, 1, %d, %d, %d, %d)", in.channels, in.width, in.height, in.width);
}

static void finish_upsample(struct c_text *text, const struct c_layer *layer) {
    pass_shape(text, layer->layer->out);
    c_text_print(text, ", %d)", (int)layer->layer->arguments[0]);
}

/* --- The table --- */

static const struct c_layer_kind rows[] = {
    {&gt_layer_dense, &c_function_dense, NULL, declare_product, finish_dense},
    {&gt_layer_maxout, &c_function_maxout, NULL, declare_product, finish_maxout},
    {&gt_layer_channel_max, &c_function_channel_max, NULL, NULL, finish_channel_max},
    {&gt_layer_conv, &c_function_conv, NULL, declare_product, finish_conv},
    {&gt_layer_deconv, &c_function_deconv, NULL, declare_product, finish_conv},
    {&gt_layer_relu, &c_function_leaky_relu, NULL, NULL, finish_leaky_relu},
    {&gt_layer_leaky_relu, &c_function_leaky_relu, NULL, NULL, finish_leaky_relu},
    {&gt_layer_sigmoid, &c_function_sigmoid, NULL, NULL, finish_count},
    {&gt_layer_tanh, &c_function_tanh, NULL, NULL, finish_count},
    {&gt_layer_dropout, NULL, NULL, NULL, NULL},
    {&gt_layer_batchnorm, &c_function_affine, NULL, declare_batchnorm, finish_batchnorm},
    {&gt_layer_one_hot, &c_function_one_hot, NULL, NULL, finish_one_hot},
    {&gt_layer_embedding, &c_function_embedding, NULL, declare_embedding, finish_embedding},
    {&gt_layer_image, &c_function_image, NULL, NULL, finish_image},
    {&gt_layer_flatten, &c_function_flatten, NULL, NULL, finish_flatten},
    {&gt_layer_pool, &c_function_average, &c_function_max, NULL, finish_pool},
    {&gt_layer_upsample, &c_function_upsample, NULL, NULL, finish_upsample},
    {&gt_layer_global_pool, &c_function_average, NULL, NULL, finish_global_pool},
};

const struct c_layer_kind *c_layer_kind_find(const gt_layer_kind *kind) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].kind == kind)
            return &rows[i];
    return NULL;
}

/* The second argument of pool is 1 for max. */
const struct c_function *c_layer_function(const gt_layer *layer) {
    const struct c_layer_kind *row = c_layer_kind_find(layer->kind);
    const bool is_max = row->function_of_max != NULL && layer->arguments[1] == 1;
    return is_max ? row->function_of_max : row->function;
}
