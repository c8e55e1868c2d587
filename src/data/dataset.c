/* A source of images becomes a dataset: read or drawn whole, checked, and then narrowed to the
 * range asked for by moving pointers. The checksum and the mean are of the images in the range
 * only, so they name what a run is trained on. */
#include "gantrain/data/dataset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gantrain/data/digits.h"
#include "gantrain/data/idx.h"
#include "gantrain/data/npy.h"

enum { MOST_PIXELS = 1 << 16, DIGITS_BY_DEFAULT = 60000, MOST_DIGITS = 1 << 20 };

/* "60000", "60000 x 28 x 28" */
static void print_sizes(char text[64], const gt_idx *idx) {
    int used = 0;
    for (int i = 0; i < idx->rank; i++)
        used += snprintf(text + used, 64 - (size_t)used, "%s%" PRIu32, i > 0 ? " x " : "",
                         idx->sizes[i]);
}

static gt_status take_geometry(gt_dataset *dataset, const gt_idx *idx, const char *path,
                               gt_error *error) {
    char sizes[64];
    print_sizes(sizes, idx);
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
    /* No product here overflows: gt_idx_read saw to it that all sizes together make 2^40 at most.
     */
    uint64_t pixels = (uint64_t)idx->sizes[1] * idx->sizes[2] * channels;
    if (pixels > MOST_PIXELS)
        return gt_error_set(error, GT_FAILED,
                            "%s: its images have %" PRIu64 " bytes each (%s); at most %d can be "
                            "used: make the images smaller",
                            path, pixels, sizes, MOST_PIXELS);
    dataset->count = idx->sizes[0];
    dataset->shape = (gt_shape){(int)channels, (int)idx->sizes[1], (int)idx->sizes[2]};
    dataset->pixels = (int)pixels;
    return GT_OK;
}

static gt_status read_images(gt_dataset *dataset, const char *path, gt_error *error) {
    gt_idx idx;
    gt_status status =
        gt_npy_is(path) ? gt_npy_read(&idx, path, error) : gt_idx_read(&idx, path, error);
    if (status != GT_OK)
        return status;
    status = take_geometry(dataset, &idx, path, error);
    if (status != GT_OK) {
        gt_idx_free(&idx);
        return status;
    }
    dataset->images = dataset->image_memory = idx.bytes;
    return GT_OK;
}

static gt_status read_labels(gt_dataset *dataset, const char *path, const char *images,
                             gt_error *error) {
    gt_idx idx;
    gt_status status = gt_idx_read(&idx, path, error);
    if (status != GT_OK)
        return status;
    char sizes[64];
    print_sizes(sizes, &idx);
    if (idx.rank != 1)
        status = gt_error_set(error, GT_FAILED,
                              "%s: is a rank-%d array of %s; labels need rank 1 (count)%s", path,
                              idx.rank, sizes, idx.rank >= 3 ? ": is this an images file?" : "");
    else if (idx.sizes[0] != dataset->count)
        status = gt_error_set(error, GT_FAILED,
                              "%s: has %" PRIu32 " labels, but %s has %" PRIu32
                              " images: give files that belong together",
                              path, idx.sizes[0], images, dataset->count);
    if (status != GT_OK) {
        gt_idx_free(&idx);
        return status;
    }
    uint16_t *labels = malloc(dataset->count * sizeof *labels);
    if (labels == NULL) {
        gt_idx_free(&idx);
        return gt_error_set(error, GT_FAILED, "%s: no memory for its labels", path);
    }
    for (uint32_t i = 0; i < dataset->count; i++)
        labels[i] = idx.bytes[i];
    gt_idx_free(&idx);
    dataset->labels = dataset->label_memory = labels;
    return GT_OK;
}

/* Narrows what was read to the range. */
static gt_status take_range(gt_dataset *dataset, gt_range range, const char *path,
                            gt_error *error) {
    uint64_t last = range.last != 0 ? range.last : dataset->count;
    if (last > dataset->count || range.first >= dataset->count)
        return gt_error_set(error, GT_FAILED,
                            "%s: has %" PRIu32 " images, and the range from %" PRIu64 " to %" PRIu64
                            " reaches past the end",
                            path, dataset->count, range.first, last);
    if (range.first >= last)
        return gt_error_set(error, GT_FAILED,
                            "%s: the range from %" PRIu64 " to %" PRIu64 " is empty (of %" PRIu32
                            " images)",
                            path, range.first, last, dataset->count);
    dataset->images += (size_t)range.first * (size_t)dataset->pixels;
    if (dataset->labels != NULL)
        dataset->labels += range.first;
    dataset->count = (uint32_t)(last - range.first);
    return GT_OK;
}

