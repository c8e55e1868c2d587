/* The stack: forward runs up, backward runs down, memory is laid out once.
 *
 * Element-wise layers work in place where that is safe, so an activation needs no second buffer.
 * After a product they are fused with it, so forward needs no extra loop. (Fusing backward was
 * slower: its reads of y are not contiguous.) */
#include "gantrain/nn/network.h"

#include <assert.h>
#include <stdio.h>

#include "nn/affine.h"
#include "nn/network_layers.h"
#include "nn/spectral_norm.h"

/* Gives every tensor its place in the block of parameters or of state. */
static void place_tensors(gt_network *network) {
    network->parameter_count = network->state_count = 0;
    for (int i = 0; i < network->layer_count; i++)
        for (int k = 0; k < network->layers[i].tensor_count; k++) {
            gt_layer_tensor *tensor = &network->layers[i].tensors[k];
            size_t *total = tensor->trained ? &network->parameter_count : &network->state_count;
            tensor->offset = *total;
            *total += gt_layer_tensor_size(tensor);
        }
}

gt_status gt_network_parse(gt_network *network, const char *layers, gt_shape in, gt_error *error) {
    *network = (gt_network){.in = gt_shape_size(in)};
    gt_status status = gt_layers_parse(network->layers, &network->layer_count, layers, in, error);
    if (status != GT_OK)
        return status;
    network->used_layer_count = network->layer_count;
    network->out = gt_shape_size(network->layers[network->layer_count - 1].out);
    /* The first layer must leave the caller's input alone, and no layer may overwrite a y that the
     * layer before it reads in backward. */
    for (int i = 1; i < network->layer_count; i++)
        network->layers[i].in_place =
            network->layers[i].kind->element_wise && !network->layers[i - 1].kind->backward_reads_y;
    place_tensors(network);
    return GT_OK;
}

double gt_network_flop(const gt_network *network) {
    double multiply_adds = 0;
    for (int i = 0; i < network->layer_count; i++)
        multiply_adds += network->layers[i].multiply_adds;
    return 2 * multiply_adds;
}

void gt_network_end_early(gt_network *network, bool early) {
    assert(!early || (network->layers[network->layer_count - 1].kind->element_wise &&
                      network->layers[network->layer_count - 1].in_place));
    network->used_layer_count = network->layer_count - early;
}

bool gt_network_takes_minibatches(const gt_network *network) {
    for (int i = 0; i < network->layer_count; i++)
        if (network->layers[i].kind == &gt_layer_minibatch_stddev)
            return true;
    return false;
}

bool gt_network_couples_examples(const gt_network *network) {
    for (int i = 0; i < network->layer_count; i++)
        if (network->layers[i].kind->couples_examples)
            return true;
    return false;
}

/* The last layer that does not work in place: it writes straight to the caller's y. */
static int first_writer_of_output(const gt_network *network) {
    int i = network->used_layer_count - 1;
    while (network->layers[i].in_place)
        i--;
    return i;
}

static void add_product(gt_gemm_shape *shapes, int *count, gt_gemm_shape shape) {
    for (int i = 0; i < *count; i++)
        if (gt_gemm_shape_equal(shapes[i], shape))
            return;
    shapes[(*count)++] = shape;
}

void gt_network_add_products(gt_gemm_shape *shapes, int *count, const gt_network *network,
                             int rows) {
    for (int i = 0; i < network->layer_count; i++) {
        const gt_layer *layer = &network->layers[i];
        int out = layer->matrix_rows;
        gt_gemm_shape shape = {GT_GEMM_FORWARD, rows, out, gt_shape_size(layer->in)};
        for (int kind = GT_GEMM_FORWARD; out > 0 && kind <= GT_GEMM_WEIGHT_GRADIENT; kind++) {
            shape.kind = (gt_gemm_kind)kind;
            add_product(shapes, count, shape);
        }
    }
}

/* The extra memory of products in bf16. */
static void carve_rounded(gt_network *network, gt_arena *arena, bool training) {
    size_t batch = (size_t)network->max_batch, widest = 0;
    network->rounded = gt_arena_take(arena, network->parameter_count, sizeof(gt_bf16));
    for (int i = 0; i < network->layer_count; i++) {
        const gt_layer *layer = &network->layers[i];
        size_t rows = (size_t)layer->matrix_rows;
        if (rows == 0)
            continue;
        network->rounded_x[i] =
            gt_arena_take(arena, batch * (size_t)gt_shape_size(layer->in), sizeof(gt_bf16));
        if (rows > widest)
            widest = rows;
    }
    if (training)
        network->rounded_dy = gt_arena_take(arena, batch * widest, sizeof(gt_bf16));
}

void gt_network_refresh(gt_network *network) {
    if (network->rounded != NULL)
        gt_bf16_round(network->rounded, network->parameters, (long)network->parameter_count);
    if (network->parameters != NULL)
        spectral_norm_refresh(network);
}

