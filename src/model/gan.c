/* Algorithm 1 of Goodfellow et al. 2014, from the paper's loop down to the memory it runs in. */
#include "gantrain/model/gan.h"

#include <math.h>

#include "gantrain/model/condition.h"

/* The rows of gan->images, and of their conditions, that one kind of them begins at. */
enum image_kind { FAKE_FOR_G, FAKE_FOR_D, REAL };

/* The conditions of images of one kind; NULL if there are none. */
static const gt_real *condition_of(const gt_gan *gan, enum image_kind kind) {
    return gt_condition_row(gan->condition, gan->model->classes, (long)kind * gan->batch);
}

/* The classes of fake images, each as frequent as among real ones. */
static void draw_classes(gt_gan *gan, enum image_kind kind, gt_address address) {
    const int classes = gan->model->classes;
    if (classes > 0)
        gt_model_draw_condition(gan->condition + (long)kind * gan->batch * classes, gan->model,
                                address, gan->batch);
}

/* Noise for D's update k of an iteration, and G(z). G does not change before its own step, so the
 * images of that step are drawn together with the last ones for D, in one pass. */
static void draw_fakes(gt_gan *gan, uint64_t iteration, int k) {
    const gt_generator *generator = &gan->generator;
    uint64_t update = iteration * (uint64_t)gan->d_steps + (uint64_t)k;
    bool for_both = k == gan->d_steps - 1 && !gan->simultaneous;
    const uint32_t first = (uint32_t)gan->model->first_row;
    gt_address d_noise = {gan->seed, GT_PURPOSE_LATENT_D, update, first};
    gt_address g_noise = {gan->seed, GT_PURPOSE_LATENT_G, iteration, first};
    gt_generator_draw_latent(gt_gan_z(gan, GT_FOR_D), generator, d_noise, gan->batch);
    d_noise.purpose = GT_PURPOSE_CLASS_D;
    draw_classes(gan, FAKE_FOR_D, d_noise);
    if (for_both) {
        gt_generator_draw_latent(gt_gan_z(gan, GT_FOR_G), generator, g_noise, gan->batch);
        g_noise.purpose = GT_PURPOSE_CLASS_G;
        draw_classes(gan, FAKE_FOR_G, g_noise);
    }
    gt_gan_draw_fake(gan, for_both ? GT_FOR_BOTH : GT_FOR_D, update);
}

static void add_mean(gt_gan_stats *mean, const gt_gan_stats *step, int count) {
    mean->d_loss += step->d_loss / count;
    mean->value += step->value / count;
    mean->d_real += step->d_real / count;
    mean->d_fake += step->d_fake / count;
    mean->g_loss = step->g_loss; /* of a simultaneous update, which is the last */
}

void gt_gan_iterate(gt_gan_stats *stats, gt_gan *gan, const gt_minibatch_source *source,
                    uint64_t iteration) {
    *stats = (gt_gan_stats){0};
    for (int k = 0; k < gan->d_steps; k++) {
        uint64_t update = iteration * (uint64_t)gan->d_steps + (uint64_t)k;
        gt_minibatch minibatch = {.images = gt_gan_real(gan)};
        gt_gan_stats step;
        source->get(source->context, &minibatch, update);
        if (gan->model->classes > 0)
            gt_condition_set(gan->condition + 2L * gan->batch * gan->model->classes,
                             minibatch.labels, gan->batch, gan->model->classes);
        draw_fakes(gan, iteration, k);
        if (gan->simultaneous && k == gan->d_steps - 1)
            gt_gan_simultaneous_step(&step, gan, update);
        else
            gt_gan_discriminator_step(&step, gan, update);
        add_mean(stats, &step, gan->d_steps);
    }
    if (!gan->simultaneous)
        stats->g_loss = gt_gan_generator_step(gan, iteration);
}

/* The passes of an update, so that no two draw the same noise inside their layers. */
enum pass_number { G_PASS, D_PASS_FOR_D, D_PASS_FOR_G, D_PASS_FOR_R1, PASSES };

/* The pass of that number over images from the first of a kind on, whose noise is that of minibatch
 * 0 of the pass, or of minibatch 1, which comes after all rows of the other. */
static gt_pass training_pass(const gt_gan *gan, enum pass_number number, uint64_t update,
                             enum image_kind kind, int minibatch) {
    const int whole = gan->model->whole_batch;
    const uint32_t first = (uint32_t)(minibatch * whole + gan->model->first_row);
    gt_address address = {gan->seed, GT_PURPOSE_PASS, update * PASSES + number, first};
    return (gt_pass){.training = true,
                     .address = address,
                     .group = gan->batch,
                     .skip = (uint32_t)(whole - gan->batch),
                     .condition = condition_of(gan, kind)};
}

/* Rows of z and images: m for the generator's step, m for the discriminator's, m real images. So
 * G's output for both is contiguous, so is D's minibatch, and G's own images are the first rows of
 * its pass, where its backward pass reads them. */