static gt_status draw_digits(gt_dataset *dataset, gt_team *team, const char *labels, gt_range range,
                             uint64_t seed, gt_error *error) {
    if (labels != NULL && labels[0] != '\0')
        return gt_error_set(error, GT_FAILED,
                            "%s: have labels of their own: leave out the labels file %s",
                            GT_BUILTIN_DIGITS, labels);
    uint64_t last = range.last != 0 ? range.last : DIGITS_BY_DEFAULT;
    if (range.first >= last)
        return gt_error_set(error, GT_FAILED,
                            "%s: the range from %" PRIu64 " to %" PRIu64 " is empty%s",
                            GT_BUILTIN_DIGITS, range.first, last,
                            range.last == 0 ? ": give it a last image too" : "");
    if (last > UINT32_MAX || last - range.first > MOST_DIGITS)
        return gt_error_set(error, GT_FAILED,
                            "%s: the range from %" PRIu64 " to %" PRIu64
                            " is too large: at most %d images, numbers up to %" PRIu32,
                            GT_BUILTIN_DIGITS, range.first, last, MOST_DIGITS, UINT32_MAX);
    size_t count = (size_t)(last - range.first);
    dataset->image_memory = malloc(count * GT_DIGIT_PIXELS);
    dataset->label_memory = malloc(count * sizeof *dataset->label_memory);
    if (dataset->image_memory == NULL || dataset->label_memory == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for %zu images: use fewer",
                            GT_BUILTIN_DIGITS, count);
    gt_digits_draw(dataset->image_memory, dataset->label_memory, team, seed, (uint32_t)range.first,
                   (uint32_t)count);
    dataset->images = dataset->image_memory;
    dataset->labels = dataset->label_memory;
    dataset->count = (uint32_t)count;
    dataset->shape = (gt_shape){1, GT_DIGIT_SIDE, GT_DIGIT_SIDE};
    dataset->pixels = GT_DIGIT_PIXELS;
    return GT_OK;
}

static void measure_images(gt_dataset *dataset) {
    size_t bytes = (size_t)dataset->count * (size_t)dataset->pixels;
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes; i++)
        sum += dataset->images[i];
    dataset->mean = (double)sum / (double)bytes;
    dataset->checksum = (uint32_t)crc32_z(0, dataset->images, bytes);
}

gt_status gt_dataset_open(gt_dataset *dataset, gt_team *team, const char *images,
                          const char *labels, gt_range range, uint64_t seed, gt_error *error) {
    *dataset = (gt_dataset){0};
    gt_status status;
    if (strcmp(images, GT_BUILTIN_DIGITS) == 0) {
        status = draw_digits(dataset, team, labels, range, seed, error);
    } else {
        status = read_images(dataset, images, error);
        if (status == GT_OK && labels != NULL && labels[0] != '\0')
            status = read_labels(dataset, labels, images, error);
        if (status == GT_OK)
            status = take_range(dataset, range, images, error);
    }
    if (status != GT_OK)
        gt_dataset_free(dataset);
    else
        measure_images(dataset);
    return status;
}

gt_status gt_dataset_part(gt_dataset *part, const gt_dataset *whole, gt_range range,
                          const char *name, gt_error *error) {
    *part = *whole;
    part->image_memory = NULL;
    part->label_memory = NULL;
    gt_status status = take_range(part, range, name, error);
    if (status != GT_OK)
        *part = (gt_dataset){0};
    else
        measure_images(part);
    return status;
}

void gt_dataset_marginals(double *marginals, const gt_dataset *dataset) {
    const int pixels = dataset->pixels;
    for (int i = 0; i < pixels; i++)
        marginals[i] = 0;
    for (uint32_t image = 0; image < dataset->count; image++)
        for (int i = 0; i < pixels; i++)
            marginals[i] += dataset->images[(size_t)image * (size_t)pixels + (size_t)i];
    for (int i = 0; i < pixels; i++)
        marginals[i] /= 255.0 * dataset->count;
}

void gt_dataset_free(gt_dataset *dataset) {
    free(dataset->image_memory);
    free(dataset->label_memory);
    *dataset = (gt_dataset){0};
}
