/* The generator G: latent vectors z in, images out. */
#ifndef GANTRAIN_MODEL_GENERATOR_H
#define GANTRAIN_MODEL_GENERATOR_H

#include "gantrain/nn/init.h"
#include "gantrain/nn/network.h"
#include "gantrain/nn/optimizer.h"

/* A distribution of z, with mean 0 and variance 1 in every component. A row of a table. */
typedef struct gt_prior {
    const char *name;
    const char *help;
    gt_real reach; /* nearly all components are within +-reach */
    bool is_round; /* likelihood is a matter of length alone, not of direction */
    void (*draw)(gt_real *z, gt_team *team, gt_address address, int rows, int columns);
} gt_prior;

/* An activation that ends the generator, and the range of pixels it makes. A row of a table; the
 * name is the layer's. */
typedef struct gt_output {
    const char *name;
    const char *help;
    gt_real low, high; /* what a black and a white pixel (0 and 255) are */
    double per_logit;  /* the input that gives the share p of the way from low to high is this times
                          log(p / (1 - p)) */
} gt_output;

/* The tables: row `index`, or NULL past the end; the row of that name, or NULL. */
const gt_prior *gt_prior_at(int index);
const gt_prior *gt_prior_find(const char *name);
const gt_output *gt_output_at(int index);
const gt_output *gt_output_find(const char *name);

/* What a generator is made of. */
typedef struct gt_generator_settings {
    int latent_dim;
    const gt_prior *prior;
    const char *layers; /* hidden layers; "dense PIXELS, OUTPUT" is added behind them */
    const gt_output *output;
    const gt_optimizer_kind *optimizer;
    gt_optimizer_settings rates; /* its average_decay is that of the sampled weights */
    gt_init init;
} gt_generator_settings;

typedef struct gt_generator {
    gt_network network; /* (latent_dim) to (pixels) */
    const gt_prior *prior;
    const gt_output *output;
    gt_init init;
    gt_optimizer optimizer;
} gt_generator;

/* Shapes a generator of images of a shape. Errors as in gt_layers_parse. Borrows
 * the tables' rows and nothing else; allocates nothing. */
gt_status gt_generator_parse(gt_generator *generator, const gt_generator_settings *settings,
                             gt_shape shape, gt_error *error);

/* Lays out its memory as gt_network_carve does; for training, the optimizer's too. */
void gt_generator_carve(gt_generator *generator, gt_arena *arena, int max_batch, bool training);

/* Sets the biases of the last dense layer so that with no other input every pixel has its mean over
 * the training images.
 *
 *   marginals  (pixels)  these means, 0 for black to 1 for white; taken no nearer to either than
 *              1e-7, as in the public code of Goodfellow et al. 2014 */
void gt_generator_set_marginals(gt_generator *generator, const double *marginals);

/* Exchanges the weights with their average over the updates, for drawing samples, and back. State,
 * such as batchnorm's running means, stays that of the last weights. Does nothing if no average is
 * kept. */
void gt_generator_swap_average(gt_generator *generator);

/* Draws latent vectors z (batch, latent_dim): row r is example address.example + r. */
void gt_generator_draw_latent(gt_real *z, const gt_generator *generator, gt_address address,
                              int batch);

#endif