gt_real *gt_gan_z(const gt_gan *gan, gt_fake_use use) {
    long row = use == GT_FOR_D ? gan->batch : 0;
    return gan->z + row * gan->generator.network.in;
}

static gt_real *fake_images(const gt_gan *gan, gt_fake_use use) {
    long row = use == GT_FOR_D ? gan->batch : 0;
    return gan->images + row * gan->pixels;
}

gt_real *gt_gan_real(const gt_gan *gan) {
    return gan->images + 2L * gan->batch * gan->pixels;
}

void gt_gan_draw_fake(gt_gan *gan, gt_fake_use use, uint64_t update) {
    gt_network *generator = &gan->generator.network;
    if (use == GT_FOR_BOTH && gt_network_couples_examples(generator)) {
        /* Rows of one pass would share statistics that only half of them are learned from. */
        gt_gan_draw_fake(gan, GT_FOR_D, update);
        gt_gan_draw_fake(gan, GT_FOR_G, update);
        return;
    }
    const enum image_kind kind = use == GT_FOR_D ? FAKE_FOR_D : FAKE_FOR_G;
    gt_pass pass = training_pass(gan, G_PASS, update, kind, use == GT_FOR_D);
    int rows = use == GT_FOR_BOTH ? 2 * gan->batch : gan->batch; /* one pass is faster than two */
    gt_network_forward(fake_images(gan, use), generator, gt_gan_z(gan, use), rows, &pass);
}

/* The address of what happens to the images of a pass of D, as training_pass has it. */
static gt_address augment_address(const gt_gan *gan, enum pass_number number, uint64_t update,
                                  int minibatch) {
    const int first = minibatch * gan->model->whole_batch + gan->model->first_row;
    return (gt_address){gan->seed, GT_PURPOSE_AUGMENT, update * PASSES + number, (uint32_t)first};
}

/* `count` minibatches of images, from a kind's first on, as D sees them as minibatch 0 or 1 of a
 * pass, and after it. */
static const gt_real *show(gt_gan *gan, enum pass_number number, uint64_t update,
                           enum image_kind kind, int minibatch, int count) {
    const long size = (long)gan->batch * gan->pixels;
    const gt_real *images = gan->images + kind * size;
    if (gan->augment.set == 0)
        return images;
    gt_profile *profile = gan->discriminator.network.profile;
    double start = profile != NULL ? gt_profile_now() : 0;
    gt_real *shown = gan->shown + minibatch * size;
    for (int i = 0; i < count; i++)
        gt_augment_images(shown + i * size, &gan->augment, gan->model->compute->team,
                          images + i * size, augment_address(gan, number, update, minibatch + i),
                          gan->batch);
    if (profile != NULL)
        gt_profile_add(profile, "augment", start, 0);
    return shown;
}

/* D's outputs for the real images, which an objective of pairs needs next to those for fake ones.
 * Returns the images as D sees them. */
static const gt_real *judge_real(gt_gan *gan, enum pass_number number, uint64_t update) {
    gt_pass pass = training_pass(gan, number, update, REAL, 1);
    const gt_real *real = show(gan, number, update, REAL, 1, 1);
    gt_network_forward(gan->logits + gan->batch, &gan->discriminator.network, real, gan->batch,
                       &pass);
    return real;
}

/* Sets dimages to G's gradient at its images of D's pass of that number, in which they were the
 * first rows, and looked like `seen`. */
static void carry_to_images(gt_gan *gan, const gt_real *seen, enum pass_number number,
                            uint64_t update) {
    const bool augmented = gan->augment.set != 0;
    gt_network_backward_to_input(augmented ? gan->dshown : gan->dimages,
                                 &gan->discriminator.network, seen, gan->logits, gan->dlogits,
                                 gan->batch);
    if (augmented)
        gt_augment_images_back(gan->dimages, &gan->augment, gan->model->compute->team, gan->dshown,
                               augment_address(gan, number, update, 0), gan->batch);
}

/* Computes G's gradient through the fake images of one use. They must be the first rows of D's last
 * pass, of that number, in which they looked like `seen`, and whose logits are used. Returns G's
 * loss. */
static double teach_generator(gt_gan *gan, gt_fake_use use, const gt_real *seen,
                              enum pass_number number, uint64_t update) {
    gt_network *generator = &gan->generator.network;

    gt_network_begin_gradients(generator);
    double loss = gt_objective_generator(gan->dlogits, gan->objective, gan->logits, gan->batch);
    carry_to_images(gan, seen, number, update);
    gt_network_backward(generator, gt_gan_z(gan, use), fake_images(gan, use), gan->dimages,
                        gan->batch);
    return loss;
}

/* Passes real and fake images through D in one pass of 2 m rows, and back; for both networks, back
 * once more from the fake ones to G. */
