/* The walks of nn/penalty.h: down for the gradient at the input, up with the tangents, and down
 * again where layers are curved. */
#include "gantrain/nn/penalty.h"

#include <assert.h>

#include "nn/network_layers.h"
#include "nn/spectral_norm.h"

void gt_penalty_carve(gt_penalty *penalty, const gt_network *network, gt_arena *arena,
                      int max_batch) {
    size_t batch = (size_t)max_batch, widest = 1;
    for (int i = 0; i <= network->layer_count; i++) {
        size_t width = (size_t)(i < network->layer_count ? gt_shape_size(network->layers[i].in)
                                                         : network->out);
        penalty->gradients[i] = gt_arena_take(arena, batch * width, sizeof(gt_real));
        penalty->tangents[i] = gt_arena_take(arena, batch * width, sizeof(gt_real));
        if (width > widest)
            widest = width;
    }
    for (int i = 0; i < 2; i++)
        penalty->dactivations[i] = gt_arena_take(arena, batch * widest, sizeof(gt_real));
    if (network->compute->precision == GT_BF16)
        penalty->rounded_tangent = gt_arena_take(arena, batch * widest, sizeof(gt_bf16));
}

/* A network under its penalty. */
struct walk {
    gt_penalty *penalty;
    gt_network *network;
    const gt_real *x, *y;
    int batch;
};

static const gt_real *output_of(const struct walk *walk, int index) {
    return network_layer_output(walk->network, index, (gt_real *)walk->y); /* only read */
}

static const gt_real *input_of(const struct walk *walk, int index) {
    return index > 0 ? output_of(walk, index - 1) : walk->x;
}

/* s_l for all layers, from 1 at every output. */
static void gradients_down(const struct walk *walk) {
    gt_network *network = walk->network;
    gt_real **s = walk->penalty->gradients;
    for (int row = 0; row < walk->batch; row++)
        s[network->layer_count][row] = 1;
    for (int i = network->layer_count - 1; i >= 0; i--) {
        gt_layer_memory memory = network_layer_memory(network, i, true);
        network->layers[i].kind->backward(s[i], s[i + 1], input_of(walk, i), output_of(walk, i),
                                          walk->batch, &network->layers[i], &memory);
    }
}

/* t_0 = weight g / batch. Returns the mean of |g|^2. */
static double begin_tangents(const struct walk *walk, gt_real weight) {
    const gt_real *g = walk->penalty->gradients[0];
    gt_real *u = walk->penalty->tangents[0];
    const gt_real scale = weight / (gt_real)walk->batch;
    double squares = 0;
    for (int row = 0; row < walk->batch; row++) {
        gt_real square = 0;
        for (long i = (long)row * walk->network->in; i < (long)(row + 1) * walk->network->in; i++) {
            square += g[i] * g[i];
            u[i] = scale * g[i];
        }
        squares += (double)square;
    }
    return squares / walk->batch;
}

/* t_l for all layers. Where layers have matrices, dw += s_(l+1)^T t_l on the way: backward with the
 * tangent in the place of x makes just that, and leaves vectors alone. */
static void tangents_up(const struct walk *walk) {
    gt_network *network = walk->network;
    gt_real **s = walk->penalty->gradients, **t = walk->penalty->tangents;
    for (int i = 0; i < network->layer_count; i++) {
        const gt_layer *layer = &network->layers[i];
        gt_layer_memory memory = network_layer_memory(network, i, false);
        memory.rounded_x =
            walk->penalty->rounded_tangent; /* not those of x, which are read again */
        if (layer->kind->tangent == NULL) {
            layer->kind->backward(t[i + 1], t[i], NULL, output_of(walk, i), walk->batch, layer,
                                  &memory);
            continue;
        }
        layer->kind->tangent(t[i + 1], t[i], walk->batch, layer, &memory);
        for (int k = 0; k < layer->tensor_count; k++)
            if (layer->tensors[k].rank == 1 || layer->tensors[k].is_offset)
                memory.gradients[k] = NULL;
        layer->kind->backward(NULL, s[i + 1], t[i], output_of(walk, i), walk->batch, layer,
                              &memory);
    }
}

/* What the curved layers add: the gradient of the rate at their x, carried down to the parameters
 * below. */
static void curvature_down(const struct walk *walk) {
    gt_network *network = walk->network;
    gt_real **s = walk->penalty->gradients, **t = walk->penalty->tangents;
    gt_real *dy = NULL; /* NULL: 0 everywhere */
    int turn = 0;
    for (int i = network->layer_count - 1; i >= 0; i--) {
        const gt_layer *layer = &network->layers[i];
        gt_layer_memory memory = network_layer_memory(network, i, false);
        gt_real *dx = i > 0 ? walk->penalty->dactivations[turn] : NULL;
        if (dy == NULL && (dx == NULL || layer->kind->curvature == NULL))
            continue;
        if (dy != NULL)
            layer->kind->backward(dx, dy, input_of(walk, i), output_of(walk, i), walk->batch, layer,
                                  &memory);
        else
            for (long k = 0; k < (long)walk->batch * gt_shape_size(layer->in); k++)
                dx[k] = 0;
        if (dx != NULL && layer->kind->curvature != NULL)
            layer->kind->curvature(dx, s[i + 1], output_of(walk, i), t[i + 1], walk->batch, layer,
                                   &memory);
        dy = dx;
        turn = !turn;
    }
}

double gt_penalty_add(gt_penalty *penalty, gt_network *network, const gt_real *x, const gt_real *y,
                      gt_real weight, int batch) {
    const struct walk walk = {penalty, network, x, y, batch};
    assert(!network->gradients_cleared && network->out == 1);
    double start = network->profile != NULL ? gt_profile_now() : 0;
    gradients_down(&walk);
    double mean_square = begin_tangents(&walk, weight);
    tangents_up(&walk);
    curvature_down(&walk);
    spectral_norm_return_gradients(network);
    if (network->profile != NULL)
        gt_profile_add(network->profile, "penalty", start, 0);
    return mean_square;
}
