/* The model with a code for every image. */
#include "gantrain/model/codes.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/model/condition.h"
#include "model/cholesky.h"

enum { GENERATOR }; /* its place in gt_model.trained */

gt_codes *gt_codes_of(const gt_model *model) {
    assert(model->kind == &gt_model_codes);
    return model->state;
}

/* --- Codes --- */

/* Scales a code that lies outside the unit ball down to its surface. */
static void pull_into_ball(gt_real *code, int latent_dim) {
    double square = 0;
    for (int i = 0; i < latent_dim; i++)
        square += (double)code[i] * (double)code[i];
    if (!(square > 1))
        return;
    const double scale = 1 / sqrt(square);
    for (int i = 0; i < latent_dim; i++)
        code[i] = (gt_real)(scale * (double)code[i]);
}

/* A normal vector scaled by 1 / sqrt(latent_dim) has a length near 1. */
void gt_codes_draw(gt_real *code, uint64_t seed, uint32_t image, int latent_dim) {
    const gt_real scale = (gt_real)(1 / sqrt(latent_dim));
    gt_random_normal(code, NULL, (gt_address){seed, GT_PURPOSE_CODES, 0, image}, 1, latent_dim);
    for (int i = 0; i < latent_dim; i++)
        code[i] *= scale;
    pull_into_ball(code, latent_dim);
}

static void gather_codes(gt_codes *state, const gt_model *model, const uint32_t *images) {
    const long latent_dim = model->latent_dim;
    for (long row = 0; row < model->batch; row++) {
        gt_real *z = state->z + row * latent_dim;
        if (state->are_learned)
            memcpy(z, state->values + (long)images[row] * latent_dim,
                   (size_t)latent_dim * sizeof *z);
        else
            gt_codes_draw(z, model->seed, images[row], model->latent_dim);
    }
}

/* Every process keeps the codes of all images, and has moved those of its own rows: hands them on
 * to the others. images (whole_batch). */
static void share_codes(gt_codes *state, const gt_model *model, const uint32_t *images) {
    const size_t latent_dim = (size_t)model->latent_dim, code = latent_dim * sizeof *state->moved;
    const size_t first = (size_t)model->first_row, rows = (size_t)model->whole_batch;
    memset(state->moved, 0, rows * code);
    for (size_t row = first; row < first + (size_t)model->batch; row++)
        memcpy(state->moved + row * latent_dim, state->values + images[row] * latent_dim, code);
    gt_processes_sum_reals(model->processes, state->moved, rows * latent_dim);
    for (size_t row = 0; row < rows; row++)
        memcpy(state->values + images[row] * latent_dim, state->moved + row * latent_dim, code);
}

/* One step of gradient descent for each code of the minibatch, from the loss of its own image. */
static void move_codes(gt_codes *state, const gt_model *model, const uint32_t *images) {
    const long latent_dim = model->latent_dim;
    const gt_real rate = (gt_real)(state->rate * model->batch); /* dz is of the mean loss */
    for (long row = 0; row < model->batch; row++) {
        gt_real *code = state->values + (long)images[row] * latent_dim;
        for (long i = 0; i < latent_dim; i++)
            code[i] -= rate * state->dz[row * latent_dim + i];
        pull_into_ball(code, model->latent_dim);
    }
}

/* Sets state->batch_mean, and the lower triangle of state->square, to the mean and covariance of
 * the minibatch's codes, those of all processes. */
static void measure_batch(gt_codes *state, const gt_model *model) {
    const double share = 1 / (double)model->whole_batch;
    const long rows = model->batch, latent_dim = model->latent_dim;
    memset(state->batch_mean, 0, (size_t)latent_dim * sizeof(double));
    memset(state->square, 0, (size_t)(latent_dim * latent_dim) * sizeof(double));
    for (long at = 0; at < rows * latent_dim; at++)
        state->batch_mean[at % latent_dim] += share * (double)state->z[at];
    gt_processes_sum(model->processes, state->batch_mean, (size_t)latent_dim);
    for (long row = 0; row < rows; row++) {
        const gt_real *z = state->z + row * latent_dim;
        for (long i = 0; i < latent_dim; i++) {
            const double off = share * ((double)z[i] - state->batch_mean[i]);
            for (long k = 0; k <= i; k++)
                state->square[i * latent_dim + k] += off * ((double)z[k] - state->batch_mean[k]);
        }
    }
    gt_processes_sum(model->processes, state->square, (size_t)(latent_dim * latent_dim));
}

/* Takes a minibatch of codes into their mean and covariance. Where two sets with means a and b have
 * the shares 1 - s and s, the covariance of both is (1 - s) A + s B + s (1 - s) (b - a)(b -
 * a)^T. */
