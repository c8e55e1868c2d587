/* The tensors of a network by name: what a checkpoint holds. */
#ifndef GANTRAIN_NN_TENSORS_H
#define GANTRAIN_NN_TENSORS_H

#include "gantrain/nn/network.h"
#include "gantrain/nn/optimizer.h"

enum { GT_TENSOR_NAME = 96 };

/* A tensor and its place in memory. */
typedef struct gt_tensor {
    char name[GT_TENSOR_NAME];
    int rank;
    int sizes[GT_TENSOR_RANK]; /* (rank) */
    gt_real *values;           /* borrowed from the network; NULL while nothing is carved */
} gt_tensor;

/* How many numbers a tensor has. */
size_t gt_tensor_size(const gt_tensor *tensor);

/* Whether none of them is NaN or an infinity. */
bool gt_tensor_is_finite(const gt_tensor *tensor);

/* Whether that is the name of a tensor of an optimizer's state: see gt_tensors_visit. */
bool gt_tensor_is_of_optimizer(const char *name);

/* Is shown one tensor after the other; anything but GT_OK ends the walk. */
typedef gt_status (*gt_tensor_visitor)(void *context, const gt_tensor *tensor, gt_error *error);

/* Shows a network's tensors to the visitor in a fixed order: PREFIX.LAYER.TENSOR for each layer as
 * written, which is how torch.nn.Sequential names the same layers ("generator.0.weight"); then, for
 * each state of the optimizer, PREFIX.optimizer.STATE.LAYER.TENSOR for each trained one. optimizer
 * NULL: none. Returns the first status that is not GT_OK. */
gt_status gt_tensors_visit(const char *prefix, const gt_network *network,
                           const gt_optimizer *optimizer, gt_tensor_visitor visitor, void *context,
                           gt_error *error);

/* Shows the trained tensors of a network with numbers from another block of the same layout (such
 * as an average of the parameters), as PREFIX.LAYER.TENSOR. numbers NULL: without. */
gt_status gt_tensors_visit_trained(const char *prefix, const gt_network *network, gt_real *numbers,
                                   gt_tensor_visitor visitor, void *context, gt_error *error);

#endif
