/* A discriminator alone: its negatives and its samples are both found by ascent. */
#include "gantrain/model/ascent.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DISCRIMINATOR }; /* its place in gt_model.trained */

static const gt_real low = -1, high = 1; /* of pixels */

/* All passes keep what a pass backwards needs. */
static const gt_pass any_pass = {.training = true};

gt_ascent *gt_ascent_of(const gt_model *model) {
    assert(model->kind == &gt_model_ascent);
    return model->state;
}

/* --- The ascent --- */

/* Sets state->noises to the noise of one step, each row at its own address. */
static void draw_noises(gt_ascent *state, int step, int rows) {
    for (long row = 0; row < rows; row++) {
        gt_address address = state->addresses[row];
        address.step += (uint64_t)step;
        gt_random_normal(state->noises + row * state->pixels, NULL, address, 1, state->pixels);
    }
}

static void climb_once(gt_real *images, gt_ascent *state, int step, int rows) {
    gt_network *network = &state->discriminator.network;
    const gt_real rate = state->rate, noise = state->noise;
    gt_network_forward(state->logits, network, images, rows, &any_pass);
    for (int row = 0; row < rows; row++)
        state->dlogits[row] = 1;
    gt_network_backward_to_input(state->dimages, network, images, state->logits, state->dlogits,
                                 rows);
    if (noise > 0)
        draw_noises(state, step, rows);
    for (long i = 0; i < (long)rows * state->pixels; i++) {
        gt_real x = images[i] + rate * state->dimages[i];
        if (noise > 0)
            x += noise * state->noises[i];
        images[i] = x < low ? low : x > high ? high : x;
    }
}

bool gt_ascent_climb(gt_real *images, gt_ascent *state, int steps, int rows, const gt_stop *stop) {
    int step = 0;
    for (; step < steps && gt_stop_asked(stop) == 0; step++)
        climb_once(images, state, step, rows);
    return step == steps;
}

/* --- A step --- */

/* Sets images (count, pixels) to where ascents without a buffer start. */
static void draw_starts(gt_real *images, gt_address address, int count, int pixels) {
    gt_random_uniform(images, NULL, address, low, high, count, pixels);
}

/* The address of the choices of ascent `row` of the whole minibatch. */
static gt_address choice_of(const gt_model *model, uint64_t step, int row) {
    return (gt_address){model->seed, GT_PURPOSE_ASCENT_PLACE, step, (uint32_t)row};
}

static uint32_t find_place(const gt_ascent *state, gt_address choice) {
    return gt_random_below(choice, 0, (uint32_t)state->buffer_images);
}

/* Where ascent `row` of this process starts: in the buffer, or, for a share of them, as noise. */
static void begin_ascent(gt_ascent *state, const gt_model *model, uint64_t step, long row) {
    const uint32_t whole_row = (uint32_t)(model->first_row + row);
    const gt_address choice = choice_of(model, step, (int)whole_row);
    const long pixels = state->pixels;
    gt_real *image = state->images + row * pixels;
    uint32_t bits[4];
    gt_random_bits(bits, choice, 1);
    const bool is_fresh = state->buffer == NULL || bits[0] * 0x1p-32 < state->fresh;
    if (state->buffer != NULL)
        state->places[row] = find_place(state, choice);
    if (is_fresh)
        draw_starts(image, (gt_address){model->seed, GT_PURPOSE_ASCENT_START, step, whole_row}, 1,
                    state->pixels);
    else
        memcpy(image, state->buffer + state->places[row] * pixels, (size_t)pixels * sizeof *image);
}

/* Puts what the ascents of this process found into the buffer. */
static void keep_own(gt_ascent *state, const gt_model *model) {
    const long pixels = state->pixels;
    for (long row = 0; row < model->batch; row++)
        memcpy(state->buffer + state->places[row] * pixels, state->images + row * pixels,
               (size_t)pixels * sizeof *state->buffer);
}

/* The same with those of all processes, in the order of rows: each has a buffer, and all the
 * same. */
static void keep_all(gt_ascent *state, const gt_model *model, uint64_t step) {
    const size_t pixels = (size_t)state->pixels, rows = (size_t)model->whole_batch;
    memset(state->found, 0, rows * pixels * sizeof *state->found);
    memcpy(state->found + (size_t)model->first_row * pixels, state->images,
           (size_t)model->batch * pixels * sizeof *state->found);
    gt_processes_sum_reals(model->processes, state->found, rows * pixels);
    for (int row = 0; row < model->whole_batch; row++)
        memcpy(state->buffer + find_place(state, choice_of(model, step, row)) * pixels,
               state->found + (size_t)row * pixels, pixels * sizeof *state->buffer);
}

