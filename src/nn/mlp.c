/* The stack: forward runs up, backward runs down, memory is laid out once.
 *
 * Element-wise layers work in place where that is safe, so an activation costs no second buffer;
 * and behind a product they follow on its parts, so it costs no loop of its own on the way up
 * either. (On the way down that was tried, and was slower: the y it reads does not come in rows.)
 */
#include "gantrain/nn/mlp.h"

#include <assert.h>
#include <stdio.h>

#include "nn/mlp_layers.h"

/* Gives every tensor its place in the block of parameters or of state. */
static void place_tensors(gt_mlp *mlp) {
    mlp->parameter_count = mlp->state_count = 0;
    for (int i = 0; i < mlp->layer_count; i++)
        for (int k = 0; k < mlp->layers[i].tensor_count; k++) {
            gt_layer_tensor *tensor = &mlp->layers[i].tensors[k];
            size_t *total = tensor->trained ? &mlp->parameter_count : &mlp->state_count;
            tensor->offset = *total;
            *total += gt_layer_tensor_size(tensor);
        }
}

gt_status gt_mlp_parse(gt_mlp *mlp, const char *layers, int in, gt_error *error) {
    *mlp = (gt_mlp){.in = in};
    gt_status status = gt_layers_parse(mlp->layers, &mlp->layer_count, layers, in, error);
    if (status != GT_OK)
        return status;
    mlp->out = mlp->layers[mlp->layer_count - 1].out;
    /* The first layer must leave the caller's input alone, and no layer may overwrite a y that the
     * layer before it will read on the way back. */
    for (int i = 1; i < mlp->layer_count; i++)
        mlp->layers[i].in_place =
            mlp->layers[i].kind->element_wise && !mlp->layers[i - 1].kind->backward_reads_y;
    place_tensors(mlp);
    return GT_OK;
}

bool gt_mlp_couples_examples(const gt_mlp *mlp) {
    for (int i = 0; i < mlp->layer_count; i++)
        if (mlp->layers[i].kind->couples_examples)
            return true;
    return false;
}

/* The last layer that does not work in place: it writes straight to the caller's y. */
static int first_writer_of_output(const gt_mlp *mlp) {
    int i = mlp->layer_count - 1;
    while (mlp->layers[i].in_place)
        i--;
    return i;
}

/* The rows of a layer's matrix; 0: it makes no products. */
static int matrix_rows(const gt_layer *layer) {
    for (int k = 0; k < layer->tensor_count; k++)
        if (layer->tensors[k].columns > 0)
            return layer->tensors[k].rows;
    return 0;
}

/* What products in bf16 need beside the numbers themselves. */
static void carve_rounded(gt_mlp *mlp, gt_arena *arena, bool training) {
    size_t batch = (size_t)mlp->max_batch, widest = 0;
    mlp->rounded = gt_arena_take(arena, mlp->parameter_count, sizeof(gt_bf16));
    for (int i = 0; i < mlp->layer_count; i++) {
        const gt_layer *layer = &mlp->layers[i];
        size_t rows = (size_t)matrix_rows(layer);
        if (rows == 0)
            continue;
        mlp->rounded_x[i] = gt_arena_take(arena, batch * (size_t)layer->in, sizeof(gt_bf16));
        if (rows > widest)
            widest = rows;
    }
    if (training)
        mlp->rounded_dy = gt_arena_take(arena, batch * widest, sizeof(gt_bf16));
}

void gt_mlp_refresh(gt_mlp *mlp) {
    if (mlp->rounded != NULL)
        gt_bf16_round(mlp->rounded, mlp->parameters, (long)mlp->parameter_count);
}

void gt_mlp_carve(gt_mlp *mlp, gt_arena *arena, int max_batch, bool training) {
    if (mlp->gemm == NULL)
        mlp->gemm = gt_gemm_default();
    mlp->max_batch = max_batch;
    mlp->parameters = gt_arena_take(arena, mlp->parameter_count, sizeof(gt_real));
    mlp->state = gt_arena_take(arena, mlp->state_count, sizeof(gt_real));
    int output_writer = first_writer_of_output(mlp);
    size_t widest = 0;
    for (int i = 0; i < mlp->layer_count; i++) {
        const gt_layer *layer = &mlp->layers[i];
        if (i < output_writer && !layer->in_place)
            mlp->activations[i] =
                gt_arena_take(arena, (size_t)max_batch * (size_t)layer->out, sizeof(gt_real));
        if (layer->workspace > 0)
            mlp->workspace[i] = gt_arena_take(arena, (size_t)max_batch, layer->workspace);
        if (i > 0 && (size_t)layer->in > widest)
            widest = (size_t)layer->in;
    }
    if (mlp->gemm->precision == GT_BF16)
        carve_rounded(mlp, arena, training);
    if (!training)
        return;
    mlp->gradients = gt_arena_take(arena, mlp->parameter_count, sizeof(gt_real));
    mlp->gradients_cleared = true;
    for (int i = 0; i < 2; i++)
        mlp->dactivations[i] = gt_arena_take(arena, (size_t)max_batch * widest, sizeof(gt_real));
}

gt_real *gt_mlp_tensor(const gt_mlp *mlp, const gt_layer_tensor *tensor) {
    return (tensor->trained ? mlp->parameters : mlp->state) + tensor->offset;
}

