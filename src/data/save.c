/* Formats that a data set can be written in: a table, by the end of the file's name. */
#include "data/save.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/data/idx.h"
#include "gantrain/data/npy.h"

enum { PART = 1 << 24, BYTE_LABELS = 256 };

/* What is written, and where. labels.elements is NULL where there are none. */
struct save {
    struct save_array images, labels;
    const char *path, *labels_path;
    const gt_stop *stop;
};

gt_status save_bytes(gt_file_writer *writer, const void *bytes, size_t size, const gt_stop *stop,
                     gt_error *error) {
    const char *from = bytes;
    gt_status status = GT_OK;
    for (size_t done = 0; status == GT_OK && done < size; done += PART) {
        size_t part = size - done < PART ? size - done : PART;
        status = gt_file_write(writer, from + done, part, error);
        if (status == GT_OK)
            status = gt_stop_check(stop, error);
    }
    return status;
}

/* Writes the temporary file, and does not put it in place yet. */
static gt_status
begin_array(gt_file_writer *writer, const char *path, const struct save_array *array,
            gt_status (*write_header)(gt_file_writer *, int, const uint32_t *, gt_error *),
            const gt_stop *stop, gt_error *error) {
    gt_status status = gt_file_begin(writer, path, error);
    if (status == GT_OK)
        status = write_header(writer, array->rank, array->sizes, error);
    if (status == GT_OK)
        status = save_bytes(writer, array->elements, array->size, stop, error);
    return status;
}

static gt_status write_npy(const struct save *save, gt_error *error) {
    gt_file_writer writer = {0};
    gt_status status =
        begin_array(&writer, save->path, &save->images, gt_npy_write_header, save->stop, error);
    if (status == GT_OK)
        status = gt_file_commit(&writer, error);
    gt_file_abort(&writer);
    return status;
}

static gt_status write_npz(const struct save *save, gt_error *error) {
    const struct save_array arrays[] = {save->images, save->labels};
    return save_npz(save->path, arrays, save->labels.elements != NULL ? 2 : 1, save->stop, error);
}

static gt_status write_idx(const struct save *save, gt_error *error) {
    gt_file_writer images = {0}, labels = {0};
    bool has_labels = save->labels.elements != NULL;
    if (has_labels && save->labels.size != save->labels.sizes[0])
        return gt_error_set(error, GT_FAILED,
                            "%s: labels of an IDX file go up to %d, and there are larger ones: "
                            "write an NPZ file",
                            save->labels_path, BYTE_LABELS - 1);
    gt_status status =
        begin_array(&images, save->path, &save->images, gt_idx_write_header, save->stop, error);
    if (status == GT_OK && has_labels)
        status = begin_array(&labels, save->labels_path, &save->labels, gt_idx_write_header,
                             save->stop, error);
    if (status == GT_OK && has_labels)
        status = gt_file_commit(&labels, error);
    if (status == GT_OK)
        status = gt_file_commit(&images, error);
    gt_file_abort(&labels);
    gt_file_abort(&images);
    return status;
}

/* --- Names --- */

enum place { NOWHERE, INSIDE, BESIDE };

static const struct format {
    const char *suffix;
    enum place labels;
    gt_status (*write)(const struct save *save, gt_error *error);
} formats[] = {
    {".npz", INSIDE, write_npz},
    {".idx", BESIDE, write_idx},
    {"-ubyte", BESIDE, write_idx},
    {".npy", NOWHERE, write_npy},
};

enum { FORMATS = sizeof formats / sizeof *formats };

static const struct format *find_format(const char *path) {
    for (int i = 0; i < FORMATS; i++)
        if (gt_text_has_suffix(path, formats[i].suffix))
            return &formats[i];
    return NULL;
}

/* The last place of a word in the name at the end of a path. */
static char *find_word(char *path, const char *word) {
    char *slash = strrchr(path, '/'), *found = NULL;
    for (char *at = slash != NULL ? slash : path; (at = strstr(at, word)) != NULL; at++)
        found = at;
    return found;
}

