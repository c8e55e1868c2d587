/* An array's sizes can be read in several ways: images first or last, colours first or last, pixels
 * in a row. One way is taken where only one gives images that look like images; where two do, the
 * user is asked. A wrong guess would train on nonsense for hours without an error. */
#include "data/array.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/text.h"

/* Sides in a larger proportion are no picture's, unless data.size says that they are. */
enum { STRANGE_PROPORTION = 8, READINGS = 3 };

/* A way to read an array: element (image, y, x, channel) lies at the sum of index times step. */
struct reading {
    uint32_t count, height, width, channels;
    size_t image_step, y_step, x_step, channel_step;
    const char *order; /* for the note, of one that is not the usual; or NULL */
};

static bool is_channels(uint32_t size) {
    return size == 1 || size == 3;
}

/* Lists the readings of (count, pixels): a square, or what data.size says. */
static int list_flat(struct reading *readings, const uint32_t *sizes,
                     const gt_data_options *options) {
    uint32_t pixels = sizes[1], side = (uint32_t)lround(sqrt(pixels));
    uint32_t width = (uint32_t)options->width, height = (uint32_t)options->height;
    if ((uint64_t)width * height != pixels)
        width = height = side;
    if ((uint64_t)width * height != pixels)
        return 0;
    readings[0] =
        (struct reading){sizes[0], height, width, 1, pixels, width, 1, 0, "count, pixels"};
    return 1;
}

static int list_grey(struct reading *readings, const uint32_t *s) {
    size_t s1 = s[1], s2 = s[2];
    readings[0] = (struct reading){s[0], s[1], s[2], 1, s1 * s2, s2, 1, 0, NULL};
    readings[1] = (struct reading){s[2], s[0], s[1], 1, 1, s1 * s2, s2, 0, "height, width, count"};
    return 2;
}

static int list_colour(struct reading *readings, const uint32_t *s) {
    size_t s1 = s[1], s2 = s[2], s3 = s[3];
    int count = 0;
    if (is_channels(s[3]))
        readings[count++] =
            (struct reading){s[0], s[1], s[2], s[3], s1 * s2 * s3, s2 * s3, s3, 1, NULL};
    if (is_channels(s[1]))
        readings[count++] = (struct reading){
            s[0], s[2], s[3], s[1], s1 * s2 * s3, s3, 1, s2 * s3, "count, channels, height, width"};
    if (is_channels(s[2]) && count == 0)
        readings[count++] = (struct reading){
            s[3], s[0], s[1], s[2], 1, s1 * s2 * s3, s2 * s3, s3, "height, width, channels, count"};
    return count;
}

static bool is_possible(const struct reading *reading) {
    return (uint64_t)reading->height * reading->width * reading->channels <= MOST_IMAGE_BYTES;
}

static bool is_plausible(const struct reading *reading) {
    uint64_t longer = reading->height > reading->width ? reading->height : reading->width;
    uint64_t shorter = reading->height > reading->width ? reading->width : reading->height;
    return is_possible(reading) && longer <= shorter * STRANGE_PROPORTION;
}

static bool is_asked_for(const struct reading *reading, const gt_data_options *options) {
    return (uint32_t)options->width == reading->width &&
           (uint32_t)options->height == reading->height && is_possible(reading);
}

static bool are_same(const struct reading *a, const struct reading *b) {
    return a->count == b->count && a->height == b->height && a->width == b->width &&
           a->channels == b->channels && (a->channels == 1 || a->channel_step == b->channel_step);
}

/* The only reading that data.size names, or else that is plausible; NULL if there is none or the
 * choice is not clear. */
static const struct reading *choose(const struct reading *readings, int count, int rank,
                                    const gt_data_options *options) {
    const struct reading *asked = NULL, *plausible = NULL;
    int asked_count = 0, plausible_count = 0;
    for (int i = 0; i < count; i++) {
        if (is_asked_for(&readings[i], options)) {
            asked_count += asked == NULL || !are_same(asked, &readings[i]);
            asked = asked == NULL ? &readings[i] : asked;
        }
        if (is_plausible(&readings[i])) {
            plausible_count += plausible == NULL || !are_same(plausible, &readings[i]);
            plausible = plausible == NULL ? &readings[i] : plausible;
        }
    }
    if (asked_count == 1)
        return asked;
    /* (count, height, width) is what nearly everybody means; the other order of rank 3 is taken
     * only where this one is not possible at all. */
    if (rank == 3 && is_plausible(&readings[0]))
        return &readings[0];
    if (rank == 3 && is_possible(&readings[0]))
        return NULL;
    return plausible_count == 1 ? plausible : NULL;
}

