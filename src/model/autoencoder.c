/* The autoencoder. */
#include "gantrain/model/autoencoder.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/model/condition.h"

gt_autoencoder *gt_autoencoder_of(const gt_model *model) {
    assert(model->kind == &gt_model_autoencoder);
    return model->state;
}

/* Takes the codes of a minibatch into their mean and deviation. */
static void follow_codes(gt_autoencoder *state, const gt_model *model, uint64_t step) {
    const int latent_dim = model->latent_dim, rows = model->whole_batch;
    const double share = gt_decoder_code_share(step);
    double *means = state->moments, *squares = means + latent_dim;
    memset(means, 0, 2 * (size_t)latent_dim * sizeof *means);
    for (int i = 0; i < latent_dim; i++)
        for (long row = 0; row < model->batch; row++)
            means[i] += (double)state->codes[row * latent_dim + i] / rows;
    gt_processes_sum(model->processes, means, (size_t)latent_dim);
    for (int i = 0; i < latent_dim; i++)
        for (long row = 0; row < model->batch; row++) {
            double off = (double)state->codes[row * latent_dim + i] - means[i];
            squares[i] += off * off / rows;
        }
    gt_processes_sum(model->processes, squares, (size_t)latent_dim);
    for (int i = 0; i < latent_dim; i++) {
        const double mean = means[i], square = squares[i];
        gt_real *code_mean = &state->code_mean[i], *code_deviation = &state->code_deviation[i];
        *code_mean += (gt_real)(share * (mean - (double)*code_mean));
        *code_deviation += (gt_real)(share * (sqrt(square) - (double)*code_deviation));
    }
}

static void step_autoencoder(double *stats, gt_model *model, const gt_minibatch_source *source,
                             uint64_t step) {
    gt_autoencoder *state = gt_autoencoder_of(model);
    gt_network *encoder = &state->encoder.network;
    gt_minibatch minibatch = {.images = state->images};
    gt_pass pass = {.training = true,
                    .address = {model->seed, GT_PURPOSE_PASS, 2 * step, (uint32_t)model->first_row},
                    .condition = gt_condition_row(state->condition, model->classes, 0)};

    source->get(source->context, &minibatch, step);
    if (model->classes > 0)
        gt_condition_set(state->condition, minibatch.labels, model->batch, model->classes);
    gt_network_forward(state->codes, encoder, state->images, model->batch, &pass);
    follow_codes(state, model, step);
    pass.address.step++;
    stats[0] = gt_decoder_learn(state->dcodes, &state->decoder, state->codes, state->images,
                                model->batch, &pass);
    gt_network_begin_gradients(encoder);
    gt_network_backward(encoder, state->images, state->codes, state->dcodes, model->batch);
    gt_model_update(model, &model->trained[GT_AUTOENCODER_GENERATOR]);
    gt_model_update(model, &model->trained[GT_AUTOENCODER_ENCODER]);
}

static void find_codes(gt_real *codes, gt_model *model, const gt_real *z, int rows) {
    const gt_autoencoder *state = gt_autoencoder_of(model);
    const int latent_dim = model->latent_dim;
    for (long row = 0; row < rows; row++)
        for (long i = 0; i < latent_dim; i++)
            codes[row * latent_dim + i] =
                state->code_mean[i] + state->code_deviation[i] * z[row * latent_dim + i];
}

static void generate_autoencoder(gt_real *images, gt_model *model, const gt_real *z,
                                 const gt_real *condition, int rows) {
    gt_autoencoder *state = gt_autoencoder_of(model);
    const gt_pass pass = {.training = false, .condition = condition};
    find_codes(state->z, model, z, rows);
    gt_network_forward(images, &state->decoder.generator.network, state->z, rows, &pass);
}

static gt_status reconstruct_autoencoder(gt_real *reconstructions, gt_model *model,
                                         const gt_real *images, const gt_real *condition, int rows,
                                         gt_error *error) {
    gt_autoencoder *state = gt_autoencoder_of(model);
    const gt_pass pass = {.training = false, .condition = condition};
    (void)error;
    gt_network_forward(state->z, &state->encoder.network, images, rows, &pass);
    gt_network_forward(reconstructions, &state->decoder.generator.network, state->z, rows, &pass);
    return GT_OK;
}