static bool name_beside(char labels[GT_PATH_CAPACITY], const char *path, const char *suffix) {
    if (!gt_text_copy(labels, GT_PATH_CAPACITY, path))
        return false;
    char *word = find_word(labels, "images"); /* as long as labels */
    if (word == NULL) {
        int stem = (int)(strlen(path) - strlen(suffix));
        return snprintf(labels, GT_PATH_CAPACITY, "%.*s-labels%s", stem, path, suffix) <
               GT_PATH_CAPACITY;
    }
    memcpy(word, "labels", strlen("labels"));
    word = find_word(labels, "idx3");
    if (word == NULL)
        word = find_word(labels, "idx4");
    if (word != NULL)
        word[3] = '1';
    return true;
}

gt_status gt_dataset_labels_path(char labels[GT_PATH_CAPACITY], const char *path, gt_error *error) {
    const struct format *format = find_format(path);
    labels[0] = '\0';
    if (format == NULL)
        return gt_error_set(error, GT_USAGE,
                            "%s: the name must end in .npz, .npy, .idx or -ubyte (IDX)", path);
    if (format->labels == NOWHERE)
        return GT_OK;
    bool fits = format->labels == INSIDE ? gt_text_copy(labels, GT_PATH_CAPACITY, path)
                                         : name_beside(labels, path, format->suffix);
    return fits ? GT_OK : gt_error_set(error, GT_USAGE, "%.64s...: the path is too long", path);
}

/* --- */

/* Sets labels to those of dataset: bytes where they are small enough, else of two bytes each.
 * *memory is what they need, owned by the caller (free). */
static gt_status take_labels(struct save_array *labels, uint8_t **memory, const gt_dataset *dataset,
                             gt_error *error) {
    const uint16_t one = 1;
    bool is_little_endian = *(const uint8_t *)&one == 1, are_bytes = true;
    *labels = (struct save_array){.name = "labels",
                                  .type = is_little_endian ? "<u2" : ">u2",
                                  .rank = 1,
                                  .sizes = {dataset->count},
                                  .elements = dataset->labels,
                                  .size = dataset->count * sizeof *dataset->labels};
    for (uint32_t i = 0; i < dataset->count; i++)
        are_bytes = are_bytes && dataset->labels[i] < BYTE_LABELS;
    if (!are_bytes)
        return GT_OK;
    *memory = malloc(dataset->count);
    if (*memory == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for %" PRIu32 " labels", dataset->count);
    for (uint32_t i = 0; i < dataset->count; i++)
        (*memory)[i] = (uint8_t)dataset->labels[i];
    labels->type = "|u1";
    labels->elements = *memory;
    labels->size = dataset->count;
    return GT_OK;
}

gt_status gt_dataset_save(const gt_dataset *dataset, const char *path, gt_stop *stop,
                          gt_error *error) {
    char labels_path[GT_PATH_CAPACITY];
    uint8_t *memory = NULL;
    gt_shape shape = dataset->shape;
    struct save save = {.images = {.name = "images",
                                   .type = "|u1",
                                   .rank = shape.channels == 1 ? 3 : 4,
                                   .sizes = {dataset->count, (uint32_t)shape.height,
                                             (uint32_t)shape.width, (uint32_t)shape.channels},
                                   .elements = dataset->images,
                                   .size = (size_t)dataset->count * (size_t)dataset->pixels},
                        .path = path,
                        .labels_path = labels_path,
                        .stop = stop};
    gt_status status = gt_dataset_labels_path(labels_path, path, error);
    if (status == GT_OK && dataset->points != NULL)
        status = gt_error_set(error, GT_USAGE, "%s: only images can be saved, and these are points",
                              path);
    if (status == GT_OK && dataset->labels != NULL)
        status = take_labels(&save.labels, &memory, dataset, error);
    gt_stop_hold(stop); /* temporary files must not stay */
    if (status == GT_OK)
        status = gt_stop_check(stop, error);
    if (status == GT_OK)
        status = find_format(path)->write(&save, error);
    gt_stop_release(stop);
    free(memory);
    return status;
}