static void follow_codes(gt_codes *state, const gt_model *model, uint64_t step) {
    const long latent_dim = model->latent_dim;
    const double share = gt_decoder_code_share(step);
    measure_batch(state, model);
    for (long i = 0; i < latent_dim; i++)
        state->batch_mean[i] -= (double)state->mean[i];
    for (long i = 0; i < latent_dim; i++) {
        for (long k = 0; k <= i; k++) {
            gt_real *covariance = state->covariance + i * latent_dim + k;
            double between = (1 - share) * state->batch_mean[i] * state->batch_mean[k];
            *covariance = (gt_real)((1 - share) * (double)*covariance +
                                    share * (state->square[i * latent_dim + k] + between));
            state->covariance[k * latent_dim + i] = *covariance;
        }
    }
    for (long i = 0; i < latent_dim; i++)
        state->mean[i] += (gt_real)(share * state->batch_mean[i]);
}

/* Sets the lower triangle of state->square to L, L L^T = covariance. A direction in which codes do
 * not vary gets a column of zeros. */
static void factor_covariance(gt_codes *state, long n) {
    for (long at = 0; at < n * n; at++)
        state->square[at] = (double)state->covariance[at];
    cholesky_factor(state->square, n, 1e-9);
}

/* --- Steps and samples --- */

static void step_codes(double *stats, gt_model *model, const gt_minibatch_source *source,
                       uint64_t step) {
    gt_codes *state = gt_codes_of(model);
    const gt_pass pass = {
        .training = true,
        .address = {model->seed, GT_PURPOSE_PASS, step, (uint32_t)model->first_row},
        .condition = gt_condition_row(state->condition, model->classes, 0)};
    gt_minibatch minibatch = {.images = state->images};

    source->get(source->context, &minibatch, step);
    assert(minibatch.indices != NULL);
    if (model->classes > 0)
        gt_condition_set(state->condition, minibatch.labels, model->batch, model->classes);
    gather_codes(state, model, minibatch.indices);
    stats[0] = gt_decoder_learn(state->are_learned ? state->dz : NULL, &state->decoder, state->z,
                                state->images, model->batch, &pass);
    gt_model_update(model, &model->trained[GENERATOR]);
    follow_codes(state, model, step);
    if (state->are_learned)
        move_codes(state, model, minibatch.indices);
    if (state->are_learned && model->processes != NULL)
        share_codes(state, model, minibatch.all_indices);
}

static void find_codes(gt_real *codes, gt_model *model, const gt_real *z, int rows) {
    gt_codes *state = gt_codes_of(model);
    const long latent_dim = model->latent_dim;
    factor_covariance(state, latent_dim);
    for (long row = 0; row < rows; row++)
        for (long i = 0; i < latent_dim; i++) {
            double sum = (double)state->mean[i];
            for (long k = 0; k <= i; k++)
                sum += state->square[i * latent_dim + k] * (double)z[row * latent_dim + k];
            codes[row * latent_dim + i] = (gt_real)sum;
        }
}

static void generate_codes(gt_real *images, gt_model *model, const gt_real *z,
                           const gt_real *condition, int rows) {
    gt_codes *state = gt_codes_of(model);
    const gt_pass pass = {.training = false, .condition = condition};
    find_codes(state->z, model, z, rows);
    gt_network_forward(images, &state->decoder.generator.network, state->z, rows, &pass);
}

/* --- Reconstruction --- */

/* The update of codes that are fitted: Adam, whose rate falls to a hundredth of the first. On 1,000
 * test images of MNIST (examples/codes.ini) 200 steps leave an error of 3.652, and 1,000 steps one
 * of 3.645. */
enum { FIT_STEPS = 200 };
static const gt_optimizer_settings fit_settings = {
    .lr = 0.05, .lr_decay = 0.9772, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8};

static gt_status check_fit(const gt_codes *state, gt_error *error) {
    const gt_layer *layer = gt_decoder_obstacle(&state->decoder);
    if (!state->are_learned)
        return gt_error_set(error, GT_FAILED,
                            "[train] codes = fixed: codes say nothing about images, so there is no "
                            "code to find for another image");
    if (layer != NULL)
        return gt_error_set(error, GT_FAILED,
                            "[generator] layers: no codes can be fitted through %s, whose gradient "
                            "is known in training only",
                            layer->kind->name);
    return GT_OK;
}

/* New images have no code. From the mean of the codes, each image's is moved to where the
 * reconstruction is nearest to the image. */
