/* CIFAR-10 in its binary version (https://www.cs.toronto.edu/~kriz/cifar.html): records of a label
 * and 32 x 32 pixels, all red ones first, then green, then blue. There is no magic number: a file
 * is known by its size and by labels below 10 in their places. */
#include <inttypes.h>
#include <stdlib.h>

#include "data/source.h"
#include "data/stream.h"

enum { SIDE = 32, AREA = SIDE * SIDE, COLOURS = 3, RECORD = 1 + COLOURS * AREA, CLASSES = 10 };

static const char *const class_names[CLASSES] = {
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};

static bool is_cifar(const struct probe *probe) {
    return !probe->is_directory && probe->length == PROBE_CAPACITY && probe->start[0] < CLASSES &&
           (probe->is_gzip || probe->size % RECORD == 0);
}

static gt_status check_records(const uint8_t *bytes, size_t size, const char *path,
                               gt_error *error) {
    if (size % RECORD != 0)
        return gt_error_set(error, GT_FAILED,
                            "%s: is no whole number of CIFAR-10's records of %d bytes: it has %zu "
                            "bytes: get the file again",
                            path, RECORD, size);
    for (size_t i = 0; i < size / RECORD; i++)
        if (bytes[i * RECORD] >= CLASSES)
            return gt_error_set(error, GT_FAILED,
                                "%s: is no CIFAR-10 file: record %zu has the label %d: check the "
                                "path",
                                path, i, bytes[i * RECORD]);
    return GT_OK;
}

/* Puts the colours of each pixel together, and labels apart. */
static gt_status take_records(gt_dataset *dataset, const uint8_t *bytes, size_t count,
                              const char *path, gt_error *error) {
    dataset->count = (uint32_t)count;
    gt_status status = source_set_shape(dataset, COLOURS, SIDE, SIDE, path, error);
    dataset->image_memory = malloc(count * COLOURS * AREA);
    dataset->label_memory = malloc(count * sizeof *dataset->label_memory);
    if (dataset->image_memory == NULL || dataset->label_memory == NULL ||
        !source_set_names(dataset, class_names, CLASSES))
        return gt_error_set(error, GT_FAILED, "%s: no memory for its %zu images", path, count);
    uint8_t *to = dataset->image_memory;
    for (size_t i = 0; i < count; i++, bytes += RECORD) {
        dataset->label_memory[i] = bytes[0];
        for (int pixel = 0; pixel < AREA; pixel++)
            for (int c = 0; c < COLOURS; c++)
                *to++ = bytes[1 + c * AREA + pixel];
    }
    dataset->images = dataset->image_memory;
    dataset->labels = dataset->label_memory;
    return status;
}

static gt_status open_cifar(gt_dataset *dataset, const struct source_request *request,
                            gt_error *error) {
    uint8_t *bytes;
    size_t size;
    gt_status status = stream_read_file(&bytes, &size, request->path, error);
    if (status == GT_OK)
        status = check_records(bytes, size, request->path, error);
    if (status == GT_OK)
        status = take_records(dataset, bytes, size / RECORD, request->path, error);
    free(bytes);
    return status;
}

const struct source source_cifar = {"a CIFAR-10 file", false, is_cifar, open_cifar};
