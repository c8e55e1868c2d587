/* gantrain sample: images from a checkpoint, as a picture, an array or a folder of pictures. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/settings.h"
#include "gantrain/base/text.h"
#include "gantrain/cli/commands.h"
#include "gantrain/data/idx.h"
#include "gantrain/data/npy.h"
#include "gantrain/files/png.h"
#include "gantrain/sample/scatter.h"

/* What is to be drawn. */
struct order {
    gt_sampler *sampler;
    const char *path;
    uint64_t seed;
    uint32_t count;
    int columns;
};

static gt_status write_png(const struct order *order, gt_error *error) {
    gt_picture picture = {order->path, order->sampler, order->seed, 0, order->columns};
    return gt_picture_samples(&picture, order->count, error);
}

/* An array file of any length, a batch at a time. A request to stop removes the temporary file. */
static gt_status write_array(const struct order *order,
                             gt_status (*write_header)(gt_file_writer *, int, const uint32_t *,
                                                       gt_error *),
                             gt_error *error) {
    gt_sampler *sampler = order->sampler;
    const uint32_t sizes[] = {order->count, (uint32_t)sampler->shape.height,
                              (uint32_t)sampler->shape.width, (uint32_t)sampler->shape.channels};
    uint8_t *images = malloc((size_t)GT_SAMPLER_BATCH * (size_t)sampler->pixels);
    gt_file_writer writer = {0};
    gt_stop *stop = sampler->compute.stop;
    if (images == NULL)
        return gt_error_set(error, GT_FAILED, "no memory");
    gt_stop_hold(stop);
    gt_status status = gt_stop_check(stop, error);
    if (status == GT_OK)
        status = gt_file_begin(&writer, order->path, error);
    if (status == GT_OK)
        status = write_header(&writer, sampler->shape.channels == 1 ? 3 : 4, sizes, error);
    for (uint32_t first = 0; status == GT_OK && first < order->count; first += GT_SAMPLER_BATCH) {
        uint32_t left = order->count - first;
        uint32_t count = left < GT_SAMPLER_BATCH ? left : GT_SAMPLER_BATCH;
        gt_sampler_draw(images, sampler, order->seed, first, count);
        status = gt_file_write(&writer, images, (size_t)count * (size_t)sampler->pixels, error);
        if (status == GT_OK)
            status = gt_stop_check(stop, error);
    }
    if (status == GT_OK)
        status = gt_file_commit(&writer, error);
    gt_file_abort(&writer);
    gt_stop_release(stop);
    free(images);
    return status;
}

static gt_status write_idx(const struct order *order, gt_error *error) {
    return write_array(order, gt_idx_write_header, error);
}

static gt_status write_npy(const struct order *order, gt_error *error) {
    return write_array(order, gt_npy_write_header, error);
}

/* --- Points --- */

