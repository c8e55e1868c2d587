/* Messages of protobuf-c point to each other, so all of them have their place in one struct, which
 * is never moved. */
#include "export/onnx_graph.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/text.h"

_Static_assert(sizeof(gt_real) == sizeof(float), "weights are written as they lie in memory");

void onnx_graph_begin(struct onnx_graph *graph, const char *name) {
    onnx__graph_proto__init(&graph->message);
    graph->message.name = (char *)name; /* only read */
    graph->message.node = graph->node_list;
    graph->message.initializer = graph->tensor_list;
    graph->message.input = graph->input_list;
    graph->message.output = graph->output_list;
    graph->name_count = 0;
}

static char *keep_name(struct onnx_graph *graph, const char *name) {
    assert(graph->name_count < ONNX_NAMES);
    char *kept = graph->names[graph->name_count++];
    gt_text_copy(kept, ONNX_NAME, name);
    return kept;
}

static char *number_name(struct onnx_graph *graph, const char *prefix, size_t number) {
    char name[ONNX_NAME];
    snprintf(name, sizeof name, "%s%zu", prefix, number);
    return keep_name(graph, name);
}

/* --- Inputs and outputs --- */

static void set_value(struct onnx_value *value, const char *name, int type, int rank,
                      const int *sizes) {
    assert(rank < ONNX_RANK);
    onnx__value_info_proto__init(&value->message);
    onnx__type_proto__init(&value->type);
    onnx__type_proto__tensor__init(&value->tensor);
    onnx__tensor_shape_proto__init(&value->shape);
    value->message.name = (char *)name;
    value->message.type = &value->type;
    value->type.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    value->type.tensor_type = &value->tensor;
    value->tensor.elem_type = type;
    value->tensor.shape = &value->shape;
    value->shape.dim = value->dim_list;
    value->shape.n_dim = (size_t)rank + 1;
    for (int i = 0; i <= rank; i++) {
        onnx__tensor_shape_proto__dimension__init(&value->dims[i]);
        value->dim_list[i] = &value->dims[i];
        if (i == 0) {
            value->dims[i].value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
            value->dims[i].dim_param = "batch";
        } else {
            value->dims[i].value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            value->dims[i].dim_value = sizes[i - 1];
        }
    }
}

void onnx_graph_input(struct onnx_graph *graph, const char *name, int type, int rank,
                      const int *sizes) {
    assert(graph->message.n_input < ONNX_GRAPH_INPUTS);
    struct onnx_value *value = &graph->inputs[graph->message.n_input];
    set_value(value, name, type, rank, sizes);
    graph->input_list[graph->message.n_input++] = &value->message;
    graph->value = name;
}

void onnx_graph_class(struct onnx_graph *graph, int classes) {
    const char *value = graph->value;
    const int64_t depth = classes;
    onnx_graph_input(graph, "class", ONNX_INT64, 0, NULL);
    const char *count = onnx_graph_ints(graph, 1, &depth);
    const char *off_and_on = onnx_graph_floats(graph, 2, (const float[]){0, 1});
    struct onnx_node *node = onnx_graph_add(graph, "OneHot");
    onnx_node_input(node, count);
    onnx_node_input(node, off_and_on);
    graph->condition = graph->value;
    graph->value = value;
}

void onnx_graph_output(struct onnx_graph *graph, const char *name, int type, int rank,
                       const int *sizes) {
    assert(graph->message.n_output < ONNX_OUTPUTS);
    struct onnx_value *value = &graph->outputs[graph->message.n_output];
    set_value(value, name, type, rank, sizes);
    graph->output_list[graph->message.n_output++] = &value->message;
}

/* --- Nodes --- */

struct onnx_node *onnx_graph_add(struct onnx_graph *graph, const char *operation) {
    assert(graph->message.n_node < ONNX_NODES);
    struct onnx_node *node = &graph->nodes[graph->message.n_node];
    onnx__node_proto__init(&node->message);
    node->message.op_type = (char *)operation;
    node->message.input = node->inputs;
    node->message.output = node->outputs;
    node->message.attribute = node->attribute_list;
    node->message.n_output = 1;
    node->outputs[0] = number_name(graph, "value", graph->message.n_node);
    onnx_node_input(node, graph->value);
    graph->value = node->outputs[0];
    graph->node_list[graph->message.n_node++] = &node->message;
    return node;
}

void onnx_graph_rename(struct onnx_graph *graph, const char *name) {
    gt_text_copy(graph->nodes[graph->message.n_node - 1].outputs[0], ONNX_NAME, name);
}

void onnx_node_input(struct onnx_node *node, const char *name) {
    assert(node->message.n_input < ONNX_INPUTS);
    node->inputs[node->message.n_input++] = (char *)name;
}

/* An attribute of a type of the published definition. */
static Onnx__AttributeProto *add_attribute(struct onnx_node *node, const char *name, int type) {
    const size_t number = node->message.n_attribute++;
    assert(number < ONNX_ATTRIBUTES);
    Onnx__AttributeProto *attribute = &node->attributes[number];
    onnx__attribute_proto__init(attribute);
    attribute->name = (char *)name;
    attribute->type = type;
    node->attribute_list[number] = attribute;
    return attribute;
}

void onnx_node_float(struct onnx_node *node, const char *name, float value) {
    add_attribute(node, name, 1)->f = value;
}

void onnx_node_int(struct onnx_node *node, const char *name, int64_t value) {
    add_attribute(node, name, 2)->i = value;
}

void onnx_node_text(struct onnx_node *node, const char *name, const char *value) {
    add_attribute(node, name, 3)->s =
        (ProtobufCBinaryData){strlen(value), (uint8_t *)value}; /* only read */
}