/* One room for all layers, since they work one after the other. */
static void carve_scratch(gt_network *network, gt_arena *arena) {
    enum { LINE = 64 }; /* threads do not share a cache line */
    size_t threads = (size_t)gt_team_size(network->compute->team), each = 0;
    network->scratch_size = 0;
    for (int i = 0; i < network->layer_count; i++) {
        const gt_layer *layer = &network->layers[i];
        if (layer->scratch > network->scratch_size)
            network->scratch_size = layer->scratch;
        if (layer->thread_scratch > each)
            each = layer->thread_scratch;
    }
    network->thread_stride = (each + LINE - 1) / LINE * LINE;
    network->scratch = gt_arena_take(arena, network->scratch_size, 1);
    network->thread_scratch = gt_arena_take(arena, threads, network->thread_stride);
}

size_t gt_network_scratch(const gt_network *network) {
    return network->scratch_size +
           (size_t)gt_team_size(network->compute->team) * network->thread_stride;
}

static void carve_sums(gt_network *network, gt_arena *arena) {
    size_t most = 0;
    if (network->processes == NULL)
        return;
    for (int i = 0; i < network->layer_count; i++)
        most = network->layers[i].sums > most ? network->layers[i].sums : most;
    network->sums = gt_arena_take(arena, most, sizeof(double));
}

void gt_network_carve(gt_network *network, gt_arena *arena, int max_batch, bool training) {
    assert(network->compute != NULL);
    network->max_batch = max_batch;
    network->parameters = gt_arena_take(arena, network->parameter_count, sizeof(gt_real));
    network->state = gt_arena_take(arena, network->state_count, sizeof(gt_real));
    int output_writer = first_writer_of_output(network);
    size_t widest = 0;
    for (int i = 0; i < network->layer_count; i++) {
        const gt_layer *layer = &network->layers[i];
        if (i < output_writer && !layer->in_place)
            network->activations[i] = gt_arena_take(
                arena, (size_t)max_batch * (size_t)gt_shape_size(layer->out), sizeof(gt_real));
        if (layer->workspace > 0)
            network->workspace[i] = gt_arena_take(arena, (size_t)max_batch, layer->workspace);
        if (i > 0 && (size_t)gt_shape_size(layer->in) > widest)
            widest = (size_t)gt_shape_size(layer->in);
    }
    carve_scratch(network, arena);
    spectral_norm_carve(network, arena, training);
    if (network->compute->precision == GT_BF16)
        carve_rounded(network, arena, training);
    carve_sums(network, arena);
    if (!training)
        return;
    network->gradients = gt_arena_take(arena, network->parameter_count, sizeof(gt_real));
    network->gradients_cleared = true;
    for (int i = 0; i < 2; i++)
        network->dactivations[i] =
            gt_arena_take(arena, (size_t)max_batch * widest, sizeof(gt_real));
}

gt_real *gt_network_tensor(const gt_network *network, const gt_layer_tensor *tensor) {
    return (tensor->trained ? network->parameters : network->state) + tensor->offset;
}

const char *gt_network_pass_tensor(const gt_real **values, const gt_network *network, int index,
                                   int k) {
    const gt_layer *layer = &network->layers[index];
    *values = gt_network_tensor(network, &layer->tensors[k]);
    if (layer->norm_rows == 0 || k == AFFINE_BIAS)
        return layer->tensors[k].name;
    *values = k == AFFINE_WEIGHT ? network->normalised[index] : NULL;
    return k == AFFINE_WEIGHT ? "weight" : NULL;
}

gt_layer_memory network_layer_memory(const gt_network *network, int index, bool frozen) {
    const gt_layer *layer = &network->layers[index];
    gt_layer_memory memory = {.compute = network->compute,
                              .rounded_x = network->rounded_x[index],
                              .rounded_dy = network->rounded_dy,
                              .workspace = network->workspace[index],
                              .scratch = network->scratch,
                              .thread_scratch = network->thread_scratch,
                              .thread_stride = network->thread_stride,
                              .processes = network->processes,
                              .sums = network->sums,
                              .max_batch = network->max_batch,
                              .keep = network->gradients_cleared ? 0 : 1};
    for (int k = 0; k < layer->tensor_count; k++) {
        const gt_layer_tensor *tensor = &layer->tensors[k];
        memory.values[k] = gt_network_tensor(network, tensor);
        if (tensor->trained && network->rounded != NULL)
            memory.rounded_values[k] = network->rounded + tensor->offset;
        if (tensor->trained && !frozen)
            memory.gradients[k] = network->gradients + tensor->offset;
    }
    if (layer->norm_rows > 0) {
        memory.values[AFFINE_WEIGHT] = network->normalised[index];
        if (!frozen)
            memory.gradients[AFFINE_WEIGHT] = network->dnormalised[index];
    }
    return memory;
}

gt_real *network_layer_output(const gt_network *network, int index, gt_real *y) {
    while (network->layers[index].in_place)
        index--;
    return index == first_writer_of_output(network) ? y : network->activations[index];
}

