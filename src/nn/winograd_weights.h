/* The weights that nn/winograd.h multiplies by: sums of a convolution's own, in the layer's scratch
 * memory. */
#ifndef GANTRAIN_NN_WINOGRAD_WEIGHTS_H
#define GANTRAIN_NN_WINOGRAD_WEIGHTS_H

#include "nn/patches.h"

/* Numbers from the sums for one of the products, (features, stride, stride, channels), to those for
 * the next. */
long winograd_weights_of_product(const struct patches *patches);

/* scratch (products, features, stride, stride, channels) = the sums. */
void winograd_sum_weights(const struct patches *patches, const gt_layer_memory *memory);

/* dw = keep dw + the gradient of the weights, of that of the sums, which scratch holds. */
void winograd_add_gradient(const struct patches *patches, const gt_layer_memory *memory);

#endif
