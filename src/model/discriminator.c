/* The discriminator: an MLP that ends in a logit. */
#include "gantrain/model/discriminator.h"

#include <stdio.h>

gt_status gt_discriminator_parse(gt_discriminator *discriminator,
                                 const gt_discriminator_settings *settings, gt_shape shape,
                                 gt_error *error) {
    char layers[2048];
    *discriminator = (gt_discriminator){
        .optimizer = {.kind = settings->optimizer, .settings = settings->rates},
        .init = settings->init,
        .real_target = (gt_real)(1 - settings->label_smoothing),
        .r1_gamma = settings->r1_gamma,
        .r1_every = settings->r1_every > 0 ? settings->r1_every : 1,
    };
    int length = snprintf(layers, sizeof layers, "%s, dense 1", settings->layers);
    if (length >= (int)sizeof layers)
        return gt_error_set(error, GT_USAGE, "the layer list is over-long");
    gt_status status = gt_network_parse(&discriminator->network, layers, shape, error);
    if (status == GT_OK && settings->r1_gamma > 0 &&
        gt_network_couples_examples(&discriminator->network))
        return gt_error_set(error, GT_USAGE,
                            "batchnorm couples the images of a minibatch, so the gradient at one "
                            "of them means nothing: leave it out, or set r1_gamma = 0");
    return status;
}

void gt_discriminator_carve(gt_discriminator *discriminator, gt_arena *arena, int max_batch) {
    gt_network_carve(&discriminator->network, arena, max_batch, true);
    gt_optimizer_carve(&discriminator->optimizer, arena, discriminator->network.parameter_count);
    discriminator->optimizer.rounded = discriminator->network.rounded;
    if (discriminator->r1_gamma > 0)
        gt_penalty_carve(&discriminator->penalty, &discriminator->network, arena, max_batch / 2);
}
