/* The discriminator: a network that ends in a logit. */
#include "gantrain/model/discriminator.h"

#include <stdio.h>

#include "gantrain/model/condition.h"

bool gt_discriminator_is_penalised(const gt_discriminator *discriminator) {
    return discriminator->r1_gamma > 0 || discriminator->r1_final > 0 ||
           discriminator->r2_gamma > 0 || discriminator->r2_final > 0;
}

/* The name of the layer for which gt_network_couples_examples is true. */
static const char *coupling_kind(const gt_network *network) {
    const gt_layer *layer = network->layers;
    while (!layer->kind->couples_examples)
        layer++;
    return layer->kind->name;
}

/* Whether the list itself ends in the logit: in a `dense 1` with its option, or in a projection. */
static bool ends_in_logit(const gt_network *network) {
    const gt_layer *last = &network->layers[network->layer_count - 1];
    return last->kind == &gt_layer_projection ||
           (last->kind == &gt_layer_dense && network->out == 1 && last->norm_rows > 0);
}

/* A projection takes what comes before the logit, and not the logit. */
static gt_status check_projection(const gt_network *network, gt_error *error) {
    const gt_layer *last = &network->layers[network->layer_count - 1];
    if (last->kind == &gt_layer_projection || !ends_in_logit(network))
        return GT_OK;
    return gt_error_set(error, GT_USAGE,
                        "'dense 1 spectral_norm' is the logit, which is that of train.condition = "
                        "projection: leave it out");
}

gt_status gt_discriminator_parse(gt_discriminator *discriminator,
                                 const gt_discriminator_settings *settings, gt_shape shape,
                                 gt_error *error) {
    char layers[GT_LAYERS_TEXT], last[32] = "dense 1";
    if (settings->projected_classes > 0)
        snprintf(last, sizeof last, "%s %d", gt_layer_projection.name, settings->projected_classes);
    *discriminator = (gt_discriminator){
        .optimizer = {.kind = settings->optimizer, .settings = settings->rates},
        .real_target = (gt_real)(1 - settings->label_smoothing),
        .r1_gamma = settings->r1_gamma,
        .r1_final = settings->r1_final,
        .r2_gamma = settings->r2_gamma,
        .r2_final = settings->r2_final,
        .r1_every = settings->r1_every > 0 ? settings->r1_every : 1,
    };
    gt_network *network = &discriminator->network;
    int length = snprintf(layers, sizeof layers, "%s, %s", settings->layers, last);
    if (length >= (int)sizeof layers)
        return gt_error_set(error, GT_USAGE, "the layer list is over-long");
    gt_status status = gt_network_parse(network, settings->layers, shape, error);
    if (status == GT_OK && settings->projected_classes > 0)
        status = check_projection(network, error);
    if (status == GT_OK && !ends_in_logit(network))
        status = gt_network_parse(network, layers, shape, error);
    if (status == GT_OK && gt_discriminator_is_penalised(discriminator) &&
        gt_network_couples_examples(network))
        return gt_error_set(error, GT_USAGE,
                            "%s couples the images of a minibatch, so the gradient at one of them "
                            "means nothing: leave it out, or set r1_gamma = 0 and r2_gamma = 0",
                            coupling_kind(network));
    return status;
}

/* Adds one penalty; the first row is that of the pass's address and `first` on. */
static void add_penalty(gt_discriminator *discriminator, gt_real *logits, const gt_real *images,
                        double gamma, double final, gt_pass pass, int first, uint64_t update,
                        int batch) {
    double weight = gt_schedule_value(gt_schedule_find("cosine"), gamma, final, update,
                                      discriminator->optimizer.length);
    if (weight == 0)
        return;
    pass.address.example += (uint32_t)first;
    gt_network_forward(logits, &discriminator->network, images, batch, &pass);
    gt_penalty_add(&discriminator->penalty, &discriminator->network, images, logits,
                   (gt_real)(weight * discriminator->r1_every), batch);
}

void gt_discriminator_add_penalties(gt_discriminator *discriminator, gt_real *logits,
                                    const gt_real *real, const gt_real *fake, gt_pass pass,
                                    const gt_real *fake_condition, int batch, uint64_t update) {
    if (!gt_discriminator_is_penalised(discriminator) ||
        update % (uint64_t)discriminator->r1_every != 0)
        return;
    add_penalty(discriminator, logits, real, discriminator->r1_gamma, discriminator->r1_final, pass,
                0, update, batch);
    pass.condition = fake_condition;
    add_penalty(discriminator, logits, fake, discriminator->r2_gamma, discriminator->r2_final, pass,
                batch + (int)pass.skip, update, batch);
}
