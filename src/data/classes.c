/* The classes of an album and the order of its images. First-level sub-folders are classes; folders
 * that all pictures have in common, such as the one that a zip archive holds, are passed over.
 * Classes are mixed in proportion: the k-th of n pictures of a class goes to about k / n of the
 * whole, so that a range, and what is held out after one, hold every class. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "data/album.h"

/* The length of the folders that all pictures have in common. */
static size_t find_common_folder(const struct album *album) {
    const char *first = NULL;
    size_t length = 0;
    for (uint32_t i = 0; i < album->count; i++) {
        const char *name = album->files[i].name;
        if (album->files[i].state != FILE_PICTURE)
            continue;
        if (first == NULL) {
            first = name;
            length = (size_t)(strrchr(name, '/') != NULL ? strrchr(name, '/') + 1 - name : 0);
        }
        while (length > 0 && strncmp(first, name, length) != 0)
            do
                length--;
            while (length > 0 && first[length - 1] != '/');
    }
    return length;
}

/* The length of the class in a name; 0: the file lies outside of any. */
static size_t class_length(const char *name) {
    const char *slash = strchr(name, '/');
    return slash != NULL ? (size_t)(slash - name) : 0;
}

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Gathers the names of classes: files are sorted, so those of one folder follow each other. Returns
 * how many files lie outside of folders; UINT32_MAX without memory. */
static uint32_t gather_classes(struct album *album, size_t prefix) {
    uint32_t outside = 0;
    const char *last = NULL;
    album->class_names = calloc(GT_CLASSES_MOST + 1, sizeof *album->class_names);
    for (uint32_t i = 0; i < album->count && album->class_names != NULL; i++) {
        if (album->files[i].state != FILE_PICTURE)
            continue;
        const char *name = album->files[i].name + prefix;
        size_t length = class_length(name);
        outside += length == 0;
        if (length == 0 || album->class_count > GT_CLASSES_MOST ||
            (last != NULL && class_length(last) == length && strncmp(last, name, length) == 0))
            continue;
        char *copy = strndup(name, length);
        if (copy == NULL)
            return UINT32_MAX;
        album->class_names[album->class_count++] = copy;
        last = name;
    }
    return album->class_names != NULL ? outside : UINT32_MAX;
}

static void drop_classes(struct album *album) {
    for (int c = 0; c < album->class_count; c++)
        free(album->class_names[c]);
    album->class_count = 0;
}

static void set_labels(struct album *album, size_t prefix) {
    uint32_t ranks[GT_CLASSES_MOST] = {0};
    qsort(album->class_names, (size_t)album->class_count, sizeof *album->class_names,
          compare_texts);
    int label = 0;
    for (uint32_t i = 0; i < album->count; i++) {
        struct album_file *file = &album->files[i];
        if (file->state != FILE_PICTURE)
            continue;
        size_t length = class_length(file->name + prefix);
        const char *name = file->name + prefix;
        while (strlen(album->class_names[label]) != length ||
               strncmp(album->class_names[label], name, length) != 0)
            label = (label + 1) % album->class_count;
        file->label = (uint16_t)label;
        file->rank = ranks[label]++;
    }
}

gt_status classes_find(struct album *album, gt_error *error) {
    size_t prefix = find_common_folder(album);
    uint32_t outside = gather_classes(album, prefix);
    if (outside == UINT32_MAX)
        return gt_error_set(error, GT_FAILED, "%s: no memory", album->path);
    if (outside > 0 && album->class_count > 0)
        source_note(album->options,
                    "%s: %" PRIu32 " pictures lie outside of the sub-folders, so these are no "
                    "classes",
                    album->path, outside);
    else if (album->class_count > GT_CLASSES_MOST)
        source_note(album->options,
                    "%s: has more sub-folders than the %d that can be classes: without labels",
                    album->path, GT_CLASSES_MOST);
    if (outside > 0 || album->class_count > GT_CLASSES_MOST || album->class_count < 2)
        drop_classes(album);
    else
        set_labels(album, prefix);
    return GT_OK;
}

/* --- The order of images --- */

/* A picture's place among all: where it lies within its class. */
struct place {
    uint32_t file;
    double part;
};

static int compare_places(const void *a, const void *b) {
    const struct place *one = a, *other = b;
    if (one->part < other->part || one->part > other->part)
        return one->part < other->part ? -1 : 1;
    return (one->file > other->file) - (one->file < other->file);
}

gt_status classes_set_order(struct album *album, gt_error *error) {
    uint32_t sizes[GT_CLASSES_MOST] = {0};
    size_t pictures = album->report.pictures;
    struct place *places = calloc(pictures, sizeof *places);
    album->order = malloc(pictures * sizeof *album->order);
    if (places == NULL || album->order == NULL) {
        free(places);
        return gt_error_set(error, GT_FAILED, "%s: no memory", album->path);
    }
    for (uint32_t i = 0; i < album->count; i++)
        if (album->files[i].state == FILE_PICTURE)
            sizes[album->files[i].label]++;
    for (uint32_t i = 0; i < album->count; i++) {
        const struct album_file *file = &album->files[i];
        if (file->state == FILE_PICTURE)
            places[album->kept++] = (struct place){i, (file->rank + 0.5) / sizes[file->label]};
    }
    if (album->class_count > 0)
        qsort(places, pictures, sizeof *places, compare_places);
    for (uint32_t i = 0; i < album->kept; i++)
        album->order[i] = places[i].file;
    free(places);
    return GT_OK;
}