void onnx_node_ints(struct onnx_node *node, const char *name, int count, const int64_t *values) {
    assert(count <= ONNX_RANK);
    Onnx__AttributeProto *attribute = add_attribute(node, name, 7);
    int64_t *ints = node->ints[node->message.n_attribute - 1];
    memcpy(ints, values, (size_t)count * sizeof *ints);
    attribute->n_ints = (size_t)count;
    attribute->ints = ints;
}

/* --- Constants --- */

static struct onnx_tensor *add_tensor(struct onnx_graph *graph, const char *name, int type,
                                      int rank, const int *sizes) {
    const size_t number = graph->message.n_initializer++;
    assert(number < ONNX_TENSORS && rank <= ONNX_RANK);
    struct onnx_tensor *tensor = &graph->tensors[number];
    onnx__tensor_proto__init(&tensor->message);
    tensor->message.name =
        name != NULL ? keep_name(graph, name) : number_name(graph, "constant", number);
    tensor->message.data_type = type;
    tensor->message.n_dims = (size_t)rank;
    tensor->message.dims = tensor->dims;
    for (int i = 0; i < rank; i++)
        tensor->dims[i] = sizes[i];
    graph->tensor_list[number] = &tensor->message;
    return tensor;
}

const char *onnx_graph_tensor(struct onnx_graph *graph, const char *name, const gt_real *numbers,
                              int rank, const int *sizes) {
    Onnx__TensorProto *message = &add_tensor(graph, name, ONNX_FLOAT, rank, sizes)->message;
    message->n_float_data = 1;
    for (int i = 0; i < rank; i++)
        message->n_float_data *= (size_t)sizes[i];
    message->float_data = (float *)numbers; /* only read */
    return message->name;
}

const char *onnx_graph_ints(struct onnx_graph *graph, int count, const int64_t *values) {
    struct onnx_tensor *tensor = add_tensor(graph, NULL, ONNX_INT64, 1, &count);
    memcpy(tensor->ints, values, (size_t)count * sizeof *values);
    tensor->message.n_int64_data = (size_t)count;
    tensor->message.int64_data = tensor->ints;
    return tensor->message.name;
}

static const char *add_floats(struct onnx_graph *graph, int rank, int count, const float *values) {
    struct onnx_tensor *tensor = add_tensor(graph, NULL, ONNX_FLOAT, rank, &count);
    memcpy(tensor->floats, values, (size_t)count * sizeof *values);
    tensor->message.n_float_data = (size_t)count;
    tensor->message.float_data = tensor->floats;
    return tensor->message.name;
}

const char *onnx_graph_floats(struct onnx_graph *graph, int count, const float *values) {
    return add_floats(graph, 1, count, values);
}

const char *onnx_graph_number(struct onnx_graph *graph, double number) {
    return add_floats(graph, 0, 1, &(float){(float)number});
}

void onnx_graph_with_number(struct onnx_graph *graph, const char *operation, double number) {
    const char *name = onnx_graph_number(graph, number);
    onnx_node_input(onnx_graph_add(graph, operation), name);
}

/* --- Vectors and images --- */

static void transpose(struct onnx_graph *graph, const int64_t order[ONNX_RANK]) {
    onnx_node_ints(onnx_graph_add(graph, "Transpose"), "perm", ONNX_RANK, order);
}

void onnx_graph_as_vector(struct onnx_graph *graph) {
    const gt_shape shape = graph->shape;
    if (!graph->is_image)
        return;
    if (shape.channels > 1 && shape.height * shape.width > 1)
        transpose(graph, (const int64_t[]){0, 2, 3, 1});
    onnx_node_int(onnx_graph_add(graph, "Flatten"), "axis", 1);
    graph->is_image = false;
    graph->shape = gt_shape_of_vector(gt_shape_size(shape));
}

void onnx_graph_as_image(struct onnx_graph *graph) {
    if (!graph->is_image)
        onnx_graph_reshape(graph, graph->shape, false);
}

void onnx_graph_put_next_to(struct onnx_graph *graph, const char *name, int numbers) {
    const char *value = graph->value;
    if (graph->is_image) {
        const int64_t pixel[] = {0, numbers, 1, 1};
        const int64_t all[] = {1, 1, graph->shape.height, graph->shape.width};
        const char *pixel_shape = onnx_graph_ints(graph, ONNX_RANK, pixel);
        const char *all_shape = onnx_graph_ints(graph, ONNX_RANK, all);
        graph->value = name;
        onnx_node_input(onnx_graph_add(graph, "Reshape"), pixel_shape);
        onnx_node_input(onnx_graph_add(graph, "Expand"), all_shape);
        name = graph->value;
        graph->value = value;
    }
    struct onnx_node *node = onnx_graph_add(graph, "Concat");
    onnx_node_input(node, name);
    onnx_node_int(node, "axis", 1);
    graph->shape.channels += numbers;
}

/* A size of 0 in a reshape leaves that of the input: the batch. */
void onnx_graph_reshape(struct onnx_graph *graph, gt_shape shape, bool channels_last) {
    const int64_t first[] = {0, shape.channels, shape.height, shape.width};
    const int64_t last[] = {0, shape.height, shape.width, shape.channels};
    const char *sizes = onnx_graph_ints(graph, ONNX_RANK, channels_last ? last : first);
    onnx_node_input(onnx_graph_add(graph, "Reshape"), sizes);
    if (channels_last)
        transpose(graph, (const int64_t[]){0, 3, 1, 2});
    graph->is_image = true;
    graph->shape = shape;
}
