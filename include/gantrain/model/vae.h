/* The model vae: the variational autoencoder of Kingma and Welling 2014, "Auto-Encoding Variational
 * Bayes", arXiv 1312.6114. The encoder gives mean and log variance of a normal distribution of
 * codes q(z | x), the generator p(x | z), and both are trained to raise the bound
 *
 *   ELBO(x) = E log p(x | z) - KL(q(z | x) || p(z)) <= log p(x)        (eq. 3)
 *
 * where p(z) is the standard normal and the expectation is over one draw from q. */
#ifndef GANTRAIN_MODEL_VAE_H
#define GANTRAIN_MODEL_VAE_H

#include "gantrain/model/decoder.h"
#include "gantrain/model/encoder.h"
#include "gantrain/model/model.h"

/* The state of a model of the kind gt_model_vae. Its networks stand in gt_model.trained as those of
 * an autoencoder. */
typedef struct gt_vae {
    gt_decoder decoder;
    gt_encoder encoder; /* (pixels) to (2 latent_dim): a row is means, then log variances */
    double kl_weight;   /* of the KL divergence in the loss; 1: the loss is -ELBO */

    /* Memory, in the model's arena. Rows are those of a minibatch, or, to judge, of a call. */
    gt_real *images;         /* (rows, pixels) */
    gt_real *codes, *dcodes; /* (rows, 2 latent_dim) */
    gt_real *deviation;      /* (rows, latent_dim): exp(log variance / 2) */
    gt_real *noise;          /* (rows, latent_dim) */
    gt_real *z, *dz;         /* (rows, latent_dim): mean + deviation noise */
    double *kl;              /* (latent_dim): of each component, over the rows */
    gt_real *condition;      /* (rows, classes), of a conditional one */
} gt_vae;

/* The state of a model of this kind. */
gt_vae *gt_vae_of(const gt_model *model);

/* The KL divergence of q(z | x) from the standard normal: for each component
 * 1/2 (mean^2 + variance - 1 - log variance), appendix B, in nats.
 *
 *   kl         (latent_dim)        the sum over rows is added
 *   codes      (rows, 2 latent_dim)
 *   deviation  (rows, latent_dim) */
void gt_vae_add_kl(double *kl, const gt_real *codes, const gt_real *deviation, int rows,
                   int latent_dim);

#endif
