/* The table of layers for ONNX. Weights have the shapes that ONNX wants, since those are
 * PyTorch's. */
#include "export/onnx_layers.h"

#include <stdio.h>

/* A layer in its network. */
struct layer {
    const gt_layer *layer;
    const gt_network *network;
    const char *name; /* of the network */
    int index;
};

/* Adds a tensor of a layer under its name in checkpoints, as the next input of a node. */
static void add_tensor(struct onnx_graph *graph, struct onnx_node *node, const struct layer *layer,
                       int k) {
    const gt_layer_tensor *tensor = &layer->layer->tensors[k];
    const gt_real *numbers;
    const char *part = gt_network_pass_tensor(&numbers, layer->network, layer->index, k);
    char name[ONNX_NAME];
    snprintf(name, sizeof name, "%s.%d.%s", layer->name, layer->index, part);
    onnx_node_input(node, onnx_graph_tensor(graph, name, numbers, tensor->rank, tensor->sizes));
}

static void add_dense(struct onnx_graph *graph, const struct layer *layer) {
    onnx_graph_as_vector(graph);
    struct onnx_node *node = onnx_graph_add(graph, "Gemm");
    add_tensor(graph, node, layer, 0);
    add_tensor(graph, node, layer, 1);
    onnx_node_int(node, "transB", 1);
    graph->shape = gt_shape_of_vector(layer->layer->tensors[0].sizes[0]);
}

/* Rows of the affine map are (pieces, units). */
static void add_maxout(struct onnx_graph *graph, const struct layer *layer) {
    const int units = gt_shape_size(layer->layer->out);
    add_dense(graph, layer);
    const int64_t sizes[] = {0, graph->shape.channels / units, units}, axis = 1;
    const char *shape = onnx_graph_ints(graph, 3, sizes);
    onnx_node_input(onnx_graph_add(graph, "Reshape"), shape);
    struct onnx_node *node = onnx_graph_add(graph, "ReduceMax");
    onnx_node_ints(node, "axes", 1, &axis);
    onnx_node_int(node, "keepdims", 0);
    graph->shape = layer->layer->out;
}

/* Channels are (pieces, channels that come out). */
static void add_channel_max(struct onnx_graph *graph, const struct layer *layer) {
    const gt_shape in = layer->layer->in, out = layer->layer->out;
    const int64_t axis = 1;
    const int64_t sizes[] = {0, in.channels / out.channels, out.channels, out.height * out.width};
    onnx_graph_as_image(graph);
    const char *shape = onnx_graph_ints(graph, 4, sizes);
    onnx_node_input(onnx_graph_add(graph, "Reshape"), shape);
    struct onnx_node *node = onnx_graph_add(graph, "ReduceMax");
    onnx_node_ints(node, "axes", 1, &axis);
    onnx_node_int(node, "keepdims", 0);
    onnx_graph_reshape(graph, out, false);
}

/* CHANNELS SIZE stride S pad P */
static struct onnx_node *add_patches(struct onnx_graph *graph, const struct layer *layer,
                                     const char *operation) {
    const int64_t size = (int64_t)layer->layer->arguments[1],
                  stride = (int64_t)layer->layer->arguments[2], pad = gt_layer_pad(layer->layer);
    onnx_graph_as_image(graph);
    struct onnx_node *node = onnx_graph_add(graph, operation);
    add_tensor(graph, node, layer, 0);
    add_tensor(graph, node, layer, 1);
    onnx_node_ints(node, "kernel_shape", 2, (const int64_t[]){size, size});
    onnx_node_ints(node, "strides", 2, (const int64_t[]){stride, stride});
    onnx_node_ints(node, "pads", 4, (const int64_t[]){pad, pad, pad, pad});
    graph->shape = layer->layer->out;
    return node;
}

static void add_conv(struct onnx_graph *graph, const struct layer *layer) {
    add_patches(graph, layer, "Conv");
}

/* output_padding is what the stride times the input is larger by than what patches cover. */
static void add_deconv(struct onnx_graph *graph, const struct layer *layer) {
    const gt_layer *deconv = layer->layer;
    const int size = (int)deconv->arguments[1], stride = (int)deconv->arguments[2];
    const int covered = size - stride - 2 * gt_layer_pad(deconv);
    const int64_t more[] = {deconv->out.height - deconv->in.height * stride - covered,
                            deconv->out.width - deconv->in.width * stride - covered};
    onnx_node_ints(add_patches(graph, layer, "ConvTranspose"), "output_padding", 2, more);
}

static void add_relu(struct onnx_graph *graph, const struct layer *layer) {
    (void)layer;
    onnx_graph_add(graph, "Relu");
}

static void add_leaky_relu(struct onnx_graph *graph, const struct layer *layer) {
    onnx_node_float(onnx_graph_add(graph, "LeakyRelu"), "alpha", (float)layer->layer->arguments[0]);
}

static void add_sigmoid(struct onnx_graph *graph, const struct layer *layer) {
    (void)layer;
    onnx_graph_add(graph, "Sigmoid");
}

static void add_tanh(struct onnx_graph *graph, const struct layer *layer) {
    (void)layer;
    onnx_graph_add(graph, "Tanh");
}

/* Dropout does nothing to a sample. */
static void add_nothing(struct onnx_graph *graph, const struct layer *layer) {
    (void)graph, (void)layer;
}

/* Its tensors are in the order of BatchNormalization's inputs; epsilon as in
 * nn/layer_batchnorm.c. */
