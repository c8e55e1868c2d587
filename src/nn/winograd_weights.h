/* The weights that nn/winograd.h multiplies by: sums of a convolution's own, in the layer's scratch
 * memory. */
#ifndef GANTRAIN_NN_WINOGRAD_WEIGHTS_H
#define GANTRAIN_NN_WINOGRAD_WEIGHTS_H

#include "nn/patches.h"

/* How many products there are: with a sum of weights along the height and one along the width, the
 * product sum_down x (sums along the width) + sum_along. */
int winograd_products(const struct patches *patches);

/* How far the sums for one product, (features, stride, stride, channels), lie from those for the
 * next. */
long winograd_weights_stride(const struct patches *patches);

/* scratch (products, features, stride, stride, channels) = the sums. */
void winograd_sum_weights(const struct patches *patches, const gt_layer_memory *memory);

/* dw = keep dw + the gradient of the weights, made of the gradient of the sums, which scratch
 * holds. */
void winograd_add_gradient(const struct patches *patches, const gt_layer_memory *memory);

#endif
