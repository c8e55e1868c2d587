/* Labels from a file of their own. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "data/array.h"
#include "data/archive.h"
#include "gantrain/data/idx.h"
#include "gantrain/files/file.h"

/* An IDX array as a NumPy array of bytes, which takes its memory over. */
static gt_npy npy_of_idx(gt_idx *idx) {
    gt_npy array = {.rank = idx->rank, .count = 1, .kind = 'u', .item_size = 1};
    for (int i = 0; i < GT_NPY_RANK; i++) {
        array.sizes[i] = idx->sizes[i];
        array.count *= idx->sizes[i];
    }
    array.bytes = array.memory = idx->bytes;
    *idx = (gt_idx){0};
    return array;
}

static gt_status read_array(gt_npy *array, const char *text, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    const char *key = NULL;
    struct probe probe;
    gt_idx idx;
    if (source_split_key(path, sizeof path, &key, text))
        return npz_read(array, path, key, error);
    gt_status status = source_probe(&probe, text, error);
    if (status != GT_OK)
        return status;
    if (archive_is(&probe))
        return gt_error_set(error, GT_FAILED,
                            "%s: is an archive: name the array of labels in it, as %s:NAME", text,
                            text);
    if (gt_npy_is(probe.start, probe.length))
        return gt_npy_read(array, text, error);
    const char *what = source_explain(&probe);
    if (what != NULL)
        return gt_error_set(error, GT_FAILED, "%s: %s", text, what);
    status = gt_idx_read(&idx, text, error);
    if (status == GT_OK)
        *array = npy_of_idx(&idx);
    return status;
}

gt_status labels_read(gt_dataset *dataset, const gt_data_options *options, gt_error *error) {
    gt_npy array = {0};
    gt_status status = read_array(&array, options->labels, error);
    if (status == GT_OK)
        status = array_take_labels(dataset, &array, options->labels, options->images, error);
    gt_npy_free(&array);
    if (status == GT_OK) { /* names belong to the labels that were replaced */
        free(dataset->name_memory);
        dataset->class_names = dataset->name_memory = NULL;
        dataset->class_count = 0;
    }
    return status;
}