static void learn_together(gt_gan_stats *stats, gt_gan *gan, uint64_t update, bool both) {
    gt_network *discriminator = &gan->discriminator.network;
    const int batch = gan->batch;
    /* The real ones follow. */
    const gt_real *images = show(gan, D_PASS_FOR_D, update, FAKE_FOR_D, 0, 2);
    gt_pass pass = training_pass(gan, D_PASS_FOR_D, update, FAKE_FOR_D, 0);

    gt_network_forward(gan->logits, discriminator, images, 2 * batch, &pass);
    gt_objective_discriminator(gan->dlogits, stats, gan->objective, gan->logits,
                               gan->discriminator.real_target, batch);
    gt_network_backward(discriminator, images, gan->logits, gan->dlogits, 2 * batch);
    if (both)
        stats->g_loss = teach_generator(gan, GT_FOR_D, images, D_PASS_FOR_D, update);
}

/* The same in two passes, for a D that would take real and fake images for one minibatch. For an
 * objective of pairs the real images pass twice: both gradients need the outputs for both. */
static void learn_apart(gt_gan_stats *stats, gt_gan *gan, uint64_t update, bool both) {
    gt_network *discriminator = &gan->discriminator.network;
    const gt_objective *objective = gan->objective;
    const int batch = gan->batch;
    const gt_real *fake = show(gan, D_PASS_FOR_D, update, FAKE_FOR_D, 0, 1);
    const gt_real target = gan->discriminator.real_target;
    gt_real *real_logits = gan->logits + batch, *dreal_logits = gan->dlogits + batch;
    gt_pass fake_pass = training_pass(gan, D_PASS_FOR_D, update, FAKE_FOR_D, 0);

    if (objective->of_pairs)
        judge_real(gan, D_PASS_FOR_D, update);
    gt_network_forward(gan->logits, discriminator, fake, batch, &fake_pass);
    if (objective->of_pairs)
        gt_objective_discriminator(gan->dlogits, stats, objective, gan->logits, target, batch);
    else
        gt_objective_fake(gan->dlogits, stats, objective, gan->logits, batch);
    gt_network_backward(discriminator, fake, gan->logits, gan->dlogits, batch);
    if (both)
        stats->g_loss = teach_generator(gan, GT_FOR_D, fake, D_PASS_FOR_D, update);
    const gt_real *real = judge_real(gan, D_PASS_FOR_D, update);
    if (!objective->of_pairs)
        gt_objective_real(dreal_logits, stats, objective, real_logits, target, batch);
    gt_network_backward(discriminator, real, real_logits, dreal_logits, batch);
}

/* D's update; for both networks, G's gradient is found before D changes. */
static void step_discriminator(gt_gan_stats *stats, gt_gan *gan, uint64_t update, bool both) {
    gt_discriminator *discriminator = &gan->discriminator;

    *stats = (gt_gan_stats){0};
    gt_network_begin_gradients(&discriminator->network);
    if (gt_network_couples_examples(&discriminator->network))
        learn_apart(stats, gan, update, both);
    else
        learn_together(stats, gan, update, both);
    /* Of the gradient at what D sees: the authors' code for few images (ns_r1_DiffAugment) does
     * that. */
    const bool augmented = gan->augment.set != 0;
    gt_discriminator_add_penalties(discriminator, gan->logits,
                                   augmented ? gan->shown + (long)gan->batch * gan->pixels
                                             : gt_gan_real(gan),
                                   augmented ? gan->shown : fake_images(gan, GT_FOR_D),
                                   training_pass(gan, D_PASS_FOR_R1, update, REAL, 0),
                                   condition_of(gan, FAKE_FOR_D), gan->batch, update);
    gt_model_update(gan->model, &gan->model->trained[GT_GAN_DISCRIMINATOR]);
}

void gt_gan_discriminator_step(gt_gan_stats *stats, gt_gan *gan, uint64_t update) {
    step_discriminator(stats, gan, update, false);
}

void gt_gan_simultaneous_step(gt_gan_stats *stats, gt_gan *gan, uint64_t update) {
    step_discriminator(stats, gan, update, true);
    gt_model_update(gan->model, &gan->model->trained[GT_GAN_GENERATOR]);
}

double gt_gan_generator_step(gt_gan *gan, uint64_t update) {
    gt_pass pass = training_pass(gan, D_PASS_FOR_G, update, FAKE_FOR_G, 0);
    const gt_real *fake = show(gan, D_PASS_FOR_G, update, FAKE_FOR_G, 0, 1);

    if (gan->objective->of_pairs)
        judge_real(gan, D_PASS_FOR_G, update);
    gt_network_forward(gan->logits, &gan->discriminator.network, fake, gan->batch, &pass);
    double loss = teach_generator(gan, GT_FOR_G, fake, D_PASS_FOR_G, update);
    gt_model_update(gan->model, &gan->model->trained[GT_GAN_GENERATOR]);
    return loss;
}

bool gt_gan_fakes_are_finite(const gt_gan *gan) {
    long rows = gan->simultaneous ? gan->batch : 2L * gan->batch;
    const gt_real *fakes = fake_images(gan, gan->simultaneous ? GT_FOR_D : GT_FOR_BOTH);
    for (long i = 0; i < rows * gan->pixels; i++)
        if (!isfinite(fakes[i]))
            return false;
    return true;
}
