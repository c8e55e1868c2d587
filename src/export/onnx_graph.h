/* An ONNX graph that is built node by node, in one block of memory. Operators are those of opset
 * 13. */
#ifndef GANTRAIN_EXPORT_ONNX_GRAPH_H
#define GANTRAIN_EXPORT_ONNX_GRAPH_H

#include <onnx.pb-c.h>
#include <stdbool.h>

#include "gantrain/nn/network.h"

enum { ONNX_OPSET = 13, ONNX_IR = 7 };
enum { ONNX_FLOAT = 1, ONNX_UINT8 = 2, ONNX_INT64 = 7 }; /* types of numbers */

enum {
    ONNX_NODES = 5 * GT_LAYERS,
    ONNX_TENSORS = 5 * GT_LAYERS,
    ONNX_NAMES = ONNX_NODES + ONNX_TENSORS,
    ONNX_NAME = 40,
    ONNX_INPUTS = 5, /* of a node */
    ONNX_ATTRIBUTES = 4,
    ONNX_RANK = 4,
    ONNX_OUTPUTS = 2,     /* of a graph */
    ONNX_GRAPH_INPUTS = 2 /* of a graph */
};

/* An operation. */
struct onnx_node {
    Onnx__NodeProto message;
    char *inputs[ONNX_INPUTS], *outputs[1];
    Onnx__AttributeProto attributes[ONNX_ATTRIBUTES], *attribute_list[ONNX_ATTRIBUTES];
    int64_t ints[ONNX_ATTRIBUTES][ONNX_RANK];
};

/* Constant numbers. */
struct onnx_tensor {
    Onnx__TensorProto message;
    int64_t dims[ONNX_RANK], ints[ONNX_RANK];
    float floats[ONNX_RANK];
};

/* An input or an output of a graph: a minibatch of any size. */
struct onnx_value {
    Onnx__ValueInfoProto message;
    Onnx__TypeProto type;
    Onnx__TypeProto__Tensor tensor;
    Onnx__TensorShapeProto shape;
    Onnx__TensorShapeProto__Dimension dims[ONNX_RANK], *dim_list[ONNX_RANK];
};

struct onnx_graph {
    Onnx__GraphProto message;
    struct onnx_node nodes[ONNX_NODES];
    Onnx__NodeProto *node_list[ONNX_NODES];
    struct onnx_tensor tensors[ONNX_TENSORS];
    Onnx__TensorProto *tensor_list[ONNX_TENSORS];
    struct onnx_value inputs[ONNX_GRAPH_INPUTS], outputs[ONNX_OUTPUTS];
    Onnx__ValueInfoProto *input_list[ONNX_GRAPH_INPUTS], *output_list[ONNX_OUTPUTS];
    char names[ONNX_NAMES][ONNX_NAME];
    int name_count;

    const char *value;     /* the name of what the next node reads */
    gt_shape shape;        /* of an example of it */
    bool is_image;         /* it is (batch, channels, height, width), else (batch, numbers) */
    const char *condition; /* (batch, classes): 1 at the class, else 0; NULL: there is none */
};

void onnx_graph_begin(struct onnx_graph *graph, const char *name);

/* Adds an input of the graph, which is the value now, or an output.
 *
 *   rank, sizes  without the batch */
void onnx_graph_input(struct onnx_graph *graph, const char *name, int type, int rank,
                      const int *sizes);
void onnx_graph_output(struct onnx_graph *graph, const char *name, int type, int rank,
                       const int *sizes);

/* Adds an input `class` (batch), whole numbers from 0, from which the condition is made. */
void onnx_graph_class(struct onnx_graph *graph, int classes);

/* Puts (batch, numbers) next to the value: as channels of an image, the same at all pixels. */
void onnx_graph_put_next_to(struct onnx_graph *graph, const char *name, int numbers);

/* Adds a node that reads the value; its output is the value from now on. */
struct onnx_node *onnx_graph_add(struct onnx_graph *graph, const char *operation);

/* Names the value. */
void onnx_graph_rename(struct onnx_graph *graph, const char *name);

/* A further input of a node, and its attributes. */
void onnx_node_input(struct onnx_node *node, const char *name);
void onnx_node_int(struct onnx_node *node, const char *name, int64_t value);
void onnx_node_float(struct onnx_node *node, const char *name, float value);
void onnx_node_text(struct onnx_node *node, const char *name, const char *value);
void onnx_node_ints(struct onnx_node *node, const char *name, int count, const int64_t *values);

/* Adds constants, and returns the name, which is copied.
 *
 *   numbers  (sizes)  borrowed
 *   values   (count)  copied: at most ONNX_RANK */
const char *onnx_graph_tensor(struct onnx_graph *graph, const char *name, const gt_real *numbers,
                              int rank, const int *sizes);
const char *onnx_graph_ints(struct onnx_graph *graph, int count, const int64_t *values);
const char *onnx_graph_floats(struct onnx_graph *graph, int count, const float *values);

/* Adds one number, of no dimension, and returns its name. */
const char *onnx_graph_number(struct onnx_graph *graph, double number);

/* An operation of the value and one number: Add, Sub, Mul. */
void onnx_graph_with_number(struct onnx_graph *graph, const char *operation, double number);

/* Makes the value a vector, its numbers in the order of gantrain's memory, channels last; or an
 * image of its own shape. Nothing is added if it is one already. */
void onnx_graph_as_vector(struct onnx_graph *graph);
void onnx_graph_as_image(struct onnx_graph *graph);

/* Makes an image of a vector. channels_last: that is the order of its numbers. */
void onnx_graph_reshape(struct onnx_graph *graph, gt_shape shape, bool channels_last);

#endif