/* Adds a layer's pass to the profile; `products` counts its matrix products of batch rows, on which
 * the layer `follower` follows unless it is NULL. */
static void record(const gt_network *network, const gt_layer *layer, const gt_layer *follower,
                   const char *direction, int products, int batch, double start) {
    char label[GT_PROFILE_LABEL], in[GT_SHAPE_TEXT], out[GT_SHAPE_TEXT];
    gt_shape from = layer->in;
    if (layer->matrix_rows > 0) /* to which an image is a vector */
        from = gt_shape_of_vector(gt_shape_size(from));
    if (layer->multiply_adds > 0)
        snprintf(label, sizeof label, "%s %d x %s -> %s %s%s%s", layer->kind->name, batch,
                 gt_shape_format(in, from), gt_shape_format(out, layer->out), direction,
                 follower != NULL ? ", " : "", follower != NULL ? follower->kind->name : "");
    else
        snprintf(label, sizeof label, "%s", layer->kind->name);
    gt_profile_add(network->profile, label, start, 2 * products * batch * layer->multiply_adds);
}

void gt_network_forward(gt_real *y, gt_network *network, const gt_real *x, int batch,
                        const gt_pass *pass) {
    assert(batch >= 1 && batch <= network->max_batch);
    for (int i = 0; i < network->used_layer_count; i++) {
        const gt_layer *layer = &network->layers[i], *follower = NULL;
        gt_layer_memory memory = network_layer_memory(network, i, true);
        gt_real *layer_y = network_layer_output(network, i, y);
        gt_pass layer_pass = *pass; /* no two layers of a pass draw the same noise */
        layer_pass.address.step = pass->address.step * GT_LAYERS + (uint64_t)i;
        gt_sweep sweep;
        if (layer->kind->ends_in_product && i + 1 < network->used_layer_count &&
            layer[1].in_place && layer[1].kind->sweep_forward != NULL) {
            follower = &layer[1];
            sweep = (gt_sweep){
                .to = layer_y, .from = layer_y, .slope = (gt_real)follower->arguments[0]};
            memory.then = (gt_epilogue){follower->kind->sweep_forward, &sweep};
            i++;
        }
        double start = network->profile != NULL ? gt_profile_now() : 0;
        layer->kind->forward(layer_y, x, batch, layer, &memory, &layer_pass);
        if (network->profile != NULL)
            record(network, layer, follower, "forward", 1, batch, start);
        x = layer_y;
    }
}

void gt_network_begin_gradients(gt_network *network) {
    network->gradients_cleared = true;
}

/* The lowest layer that a walk back to the parameters has to reach. */
static int first_trained(const gt_network *network) {
    int i = 0;
    while (i < network->layer_count - 1 && network->layers[i].tensor_count == 0)
        i++;
    return i;
}

/* One walk back. dx NULL: the input needs no gradient. frozen: the parameters need none. */
static void walk_back(gt_real *dx, gt_network *network, const gt_real *x, const gt_real *y,
                      gt_real *dy, int batch, bool frozen) {
    assert(network->gradients != NULL && batch >= 1 && batch <= network->max_batch);
    int turn = 0, lowest = dx != NULL ? 0 : first_trained(network);
    for (int i = network->used_layer_count - 1; i >= lowest; i--) {
        const gt_layer *layer = &network->layers[i];
        gt_layer_memory memory = network_layer_memory(network, i, frozen);
        /* y is only read here; the cast lets one function serve both directions. */
        const gt_real *layer_y = network_layer_output(network, i, (gt_real *)y);
        const gt_real *layer_x = i > 0 ? network_layer_output(network, i - 1, (gt_real *)y) : x;
        gt_real *layer_dx = i == lowest                 ? dx
                            : layer->kind->element_wise ? dy
                                                        : network->dactivations[turn];
        double start = network->profile != NULL ? gt_profile_now() : 0;
        layer->kind->backward(layer_dx, dy, layer_x, layer_y, batch, layer, &memory);
        if (network->profile != NULL)
            record(network, layer, NULL, "backward", (layer_dx != NULL) + !frozen, batch, start);
        if (i > lowest && layer_dx != dy)
            turn = !turn;
        dy = layer_dx;
    }
    if (!frozen) {
        network->gradients_cleared = false;
        spectral_norm_return_gradients(network);
    }
}

void gt_network_backward(gt_network *network, const gt_real *x, const gt_real *y, gt_real *dy,
                         int batch) {
    walk_back(NULL, network, x, y, dy, batch, false);
}

void gt_network_backward_to_input(gt_real *dx, gt_network *network, const gt_real *x,
                                  const gt_real *y, gt_real *dy, int batch) {
    walk_back(dx, network, x, y, dy, batch, true);
}

void gt_network_backward_through(gt_real *dx, gt_network *network, const gt_real *x,
                                 const gt_real *y, gt_real *dy, int batch) {
    walk_back(dx, network, x, y, dy, batch, false);
}