static gt_status draw_points(gt_real **points, const struct order *order, gt_error *error) {
    *points = malloc((size_t)order->count * (size_t)order->sampler->pixels * sizeof **points);
    if (*points == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for %" PRIu32 " points", order->count);
    return gt_sampler_draw_points(*points, order->sampler, order->seed, order->count, error);
}

static gt_status write_scatter(const struct order *order, gt_error *error) {
    gt_stop *stop = order->sampler->compute.stop;
    gt_real *points;
    gt_status status = draw_points(&points, order, error);
    gt_stop_hold(stop); /* a temporary file must not stay */
    if (status == GT_OK)
        status = gt_scatter_write(order->path, order->sampler->distribution, points, order->count,
                                  error);
    gt_stop_release(stop);
    free(points);
    return status;
}

/* An array (count, components) of float32. */
static gt_status write_point_array(const struct order *order, gt_error *error) {
    const uint32_t sizes[] = {order->count, (uint32_t)order->sampler->pixels};
    const size_t numbers = (size_t)sizes[0] * sizes[1];
    gt_stop *stop = order->sampler->compute.stop;
    gt_file_writer writer = {0};
    gt_real *points;
    gt_status status = draw_points(&points, order, error);
    gt_stop_hold(stop);
    if (status == GT_OK)
        status = gt_file_begin(&writer, order->path, error);
    if (status == GT_OK)
        status = gt_npy_write_float_header(&writer, 2, sizes, error);
    for (size_t i = 0; status == GT_OK && i < numbers; i++) {
        const float number = (float)points[i];
        status = gt_file_write(&writer, &number, sizeof number, error);
    }
    if (status == GT_OK)
        status = gt_file_commit(&writer, error);
    gt_file_abort(&writer);
    gt_stop_release(stop);
    free(points);
    return status;
}

/* --- Single files --- */

/* Sets path to that of image number `index`: six digits, so that the names of up to a
 * million images sort as numbers. */
static gt_status name_image(char path[GT_PATH_CAPACITY], const char *directory, uint32_t index,
                            gt_error *error) {
    char name[32];
    snprintf(name, sizeof name, "%06" PRIu32 ".png", index);
    if (!gt_path_join(path, directory, name))
        return gt_error_set(error, GT_FAILED, "%.64s...: the path has more than %d bytes",
                            directory, GT_PATH_CAPACITY - 1);
    return GT_OK;
}

/* A folder must not mix the images of two checkpoints, nor hold more than were asked for. */
static gt_status refuse_name(void *context, const char *name, gt_error *error) {
    const struct order *order = context;
    char excerpt[GT_EXCERPT];
    return gt_error_set(error, GT_FAILED,
                        "%s: the folder is not empty (it holds %s): name another, or empty it",
                        order->path, gt_text_excerpt(excerpt, name));
}

static gt_status make_folder(const struct order *order, gt_error *error) {
    struct order visited = *order;
    gt_status status = gt_directory_make(order->path, error);
    return status == GT_OK ? gt_directory_visit(order->path, refuse_name, &visited, error) : status;
}

static gt_status write_block(const struct order *order, const uint8_t *images, uint32_t first,
                             uint32_t count, gt_error *error) {
    gt_shape shape = order->sampler->shape;
    gt_stop *stop = order->sampler->compute.stop;
    gt_status status = GT_OK;
    for (uint32_t i = 0; status == GT_OK && i < count; i++) {
        char path[GT_PATH_CAPACITY];
        status = gt_stop_check(stop, error);
        if (status == GT_OK)
            status = name_image(path, order->path, first + i, error);
        if (status == GT_OK)
            status = gt_png_write(path, images + (size_t)i * (size_t)order->sampler->pixels,
                                  shape.height, shape.width, shape.channels, NULL, error);
    }
    return status;
}

/* Removes the first images of a call that failed: the same command finds the folder empty again. */
static void clear_folder(const struct order *order, uint32_t count) {
    char path[GT_PATH_CAPACITY];
    for (uint32_t i = 0; i < count; i++)
        if (name_image(path, order->path, i, NULL) == GT_OK)
            unlink(path);
}

/* A PNG file for each image: all of them, or none after a failure or a request to stop. */
static gt_status write_folder(const struct order *order, gt_error *error) {
    gt_sampler *sampler = order->sampler;
    gt_stop *stop = sampler->compute.stop;
    uint8_t *images = malloc((size_t)GT_SAMPLER_BATCH * (size_t)sampler->pixels);
    uint32_t begun = 0;
    if (images == NULL)
        return gt_error_set(error, GT_FAILED, "no memory");
    gt_stop_hold(stop);
    gt_status status = gt_stop_check(stop, error);
    if (status == GT_OK)
        status = make_folder(order, error);
    for (uint32_t first = 0; status == GT_OK && first < order->count; first += GT_SAMPLER_BATCH) {
        uint32_t left = order->count - first;
        uint32_t count = left < GT_SAMPLER_BATCH ? left : GT_SAMPLER_BATCH;
        gt_sampler_draw(images, sampler, order->seed, first, count);
        begun = first + count;
        status = write_block(order, images, first, count, error);
    }
    if (status != GT_OK)
        clear_folder(order, begun);
    gt_stop_release(stop);
    free(images);
    return status;
}

/* The kinds of output, by the end of their names. */
static const struct {
    const char *suffix;
    gt_status (*write)(const struct order *order, gt_error *error);
    gt_status (*write_points)(const struct order *order, gt_error *error); /* NULL: it cannot */
} formats[] = {{".png", write_png, write_scatter},
               {".idx", write_idx, NULL},
               {".npy", write_npy, write_point_array},
               {"/", write_folder, NULL}};

enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

static int find_format(const char *path) {
    for (int i = 0; i < FORMAT_COUNT; i++)
        if (settings_has_suffix(path, formats[i].suffix))
            return i;
    return -1;
}

static gt_status write_order(const struct order *order, int format, gt_error *error) {
    if (order->sampler->distribution == NULL)
        return formats[format].write(order, error);
    if (formats[format].write_points != NULL)
        return formats[format].write_points(order, error);
    return gt_error_set(error, GT_USAGE,
                        "--output %s: the checkpoint gives points of %s: name a .png for a picture "
                        "of them, or a .npy for their numbers",
                        order->path, order->sampler->distribution->name);
}

static gt_status run_sample(const gt_arguments *arguments, gt_error *error) {
    const char *output = gt_arguments_value(arguments, "output");
    const char *path = output != NULL ? output : "samples.png";
    int format = find_format(path);
    gt_compute compute;
    gt_sampler sampler;
    uint64_t count, seed, columns;
    gt_status status =
        settings_number(&count, arguments, "count", 64, 1, UINT32_MAX - GT_SAMPLER_BATCH, error);
    if (status == GT_OK)
        status = settings_number(&seed, arguments, "seed", 0, 0, UINT64_MAX, error);
    if (status == GT_OK)
        status = settings_number(&columns, arguments, "columns", 8, 1, 10000, error);
    if (status == GT_OK && format < 0)
        status = gt_error_set(error, GT_USAGE,
                              "--output %s: the name must end in .png, .idx or .npy, or in / for a "
                              "folder of PNG files",
                              path);
    if (status != GT_OK)
        return status;
    status = settings_open_sampler(&sampler, &compute, arguments, error);
    if (status != GT_OK)
        return status;
    status = settings_class(&sampler.chosen_class, &sampler, arguments, "class", true, error);
    if (sampler.chosen_class == GT_CLASS_EACH) { /* the defaults are a column for each class */
        uint64_t classes = (uint64_t)sampler.classes.count;
        columns = gt_arguments_value(arguments, "columns") != NULL ? columns : classes;
        count = gt_arguments_value(arguments, "count") != NULL ? count : 8 * classes;
    }
    if (columns > count)
        columns = count;
    struct order order = {&sampler, path, seed, (uint32_t)count, (int)columns};
    if (status == GT_OK)
        status = write_order(&order, format, error);
    if (status == GT_OK)
        settings_say_drawn(path, count, seed, &sampler);
    settings_close_sampler(&sampler, &compute);
    return status;
}

const gt_command gt_command_sample = {
    .name = "sample",
    .operands = "CHECKPOINT",
    .help = "draw images from a checkpoint: a PNG grid, an IDX or NPY array, or single PNG files",
    .options =
        {
            {"count", 'n', "COUNT", "how many (64)"},
            {"output", 'o', "FILE",
             "FILE.png, FILE.idx, FILE.npy, or DIR/ for single PNG files (samples.png)"},
            SETTINGS_SEED_OPTION,
            {"columns", 'c', "COLUMNS", "images to a row of a PNG (8)"},
            {"class", 0, "CLASS",
             "which class, by number or name, of a conditional model, or all: a column for each "
             "(each image its own)"},
            SETTINGS_RAW_OPTION,
            SETTINGS_THREADS_OPTION,
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_sample,
};
