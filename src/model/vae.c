/* The variational autoencoder. */
#include "gantrain/model/vae.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/elementary.h"
#include "gantrain/model/autoencoder.h"
#include "gantrain/model/condition.h"

gt_vae *gt_vae_of(const gt_model *model) {
    assert(model->kind == &gt_model_vae);
    return model->state;
}

void gt_vae_add_kl(double *kl, const gt_real *codes, const gt_real *deviation, int rows,
                   int latent_dim) {
    for (long row = 0; row < rows; row++) {
        const gt_real *mean = codes + row * 2 * latent_dim, *log_variance = mean + latent_dim;
        for (int i = 0; i < latent_dim; i++) {
            double m = (double)mean[i], s = (double)deviation[row * latent_dim + i];
            kl[i] += 0.5 * (m * m + s * s - 1 - (double)log_variance[i]);
        }
    }
}

static double sum_of(const double *numbers, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += numbers[i];
    return sum;
}

/* From images to the mean and deviation of their codes. */
static void encode(gt_vae *state, const gt_real *images, int latent_dim, int rows,
                   const gt_pass *pass) {
    gt_network_forward(state->codes, &state->encoder.network, images, rows, pass);
    for (long row = 0; row < rows; row++)
        for (int i = 0; i < latent_dim; i++)
            state->deviation[row * latent_dim + i] =
                real_exp(state->codes[row * 2 * latent_dim + latent_dim + i] / 2);
}

/* z = mean + deviation noise: a draw from q that gradients pass through (section 2.4). */
static void draw_codes(gt_vae *state, int latent_dim, int rows) {
    for (long row = 0; row < rows; row++)
        for (int i = 0; i < latent_dim; i++) {
            long at = row * latent_dim + i;
            state->z[at] =
                state->codes[row * 2 * latent_dim + i] + state->deviation[at] * state->noise[at];
        }
}

/* Sets the gradient at the encoder's output: that of the reconstruction, which comes through z, and
 * kl_weight times that of the mean KL divergence. */
static void find_code_gradients(gt_vae *state, int latent_dim, int rows) {
    const gt_real weight = (gt_real)(state->kl_weight / rows);
    for (long row = 0; row < rows; row++) {
        const gt_real *mean = state->codes + row * 2 * latent_dim;
        gt_real *dmean = state->dcodes + row * 2 * latent_dim, *dlog_variance = dmean + latent_dim;
        for (int i = 0; i < latent_dim; i++) {
            long at = row * latent_dim + i;
            gt_real dz = state->dz[at], deviation = state->deviation[at];
            dmean[i] = dz + weight * mean[i];
            dlog_variance[i] =
                (dz * state->noise[at] * deviation + weight * (deviation * deviation - 1)) / 2;
        }
    }
}

static void step_vae(double *stats, gt_model *model, const gt_minibatch_source *source,
                     uint64_t step) {
    gt_vae *state = gt_vae_of(model);
    gt_network *encoder = &state->encoder.network;
    const int rows = model->batch, latent_dim = model->latent_dim;
    const gt_address noise = {model->seed, GT_PURPOSE_CODES, step, (uint32_t)model->first_row};
    gt_minibatch minibatch = {.images = state->images};
    gt_pass pass = {.training = true,
                    .address = {model->seed, GT_PURPOSE_PASS, 2 * step, (uint32_t)model->first_row},
                    .condition = gt_condition_row(state->condition, model->classes, 0)};

    source->get(source->context, &minibatch, step);
    if (model->classes > 0)
        gt_condition_set(state->condition, minibatch.labels, rows, model->classes);
    encode(state, state->images, latent_dim, rows, &pass);
    gt_random_normal(state->noise, model->compute->team, noise, rows, latent_dim);
    draw_codes(state, latent_dim, rows);
    pass.address.step++;
    double reconstruction =
        gt_decoder_learn(state->dz, &state->decoder, state->z, state->images, rows, &pass);
    find_code_gradients(state, latent_dim, rows);
    gt_network_begin_gradients(encoder);
    gt_network_backward(encoder, state->images, state->codes, state->dcodes, rows);
    gt_model_update(model, &model->trained[GT_AUTOENCODER_GENERATOR]);
    gt_model_update(model, &model->trained[GT_AUTOENCODER_ENCODER]);

    memset(state->kl, 0, (size_t)latent_dim * sizeof *state->kl);
    gt_vae_add_kl(state->kl, state->codes, state->deviation, rows, latent_dim);
    stats[1] = reconstruction;
    stats[2] = sum_of(state->kl, latent_dim) / rows;
    stats[0] = stats[1] + state->kl_weight * stats[2];
}

