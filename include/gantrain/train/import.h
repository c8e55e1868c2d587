/* A run from weights that another program wrote. */
#ifndef GANTRAIN_TRAIN_IMPORT_H
#define GANTRAIN_TRAIN_IMPORT_H

#include <stdbool.h>

#include "gantrain/config/config.h"
#include "gantrain/train/reporter.h"

/* What gt_import is told besides the config. */
typedef struct gt_import_options {
    bool force;        /* move an old run aside */
    const char *cache; /* as in gt_data_options; NULL: none */
} gt_import_options;

/* Makes the run directory config->output.dir with one checkpoint, of epoch 0, whose weights are
 * those of a safetensors file: float32 tensors by the names that checkpoints have, as PyTorch's
 * state_dict of the same torch.nn.Sequential has them. Weights that are missing are initialised,
 * and averages that are missing begin with the weights; both are reported, and so is what is left
 * over. Optimizers begin at 0.
 *
 * Fails as gt_train does, and with GT_FAILED if the file cannot be read, none of its tensors is one
 * of the model, or one has another type or shape or a number that is not finite. Memory: borrows
 * all; frees all it took. */
gt_status gt_import(const char *path, const gt_config *config, const gt_import_options *options,
                    const gt_reporter *reporter, gt_error *error);

#endif
