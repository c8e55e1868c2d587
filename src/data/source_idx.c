/* Images of an IDX file. */
#include <string.h>

#include "data/source.h"
#include "gantrain/base/text.h"
#include "gantrain/data/idx.h"

static gt_status take_images(gt_dataset *dataset, gt_idx *idx, const char *path, gt_error *error) {
    char sizes[GT_SIZES_TEXT];
    gt_text_from_sizes(sizes, idx->sizes, idx->rank);
    if (idx->rank < 3)
        return gt_error_set(error, GT_FAILED,
                            "%s: is a rank-%d array of %s; images need rank 3 (count, height, "
                            "width) or 4 (with 3 colours)%s",
                            path, idx->rank, sizes,
                            idx->rank == 1 ? ": is this the labels file?" : "");
    uint32_t channels = idx->sizes[3];
    if (channels != 1 && channels != 3)
        return gt_error_set(error, GT_FAILED,
                            "%s: is an array of %s; its last size must be 1 (grey) or 3 (red, "
                            "green, blue)",
                            path, sizes);
    dataset->count = idx->sizes[0];
    gt_status status =
        source_set_shape(dataset, channels, idx->sizes[1], idx->sizes[2], path, error);
    if (status != GT_OK)
        return status;
    dataset->images = dataset->image_memory = idx->bytes;
    idx->bytes = NULL;
    return GT_OK;
}

static bool is_idx(const struct probe *probe) {
    return !probe->is_directory && probe->length >= 4 && probe->start[0] == 0 &&
           probe->start[1] == 0 && probe->start[2] >= 0x08 && probe->start[2] <= 0x0e &&
           probe->start[3] <= 8;
}

static gt_status open_idx(gt_dataset *dataset, const struct source_request *request,
                          gt_error *error) {
    gt_idx idx;
    gt_status status = gt_idx_read(&idx, request->path, error);
    if (status == GT_OK)
        status = take_images(dataset, &idx, request->path, error);
    gt_idx_free(&idx);
    return status;
}

const struct source source_idx = {"an IDX file", false, is_idx, open_idx};
