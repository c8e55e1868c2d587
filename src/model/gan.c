/* Algorithm 1 of Goodfellow et al. 2014, from the paper's loop down to the memory it runs in. */
#include "gantrain/model/gan.h"

#include <math.h>

#include "gantrain/nn/init.h"

void gt_gan_iterate(gt_stats *stats, gt_gan *gan, const gt_minibatch_source *source,
                    uint64_t iteration) {
    const gt_generator *generator = &gan->generator;
    gt_address g_noise = {gan->seed, GT_PURPOSE_LATENT_G, iteration, 0};
    *stats = (gt_stats){0};

    for (int k = 0; k < gan->d_steps; k++) {
        bool last = k == gan->d_steps - 1;
        uint64_t update = iteration * (uint64_t)gan->d_steps + (uint64_t)k;
        gt_address d_noise = {gan->seed, GT_PURPOSE_LATENT_D, update, 0};
        gt_stats step;
        source->get(source->context, gt_gan_real(gan), update);
        gt_generator_draw_latent(gt_gan_z(gan, GT_FOR_D), generator, d_noise, gan->batch);
        if (last && !gan->simultaneous) {
            /* G stays as it is until its own step, so the images of that step are drawn together
             * with the last ones for D. */
            gt_generator_draw_latent(gt_gan_z(gan, GT_FOR_G), generator, g_noise, gan->batch);
            gt_gan_draw_fake(gan, GT_FOR_BOTH, update);
        } else {
            gt_gan_draw_fake(gan, GT_FOR_D, update);
        }
        if (last && gan->simultaneous)
            gt_gan_simultaneous_step(&step, gan, update);
        else
            gt_gan_discriminator_step(&step, gan, update);
        stats->d_loss += step.d_loss / gan->d_steps;
        stats->value += step.value / gan->d_steps;
        stats->d_real += step.d_real / gan->d_steps;
        stats->d_fake += step.d_fake / gan->d_steps;
        stats->g_loss = step.g_loss;
    }
    if (!gan->simultaneous)
        stats->g_loss = gt_gan_generator_step(gan, iteration);
}

/* The passes of an update, so that no two draw the same noise inside their layers. */
enum pass_number { G_PASS, D_PASS_FOR_D, D_PASS_FOR_G, D_PASS_FOR_R1, PASSES };

/* A pass whose first row is row `first` of that number. */
static gt_pass training_pass(const gt_gan *gan, enum pass_number number, uint64_t update,
                             int first) {
    gt_address address = {gan->seed, GT_PURPOSE_PASS, update * PASSES + number, (uint32_t)first};
    return (gt_pass){.training = true, .address = address};
}

/* The rows of z and images: m for the generator's step, m for the discriminator's, m real images.
 * So what G makes for both is one stretch, D's minibatch is another, and G's own are the first rows
 * of its pass, where its backward pass looks for them. */
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
    gt_pass pass = training_pass(gan, G_PASS, update, use == GT_FOR_D ? gan->batch : 0);
    int rows = use == GT_FOR_BOTH ? 2 * gan->batch : gan->batch; /* one pass is faster than two */
    gt_network_forward(fake_images(gan, use), generator, gt_gan_z(gan, use), rows, &pass);
}

/* G's gradient by way of the images of one use, after a pass of D whose first rows they were, with
 * the logits that D gave them. Returns G's loss. */
static double teach_generator(gt_gan *gan, gt_fake_use use) {
    gt_network *generator = &gan->generator.network, *discriminator = &gan->discriminator.network;
    const gt_real *fake = fake_images(gan, use), *z = gt_gan_z(gan, use);

    gt_network_begin_gradients(generator);
    double loss = gt_objective_generator(gan->dlogits, gan->objective, gan->logits, gan->batch);
    gt_network_backward_to_input(gan->dimages, discriminator, fake, gan->logits, gan->dlogits,
                                 gan->batch);
    gt_network_backward(generator, z, fake, gan->dimages, gan->batch);
    return loss;
}

/* Real and fake images through D in one pass of 2 m rows, and back; for both networks, back once
 * more from the fake ones to G. */
