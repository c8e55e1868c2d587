/* The discriminator D: images in, one logit out; D(x) = sigmoid(logit) is the probability that x is
 * real. */
#ifndef GANTRAIN_GAN_DISCRIMINATOR_H
#define GANTRAIN_GAN_DISCRIMINATOR_H

#include "gantrain/nn/mlp.h"
#include "gantrain/nn/optimizer.h"

/* What a discriminator is made of. */
typedef struct gt_discriminator_settings {
    const char *layers; /* hidden layers; "dense 1" is added behind them */
    const gt_optimizer_kind *optimizer;
    gt_optimizer_settings rates;
} gt_discriminator_settings;

typedef struct gt_discriminator {
    gt_mlp mlp; /* (pixels) to (1), a logit */
    gt_optimizer optimizer;
} gt_discriminator;

/* Shapes a discriminator of images with `pixels` numbers each. Errors as in gt_layers_parse. */
gt_status gt_discriminator_parse(gt_discriminator *discriminator,
                                 const gt_discriminator_settings *settings, int pixels,
                                 gt_error *error);

/* Lays out its memory for training with up to max_batch images in one pass, real and fake together.
 */
void gt_discriminator_carve(gt_discriminator *discriminator, gt_arena *arena, int max_batch);

#endif
