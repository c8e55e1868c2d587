/* Why images cannot be opened is told without a byte of them. */
#include "gantrain/sample/named_images.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

gt_status gt_named_images_open(gt_dataset *dataset, gt_team *team, const gt_data_options *options,
                               const char *checkpoint, const char *advice, gt_error *error) {
    gt_error hidden = {0};
    if (checkpoint == NULL)
        return gt_dataset_open(dataset, team, options, error);
    gt_status status = gt_dataset_open(dataset, team, options, &hidden);
    if (status == GT_OK || status == GT_STOPPED)
        return status == GT_OK ? GT_OK : gt_error_set(error, status, "%s", hidden.message);
    const char *reason = access(options->images, R_OK) != 0
                             ? strerror(errno)
                             : "it is not what the checkpoint's config says";
    return gt_error_set(error, status,
                        "%.1500s: cannot be used as the images that %.1500s names: %s; %s",
                        options->images, checkpoint, reason, advice);
}
