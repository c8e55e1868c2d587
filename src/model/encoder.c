/* The encoder: a network that ends in numbers of any size. */
#include "gantrain/model/encoder.h"

#include <stdio.h>

gt_status gt_encoder_parse(gt_encoder *encoder, const gt_encoder_settings *settings, gt_shape shape,
                           int outputs, gt_error *error) {
    char layers[2048];
    *encoder =
        (gt_encoder){.optimizer = {.kind = settings->optimizer, .settings = settings->rates}};
    int length = snprintf(layers, sizeof layers, "%s%sdense %d", settings->layers,
                          settings->layers[0] != '\0' ? ", " : "", outputs);
    if (length >= (int)sizeof layers)
        return gt_error_set(error, GT_USAGE, "the layer list is over-long");
    gt_status status = gt_network_parse(&encoder->network, layers, shape, error);
    if (status == GT_OK && gt_network_takes_minibatches(&encoder->network))
        return gt_error_set(error, GT_USAGE,
                            "minibatch_stddev makes a code depend on the images next to it: it is "
                            "for discriminators");
    return status;
}
