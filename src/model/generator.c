/* The generator: a network between a prior and a range of pixels. */
#include "gantrain/model/generator.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const gt_output outputs[] = {
    {"tanh", "pixels in [-1, 1]", -1, 1, 0.5},
    {"sigmoid", "pixels in [0, 1]", 0, 1, 1},
};

enum { OUTPUT_COUNT = sizeof outputs / sizeof *outputs };

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
        .starts_at_means = settings->starts_at_means,
        .optimizer = {.kind = settings->optimizer, .settings = settings->rates},
    };
    int length = snprintf(layers, sizeof layers, "%s, dense %d, %s", settings->layers,
                          gt_shape_size(shape), settings->output->name);
    if (length >= (int)sizeof layers)
        return gt_error_set(error, GT_USAGE, "the layer list is over-long");
    return gt_network_parse(&generator->network, layers, gt_shape_of_vector(settings->latent_dim),
                            error);
}

void gt_generator_set_means(gt_generator *generator, const double *means) {
    const gt_layer *dense = &generator->network.layers[generator->network.layer_count - 2];
    gt_real *bias = gt_network_tensor(&generator->network, &dense->tensors[1]);
    for (int i = 0; i < gt_shape_size(dense->out); i++) {
        double p = fmin(fmax(means[i], 1e-7), 1 - 1e-7);
        bias[i] = (gt_real)(generator->output->per_logit * log(p / (1 - p)));
    }
    gt_network_refresh(&generator->network);
}

void gt_generator_draw_latent(gt_real *z, const gt_generator *generator, gt_address address,
                              int batch) {
    const gt_network *network = &generator->network;
    double start = network->profile != NULL ? gt_profile_now() : 0;
    generator->prior->draw(z, network->compute->team, address, batch, network->in);
    if (network->profile != NULL)
        gt_profile_add(network->profile, "noise", start, 0);
}
