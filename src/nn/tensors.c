/* One walk over all that a network keeps. */
#include "gantrain/nn/tensors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

size_t gt_tensor_size(const gt_tensor *tensor) {
    size_t size = 1;
    for (int i = 0; i < tensor->rank; i++)
        size *= (size_t)tensor->sizes[i];
    return size;
}

bool gt_tensor_is_finite(const gt_tensor *tensor) {
    bool finite = true;
    for (size_t i = 0; finite && i < gt_tensor_size(tensor); i++)
        finite = isfinite(tensor->values[i]);
    return finite;
}

bool gt_tensor_is_of_optimizer(const char *name) {
    return strstr(name, ".optimizer.") != NULL;
}

static gt_status visit(const char *prefix, int layer, const gt_layer_tensor *part, gt_real *values,
                       gt_tensor_visitor visitor, void *context, gt_error *error) {
    gt_tensor tensor = {.rank = part->rank, .values = values};
    memcpy(tensor.sizes, part->sizes, sizeof tensor.sizes);
    snprintf(tensor.name, sizeof tensor.name, "%s.%d.%s", prefix, layer, part->name);
    return visitor(context, &tensor, error);
}

gt_status gt_tensors_visit_trained(const char *prefix, const gt_network *network, gt_real *numbers,
                                   gt_tensor_visitor visitor, void *context, gt_error *error) {
    for (int i = 0; i < network->layer_count; i++)
        for (int k = 0; k < network->layers[i].tensor_count; k++) {
            const gt_layer_tensor *part = &network->layers[i].tensors[k];
            if (!part->trained)
                continue;
            gt_real *values = numbers != NULL ? numbers + part->offset : NULL;
            gt_status status = visit(prefix, i, part, values, visitor, context, error);
            if (status != GT_OK)
                return status;
        }
    return GT_OK;
}

static gt_status visit_network(const char *prefix, const gt_network *network,
                               gt_tensor_visitor visitor, void *context, gt_error *error) {
    for (int i = 0; i < network->layer_count; i++)
        for (int k = 0; k < network->layers[i].tensor_count; k++) {
            const gt_layer_tensor *part = &network->layers[i].tensors[k];
            gt_real *values = network->parameters != NULL ? gt_network_tensor(network, part) : NULL;
            gt_status status = visit(prefix, i, part, values, visitor, context, error);
            if (status != GT_OK)
                return status;
        }
    return GT_OK;
}

gt_status gt_tensors_visit(const char *prefix, const gt_network *network,
                           const gt_optimizer *optimizer, gt_tensor_visitor visitor, void *context,
                           gt_error *error) {
    gt_status status = visit_network(prefix, network, visitor, context, error);
    for (int i = 0; optimizer != NULL && status == GT_OK && i < GT_OPTIMIZER_STATES; i++) {
        if (optimizer->kind->states[i] == NULL)
            continue;
        char name[64];
        snprintf(name, sizeof name, "%s.optimizer.%s", prefix, optimizer->kind->states[i]);
        status =
            gt_tensors_visit_trained(name, network, optimizer->states[i], visitor, context, error);
    }
    return status;
}
