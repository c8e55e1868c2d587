/* The Gaussian mixture: where it starts, a pass, samples, likelihood. */
#include "gantrain/model/mixture.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Images for each component that its start is chosen from. */
enum { CANDIDATES = 64 };

gt_mixture *gt_mixture_of(const gt_model *model) {
    assert(model->kind == &gt_model_mixture);
    return model->state;
}

/* Every pass goes over the same minibatches, those of the first: an image left over would make the
 * likelihood another function, which may fall. */
static void get_images(gt_mixture *state, const gt_minibatch_source *source, int number) {
    gt_minibatch minibatch = {.images = state->images};
    source->get(source->context, &minibatch, (uint64_t)number);
}

/* --- The start --- */

static double squared_distance(const gt_real *a, const gt_real *b, int pixels) {
    gt_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < pixels; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return (double)sum;
}

/* A number in [0, 1). */
static double draw_uniform(const gt_model *model, int component) {
    uint32_t bits[4];
    gt_random_bits(bits, (gt_address){model->seed, GT_PURPOSE_MIXTURE, 0, (uint32_t)component}, 0);
    return (bits[0] + bits[1] * 0x1p-32) * 0x1p-32;
}

/* The candidate that a component starts at: each with a probability in proportion to its
 * distance. */
static int choose_candidate(const gt_mixture *state, const gt_model *model, int component) {
    double sum = 0, all = 0;
    for (int i = 0; i < state->candidates; i++)
        all += state->distances[i];
    const double chosen = draw_uniform(model, component) * all;
    for (int i = 0; i < state->candidates - 1; i++) {
        sum += state->distances[i];
        if (sum > chosen)
            return i;
    }
    return state->candidates - 1;
}

/* Puts a component at a candidate, and brings the distances up to date. */
static void place_component(gt_mixture *state, const gt_model *model,
                            const gt_minibatch_source *source, int component, int candidate) {
    const int pixels = state->gaussians.pixels, batch = model->batch;
    gt_real *mean = state->gaussians.mean + (long)component * pixels;
    get_images(state, source, candidate / batch);
    memcpy(mean, state->images + (long)(candidate % batch) * pixels, (size_t)pixels * sizeof *mean);
    for (int i = 0; i < state->candidates; i++) {
        if (i % batch == 0)
            get_images(state, source, i / batch);
        double distance =
            squared_distance(state->images + (long)(i % batch) * pixels, mean, pixels);
        if (component == 0 || distance < state->distances[i])
            state->distances[i] = distance;
    }
}

/* Gives every component the variance of the candidates: as if they were all its own. */
static void spread_components(gt_mixture *state, const gt_model *model,
                              const gt_minibatch_source *source) {
    gt_gaussians *gaussians = &state->gaussians;
    const long pixels = gaussians->pixels, variances = gt_gaussians_variances(gaussians);
    const double floor = gaussians->floor;
    double *sums = gaussians->sums, *squares = sums + pixels, total = 0;
    gt_gaussians_begin_sums(gaussians);
    for (int i = 0; i < state->candidates; i++) {
        const gt_real *image = state->images + (long)(i % model->batch) * pixels;
        if (i % model->batch == 0)
            get_images(state, source, i / model->batch);
        for (long p = 0; p < pixels; p++) {
            sums[p] += (double)image[p] / state->candidates;
            squares[p] += (double)image[p] * (double)image[p] / state->candidates;
        }
    }
    for (long p = 0; p < pixels; p++)
        total += squares[p] - sums[p] * sums[p];
    for (long at = 0; at < gaussians->components * variances; at++) {
        long p = at % variances;
        double variance =
            gaussians->is_spherical ? total / (double)pixels : squares[p] - sums[p] * sums[p];
        gaussians->variance[at] = (gt_real)fmax(variance, floor);
    }
}