static void generate_vae(gt_real *images, gt_model *model, const gt_real *z,
                         const gt_real *condition, int rows) {
    const gt_pass pass = {.training = false, .condition = condition};
    gt_network_forward(images, &gt_vae_of(model)->decoder.generator.network, z, rows, &pass);
}

/* From the mean of each code: a draw would add noise. */
static gt_status reconstruct_vae(gt_real *reconstructions, gt_model *model, const gt_real *images,
                                 const gt_real *condition, int rows, gt_error *error) {
    gt_vae *state = gt_vae_of(model);
    const gt_pass pass = {.training = false, .condition = condition};
    const int latent_dim = model->latent_dim;
    (void)error;
    encode(state, images, latent_dim, rows, &pass);
    for (long row = 0; row < rows; row++)
        memcpy(state->z + row * latent_dim, state->codes + row * 2 * latent_dim,
               (size_t)latent_dim * sizeof *state->z);
    gt_network_forward(reconstructions, &state->decoder.generator.network, state->z, rows, &pass);
    return GT_OK;
}

/* --- Likelihood --- */

static void bound_vae(double *bounds, double *kl, gt_model *model, const gt_real *images,
                      const gt_real *condition, uint64_t seed, uint32_t first, int rows) {
    gt_vae *state = gt_vae_of(model);
    const gt_pass pass = {.training = false, .condition = condition};
    const int latent_dim = model->latent_dim;
    const double constant = gt_decoder_constant(&state->decoder);
    encode(state, images, latent_dim, rows, &pass);
    for (int row = 0; row < rows; row++) {
        const gt_address draw = {seed, GT_PURPOSE_POSTERIOR, first + (uint32_t)row, 0};
        gt_random_normal(state->noise + (long)row * latent_dim, NULL, draw, 1, latent_dim);
    }
    draw_codes(state, latent_dim, rows);
    gt_decoder_compare(&state->decoder, state->z, condition, images, false, rows);
    gt_vae_add_kl(kl, state->codes, state->deviation, rows, latent_dim);
    for (long row = 0; row < rows; row++) {
        memset(state->kl, 0, (size_t)latent_dim * sizeof *state->kl);
        gt_vae_add_kl(state->kl, state->codes + row * 2 * latent_dim,
                      state->deviation + row * latent_dim, 1, latent_dim);
        bounds[row] = -state->decoder.losses[row] - constant - sum_of(state->kl, latent_dim);
    }
}

/* A sum of exponentials: exp(largest) scaled. */
struct log_sum {
    double largest, scaled;
};

static void add_exponential(struct log_sum *sum, double a) {
    if (a > sum->largest) {
        sum->scaled *= exp(sum->largest - a);
        sum->largest = a;
    }
    sum->scaled += exp(a - sum->largest);
}

/* log p(z) - log q(z | x), z = mean + deviation noise: the normal densities' constants cancel. */
static double log_ratio(const gt_real *z, const gt_real *noise, const gt_real *log_variance,
                        int latent_dim) {
    double sum = 0;
    for (int i = 0; i < latent_dim; i++)
        sum += (double)(noise[i] * noise[i] - z[i] * z[i] + log_variance[i]);
    return sum / 2;
}

/* Sets state->z and noise to draws first to first + count - 1 of q(z | image number `image`). */
static void draw_posterior(gt_vae *state, gt_team *team, const gt_real *code,
                           const gt_real *deviation, uint64_t seed, uint32_t image, int first,
                           int count, int latent_dim) {
    const gt_address draws = {seed, GT_PURPOSE_POSTERIOR, image, (uint32_t)first};
    gt_random_normal(state->noise, team, draws, count, latent_dim);
    for (long row = 0; row < count; row++)
        for (int i = 0; i < latent_dim; i++) {
            long at = row * latent_dim + i;
            state->z[at] = code[i] + deviation[i] * state->noise[at];
        }
}

/* Sets state->condition (rows, classes) to one condition (classes) over and over. */
static const gt_real *repeat_condition(gt_vae *state, const gt_model *model,
                                       const gt_real *condition, int rows) {
    for (long row = 0; row < rows && model->classes > 0; row++)
        memcpy(state->condition + row * model->classes, condition,
               (size_t)model->classes * sizeof *condition);
    return gt_condition_row(state->condition, model->classes, 0);
}

/* log of the mean of p(x | z) p(z) / q(z | x) over draws of q: Burda et al. 2016, "Importance
 * Weighted Autoencoders", arXiv 1509.00519, eq. 8. In expectation below log p(x), and nearer with
 * more draws. */