bool gt_ascent_find(gt_model *model, uint64_t step) {
    gt_ascent *state = gt_ascent_of(model);
    for (int row = 0; row < model->batch; row++) {
        begin_ascent(state, model, step, row);
        state->addresses[row] =
            (gt_address){model->seed, GT_PURPOSE_ASCENT_NOISE, step * (uint64_t)state->steps,
                         (uint32_t)(model->first_row + row)};
    }
    bool is_cut =
        !gt_ascent_climb(state->images, state, state->steps, model->batch, model->compute->stop);
    if (gt_processes_most(model->processes, is_cut) != 0)
        return false;
    if (state->buffer != NULL && model->processes != NULL)
        keep_all(state, model, step);
    else if (state->buffer != NULL)
        keep_own(state, model);
    return true;
}

void gt_ascent_learn(gt_gan_stats *stats, gt_model *model, uint64_t step) {
    gt_ascent *state = gt_ascent_of(model);
    gt_discriminator *discriminator = &state->discriminator;
    gt_network *network = &discriminator->network;
    const gt_real *real = state->images + (long)model->batch * state->pixels;
    const int rows = 2 * model->batch;
    gt_network_begin_gradients(network);
    gt_network_forward(state->logits, network, state->images, rows, &any_pass);
    gt_objective_discriminator(state->dlogits, stats, gt_objective_find("non_saturating"),
                               state->logits, discriminator->real_target, model->batch);
    gt_network_backward(network, state->images, state->logits, state->dlogits, rows);
    gt_discriminator_add_penalties(discriminator, state->logits, real, state->images, any_pass,
                                   NULL, model->batch, step);
    gt_model_update(model, &model->trained[DISCRIMINATOR]);
}

static void step_ascent(double *stats, gt_model *model, const gt_minibatch_source *source,
                        uint64_t step) {
    gt_ascent *state = gt_ascent_of(model);
    gt_minibatch minibatch = {.images = state->images + (long)model->batch * state->pixels};
    gt_gan_stats numbers = {0};
    source->get(source->context, &minibatch, step);
    model->left_off = !gt_ascent_find(model, step);
    if (model->left_off)
        return;
    gt_ascent_learn(&numbers, model, step);
    stats[0] = numbers.d_loss;
    stats[1] = numbers.value;
    stats[2] = numbers.d_real;
    stats[3] = numbers.d_fake;
}

/* --- Samples --- */

/* A seed of its own for each latent vector, so that its image does not depend on its row. */
static uint64_t seed_of(const gt_real *z, int pixels) {
    uint64_t seed = 0;
    for (int i = 0; i < pixels && i < 2; i++) {
        const float number = (float)z[i];
        uint32_t bits;
        memcpy(&bits, &number, sizeof bits);
        seed = seed << 32 | bits;
    }
    return seed;
}

static void generate_ascent(gt_real *images, gt_model *model, const gt_real *z,
                            const gt_real *condition, int rows) {
    gt_ascent *state = gt_ascent_of(model);
    const long pixels = state->pixels;
    const gt_real scale = (high - low) / (2 * model->prior->reach);
    (void)condition;
    for (long row = 0; row < rows; row++)
        state->addresses[row] =
            (gt_address){seed_of(z + row * pixels, state->pixels), GT_PURPOSE_ASCENT_SAMPLE, 0, 0};
    for (long i = 0; i < rows * pixels; i++)
        images[i] = low + scale * (z[i] + model->prior->reach);
    gt_ascent_climb(images, state, state->sample_steps, rows, model->compute->stop);
}

static void judge_ascent(gt_real *logits, gt_model *model, const gt_real *images,
                         const gt_real *condition, int rows) {
    (void)condition;
    gt_network_forward(logits, &gt_ascent_of(model)->discriminator.network, images, rows,
                       &any_pass);
}

/* --- The row of the table of models --- */

/* A layer whose output for an image is not a function of the image alone gives no slope to
 * climb. */
static gt_status check_layers(const gt_network *network, gt_error *error) {
    for (int i = 0; i < network->layer_count; i++)
        if (network->layers[i].kind->couples_examples ||
            network->layers[i].kind == &gt_layer_dropout)
            return gt_error_set(error, GT_USAGE,
                                "[discriminator] layers: the model ascent takes no %s: D must be a "
                                "function of one image, to climb",
                                network->layers[i].kind->name);
    return GT_OK;
}

static void list_parts(gt_model *model, const gt_model_settings *settings) {
    gt_ascent *state = gt_ascent_of(model);
    model->trained_count = 1;
    model->trained[DISCRIMINATOR] = (gt_trained){
        .name = "discriminator",
        .network = &state->discriminator.network,
        .optimizer = &state->discriminator.optimizer,
        .init = settings->discriminator.init,
        .purpose = GT_PURPOSE_INIT_DISCRIMINATOR,
        .rows = 2 * model->batch,
        .updates_per_step = 1,
        .generates = true,
        .generates_by_gradient = true,
    };
    if (state->buffer_images > 0 && model->use == GT_MODEL_TRAIN) {
        model->tensor_count = 1;
        model->tensors[0] =
            (gt_model_tensor){"ascent.buffer", state->pixels, &state->buffer, state->buffer_images};
    }
}

