/* The two orders of a convolution's weights: (features, channels, size, size), in which they are
 * kept, and (features, size, size, channels), in which patches lie in memory. */
#ifndef GANTRAIN_NN_WEIGHT_ORDER_H
#define GANTRAIN_NN_WEIGHT_ORDER_H

#include "nn/patches.h"

/* Whether they are the same. */
bool weight_order_is_that_of_patches(const struct patches *patches);

/* The layer's weights in the order of patches, as a factor of a product: in the layer's scratch
 * memory, or the weights themselves. */
const void *weight_order_for_patches(const struct patches *patches, const gt_layer_memory *memory);

/* dw = keep dw + the gradient that the layer's scratch memory holds in the order of patches. */
void weight_order_add_gradient(const struct patches *patches, const gt_layer_memory *memory);

#endif
