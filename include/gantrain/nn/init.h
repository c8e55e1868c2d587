/* How weights start. */
#ifndef GANTRAIN_NN_INIT_H
#define GANTRAIN_NN_INIT_H

#include "gantrain/nn/mlp.h"

/* Draws every weight matrix of a network from a normal distribution of mean 0; biases and all else
 * start at their tensor's value (0 for biases). The standard deviation depends on the activation
 * behind:
 *
 *   relu, leaky_relu a   sqrt(2 / ((1 + a^2) in))   He et al. 2015, arXiv 1502.01852, eq. 10 and 15
 *   any other or none    sqrt(2 / (in + out))       Glorot and Bengio 2010, eq. 12
 *
 *   mlp      its parameters and state are set; it must have been carved
 *   seed     of the run
 *   purpose  GT_PURPOSE_INIT_GENERATOR or GT_PURPOSE_INIT_DISCRIMINATOR, so that no two networks
 *            start with the same numbers
 *
 * Allocates nothing. Errors: none. */
void gt_init_mlp(gt_mlp *mlp, uint64_t seed, gt_purpose purpose);

#endif