static gt_status reconstruct_codes(gt_real *reconstructions, gt_model *model, const gt_real *images,
                                   const gt_real *condition, int rows, gt_error *error) {
    gt_codes *state = gt_codes_of(model);
    const gt_pass pass = {.training = false, .condition = condition};
    const long latent_dim = model->latent_dim;
    const size_t count = (size_t)rows * (size_t)latent_dim;
    gt_status status = check_fit(state, error);
    if (status != GT_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        state->z[i] = state->mean[i % (size_t)latent_dim];
    for (int i = 0; i < GT_OPTIMIZER_STATES; i++)
        memset(state->fit.states[i], 0, count * sizeof(gt_real));
    state->fit.updates = 0;
    for (int step = 0; step < FIT_STEPS; step++) {
        gt_decoder_find_code_gradient(state->dz, &state->decoder, state->z, condition, images,
                                      rows);
        gt_optimizer_step(&state->fit, model->compute->team, state->z, state->dz, count);
        for (long row = 0; row < rows; row++)
            pull_into_ball(state->z + row * latent_dim, model->latent_dim);
    }
    gt_network_forward(reconstructions, &state->decoder.generator.network, state->z, rows, &pass);
    return GT_OK;
}

/* --- The row of the table of models --- */

static void list_tensors(gt_model *model) {
    gt_codes *state = gt_codes_of(model);
    const int latent_dim = model->latent_dim;
    model->tensor_count = 2;
    model->tensors[0] = (gt_model_tensor){"codes.mean", latent_dim, &state->mean, 0};
    model->tensors[1] =
        (gt_model_tensor){"codes.covariance", latent_dim, &state->covariance, latent_dim};
    if (state->are_learned && model->use == GT_MODEL_TRAIN)
        model->tensors[model->tensor_count++] =
            (gt_model_tensor){"codes.values", latent_dim, &state->values, (int)model->spec.count};
}

static gt_status parse_codes(gt_model *model, const gt_model_settings *settings, gt_error *error) {
    gt_codes *state = gt_codes_of(model);
    gt_status status = gt_decoder_parse(&state->decoder, &settings->generator,
                                        settings->reconstruction, model->spec.shape, error);
    if (status != GT_OK)
        return status;
    status = gt_model_need_normal_prior(model, settings, "draws samples from a normal distribution",
                                        error);
    if (status != GT_OK)
        return status;
    state->are_learned = settings->codes_are_learned;
    state->rate = settings->code_lr;
    state->fit = (gt_optimizer){.kind = gt_optimizer_kind_find("adam"), .settings = fit_settings};
    gt_model_show_generator(model, &state->decoder.generator, settings);
    list_tensors(model);
    return GT_OK;
}

static void carve_codes(gt_model *model, gt_arena *arena) {
    gt_codes *state = gt_codes_of(model);
    size_t rows = (size_t)state->decoder.generator.network.max_batch;
    size_t batch = (size_t)model->batch, latent_dim = (size_t)model->latent_dim;
    state->z = gt_arena_take(arena, rows * latent_dim, sizeof(gt_real));
    state->square = gt_arena_take(arena, latent_dim * latent_dim, sizeof(double));
    if (model->use == GT_MODEL_RECONSTRUCT) {
        gt_decoder_carve(&state->decoder, arena, state->decoder.generator.network.max_batch);
        state->dz = gt_arena_take(arena, rows * latent_dim, sizeof(gt_real));
        gt_optimizer_carve(&state->fit, arena, rows * latent_dim);
    }
    if (model->use != GT_MODEL_TRAIN)
        return;
    gt_decoder_carve(&state->decoder, arena, model->batch);
    state->images =
        gt_arena_take(arena, batch * (size_t)state->decoder.generator.network.out, sizeof(gt_real));
    state->condition = gt_arena_take(arena, batch * (size_t)model->classes, sizeof(gt_real));
    state->dz = gt_arena_take(arena, batch * latent_dim, sizeof(gt_real));
    state->batch_mean = gt_arena_take(arena, latent_dim, sizeof(double));
    if (state->are_learned && model->processes != NULL)
        state->moved =
            gt_arena_take(arena, (size_t)model->whole_batch * latent_dim, sizeof(gt_real));
}

static void init_codes(gt_model *model, const double *means) {
    gt_codes *state = gt_codes_of(model);
    const long latent_dim = model->latent_dim;
    gt_generator_begin(&state->decoder.generator, means);
    for (long i = 0; i < latent_dim * latent_dim; i++)
        state->covariance[i] = i % (latent_dim + 1) == 0 ? 1 / (gt_real)latent_dim : 0;
    memset(state->mean, 0, (size_t)latent_dim * sizeof *state->mean);
    for (uint32_t image = 0; state->values != NULL && image < model->spec.count; image++)
        gt_codes_draw(state->values + (long)image * latent_dim, model->seed, image,
                      model->latent_dim);
}

static void describe_codes(char *text, size_t capacity, const gt_model *model) {
    const gt_codes *state = gt_codes_of(model);
    size_t used = (size_t)snprintf(text, capacity, "%s reconstruction, %s codes",
                                   state->decoder.reconstruction->name,
                                   state->are_learned ? "learned" : "fixed");
    if (state->are_learned && used < capacity)
        snprintf(text + used, capacity - used, ", code_lr %g", state->rate);
}

const gt_model_kind gt_model_codes = {
    .name = "codes",
    .help = "a generator that learns to map a code of each image to the image",
    .sections = {"generator"},
    .keys = {"codes", "code_lr", "reconstruction", "conditional", "condition"},
    .stats = {{.name = "loss", .label = "loss", .format = "%.4f", .in_progress = true}},
    .state_size = sizeof(gt_codes),
    .parse = parse_codes,
    .step = step_codes,
    .generate = generate_codes,
    .find_codes = find_codes,
    .reconstruct = reconstruct_codes,
    .carve = carve_codes,
    .init = init_codes,
    .describe = describe_codes,
};
