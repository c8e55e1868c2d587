/* The generator G: latent vectors z in, images out. Every model with a network that maps z to an
 * image has one, whatever it is called there (the decoder of an autoencoder). */
#ifndef GANTRAIN_MODEL_GENERATOR_H
#define GANTRAIN_MODEL_GENERATOR_H

#include "gantrain/model/prior.h"
#include "gantrain/nn/init.h"
#include "gantrain/nn/network.h"
#include "gantrain/nn/optimizer.h"

/* What ends a generator, and the range of its pixels. A row of a table. */
typedef struct gt_output {
    const char *name;
    const char *help;
    bool is_layer;     /* the name is that of an activation; else the last dense layer is the end */
    gt_real low, high; /* what a black and a white pixel (0 and 255) are */
    double per_logit;  /* an activation maps per_logit log(p / (1 - p)) to low + p (high - low) */
} gt_output;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL. */
const gt_output *gt_output_at(int index);
const gt_output *gt_output_find(const char *name);

/* What a generator is made of. */
typedef struct gt_generator_settings {
    int latent_dim;
    const gt_prior *prior;
    const char *layers; /* "OUTPUT" is added if they end in an image of the data's shape, and
                           "dense PIXELS, OUTPUT" if they end in a vector; "": none */
    const gt_output *output;
    bool starts_at_means; /* without other input every pixel starts at its mean over the data */
    const gt_optimizer_kind *optimizer;
    gt_optimizer_settings rates; /* its average_decay is that of the sampled weights */
    gt_init init;
} gt_generator_settings;

typedef struct gt_generator {
    gt_network network; /* (latent_dim) to (pixels) */
    const gt_prior *prior;
    const gt_output *output;
    bool starts_at_means;
    gt_optimizer optimizer;
} gt_generator;

/* Shapes a generator of images of a shape. Errors as in gt_layers_parse, and if the layers end in
 * an image of another shape. Borrows the tables' rows and nothing else; allocates nothing. */
gt_status gt_generator_parse(gt_generator *generator, const gt_generator_settings *settings,
                             gt_shape shape, gt_error *error);

/* Sets the biases of the layer before the output so that with no other input every pixel has its
 * mean over the training images; or, where that layer has one bias for each channel, the mean of
 * its channel. Does nothing if that layer has no biases.
 *
 *   means  (pixels)  0 for black to 1 for white; taken no nearer to either than 1e-7, as in the
 *          public code of Goodfellow et al. 2014 */
void gt_generator_set_means(gt_generator *generator, const double *means);

/* The same, if the generator starts at the means and they are known: means may be NULL. */
void gt_generator_begin(gt_generator *generator, const double *means);

/* Draws latent vectors z (batch, latent_dim): row r is example address.example + r. */
void gt_generator_draw_latent(gt_real *z, const gt_generator *generator, gt_address address,
                              int batch);

#endif
