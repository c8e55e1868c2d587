/* A source of images becomes a dataset: read or drawn whole, checked, and then narrowed to the
 * range asked for by moving pointers. The checksum and the mean are of the images in the range
 * only, so they name what a run is trained on. */
#include "gantrain/data/dataset.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>

#include "data/source.h"
#include "gantrain/base/text.h"
#include "gantrain/data/digits.h"

enum { DIGITS_BY_DEFAULT = 60000 };

/* --- Arrays of images, brought into another shape --- */

struct fitting {
    gt_dataset from;
    uint8_t *to;
    gt_fit fit;
    bool *has_memory; /* an image each, so that threads share no word they write */
};

static void fit_images(void *context, long first, long last) {
    const struct fitting *fitting = context;
    const gt_dataset *from = &fitting->from;
    size_t pixels = (size_t)gt_shape_size(fitting->fit.shape);
    for (long i = first; i < last; i++) {
        const gt_bitmap image = {from->shape.width, from->shape.height, from->shape.channels,
                                 from->image_memory + (size_t)i * (size_t)from->pixels};
        fitting->has_memory[i] =
            gt_fit_bitmap(fitting->to + (size_t)i * pixels, &image, &fitting->fit);
    }
}

static gt_status fit_dataset(gt_dataset *dataset, gt_team *team, const gt_data_options *options,
                             gt_error *error) {
    struct fitting fitting = {.from = *dataset, .fit = {dataset->shape, options->fit, {0}}};
    gt_shape *shape = &fitting.fit.shape;
    memcpy(fitting.fit.background, options->background, sizeof options->background);
    shape->width = options->width != 0 ? options->width : shape->width;
    shape->height = options->height != 0 ? options->height : shape->height;
    shape->channels = options->channels != 0 ? options->channels : shape->channels;
    if (gt_shape_equal(*shape, dataset->shape))
        return GT_OK;
    gt_status status = source_set_shape(dataset, (uint64_t)shape->channels, (uint64_t)shape->height,
                                        (uint64_t)shape->width, options->images, error);
    if (status != GT_OK)
        return status;
    fitting.to = malloc((size_t)dataset->count * (size_t)dataset->pixels);
    fitting.has_memory = calloc(dataset->count, sizeof *fitting.has_memory);
    bool fits = fitting.to != NULL && fitting.has_memory != NULL;
    if (fits)
        gt_team_run(team, fit_images, &fitting, dataset->count, 1, true);
    for (uint32_t i = 0; fits && i < dataset->count; i++)
        fits = fitting.has_memory[i];
    free(fitting.has_memory);
    if (!fits) {
        free(fitting.to);
        return gt_error_set(error, GT_FAILED, "%s: no memory for its %" PRIu32 " images",
                            options->images, dataset->count);
    }
    free(dataset->image_memory);
    dataset->images = dataset->image_memory = fitting.to;
    return GT_OK;
}

/* --- Built-in digits --- */

gt_status source_drawn_range(gt_range *range, const gt_data_options *options, uint64_t by_default,
                             const char *what, gt_error *error) {
    const char *name = options->images;
    *range = options->range;
    range->last = range->last != 0 ? range->last : by_default;
    if (range->first >= range->last)
        return gt_error_set(error, GT_FAILED,
                            "%s: the range from %" PRIu64 " to %" PRIu64 " is empty%s", name,
                            range->first, range->last,
                            options->range.last == 0 ? ": give it a last image too" : "");
    if (range->last > UINT32_MAX || range->last - range->first > MOST_DRAWN)
        return gt_error_set(error, GT_FAILED,
                            "%s: the range from %" PRIu64 " to %" PRIu64
                            " is too large: at most %d %s, numbers up to %" PRIu32,
                            name, range->first, range->last, MOST_DRAWN, what, UINT32_MAX);
    return GT_OK;
}

static gt_status draw_digits(gt_dataset *dataset, gt_team *team, const gt_data_options *options,
                             gt_error *error) {
    gt_range range;
    if (options->labels != NULL && options->labels[0] != '\0')
        return gt_error_set(error, GT_FAILED,
                            "%s: have labels of their own: leave out the labels file %s",
                            GT_BUILTIN_DIGITS, options->labels);
    gt_status status = source_drawn_range(&range, options, DIGITS_BY_DEFAULT, "images", error);
    if (status != GT_OK)
        return status;
    size_t count = (size_t)(range.last - range.first);
    dataset->image_memory = malloc(count * GT_DIGIT_PIXELS);
    dataset->label_memory = malloc(count * sizeof *dataset->label_memory);
    if (dataset->image_memory == NULL || dataset->label_memory == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for %zu images: use fewer",
                            GT_BUILTIN_DIGITS, count);
    gt_digits_draw(dataset->image_memory, dataset->label_memory, team, options->seed,
                   (uint32_t)range.first, (uint32_t)count);
    dataset->images = dataset->image_memory;
    dataset->labels = dataset->label_memory;
    dataset->count = (uint32_t)count;
    if (options->report != NULL)
        options->report->source = "built-in digits";
    return source_set_shape(dataset, 1, GT_DIGIT_SIDE, GT_DIGIT_SIDE, GT_BUILTIN_DIGITS, error);
}

/* --- */

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
    if (dataset->points != NULL)
        dataset->points += (size_t)range.first * (size_t)dataset->pixels;
    else
        dataset->images += (size_t)range.first * (size_t)dataset->pixels;
    if (dataset->labels != NULL)
        dataset->labels += range.first;
    dataset->count = (uint32_t)(last - range.first);
    return GT_OK;
}

