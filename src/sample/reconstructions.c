/* Reconstructions, a block of images at a time. */
#include "gantrain/sample/reconstructions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/data/batches.h"
#include "gantrain/files/grid.h"
#include "gantrain/model/condition.h"

enum { EMPTY_CELL = 128 }; /* as the space between cells */

gt_status gt_reconstructions_check(const gt_model_kind *kind, const char *path, gt_error *error) {
    const gt_model_kind *other;
    char able[256] = "";
    size_t used = 0;
    if (kind->reconstruct != NULL)
        return GT_OK;
    for (int i = 0; (other = gt_model_kind_at(i)) != NULL && used < sizeof able; i++)
        if (other->reconstruct != NULL)
            used = gt_text_append(able, sizeof able, used, "%s%s", used ? ", " : "", other->name);
    return gt_error_set(
        error, GT_USAGE,
        "%s: the model %s finds no codes for images, so it reconstructs none: %s do", path,
        kind->name, able);
}

/* Memory for a block of images, and for the picture. */
struct work {
    gt_real *images, *chances, *reconstructions; /* (GT_SAMPLER_BATCH, pixels) */
    gt_real *condition;                          /* (GT_SAMPLER_BATCH, classes) */
    uint8_t *bytes;                              /* the same, of the images or reconstructions */
    uint8_t *cells;                              /* (2 rows, columns, pixels) */
};

static gt_status open_work(struct work *work, const gt_picture *picture, gt_error *error) {
    size_t pixels = (size_t)picture->sampler->pixels, block = GT_SAMPLER_BATCH * pixels;
    size_t cells = 2 * (size_t)picture->rows * (size_t)picture->columns * pixels;
    *work = (struct work){
        .images = malloc(block * sizeof(gt_real)),
        .chances = malloc(block * sizeof(gt_real)),
        .reconstructions = malloc(block * sizeof(gt_real)),
        .condition = malloc(((size_t)picture->sampler->model.classes + 1) * GT_SAMPLER_BATCH *
                            sizeof(gt_real)),
        .bytes = malloc(block),
        .cells = malloc(cells),
    };
    if (work->images == NULL || work->chances == NULL || work->reconstructions == NULL ||
        work->condition == NULL || work->bytes == NULL || work->cells == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for the picture", picture->path);
    memset(work->cells, EMPTY_CELL, cells);
    return GT_OK;
}

static void close_work(struct work *work) {
    free(work->images);
    free(work->chances);
    free(work->reconstructions);
    free(work->condition);
    free(work->bytes);
    free(work->cells);
}

/* Puts images number first to first + count - 1 into their cells; half 1: their reconstructions. */
static void place(struct work *work, const gt_picture *picture, const gt_real *images,
                  uint32_t first, int count, int half) {
    const gt_sampler *sampler = picture->sampler;
    const size_t pixels = (size_t)sampler->pixels, columns = (size_t)picture->columns;
    gt_pixels_from_reals(work->bytes, images, sampler->model.low, sampler->model.high,
                         (long)count * sampler->pixels);
    for (size_t i = 0; i < (size_t)count; i++) {
        size_t row = 2 * ((first + i) / columns) + (size_t)half;
        memcpy(work->cells + (row * columns + (first + i) % columns) * pixels,
               work->bytes + i * pixels, pixels);
    }
}

static double sum_errors(const struct work *work, const gt_model *model, long numbers) {
    const double range = (double)(model->high - model->low);
    double sum = 0;
    for (long i = 0; i < numbers; i++) {
        double error = (double)(work->images[i] - work->reconstructions[i]) / range;
        sum += error * error;
    }
    return sum;
}

static gt_status fill(double *squared_error, struct work *work, const gt_picture *picture,
                      const gt_dataset *dataset, uint32_t count, gt_error *error) {
    gt_sampler *sampler = picture->sampler;
    gt_model *model = &sampler->model;
    gt_status status = GT_OK;
    *squared_error = 0;
    for (uint32_t first = 0; status == GT_OK && first < count; first += GT_SAMPLER_BATCH) {
        int rows = count - first < GT_SAMPLER_BATCH ? (int)(count - first) : GT_SAMPLER_BATCH;
        gt_images_get(work->images, dataset, work->chances, model->low, model->high, picture->seed,
                      first, rows);
        if (model->classes > 0)
            gt_condition_set(work->condition, dataset->labels + first, rows, model->classes);
        status = model->kind->reconstruct(work->reconstructions, model, work->images,
                                          gt_condition_row(work->condition, model->classes, 0),
                                          rows, error);
        if (status == GT_OK)
            status = gt_stop_check(sampler->compute.stop, error);
        if (status != GT_OK)
            return status;
        *squared_error += sum_errors(work, model, (long)rows * sampler->pixels) / count;
        place(work, picture, work->images, first, rows, 0);
        place(work, picture, work->reconstructions, first, rows, 1);
    }
    return status;
}

static gt_status write(const struct work *work, const gt_picture *picture, gt_error *error) {
    return gt_grid_write(picture->path, work->cells,
                         2 * (uint32_t)picture->rows * (uint32_t)picture->columns, picture->columns,
                         picture->sampler->shape, picture->sampler->compute.stop, error);
}

static gt_status check_shape(const gt_sampler *sampler, const gt_dataset *dataset,
                             gt_error *error) {
    char of_data[GT_SHAPE_TEXT], of_model[GT_SHAPE_TEXT];
    if (dataset->points == NULL && gt_shape_equal(dataset->shape, sampler->shape))
        return GT_OK;
    return gt_error_set(error, GT_FAILED,
                        "the images are %s and the model's %s: give images of the same kind",
                        gt_shape_format_image(of_data, dataset->shape),
                        gt_shape_format_image(of_model, sampler->shape));
}

gt_status gt_reconstructions_write(uint32_t *count, double *squared_error,
                                   const gt_picture *picture, const gt_dataset *dataset,
                                   gt_error *error) {
    gt_picture shown = *picture; /* no larger than the images need */
    uint64_t most = (uint64_t)shown.rows * (uint64_t)shown.columns;
    struct work work = {0};
    *count = dataset->count < most ? dataset->count : (uint32_t)most;
    if ((uint32_t)shown.columns > *count)
        shown.columns = (int)*count;
    shown.rows = (int)((*count + (uint32_t)shown.columns - 1) / (uint32_t)shown.columns);
    gt_status status = check_shape(shown.sampler, dataset, error);
    if (status == GT_OK)
        status = gt_class_table_check(&shown.sampler->classes, dataset, error);
    if (status == GT_OK) {
        uint64_t cells = 2 * (uint64_t)shown.rows * (uint64_t)shown.columns;
        status = gt_grid_check(shown.path, cells < UINT32_MAX ? (uint32_t)cells : UINT32_MAX,
                               shown.columns, shown.sampler->shape, error);
    }
    if (status == GT_OK)
        status = open_work(&work, &shown, error);
    if (status == GT_OK)
        status = fill(squared_error, &work, &shown, dataset, *count, error);
    if (status == GT_OK)
        status = write(&work, &shown, error);
    close_work(&work);
    return status;
}
