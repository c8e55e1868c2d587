/* Checkpoints: all that a run needs to go on exactly where it stood, in one safetensors file.
 *
 * Tensors: both networks' parameters and optimizer state by the names of nn/tensors.h (F32), and
 * "trainer.epoch_sums" (F64), the stats of the epoch so far. Metadata: what gt_checkpoint_info
 * holds, the config as INI text, the choice of backends, the format's version and the checksum of
 * files/safetensors.h. */
#ifndef GANTRAIN_STORE_CHECKPOINT_H
#define GANTRAIN_STORE_CHECKPOINT_H

#include "gantrain/config/config.h"
#include "gantrain/files/safetensors.h"

/* The version of the format that this program writes, and the newest that it reads. */
enum { GT_CHECKPOINT_FORMAT = 1 };

/* Sums over the steps of the current epoch. */
typedef struct gt_epoch_sums {
    double steps;
    double stats[GT_MODEL_STATS]; /* one for each stat of the model's kind */
} gt_epoch_sums;

/* Where a run stands, besides its tensors. */
typedef struct gt_checkpoint_info {
    gt_config config;
    uint64_t epoch;         /* finished */
    uint64_t step;          /* steps finished */
    gt_shape shape;         /* of the images */
    uint32_t data_checksum; /* of the images: gt_dataset.checksum */
    gt_epoch_sums sums;     /* of the epoch under way; all 0 at the end of one */
    bool flat_images;       /* for gt_model_settings: the file's tensors have the shapes of that */
    /* Rows of metrics.csv that could not be written yet: lines; NULL: none. Borrowed; of the file's
     * metadata in a checkpoint that was opened. */
    const char *held_rows;
    const char
        *classes; /* of a conditional model: a gt_class_table as text; borrowed as held_rows */
} gt_checkpoint_info;

/* Writes a checkpoint, all or nothing. Fails with GT_FAILED, or with GT_DIVERGED and nothing
 * written if a number of a tensor is not finite: the message names the tensor. */
gt_status gt_checkpoint_save(const char *path, const gt_model *model,
                             const gt_checkpoint_info *info, gt_error *error);

/* An open checkpoint. */
typedef struct gt_checkpoint {
    gt_safetensors tensors; /* owned */
    /* Why opening it failed: it is of a newer format version, or its contents are wrong; neither:
     * it could not be read now. */
    bool newer, damaged;
    gt_checkpoint_info info;
    const char *choices; /* of backends (nn/choice.h), borrowed from tensors; NULL: none */
} gt_checkpoint;

/* Opens a checkpoint and checks that it is whole and ours. Fails with GT_FAILED; the message begins
 * with the path and says whether it is damaged, of a newer version, or another program's. After a
 * failure there is nothing to close. */
gt_status gt_checkpoint_open(gt_checkpoint *checkpoint, const char *path, gt_error *error);

void gt_checkpoint_close(gt_checkpoint *checkpoint);

/* The keys of a checkpoint's metadata but for its config: key `index`, or NULL past the end. */
const char *gt_checkpoint_metadata_key(int index);

/* Copies the tensors into a model; one that has not been carved yet is only compared. Where the
 * model is not for training and the checkpoint has averaged weights, it gets those, unless `raw`.
 * Fails with GT_FAILED, and the model half set, if a tensor is missing, or has another dtype or
 * shape, holds NaN or an infinity, or, for training, is one too many. path is for messages. */
gt_status gt_checkpoint_restore(gt_model *model, const gt_checkpoint *checkpoint, bool raw,
                                const char *path, gt_error *error);

#endif
