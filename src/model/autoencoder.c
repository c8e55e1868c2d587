/* Autoencoders: one step for both kinds, since a variational one differs only between encoder and
 * generator. */
#include "gantrain/model/autoencoder.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

gt_autoencoder *gt_autoencoder_of(const gt_model *model) {
    assert(model->kind == &gt_model_autoencoder || model->kind == &gt_model_vae);
    return model->state;
}

/* The passes of a step, so that no two draw the same noise in their layers. */
enum pass_number { ENCODER_PASS, GENERATOR_PASS, PASSES };

static gt_pass training_pass(const gt_model *model, enum pass_number number, uint64_t step) {
    return (gt_pass){.training = true,
                     .address = {model->seed, GT_PURPOSE_PASS, step * PASSES + number, 0}};
}

double gt_kl_to_prior(gt_real *dcodes, const gt_real *codes, double weight, int rows,
                      int latent_dim) {
    const double scale = weight / rows;
    double sum = 0;
    for (int row = 0; row < rows; row++) {
        const gt_real *mean = codes + (long)row * 2 * latent_dim, *log_variance = mean + latent_dim;
        gt_real *dmean = dcodes + (long)row * 2 * latent_dim, *dlog_variance = dmean + latent_dim;
        for (int i = 0; i < latent_dim; i++) {
            double m = (double)mean[i], l = (double)log_variance[i], variance = exp(l);
            sum += 0.5 * (m * m + variance - 1 - l);
            dmean[i] += (gt_real)(scale * m);
            dlog_variance[i] += (gt_real)(scale * 0.5 * (variance - 1));
        }
    }
    return sum / rows;
}

/* z = mean + exp(log_variance / 2) noise: a draw that gradients pass through (section 2.4). */
static void draw_codes(gt_autoencoder *state, const gt_model *model, uint64_t step) {
    const int latent_dim = model->latent_dim;
    const gt_address noise = {model->seed, GT_PURPOSE_CODES, step, 0};
    gt_random_normal(state->noise, model->compute->team, noise, model->batch, latent_dim);
    for (int row = 0; row < model->batch; row++) {
        const gt_real *mean = state->codes + (long)row * 2 * latent_dim;
        for (int i = 0; i < latent_dim; i++) {
            long at = (long)row * latent_dim + i;
            gt_real deviation = (gt_real)exp((double)mean[latent_dim + i] / 2);
            state->z[at] = mean[i] + deviation * state->noise[at];
        }
    }
}

/* From dz to the gradient at the encoder's output. */
static void gradients_of_draw(gt_autoencoder *state, const gt_model *model) {
    const int latent_dim = model->latent_dim;
    for (int row = 0; row < model->batch; row++) {
        const gt_real *mean = state->codes + (long)row * 2 * latent_dim;
        gt_real *dmean = state->dcodes + (long)row * 2 * latent_dim;
        for (int i = 0; i < latent_dim; i++) {
            long at = (long)row * latent_dim + i;
            double deviation = exp((double)mean[latent_dim + i] / 2);
            dmean[i] = state->dz[at];
            dmean[latent_dim + i] =
                (gt_real)((double)state->dz[at] * (double)state->noise[at] * deviation / 2);
        }
    }
}

/* Follows the codes' mean and deviation over about the last hundred minibatches. */
static void follow_codes(gt_autoencoder *state, const gt_model *model, uint64_t step) {
    const int latent_dim = model->latent_dim, rows = model->batch;
    const double share = fmax(0.01, 1.0 / ((double)step + 1));
    for (int i = 0; i < latent_dim; i++) {
        double mean = 0, square = 0;
        for (int row = 0; row < rows; row++)
            mean += (double)state->codes[(long)row * latent_dim + i] / rows;
        for (int row = 0; row < rows; row++) {
            double off = (double)state->codes[(long)row * latent_dim + i] - mean;
            square += off * off / rows;
        }
        state->code_mean[i] += (gt_real)(share * (mean - (double)state->code_mean[i]));
        state->code_deviation[i] +=
            (gt_real)(share * (sqrt(square) - (double)state->code_deviation[i]));
    }
}

/* Passes z through the generator and its loss back. Returns the reconstruction's loss. */
static double reconstruct(gt_autoencoder *state, const gt_model *model, uint64_t step) {
    gt_network *generator = &state->generator.network;
    const gt_pass pass = training_pass(model, GENERATOR_PASS, step);
    const int rows = model->batch;
    gt_network_end_early(generator, state->reconstruction->of_logits);
    gt_network_forward(state->output, generator, state->z, rows, &pass);
    double loss = state->reconstruction->loss(state->doutput, state->output, state->images, rows,
                                              generator->out);
    gt_network_begin_gradients(generator);
    gt_network_backward_through(state->dz, generator, state->z, state->output, state->doutput,
                                rows);
    gt_network_end_early(generator, false);
    return loss;
}