/* Gives factors small random directions: from 0 EM would not move them. */
static void draw_loadings(gt_mixture *state, const gt_model *model) {
    static const double size = 0.3; /* of a pixel's deviation, for all factors together */
    gt_gaussians *gaussians = &state->gaussians;
    const long pixels = gaussians->pixels, variances = gt_gaussians_variances(gaussians);
    const int vectors = gaussians->components * gaussians->factors;
    if (vectors == 0)
        return;
    gt_random_normal(gaussians->loading, NULL, (gt_address){model->seed, GT_PURPOSE_MIXTURE, 1, 0},
                     vectors, gaussians->pixels);
    for (long at = 0; at < vectors * pixels; at++) {
        const long k = at / (pixels * gaussians->factors), i = at % pixels;
        double variance = (double)gaussians->variance[k * variances + i % variances];
        gaussians->loading[at] *= (gt_real)(size * sqrt(variance / gaussians->factors));
    }
}

void gt_mixture_start(gt_model *model, const gt_minibatch_source *source) {
    gt_mixture *state = gt_mixture_of(model);
    const int components = state->gaussians.components;
    for (int i = 0; i < state->candidates; i++)
        state->distances[i] = 1;
    for (int k = 0; k < components; k++)
        place_component(state, model, source, k, choose_candidate(state, model, k));
    spread_components(state, model, source);
    for (int k = 0; k < components; k++)
        state->gaussians.weight[k] = (gt_real)(1.0 / components);
    draw_loadings(state, model);
    gt_gaussians_refresh(&state->gaussians);
}

/* --- A pass --- */

/* The E step over all images, with its sums. Returns the mean log-likelihood of an image. */
static double expect_all(gt_mixture *state, gt_model *model, const gt_minibatch_source *source) {
    const int own = model->processes != NULL ? model->processes->number : 0;
    const int every = model->processes != NULL ? model->processes->count : 1;
    double sum = 0;
    gt_gaussians_begin_sums(&state->gaussians);
    for (int i = own; i < model->minibatches; i += every) {
        get_images(state, source, i);
        gt_gaussians_expect(state->log_densities, &state->gaussians, model->compute, state->images,
                            model->batch);
        gt_gaussians_add(&state->gaussians, model->compute, model->batch);
        for (int row = 0; row < model->batch; row++)
            sum += state->log_densities[row];
    }
    gt_processes_sum(model->processes, &sum, 1);
    gt_gaussians_share_sums(&state->gaussians, model->processes);
    return sum / ((double)model->minibatches * model->batch);
}

/* EM cannot lower the likelihood, but for rounding: if it fell, the result is not to be trusted.
 * Returns the likelihood, or NAN if it fell. */
static double check_rise(gt_mixture *state, double log_likelihood, uint64_t step) {
    const double before = (double)*state->log_likelihood;
    const double rounding = (sizeof(gt_real) == sizeof(float) ? 1e-5 : 1e-11) *
                            (fabs(before) + state->gaussians.pixels);
    *state->log_likelihood = (gt_real)log_likelihood;
    if (step == 0 || log_likelihood >= before - rounding)
        return log_likelihood;
    snprintf(state->fall, sizeof state->fall,
             "the log-likelihood fell from %.4f to %.4f, which a pass of EM cannot do", before,
             log_likelihood);
    return NAN;
}

/* How many components the images are spread over: exp of the entropy of the weights. */
static double count_used(const gt_gaussians *gaussians) {
    double entropy = 0;
    for (int k = 0; k < gaussians->components; k++)
        if (gaussians->weight[k] > 0)
            entropy -= (double)gaussians->weight[k] * log((double)gaussians->weight[k]);
    return exp(entropy);
}

static void step_mixture(double *stats, gt_model *model, const gt_minibatch_source *source,
                         uint64_t step) {
    gt_mixture *state = gt_mixture_of(model);
    if (step == 0)
        gt_mixture_start(model, source);
    stats[0] = check_rise(state, expect_all(state, model, source), step);
    gt_gaussians_maximise(&state->gaussians);
    stats[1] = count_used(&state->gaussians);
}

static const char *diverged_part_of_mixture(const gt_model *model) {
    const gt_mixture *state = gt_mixture_of(model);
    return state->fall[0] != '\0' ? state->fall : model->kind->name;
}

/* --- Samples and likelihood --- */

/* The component that the first number of a latent vector chooses: the standard normal's
 * distribution function makes it uniform. */
