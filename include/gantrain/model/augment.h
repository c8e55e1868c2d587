/* Differentiable augmentation: D sees every image changed at random, real ones and fake ones alike,
 * so that it cannot memorise a small set. G's gradients pass through the changes. Zhao et al.
 * 2020, "Differentiable Augmentation for Data-Efficient GAN Training", arXiv 2006.10738, section 4.
 *
 * A change is affine in the pixels. With c the distance of a pixel from the middle of their range,
 * which is the 0 that the paper pads with where pixels go from -1 to 1, it is, in this order:
 *
 *   colour       c += brightness;  c = p + saturation (c - p);  c = m + contrast (c - m)
 *                p: mean over the pixel's channels, m: mean over the image
 *   translation  the image moves, and what comes in at its edges is 0
 *   cutout       a rectangle becomes 0
 *
 * All but the brightness is linear, and colour's matrix is symmetric: so the way back, the
 * transpose, is cutout, the opposite translation, and colour once more without the brightness.
 *
 * Gradient penalties (nn/penalty.h) are of the gradient at the images that D sees, not at those
 * before the change, as in the authors' loss for few images. */
#ifndef GANTRAIN_MODEL_AUGMENT_H
#define GANTRAIN_MODEL_AUGMENT_H

#include <stddef.h>

#include "gantrain/base/error.h"
#include "gantrain/base/rng.h"
#include "gantrain/base/shape.h"

/* What may happen to an image: a set. */
enum { GT_AUGMENT_TRANSLATION = 1, GT_AUGMENT_CUTOUT = 2, GT_AUGMENT_COLOUR = 4 };

typedef struct gt_augment {
    unsigned set; /* 0: nothing happens */
    gt_shape shape;
    gt_real low, high; /* pixel values of black and white */
} gt_augment;

/* What happens to one image. */
typedef struct gt_augment_change {
    int down, right;              /* pixels by which it moves */
    int top, left, height, width; /* the rectangle that is cut out, which may reach beyond it */
    gt_real brightness, saturation, contrast;
} gt_augment_change;

enum { GT_AUGMENT_TEXT = 32 };

/* Reads a set from words with spaces or commas between them; "" is the empty one. Fails with
 * GT_USAGE: the message says which words there are. */
gt_status gt_augment_parse(unsigned *set, const char *text, gt_error *error);

/* Writes a set as gt_augment_parse reads it. Returns text. */
const char *gt_augment_format(char text[GT_AUGMENT_TEXT], unsigned set);

/* Draws what happens to the image of an address: it moves by at most an eighth of its height and
 * width; the rectangle has half of both, and its centre is anywhere; brightness is within a quarter
 * of the range of pixels, saturation within 0 and 2, contrast within 0.5 and 1.5. What is not in
 * the set does nothing. */
void gt_augment_draw(gt_augment_change *change, const gt_augment *augment, gt_address address);

/* Sets y (shape) to what becomes of image x (shape). They must not overlap. */
void gt_augment_image(gt_real *y, const gt_augment *augment, const gt_augment_change *change,
                      const gt_real *x);

/* Sets dx (shape) to the gradient at x of a loss that has dy (shape) at y. They must not
 * overlap. */
void gt_augment_image_back(gt_real *dx, const gt_augment *augment, const gt_augment_change *change,
                           const gt_real *dy);

/* The same for a minibatch: row r of images (rows, shape) is changed as drawn at example
 * address.example + r, and the way back draws the same again. team may be NULL. Allocates
 * nothing. */
void gt_augment_images(gt_real *y, const gt_augment *augment, gt_team *team, const gt_real *x,
                       gt_address address, int rows);
void gt_augment_images_back(gt_real *dx, const gt_augment *augment, gt_team *team,
                            const gt_real *dy, gt_address address, int rows);

#endif
