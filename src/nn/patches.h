/* Products with the patches of images, of which convolutions are made.
 *
 * A patch is a square of size x size pixels. Patches lie on a grid: the one at (row, column) of the
 * grid has its upper left pixel at (row stride - pad, column stride - pad) of the image, and what
 * it covers outside of the image is 0. Written one after the other, the patches of a minibatch are
 * a matrix of batch x positions rows, so a convolution is the product of that matrix with the
 * weights, and its gradients are the other two products of a dense layer.
 *
 * That matrix is size^2 / stride^2 times as large as the images, so it never exists as a whole.
 * Each thread gathers a block of it that fits in its core's L2 cache, multiplies, and goes on to
 * the next block. Memory does not depend on the minibatch (gt_network_scratch). Blocks depend on
 * sizes alone, not on the number of threads, and every sum is made in a fixed order: with the
 * native backend the result is the same on any number of threads.
 *
 * Weights are (features, channels, size, size), as PyTorch has them. Numbers of a patch lie in the
 * order (row, column, channel), as in an image; for a product the weights are first copied into
 * that order, which costs one pass over them.
 *
 * In fp32, kernels twice as large as their stride take fewer multiplications (nn/winograd.h), and
 * the functions below see to it themselves. */
#ifndef GANTRAIN_NN_PATCHES_H
#define GANTRAIN_NN_PATCHES_H

#include "gantrain/nn/layer.h"

struct patches {
    gt_shape image;
    gt_shape grid; /* height x width positions; a feature for each of its channels */
    int size, stride, pad;
};

/* Gives the layer a weight and a bias of `biases` numbers, and room for what follows. */
void patches_shape_layer(gt_layer *layer, const struct patches *patches, int biases);

/* grid (batch, positions, features) = patches of images (batch, image) w^T + bias (features), NULL:
 * none. Then the epilogue over the grid. */
void patches_to_grid(gt_real *grid, const gt_real *images, const gt_real *bias, gt_epilogue then,
                     int batch, const struct patches *patches, const gt_layer_memory *memory);

/* images (batch, image): every pixel is bias (channels), NULL: 0, plus the sum of what grid w has
 * for it in the patches that cover it. Then the epilogue over the images. */
void patches_to_images(gt_real *images, const gt_real *grid, const gt_real *bias, gt_epilogue then,
                       int batch, const struct patches *patches, const gt_layer_memory *memory);

/* dw = keep dw + grid^T patches of images, unless dw is NULL. */
void patches_weight_gradient(const gt_real *images, const gt_real *grid, int batch,
                             const struct patches *patches, const gt_layer_memory *memory);

#endif
