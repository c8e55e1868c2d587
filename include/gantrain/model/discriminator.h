/* The discriminator D: images in, one logit out; D(x) = sigmoid(logit) is the probability that x is
 * real. */
#ifndef GANTRAIN_MODEL_DISCRIMINATOR_H
#define GANTRAIN_MODEL_DISCRIMINATOR_H

#include "gantrain/nn/init.h"
#include "gantrain/nn/network.h"
#include "gantrain/nn/optimizer.h"
#include "gantrain/nn/penalty.h"

/* What a discriminator is made of. */
typedef struct gt_discriminator_settings {
    const char *layers;    /* hidden layers; "dense 1" is added to them, unless they end in a
                              "dense 1 spectral_norm" or a "projection" */
    int projected_classes; /* more than 0: "projection CLASSES" instead of that; no other logit */
    const gt_optimizer_kind *optimizer;
    gt_optimizer_settings rates;
    gt_init init;
    double label_smoothing; /* real images have the target 1 - this */
    unsigned augment;       /* what may happen to its images (model/augment.h) */
    double r1_gamma;        /* weight of the gradient penalty R1 (nn/penalty.h); 0: none */
    double r1_final;        /* what it becomes, along half a cosine */
    double r2_gamma;        /* weight of the same penalty on fake images, R2 (eq. 10 there) */
    double r2_final;
    int r1_every; /* updates from penalties to the next, which count that many times;
                               0: as if 1 */
} gt_discriminator_settings;

typedef struct gt_discriminator {
    gt_network network; /* (pixels) to (1), a logit */
    gt_optimizer optimizer;
    gt_real real_target;
    double r1_gamma, r1_final, r2_gamma, r2_final;
    int r1_every;
    gt_penalty penalty;
} gt_discriminator;

/* Whether it is trained under a penalty at any update. */
bool gt_discriminator_is_penalised(const gt_discriminator *discriminator);

/* Shapes a discriminator of images of a shape. Errors as in gt_layers_parse, and GT_USAGE for a
 * gradient penalty with a layer that couples the images of a minibatch: the gradient at one image
 * would then depend on the others (Gulrajani et al. 2017, arXiv 1704.00028, section 4). */
gt_status gt_discriminator_parse(gt_discriminator *discriminator,
                                 const gt_discriminator_settings *settings, gt_shape shape,
                                 gt_error *error);

/* Adds the gradients of the penalties R1 on real images and R2 on fake ones (Mescheder et al. 2018,
 * arXiv 1801.04406, eq. 9 and 10), if it is their turn: they are asked for every r1_every updates
 * and then weigh that many times as much (Karras et al. 2020, "Analyzing and improving the image
 * quality of StyleGAN", arXiv 1912.04958, section 3.1).
 *
 *   logits      (batch)          memory
 *   real, fake  (batch, pixels)  as D sees them: changed, if they are augmented
 *   pass        whose rows are the real images, then the fake ones; its condition is that of the
 *               real ones
 *   fake_condition  of the fake ones, as in gt_pass
 *
 * A backward pass must have come since gt_network_begin_gradients. */
void gt_discriminator_add_penalties(gt_discriminator *discriminator, gt_real *logits,
                                    const gt_real *real, const gt_real *fake, gt_pass pass,
                                    const gt_real *fake_condition, int batch, uint64_t update);

#endif
