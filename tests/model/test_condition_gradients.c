/* Gradients of whole steps of conditional models against central differences in double: both networks
 * of a GAN, with a gradient penalty, and of the models that learn by reconstruction. The steps
 * themselves are run, with a learning rate of 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gradient_check.h"

#include <stdio.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/model/condition.h"
#include "gantrain/model/gan.h"

enum { PIXELS = 6, LATENT = 3, BATCH = 4, CLASSES = 3 };

typedef struct fixture {
    gt_model model;
    gt_arena arena;
} fixture;

/* Layers of the generator and of the other network; the shape of an image is a vector, or 1x2x3. */
static const struct lists {
    const char *generator, *other;
    gt_shape shape;
} plans[] = {
    {"dense 4, tanh", "dense 6, tanh", {PIXELS, 1, 1}},
    {"dense 6, leaky_relu 0.2", "dense 7, leaky_relu 0.2, dense 4, leaky_relu 0.2", {PIXELS, 1, 1}},
    {"maxout 5 3, dropout 0.2", "dropout 0.2, maxout 6 3", {PIXELS, 1, 1}},
    {"dense 6, batchnorm, tanh", "dense 6, tanh, one_hot 3, dense 5, tanh", {PIXELS, 1, 1}},
    {"dense 4, tanh, one_hot 3", "dense 6, batchnorm, tanh", {PIXELS, 1, 1}},
    {"dense 6, image 1x2x3, tanh, one_hot 3, conv 1 3", "conv 3 3, leaky_relu 0.2", {1, 2, 3}},
};
enum { PLANS = sizeof plans / sizeof *plans };

static gt_model_settings settings_of(const gt_model_kind *kind, const struct lists *lists) {
    static const gt_optimizer_settings still = {.lr = 0};
    const gt_optimizer_kind *sgd = gt_optimizer_kind_find("sgd");
    return (gt_model_settings){
        .kind = kind,
        .generator = {.latent_dim = LATENT,
                      .prior = gt_prior_find("normal"),
                      .layers = lists->generator,
                      .output = gt_output_find("sigmoid"),
                      .optimizer = sgd,
                      .rates = still},
        .discriminator = {.layers = lists->other, .optimizer = sgd, .rates = still},
        .encoder = {.layers = lists->other, .optimizer = sgd, .rates = still},
        .objective = gt_objective_at(0),
        .reconstruction = gt_reconstruction_find("bernoulli"),
        .kl_weight = 0.7,
        .conditional = true,
        .batch = BATCH,
        .d_steps = 1,
        .seed = 3,
    };
}

static fixture *open_fixture(const gt_model_settings *settings, gt_shape shape) {
    static const uint32_t images[CLASSES] = {5, 1, 4};
    const gt_image_spec spec = {
        .shape = shape, .classes = CLASSES, .class_images = images, .count = 10};
    fixture *opened = calloc(1, sizeof *opened);
    gt_error error = {0};
    if (gt_model_open(&opened->model, settings, &spec, &test_compute, GT_MODEL_TRAIN, &error) !=
        GT_OK)
        fail_msg("%s", error.message);
    gt_model_carve(&opened->model, &opened->arena, BATCH);
    assert_int_equal(gt_arena_reserve(&opened->arena, NULL), GT_OK);
    gt_model_carve(&opened->model, &opened->arena, BATCH);
    gt_model_init(&opened->model, NULL);
    for (int i = 0; i < opened->model.trained_count; i++) {
        gt_network *network = opened->model.trained[i].network;
        gradient_fill(network->parameters, network->parameter_count, 0.1, 0.9, 31 + (uint64_t)i);
    }
    return opened;
}

static void close_fixture(fixture *opened) {
    gt_model_close(&opened->model);
    gt_arena_release(&opened->arena);
    free(opened);
}

static void get_images(void *context, gt_minibatch *minibatch, uint64_t number) {
    static const uint16_t labels[BATCH] = {0, 2, 1, 2};
    static const uint32_t indices[BATCH] = {5, 0, 9, 3};
    (void)context, (void)number;
    gradient_fill(minibatch->images, BATCH * PIXELS, 0.05, 1, 33);
    for (int i = 0; i < BATCH * PIXELS; i++)
        minibatch->images[i] = fabs(minibatch->images[i]);
    minibatch->labels = labels;
    minibatch->indices = indices;
}

