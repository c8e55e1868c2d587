/* How weights start: one table, a row per scheme. */
#ifndef GANTRAIN_NN_INIT_H
#define GANTRAIN_NN_INIT_H

#include "gantrain/nn/network.h"

/* A row of the table. */
typedef struct gt_init_scheme {
    const char *name;
    const char *help;     /* a line: the distribution, and its source */
    const char *argument; /* the name of its number: "R"; NULL: it has none */
    /* The standard deviation of the weights of a layer, `next` being the one after it or NULL.
     * NULL: uniform on -R to R. */
    double (*deviation)(const gt_layer *layer, const gt_layer *next);
} gt_init_scheme;

/* The table: row `index`, or NULL past its end. */
const gt_init_scheme *gt_init_scheme_at(int index);

/* A scheme with its number. */
typedef struct gt_init {
    const gt_init_scheme *scheme;
    double range; /* R */
} gt_init;

/* Reads "auto", "he", "glorot" or "uniform R", R 1e-6 to 10. Fails with GT_USAGE: the message
 * lists the schemes, and the caller puts the place in front. */
gt_status gt_init_parse(gt_init *init, const char *text, gt_error *error);

/* Draws every weight matrix of a network with mean 0; biases and all else start at their tensor's
 * value (0 for biases).
 *
 *   network  its parameters and state are set; it must have been carved
 *   init     the scheme; its scheme NULL: "auto"
 *   seed     of the run
 *   purpose  GT_PURPOSE_INIT_GENERATOR or GT_PURPOSE_INIT_DISCRIMINATOR, so that no two networks
 *            start with the same numbers
 *
 * Allocates nothing. Errors: none. */
void gt_init_network(gt_network *network, gt_init init, uint64_t seed, gt_purpose purpose);

#endif
