/* A penalty on how fast a network's output changes with its input: R1 of Mescheder et al. 2018,
 * "Which training methods for GANs do actually converge?", arXiv 1801.04406, eq. 9.
 *
 * With a the network's output (one number per row) and g = da/dx its gradient at the input,
 *
 *   R = weight / 2  mean over rows of |g|^2
 *
 * is differentiated with respect to the parameters: backpropagation through the backward pass. Let
 * u = dR/dg = weight g / batch. Then dR = u . dg, and u . g is the rate at which a changes when x
 * moves along u. So the parameters' gradient of R is that of this rate with u held fixed:
 *
 *   tangents go up     t_0 = u,  t_(l+1) = J_l t_l      J_l: derivative of layer l at its x
 *   gradients go down  s_L = 1,  s_l = J_l^T s_(l+1)    which is the pass that made g = s_0
 *
 * A dense layer's product s^T (w t) contributes dw += s_(l+1)^T t_l and nothing to its bias. Where
 * a layer is curved, y = f(x), the rate also depends on x by f'(x): f''(x) t_l s_(l+1) is the
 * gradient of the rate at x, from where it goes down like any other. */
#ifndef GANTRAIN_NN_PENALTY_H
#define GANTRAIN_NN_PENALTY_H

#include "gantrain/nn/network.h"

/* What the penalty works on. Initialise with {0}. */
typedef struct gt_penalty {
    gt_real *gradients[GT_LAYERS + 1]; /* s_l (max_batch, in of layer l); the last: (max_batch) */
    gt_real *tangents[GT_LAYERS + 1];  /* t_l, the same */
    gt_real *dactivations[2];          /* gradients of the rate, used in turn */
    gt_bf16 *rounded_tangent;          /* room for one t_l in bf16; NULL: not needed */
} gt_penalty;

/* Lays out its memory for a carved network of one output: once while measuring, once more to carve.
 */
void gt_penalty_carve(gt_penalty *penalty, const gt_network *network, gt_arena *arena,
                      int max_batch);

/* Adds the gradient of R to the network's gradients.
 *
 *   x, y    (batch, in), (batch, 1): those of the last forward, which must have been for training
 *   weight  of R
 *
 * A backward pass must have come since gt_network_begin_gradients. No layer may couple examples
 * (gt_layer_kind). Returns the mean over rows of |g|^2. Allocates nothing. */
double gt_penalty_add(gt_penalty *penalty, gt_network *network, const gt_real *x, const gt_real *y,
                      gt_real weight, int batch);

#endif