static gt_status parse_ascent(gt_model *model, const gt_model_settings *settings, gt_error *error) {
    gt_ascent *state = gt_ascent_of(model);
    gt_error detail = {0};
    *state = (gt_ascent){
        .pixels = gt_shape_size(model->spec.shape),
        .steps = settings->ascent.steps,
        .sample_steps = settings->ascent.sample_steps > 0 ? settings->ascent.sample_steps
                                                          : settings->ascent.steps,
        .rate = (gt_real)settings->ascent.rate,
        .noise = (gt_real)settings->ascent.noise,
        .buffer_images = settings->ascent.buffer,
        .fresh = settings->ascent.fresh,
    };
    gt_status status = gt_discriminator_parse(&state->discriminator, &settings->discriminator,
                                              model->input, &detail);
    if (status != GT_OK)
        return gt_error_set(error, status, "[discriminator] layers: %s", detail.message);
    status = check_layers(&state->discriminator.network, error);
    if (status != GT_OK)
        return status;
    model->low = low;
    model->high = high;
    model->prior = gt_prior_find("uniform");
    model->latent_dim = state->pixels;
    model->minibatches = 1;
    model->gives_odds = true;
    list_parts(model, settings);
    return GT_OK;
}

static void carve_ascent(gt_model *model, gt_arena *arena) {
    gt_ascent *state = gt_ascent_of(model);
    gt_discriminator *discriminator = &state->discriminator;
    const bool training = model->use == GT_MODEL_TRAIN;
    const int most = training && model->batch > model->rows ? model->batch : model->rows;
    const size_t rows = (size_t)most, pixels = (size_t)state->pixels;
    state->logits = gt_arena_take(arena, 2 * rows, sizeof(gt_real));
    state->dlogits = gt_arena_take(arena, 2 * rows, sizeof(gt_real));
    state->dimages = gt_arena_take(arena, rows * pixels, sizeof(gt_real));
    state->noises = gt_arena_take(arena, rows * pixels, sizeof(gt_real));
    state->addresses = gt_arena_take(arena, rows, sizeof *state->addresses);
    if (!training)
        return;
    const size_t batch = (size_t)model->batch;
    state->images = gt_arena_take(arena, 2 * batch * pixels, sizeof(gt_real));
    state->places = gt_arena_take(arena, batch, sizeof *state->places);
    if (state->buffer_images > 0 && model->processes != NULL)
        state->found = gt_arena_take(arena, (size_t)model->whole_batch * pixels, sizeof(gt_real));
    if (gt_discriminator_is_penalised(discriminator))
        gt_penalty_carve(&discriminator->penalty, &discriminator->network, arena, model->batch);
}

static void init_ascent(gt_model *model, const double *means) {
    gt_ascent *state = gt_ascent_of(model);
    (void)means;
    if (state->buffer != NULL)
        draw_starts(state->buffer, (gt_address){model->seed, GT_PURPOSE_ASCENT_BUFFER, 0, 0},
                    state->buffer_images, state->pixels);
}

static void describe_ascent(char *text, size_t capacity, const gt_model *model) {
    const gt_ascent *state = gt_ascent_of(model);
    size_t used = (size_t)snprintf(text, capacity, "%d steps of ascent, rate %g, noise %g",
                                   state->steps, (double)state->rate, (double)state->noise);
    if (state->buffer_images > 0 && used < capacity)
        snprintf(text + used, capacity - used, ", buffer of %d images", state->buffer_images);
}

static const char *diverged_part_of_ascent(const gt_model *model) {
    return model->trained[DISCRIMINATOR].name;
}

const gt_model_kind gt_model_ascent = {
    .name = "ascent",
    .help =
        "a discriminator alone, whose images are found by gradient ascent (Du and Mordatch 2019)",
    .sections = {"discriminator", "ascent"},
    .stats = {{.name = "d_loss", .label = "D loss", .format = "%.4f", .only_in_history = true},
              {.name = "value",
               .label = "V",
               .format = "%.4f",
               .reference = "-log 4",
               .reference_value = GT_VALUE_AT_OPTIMUM,
               .in_progress = true},
              {.name = "d_real", .label = "D(x)", .format = "%.3f", .in_progress = true},
              {.name = "d_fake", .label = "D(found)", .format = "%.3f", .in_progress = true}},
    .state_size = sizeof(gt_ascent),
    .parse = parse_ascent,
    .step = step_ascent,
    .generate = generate_ascent,
    .carve = carve_ascent,
    .init = init_ascent,
    .judge = judge_ascent,
    .describe = describe_ascent,
    .diverged_part = diverged_part_of_ascent,
    .lacks_latent_vector = true,
    .leaves_off = true,
    .against_collapse = "a lower discriminator.lr, discriminator.r1_gamma = 1 or more ascent.steps",
};
