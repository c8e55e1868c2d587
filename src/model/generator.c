/* The generator: an MLP between a prior and a range of pixels. */
#include "gantrain/model/generator.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void draw_normal(gt_real *z, gt_team *team, gt_address address, int rows, int columns) {
    gt_random_normal(z, team, address, rows, columns);
}

#define ROOT_3 ((gt_real)1.7320508075688772) /* uniform on +-sqrt 3 has variance 1 */

static void draw_uniform(gt_real *z, gt_team *team, gt_address address, int rows, int columns) {
    gt_random_uniform(z, team, address, -ROOT_3, ROOT_3, rows, columns);
}

static const gt_prior priors[] = {
    {"normal", "standard normal", 3, true, draw_normal},
    {"uniform", "uniform on -sqrt 3 to sqrt 3 (variance 1)", ROOT_3, false, draw_uniform},
};

static const gt_output outputs[] = {
    {"tanh", "pixels in [-1, 1]", -1, 1, 0.5},
    {"sigmoid", "pixels in [0, 1]", 0, 1, 1},
};

enum { PRIOR_COUNT = sizeof priors / sizeof *priors };
enum { OUTPUT_COUNT = sizeof outputs / sizeof *outputs };

const gt_prior *gt_prior_at(int index) {
    return index < PRIOR_COUNT ? &priors[index] : NULL;
}

const gt_prior *gt_prior_find(const char *name) {
    for (int i = 0; i < PRIOR_COUNT; i++)
        if (strcmp(priors[i].name, name) == 0)
            return &priors[i];
    return NULL;
}

const gt_output *gt_output_at(int index) {
    return index < OUTPUT_COUNT ? &outputs[index] : NULL;
}

const gt_output *gt_output_find(const char *name) {
    for (int i = 0; i < OUTPUT_COUNT; i++)
        if (strcmp(outputs[i].name, name) == 0)
            return &outputs[i];
    return NULL;
}

gt_status gt_generator_parse(gt_generator *generator, const gt_generator_settings *settings,
                             gt_shape shape, gt_error *error) {
    char layers[2048];
    *generator = (gt_generator){
        .prior = settings->prior,
        .output = settings->output,
        .init = settings->init,
        .optimizer = {.kind = settings->optimizer, .settings = settings->rates},
    };
    int length = snprintf(layers, sizeof layers, "%s, dense %d, %s", settings->layers,
                          gt_shape_size(shape), settings->output->name);
    if (length >= (int)sizeof layers)
        return gt_error_set(error, GT_USAGE, "the layer list is over-long");
    return gt_network_parse(&generator->network, layers, gt_shape_of_vector(settings->latent_dim),
                            error);
}

void gt_generator_carve(gt_generator *generator, gt_arena *arena, int max_batch, bool training) {
    gt_network_carve(&generator->network, arena, max_batch, training);
    if (training)
        gt_optimizer_carve(&generator->optimizer, arena, generator->network.parameter_count);
    generator->optimizer.rounded = generator->network.rounded;
}

void gt_generator_set_marginals(gt_generator *generator, const double *marginals) {
    const gt_layer *dense = &generator->network.layers[generator->network.layer_count - 2];
    gt_real *bias = gt_network_tensor(&generator->network, &dense->tensors[1]);
    for (int i = 0; i < gt_shape_size(dense->out); i++) {
        double p = fmin(fmax(marginals[i], 1e-7), 1 - 1e-7);
        bias[i] = (gt_real)(generator->output->per_logit * log(p / (1 - p)));
    }
    gt_network_refresh(&generator->network);
}

void gt_generator_swap_average(gt_generator *generator) {
    gt_real *average = generator->optimizer.average;
    if (average == NULL)
        return;
    generator->optimizer.average = generator->network.parameters;
    generator->network.parameters = average;
    gt_network_refresh(&generator->network);
}

void gt_generator_draw_latent(gt_real *z, const gt_generator *generator, gt_address address,
                              int batch) {
    gt_profile *profile = generator->network.profile;
    double start = profile != NULL ? gt_profile_now() : 0;
    generator->prior->draw(z, generator->network.compute->team, address, batch,
                           generator->network.in);
    if (profile != NULL)
        gt_profile_add(profile, "noise", start, 0);
}
