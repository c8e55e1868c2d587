/* The products of nn/patches.h with fewer multiplications, for kernels twice as large as their
 * stride, such as those of DCGAN (4 x 4, stride 2): Winograd's minimal filtering, which Lavin and
 * Gray 2015 (arXiv 1509.09308) apply to convolutions.
 *
 * Along one dimension, pixels whose distance is a multiple of the stride meet two weights of such a
 * kernel. Two neighbouring outputs then need four products,
 *
 *     y0 = x0 w0 + x1 w1        y1 = x1 w0 + x2 w1,
 *
 * or these three:
 *
 *     m0 = (x0 - x1) w0         m1 = x1 (w0 + w1)         m2 = (x2 - x1) w1
 *     y0 = m0 + m1              y1 = m1 + m2
 *
 * An odd number of outputs begins with a tile of three, which takes four products in the place of
 * six, from the points 0, 1, -1 and infinity:
 *
 *     m0 = (x0 - x2) w0         m1 = (x1 + x2) (w0 + w1) / 2
 *     m2 = (x3 - x1) w1         m3 = (x2 - x1) (w0 - w1) / 2
 *     y0 = m0 + m1 + m3         y1 = m1 - m3         y2 = m1 + m2 + m3
 *
 * In two dimensions, tiles of 2 x 2 outputs take 9 products in the place of 16, each a matrix
 * product over all tiles, and over channels and the stride x stride pixels that a step of the
 * kernel covers. Products with the same sum of weights are one matrix product, whatever the tile:
 * 7 x 7 outputs take 100 in the place of 196. (Tiles of three everywhere save more multiplications,
 * 121 against 144 for 8 x 8, but have more to sum: no gain was measured.) Both gradients save as
 * much, since sums of products of sums are linear in each factor: the same sums are taken the other
 * way round.
 *
 * Sums of a few numbers are rounded before they are multiplied, so results differ from those of
 * the plain product by a few units in the last place more; they are the same bytes on any number
 * of threads, as far as the backend's are. In bf16, which would round these sums to 8 bits, the
 * plain product is used. */
#ifndef GANTRAIN_NN_WINOGRAD_H
#define GANTRAIN_NN_WINOGRAD_H

#include "nn/patches.h"

/* Whether the products of a convolution are made so: its kernel must fit, and it must be large
 * enough that sums cost less than the products they save. */
bool winograd_fits(const struct patches *patches, gt_precision precision);

/* Gives the layer the room that the functions below work in, if it would fit in fp32: the precision
 * is not known yet. */
void winograd_shape_layer(gt_layer *layer, const struct patches *patches);

/* As patches_to_grid, patches_to_images and patches_weight_gradient; dw must not be NULL. */
void winograd_to_grid(gt_real *grid, const gt_real *images, const gt_real *bias, gt_epilogue then,
                      int batch, const struct patches *patches, const gt_layer_memory *memory);
void winograd_to_images(gt_real *images, const gt_real *grid, const gt_real *bias, gt_epilogue then,
                        int batch, const struct patches *patches, const gt_layer_memory *memory);
void winograd_weight_gradient(const gt_real *images, const gt_real *grid, int batch,
                              const struct patches *patches, const gt_layer_memory *memory);

#endif
