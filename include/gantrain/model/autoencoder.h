/* The models autoencoder and vae: an encoder and a generator (the decoder), trained end to end.
 *
 * autoencoder  a code is E(x), and G(E(x)) is to be x
 * vae          E(x) is the mean and log variance of a normal distribution of codes, from which one is
 *              drawn: the variational autoencoder of Kingma and Welling 2014, "Auto-Encoding
 *              Variational Bayes", arXiv 1312.6114, section 3 */
#ifndef GANTRAIN_MODEL_AUTOENCODER_H
#define GANTRAIN_MODEL_AUTOENCODER_H

#include "gantrain/model/model.h"

/* Where the networks stand in gt_model.trained. */
enum { GT_AUTOENCODER_GENERATOR, GT_AUTOENCODER_ENCODER };

/* The state of a model of these kinds. */
typedef struct gt_autoencoder {
    gt_generator generator;
    gt_network encoder; /* (pixels) to (latent_dim), or, for a vae, (2 latent_dim): means, then log
                           variances */
    gt_optimizer encoder_optimizer;
    const gt_reconstruction *reconstruction;
    bool is_variational;
    double kl_weight;

    /* Mean and deviation of codes over recent minibatches, (latent_dim) each: of an autoencoder, whose
     * codes nothing draws to the prior. In the model's arena, and in its checkpoints. */
    gt_real *code_mean, *code_deviation;

    /* Memory of training, in the model's arena. Rows are those of a minibatch. */
    gt_real *images;         /* (rows, pixels) */
    gt_real *codes, *dcodes; /* (rows, outputs of the encoder) */
    gt_real *noise;          /* (rows, latent_dim), of a vae */
    gt_real *z, *dz;         /* (rows, latent_dim): codes as the generator takes them */
    gt_real *output;         /* (rows, pixels): the reconstruction, or its logits */
    gt_real *doutput;        /* (rows, pixels) */
} gt_autoencoder;

/* The state of a model of these kinds. */
gt_autoencoder *gt_autoencoder_of(const gt_model *model);

/* The KL divergence of N(mean, exp(log_variance)) from the standard normal, summed over components
 * and averaged over rows, in nats: 1/2 sum (mean^2 + exp(log_variance) - 1 - log_variance), appendix B.
 *
 *   codes   (rows, 2 latent_dim)  means, then log variances
 *   dcodes  (rows, 2 latent_dim)  weight times its gradient is added */
double gt_kl_to_prior(gt_real *dcodes, const gt_real *codes, double weight, int rows,
                      int latent_dim);

#endif
