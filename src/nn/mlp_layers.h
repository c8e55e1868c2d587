/* How the walks over a network reach its layers: shared by mlp.c and penalty.c. */
#ifndef GANTRAIN_NN_MLP_LAYERS_H
#define GANTRAIN_NN_MLP_LAYERS_H

#include "gantrain/nn/mlp.h"

/* The memory that layer `index` works on; frozen: its parameters need no gradients. */
gt_layer_memory mlp_layer_memory(const gt_mlp *mlp, int index, bool frozen);

/* Where layer `index` leaves its output; y is the caller's. */
gt_real *mlp_layer_output(const gt_mlp *mlp, int index, gt_real *y);

#endif
