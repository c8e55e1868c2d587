/* A generator on its own: checkpoint in, bytes out. */
#include "gantrain/sample/sampler.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/files/grid.h"
#include "gantrain/model/condition.h"
#include "gantrain/store/checkpoint.h"

static void carve(void *context, gt_arena *arena) {
    gt_sampler *sampler = context;
    const size_t batch = GT_SAMPLER_BATCH;
    gt_model_carve(&sampler->model, arena, GT_SAMPLER_BATCH);
    sampler->z = gt_arena_take(arena, batch * (size_t)sampler->model.latent_dim, sizeof(gt_real));
    sampler->condition =
        gt_arena_take(arena, batch * (size_t)sampler->model.classes, sizeof(gt_real));
    sampler->images = gt_arena_take(arena, batch * (size_t)sampler->pixels, sizeof(gt_real));
}

/* The classes that a conditional model was told. */
static gt_status open_classes(gt_sampler *sampler, const gt_checkpoint_info *info, const char *path,
                              gt_error *error) {
    gt_error detail = {0};
    sampler->chosen_class = GT_CLASS_DRAWN;
    if (!info->config.train.conditional)
        return GT_OK;
    if (info->classes == NULL)
        return gt_error_set(error, GT_FAILED, "%s: damaged: its classes are missing", path);
    gt_status status = gt_class_table_from_text(&sampler->classes, info->classes, &detail);
    return status == GT_OK ? GT_OK
                           : gt_error_set(error, status, "%s: damaged: %s", path, detail.message);
}

/* Points have as many components as their distribution. */
static gt_status find_distribution(gt_sampler *sampler, const char *path, gt_error *error) {
    const gt_distribution *distribution = gt_distribution_find(sampler->config.data.images);
    sampler->distribution = distribution;
    if (distribution == NULL ||
        gt_shape_equal(sampler->shape, gt_shape_of_vector(distribution->components)))
        return GT_OK;
    return gt_error_set(error, GT_FAILED, "%s: damaged: %s has points of %d numbers, and not %d",
                        path, distribution->name, distribution->components, sampler->pixels);
}

static gt_status build(gt_sampler *sampler, const gt_checkpoint *checkpoint, gt_model_use use,
                       bool raw, const char *path, gt_error *error) {
    const gt_checkpoint_info *info = &checkpoint->info;
    gt_model_settings settings = gt_config_model_settings(&info->config);
    settings.flat_images = info->flat_images;
    sampler->shape = info->shape;
    sampler->pixels = gt_shape_size(info->shape);
    sampler->epoch = info->epoch;
    sampler->step = info->step;
    sampler->config = info->config;
    sampler->data_checksum = info->data_checksum;
    gt_text_copy(sampler->checksum, sizeof sampler->checksum,
                 gt_safetensors_metadata(&checkpoint->tensors, "crc32"));
    gt_status status = find_distribution(sampler, path, error);
    if (status == GT_OK)
        status = open_classes(sampler, info, path, error);
    if (status != GT_OK)
        return status;
    const gt_image_spec spec = {.shape = info->shape,
                                .classes = sampler->classes.count,
                                .class_images = sampler->classes.images};
    gt_error detail = {0};
    status = gt_model_open(&sampler->model, &settings, &spec, &sampler->compute, use, &detail);
    if (status != GT_OK) /* such a config has never begun a run */
        return gt_error_set(error, GT_FAILED, "%s: %s%.2000s", path,
                            status == GT_USAGE ? "damaged: " : "", detail.message);
    /* Before anything is reserved for what the config asks, the file must be seen to hold it. */
    status = gt_checkpoint_restore(&sampler->model, checkpoint, raw, path, error);
    if (status == GT_OK)
        status = gt_arena_build(&sampler->arena, carve, sampler, error);
    if (status != GT_OK)
        return status;
    return gt_checkpoint_restore(&sampler->model, checkpoint, raw, path, error);
}

gt_status gt_sampler_open(gt_sampler *sampler, const gt_compute *compute, const char *path,
                          gt_model_use use, bool raw, gt_error *error) {
    gt_checkpoint checkpoint;
    *sampler = (gt_sampler){0};
    gt_status status = gt_checkpoint_open(&checkpoint, path, error);
    if (status != GT_OK)
        return status;
    status = gt_compute_share(&sampler->compute, compute, "native", "fp32", error);
    if (status == GT_OK)
        status = build(sampler, &checkpoint, use, raw, path, error);
    gt_checkpoint_close(&checkpoint);
    if (status != GT_OK)
        gt_sampler_close(sampler);
    return status;
}

void gt_sampler_close(gt_sampler *sampler) {
    gt_model_close(&sampler->model);
    gt_compute_close(&sampler->compute);
    gt_arena_release(&sampler->arena);
    gt_class_table_free(&sampler->classes);
    *sampler = (gt_sampler){0};
}

bool gt_sampler_code_map(gt_real *matrix, gt_real *offset, gt_sampler *sampler) {
    gt_model *model = &sampler->model;
    const size_t dim = (size_t)model->latent_dim;
    gt_real *z = sampler->z, *code = z + dim;
    if (model->kind->find_codes == NULL)
        return false;
    memset(z, 0, dim * sizeof *z);
    model->kind->find_codes(offset, model, z, 1);
    for (size_t column = 0; column < dim; column++) {
        z[column] = 1;
        model->kind->find_codes(code, model, z, 1);
        z[column] = 0;
        for (size_t row = 0; row < dim; row++)
            matrix[row * dim + column] = code[row] - offset[row];
    }
    return true;
}

