/* Layers as C source. One table, a row for each kind. */
#ifndef GANTRAIN_EXPORT_C_LAYERS_H
#define GANTRAIN_EXPORT_C_LAYERS_H

#include "export/c_functions.h"
#include "export/c_text.h"
#include "gantrain/nn/network.h"

/* A layer in its network. */
struct c_layer {
    const gt_network *network;
    int index;
    const gt_layer *layer; /* network->layers[index] */
};

/* A row of the table. */
struct c_layer_kind {
    const gt_layer_kind *kind;
    const struct c_function *function; /* that runs such a layer; NULL: the layer does nothing */
    const struct c_function *function_of_max; /* the same for pool max */
    /* Writes the static const arrays of a layer; NULL: it has none. */
    void (*declare)(struct c_text *text, const struct c_layer *layer);
    /* Writes the rest of the call, from the arguments after y and x on, to the parenthesis. */
    void (*finish_call)(struct c_text *text, const struct c_layer *layer);
};

/* The row of a kind; NULL: there is none. */
const struct c_layer_kind *c_layer_kind_find(const gt_layer_kind *kind);

/* The function that runs a layer; NULL: the layer does nothing. */
const struct c_function *c_layer_function(const gt_layer *layer);

#endif
