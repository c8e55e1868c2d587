/* A pair of networks small enough that every byte of its checkpoint can be tried: what the tests of
 * checkpoints share. Include it after cmocka.h. */
#ifndef TESTS_STORE_PAIR_H
#define TESTS_STORE_PAIR_H

#include "helpers.h"

#include "compute.h"
#include "gantrain/model/gan.h"
#include "gantrain/store/checkpoint.h"

enum { HEIGHT = 2, WIDTH = 3, PIXELS = HEIGHT * WIDTH };

struct pair {
    gt_config config;
    gt_model model;
    gt_gan *gan; /* its state */
    gt_arena arena;
};

static inline void set(gt_config *config, const char *name, const char *text) {
    gt_error error = {0};
    if (gt_config_set(config, gt_config_key_find(name), text, &error) != GT_OK)
        fail_msg("%s", error.message);
}

/* average: generator.ema */
static inline void make_averaged_pair(struct pair *pair, const char *optimizer, const char *hidden,
                                      const char *average) {
    gt_error error = {0};
    *pair = (struct pair){0};
    gt_config_init(&pair->config);
    set(&pair->config, "generator.layers", hidden);
    set(&pair->config, "generator.latent_dim", "2");
    set(&pair->config, "generator.optimizer", optimizer);
    set(&pair->config, "generator.ema", average);
    set(&pair->config, "discriminator.layers", hidden);
    set(&pair->config, "train.batch_size", "4");
    set(&pair->config, "train.d_steps", "3");
    gt_model_settings settings = gt_config_model_settings(&pair->config);
    const gt_image_spec spec = {.shape = {1, HEIGHT, WIDTH}};
    if (gt_model_open(&pair->model, &settings, &spec, &test_compute, GT_MODEL_TRAIN, &error) !=
        GT_OK)
        fail_msg("%s", error.message);
    pair->gan = gt_gan_of(&pair->model);
    gt_model_carve(&pair->model, &pair->arena, settings.batch);
    assert_int_equal(gt_arena_reserve(&pair->arena, &error), GT_OK);
    gt_model_carve(&pair->model, &pair->arena, settings.batch);
}

static inline void close_pair(struct pair *pair) {
    gt_model_close(&pair->model);
    gt_arena_release(&pair->arena);
}

static inline void make_pair(struct pair *pair, const char *optimizer, const char *hidden) {
    make_averaged_pair(pair, optimizer, hidden, "0");
}

static inline gt_status fill_tensor(void *context, const gt_tensor *tensor, gt_error *error) {
    float *next = context;
    (void)error;
    for (size_t i = 0; i < gt_tensor_size(tensor); i++)
        tensor->values[i] = *next += 0.7f;
    return GT_OK;
}

/* Another number for every place, so that nothing can be mixed up. */
static inline void fill_pair(struct pair *pair) {
    float next = -9;
    gt_model_visit(&pair->model, false, fill_tensor, &next, NULL);
}

static inline gt_checkpoint_info info_of(const struct pair *pair) {
    return (gt_checkpoint_info){
        .config = pair->config,
        .epoch = 7,
        .step = UINT64_C(123456789012),
        .shape = {1, HEIGHT, WIDTH},
        .data_checksum = 0xfedcba98,
        .sums = {.steps = 3, .stats = {0.1, 1e300, -4, 0, 5e-324}},
    };
}

static inline void save_pair(const struct pair *pair, const char *path) {
    gt_error error = {0};
    gt_checkpoint_info info = info_of(pair);
    if (gt_checkpoint_save(path, &pair->model, &info, &error) != GT_OK)
        fail_msg("%s", error.message);
}

#endif
