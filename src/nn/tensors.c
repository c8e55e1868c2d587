/* One walk over all that a network keeps. */
#include "gantrain/nn/tensors.h"

#include <stdio.h>

/* Shows the tensors of all layers: the network's own numbers, or those of an optimizer's state. */
static gt_status visit_layers(const char *prefix, const gt_mlp *mlp, gt_real *const *state,
                              gt_tensor_visitor visitor, void *context, gt_error *error) {
    for (int i = 0; i < mlp->layer_count; i++)
        for (int k = 0; k < mlp->layers[i].tensor_count; k++) {
            const gt_layer_tensor *part = &mlp->layers[i].tensors[k];
            gt_tensor tensor = {.rows = part->rows, .columns = part->columns};
            if (state != NULL && !part->trained)
                continue;
            if (mlp->parameters != NULL)
                tensor.values = state != NULL ? *state + part->offset : gt_mlp_tensor(mlp, part);
            snprintf(tensor.name, sizeof tensor.name, "%s.%d.%s", prefix, i, part->name);
            gt_status status = visitor(context, &tensor, error);
            if (status != GT_OK)
                return status;
        }
    return GT_OK;
}

gt_status gt_tensors_visit(const char *network, const gt_mlp *mlp, const gt_optimizer *optimizer,
                           gt_tensor_visitor visitor, void *context, gt_error *error) {
    gt_status status = visit_layers(network, mlp, NULL, visitor, context, error);
    for (int i = 0; optimizer != NULL && status == GT_OK && i < GT_OPTIMIZER_STATES; i++) {
        if (optimizer->kind->states[i] == NULL)
            continue;
        char prefix[64];
        snprintf(prefix, sizeof prefix, "%s.optimizer.%s", network, optimizer->kind->states[i]);
        status = visit_layers(prefix, mlp, &optimizer->states[i], visitor, context, error);
    }
    return status;
}
