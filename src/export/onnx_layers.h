/* Layers as ONNX nodes. One table, a row for each kind. */
#ifndef GANTRAIN_EXPORT_ONNX_LAYERS_H
#define GANTRAIN_EXPORT_ONNX_LAYERS_H

#include "export/onnx_graph.h"

/* Whether a kind has a row. */
bool onnx_layers_have(const gt_layer_kind *kind);

/* Adds the nodes and tensors of all layers of a network, which is called `name`. The graph's value
 * becomes their output. */
void onnx_layers_add(struct onnx_graph *graph, const gt_network *network, const char *name);

#endif
