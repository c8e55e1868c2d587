/* A small pair of networks, for tests of training. Include it after cmocka.h. */
#ifndef TESTS_MODEL_PAIR_H
#define TESTS_MODEL_PAIR_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/model/gan.h"

enum { PIXELS = 6, LATENT = 3, BATCH = 4, SEED = 17 };

typedef struct fixture {
    gt_model model;
    gt_gan *gan; /* its state */
    gt_arena arena;
} fixture;

static inline gt_model_settings default_settings(int d_steps) {
    const gt_optimizer_settings rates = {.lr = 0.01, .beta1 = 0.5, .beta2 = 0.999, .eps = 1e-8};
    return (gt_model_settings){
        .kind = &gt_model_gan,
        .generator = {.latent_dim = LATENT,
                      .prior = gt_prior_find("normal"),
                      .layers = "dense 5, leaky_relu 0.2",
                      .output = gt_output_find("tanh"),
                      .optimizer = gt_optimizer_kind_find("adam"),
                      .rates = rates},
        .discriminator = {.layers = "dense 7, leaky_relu 0.2",
                          .optimizer = gt_optimizer_kind_find("adam"),
                          .rates = rates},
        .objective = gt_objective_find("non_saturating"),
        .batch = BATCH,
        .d_steps = d_steps,
        .seed = SEED,
    };
}

static inline fixture *open_gan_on(const gt_model_settings *settings, const gt_compute *compute) {
    fixture *pair = calloc(1, sizeof *pair);
    gt_error error = {0};
    const gt_image_spec spec = {.shape = gt_shape_of_vector(PIXELS)};
    if (gt_model_open(&pair->model, settings, &spec, compute, GT_MODEL_TRAIN, &error) != GT_OK)
        fail_msg("%s", error.message);
    pair->gan = gt_gan_of(&pair->model);
    gt_model_carve(&pair->model, &pair->arena, BATCH);
    assert_int_equal(gt_arena_reserve(&pair->arena, NULL), GT_OK);
    gt_model_carve(&pair->model, &pair->arena, BATCH);
    assert_int_equal(pair->arena.used, pair->arena.capacity);
    assert_int_equal(pair->gan->generator.network.in, LATENT);
    assert_int_equal(pair->gan->generator.network.out, PIXELS);
    assert_int_equal(pair->gan->discriminator.network.in, PIXELS);
    assert_int_equal(pair->gan->discriminator.network.out, 1);
    gt_model_init(&pair->model, NULL);
    return pair;
}

static inline fixture *open_gan_of(const gt_model_settings *settings) {
    return open_gan_on(settings, &test_compute);
}

static inline fixture *open_gan(int d_steps) {
    gt_model_settings settings = default_settings(d_steps);
    return open_gan_of(&settings);
}

static inline void close_gan(fixture *pair) {
    gt_model_close(&pair->model);
    gt_arena_release(&pair->arena);
    free(pair);
}

/* A copy of numbers, and whether they are still the same bits. The caller frees. */
static inline gt_real *copy_of(const gt_real *numbers, size_t count) {
    gt_real *copy = malloc(count * sizeof *copy);
    memcpy(copy, numbers, count * sizeof *copy);
    return copy;
}

static inline bool same_bits(const gt_real *a, const gt_real *b, size_t count) {
    return memcmp(a, b, count * sizeof *a) == 0;
}

static inline void assert_same_networks(const gt_gan *a, const gt_gan *b) {
    size_t g_count = a->generator.network.parameter_count;
    size_t d_count = a->discriminator.network.parameter_count;
    const gt_optimizer *optimizers[2][2] = {
        {&a->generator.optimizer, &b->generator.optimizer},
        {&a->discriminator.optimizer, &b->discriminator.optimizer}};
    assert_true(
        same_bits(a->generator.network.parameters, b->generator.network.parameters, g_count));
    assert_true(same_bits(a->discriminator.network.parameters, b->discriminator.network.parameters,
                          d_count));
    for (int i = 0; i < 4; i++)
        assert_true(same_bits(optimizers[i / 2][0]->states[i % 2],
                              optimizers[i / 2][1]->states[i % 2], i < 2 ? g_count : d_count));
}

/* Images in place of a data set's. */
static inline void fill_minibatch(gt_real *images, uint64_t number) {
    for (int i = 0; i < BATCH * PIXELS; i++)
        images[i] = (gt_real)sin((double)(number * 1000 + (uint64_t)i));
}

#endif
