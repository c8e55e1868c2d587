/* NPZ: a zip archive of NPY files, NAME.npy for array NAME. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "data/archive.h"
#include "data/array.h"
#include "gantrain/base/arena.h"
#include "gantrain/base/text.h"

enum { NAME_CAPACITY = 256, LIST_CAPACITY = 512 };

/* What images and their labels are usually called, the surest first. */
static const struct {
    const char *images, *labels;
} usual[] = {
    {"x_train", "y_train"},
    {"train_images", "train_labels"},
    {"images", "labels"},
    {"x", "y"},
    {"X", "y"},
    {"data", "labels"},
    {"arr_0", "arr_1"},
};

enum { USUAL = sizeof usual / sizeof *usual };

/* The entry of an array, -1 if there is none. */
static zip_int64_t find_array(zip_t *archive, const char *key) {
    char name[NAME_CAPACITY];
    if (snprintf(name, sizeof name, "%s.npy", key) >= (int)sizeof name)
        return -1;
    return zip_name_locate(archive, name, 0);
}

/* The name of an entry that is an array, without .npy; NULL if it is none. */
static const char *array_name(char name[NAME_CAPACITY], zip_t *archive, uint64_t number) {
    const char *entry = zip_get_name(archive, number, 0);
    size_t length = entry != NULL ? strlen(entry) : 0;
    if (length <= 4 || length >= NAME_CAPACITY || strcmp(entry + length - 4, ".npy") != 0)
        return NULL;
    memcpy(name, entry, length - 4);
    name[length - 4] = '\0';
    for (char *c = name; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == '\x7f')
            *c = '?';
    return name;
}

/* How many arrays there are, and a list of them. */
static int list_arrays(char list[LIST_CAPACITY], zip_t *archive) {
    int count = 0;
    size_t used = 0;
    zip_int64_t entries = zip_get_num_entries(archive, 0);
    list[0] = '\0';
    for (zip_int64_t i = 0; i < entries; i++) {
        char name[NAME_CAPACITY];
        if (array_name(name, archive, (uint64_t)i) == NULL)
            continue;
        if (used < LIST_CAPACITY)
            used = gt_text_append(list, LIST_CAPACITY, used, "%s%s", count > 0 ? ", " : "", name);
        count++;
    }
    return count;
}

static gt_status read_entry(gt_npy *array, zip_t *archive, uint64_t number, const char *name,
                            gt_error *error) {
    zip_stat_t entry;
    unsigned char *bytes;
    size_t size;
    gt_error detail = {0};
    if (zip_stat_index(archive, number, 0, &entry) != 0 || (entry.valid & ZIP_STAT_SIZE) == 0)
        return gt_error_set(error, GT_FAILED, "%s: is damaged in the archive", name);
    if (entry.size > gt_memory_size())
        return gt_error_set(error, GT_FAILED, "%s: no memory for its %" PRIu64 " bytes", name,
                            (uint64_t)entry.size);
    if (archive_load(&bytes, &size, archive, number, entry.size, SIZE_MAX, &detail) != GT_OK)
        return gt_error_set(error, GT_FAILED, "%s: %s", name, detail.message);
    return gt_npy_take(array, bytes, size, name, error);
}

/* Reads an array that must be there; the name for messages is PATH:KEY. */
static gt_status read_array(gt_npy *array, char *name, size_t capacity, zip_t *archive,
                            const char *path, const char *key, gt_error *error) {
    char list[LIST_CAPACITY];
    zip_int64_t number = find_array(archive, key);
    *array = (gt_npy){0};
    snprintf(name, capacity, "%s:%s", path, key);
    if (number >= 0)
        return read_entry(array, archive, (uint64_t)number, name, error);
    list_arrays(list, archive);
    return gt_error_set(error, GT_FAILED, "%s: has no array '%s', but %s", path, key, list);
}

gt_status npz_read(gt_npy *array, const char *path, const char *key, gt_error *error) {
    zip_t *archive;
    char name[GT_DATA_TEXT];
    *array = (gt_npy){0};
    gt_status status = archive_open(&archive, path, error);
    if (status != GT_OK)
        return status;
    status = read_array(array, name, sizeof name, archive, path, key, error);
    zip_discard(archive);
    return status;
}

/* Finds out which arrays hold images and labels; *labels is NULL if none does. */
static gt_status choose_arrays(char images[NAME_CAPACITY], const char **labels, zip_t *archive,
                               const char *path, gt_error *error) {
    char list[LIST_CAPACITY];
    *labels = NULL;
    for (int i = 0; i < USUAL; i++)
        if (find_array(archive, usual[i].images) >= 0) {
            gt_text_copy(images, NAME_CAPACITY, usual[i].images);
            *labels = find_array(archive, usual[i].labels) >= 0 ? usual[i].labels : NULL;
            return GT_OK;
        }
    if (list_arrays(list, archive) == 1 && gt_text_copy(images, NAME_CAPACITY, list))
        return GT_OK;
    return gt_error_set(error, GT_FAILED,
                        "%s: holds the arrays %s: say which are images, as %s:NAME", path, list,
                        path);
}

static gt_status take_arrays(gt_dataset *dataset, zip_t *archive,
                             const struct source_request *request, gt_error *error) {
    char images[NAME_CAPACITY], name[GT_DATA_TEXT];
    const char *labels = NULL;
    gt_npy array;
    gt_status status = GT_OK;
    if (request->key != NULL)
        gt_text_copy(images, sizeof images, request->key);
    else
        status = choose_arrays(images, &labels, archive, request->path, error);
    if (status == GT_OK)
        status = read_array(&array, name, sizeof name, archive, request->path, images, error);
    if (status != GT_OK)
        return status;
    status = array_take_images(dataset, &array, name, request->options, error);
    gt_npy_free(&array);
    if (status != GT_OK || labels == NULL)
        return status;
    status = read_array(&array, name, sizeof name, archive, request->path, labels, error);
    if (status == GT_OK)
        status = array_take_labels(dataset, &array, name, request->path, error);
    gt_npy_free(&array);
    return status;
}

static bool is_npz(const struct probe *probe) {
    zip_t *archive;
    char list[LIST_CAPACITY];
    if (!archive_is(probe) || archive_open(&archive, probe->path, NULL) != GT_OK)
        return false;
    bool is = list_arrays(list, archive) > 0;
    zip_discard(archive);
    return is;
}

static gt_status open_npz(gt_dataset *dataset, const struct source_request *request,
                          gt_error *error) {
    zip_t *archive;
    gt_status status = archive_open(&archive, request->path, error);
    if (status != GT_OK)
        return status;
    status = take_arrays(dataset, archive, request, error);
    zip_discard(archive);
    return status;
}

const struct source source_npz = {"an NPZ file", false, is_npz, open_npz};
