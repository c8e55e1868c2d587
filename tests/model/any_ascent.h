/* The model ascent opened for training, with training images that are a formula. Include it after
 * cmocka.h. */
#ifndef TESTS_MODEL_ANY_ASCENT_H
#define TESTS_MODEL_ANY_ASCENT_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "gantrain/model/ascent.h"

enum { PIXELS = 5, BATCH = 4 };

typedef struct fixture {
    gt_model model;
    gt_arena arena;
    gt_ascent *ascent; /* of the model */
} fixture;

static inline void get_minibatch(void *context, gt_minibatch *minibatch, uint64_t number) {
    (void)context;
    for (int i = 0; i < BATCH * PIXELS; i++)
        minibatch->images[i] = (gt_real)(0.9 * sin(7.0 * i + (double)number));
}

/* Plain gradient descent. */
static inline gt_model_settings settings_of(const char *layers, double lr) {
    return (gt_model_settings){
        .kind = &gt_model_ascent,
        .discriminator = {.layers = layers,
                          .optimizer = gt_optimizer_kind_find("sgd"),
                          .rates = {.lr = lr}},
        .ascent = {.steps = 6, .rate = 0.1, .noise = 0.01, .fresh = 0.5},
        .batch = BATCH,
        .seed = 23,
    };
}

static inline fixture *open_ascent(const gt_model_settings *settings, gt_model_use use) {
    fixture *opened = calloc(1, sizeof *opened);
    const gt_image_spec spec = {.shape = gt_shape_of_vector(PIXELS), .count = 40};
    gt_error error = {0};
    if (gt_model_open(&opened->model, settings, &spec, &test_compute, use, &error) != GT_OK)
        fail_msg("%s", error.message);
    for (int pass = 0; pass < 2; pass++) {
        gt_model_carve(&opened->model, &opened->arena, BATCH);
        if (pass == 0)
            assert_int_equal(gt_arena_reserve(&opened->arena, NULL), GT_OK);
    }
    gt_model_init(&opened->model, NULL);
    opened->ascent = gt_ascent_of(&opened->model);
    gt_network *network = &opened->ascent->discriminator.network;
    for (size_t i = 0; i < network->parameter_count; i++)
        network->parameters[i] = (gt_real)(0.7 * sin(1.7 * (double)i));
    gt_network_refresh(network);
    return opened;
}

static inline void close_ascent(fixture *opened) {
    gt_model_close(&opened->model);
    gt_arena_release(&opened->arena);
    free(opened);
}

static inline void make_step(double *stats, fixture *opened, uint64_t step) {
    const gt_minibatch_source source = {get_minibatch, opened};
    gt_model_ascent.step(stats, &opened->model, &source, step);
}

#endif
