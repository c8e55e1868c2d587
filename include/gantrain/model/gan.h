/* The model gan: a generator and a discriminator that learn from each other, by Algorithm 1 of
 * Goodfellow et al. 2014, "Generative Adversarial Nets", arXiv 1406.2661. */
#ifndef GANTRAIN_MODEL_GAN_H
#define GANTRAIN_MODEL_GAN_H

#include "gantrain/model/augment.h"
#include "gantrain/model/model.h"

/* Where the networks stand in gt_model.trained. */
enum { GT_GAN_GENERATOR, GT_GAN_DISCRIMINATOR };

/* The state of a model of the kind gt_model_gan. */
typedef struct gt_gan {
    gt_model *model; /* whose state this is */
    gt_generator generator;
    gt_discriminator discriminator;
    const gt_objective *objective;
    gt_augment augment;         /* of the images that D sees in training */
    int batch, d_steps, pixels; /* batch: of this process, model->batch */
    bool simultaneous;
    uint64_t seed;

    /* Memory of training, in the model's arena. */
    /* (3 batch, pixels): fake ones for G's step, which a simultaneous pair has no use for; fake
     * ones for D's, real ones. */
    gt_real *images;
    gt_real *condition; /* (3 batch, classes): of the images, in a conditional one */
    gt_real *z;         /* (2 batch, latent_dim): for the two stretches of fake ones */
    gt_real *logits;    /* (2 batch) */
    gt_real *dlogits;   /* (2 batch) */
    gt_real *dimages;   /* (batch, pixels) */
    gt_real *shown;     /* (2 batch, pixels): what D sees, where images are augmented */
    gt_real *dshown;    /* (batch, pixels), the same */
} gt_gan;

/* The state of a model of this kind. */
gt_gan *gt_gan_of(const gt_model *model);

/* One iteration of Algorithm 1: d_steps discriminator updates, each on a fresh minibatch and fresh
 * noise, then one generator update on fresh noise. A simultaneous pair makes the last discriminator
 * update and the generator's together, with gt_gan_simultaneous_step.
 *
 *   stats    set: those of the discriminator are means over its d_steps updates
 *   source     is asked for minibatches iteration d_steps to iteration d_steps + d_steps - 1
 *   iteration  counts from 0; with the seed it is the address of all noise
 *
 * Allocates nothing. Errors: none; losses that are not numbers show in stats. */
void gt_gan_iterate(gt_gan_stats *stats, gt_gan *gan, const gt_minibatch_source *source,
                    uint64_t iteration);

/* The parts of an iteration, for callers who bring their own images and noise: fill gt_gan_z and
 * gt_gan_real, and gan->condition of a conditional one, draw, then step. Of an objective of pairs
 * G's step needs real images too: those of D's last step. */

/* Whose step fake images are for. */
typedef enum gt_fake_use { GT_FOR_G, GT_FOR_D, GT_FOR_BOTH } gt_fake_use;

/* The latent vectors (batch, latent_dim) of the images for one step. */
gt_real *gt_gan_z(const gt_gan *gan, gt_fake_use use);

/* The real images (batch, pixels) of D's next step. */
gt_real *gt_gan_real(const gt_gan *gan);

/* Draws G(z) for D's next step, for G's, or for both; in one pass if rows do not depend on each
 * other. A generator step needs the activations of its own drawing, so nothing may be drawn for D
 * alone in between.
 *
 *   update  number of the discriminator update, counting from 0: the address of noise in layers */
void gt_gan_draw_fake(gt_gan *gan, gt_fake_use use, uint64_t update);

/* One update of D on the fake images drawn for it and the real ones. Sets d_loss, value, d_real and
 * d_fake of stats. */
void gt_gan_discriminator_step(gt_gan_stats *stats, gt_gan *gan, uint64_t update);

/* One update of G on the images drawn for it, through a discriminator that stays as it is. Returns
 * the generator's loss. */
double gt_gan_generator_step(gt_gan *gan, uint64_t update);

/* One update of both networks at once, each by its gradient where both were before: D's as in
 * gt_gan_discriminator_step, G's on the same fake images and through the same pass of D, dropout's
 * masks included. The images must be drawn for D alone. Sets all stats. */
void gt_gan_simultaneous_step(gt_gan_stats *stats, gt_gan *gan, uint64_t update);

/* Whether the fake images of the last iteration are all finite numbers: if not, it is the generator
 * that has diverged, and its images make the discriminator's loss meaningless too. */
bool gt_gan_fakes_are_finite(const gt_gan *gan);

#endif
