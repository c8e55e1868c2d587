/* The model autoencoder: an encoder E and a generator G that are trained end to end so that G(E(x))
 * is x. Then G is a generator: nothing draws codes to the prior, so latent vectors are scaled to
 * the mean and deviation that codes have. */
#ifndef GANTRAIN_MODEL_AUTOENCODER_H
#define GANTRAIN_MODEL_AUTOENCODER_H

#include "gantrain/model/decoder.h"
#include "gantrain/model/encoder.h"
#include "gantrain/model/model.h"

/* Where the networks stand in gt_model.trained, of a vae too. */
enum { GT_AUTOENCODER_GENERATOR, GT_AUTOENCODER_ENCODER };

/* The state of a model of the kind gt_model_autoencoder. */
typedef struct gt_autoencoder {
    gt_decoder decoder;
    gt_encoder encoder; /* (pixels) to (latent_dim) */

    /* (latent_dim): the codes' mean and deviation, over about the last hundred minibatches */
    gt_real *code_mean, *code_deviation;

    /* Memory, in the model's arena; but for z only in training. */
    gt_real *z;              /* (rows, latent_dim): latent vectors, scaled as codes are */
    gt_real *images;         /* (batch, pixels) */
    gt_real *codes, *dcodes; /* (batch, latent_dim) */
    double *moments;         /* (2, latent_dim): of the codes of all processes' rows */
    gt_real *condition;      /* (batch, classes), of a conditional one */
} gt_autoencoder;

/* The state of a model of this kind. */
gt_autoencoder *gt_autoencoder_of(const gt_model *model);

/* Shapes an encoder to so many outputs, and adds it to model->trained after
 * gt_model_show_generator: also for a vae. Fails with GT_USAGE; the message begins with the
 * section. Borrows encoder. */
gt_status gt_autoencoder_add_encoder(gt_model *model, gt_encoder *encoder, int outputs,
                                     const gt_model_settings *settings, gt_error *error);

#endif