static void learn_together(gt_stats *stats, gt_gan *gan, uint64_t update, bool both) {
    gt_network *discriminator = &gan->discriminator.network;
    const gt_real *images = fake_images(gan, GT_FOR_D); /* the real ones follow */
    const int batch = gan->batch;
    gt_pass pass = training_pass(gan, D_PASS_FOR_D, update, 0);

    gt_network_forward(gan->logits, discriminator, images, 2 * batch, &pass);
    gt_objective_discriminator(gan->dlogits, stats, gan->logits, gan->discriminator.real_target,
                               batch);
    gt_network_backward(discriminator, images, gan->logits, gan->dlogits, 2 * batch);
    if (both)
        stats->g_loss = teach_generator(gan, GT_FOR_D);
}

/* The same in two passes, for a D that would take real and fake images for one minibatch. */
static void learn_apart(gt_stats *stats, gt_gan *gan, uint64_t update, bool both) {
    gt_network *discriminator = &gan->discriminator.network;
    const gt_real *fake = fake_images(gan, GT_FOR_D), *real = gt_gan_real(gan);
    const int batch = gan->batch;
    gt_pass fake_pass = training_pass(gan, D_PASS_FOR_D, update, 0);
    gt_pass real_pass = training_pass(gan, D_PASS_FOR_D, update, batch);

    gt_network_forward(gan->logits, discriminator, fake, batch, &fake_pass);
    gt_objective_fake(gan->dlogits, stats, gan->logits, batch);
    gt_network_backward(discriminator, fake, gan->logits, gan->dlogits, batch);
    if (both)
        stats->g_loss = teach_generator(gan, GT_FOR_D);
    gt_network_forward(gan->logits, discriminator, real, batch, &real_pass);
    gt_objective_real(gan->dlogits, stats, gan->logits, gan->discriminator.real_target, batch);
    gt_network_backward(discriminator, real, gan->logits, gan->dlogits, batch);
}

/* Adds the gradient of the penalty R1 on the real images. It is asked for every r1_every updates
 * and then weighs that many times as much (Karras et al. 2020, "Analyzing and improving the image
 * quality of StyleGAN", arXiv 1912.04958, section 3.1). */
static void add_penalty(gt_gan *gan, uint64_t update) {
    gt_discriminator *discriminator = &gan->discriminator;
    const gt_real *real = gt_gan_real(gan);
    gt_pass pass = training_pass(gan, D_PASS_FOR_R1, update, 0);
    gt_real weight = (gt_real)(discriminator->r1_gamma * discriminator->r1_every);

    gt_network_forward(gan->logits, &discriminator->network, real, gan->batch, &pass);
    gt_penalty_add(&discriminator->penalty, &discriminator->network, real, gan->logits, weight,
                   gan->batch);
}

static void update_parameters(gt_optimizer *optimizer, gt_network *network) {
    gt_optimizer_step(optimizer, network->compute->team, network->parameters, network->gradients,
                      network->parameter_count);
}

/* D's update; for both networks, G's gradient is found before D changes. */
static void step_discriminator(gt_stats *stats, gt_gan *gan, uint64_t update, bool both) {
    gt_discriminator *discriminator = &gan->discriminator;

    *stats = (gt_stats){0};
    gt_network_begin_gradients(&discriminator->network);
    if (gt_network_couples_examples(&discriminator->network))
        learn_apart(stats, gan, update, both);
    else
        learn_together(stats, gan, update, both);
    if (discriminator->r1_gamma > 0 && update % (uint64_t)discriminator->r1_every == 0)
        add_penalty(gan, update);
    update_parameters(&discriminator->optimizer, &discriminator->network);
}

void gt_gan_discriminator_step(gt_stats *stats, gt_gan *gan, uint64_t update) {
    step_discriminator(stats, gan, update, false);
}

void gt_gan_simultaneous_step(gt_stats *stats, gt_gan *gan, uint64_t update) {
    step_discriminator(stats, gan, update, true);
    update_parameters(&gan->generator.optimizer, &gan->generator.network);
}

double gt_gan_generator_step(gt_gan *gan, uint64_t update) {
    gt_pass pass = training_pass(gan, D_PASS_FOR_G, update, 0);

    gt_network_forward(gan->logits, &gan->discriminator.network, fake_images(gan, GT_FOR_G),
                       gan->batch, &pass);
    double loss = teach_generator(gan, GT_FOR_G);
    update_parameters(&gan->generator.optimizer, &gan->generator.network);
    return loss;
}

const gt_real *gt_gan_fakes(const gt_gan *gan, int *count) {
    *count = gan->simultaneous ? gan->batch : 2 * gan->batch;
    return fake_images(gan, gan->simultaneous ? GT_FOR_D : GT_FOR_BOTH);
}

