/* Images that a checkpoint names: a path of its config, which may come from a stranger. */
#ifndef GANTRAIN_SAMPLE_NAMED_IMAGES_H
#define GANTRAIN_SAMPLE_NAMED_IMAGES_H

#include "gantrain/data/dataset.h"

/* gt_dataset_open, but a message says nothing about what the file holds: a checkpoint could name
 * any file of the user's, and messages end in logs and reports.
 *
 *   checkpoint  the path of the one that names options->images; NULL: the user named them, and the
 *               messages are those of gt_dataset_open
 *   advice      how the user can name them, as the end of the message */
gt_status gt_named_images_open(gt_dataset *dataset, gt_team *team, const gt_data_options *options,
                               const char *checkpoint, const char *advice, gt_error *error);

#endif
