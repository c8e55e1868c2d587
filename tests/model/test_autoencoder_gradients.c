/* Gradients of whole steps of an autoencoder and a variational autoencoder against central
 * differences in double: of the loss that the step tells, with respect to every parameter of the
 * encoder, through the codes and the generator, and of the generator. The steps themselves are run,
 * with a learning rate of 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gradient_check.h"

#include <stdio.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/model/autoencoder.h"

enum { PIXELS = 5, LATENT = 3, BATCH = 4 };

typedef struct fixture {
    gt_model model;
    gt_autoencoder *autoencoder; /* its state */
    gt_arena arena;
} fixture;

static fixture *open_autoencoder(const gt_model_kind *kind, const char *encoder,
                                 const char *generator, const char *output,
                                 const char *reconstruction) {
    const gt_optimizer_settings still = {.lr = 0, .momentum = 0};
    const gt_model_settings settings = {
        .kind = kind,
        .generator = {.latent_dim = LATENT,
                      .prior = gt_prior_find("normal"),
                      .layers = generator,
                      .output = gt_output_find(output),
                      .optimizer = gt_optimizer_kind_find("sgd"),
                      .rates = still},
        .encoder = {.layers = encoder, .optimizer = gt_optimizer_kind_find("sgd"), .rates = still},
        .reconstruction = gt_reconstruction_find(reconstruction),
        .kl_weight = 0.7,
        .batch = BATCH,
        .seed = 3,
    };
    const gt_image_spec spec = {.shape = gt_shape_of_vector(PIXELS)};
    fixture *pair = calloc(1, sizeof *pair);
    gt_error error = {0};
    if (gt_model_open(&pair->model, &settings, &spec, &test_compute, GT_MODEL_TRAIN, &error) !=
        GT_OK)
        fail_msg("%s", error.message);
    gt_model_carve(&pair->model, &pair->arena, BATCH);
    assert_int_equal(gt_arena_reserve(&pair->arena, NULL), GT_OK);
    gt_model_carve(&pair->model, &pair->arena, BATCH);
    pair->autoencoder = gt_autoencoder_of(&pair->model);
    for (int i = 0; i < pair->model.trained_count; i++) {
        gt_network *network = pair->model.trained[i].network;
        gradient_fill(network->parameters, network->parameter_count, 0.1, 0.9, 31 + (uint64_t)i);
    }
    return pair;
}

static void close_autoencoder(fixture *pair) {
    gt_model_close(&pair->model);
    gt_arena_release(&pair->arena);
    free(pair);
}

static void get_images(void *context, gt_minibatch *minibatch, uint64_t number) {
    (void)context;
    (void)number;
    gradient_fill(minibatch->images, BATCH * PIXELS, 0.05, 1, 33);
    for (int i = 0; i < BATCH * PIXELS; i++)
        minibatch->images[i] = fabs(minibatch->images[i]);
}

static double loss_of_step(void *context) {
    fixture *pair = context;
    const gt_minibatch_source source = {get_images, NULL};
    double stats[3] = {0};
    pair->model.kind->step(stats, &pair->model, &source, 2);
    if (pair->autoencoder->is_variational) {
        assert_true(stats[2] > 0);
        assert_true(fabs(stats[0] - (stats[1] + 0.7 * stats[2])) < 1e-12);
    }
    return stats[0];
}

/* Hidden layers, smooth ones and ones with kinks, and both losses. */
static const struct plan {
    const char *encoder, *generator, *output, *reconstruction;
} plans[] = {
    {"dense 6, tanh", "dense 4, tanh", "tanh", "squared"},
    {"dense 7, leaky_relu 0.2, dense 4, tanh", "dense 6, leaky_relu 0.2", "sigmoid", "squared"},
    {"dense 6, tanh", "dense 6, relu", "sigmoid", "bernoulli"},
    {"dropout 0.2, maxout 6 3", "maxout 5 3, dropout 0.2", "sigmoid", "bernoulli"},
    {"dense 6, batchnorm, tanh", "dense 6, batchnorm, tanh", "sigmoid", "bernoulli"},
};

static void check_steps(const gt_model_kind *kind) {
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        const struct plan *plan = &plans[i];
        fixture *pair = open_autoencoder(kind, plan->encoder, plan->generator, plan->output,
                                         plan->reconstruction);
        assert_int_equal(pair->model.trained_count, 2);
        for (int part = 0; part < pair->model.trained_count; part++) {
            gt_network *network = pair->model.trained[part].network;
            loss_of_step(pair);
            gradient_check(plan->encoder, loss_of_step, pair, network->parameters,
                           network->gradients, network->parameter_count);
        }
        close_autoencoder(pair);
    }
}

static void the_step_of_an_autoencoder(void **state) {
    (void)state;
    check_steps(&gt_model_autoencoder);
}

static void the_step_of_a_variational_autoencoder(void **state) {
    (void)state;
    check_steps(&gt_model_vae);
}

/* 1/2 (mean^2 + variance - 1 - log variance) for each component; and its gradient is added. */
static void the_divergence_from_the_prior(void **state) {
    (void)state;
    const double codes[] = {0, 2, 0, log(4)}; /* N(0, 1) and N(2, 4) */
    double dcodes[] = {1, 1, 1, 1};
    double kl = gt_kl_to_prior(dcodes, codes, 0.5, 1, 2);
    assert_true(fabs(kl - ((4 + 4 - 1 - log(4)) / 2)) < 1e-12);
    const double expected[] = {1, 1 + 0.5 * 2, 1, 1 + 0.5 * 1.5};
    for (int i = 0; i < 4; i++)
        assert_true(fabs(dcodes[i] - (expected[i])) < 1e-12);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_step_of_an_autoencoder),
        cmocka_unit_test(the_step_of_a_variational_autoencoder),
        cmocka_unit_test(the_divergence_from_the_prior),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
