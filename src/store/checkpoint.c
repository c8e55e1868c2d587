/* What goes into a checkpoint, and out of it. */
#include "gantrain/store/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/base/version.h"
#include "gantrain/store/history.h"
#include "gantrain/nn/choice.h"

#define SUMS_NAME "trainer.epoch_sums"
#define HELD_ROWS_KEY "held_rows" /* only if there are some */
#define FORMAT_KEY "gantrain_format"
#define VERSION_KEY "gantrain_version"
#define CHOICES_KEY "backend_choices"
#define CLASSES_KEY "classes" /* only of conditional models */

/* The whole numbers of the metadata: one table for writing and reading. */
static const struct {
    const char *key;
    size_t offset, size;
} numbers[] = {
    {"epoch", offsetof(gt_checkpoint_info, epoch), sizeof(uint64_t)},
    {"step", offsetof(gt_checkpoint_info, step), sizeof(uint64_t)},
    {"image_height", offsetof(gt_checkpoint_info, shape.height), sizeof(int)},
    {"image_width", offsetof(gt_checkpoint_info, shape.width), sizeof(int)},
    {"image_channels", offsetof(gt_checkpoint_info, shape.channels), sizeof(int)},
    {"data_crc32", offsetof(gt_checkpoint_info, data_checksum), sizeof(uint32_t)},
};

enum { NUMBER_COUNT = sizeof numbers / sizeof *numbers };

const char *gt_checkpoint_metadata_key(int index) {
    static const char *const others[] = {FORMAT_KEY, VERSION_KEY, CHOICES_KEY, CLASSES_KEY};
    enum { OTHERS = sizeof others / sizeof *others };
    if (index < OTHERS)
        return others[index];
    return index - OTHERS < NUMBER_COUNT ? numbers[index - OTHERS].key : NULL;
}

/* --- Writing --- */

static gt_status add_tensor(void *context, const gt_tensor *tensor, gt_error *error) {
    if (!gt_tensor_is_finite(tensor))
        return gt_error_set(error, GT_DIVERGED, "%s holds a number that is not finite",
                            tensor->name);
    gt_safetensors_add(context, tensor->name, "F32", tensor->rank, tensor->sizes, tensor->values);
    return GT_OK;
}

