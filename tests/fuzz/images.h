/* What the readers of images promise. */
#ifndef TESTS_FUZZ_IMAGES_H
#define TESTS_FUZZ_IMAGES_H

#include "fuzz/fuzz.h"
#include "gantrain/data/dataset.h"
#include "gantrain/data/idx.h"

/* Checks an array that was read from fuzz_path(), or the refusal to, and frees it; then opens the
 * same file as a data set. Returns whether it was read. */
static inline bool fuzz_check_images(gt_idx *array, gt_status status, const gt_error *error) {
    fuzz_check_file_message(status, error);
    fuzz_require((status == GT_OK) == (array->bytes != NULL), "bytes and status do not fit");
    if (status == GT_OK) {
        uint64_t total = 1;
        fuzz_require(array->rank >= 1 && array->rank <= GT_IDX_RANK, "the rank");
        for (int i = 0; i < GT_IDX_RANK; i++)
            total *= array->sizes[i];
        fuzz_require(total > 0, "an array of nothing");
        fuzz_touch(array->bytes, total);
    }
    gt_idx_free(array);

    gt_dataset dataset;
    gt_error refused = {0};
    gt_status opened =
        gt_dataset_open(&dataset, NULL, fuzz_path(), NULL, (gt_range){0}, 0, &refused);
    fuzz_check_file_message(opened, &refused);
    gt_dataset_free(&dataset);
    return status == GT_OK;
}

#endif