bool gt_gan_fakes_are_finite(const gt_gan *gan) {
    int count;
    const gt_real *fakes = gt_gan_fakes(gan, &count);
    for (long i = 0; i < (long)count * gan->pixels; i++)
        if (!isfinite(fakes[i]))
            return false;
    return true;
}

gt_status gt_gan_parse(gt_gan *gan, const gt_gan_settings *settings, gt_shape shape,
                       gt_error *error) {
    gt_error detail = {0};
    *gan = (gt_gan){.objective = settings->objective,
                    .batch = settings->batch,
                    .d_steps = settings->d_steps,
                    .simultaneous = settings->simultaneous,
                    .pixels = gt_shape_size(shape),
                    .seed = settings->seed};
    gt_status status = gt_generator_parse(&gan->generator, &settings->generator, shape, &detail);
    if (status != GT_OK)
        return gt_error_set(error, status, "[generator] layers: %s", detail.message);
    status = gt_discriminator_parse(&gan->discriminator, &settings->discriminator, shape, &detail);
    if (status != GT_OK)
        return gt_error_set(error, status, "[discriminator] layers: %s", detail.message);
    if (settings->batch < 2 && (gt_network_couples_examples(&gan->generator.network) ||
                                gt_network_couples_examples(&gan->discriminator.network)))
        return gt_error_set(error, GT_USAGE,
                            "[train] batch_size = %d: batchnorm takes a minibatch of at least 2",
                            settings->batch);
    gan->generator.network.compute = gan->discriminator.network.compute = settings->compute;
    return GT_OK;
}

void gt_gan_carve(gt_gan *gan, gt_arena *arena) {
    size_t batch = (size_t)gan->batch, pixels = (size_t)gan->pixels;
    gt_generator_carve(&gan->generator, arena, 2 * gan->batch, true);
    gt_discriminator_carve(&gan->discriminator, arena, 2 * gan->batch);
    gan->images = gt_arena_take(arena, 3 * batch * pixels, sizeof(gt_real));
    gan->z = gt_arena_take(arena, 2 * batch * (size_t)gan->generator.network.in, sizeof(gt_real));
    gan->logits = gt_arena_take(arena, 2 * batch, sizeof(gt_real));
    gan->dlogits = gt_arena_take(arena, 2 * batch, sizeof(gt_real));
    gan->dimages = gt_arena_take(arena, batch * pixels, sizeof(gt_real));
}

void gt_gan_init(gt_gan *gan, const double *marginals) {
    gt_generator *generator = &gan->generator;
    gt_discriminator *discriminator = &gan->discriminator;
    gt_init_network(&generator->network, generator->init, gan->seed, GT_PURPOSE_INIT_GENERATOR);
    gt_init_network(&discriminator->network, discriminator->init, gan->seed,
                    GT_PURPOSE_INIT_DISCRIMINATOR);
    if (marginals != NULL)
        gt_generator_set_marginals(generator, marginals);
    gt_optimizer_begin_average(&generator->optimizer, generator->network.parameters,
                               generator->network.parameter_count);
}

void gt_gan_set_epoch(gt_gan *gan, uint64_t epoch) {
    gan->generator.optimizer.epoch = gan->discriminator.optimizer.epoch = epoch;
}

void gt_gan_refresh(gt_gan *gan) {
    gt_network_refresh(&gan->generator.network);
    gt_network_refresh(&gan->discriminator.network);
}

void gt_gan_set_profile(gt_gan *gan, gt_profile *profile) {
    gan->generator.network.profile = gan->generator.optimizer.profile = profile;
    gan->discriminator.network.profile = gan->discriminator.optimizer.profile = profile;
}

gt_status gt_gan_visit_tensors(const gt_gan *gan, gt_tensor_visitor visitor, void *context,
                               gt_error *error) {
    gt_status status = gt_tensors_visit("generator", &gan->generator.network,
                                        &gan->generator.optimizer, visitor, context, error);
    if (status == GT_OK && gan->generator.optimizer.settings.average_decay > 0)
        status =
            gt_tensors_visit_trained(GT_AVERAGE_NAME, &gan->generator.network,
                                     gan->generator.optimizer.average, visitor, context, error);
    if (status != GT_OK)
        return status;
    return gt_tensors_visit("discriminator", &gan->discriminator.network,
                            &gan->discriminator.optimizer, visitor, context, error);
}
