/* A network: a stack of layers over one block of parameters, one of gradients, and
 * the activations of one minibatch.
 *
 * Life: gt_network_parse (shape only) - gt_network_carve while measuring, then once more (memory) -
 * gt_init_network or a checkpoint (values) - forward and backward. */
#ifndef GANTRAIN_NN_NETWORK_H
#define GANTRAIN_NN_NETWORK_H

#include "gantrain/base/arena.h"
#include "gantrain/base/processes.h"
#include "gantrain/base/profile.h"
#include "gantrain/nn/layer.h"

typedef struct gt_network {
    gt_layer layers[GT_LAYERS];
    int layer_count;
    int used_layer_count;   /* layers that passes run: all, or all but the last */
    int in, out;            /* numbers of the input and output of an example */
    size_t parameter_count; /* trained numbers */
    size_t state_count;     /* other numbers that belong to the network, such as running means */

    const gt_compute *compute; /* borrowed; set before the network is carved */
    /* Borrowed; set before the network is carved: those that have the other rows of a minibatch,
     * with which layers share what couples examples. NULL: there are none. */
    gt_processes *processes;

    /* The rest is memory, all in the arena given to gt_network_carve. */
    int max_batch;
    gt_real *parameters;           /* (parameter_count) */
    gt_real *gradients;            /* (parameter_count); NULL in a network carved for sampling */
    gt_real *state;                /* (state_count) */
    gt_bf16 *rounded;              /* (parameter_count): parameters in bf16; NULL: not needed */
    gt_bf16 *rounded_x[GT_LAYERS]; /* the x of layers with products, in bf16 */
    gt_bf16 *rounded_dy;           /* room for one dy, in bf16 */
    /* Of layers with spectral_norm: the weights as passes use them, over their norm; the gradient
     * at them; the norm. */
    gt_real *normalised[GT_LAYERS], *dnormalised[GT_LAYERS];
    double norms[GT_LAYERS];
    gt_real *norm_rows;              /* room for a number of each row of one such layer */
    gt_real *activations[GT_LAYERS]; /* y of layer i, (max_batch, out); NULL for the last one and
                                        where in place */
    unsigned char *workspace[GT_LAYERS];
    unsigned char *scratch, *thread_scratch; /* see gt_layer_memory */
    double *sums;                            /* the same; NULL: there are no other processes */
    size_t scratch_size, thread_stride;      /* bytes of the first; of each thread in the second */
    gt_real *dactivations[2]; /* gradients between two layers of a backward pass, used in turn */
    gt_profile *profile;      /* borrowed; where layers add their time; NULL: nowhere */
    bool gradients_cleared;   /* the next backward pass sets gradients instead of adding to them */
} gt_network;

/* Shapes a network from a layer list (see gt_layers_parse for its errors). Allocates nothing. */
gt_status gt_network_parse(gt_network *network, const char *layers, gt_shape in, gt_error *error);

/* Floating-point operations of the products of one forward pass, for one example. */
double gt_network_flop(const gt_network *network);

/* Makes passes end before the last layer, which must be an activation, or with it again: for a loss
 * that fuses the activation and takes the numbers that go into it. */
void gt_network_end_early(gt_network *network, bool early);

/* Whether what comes out for one row depends on the others while training. */
bool gt_network_couples_examples(const gt_network *network);

/* Whether a layer looks at the whole minibatch also outside training (minibatch_stddev), so that an
 * example means nothing alone. */
bool gt_network_takes_minibatches(const gt_network *network);

enum { GT_NETWORK_PRODUCTS = 3 * GT_LAYERS };

/* Adds the shapes of all products of passes of `rows` rows, on the way up and back to the input, to
 * shapes, and to *count how many they are: GT_NETWORK_PRODUCTS at most. Those that are there
 * already are left out. */
void gt_network_add_products(gt_gemm_shape *shapes, int *count, const gt_network *network,
                             int rows);

/* Lays out the memory of a network for minibatches of up to max_batch rows: run once on a measuring
 * arena and once more on the reserved one, which then owns it. training = false leaves out what
 * only backward needs. */
void gt_network_carve(gt_network *network, gt_arena *arena, int max_batch, bool training);

/* Bytes of a carved network in which layers only work: patches of images, and weights in another
 * order. They do not grow with the minibatch. */
size_t gt_network_scratch(const gt_network *network);

/* Runs the network.
 *
 *   y      (batch, out)  set; must not overlap x
 *   x      (batch, in)
 *   batch  1 to max_batch
 *   pass   what the pass is for, and the address of the noise its layers may draw
 *
 * Keeps the activations for a backward pass with the same x, y and batch; or, where rows do not
 * depend on each other, with the first rows of these. */
void gt_network_forward(gt_real *y, gt_network *network, const gt_real *x, int batch,
                        const gt_pass *pass);

/* Starts gradients from 0 again. Writes nothing: the next backward pass sets gradients instead of
 * adding to them. */
void gt_network_begin_gradients(gt_network *network);

/* Carries dy, the loss gradient at y, back to the parameters: adds to the block of gradients. x and
 * y are those of the last forward, or its first `batch` rows, which may be carried back more than
 * once.
 *
 *   dy  (batch, out)  already holds the 1/batch of a mean loss; its content is lost
 *
 * The input's gradient is not computed. The network must have been carved for training. */
void gt_network_backward(gt_network *network, const gt_real *x, const gt_real *y, gt_real *dy,
                         int batch);

/* Carries dy back to the input: sets dx (batch, in). Parameters are frozen: their gradients are
 * neither computed nor touched. The rest as in gt_network_backward. */
void gt_network_backward_to_input(gt_real *dx, gt_network *network, const gt_real *x,
                                  const gt_real *y, gt_real *dy, int batch);

/* Carries dy back to both: adds to the block of gradients, and sets dx (batch, in),
 * which may be NULL. The rest as in gt_network_backward. */
void gt_network_backward_through(gt_real *dx, gt_network *network, const gt_real *x,
                                 const gt_real *y, gt_real *dy, int batch);

/* Call this after gt_optimizer_step: it takes the step of the power method by which spectral_norm
 * follows the weights. Changes the network's state where layers have that option. */
void gt_network_updated(gt_network *network);

/* Finds the norms of spectral_norm for weights that the network's state was not computed from:
 * initial ones, or those of a file without that state. Refreshes what follows from them. */
void gt_network_fit_norms(gt_network *network);

/* Call this after parameters were changed by other means than gt_optimizer_step: it recomputes what
 * is derived from them. A network without memory is left as it is. */
void gt_network_refresh(gt_network *network);

/* Tensor k of layer `index` as passes use it, for exports: sets *values, borrowed from the network,
 * and returns its name. With spectral_norm the weight is the one over its norm, "weight", and what
 * the norm is found by is no part of a pass: NULL. */
const char *gt_network_pass_tensor(const gt_real **values, const gt_network *network, int index,
                                   int k);

/* The numbers of a tensor of one of the network's layers. Borrowed from the network. */
gt_real *gt_network_tensor(const gt_network *network, const gt_layer_tensor *tensor);

#endif