static gt_status ask(const struct reading *readings, int count, const char *sizes, const char *name,
                     gt_error *error) {
    char ways[256] = "";
    size_t used = 0;
    for (int i = 0; i < count; i++)
        if (is_possible(&readings[i]))
            used = gt_text_append(ways, sizeof ways, used,
                                  "%s%" PRIu32 " images with data.size = %" PRIu32 "x%" PRIu32,
                                  used > 0 ? ", " : "", readings[i].count, readings[i].width,
                                  readings[i].height);
    if (!is_possible(&readings[0]))
        return gt_error_set(
            error, GT_FAILED,
            "%s: is an array of %s: its images have more than the %d bytes that can "
            "be used: make the images smaller",
            name, sizes, MOST_IMAGE_BYTES);
    return gt_error_set(error, GT_FAILED,
                        "%s: is an array of %s, of which it is not certain how to read it: %s; or "
                        "save it as (count, height, width, channels)",
                        name, sizes, ways);
}

static gt_status refuse(const gt_npy *array, const char *sizes, const char *name, gt_error *error) {
    if (array->rank == 1)
        return gt_error_set(error, GT_FAILED,
                            "%s: is a rank-1 array of %s; images need (count, height, width): are "
                            "these labels?",
                            name, sizes);
    if (array->rank == 2)
        return gt_error_set(error, GT_FAILED,
                            "%s: is an array of %s: say which images a row holds by data.size = "
                            "WIDTHxHEIGHT, or, of colour, save it as (count, height, width, 3)",
                            name, sizes);
    return gt_error_set(error, GT_FAILED,
                        "%s: is an array of %s; its last size must be 1 (grey) or 3 (red, green, "
                        "blue)",
                        name, sizes);
}

static gt_status find_reading(struct reading *reading, const gt_npy *array, const char *name,
                              const gt_data_options *options, gt_error *error) {
    char sizes[GT_SIZES_TEXT];
    struct reading readings[READINGS];
    int count = array->rank == 2   ? list_flat(readings, array->sizes, options)
                : array->rank == 3 ? list_grey(readings, array->sizes)
                : array->rank == 4 ? list_colour(readings, array->sizes)
                                   : 0;
    gt_text_from_sizes(sizes, array->sizes, array->rank);
    if (count == 0)
        return refuse(array, sizes, name, error);
    const struct reading *chosen = choose(readings, count, array->rank, options);
    if (chosen == NULL)
        return ask(readings, count, sizes, name, error);
    if (chosen->order != NULL)
        source_note(options, "%s: %s is read as (%s): %" PRIu32 " images of %" PRIu32 " x %" PRIu32,
                    name, sizes, chosen->order, chosen->count, chosen->width, chosen->height);
    *reading = *chosen;
    return GT_OK;
}

/* --- Values --- */

/* What a number becomes: byte = (number - low) * scale. */
struct levels {
    double low, scale;
};

static gt_status find_levels(struct levels *levels, const gt_npy *array, const char *name,
                             const gt_data_options *options, gt_error *error) {
    double lowest = gt_npy_at(array, 0), highest = lowest;
    bool has_nan = false;
    for (size_t i = 0; i < array->count; i++) {
        double value = gt_npy_at(array, i);
        lowest = value < lowest ? value : lowest;
        highest = value > highest ? value : highest;
        has_nan |= isnan(value);
    }
    if (has_nan)
        return gt_error_set(error, GT_FAILED, "%s: holds NaN: check how it was made", name);
    /* One value that strays out of [0, 1] must not change what all others mean: floats a little
     * below 0 or above 1 are refused. */
    bool is_float = array->kind == 'f';
    if (array->kind == 'b' || (is_float && lowest >= 0 && highest <= 1))
        *levels = (struct levels){0, 255};
    else if (is_float && lowest >= -1 && lowest <= -0.5 && highest <= 1)
        *levels = (struct levels){-1, 127.5};
    else if (lowest >= 0 && highest <= 255 && !(is_float && highest < 2))
        *levels = (struct levels){0, 1};
    else
        return gt_error_set(error, GT_FAILED,
                            "%s: its values go from %g to %g; images need integers of 0 to 255, or "
                            "floats of 0 to 1 or -1 to 1",
                            name, lowest, highest);
    if (is_float)
        source_note(options, "%s: floats, %g read as black and %g as white", name, levels->low,
                    levels->low + 255 / levels->scale);
    return GT_OK;
}

