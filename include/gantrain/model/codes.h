/* The model codes: a generator without an opponent or an encoder. Every training image has a code,
 * and the generator learns by regression to map the code to the image. Codes lie in the unit ball.
 *
 *   fixed    a code is a function of the image's number alone: images that are alike have codes
 *            that are not, and the generator has to memorise each
 *   learned  codes follow their gradients too, and are pulled back into the ball (Bojanowski et al.
 *            2018, "Optimizing the Latent Space of Generative Networks", arXiv 1707.05776)
 *
 * Both start from the same codes. Samples are drawn from the normal distribution with the mean and
 * covariance of the codes. */
#ifndef GANTRAIN_MODEL_CODES_H
#define GANTRAIN_MODEL_CODES_H

#include "gantrain/model/decoder.h"
#include "gantrain/model/model.h"

/* The state of a model of the kind gt_model_codes. Its generator is gt_model.trained[0]. */
typedef struct gt_codes {
    gt_decoder decoder;
    bool are_learned;
    double rate; /* of learned codes */

    /* (latent_dim) and (latent_dim, latent_dim): the codes' mean and covariance, over about the
     * last hundred minibatches */
    gt_real *mean, *covariance;
    gt_real *values; /* (images, latent_dim): learned codes, in training only; else NULL */

    gt_optimizer fit; /* of codes (rows, latent_dim) for images to be reconstructed */

    /* Memory, in the model's arena; those from images on only in training. */
    gt_real *z;         /* (rows, latent_dim) */
    double *square;     /* (latent_dim, latent_dim): a covariance, or its factor */
    gt_real *dz;        /* (rows, latent_dim): in training, and to reconstruct */
    gt_real *images;    /* (batch, pixels) */
    gt_real *condition; /* (batch, classes), of a conditional one */
    double *batch_mean; /* (latent_dim) */
    gt_real *moved;     /* (whole_batch, latent_dim): learned codes, where there are processes */
} gt_codes;

/* The state of a model of this kind. */
gt_codes *gt_codes_of(const gt_model *model);

/* Sets code (latent_dim) to the one that image number `image` starts with. */
void gt_codes_draw(gt_real *code, uint64_t seed, uint32_t image, int latent_dim);

#endif
