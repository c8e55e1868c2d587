/* Sends a data set to other processes: its numbers, then each of its blocks of memory. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/data/dataset.h"

/* What goes before the blocks. The pointers in `numbers` mean nothing elsewhere. */
struct head {
    gt_dataset numbers;
    size_t image_bytes, point_bytes, label_bytes, name_bytes; /* 0: there is no such block */
    int distribution;                                         /* of points: its row of the table */
};

/* The names of classes one after the other, each with its zero, and the bytes of that; NULL: there
 * are none, or there is no memory. */
static char *join_names(size_t *bytes, const gt_dataset *dataset) {
    *bytes = 0;
    for (int c = 0; c < dataset->class_count; c++)
        *bytes += strlen(dataset->class_names[c]) + 1;
    char *text = *bytes > 0 ? malloc(*bytes) : NULL, *to = text;
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

static struct head head_of(const gt_dataset *dataset, size_t name_bytes) {
    const size_t count = dataset->count, numbers = count * (size_t)dataset->pixels;
    struct head head;
    memset(&head, 0, sizeof head);
    head.numbers = *dataset;
    head.image_bytes = dataset->images != NULL ? numbers : 0;
    head.point_bytes = dataset->points != NULL ? numbers * sizeof *dataset->points : 0;
    head.label_bytes = dataset->labels != NULL ? count * sizeof *dataset->labels : 0;
    head.name_bytes = name_bytes;
    while (dataset->distribution != NULL &&
           gt_distribution_at(head.distribution) != dataset->distribution)
        head.distribution++;
    return head;
}

/* Sets a set to one with the numbers of the head and memory for its blocks. False: there is
 * none. */
static bool take_memory(gt_dataset *dataset, const struct head *head) {
    const size_t names = (size_t)head->numbers.class_count * sizeof *dataset->name_memory;
    *dataset = head->numbers;
    dataset->mapped = 0;
    dataset->image_memory = head->image_bytes > 0 ? malloc(head->image_bytes) : NULL;
    dataset->point_memory = head->point_bytes > 0 ? malloc(head->point_bytes) : NULL;
    dataset->label_memory = head->label_bytes > 0 ? malloc(head->label_bytes) : NULL;
    dataset->name_memory = head->name_bytes > 0 ? malloc(names + head->name_bytes) : NULL;
    dataset->images = dataset->image_memory;
    dataset->points = dataset->point_memory;
    dataset->labels = dataset->label_memory;
    dataset->class_names = NULL;
    if (dataset->points != NULL)
        dataset->distribution = gt_distribution_at(head->distribution);
    return (head->image_bytes == 0 || dataset->images != NULL) &&
           (head->point_bytes == 0 || dataset->points != NULL) &&
           (head->label_bytes == 0 || dataset->labels != NULL) &&
           (head->name_bytes == 0 || dataset->name_memory != NULL);
}

gt_status gt_dataset_copy(gt_dataset *dataset, gt_processes *processes, gt_error *error) {
    const bool is_first = gt_processes_is_first(processes);
    size_t name_bytes = 0;
    if (!gt_processes_are_several(processes))
        return GT_OK;
    char *names = is_first ? join_names(&name_bytes, dataset) : NULL;
    struct head head = head_of(dataset, name_bytes);
    gt_processes_copy(processes, &head, sizeof head);
    bool has_memory = is_first || take_memory(dataset, &head);
    if (!is_first && head.name_bytes > 0)
        names = malloc(head.name_bytes);
    has_memory = has_memory && (head.name_bytes == 0 || names != NULL);
    gt_status status = has_memory
                           ? GT_OK
                           : gt_error_set(error, GT_FAILED, "no memory for %" PRIu32 " images",
                                          head.numbers.count);
    status = gt_processes_agree(processes, status, error);
    if (status == GT_OK) {
        gt_processes_copy(processes, (void *)dataset->images, head.image_bytes);
        gt_processes_copy(processes, (void *)dataset->points, head.point_bytes);
        gt_processes_copy(processes, (void *)dataset->labels, head.label_bytes);
        gt_processes_copy(processes, names, head.name_bytes);
    }
    if (status == GT_OK && head.name_bytes > 0 && !is_first)
        take_names(dataset, names, head.name_bytes);
    if (status != GT_OK && !is_first)
        gt_dataset_free(dataset);
    free(names);
    return status;
}
