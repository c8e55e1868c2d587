/* The generator: a network between a prior and a range of pixels. */
#include "gantrain/model/generator.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const gt_output outputs[] = {
    {"tanh", "pixels in [-1, 1]", true, -1, 1, 0.5},
    {"sigmoid", "pixels in [0, 1]", true, 0, 1, 1},
    {"linear", "pixels in [0, 1], and what is beyond is black or white", false, 0, 1, 0},
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

/* Writes what follows on the list of a config, whose last layer gives `out`: the activation alone
 * if that is an image of the right shape. */
static gt_status imply_layers(char *text, size_t capacity, gt_shape out, gt_shape shape,
                              const gt_output *output, gt_error *error) {
    char given[GT_SHAPE_TEXT], wanted[GT_SHAPE_TEXT];
    const char *joint = output->is_layer ? ", " : "",
               *activation = output->is_layer ? output->name : "";
    if (out.height == 1 && out.width == 1)
        snprintf(text, capacity, ", dense %d%s%s", gt_shape_size(shape), joint, activation);
    else if (gt_shape_equal(out, shape))
        snprintf(text, capacity, "%s%s", joint, activation);
    else
        return gt_error_set(error, GT_USAGE,
                            "the list ends in an image of %s, but the data are %s: change the "
                            "layers, or end in 'flatten', after which 'dense %d' is implied",
                            gt_shape_format(given, out), gt_shape_format(wanted, shape),
                            gt_shape_size(shape));
    return GT_OK;
}

gt_status gt_generator_parse(gt_generator *generator, const gt_generator_settings *settings,
                             gt_shape shape, gt_error *error) {
    char layers[2048], implied[64];
    const gt_shape z = gt_shape_of_vector(settings->latent_dim);
    gt_network *network = &generator->network;
    *generator = (gt_generator){
        .prior = settings->prior,
        .output = settings->output,
        .starts_at_means = settings->starts_at_means,
        .optimizer = {.kind = settings->optimizer, .settings = settings->rates},
    };
    gt_status status = GT_OK;
    gt_shape out = z;
    if (settings->layers[0] != '\0') {
        status = gt_network_parse(network, settings->layers, z, error);
        if (status == GT_OK)
            out = network->layers[network->layer_count - 1].out;
    }
    if (status == GT_OK)
        status = imply_layers(implied, sizeof implied, out, shape, settings->output, error);
    if (status != GT_OK)
        return status;
    const char *joint = settings->layers[0] == '\0' ? implied + 2 : implied; /* without ", " */
    int length = snprintf(layers, sizeof layers, "%s%s", settings->layers, joint);
    if (length >= (int)sizeof layers)
        return gt_error_set(error, GT_USAGE, "the layer list is over-long");
    status = gt_network_parse(network, layers, z, error);
    if (status == GT_OK && gt_network_takes_minibatches(network))
        return gt_error_set(error, GT_USAGE,
                            "minibatch_stddev makes an image depend on those drawn with it: it is "
                            "for discriminators");
    return status;
}

void gt_generator_set_means(gt_generator *generator, const double *means) {
    const gt_network *network = &generator->network;
    const gt_output *output = generator->output;
    const gt_layer *last = &network->layers[network->layer_count - 1 - output->is_layer];
    const int channels = last->out.channels, pixels = network->out / channels;
    gt_real *bias = NULL;
    for (int k = 0; k < last->tensor_count; k++)
        if (strcmp(last->tensors[k].name, "bias") == 0 && last->tensors[k].sizes[0] == channels)
            bias = gt_network_tensor(network, &last->tensors[k]);
    for (int i = 0; bias != NULL && i < channels; i++) {
        double mean = 0;
        for (int pixel = 0; pixel < pixels; pixel++)
            mean += means[(long)pixel * channels + i] / pixels;
        double p = fmin(fmax(mean, 1e-7), 1 - 1e-7);
        bias[i] = (gt_real)(output->is_layer ? output->per_logit * log(p / (1 - p)) : p);
    }
    gt_network_refresh(&generator->network);
}

void gt_generator_begin(gt_generator *generator, const double *means) {
    if (generator->starts_at_means && means != NULL)
        gt_generator_set_means(generator, means);
}

void gt_generator_draw_latent(gt_real *z, const gt_generator *generator, gt_address address,
                              int batch) {
    const gt_network *network = &generator->network;
    double start = network->profile != NULL ? gt_profile_now() : 0;
    generator->prior->draw(z, network->compute->team, address, batch, network->in);
    if (network->profile != NULL)
        gt_profile_add(network->profile, "noise", start, 0);
}
