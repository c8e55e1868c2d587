/* Initial weights, by the activation that follows. */
#include "gantrain/nn/init.h"

#include <math.h>

/* The standard deviation of the weights of layer `index`, from the next layer that is an
 * activation. */
static double weight_deviation(const gt_mlp *mlp, int index, const gt_layer_tensor *tensor) {
    const gt_layer *next = index + 1 < mlp->layer_count ? &mlp->layers[index + 1] : NULL;
    if (next != NULL && next->kind->gain != NULL)
        return next->kind->gain(next) / sqrt(tensor->columns);
    return sqrt(2.0 / (tensor->columns + tensor->rows));
}

void gt_init_mlp(gt_mlp *mlp, uint64_t seed, gt_purpose purpose) {
    for (int i = 0; i < mlp->layer_count; i++) {
        const gt_layer *layer = &mlp->layers[i];
        for (int k = 0; k < layer->tensor_count; k++) {
            const gt_layer_tensor *tensor = &layer->tensors[k];
            gt_real *values = gt_mlp_tensor(mlp, tensor);
            size_t count = gt_layer_tensor_size(tensor);
            if (!tensor->drawn) {
                for (size_t j = 0; j < count; j++)
                    values[j] = tensor->value;
                continue;
            }
            gt_address address = {seed, purpose, (uint64_t)i, 0};
            gt_random_normal(values, address, tensor->rows, tensor->columns);
            gt_real deviation = (gt_real)weight_deviation(mlp, i, tensor);
            for (size_t j = 0; j < count; j++)
                values[j] *= deviation;
        }
    }
    gt_mlp_refresh(mlp);
}