/* One update of both networks on a minibatch. stats: the loss, and, for a vae, its two parts. */
static void step_autoencoder(double *stats, gt_model *model, const gt_minibatch_source *source,
                             uint64_t step) {
    gt_autoencoder *state = gt_autoencoder_of(model);
    const gt_pass pass = training_pass(model, ENCODER_PASS, step);
    const size_t code_bytes = (size_t)model->batch * (size_t)model->latent_dim * sizeof(gt_real);
    gt_minibatch minibatch = {.images = state->images};
    double kl = 0;

    source->get(source->context, &minibatch, step);
    gt_network_forward(state->codes, &state->encoder, state->images, model->batch, &pass);
    if (state->is_variational)
        draw_codes(state, model, step);
    else
        memcpy(state->z, state->codes, code_bytes);
    double reconstruction = reconstruct(state, model, step);
    if (state->is_variational) {
        gradients_of_draw(state, model);
        kl = gt_kl_to_prior(state->dcodes, state->codes, state->kl_weight, model->batch,
                            model->latent_dim);
    } else {
        follow_codes(state, model, step);
        memcpy(state->dcodes, state->dz, code_bytes);
    }
    gt_network_begin_gradients(&state->encoder);
    gt_network_backward(&state->encoder, state->images, state->codes, state->dcodes, model->batch);
    gt_model_update(model, &model->trained[GT_AUTOENCODER_GENERATOR]);
    gt_model_update(model, &model->trained[GT_AUTOENCODER_ENCODER]);

    stats[0] = reconstruction + state->kl_weight * kl;
    if (state->is_variational) {
        stats[1] = reconstruction;
        stats[2] = kl;
    }
}

/* An autoencoder's codes are not drawn to the prior, so z is scaled to their mean and deviation. */
static void generate_autoencoder(gt_real *images, gt_model *model, const gt_real *z,
                                 const uint16_t *labels, int rows) {
    gt_autoencoder *state = gt_autoencoder_of(model);
    const gt_pass pass = {.training = false};
    const int latent_dim = model->latent_dim;
    (void)labels;
    assert(rows <= state->generator.network.max_batch);
    for (long i = 0; !state->is_variational && i < (long)rows * latent_dim; i++)
        state->z[i] =
            state->code_mean[i % latent_dim] + state->code_deviation[i % latent_dim] * z[i];
    gt_network_forward(images, &state->generator.network, state->is_variational ? z : state->z,
                       rows, &pass);
}

/* --- The rows of the table of models --- */

static gt_status parse_encoder(gt_autoencoder *state, const gt_model *model,
                               const gt_encoder_settings *settings, gt_error *error) {
    char layers[2048];
    const int outputs = model->latent_dim * (state->is_variational ? 2 : 1);
    int length = snprintf(layers, sizeof layers, "%s, dense %d", settings->layers, outputs);
    state->encoder_optimizer =
        (gt_optimizer){.kind = settings->optimizer, .settings = settings->rates};
    if (length >= (int)sizeof layers)
        return gt_error_set(error, GT_USAGE, "the layer list is over-long");
    return gt_network_parse(&state->encoder, layers, model->spec.shape, error);
}

static void list_networks(gt_model *model, const gt_model_settings *settings) {
    gt_autoencoder *state = gt_autoencoder_of(model);
    model->trained_count = 2;
    model->trained[GT_AUTOENCODER_GENERATOR] = (gt_trained){
        .name = "generator",
        .network = &state->generator.network,
        .optimizer = &state->generator.optimizer,
        .init = settings->generator.init,
        .purpose = GT_PURPOSE_INIT_GENERATOR,
        .rows = model->batch,
        .updates_per_step = 1,
        .generates = true,
    };
    model->trained[GT_AUTOENCODER_ENCODER] = (gt_trained){
        .name = "encoder",
        .network = &state->encoder,
        .optimizer = &state->encoder_optimizer,
        .init = settings->encoder.init,
        .purpose = GT_PURPOSE_INIT_ENCODER,
        .rows = model->batch,
        .updates_per_step = 1,
    };
    if (state->is_variational)
        return;
    model->tensor_count = 2;
    model->tensors[0] = (gt_model_tensor){"codes.mean", model->latent_dim, &state->code_mean};
    model->tensors[1] =
        (gt_model_tensor){"codes.deviation", model->latent_dim, &state->code_deviation};
}