gt_layer_memory mlp_layer_memory(const gt_mlp *mlp, int index, bool frozen) {
    const gt_layer *layer = &mlp->layers[index];
    gt_layer_memory memory = {.gemm = mlp->gemm,
                              .rounded_x = mlp->rounded_x[index],
                              .rounded_dy = mlp->rounded_dy,
                              .workspace = mlp->workspace[index],
                              .max_batch = mlp->max_batch,
                              .keep = mlp->gradients_cleared ? 0 : 1};
    for (int k = 0; k < layer->tensor_count; k++) {
        const gt_layer_tensor *tensor = &layer->tensors[k];
        memory.values[k] = gt_mlp_tensor(mlp, tensor);
        if (tensor->trained && mlp->rounded != NULL)
            memory.rounded_values[k] = mlp->rounded + tensor->offset;
        if (tensor->trained && !frozen)
            memory.gradients[k] = mlp->gradients + tensor->offset;
    }
    return memory;
}

gt_real *mlp_layer_output(const gt_mlp *mlp, int index, gt_real *y) {
    while (mlp->layers[index].in_place)
        index--;
    return index == first_writer_of_output(mlp) ? y : mlp->activations[index];
}

/* Adds a layer's pass to the profile; `products` counts its matrix products of batch rows, on which
 * the layer `follower` follows unless it is NULL. */
static void record(const gt_mlp *mlp, const gt_layer *layer, const gt_layer *follower,
                   const char *direction, int products, int batch, double start) {
    char label[GT_PROFILE_LABEL];
    size_t weights = 0;
    for (int k = 0; k < layer->tensor_count; k++)
        if (layer->tensors[k].columns > 0)
            weights += gt_layer_tensor_size(&layer->tensors[k]);
    if (weights > 0)
        snprintf(label, sizeof label, "%s %d x %d -> %d %s%s%s", layer->kind->name, batch,
                 layer->in, layer->out, direction, follower != NULL ? ", " : "",
                 follower != NULL ? follower->kind->name : "");
    else
        snprintf(label, sizeof label, "%s", layer->kind->name);
    gt_profile_add(mlp->profile, label, start, 2.0 * products * batch * (double)weights);
}

void gt_mlp_forward(gt_real *y, gt_mlp *mlp, const gt_real *x, int batch, const gt_pass *pass) {
    assert(batch >= 1 && batch <= mlp->max_batch);
    for (int i = 0; i < mlp->layer_count; i++) {
        const gt_layer *layer = &mlp->layers[i], *follower = NULL;
        gt_layer_memory memory = mlp_layer_memory(mlp, i, true);
        gt_real *layer_y = mlp_layer_output(mlp, i, y);
        gt_pass layer_pass = *pass; /* no two layers of a pass draw the same noise */
        layer_pass.address.step = pass->address.step * GT_LAYERS + (uint64_t)i;
        gt_sweep sweep;
        if (layer->kind->ends_in_product && i + 1 < mlp->layer_count && layer[1].in_place &&
            layer[1].kind->sweep_forward != NULL) {
            follower = &layer[1];
            sweep = (gt_sweep){
                .to = layer_y, .from = layer_y, .slope = (gt_real)follower->arguments[0]};
            memory.then = (gt_epilogue){follower->kind->sweep_forward, &sweep};
            i++;
        }
        double start = mlp->profile != NULL ? gt_profile_now() : 0;
        layer->kind->forward(layer_y, x, batch, layer, &memory, &layer_pass);
        if (mlp->profile != NULL)
            record(mlp, layer, follower, "forward", 1, batch, start);
        x = layer_y;
    }
}

void gt_mlp_zero_grads(gt_mlp *mlp) {
    mlp->gradients_cleared = true;
}

/* The lowest layer that a walk back to the parameters has to reach. */
static int first_trained(const gt_mlp *mlp) {
    int i = 0;
    while (i < mlp->layer_count - 1 && mlp->layers[i].tensor_count == 0)
        i++;
    return i;
}

/* One walk back. dx NULL: the input needs no gradient. frozen: the parameters need none. */
static void walk_back(gt_real *dx, gt_mlp *mlp, const gt_real *x, const gt_real *y, gt_real *dy,
                      int batch, bool frozen) {
    assert(mlp->gradients != NULL && batch >= 1 && batch <= mlp->max_batch);
    int turn = 0, lowest = dx != NULL ? 0 : first_trained(mlp);
    for (int i = mlp->layer_count - 1; i >= lowest; i--) {
        const gt_layer *layer = &mlp->layers[i];
        gt_layer_memory memory = mlp_layer_memory(mlp, i, frozen);
        /* y is only read here; the cast lets one function serve both directions. */
        const gt_real *layer_y = mlp_layer_output(mlp, i, (gt_real *)y);
        const gt_real *layer_x = i > 0 ? mlp_layer_output(mlp, i - 1, (gt_real *)y) : x;
        gt_real *layer_dx = i == lowest                 ? dx
                            : layer->kind->element_wise ? dy
                                                        : mlp->dactivations[turn];
        double start = mlp->profile != NULL ? gt_profile_now() : 0;
        layer->kind->backward(layer_dx, dy, layer_x, layer_y, batch, layer, &memory);
        if (mlp->profile != NULL)
            record(mlp, layer, NULL, "backward", (layer_dx != NULL) + !frozen, batch, start);
        if (i > lowest && layer_dx != dy)
            turn = !turn;
        dy = layer_dx;
    }
    if (!frozen)
        mlp->gradients_cleared = false;
}

void gt_mlp_backward(gt_mlp *mlp, const gt_real *x, const gt_real *y, gt_real *dy, int batch) {
    walk_back(NULL, mlp, x, y, dy, batch, false);
}

void gt_mlp_backward_to_input(gt_real *dx, gt_mlp *mlp, const gt_real *x, const gt_real *y,
                              gt_real *dy, int batch) {
    walk_back(dx, mlp, x, y, dy, batch, true);
}