static void convert(uint8_t *to, const gt_npy *array, const struct reading *reading,
                    struct levels levels) {
    for (size_t image = 0; image < reading->count; image++)
        for (size_t y = 0; y < reading->height; y++)
            for (size_t x = 0; x < reading->width; x++)
                for (size_t c = 0; c < reading->channels; c++) {
                    size_t at = image * reading->image_step + y * reading->y_step +
                                x * reading->x_step + c * reading->channel_step;
                    double value = (gt_npy_at(array, at) - levels.low) * levels.scale;
                    *to++ = (uint8_t)(value + 0.5);
                }
}

gt_status array_take_images(gt_dataset *dataset, const gt_npy *array, const char *name,
                            const gt_data_options *options, gt_error *error) {
    struct reading reading = {0};
    struct levels levels = {0, 1};
    bool is_bytes = array->kind == 'u' && array->item_size == 1;
    gt_status status = find_reading(&reading, array, name, options, error);
    if (status == GT_OK && !is_bytes)
        status = find_levels(&levels, array, name, options, error);
    if (status == GT_OK)
        status =
            source_set_shape(dataset, reading.channels, reading.height, reading.width, name, error);
    if (status != GT_OK)
        return status;
    dataset->count = reading.count;
    dataset->image_memory = malloc(array->count);
    if (dataset->image_memory == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for its %zu bytes", name,
                            array->count);
    dataset->images = dataset->image_memory;
    bool is_in_order = reading.order == NULL || array->rank == 2;
    if (is_bytes && is_in_order)
        memcpy(dataset->image_memory, array->bytes, array->count);
    else
        convert(dataset->image_memory, array, &reading, levels);
    return GT_OK;
}

gt_status array_take_labels(gt_dataset *dataset, const gt_npy *array, const char *name,
                            const char *images, gt_error *error) {
    char sizes[GT_SIZES_TEXT];
    gt_text_from_sizes(sizes, array->sizes, array->rank);
    /* (count, 1) is how Keras saves them. */
    if (array->rank != 1 && array->count != array->sizes[0])
        return gt_error_set(
            error, GT_FAILED, "%s: is a rank-%d array of %s; labels need rank 1 (count)%s", name,
            array->rank, sizes, array->rank >= 3 ? ": is this an images file?" : "");
    if (array->sizes[0] != dataset->count)
        return gt_error_set(error, GT_FAILED,
                            "%s: has %" PRIu32 " labels, but %s has %" PRIu32
                            " images: give files that belong together",
                            name, array->sizes[0], images, dataset->count);
    uint16_t *labels = malloc(dataset->count * sizeof *labels);
    if (labels == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for its labels", name);
    for (uint32_t i = 0; i < dataset->count; i++) {
        double label = gt_npy_at(array, i);
        if (!(label >= 0 && label < GT_CLASSES_MOST) || label != floor(label)) {
            free(labels);
            return gt_error_set(error, GT_FAILED,
                                "%s: label %" PRIu32 " is %g; labels are whole numbers of 0 to %d",
                                name, i, label, GT_CLASSES_MOST - 1);
        }
        labels[i] = (uint16_t)label;
    }
    free(dataset->label_memory);
    dataset->labels = dataset->label_memory = labels;
    return GT_OK;
}

static bool is_npy(const struct probe *probe) {
    return !probe->is_directory && gt_npy_is(probe->start, probe->length);
}

static gt_status open_npy(gt_dataset *dataset, const struct source_request *request,
                          gt_error *error) {
    gt_npy array;
    gt_status status = gt_npy_read(&array, request->path, error);
    if (status == GT_OK)
        status = array_take_images(dataset, &array, request->path, request->options, error);
    gt_npy_free(&array);
    return status;
}

const struct source source_npy = {"an NPY file", false, is_npy, open_npy};