static void add_batchnorm(struct onnx_graph *graph, const struct layer *layer) {
    struct onnx_node *node = onnx_graph_add(graph, "BatchNormalization");
    for (int k = 0; k < layer->layer->tensor_count; k++)
        add_tensor(graph, node, layer, k);
    onnx_node_float(node, "epsilon", 1e-5F);
}

static void add_one_hot(struct onnx_graph *graph, const struct layer *layer) {
    onnx_graph_put_next_to(graph, graph->condition, (int)layer->layer->arguments[0]);
}

/* The condition times the layer's matrix number k; the value stays. */
static const char *look_up(struct onnx_graph *graph, const struct layer *layer, int k) {
    const char *value = graph->value;
    graph->value = graph->condition;
    add_tensor(graph, onnx_graph_add(graph, "MatMul"), layer, k);
    const char *found = graph->value;
    graph->value = value;
    return found;
}

static void add_embedding(struct onnx_graph *graph, const struct layer *layer) {
    const char *told = look_up(graph, layer, 0);
    onnx_graph_put_next_to(graph, told, (int)layer->layer->arguments[1]);
}

/* w x + b, and the sum of the products of x and the class's row of the embedding. */
static void add_projection(struct onnx_graph *graph, const struct layer *layer) {
    const int64_t axis = 1;
    onnx_graph_as_vector(graph);
    const char *x = graph->value, *row = look_up(graph, layer, 2);
    onnx_node_input(onnx_graph_add(graph, "Mul"), row);
    const char *axes = onnx_graph_ints(graph, 1, &axis);
    onnx_node_input(onnx_graph_add(graph, "ReduceSum"), axes);
    const char *of_class = graph->value;
    graph->value = x;
    add_dense(graph, layer);
    onnx_node_input(onnx_graph_add(graph, "Add"), of_class);
}

static void add_image(struct onnx_graph *graph, const struct layer *layer) {
    onnx_graph_as_vector(graph);
    onnx_graph_reshape(graph, layer->layer->out, false);
}

static void add_flatten(struct onnx_graph *graph, const struct layer *layer) {
    if (graph->is_image)
        onnx_node_int(onnx_graph_add(graph, "Flatten"), "axis", 1);
    graph->is_image = false;
    graph->shape = layer->layer->out;
}

/* FACTOR average|max */
static void add_pool(struct onnx_graph *graph, const struct layer *layer) {
    const int64_t factor = (int64_t)layer->layer->arguments[0];
    onnx_graph_as_image(graph);
    struct onnx_node *node =
        onnx_graph_add(graph, layer->layer->arguments[1] == 1 ? "MaxPool" : "AveragePool");
    onnx_node_ints(node, "kernel_shape", 2, (const int64_t[]){factor, factor});
    onnx_node_ints(node, "strides", 2, (const int64_t[]){factor, factor});
    graph->shape = layer->layer->out;
}

static void add_upsample(struct onnx_graph *graph, const struct layer *layer) {
    const float factor = (float)layer->layer->arguments[0];
    onnx_graph_as_image(graph);
    const char *scales = onnx_graph_floats(graph, 4, (const float[]){1, 1, factor, factor});
    struct onnx_node *node = onnx_graph_add(graph, "Resize");
    onnx_node_input(node, ""); /* the region, which is all of it */
    onnx_node_input(node, scales);
    onnx_node_text(node, "mode", "nearest");
    onnx_node_text(node, "coordinate_transformation_mode", "asymmetric");
    onnx_node_text(node, "nearest_mode", "floor");
    graph->shape = layer->layer->out;
}

static void add_global_pool(struct onnx_graph *graph, const struct layer *layer) {
    onnx_graph_as_image(graph);
    onnx_graph_add(graph, "GlobalAveragePool");
    add_flatten(graph, layer);
}

/* --- The table --- */

static const struct {
    const gt_layer_kind *kind;
    void (*add)(struct onnx_graph *graph, const struct layer *layer);
} rows[] = {
    {&gt_layer_dense, add_dense},
    {&gt_layer_maxout, add_maxout},
    {&gt_layer_channel_max, add_channel_max},
    {&gt_layer_conv, add_conv},
    {&gt_layer_deconv, add_deconv},
    {&gt_layer_relu, add_relu},
    {&gt_layer_leaky_relu, add_leaky_relu},
    {&gt_layer_sigmoid, add_sigmoid},
    {&gt_layer_tanh, add_tanh},
    {&gt_layer_dropout, add_nothing},
    {&gt_layer_batchnorm, add_batchnorm},
    {&gt_layer_one_hot, add_one_hot},
    {&gt_layer_embedding, add_embedding},
    {&gt_layer_projection, add_projection},
    {&gt_layer_image, add_image},
    {&gt_layer_flatten, add_flatten},
    {&gt_layer_pool, add_pool},
    {&gt_layer_upsample, add_upsample},
    {&gt_layer_global_pool, add_global_pool},
};

enum { ROW_COUNT = sizeof rows / sizeof *rows };

static int find_row(const gt_layer_kind *kind) {
    int i = 0;
    while (i < ROW_COUNT && rows[i].kind != kind)
        i++;
    return i;
}

bool onnx_layers_have(const gt_layer_kind *kind) {
    return find_row(kind) < ROW_COUNT;
}

void onnx_layers_add(struct onnx_graph *graph, const gt_network *network, const char *name) {
    for (int i = 0; i < network->layer_count; i++) {
        const struct layer layer = {&network->layers[i], network, name, i};
        rows[find_row(layer.layer->kind)].add(graph, &layer);
    }
}
