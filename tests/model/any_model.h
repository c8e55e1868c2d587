/* A small model of any kind, opened for training, for tests of what all kinds have in common.
 * Include it after cmocka.h. */
#ifndef TESTS_MODEL_ANY_MODEL_H
#define TESTS_MODEL_ANY_MODEL_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "gantrain/model/model.h"

enum { PIXELS = 5, LATENT = 3, BATCH = 4, SEED = 23 };

typedef struct fixture {
    gt_model model;
    gt_arena arena;
    gt_real images[BATCH * PIXELS]; /* of every minibatch, unless it is to change */
    bool changes;                   /* minibatches differ from each other */
} fixture;

static inline gt_model_settings settings_of(const gt_model_kind *kind, const char *layers,
                                            gt_optimizer_settings rates) {
    const gt_optimizer_kind *optimizer = gt_optimizer_kind_find(rates.beta2 > 0 ? "adam" : "sgd");
    return (gt_model_settings){
        .kind = kind,
        .generator = {.latent_dim = LATENT,
                      .prior = gt_prior_find("normal"),
                      .layers = layers,
                      .output = gt_output_find("sigmoid"),
                      .optimizer = optimizer,
                      .rates = rates},
        .discriminator = {.layers = layers, .optimizer = optimizer, .rates = rates},
        .encoder = {.layers = layers, .optimizer = optimizer, .rates = rates},
        .objective = gt_objective_at(0),
        .reconstruction = gt_reconstruction_at(0),
        .kl_weight = 1,
        .codes_are_learned = true,
        .code_lr = 0.01,
        .batch = BATCH,
        .d_steps = 1,
        .seed = SEED,
    };
}

static inline gt_status try_open_model(fixture *opened, const gt_model_settings *settings,
                                       gt_model_use use, gt_error *error) {
    const gt_image_spec spec = {.shape = gt_shape_of_vector(PIXELS), .count = 40};
    gt_status status = gt_model_open(&opened->model, settings, &spec, &test_compute, use, error);
    for (int pass = 0; pass < 2 && status == GT_OK; pass++) {
        gt_model_carve(&opened->model, &opened->arena, BATCH);
        if (pass == 0)
            assert_int_equal(gt_arena_reserve(&opened->arena, NULL), GT_OK);
    }
    for (int i = 0; i < BATCH * PIXELS; i++)
        opened->images[i] = (gt_real)(0.5 + 0.45 * sin(7.0 * i));
    return status;
}

static inline fixture *open_model_for(const gt_model_settings *settings, gt_model_use use) {
    fixture *opened = calloc(1, sizeof *opened);
    gt_error error = {0};
    if (try_open_model(opened, settings, use, &error) != GT_OK)
        fail_msg("%s: %s", settings->kind->name, error.message);
    assert_int_equal(opened->arena.used, opened->arena.capacity);
    gt_model_init(&opened->model, NULL);
    return opened;
}

static inline fixture *open_model(const gt_model_settings *settings) {
    return open_model_for(settings, GT_MODEL_TRAIN);
}

static inline void close_model(fixture *opened) {
    gt_model_close(&opened->model);
    gt_arena_release(&opened->arena);
    free(opened);
}

static inline void get_minibatch(void *context, gt_minibatch *minibatch, uint64_t number) {
    static uint32_t indices[BATCH];
    const fixture *opened = context;
    for (int i = 0; i < BATCH * PIXELS; i++)
        minibatch->images[i] = opened->changes
                                   ? (gt_real)(0.5 + 0.45 * sin(7.0 * i + (double)number))
                                   : opened->images[i];
    for (uint32_t row = 0; row < BATCH; row++)
        indices[row] = (uint32_t)number % 10 * BATCH + row;
    minibatch->indices = indices;
}

/* Makes a step, and sets stats (GT_MODEL_STATS). */
static inline void make_step(double *stats, fixture *opened, uint64_t step) {
    const gt_minibatch_source source = {get_minibatch, opened};
    opened->model.kind->step(stats, &opened->model, &source, step);
}

#endif
