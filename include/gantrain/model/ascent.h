/* The model ascent: a discriminator D that generates by itself. An image starts as noise and
 * follows the gradient of D's logit, upwards:
 *
 *   x <- x + rate dlogit/dx + noise e,   e standard normal, pixels kept within [-1, 1]
 *
 * D learns to tell the training images from what this ascent finds now, as an energy-based model of
 * energy -logit does: Du and Mordatch 2019, "Implicit Generation and Generalization in Energy-Based
 * Models", arXiv 1903.08689, section 3. A buffer keeps images that ascents found, and later ascents
 * go on from them (section 3.2 there). No gradient passes through the ascent to D's weights.
 *
 * A latent vector is the noise that an image starts as; its bits are the address of the noise of
 * the steps. */
#ifndef GANTRAIN_MODEL_ASCENT_H
#define GANTRAIN_MODEL_ASCENT_H

#include "gantrain/model/model.h"

/* The state of a model of the kind gt_model_ascent. Its discriminator is gt_model.trained[0]. */
typedef struct gt_ascent {
    gt_discriminator discriminator;
    int pixels, steps, sample_steps;
    gt_real rate, noise;
    int buffer_images; /* 0: there is no buffer */
    double fresh;      /* share of ascents that start as noise though there is a buffer */

    gt_real *buffer; /* (buffer_images, pixels): in training only, and in its checkpoints */

    /* Memory, in the model's arena. Rows are the most of a call; the last three are of training. */
    gt_real *logits, *dlogits; /* (rows); in training (2 batch) or (rows), whichever is more */
    gt_real *dimages;          /* (rows, pixels) */
    gt_real *noises;           /* (rows, pixels) */
    gt_address *addresses;     /* (rows): of the noise of the first step of each ascent */
    gt_real *images;           /* (2 batch, pixels): what ascents found, then training images */
    uint32_t *places;          /* (batch): where in the buffer an ascent starts and ends */
    gt_real *found; /* (whole_batch, pixels): of all processes; NULL: there is no buffer, or one */
} gt_ascent;

/* The state of a model of this kind. */
gt_ascent *gt_ascent_of(const gt_model *model);

/* Moves images (rows, pixels) by `steps` steps of the ascent; state->addresses (rows) must be set.
 * Rows do not depend on each other. Allocates nothing. Returns whether all steps were made.
 *
 *   stop  once it is asked for, no further step is made; NULL: all are */
bool gt_ascent_climb(gt_real *images, gt_ascent *state, int steps, int rows, const gt_stop *stop);

/* The two parts of a step, for callers who bring their own training images. Sets the first batch
 * rows of state->images to what ascents find now, and puts them into the buffer. False: one of the
 * processes was asked to stop, and the buffer is as it was. */
bool gt_ascent_find(gt_model *model, uint64_t step);

/* One update of D on the 2 batch rows of state->images. Sets d_loss, value, d_real and d_fake of
 * stats. */
void gt_ascent_learn(gt_gan_stats *stats, gt_model *model, uint64_t step);

#endif
