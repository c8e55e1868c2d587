/* A picture of images above what a model gives back of them. */
#ifndef GANTRAIN_SAMPLE_RECONSTRUCTIONS_H
#define GANTRAIN_SAMPLE_RECONSTRUCTIONS_H

#include "gantrain/sample/pictures.h"

/* Fails with GT_USAGE if models of that kind reconstruct no images; the message lists those that
 * do. path is for the message. */
gt_status gt_reconstructions_check(const gt_model_kind *kind, const char *path, gt_error *error);

/* Writes the first images of a set, picture->columns to a row and each row above its
 * reconstructions, picture->rows such pairs or fewer if there are not as many images. Images are
 * black and white where the set says so.
 *
 *   count          set to how many images are shown
 *   squared_error  set to the mean over them of the squared error of an image: the sum over its
 *                  pixels, in [0, 1]
 *   picture        its sampler was opened for GT_MODEL_RECONSTRUCT; the seed is that of pixels that
 *                  are drawn
 *
 * Fails with GT_FAILED too if images are of another size than the model's, and as the model's
 * reconstruct does. */
gt_status gt_reconstructions_write(uint32_t *count, double *squared_error,
                                   const gt_picture *picture, const gt_dataset *dataset,
                                   gt_error *error);

#endif
