/* A data set on its way to other processes: its numbers, then its three blocks of memory. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/data/dataset.h"

/* Bytes of the names of classes, each with its zero. */
static size_t size_of_names(const gt_dataset *dataset) {
    size_t bytes = 0;
    for (int c = 0; c < dataset->class_count; c++)
        bytes += strlen(dataset->class_names[c]) + 1;
    return bytes;
}

/* The names one after the other; NULL: no memory. */
static char *join_names(const gt_dataset *dataset, size_t bytes) {
    char *text = malloc(bytes), *to = text;
    for (int c = 0; c < dataset->class_count && text != NULL; c++) {
        const size_t size = strlen(dataset->class_names[c]) + 1;
        memcpy(to, dataset->class_names[c], size);
        to += size;
    }
    return text;
}

/* Gives the set names (class_count) that lie one after the other. */
static void take_names(gt_dataset *dataset, const char *text, size_t bytes) {
    char *to = (char *)(dataset->name_memory + dataset->class_count);
    memcpy(to, text, bytes);
    for (int c = 0; c < dataset->class_count; c++, to += strlen(to) + 1)
        dataset->name_memory[c] = to;
    dataset->class_names = dataset->name_memory;
}

/* Memory for a set of those numbers. */
static void take_memory(gt_dataset *dataset, bool has_labels, size_t name_bytes) {
    const size_t count = dataset->count, pixels = (size_t)dataset->pixels;
    dataset->image_memory = malloc(count * pixels);
    dataset->images = dataset->image_memory;
    dataset->label_memory = has_labels ? malloc(count * sizeof *dataset->label_memory) : NULL;
    dataset->labels = dataset->label_memory;
    dataset->name_memory =
        name_bytes > 0
            ? malloc((size_t)dataset->class_count * sizeof *dataset->name_memory + name_bytes)
            : NULL;
    dataset->mapped = 0;
    dataset->class_names = NULL;
}

gt_status gt_dataset_copy(gt_dataset *dataset, gt_processes *processes, gt_error *error) {
    const bool is_first = gt_processes_is_first(processes);
    if (!gt_processes_are_several(processes))
        return GT_OK;
    struct {
        gt_dataset numbers; /* its pointers mean nothing elsewhere */
        uint64_t name_bytes;
        bool has_labels;
    } head;
    memset(&head, 0, sizeof head);
    head.numbers = *dataset;
    head.has_labels = dataset->labels != NULL;
    head.name_bytes = is_first ? size_of_names(dataset) : 0;
    gt_processes_copy(processes, &head, sizeof head);
    const bool has_names = head.name_bytes > 0;
    if (!is_first) {
        *dataset = head.numbers;
        take_memory(dataset, head.has_labels, head.name_bytes);
    }
    char *names = !has_names ? NULL
                  : is_first ? join_names(dataset, head.name_bytes)
                             : malloc(head.name_bytes);
    const bool has_memory = dataset->images != NULL &&
                            (!head.has_labels || dataset->labels != NULL) &&
                            (!has_names || (names != NULL && dataset->name_memory != NULL));
    gt_status status = has_memory
                           ? GT_OK
                           : gt_error_set(error, GT_FAILED, "no memory for %" PRIu32 " images",
                                          head.numbers.count);
    status = gt_processes_agree(processes, status, error);
    if (status == GT_OK) {
        gt_processes_copy(processes, (void *)dataset->images,
                          (size_t)dataset->count * (size_t)dataset->pixels);
        if (head.has_labels)
            gt_processes_copy(processes, (void *)dataset->labels,
                              dataset->count * sizeof *dataset->labels);
        if (has_names)
            gt_processes_copy(processes, names, head.name_bytes);
    }
    if (status == GT_OK && has_names && !is_first)
        take_names(dataset, names, head.name_bytes);
    if (status != GT_OK && !is_first)
        gt_dataset_free(dataset);
    free(names);
    return status;
}