static gt_status parse_autoencoder(gt_model *model, const gt_model_settings *settings,
                                   gt_error *error) {
    gt_autoencoder *state = gt_autoencoder_of(model);
    gt_error detail = {0};
    *state = (gt_autoencoder){.reconstruction = settings->reconstruction,
                              .is_variational = model->kind == &gt_model_vae,
                              .kl_weight = settings->kl_weight};
    if (settings->reconstruction->of_logits && settings->generator.output->low != 0)
        return gt_error_set(error, GT_USAGE,
                            "[train] reconstruction = %s: takes pixels in [0, 1]: set "
                            "generator.output = sigmoid, or reconstruction = squared",
                            settings->reconstruction->name);
    gt_status status =
        gt_generator_parse(&state->generator, &settings->generator, model->spec.shape, &detail);
    if (status != GT_OK)
        return gt_error_set(error, status, "[generator] layers: %s", detail.message);
    if (state->is_variational && state->generator.prior != gt_prior_find("normal"))
        return gt_error_set(
            error, GT_USAGE,
            "[generator] prior = %s: a vae takes normal: its loss is a distance from "
            "the standard normal distribution",
            state->generator.prior->name);
    model->low = state->generator.output->low;
    model->high = state->generator.output->high;
    model->prior = state->generator.prior;
    model->latent_dim = state->generator.network.in;
    model->minibatches = 1;
    status = parse_encoder(state, model, &settings->encoder, &detail);
    if (status != GT_OK)
        return gt_error_set(error, status, "[encoder] layers: %s", detail.message);
    list_networks(model, settings);
    return GT_OK;
}

static void carve_autoencoder(gt_model *model, gt_arena *arena) {
    gt_autoencoder *state = gt_autoencoder_of(model);
    size_t rows = (size_t)state->generator.network.max_batch;
    size_t latent_dim = (size_t)model->latent_dim, codes = rows * (size_t)state->encoder.out;
    size_t pixels = rows * (size_t)state->generator.network.out;
    state->z = gt_arena_take(arena, rows * latent_dim, sizeof(gt_real));
    if (model->use != GT_MODEL_TRAIN)
        return;
    state->dz = gt_arena_take(arena, rows * latent_dim, sizeof(gt_real));
    state->noise = gt_arena_take(arena, rows * latent_dim, sizeof(gt_real));
    state->codes = gt_arena_take(arena, codes, sizeof(gt_real));
    state->dcodes = gt_arena_take(arena, codes, sizeof(gt_real));
    state->images = gt_arena_take(arena, pixels, sizeof(gt_real));
    state->output = gt_arena_take(arena, pixels, sizeof(gt_real));
    state->doutput = gt_arena_take(arena, pixels, sizeof(gt_real));
}

static void init_autoencoder(gt_model *model, const double *means) {
    gt_autoencoder *state = gt_autoencoder_of(model);
    if (state->generator.starts_at_means && means != NULL)
        gt_generator_set_means(&state->generator, means);
    for (int i = 0; !state->is_variational && i < model->latent_dim; i++) {
        state->code_mean[i] = 0;
        state->code_deviation[i] = 1;
    }
}

static void describe_autoencoder(char *text, size_t capacity, const gt_model *model) {
    const gt_autoencoder *state = gt_autoencoder_of(model);
    if (state->is_variational)
        snprintf(text, capacity, "%s reconstruction, KL weight %g", state->reconstruction->name,
                 state->kl_weight);
    else
        snprintf(text, capacity, "%s reconstruction", state->reconstruction->name);
}

#define FUNCTIONS                                                                                  \
    .sections = {"generator", "encoder"}, .state_size = sizeof(gt_autoencoder),                    \
    .parse = parse_autoencoder, .step = step_autoencoder, .generate = generate_autoencoder,        \
    .carve = carve_autoencoder, .init = init_autoencoder, .describe = describe_autoencoder

const gt_model_kind gt_model_autoencoder = {
    .name = "autoencoder",
    .help = "an encoder and a generator that gives its input back",
    .stats = {{.name = "loss", .label = "loss", .format = "%.4f", .in_progress = true}},
    FUNCTIONS,
};

const gt_model_kind gt_model_vae = {
    .name = "vae",
    .help = "variational autoencoder (Kingma and Welling 2014); the loss is -ELBO, nats an image",
    .stats = {{.name = "loss", .label = "-ELBO", .format = "%.4f", .in_progress = true},
              {.name = "reconstruction",
               .label = "reconstruction",
               .format = "%.4f",
               .in_progress = true},
              {.name = "kl", .label = "KL", .format = "%.4f", .in_progress = true}},
    FUNCTIONS,
};
