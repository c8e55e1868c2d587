/* The encoder E: images in, codes out. */
#ifndef GANTRAIN_MODEL_ENCODER_H
#define GANTRAIN_MODEL_ENCODER_H

#include "gantrain/nn/init.h"
#include "gantrain/nn/network.h"
#include "gantrain/nn/optimizer.h"

/* What an encoder is made of. */
typedef struct gt_encoder_settings {
    const char *layers; /* hidden layers; "dense OUTPUTS" is added to them; "": none */
    const gt_optimizer_kind *optimizer;
    gt_optimizer_settings rates;
    gt_init init;
} gt_encoder_settings;

typedef struct gt_encoder {
    gt_network network; /* (pixels) to (outputs) */
    gt_optimizer optimizer;
} gt_encoder;

/* Shapes an encoder of images of a shape to so many outputs. Errors as in gt_layers_parse. */
gt_status gt_encoder_parse(gt_encoder *encoder, const gt_encoder_settings *settings, gt_shape shape,
                           int outputs, gt_error *error);

#endif