static const gt_minibatch_source source = {get_images, NULL};

static void make_step(double *stats, fixture *opened) {
    opened->model.kind->step(stats, &opened->model, &source, 2);
}

static double first_stat(void *context) {
    double stats[GT_MODEL_STATS];
    make_step(stats, context);
    return stats[0];
}

static double generator_loss(void *context) {
    double stats[GT_MODEL_STATS];
    make_step(stats, context);
    return stats[1];
}

static void check(const char *what, gradient_loss loss, fixture *opened, int part) {
    gt_network *network = opened->model.trained[part].network;
    char name[200];
    snprintf(name, sizeof name, "%s, %s of %s", what, opened->model.trained[part].name,
             opened->model.kind->name);
    loss(opened);
    gradient_check(name, loss, opened, network->parameters, network->gradients,
                   network->parameter_count);
}

static const gt_condition_way ways[] = {
    {0}, {.embedding = 2}, {.projects = true}, {.embedding = 2, .projects = true}};

static void the_steps_of_a_gan(void **state) {
    (void)state;
    for (int i = 0; i < PLANS; i++)
        for (int way = 0; way < 4; way++) {
            gt_model_settings settings = settings_of(&gt_model_gan, &plans[i]);
            settings.simultaneous = way % 2 != 0;
            settings.condition = ways[way];
            fixture *opened = open_fixture(&settings, plans[i].shape);
            check(plans[i].other, first_stat, opened, GT_GAN_DISCRIMINATOR);
            check(plans[i].generator, generator_loss, opened, GT_GAN_GENERATOR);
            close_fixture(opened);
        }
}

/* D's loss and R1 by its definition, at the address of the step's own pass for it. */
static double penalised_loss(void *context) {
    fixture *opened = context;
    gt_gan *gan = gt_gan_of(&opened->model);
    double loss = first_stat(opened), logits[BATCH], ones[BATCH] = {1, 1, 1, 1};
    double dx[BATCH * PIXELS], sum = 0;
    const gt_pass pass = {.training = true,
                          .address = {gan->seed, GT_PURPOSE_PASS, 2 * 4 + 3, 0},
                          .condition =
                              gt_condition_row(gan->condition, opened->model.classes, 2 * BATCH)};
    gt_network *d = &gan->discriminator.network;
    gt_network_forward(logits, d, gt_gan_real(gan), BATCH, &pass);
    gt_network_backward_to_input(dx, d, gt_gan_real(gan), logits, ones, BATCH);
    for (int i = 0; i < BATCH * PIXELS; i++)
        sum += dx[i] * dx[i];
    return loss + gan->discriminator.r1_gamma / 2 * sum / BATCH;
}

static void the_step_of_a_discriminator_with_its_penalty(void **state) {
    (void)state;
    for (int i = 0; i < PLANS; i++)
        for (int way = 0; way < 4; way++) {
            gt_model_settings settings = settings_of(&gt_model_gan, &plans[i]);
            if (strstr(plans[i].other, "batchnorm") != NULL)
                continue;
            settings.condition = ways[way];
            settings.discriminator.r1_gamma = 0.7;
            fixture *opened = open_fixture(&settings, plans[i].shape);
            check(plans[i].other, penalised_loss, opened, GT_GAN_DISCRIMINATOR);
            close_fixture(opened);
        }
}

static void the_steps_of_models_that_reconstruct(void **state) {
    (void)state;
    const gt_model_kind *const kinds[] = {&gt_model_autoencoder, &gt_model_vae, &gt_model_codes};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < PLANS; i++) {
            gt_model_settings settings = settings_of(kinds[k], &plans[i]);
            settings.condition.embedding = i % 2 == 0 ? 0 : 2;
            fixture *opened = open_fixture(&settings, plans[i].shape);
            for (int part = 0; part < opened->model.trained_count; part++)
                check(part == 0 ? plans[i].generator : plans[i].other, first_stat, opened, part);
            close_fixture(opened);
        }
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_steps_of_a_gan),
        cmocka_unit_test(the_step_of_a_discriminator_with_its_penalty),
        cmocka_unit_test(the_steps_of_models_that_reconstruct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
