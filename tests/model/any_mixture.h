/* A mixture opened for training on points that a test brings along. Include it after cmocka.h. */
#ifndef TESTS_MODEL_ANY_MIXTURE_H
#define TESTS_MODEL_ANY_MIXTURE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "gantrain/model/mixture.h"

typedef struct fixture {
    gt_model model;
    gt_arena arena;
    gt_gaussians *gaussians; /* of the model */
    gt_real *points;         /* (count, pixels), owned */
    int count, pixels;
} fixture;

static inline void get_points(void *context, gt_minibatch *minibatch, uint64_t number) {
    const fixture *opened = context;
    const size_t numbers = (size_t)opened->model.batch * (size_t)opened->pixels;
    memcpy(minibatch->images, opened->points + number * numbers, numbers * sizeof(gt_real));
}

static inline gt_minibatch_source source_of(fixture *opened) {
    return (gt_minibatch_source){get_points, opened};
}

static inline gt_model_settings settings_of(int components, bool is_spherical, double floor,
                                            int batch) {
    return (gt_model_settings){
        .kind = &gt_model_mixture,
        .mixture = {.components = components,
                    .is_spherical = is_spherical,
                    .variance_floor = floor},
        .batch = batch,
        .seed = 3,
    };
}

/* The points are zeros: the test sets them. */
static inline fixture *open_mixture(const gt_model_settings *settings, int count, int pixels) {
    fixture *opened = calloc(1, sizeof *opened);
    const gt_image_spec spec = {.shape = gt_shape_of_vector(pixels), .count = (uint32_t)count};
    gt_error error = {0};
    opened->count = count;
    opened->pixels = pixels;
    opened->points = calloc((size_t)count * (size_t)pixels, sizeof(gt_real));
    if (gt_model_open(&opened->model, settings, &spec, &test_compute, GT_MODEL_TRAIN, &error) !=
        GT_OK)
        fail_msg("%s", error.message);
    for (int pass = 0; pass < 2; pass++) {
        gt_model_carve(&opened->model, &opened->arena, settings->batch);
        if (pass == 0)
            assert_int_equal(gt_arena_reserve(&opened->arena, NULL), GT_OK);
    }
    gt_model_init(&opened->model, NULL);
    opened->gaussians = &gt_mixture_of(&opened->model)->gaussians;
    return opened;
}

static inline void close_mixture(fixture *opened) {
    gt_model_close(&opened->model);
    gt_arena_release(&opened->arena);
    free(opened->points);
    free(opened);
}

/* The points and the start of scripts/make-mixture-goldens, for 3 components of 5 pixels. */
static inline void set_golden_points(fixture *opened) {
    for (int row = 0; row < opened->count; row++)
        for (int i = 0; i < opened->pixels; i++)
            opened->points[row * opened->pixels + i] =
                (gt_real)(0.5 + 0.45 * sin(7.0 * (row * opened->pixels + i) + 0.1 * row * row));
}

static inline void set_golden_start(fixture *opened) {
    static const double weights[] = {0.2, 0.3, 0.5};
    gt_gaussians *gaussians = opened->gaussians;
    const int variances = gt_gaussians_variances(gaussians);
    for (int k = 0; k < gaussians->components; k++) {
        gaussians->weight[k] = (gt_real)weights[k];
        for (int i = 0; i < opened->pixels; i++)
            gaussians->mean[k * opened->pixels + i] = (gt_real)(0.5 + 0.3 * sin(2.0 * k + 3.0 * i));
        for (int i = 0; i < gaussians->factors * opened->pixels; i++)
            gaussians->loading[k * gaussians->factors * opened->pixels + i] =
                (gt_real)(0.2 * sin(1.0 + k + 2.0 * i));
        for (int i = 0; i < variances; i++)
            gaussians->variance[k * variances + i] = (gt_real)(0.08 + 0.03 * cos(k + 2.0 * i));
    }
    gt_gaussians_refresh(gaussians);
}

#endif