static gt_status add_metadata(gt_safetensors_writer *writer, const gt_checkpoint_info *info,
                              gt_error *error) {
    char text[32];
    snprintf(text, sizeof text, "%d", GT_CHECKPOINT_FORMAT);
    gt_safetensors_add_metadata(writer, FORMAT_KEY, text);
    gt_safetensors_add_metadata(writer, VERSION_KEY, gt_version());
    for (int i = 0; i < NUMBER_COUNT; i++) {
        uint64_t wide = 0;
        uint32_t narrow;
        memcpy(&narrow, (const char *)info + numbers[i].offset, sizeof narrow);
        memcpy(&wide, (const char *)info + numbers[i].offset, numbers[i].size);
        snprintf(text, sizeof text, "%" PRIu64,
                 numbers[i].size == sizeof wide ? wide : (uint64_t)narrow);
        gt_safetensors_add_metadata(writer, numbers[i].key, text);
    }
    char *config = gt_config_to_text(&info->config);
    if (config == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for the config");
    gt_safetensors_add_metadata(writer, "config", config);
    free(config);
    if (info->held_rows != NULL)
        gt_safetensors_add_metadata(writer, HELD_ROWS_KEY, info->held_rows);
    if (info->classes != NULL)
        gt_safetensors_add_metadata(writer, CLASSES_KEY, info->classes);
    return GT_OK;
}

static gt_status add_choices(gt_safetensors_writer *writer, const gt_compute *compute,
                             gt_error *error) {
    char *text = gt_choice_to_text(compute);
    if (text == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for the choice of backends");
    if (text[0] != '\0')
        gt_safetensors_add_metadata(writer, CHOICES_KEY, text);
    free(text);
    return GT_OK;
}

gt_status gt_checkpoint_save(const char *path, const gt_model *model,
                             const gt_checkpoint_info *info, gt_error *error) {
    gt_safetensors_writer writer;
    gt_safetensors_begin(&writer);
    gt_status status = add_metadata(&writer, info, error);
    if (status == GT_OK)
        status = add_choices(&writer, model->compute, error);
    if (status == GT_OK)
        status = gt_model_visit(model, false, add_tensor, &writer, error);
    if (status == GT_OK) {
        const int count = 1 + gt_model_stat_count(model->kind);
        gt_safetensors_add(&writer, SUMS_NAME, "F64", 1, &count, &info->sums);
        status = gt_safetensors_write(&writer, path, error);
    }
    gt_safetensors_end(&writer);
    return status;
}

/* --- Reading --- */

static bool is_newer_format(const gt_safetensors *tensors) {
    const char *format = gt_safetensors_metadata(tensors, FORMAT_KEY);
    uint64_t version;
    return format != NULL && gt_text_to_unsigned(&version, format) &&
           version > GT_CHECKPOINT_FORMAT;
}

static gt_status check_format(const gt_safetensors *tensors, const char *path, gt_error *error) {
    const char *format = gt_safetensors_metadata(tensors, FORMAT_KEY);
    uint64_t version;
    char excerpt[GT_EXCERPT];
    if (format == NULL)
        return gt_error_set(
            error, GT_FAILED,
            "%s: a safetensors file, but not a checkpoint of gantrain: gantrain import "
            "makes one of its weights",
            path);
    if (!gt_text_to_unsigned(&version, format))
        return gt_error_set(error, GT_FAILED, "%s: damaged: its format version is '%s'", path,
                            gt_text_excerpt(excerpt, format));
    if (is_newer_format(tensors))
        return gt_error_set(error, GT_FAILED,
                            "%s: format version %" PRIu64 " is newer than this program (%s, "
                            "version %d): use a newer gantrain",
                            path, version, gt_version(), GT_CHECKPOINT_FORMAT);
    if (!tensors->has_checksum || !tensors->checksum_matches)
        return gt_error_set(error, GT_FAILED, "%s: damaged: its checksum %s", path,
                            tensors->has_checksum ? "does not match" : "is missing");
    return GT_OK;
}

static gt_status read_metadata(gt_checkpoint_info *info, const gt_safetensors *tensors,
                               const char *path, gt_error *error) {
    for (int i = 0; i < NUMBER_COUNT; i++) {
        const char *text = gt_safetensors_metadata(tensors, numbers[i].key);
        uint64_t wide;
        uint64_t limit = numbers[i].size == sizeof wide ? UINT64_MAX : UINT32_MAX;
        if (text == NULL || !gt_text_to_unsigned(&wide, text) || wide > limit)
            return gt_error_set(error, GT_FAILED, "%s: its metadata has no valid '%s'", path,
                                numbers[i].key);
        uint32_t narrow = (uint32_t)wide;
        memcpy((char *)info + numbers[i].offset,
               numbers[i].size == sizeof wide ? (void *)&wide : (void *)&narrow, numbers[i].size);
    }
    info->classes = gt_safetensors_metadata(tensors, CLASSES_KEY);
    info->held_rows = gt_safetensors_metadata(tensors, HELD_ROWS_KEY);
    if (info->held_rows != NULL && !gt_history_are_rows(info->held_rows))
        return gt_error_set(error, GT_FAILED, "%s: its metadata has no valid '%s'", path,
                            HELD_ROWS_KEY);
    bool images =
        info->shape.height > 0 && info->shape.width > 0 && info->shape.channels > 0 &&
        info->shape.height <= GT_LAYER_UNITS && info->shape.width <= GT_LAYER_UNITS &&
        info->shape.channels <= 3 &&
        (int64_t)info->shape.height * info->shape.width * info->shape.channels <= GT_LAYER_UNITS;
    if (!images)
        return gt_error_set(error, GT_FAILED, "%s: images of %d x %d x %d are not possible", path,
                            info->shape.height, info->shape.width, info->shape.channels);
    return GT_OK;
}

static gt_status read_config(gt_checkpoint_info *info, const gt_safetensors *tensors,
                             const char *path, gt_error *error) {
    const char *text = gt_safetensors_metadata(tensors, "config");
    gt_error detail = {0};
    if (text == NULL)
        return gt_error_set(error, GT_FAILED, "%s: its metadata has no config", path);
    gt_config_init(&info->config);
    gt_status status = gt_config_read_text(&info->config, text, "config", &detail);
    if (status != GT_OK)
        return gt_error_set(error, GT_FAILED, "%s: its config cannot be used: %.1000s", path,
                            detail.message);
    return GT_OK;
}

static gt_status read_sums(gt_checkpoint_info *info, const gt_safetensors *tensors,
                           const char *path, gt_error *error) {
    const gt_model_kind *kind = gt_model_kind_find(info->config.train.model);
    const int count = 1 + gt_model_stat_count(kind);
    gt_error detail = {0};
    if (gt_safetensors_take(&info->sums, tensors, SUMS_NAME, "F64", 1, &count, &detail) != GT_OK)
        return gt_error_set(error, GT_FAILED, "%s: %s", path, detail.message);
    return GT_OK;
}

/* Whether the file's tensors of a network have the shapes that its layers have on that input. */
static bool fit_layers(const gt_safetensors *tensors, const char *network, const char *list,
                       gt_shape in) {
    gt_layer layers[GT_LAYERS];
    int count;
    bool fit = gt_layers_parse(layers, &count, list, in, NULL) == GT_OK;
    for (int i = 0; fit && i < count; i++)
        for (int k = 0; fit && k < layers[i].tensor_count; k++) {
            const gt_layer_tensor *tensor = &layers[i].tensors[k];
            char name[GT_TENSOR_NAME];
            snprintf(name, sizeof name, "%s.%d.%s", network, i, tensor->name);
            fit = gt_safetensors_take(NULL, tensors, name, "F32", tensor->rank, tensor->sizes,
                                      NULL) == GT_OK;
        }
    return fit;
}

/* Before layers knew images, each pixel was a channel to batchnorm. The format's version is the
 * same, so it is the shapes that tell. */
static bool has_flat_images(const gt_safetensors *tensors, const gt_checkpoint_info *info) {
    const struct {
        const char *network, *layers;
    } lists[] = {{"discriminator", info->config.discriminator.layers},
                 {"encoder", info->config.encoder.layers}};
    const gt_shape flat = gt_shape_of_vector(gt_shape_size(info->shape));
    bool is_flat = false;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        is_flat = is_flat || (fit_layers(tensors, lists[i].network, lists[i].layers, flat) &&
                              !fit_layers(tensors, lists[i].network, lists[i].layers, info->shape));
    return is_flat;
}

gt_status gt_checkpoint_open(gt_checkpoint *checkpoint, const char *path, gt_error *error) {
    *checkpoint = (gt_checkpoint){0};
    gt_safetensors *tensors = &checkpoint->tensors;
    gt_status status = gt_safetensors_open(tensors, path, error);
    if (status != GT_OK) {
        checkpoint->damaged = tensors->damaged;
        return status;
    }
    checkpoint->newer = is_newer_format(tensors);
    status = check_format(tensors, path, error);
    if (status == GT_OK)
        status = read_metadata(&checkpoint->info, tensors, path, error);
    if (status == GT_OK)
        status = read_config(&checkpoint->info, tensors, path, error);
    if (status == GT_OK)
        status = read_sums(&checkpoint->info, tensors, path, error);
    if (status == GT_OK)
        checkpoint->info.flat_images = has_flat_images(tensors, &checkpoint->info);
    checkpoint->choices = gt_safetensors_metadata(tensors, CHOICES_KEY);
    if (status != GT_OK) {
        gt_checkpoint_close(checkpoint);
        checkpoint->damaged = !checkpoint->newer;
    }
    return status;
}

void gt_checkpoint_close(gt_checkpoint *checkpoint) {
    gt_safetensors_close(&checkpoint->tensors);
}

struct restoration {
    const gt_checkpoint *checkpoint;
    int taken; /* tensors */
};

static gt_status restore_tensor(void *context, const gt_tensor *tensor, gt_error *error) {
    struct restoration *restoration = context;
    restoration->taken++;
    gt_status status = gt_safetensors_take(tensor->values, &restoration->checkpoint->tensors,
                                           tensor->name, "F32", tensor->rank, tensor->sizes, error);
    /* A checkpoint of this program never holds such a number, but a stranger's may. */
    if (status == GT_OK && tensor->values != NULL && !gt_tensor_is_finite(tensor))
        return gt_error_set(error, GT_FAILED,
                            "tensor '%s' holds a number that is not finite (NaN or infinity): the "
                            "file cannot be used",
                            tensor->name);
    return status;
}

gt_status gt_checkpoint_restore(gt_model *model, const gt_checkpoint *checkpoint, bool raw,
                                const char *path, gt_error *error) {
    struct restoration restoration = {.checkpoint = checkpoint};
    gt_error detail = {0};
    if (gt_model_visit(model, !raw, restore_tensor, &restoration, &detail) != GT_OK)
        return gt_error_set(error, GT_FAILED, "%s: %s", path, detail.message);
    int expected = restoration.taken + 1; /* the epoch's sums */
    if (model->use == GT_MODEL_TRAIN && expected != checkpoint->tensors.count)
        return gt_error_set(error, GT_FAILED, "%s: holds %d tensors, the config asks for %d", path,
                            checkpoint->tensors.count, expected);
    gt_model_restored(model, checkpoint->info.step);
    return GT_OK;
}
