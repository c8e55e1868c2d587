/* The model mixture: a mixture of normal distributions over pixels, fitted by maximum likelihood. A
 * step is one pass of expectation-maximisation (model/gaussians.h) over the training images, and an
 * epoch is one step. The first step also chooses where the components start, by k-means++ (Arthur
 * and Vassilvitskii 2007, "k-means++: The Advantages of Careful Seeding").
 *
 * A latent vector is the noise of one sample: its first number chooses the component, then come the
 * pixels' deviations from the component's mean, then the component's factors, if it has any. */
#ifndef GANTRAIN_MODEL_MIXTURE_H
#define GANTRAIN_MODEL_MIXTURE_H

#include "gantrain/model/gaussians.h"
#include "gantrain/model/model.h"

/* The state of a model of the kind gt_model_mixture. */
typedef struct gt_mixture {
    gt_gaussians gaussians;
    gt_real *log_likelihood; /* (1), in checkpoints: of the last pass, mean nats an image */
    char fall[160];          /* by how much it fell in a pass; "": it did not */

    /* Memory, in the model's arena, of training. */
    gt_real *images;       /* (batch, pixels) */
    double *log_densities; /* (batch) */
    double *distances;     /* (candidates): squared, of an image to the nearest start */
    int candidates;        /* images that starts are chosen from */
} gt_mixture;

/* The state of a model of this kind. */
gt_mixture *gt_mixture_of(const gt_model *model);

/* Chooses the components' starts: means at images of the first minibatches, each with a probability
 * in proportion to its squared distance from the means before it; equal weights; the variance of
 * all these images; and small random factors. Random numbers are addressed by the seed and the
 * component. */
void gt_mixture_start(gt_model *model, const gt_minibatch_source *source);

#endif
