/* The row of the table of models: what a GAN is made of, and what other rooms ask of it. gan.c
 * trains it. */
#include "gantrain/model/gan.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

gt_gan *gt_gan_of(const gt_model *model) {
    assert(model->kind == &gt_model_gan);
    return model->state;
}

static void list_networks(gt_model *model, const gt_model_settings *settings) {
    gt_gan *gan = gt_gan_of(model);
    gt_model_show_generator(model, &gan->generator, settings);
    model->trained_count = 2;
    model->trained[GT_GAN_GENERATOR].rows = 2 * gan->batch;
    model->trained[GT_GAN_DISCRIMINATOR] = (gt_trained){
        .name = "discriminator",
        .network = &gan->discriminator.network,
        .optimizer = &gan->discriminator.optimizer,
        .init = settings->discriminator.init,
        .purpose = GT_PURPOSE_INIT_DISCRIMINATOR,
        .rows = 2 * gan->batch,
        .updates_per_step = gan->d_steps,
    };
}

static gt_status parse_gan(gt_model *model, const gt_model_settings *settings, gt_error *error) {
    gt_gan *gan = gt_gan_of(model);
    gt_shape shape = model->spec.shape;
    gt_error detail = {0};
    if (settings->discriminator.label_smoothing > 0 && !settings->objective->has_target)
        return gt_error_set(error, GT_USAGE,
                            "[discriminator] label_smoothing = %g: train.loss = %s has no target "
                            "to smooth: leave it out",
                            settings->discriminator.label_smoothing, settings->objective->name);
    *gan = (gt_gan){.model = model,
                    .objective = settings->objective,
                    .batch = model->batch,
                    .d_steps = settings->d_steps,
                    .simultaneous = settings->simultaneous,
                    .pixels = gt_shape_size(shape),
                    .seed = settings->seed};
    gt_status status = gt_generator_parse(&gan->generator, &settings->generator, shape, &detail);
    if (status != GT_OK)
        return gt_error_set(error, status, "[generator] layers: %s", detail.message);
    status = gt_discriminator_parse(&gan->discriminator, &settings->discriminator, model->input,
                                    &detail);
    if (status != GT_OK)
        return gt_error_set(error, status, "[discriminator] layers: %s", detail.message);
    list_networks(model, settings);
    gan->augment = (gt_augment){settings->discriminator.augment, shape, model->low, model->high};
    model->minibatches = gan->d_steps;
    model->gives_odds = gan->objective->gives_odds;
    return GT_OK;
}

static void carve_gan(gt_model *model, gt_arena *arena) {
    gt_gan *gan = gt_gan_of(model);
    gt_discriminator *discriminator = &gan->discriminator;
    size_t batch = (size_t)gan->batch, pixels = (size_t)gan->pixels;
    if (model->use != GT_MODEL_TRAIN)
        return;
    if (gt_discriminator_is_penalised(discriminator))
        gt_penalty_carve(&discriminator->penalty, &discriminator->network, arena, gan->batch);
    gan->images = gt_arena_take(arena, 3 * batch * pixels, sizeof(gt_real));
    gan->condition = gt_arena_take(arena, 3 * batch * (size_t)model->classes, sizeof(gt_real));
    gan->z = gt_arena_take(arena, 2 * batch * (size_t)model->latent_dim, sizeof(gt_real));
    gan->logits = gt_arena_take(arena, 2 * batch, sizeof(gt_real));
    gan->dlogits = gt_arena_take(arena, 2 * batch, sizeof(gt_real));
    gan->dimages = gt_arena_take(arena, batch * pixels, sizeof(gt_real));
    if (gan->augment.set != 0) {
        gan->shown = gt_arena_take(arena, 2 * batch * pixels, sizeof(gt_real));
        gan->dshown = gt_arena_take(arena, batch * pixels, sizeof(gt_real));
    }
}

static void init_gan(gt_model *model, const double *means) {
    gt_generator_begin(&gt_gan_of(model)->generator, means);
}

static void step_gan(double *stats, gt_model *model, const gt_minibatch_source *source,
                     uint64_t step) {
    gt_gan_stats numbers;
    gt_gan_iterate(&numbers, gt_gan_of(model), source, step);
    memcpy(stats, &numbers, sizeof numbers);
}

static void generate_gan(gt_real *images, gt_model *model, const gt_real *z,
                         const gt_real *condition, int rows) {
    const gt_pass pass = {.training = false, .condition = condition};
    gt_network_forward(images, &gt_gan_of(model)->generator.network, z, rows, &pass);
}

static void judge_gan(gt_real *logits, gt_model *model, const gt_real *images,
                      const gt_real *condition, int rows) {
    const gt_pass pass = {.training = false, .condition = condition};
    gt_network_forward(logits, &gt_gan_of(model)->discriminator.network, images, rows, &pass);
}

static const char *diverged_part_of_gan(const gt_model *model) {
    return gt_gan_fakes_are_finite(gt_gan_of(model)) ? "discriminator" : "generator";
}

static const gt_stat *name_stats_of_gan(const gt_model_settings *settings) {
    return settings->objective->stats;
}

static void describe_gan(char *text, size_t capacity, const gt_model *model) {
    const gt_gan *gan = gt_gan_of(model);
    char augment[GT_AUGMENT_TEXT];
    snprintf(text, capacity, "d_steps %d, %s updates, %s loss%s%s", gan->d_steps,
             gan->simultaneous ? "simultaneous" : "alternating", gan->objective->name,
             gan->augment.set != 0 ? ", augmented by " : "",
             gt_augment_format(augment, gan->augment.set));
}

/* D tells real from fake for a whole epoch: then G has nothing to learn from. */
static void warn_of_gan(char *text, size_t capacity, const gt_model *model, const double *stats) {
    static const double sure_of_real = 0.95, sure_of_fake = 0.05;
    gt_gan_stats numbers;
    memcpy(&numbers, stats, sizeof numbers);
    text[0] = '\0';
    if (model->gives_odds && numbers.d_real > sure_of_real && numbers.d_fake < sure_of_fake)
        snprintf(text, capacity,
                 "the discriminator is sure of all images (D(x) %.2f, D(G(z)) %.2f), so the "
                 "generator learns little; try a lower discriminator.lr, dropout in "
                 "discriminator.layers or discriminator.r1_gamma = 1",
                 numbers.d_real, numbers.d_fake);
}

_Static_assert(sizeof(gt_gan_stats) <= GT_MODEL_STATS * sizeof(double), "there is room for all");

const gt_model_kind gt_model_gan = {
    .name = "gan",
    .help = "generator against discriminator, Algorithm 1 (Goodfellow et al. 2014)",
    .sections = {"generator", "discriminator"},
    .keys = {"d_steps", "updates", "loss", "conditional", "condition"},
    .section_keys = {"discriminator.augment"},
    .stats = GT_GAN_STATS(GT_GAN_VALUE),
    .name_stats = name_stats_of_gan,
    .state_size = sizeof(gt_gan),
    .parse = parse_gan,
    .step = step_gan,
    .generate = generate_gan,
    .carve = carve_gan,
    .init = init_gan,
    .judge = judge_gan,
    .describe = describe_gan,
    .diverged_part = diverged_part_of_gan,
    .against_collapse = "a lower generator.lr, discriminator.r1_gamma = 1 or train.d_steps = 2",
    .warn = warn_of_gan,
};
