/* How the walks over a network reach its layers: shared by network.c and penalty.c. */
#ifndef GANTRAIN_NN_NETWORK_LAYERS_H
#define GANTRAIN_NN_NETWORK_LAYERS_H

#include "gantrain/nn/network.h"

/* The memory that layer `index` works on; frozen: its parameters need no gradients. */
gt_layer_memory network_layer_memory(const gt_network *network, int index, bool frozen);

/* Where layer `index` leaves its output; y is the caller's. */
gt_real *network_layer_output(const gt_network *network, int index, gt_real *y);

#endif