/* Draws images number first to first + wanted - 1 into sampler->images. Rows past those wanted keep
 * the z that they had: the block is whole, and no row looks at another. */
static void draw_block(gt_sampler *sampler, gt_latent_source source, void *context, uint32_t first,
                       uint32_t wanted) {
    gt_model *model = &sampler->model;
    const long latent_dim = model->latent_dim, classes = model->classes;
    for (uint32_t i = 0; i < wanted; i++)
        source(context, sampler->z + i * latent_dim,
               classes > 0 ? sampler->condition + i * classes : NULL, first + i);
    model->kind->generate(sampler->images, model, sampler->z,
                          gt_condition_row(sampler->condition, model->classes, 0),
                          GT_SAMPLER_BATCH);
}

void gt_sampler_draw_from(uint8_t *images, gt_sampler *sampler, gt_latent_source source,
                          void *context, uint32_t first, uint32_t count) {
    const gt_model *model = &sampler->model;
    assert(first % GT_SAMPLER_BATCH == 0);
    for (uint32_t done = 0; done < count; done += GT_SAMPLER_BATCH) {
        uint32_t wanted = count - done < GT_SAMPLER_BATCH ? count - done : GT_SAMPLER_BATCH;
        draw_block(sampler, source, context, first + done, wanted);
        gt_pixels_from_reals(images + (size_t)done * (size_t)sampler->pixels, sampler->images,
                             model->low, model->high, (long)wanted * sampler->pixels);
    }
}

gt_status gt_sampler_check_latent(const gt_sampler *sampler, gt_error *error) {
    const gt_model_kind *kind = sampler->model.kind;
    if (!kind->lacks_latent_vector)
        return GT_OK;
    return gt_error_set(error, GT_USAGE,
                        "the model %s has no latent vector to change: draw samples of it with "
                        "gantrain sample",
                        kind->name);
}

gt_status gt_sampler_check_images(const gt_sampler *sampler, const char *path, gt_error *error) {
    if (sampler->distribution == NULL)
        return GT_OK;
    return gt_error_set(error, GT_USAGE,
                        "%s: gives points of %s, which are no images: gantrain sample draws them, "
                        "gantrain report shows their run",
                        path, sampler->distribution->name);
}

void gt_sampler_latent(gt_real *z, const gt_sampler *sampler, uint64_t seed, uint32_t index) {
    const gt_model *model = &sampler->model;
    const uint32_t classes = (uint32_t)model->classes;
    gt_address noise = {seed, GT_PURPOSE_LATENT_SAMPLE, 0, index};
    if (classes > 0 && sampler->chosen_class == GT_CLASS_EACH)
        noise.example = index / classes;
    model->prior->draw(z, model->compute->team, noise, 1, model->latent_dim);
}

int gt_sampler_class(const gt_sampler *sampler, uint64_t seed, uint32_t index) {
    const gt_model *model = &sampler->model;
    if (model->classes == 0)
        return -1;
    if (sampler->chosen_class == GT_CLASS_EACH)
        return (int)(index % (uint32_t)model->classes);
    if (sampler->chosen_class != GT_CLASS_DRAWN)
        return sampler->chosen_class;
    return gt_model_draw_class(model, (gt_address){seed, GT_PURPOSE_CLASS_SAMPLE, 0, index});
}

void gt_sampler_condition(gt_real *condition, const gt_sampler *sampler, int label) {
    const uint16_t labels[] = {(uint16_t)label};
    if (condition != NULL)
        gt_condition_set(condition, labels, 1, sampler->model.classes);
}

void gt_sampler_mix(gt_real *condition, const gt_sampler *sampler, int from, int to, double part) {
    for (int c = 0; condition != NULL && c < sampler->model.classes; c++)
        condition[c] = (gt_real)((1 - part) * (c == from) + part * (c == to));
}

/* The series of a seed. */
struct series {
    const gt_sampler *sampler;
    uint64_t seed;
};

static void draw_of_series(void *context, gt_real *z, gt_real *condition, uint32_t index) {
    const struct series *series = context;
    gt_sampler_latent(z, series->sampler, series->seed, index);
    gt_sampler_condition(condition, series->sampler,
                         gt_sampler_class(series->sampler, series->seed, index));
}

void gt_sampler_draw(uint8_t *images, gt_sampler *sampler, uint64_t seed, uint32_t first,
                     uint32_t count) {
    struct series series = {sampler, seed};
    gt_sampler_draw_from(images, sampler, draw_of_series, &series, first, count);
}

const gt_real *gt_sampler_draw_block(gt_sampler *sampler, uint64_t seed, uint32_t first) {
    struct series series = {sampler, seed};
    assert(first % GT_SAMPLER_BATCH == 0);
    draw_block(sampler, draw_of_series, &series, first, GT_SAMPLER_BATCH);
    return sampler->images;
}

gt_status gt_sampler_draw_points(gt_real *points, gt_sampler *sampler, uint64_t seed,
                                 uint32_t count, gt_error *error) {
    const size_t components = (size_t)sampler->pixels;
    gt_status status = GT_OK;
    for (uint32_t done = 0; status == GT_OK && done < count; done += GT_SAMPLER_BATCH) {
        const uint32_t left = count - done,
                       rows = left < GT_SAMPLER_BATCH ? left : GT_SAMPLER_BATCH;
        memcpy(points + done * components, gt_sampler_draw_block(sampler, seed, done),
               rows * components * sizeof *points);
        status = gt_stop_check(sampler->compute.stop, error);
    }
    return status;
}
