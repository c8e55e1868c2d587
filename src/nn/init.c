/* Initial weights: a table of schemes, most of which look at the activation that follows. */
#include "gantrain/nn/init.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/text.h"

static double he_deviation(const gt_layer *layer, const gt_layer *next) {
    (void)next;
    return sqrt(2 / layer->fan_in);
}

static double glorot_deviation(const gt_layer *layer, const gt_layer *next) {
    (void)next;
    return sqrt(2 / (layer->fan_in + layer->fan_out));
}

static double fitting_deviation(const gt_layer *layer, const gt_layer *next) {
    if (next != NULL && next->kind->gain != NULL)
        return next->kind->gain(next) / sqrt(layer->fan_in);
    return glorot_deviation(layer, next);
}

static const gt_init_scheme schemes[] = {
    {"auto",
     "normal: he with a rectifier's slope a before one, sqrt(2 / ((1 + a^2) in)); else glorot",
     NULL, fitting_deviation},
    {"he", "normal, deviation sqrt(2 / in) (He et al. 2015, eq. 10)", NULL, he_deviation},
    {"glorot", "normal, deviation sqrt(2 / (in + out)) (Glorot and Bengio 2010, eq. 12)", NULL,
     glorot_deviation},
    {"uniform", "uniform on -R to R", "R", NULL},
};

enum { SCHEME_COUNT = sizeof schemes / sizeof *schemes };

static const double smallest_range = 1e-6, largest_range = 10;

const gt_init_scheme *gt_init_scheme_at(int index) {
    return index < SCHEME_COUNT ? &schemes[index] : NULL;
}

/* "auto, he, glorot, uniform R" */
static void list_schemes(char *text, size_t capacity) {
    size_t used = 0;
    for (int i = 0; i < SCHEME_COUNT && used < capacity; i++)
        used = gt_text_append(text, capacity, used, "%s%s%s%s", i ? ", " : "", schemes[i].name,
                              schemes[i].argument ? " " : "",
                              schemes[i].argument ? schemes[i].argument : "");
}

gt_status gt_init_parse(gt_init *init, const char *text, gt_error *error) {
    char known[128];
    size_t length = strcspn(text, " \t");
    const char *number = text + length + strspn(text + length, " \t");
    for (int i = 0; i < SCHEME_COUNT; i++) {
        if (strlen(schemes[i].name) != length || strncmp(schemes[i].name, text, length) != 0)
            continue;
        bool fits = schemes[i].argument == NULL
                        ? *number == '\0'
                        : gt_text_to_real(&init->range, number) && init->range >= smallest_range &&
                              init->range <= largest_range;
        if (fits) {
            init->scheme = &schemes[i];
            return GT_OK;
        }
    }
    list_schemes(known, sizeof known);
    return gt_error_set(error, GT_USAGE, "needs one of: %s (R %g to %g)", known, smallest_range,
                        largest_range);
}

static void draw_weights(gt_real *values, gt_team *team, const gt_layer_tensor *tensor,
                         gt_init init, const gt_layer *layer, const gt_layer *next,
                         gt_address address) {
    if (init.scheme->deviation == NULL) {
        const gt_real range = (gt_real)init.range;
        gt_random_uniform(values, team, address, -range, range, tensor->sizes[0],
                          gt_layer_tensor_columns(tensor));
        return;
    }
    gt_random_normal(values, team, address, tensor->sizes[0], gt_layer_tensor_columns(tensor));
    const gt_real deviation = (gt_real)init.scheme->deviation(layer, next);
    for (size_t i = 0; i < gt_layer_tensor_size(tensor); i++)
        values[i] *= deviation;
}

void gt_init_network(gt_network *network, gt_init init, uint64_t seed, gt_purpose purpose) {
    if (init.scheme == NULL)
        init.scheme = &schemes[0];
    for (int i = 0; i < network->layer_count; i++) {
        const gt_layer *layer = &network->layers[i];
        const gt_layer *next = i + 1 < network->layer_count ? layer + 1 : NULL;
        for (int k = 0; k < layer->tensor_count; k++) {
            const gt_layer_tensor *tensor = &layer->tensors[k];
            gt_real *values = gt_network_tensor(network, tensor);
            if (tensor->drawn) {
                gt_address address = {seed, purpose, (uint64_t)i, 0};
                draw_weights(values, network->compute->team, tensor, init, layer, next, address);
                continue;
            }
            for (size_t j = 0; j < gt_layer_tensor_size(tensor); j++)
                values[j] = tensor->value;
        }
    }
    gt_network_refresh(network);
    gt_network_fit_norms(network);
}
