/* The page of `gantrain play`: a generator with its weights in one file, run by the page itself. It
 * loads nothing from anywhere. */
#ifndef GANTRAIN_REPORT_PLAY_H
#define GANTRAIN_REPORT_PLAY_H

#include <stdint.h>

#include "gantrain/sample/sampler.h"

typedef struct gt_play_options {
    int directions; /* sliders at most */
    uint64_t seed;  /* of the images that the page begins with and that rank the directions */
} gt_play_options;

/* Writes the page of a checkpoint, all or nothing: its generator with averaged and with last
 * weights, the discriminator if the model judges images, and the directions that change images most
 * (single components if z does not go into the first layer as a vector). A conditional model gets a
 * button for each class. Weights of products are halves (16 bits): their rounding moves a pixel by
 * less than a level of 255; all other numbers are floats.
 *
 *   compute  as for gt_sampler_open
 *
 * Errors: those of gt_sampler_open; GT_USAGE if the model's images are not those of one network;
 * and GT_FAILED if the page cannot be written. */
gt_status gt_play_write(const char *path, const char *checkpoint, const gt_compute *compute,
                        const gt_play_options *options, gt_error *error);

#endif