static void measure_points(gt_dataset *dataset) {
    size_t numbers = (size_t)dataset->count * (size_t)dataset->pixels;
    double sum = 0;
    for (size_t i = 0; i < numbers; i++)
        sum += (double)dataset->points[i];
    dataset->mean = sum / (double)numbers;
    dataset->checksum =
        (uint32_t)crc32_z(0, (const Bytef *)dataset->points, numbers * sizeof *dataset->points);
}

static void measure_images(gt_dataset *dataset) {
    size_t bytes = (size_t)dataset->count * (size_t)dataset->pixels;
    uint64_t sum = 0;
    if (dataset->points != NULL) {
        measure_points(dataset);
        return;
    }
    for (size_t i = 0; i < bytes; i++)
        sum += dataset->images[i];
    dataset->mean = (double)sum / (double)bytes;
    dataset->checksum = (uint32_t)crc32_z(0, dataset->images, bytes);
}

static gt_status open_source(gt_dataset *dataset, gt_team *team, const gt_data_options *options,
                             gt_error *error) {
    gt_status status = sources_open(dataset, team, options, error);
    if (status == GT_OK)
        status = fit_dataset(dataset, team, options, error);
    if (status == GT_OK && options->labels != NULL && options->labels[0] != '\0')
        status = labels_read(dataset, options, error);
    return status == GT_OK ? take_range(dataset, options->range, options->images, error) : status;
}

/* A name like those of the built-in sources that is none of them: no path is meant. */
static gt_status refuse_builtin(const char *images, gt_error *error) {
    const gt_distribution *distribution;
    if (strchr(images, ',') != NULL)
        return source_check_joined(images, error);
    gt_guess guess = {.word = images};
    char names[256];
    size_t used = gt_text_append(names, sizeof names, 0, "%s", GT_BUILTIN_DIGITS);
    gt_guess_consider(&guess, GT_BUILTIN_DIGITS);
    for (int i = 0; (distribution = gt_distribution_at(i)) != NULL; i++) {
        used = gt_text_append(names, sizeof names, used, " %s", distribution->name);
        gt_guess_consider(&guess, distribution->name);
    }
    return gt_error_set(error, GT_USAGE, "[data] %.200s: needs one of: %s%s", images, names,
                        gt_guess_phrase(&guess));
}

gt_status gt_dataset_open(gt_dataset *dataset, gt_team *team, const gt_data_options *options,
                          gt_error *error) {
    const gt_distribution *distribution = gt_distribution_find(options->images);
    *dataset = (gt_dataset){0};
    gt_status status;
    if (distribution != NULL) {
        status = points_open(dataset, team, distribution, options, error);
    } else if (strcmp(options->images, GT_BUILTIN_DIGITS) == 0) {
        status = draw_digits(dataset, team, options, error);
        if (status == GT_OK)
            status = fit_dataset(dataset, team, options, error);
    } else if (source_is_builtin(options->images)) {
        status = refuse_builtin(options->images, error);
    } else {
        status = open_source(dataset, team, options, error);
    }
    if (status == GT_OK && options->stack)
        status = source_stack(dataset, options, error);
    dataset->mirror = options->mirror;
    dataset->binarize = options->binarize;
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
    part->point_memory = NULL;
    part->mapped = 0;
    part->label_memory = NULL;
    part->name_memory = NULL;
    gt_status status = take_range(part, range, name, error);
    if (status != GT_OK)
        *part = (gt_dataset){0};
    else
        measure_images(part);
    return status;
}

bool gt_dataset_narrow(gt_dataset *dataset, uint32_t checksum) {
    size_t pixels = (size_t)dataset->pixels;
    uLong sum = crc32_z(0, NULL, 0);
    if (dataset->points != NULL) /* drawn as many as are asked for: they do not grow */
        return false;
    for (uint32_t i = 0; i < dataset->count; i++) {
        sum = crc32_z(sum, dataset->images + i * pixels, pixels);
        if ((uint32_t)sum != checksum)
            continue;
        dataset->count = i + 1;
        measure_images(dataset);
        return true;
    }
    return false;
}

/* The mean of a pixel and of the one that takes its place in the reflected image. */
static void mirror_marginals(double *marginals, gt_shape shape) {
    for (int y = 0; y < shape.height; y++)
        for (int x = 0; x < shape.width / 2; x++)
            for (int c = 0; c < shape.channels; c++) {
                double *row = marginals + y * shape.width * shape.channels;
                double *left = row + x * shape.channels + c;
                double *right = row + (shape.width - 1 - x) * shape.channels + c;
                *left = *right = (*left + *right) / 2;
            }
}

void gt_dataset_marginals(double *marginals, const gt_dataset *dataset) {
    const int pixels = dataset->pixels;
    for (int i = 0; i < pixels; i++)
        marginals[i] = 0;
    for (uint32_t image = 0; image < dataset->count; image++)
        for (int i = 0; i < pixels; i++) {
            const size_t at = (size_t)image * (size_t)pixels + (size_t)i;
            marginals[i] +=
                dataset->points != NULL ? (double)dataset->points[at] : dataset->images[at];
        }
    for (int i = 0; i < pixels; i++)
        marginals[i] /= (dataset->points != NULL ? 1.0 : 255.0) * dataset->count;
    if (dataset->mirror)
        mirror_marginals(marginals, dataset->shape);
}

void gt_dataset_free(gt_dataset *dataset) {
    if (dataset->mapped > 0)
        munmap(dataset->image_memory, dataset->mapped);
    else
        free(dataset->image_memory);
    free(dataset->point_memory);
    free(dataset->label_memory);
    free(dataset->name_memory);
    *dataset = (gt_dataset){0};
}