static void log_likelihood_vae(double *log_likelihoods, gt_model *model, const gt_real *images,
                               const gt_real *condition, uint64_t seed, uint32_t first, int draws,
                               int rows) {
    gt_vae *state = gt_vae_of(model);
    const gt_pass pass = {.training = false, .condition = condition};
    const int latent_dim = model->latent_dim, most = state->decoder.generator.network.max_batch;
    const double constant = gt_decoder_constant(&state->decoder);
    encode(state, images, latent_dim, rows, &pass);
    for (long row = 0; row < rows; row++) {
        const gt_real *code = state->codes + row * 2 * latent_dim;
        const gt_real *image = images + row * state->encoder.network.in;
        const gt_real *own =
            repeat_condition(state, model, gt_condition_row(condition, model->classes, row),
                             draws < most ? draws : most);
        struct log_sum sum = {-INFINITY, 0};
        for (int done = 0; done < draws; done += most) {
            int count = draws - done < most ? draws - done : most;
            draw_posterior(state, model->compute->team, code, state->deviation + row * latent_dim,
                           seed, first + (uint32_t)row, done, count, latent_dim);
            gt_decoder_compare(&state->decoder, state->z, own, image, true, count);
            for (long i = 0; i < count; i++)
                add_exponential(&sum,
                                log_ratio(state->z + i * latent_dim, state->noise + i * latent_dim,
                                          code + latent_dim, latent_dim) -
                                    state->decoder.losses[i]);
        }
        log_likelihoods[row] = sum.largest + log(sum.scaled / draws) - constant;
    }
}

/* --- The row of the table of models --- */

static gt_status parse_vae(gt_model *model, const gt_model_settings *settings, gt_error *error) {
    gt_vae *state = gt_vae_of(model);
    state->kl_weight = settings->kl_weight;
    gt_status status = gt_decoder_parse(&state->decoder, &settings->generator,
                                        settings->reconstruction, model->spec.shape, error);
    if (status != GT_OK)
        return status;
    status =
        gt_model_need_normal_prior(model, settings, "draws codes to the standard normal", error);
    if (status != GT_OK)
        return status;
    gt_model_show_generator(model, &state->decoder.generator, settings);
    return gt_autoencoder_add_encoder(model, &state->encoder, 2 * model->latent_dim, settings,
                                      error);
}

static void carve_vae(gt_model *model, gt_arena *arena) {
    gt_vae *state = gt_vae_of(model);
    bool training = model->use == GT_MODEL_TRAIN;
    if (model->use == GT_MODEL_GENERATE)
        return;
    int most = training ? model->batch : state->decoder.generator.network.max_batch;
    size_t rows = (size_t)most, codes = rows * (size_t)model->latent_dim;
    gt_decoder_carve(&state->decoder, arena, most);
    state->codes = gt_arena_take(arena, 2 * codes, sizeof(gt_real));
    state->deviation = gt_arena_take(arena, codes, sizeof(gt_real));
    state->noise = gt_arena_take(arena, codes, sizeof(gt_real));
    state->z = gt_arena_take(arena, codes, sizeof(gt_real));
    state->kl = gt_arena_take(arena, (size_t)model->latent_dim, sizeof(double));
    state->condition = gt_arena_take(arena, rows * (size_t)model->classes, sizeof(gt_real));
    if (!training)
        return;
    state->images = gt_arena_take(arena, rows * (size_t)state->encoder.network.in, sizeof(gt_real));
    state->dcodes = gt_arena_take(arena, 2 * codes, sizeof(gt_real));
    state->dz = gt_arena_take(arena, codes, sizeof(gt_real));
}

static void init_vae(gt_model *model, const double *means) {
    gt_generator_begin(&gt_vae_of(model)->decoder.generator, means);
}

static void describe_vae(char *text, size_t capacity, const gt_model *model) {
    const gt_vae *state = gt_vae_of(model);
    snprintf(text, capacity, "%s reconstruction, KL weight %g", state->decoder.reconstruction->name,
             state->kl_weight);
}

const gt_model_kind gt_model_vae = {
    .name = "vae",
    .help = "variational autoencoder (Kingma and Welling 2014)",
    .sections = {"generator", "encoder"},
    .keys = {"reconstruction", "kl_weight", "conditional", "condition"},
    .stats = {{.name = "loss", .label = "loss", .format = "%.4f", .in_progress = true},
              {.name = "reconstruction", .label = "reconstruction", .format = "%.4f"},
              {.name = "kl", .label = "KL", .format = "%.4f", .in_progress = true}},
    .state_size = sizeof(gt_vae),
    .parse = parse_vae,
    .step = step_vae,
    .generate = generate_vae,
    .reconstruct = reconstruct_vae,
    .carve = carve_vae,
    .init = init_vae,
    .bound = bound_vae,
    .log_likelihood = log_likelihood_vae,
    .describe = describe_vae,
};
