/* Animations: how samples changed over the epochs of a run, and a walk through latent space. */
#ifndef GANTRAIN_REPORT_ANIMATION_H
#define GANTRAIN_REPORT_ANIMATION_H

#include "gantrain/files/gif.h"
#include "gantrain/sample/sampler.h"

/* Writes the sample grids of a run, one a frame, in the order of epochs, as a GIF, all or nothing.
 *
 *   frames   set to how many
 *   options  scale 0: the largest that keeps both sides within 512 pixels, or 1
 *   stop     whose request ends it and removes what was written; may be NULL
 *
 * Fails with GT_FAILED if there are no pictures, one cannot be read or is of another size than the
 * first, or the GIF cannot be written. */
gt_status gt_animation_of_run(int *frames, const char *path, const char *run,
                              const gt_gif_options *options, gt_stop *stop, gt_error *error);

/* Writes a walk from image 0 of the series of a seed to image 1 and on to image stops - 1, and back
 * to image 0, in steps equal parts each, by the path of the prior (sample/pictures.h), one image a
 * frame. stops is at least 2. The rest as above; GT_USAGE too for a model without a latent
 * vector. */
gt_status gt_animation_of_walk(const char *path, gt_sampler *sampler, uint64_t seed, int stops,
                               int steps, const gt_gif_options *options, gt_error *error);

#endif
