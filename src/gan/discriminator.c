/* The discriminator: an MLP that ends in a logit. */
#include "gantrain/gan/discriminator.h"

#include <stdio.h>

gt_status gt_discriminator_parse(gt_discriminator *discriminator,
                                 const gt_discriminator_settings *settings, int pixels,
                                 gt_error *error) {
    char layers[2048];
    *discriminator =
        (gt_discriminator){.optimizer = {.kind = settings->optimizer, .settings = settings->rates}};
    int length = snprintf(layers, sizeof layers, "%s, dense 1", settings->layers);
    if (length >= (int)sizeof layers)
        return gt_error_set(error, GT_USAGE, "the layer list is over-long");
    return gt_mlp_parse(&discriminator->mlp, layers, pixels, error);
}

void gt_discriminator_carve(gt_discriminator *discriminator, gt_arena *arena, int max_batch) {
    gt_mlp_carve(&discriminator->mlp, arena, max_batch, true);
    gt_optimizer_carve(&discriminator->optimizer, arena, discriminator->mlp.parameter_count);
    discriminator->optimizer.rounded = discriminator->mlp.rounded;
}
