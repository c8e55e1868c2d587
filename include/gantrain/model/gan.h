/* A generator and a discriminator that learn from each other: Algorithm 1 of Goodfellow et al.
 * 2014, "Generative Adversarial Nets", arXiv 1406.2661. */
#ifndef GANTRAIN_MODEL_GAN_H
#define GANTRAIN_MODEL_GAN_H

#include "gantrain/model/discriminator.h"
#include "gantrain/model/generator.h"
#include "gantrain/model/objective.h"
#include "gantrain/nn/tensors.h"

/* What the averaged weights of the generator are called in a checkpoint: as its own, behind this.
 */
#define GT_AVERAGE_NAME "generator.ema"

/* All that shapes a pair of networks and their training. */
typedef struct gt_gan_settings {
    gt_generator_settings generator;
    gt_discriminator_settings discriminator;
    const gt_objective *objective;
    int batch;   /* the paper's m */
    int d_steps; /* the paper's k */
    /* The last of D's updates in an iteration and G's are made at once, each against the other as
     * it was: simultaneous gradient descent (Mescheder et al. 2018, arXiv 1801.04406, section 2).
     * Else G's comes after, as in Algorithm 1. */
    bool simultaneous;
    uint64_t seed;
    const gt_compute *compute; /* borrowed */
} gt_gan_settings;

typedef struct gt_gan {
    gt_generator generator;
    gt_discriminator discriminator;
    const gt_objective *objective;
    int batch, d_steps, pixels;
    bool simultaneous;
    uint64_t seed;

    /* Memory, in the arena given to gt_gan_carve. */
    /* (3 batch, pixels): fake ones for G's step, which a simultaneous pair has no use for; fake
     * ones for D's, real ones. */
    gt_real *images;
    gt_real *z;       /* (2 batch, latent_dim): for the two stretches of fake ones */
    gt_real *logits;  /* (2 batch) */
    gt_real *dlogits; /* (2 batch) */
    gt_real *dimages; /* (batch, pixels) */
} gt_gan;

/* Where minibatches of real images come from. */
typedef struct gt_minibatch_source {
    /* Sets images (batch, pixels) to minibatch number `number`. */
    void (*get)(void *context, gt_real *images, uint64_t number);
    void *context;
} gt_minibatch_source;

/* Shapes both networks for images of a shape. Errors as in gt_layers_parse, led by
 * "[generator]" or
 * "[discriminator]". Allocates nothing. */
gt_status gt_gan_parse(gt_gan *gan, const gt_gan_settings *settings, gt_shape shape,
                       gt_error *error);

/* Lays out all memory of training: once on a measuring arena, once more on the reserved one. */
void gt_gan_carve(gt_gan *gan, gt_arena *arena);

/* Draws the initial weights of both networks (nn/init.h).
 *
 *   marginals  (pixels)  what the generator's output begins with: see gt_generator_set_marginals;
 *              NULL: biases of 0 */
void gt_gan_init(gt_gan *gan, const double *marginals);

/* Says which epoch is under way, counting from 0: momentum may depend on it. */
void gt_gan_set_epoch(gt_gan *gan, uint64_t epoch);

/* One iteration of Algorithm 1: d_steps discriminator updates, each on a fresh minibatch and fresh
 * noise, then one generator update on fresh noise. A simultaneous pair makes the last discriminator
 * update and the generator's together, with gt_gan_simultaneous_step.
 *
 *   stats    set: those of the discriminator are means over its d_steps updates
 *   source     is asked for minibatches iteration d_steps to iteration d_steps + d_steps - 1
 *   iteration  counts from 0; with the seed it is the address of all noise
 *
 * Allocates nothing. Errors: none; losses that are not numbers show in stats. */
void gt_gan_iterate(gt_stats *stats, gt_gan *gan, const gt_minibatch_source *source,
                    uint64_t iteration);

/* The parts of an iteration, for callers who bring their own images and noise: fill gt_gan_z and
 * gt_gan_real, draw, then step. */

/* Whose step a stretch of fake images is for. */
typedef enum gt_fake_use { GT_FOR_G, GT_FOR_D, GT_FOR_BOTH } gt_fake_use;

/* The latent vectors (batch, latent_dim) of the images for one step. */
gt_real *gt_gan_z(const gt_gan *gan, gt_fake_use use);

/* The real images (batch, pixels) of D's next step. */
gt_real *gt_gan_real(const gt_gan *gan);

/* Draws G(z) for D's next step, for G's, or for both, in one pass if rows do not depend on each
 * other. A generator step needs the activations that its own drawing left behind: no drawing for D
 * alone may come between.
 *
 *   update  number of the discriminator update this is for, counting from 0: the address of noise
 * inside layers */
void gt_gan_draw_fake(gt_gan *gan, gt_fake_use use, uint64_t update);

/* One update of D on the fake images drawn for it and the real ones. Sets d_loss, value, d_real and
 * d_fake of stats. */
void gt_gan_discriminator_step(gt_stats *stats, gt_gan *gan, uint64_t update);

/* One update of G on the images drawn for it, through a discriminator that stays as it is. Returns
 * the generator's loss. */
double gt_gan_generator_step(gt_gan *gan, uint64_t update);

/* One update of both networks at once, each by its gradient where both were before: D's as in
 * gt_gan_discriminator_step, G's on the same fake images and through the same pass of D, dropout's
 * masks included. The images must be drawn for D alone. Sets all stats. */
void gt_gan_simultaneous_step(gt_stats *stats, gt_gan *gan, uint64_t update);

/* The fake images (*count, pixels) that the last update of D in an iteration and G's own were made
 * with. Borrowed from the pair, and good until something else is drawn. */
const gt_real *gt_gan_fakes(const gt_gan *gan, int *count);

/* Whether those of the last iteration are all finite numbers: if not, it is the generator
 * that has diverged, whose images then make the discriminator's loss meaningless too. */
bool gt_gan_fakes_are_finite(const gt_gan *gan);

/* Says that parameters were changed by other means than the steps above, such as a checkpoint. */
void gt_gan_refresh(gt_gan *gan);

/* From now on layers, optimizers and noise add their time to a profile (base/profile.h); NULL ends
 * that. Borrows profile. */
void gt_gan_set_profile(gt_gan *gan, gt_profile *profile);

/* Shows all tensors of both networks and their optimizers to the visitor (nn/tensors.h). */
gt_status gt_gan_visit_tensors(const gt_gan *gan, gt_tensor_visitor visitor, void *context,
                               gt_error *error);

#endif
