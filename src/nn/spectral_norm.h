/* spectral_norm, an option of layers: weights w are used as w / sigma(w), where sigma, the largest
 * singular value, is how much the layer can stretch its input (Miyato et al. 2018, "Spectral
 * normalization for generative adversarial networks", arXiv 1802.05957, algorithm 1).
 *
 * It is found by the power method, one iteration after each update of the weights:
 *
 *   v = w^T u / |w^T u|,  u = w v / |w v|,  sigma = u^T w v
 *
 * u and v are state of the layer, kept in checkpoints; for gradients they are constants. Names and
 * shapes are those of torch.nn.utils.spectral_norm: weight_orig, weight_u, weight_v, and w is a
 * matrix with a row for each output channel.
 *
 * Layers know nothing of this: the network gives them w / sigma in place of w, and room for the
 * gradient g at it, from which that at w follows as dw = (g - <g, w / sigma> u v^T) / sigma. */
#ifndef GANTRAIN_NN_SPECTRAL_NORM_H
#define GANTRAIN_NN_SPECTRAL_NORM_H

#include "gantrain/nn/network.h"

enum spectral_norm_tensor { SPECTRAL_NORM_U = 2, SPECTRAL_NORM_V };

/* The option, as an argument of a kind of layer. */
#define SPECTRAL_NORM_ARGUMENT                                                                     \
    {                                                                                              \
        .name = "spectral_norm", .keyword = "spectral_norm", .highest = 1, .flag = true,           \
        .help = "w over its largest singular value (Miyato et al. 2018)"                           \
    }

/* Gives a layer that has a weight and a bias the option: of the matrix of weights its rows, and the
 * parts, which lie apart in memory, into which its columns are cut. */
void spectral_norm_shape(gt_layer *layer, int rows, int groups);

/* Lays out the memory that the layers with this option need. */
void spectral_norm_carve(gt_network *network, gt_arena *arena, bool training);

/* Sets w / sigma from the weights, u and v. */
void spectral_norm_refresh(gt_network *network);

/* Sets the gradients of weights from all that passes have added up since
 * gt_network_begin_gradients. */
void spectral_norm_return_gradients(gt_network *network);

#endif