static int choose_component(const gt_gaussians *gaussians, double z) {
    double chosen = 0.5 * erfc(-z * 0.7071067811865476), sum = 0;
    int last = 0; /* with a weight, for sums that rounding leaves below 1 */
    for (int k = 0; k < gaussians->components; k++) {
        sum += (double)gaussians->weight[k];
        if (gaussians->weight[k] > 0)
            last = k;
        if (sum > chosen && gaussians->weight[k] > 0)
            return k;
    }
    return last;
}

static void generate_mixture(gt_real *images, gt_model *model, const gt_real *z,
                             const gt_real *condition, int rows) {
    const gt_gaussians *gaussians = &gt_mixture_of(model)->gaussians;
    const long pixels = gaussians->pixels, variances = gt_gaussians_variances(gaussians);
    const long factors = gaussians->factors;
    (void)condition;
    for (long row = 0; row < rows; row++, z += model->latent_dim, images += pixels) {
        const long k = choose_component(gaussians, (double)z[0]);
        const gt_real *mean = gaussians->mean + k * pixels;
        for (long i = 0; i < pixels; i++) {
            double variance = (double)gaussians->variance[k * variances + i % variances];
            images[i] = mean[i] + (gt_real)(sqrt(variance) * (double)z[1 + i]);
        }
        for (long at = 0; at < factors * pixels; at++)
            images[at % pixels] +=
                gaussians->loading[k * factors * pixels + at] * z[1 + pixels + at / pixels];
    }
}

static void log_likelihood_of_mixture(double *log_likelihoods, gt_model *model,
                                      const gt_real *images, const gt_real *condition,
                                      uint64_t seed, uint32_t first, int draws, int rows) {
    (void)condition, (void)seed, (void)first, (void)draws;
    gt_gaussians_expect(log_likelihoods, &gt_mixture_of(model)->gaussians, model->compute, images,
                        rows);
}

/* --- The row of the table of models --- */

static gt_status check_mixture(const gt_model *model, const gt_model_settings *settings,
                               gt_error *error) {
    const uint32_t images = model->spec.count;
    const int pixels = gt_shape_size(model->spec.shape);
    if (settings->mixture.factors >= pixels)
        return gt_error_set(error, GT_USAGE,
                            "[mixture] factors = %d: an image has only %d pixels: take fewer",
                            settings->mixture.factors, pixels);
    if (model->use != GT_MODEL_TRAIN)
        return GT_OK;
    if ((uint32_t)settings->mixture.components > images)
        return gt_error_set(error, GT_USAGE,
                            "[mixture] components = %d: there are only %u images, and each "
                            "component needs one to start at",
                            settings->mixture.components, (unsigned)images);
    if (model->compute->precision != GT_FP32)
        return gt_error_set(error, GT_USAGE,
                            "[train] precision = bf16: the variances of the model mixture need "
                            "more digits: set precision = fp32");
    return GT_OK;
}

static void list_tensors(gt_model *model) {
    gt_gaussians *gaussians = &gt_mixture_of(model)->gaussians;
    const int components = gaussians->components, pixels = gaussians->pixels;
    model->tensor_count = 4;
    model->tensors[0] = (gt_model_tensor){"mixture.weight", components, &gaussians->weight, 0};
    model->tensors[1] = (gt_model_tensor){"mixture.mean", pixels, &gaussians->mean, components};
    model->tensors[2] =
        gaussians->is_spherical
            ? (gt_model_tensor){"mixture.variance", components, &gaussians->variance, 0}
            : (gt_model_tensor){"mixture.variance", pixels, &gaussians->variance, components};
    model->tensors[3] =
        (gt_model_tensor){"mixture.log_likelihood", 1, &gt_mixture_of(model)->log_likelihood, 0};
    if (gaussians->factors > 0)
        model->tensors[model->tensor_count++] = (gt_model_tensor){
            "mixture.loading", pixels, &gaussians->loading, components * gaussians->factors};
}