/* --- The row of the table of models --- */

gt_status gt_autoencoder_add_encoder(gt_model *model, gt_encoder *encoder, int outputs,
                                     const gt_model_settings *settings, gt_error *error) {
    gt_error detail = {0};
    gt_status status =
        gt_encoder_parse(encoder, &settings->encoder, model->input, outputs, &detail);
    if (status != GT_OK)
        return gt_error_set(error, status, "[encoder] layers: %s", detail.message);
    model->trained_count = 2;
    model->trained[GT_AUTOENCODER_ENCODER] = (gt_trained){
        .name = "encoder",
        .network = &encoder->network,
        .optimizer = &encoder->optimizer,
        .init = settings->encoder.init,
        .purpose = GT_PURPOSE_INIT_ENCODER,
        .rows = model->batch,
        .updates_per_step = 1,
    };
    return GT_OK;
}

static gt_status parse_autoencoder(gt_model *model, const gt_model_settings *settings,
                                   gt_error *error) {
    gt_autoencoder *state = gt_autoencoder_of(model);
    gt_status status = gt_decoder_parse(&state->decoder, &settings->generator,
                                        settings->reconstruction, model->spec.shape, error);
    if (status != GT_OK)
        return status;
    gt_model_show_generator(model, &state->decoder.generator, settings);
    status = gt_autoencoder_add_encoder(model, &state->encoder, model->latent_dim, settings, error);
    model->tensor_count = 2;
    model->tensors[0] = (gt_model_tensor){"codes.mean", model->latent_dim, &state->code_mean, 0};
    model->tensors[1] =
        (gt_model_tensor){"codes.deviation", model->latent_dim, &state->code_deviation, 0};
    return status;
}

static void carve_autoencoder(gt_model *model, gt_arena *arena) {
    gt_autoencoder *state = gt_autoencoder_of(model);
    size_t rows = (size_t)state->decoder.generator.network.max_batch;
    size_t batch = (size_t)model->batch, latent_dim = (size_t)model->latent_dim;
    state->z = gt_arena_take(arena, rows * latent_dim, sizeof(gt_real));
    if (model->use != GT_MODEL_TRAIN)
        return;
    gt_decoder_carve(&state->decoder, arena, model->batch);
    state->images =
        gt_arena_take(arena, batch * (size_t)state->encoder.network.in, sizeof(gt_real));
    state->codes = gt_arena_take(arena, batch * latent_dim, sizeof(gt_real));
    state->dcodes = gt_arena_take(arena, batch * latent_dim, sizeof(gt_real));
    state->moments = gt_arena_take(arena, 2 * latent_dim, sizeof(double));
    state->condition = gt_arena_take(arena, batch * (size_t)model->classes, sizeof(gt_real));
}

static void init_autoencoder(gt_model *model, const double *means) {
    gt_autoencoder *state = gt_autoencoder_of(model);
    gt_generator_begin(&state->decoder.generator, means);
    for (int i = 0; i < model->latent_dim; i++) {
        state->code_mean[i] = 0;
        state->code_deviation[i] = 1;
    }
}

static void describe_autoencoder(char *text, size_t capacity, const gt_model *model) {
    snprintf(text, capacity, "%s reconstruction",
             gt_autoencoder_of(model)->decoder.reconstruction->name);
}

const gt_model_kind gt_model_autoencoder = {
    .name = "autoencoder",
    .help = "an encoder and a generator that gives its images back",
    .sections = {"generator", "encoder"},
    .keys = {"reconstruction", "conditional", "condition"},
    .stats = {{.name = "loss", .label = "loss", .format = "%.4f", .in_progress = true}},
    .state_size = sizeof(gt_autoencoder),
    .parse = parse_autoencoder,
    .step = step_autoencoder,
    .generate = generate_autoencoder,
    .find_codes = find_codes,
    .reconstruct = reconstruct_autoencoder,
    .carve = carve_autoencoder,
    .init = init_autoencoder,
    .describe = describe_autoencoder,
};