static gt_status parse_mixture(gt_model *model, const gt_model_settings *settings,
                               gt_error *error) {
    gt_mixture *state = gt_mixture_of(model);
    const int components = settings->mixture.components, batch = settings->batch;
    gt_status status = check_mixture(model, settings, error);
    if (status != GT_OK)
        return status;
    state->gaussians = (gt_gaussians){.components = components,
                                      .pixels = gt_shape_size(model->spec.shape),
                                      .is_spherical = settings->mixture.is_spherical,
                                      .factors = settings->mixture.factors,
                                      .floor = settings->mixture.variance_floor};
    model->low = 0;
    model->high = 1;
    model->prior = gt_prior_find("normal");
    model->latent_dim = 1 + state->gaussians.pixels + state->gaussians.factors;
    model->minibatches = (int)(model->spec.count / (uint32_t)batch);
    if (model->minibatches < 1)
        model->minibatches = 1;
    const int images = model->minibatches * batch;
    state->candidates = components > images / CANDIDATES ? images : components * CANDIDATES;
    list_tensors(model);
    return GT_OK;
}

static void carve_mixture(gt_model *model, gt_arena *arena) {
    gt_mixture *state = gt_mixture_of(model);
    const bool training = model->use == GT_MODEL_TRAIN;
    const size_t batch = (size_t)model->batch, pixels = (size_t)state->gaussians.pixels;
    if (model->use == GT_MODEL_GENERATE)
        return;
    gt_gaussians_carve(&state->gaussians, arena, training ? model->batch : model->rows, training);
    if (!training)
        return;
    state->images = gt_arena_take(arena, batch * pixels, sizeof(gt_real));
    state->log_densities = gt_arena_take(arena, batch, sizeof(double));
    state->distances = gt_arena_take(arena, (size_t)state->candidates, sizeof(double));
}

static void restored_mixture(gt_model *model) {
    gt_gaussians *gaussians = &gt_mixture_of(model)->gaussians;
    if (gaussians->natural != NULL)
        gt_gaussians_refresh(gaussians);
}

/* Before the first pass, images are noise around the mean of all. */
static void init_mixture(gt_model *model, const double *means) {
    gt_mixture *state = gt_mixture_of(model);
    gt_gaussians *gaussians = &state->gaussians;
    const long pixels = gaussians->pixels;
    for (long k = 0; k < gaussians->components; k++) {
        gaussians->weight[k] = 1 / (gt_real)gaussians->components;
        for (long i = 0; i < pixels; i++)
            gaussians->mean[k * pixels + i] = means != NULL ? (gt_real)means[i] : (gt_real)0.5;
    }
    for (long i = 0; i < (long)gaussians->components * gt_gaussians_variances(gaussians); i++)
        gaussians->variance[i] = (gt_real)gaussians->floor;
    for (long i = 0; i < (long)gaussians->components * gaussians->factors * pixels; i++)
        gaussians->loading[i] = 0;
    restored_mixture(model);
}

static void describe_mixture(char *text, size_t capacity, const gt_model *model) {
    const gt_gaussians *gaussians = &gt_mixture_of(model)->gaussians;
    char factors[32] = "";
    if (gaussians->factors > 0)
        snprintf(factors, sizeof factors, " and %d factors", gaussians->factors);
    snprintf(text, capacity, "%d components, %s covariance%s, variances of %g or more",
             gaussians->components, gaussians->is_spherical ? "spherical" : "diagonal", factors,
             gaussians->floor);
}

const gt_model_kind gt_model_mixture = {
    .name = "mixture",
    .help = "Gaussian mixture of pixels, by maximum likelihood (expectation-maximisation)",
    .sections = {"mixture"},
    .stats = {{.name = "training_log_likelihood",
               .label = "log-likelihood",
               .format = "%.4f",
               .in_progress = true},
              {.name = "components_used", .label = "components used", .format = "%.1f"}},
    .state_size = sizeof(gt_mixture),
    .parse = parse_mixture,
    .step = step_mixture,
    .generate = generate_mixture,
    .carve = carve_mixture,
    .init = init_mixture,
    .restored = restored_mixture,
    .log_likelihood = log_likelihood_of_mixture,
    .likelihood_is_exact = true,
    .describe = describe_mixture,
    .diverged_part = diverged_part_of_mixture,
    .remedy = "begin again with a higher mixture.variance_floor",
    .lacks_latent_vector = true,
    .takes_whole_minibatches = true,
};
