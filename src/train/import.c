/* An import: initial weights, then those of the file in their place, then the first checkpoint. */
#include "gantrain/train/import.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/store/checkpoint.h"
#include "gantrain/store/directory.h"
#include "train/setup.h"

enum { LIST = 1024 };

/* Names, of which a line shows as many as it has room for. */
struct names {
    char text[LIST];
    size_t used;
    int count, shown;
};

struct import {
    const char *path;
    const gt_reporter *reporter;
    struct setup setup;
    gt_safetensors tensors;
    bool *taken; /* owned; (tensors.count): which of the file's */
    int taken_count;
    bool takes_averages; /* else weights: which of a file's tensors are being taken */
    bool has_optimizers; /* the file has their state */
    struct names missing, left_over;
    gt_run_directory run;
    bool run_is_open;
};

static void add_name(struct names *names, const char *name) {
    char excerpt[GT_EXCERPT];
    gt_text_excerpt(excerpt, name);
    names->count++;
    if (names->used + strlen(excerpt) + 32 > sizeof names->text)
        return;
    names->used = gt_text_append(names->text, sizeof names->text, names->used, "%s%s",
                                 names->shown > 0 ? ", " : "", excerpt);
    names->shown++;
}

static void report(const struct import *import, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void report(const struct import *import, const char *format, ...) {
    char text[2 * LIST];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (import->reporter->line != NULL)
        import->reporter->line(import->reporter->context, GT_LINE_NEWS, text);
}

static void report_names(const struct import *import, const char *what, const struct names *names) {
    char more[32] = "";
    if (names->count > names->shown)
        snprintf(more, sizeof more, " and %d more", names->count - names->shown);
    if (names->count > 0)
        report(import, "%s: %s%s", what, names->text, more);
}

/* --- Taking --- */

static bool is_of_average(const char *name) {
    return strstr(name, ".ema.") != NULL;
}

static gt_status take_tensor(void *context, const gt_tensor *tensor, gt_error *error) {
    struct import *import = context;
    const gt_safetensors_entry *entry = gt_safetensors_find(&import->tensors, tensor->name);
    gt_error detail = {0};
    if (gt_tensor_is_of_optimizer(tensor->name) || /* which begins at 0, as with initial weights */
        is_of_average(tensor->name) != import->takes_averages)
        return GT_OK;
    if (entry == NULL) {
        add_name(&import->missing, tensor->name);
        return GT_OK;
    }
    if (gt_safetensors_take(tensor->values, &import->tensors, tensor->name, "F32", tensor->rank,
                            tensor->sizes, &detail) != GT_OK)
        return gt_error_set(error, GT_FAILED, "%s: %s", import->path, detail.message);
    import->taken[entry - import->tensors.entries] = true;
    import->taken_count++;
    if (!gt_tensor_is_finite(tensor))
        return gt_error_set(error, GT_FAILED, "%s: tensor '%s' holds a number that is not finite",
                            import->path, tensor->name);
    return GT_OK;
}

/* Takes the weights, and then the averages, which begin with the weights where the file has
 * none. */
static gt_status take_tensors(struct import *import, gt_error *error) {
    gt_model *model = &import->setup.model;
    gt_status status = gt_model_visit(model, false, take_tensor, import, error);
    for (int i = 0; i < model->trained_count; i++) {
        const gt_trained *trained = &model->trained[i];
        gt_optimizer_begin_average(trained->optimizer, trained->network->parameters,
                                   trained->network->parameter_count);
    }
    import->takes_averages = true;
    return status == GT_OK ? gt_model_visit(model, false, take_tensor, import, error) : status;
}

static gt_status refuse_file(const struct import *import, gt_error *error) {
    char has[GT_EXCERPT];
    if (import->tensors.count == 0)
        return gt_error_set(error, GT_FAILED, "%s: holds no tensors", import->path);
    return gt_error_set(
        error, GT_FAILED, "%s: none of its %d tensors (%s, ...) has a name of this model: %s, ...",
        import->path, import->tensors.count, gt_text_excerpt(has, import->tensors.entries[0].name),
        import->missing.text);
}

static gt_status take_weights(struct import *import, gt_error *error) {
    gt_model *model = &import->setup.model;
    if (model->trained_count == 0)
        return gt_error_set(error, GT_USAGE,
                            "[train] model = %s: has no network whose weights could be imported",
                            model->kind->name);
    import->taken = calloc((size_t)import->tensors.count + 1, sizeof *import->taken);
    if (import->taken == NULL)
        return gt_error_set(error, GT_FAILED, "no memory");
    gt_model_init(model, import->setup.means);
    gt_status status = take_tensors(import, error);
    if (status == GT_OK && import->taken_count == 0)
        status = refuse_file(import, error);
    if (status != GT_OK)
        return status;
    gt_model_restored(model, 0);
    for (int i = 0; i < model->trained_count; i++)
        gt_network_fit_norms(model->trained[i].network);
    for (int i = 0; i < import->tensors.count; i++)
        if (gt_tensor_is_of_optimizer(import->tensors.entries[i].name))
            import->has_optimizers = true;
        else if (!import->taken[i])
            add_name(&import->left_over, import->tensors.entries[i].name);
    return GT_OK;
}

/* --- The run --- */

static gt_status write_config(const struct import *import, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    return gt_config_write_file(gt_run_file(path, &import->run, "config.ini"),
                                &import->setup.config, error);
}

static gt_status write_checkpoint(const struct import *import, gt_error *error) {
    const gt_dataset *dataset = &import->setup.dataset;
    const gt_checkpoint_info info = {.config = import->setup.config,
                                     .shape = dataset->shape,
                                     .data_checksum = dataset->checksum,
                                     .classes = import->setup.class_text};
    char path[GT_PATH_CAPACITY];
    gt_run_checkpoint checkpoint;
    gt_run_checkpoint_name(&checkpoint, 0, 0);
    gt_run_checkpoint_path(path, &import->run, &checkpoint);
    gt_status status = gt_checkpoint_save(path, &import->setup.model, &info, error);
    if (status == GT_OK)
        status = gt_run_keep(&import->run, &checkpoint, 1, error);
    return status;
}

static gt_status write_run(struct import *import, bool force, gt_error *error) {
    const char *directory = import->setup.config.output.dir;
    gt_status status =
        gt_run_open(&import->run, directory, force ? GT_RUN_FORCE : GT_RUN_NEW, error);
    import->run_is_open = status == GT_OK;
    if (status == GT_OK)
        status = write_config(import, error);
    return status == GT_OK ? write_checkpoint(import, error) : status;
}

/* Whether the file is a checkpoint of an old version, whose networks took images as vectors. */
static bool has_flat_images(const char *path) {
    gt_checkpoint checkpoint;
    if (gt_checkpoint_open(&checkpoint, path, NULL) != GT_OK)
        return false;
    const bool is_flat = checkpoint.info.flat_images;
    gt_checkpoint_close(&checkpoint);
    return is_flat;
}

static gt_status run_import(struct import *import, const gt_config *config,
                            const gt_import_options *options, gt_error *error) {
    const struct setup_data data = {.cache = options->cache,
                                    .past.flat_images = has_flat_images(import->path)};
    gt_status status = gt_safetensors_open(&import->tensors, import->path, error);
    if (status == GT_OK)
        status = setup_open(&import->setup, config, &data, error);
    if (status == GT_OK)
        status = take_weights(import, error);
    if (status == GT_OK)
        status = write_run(import, options->force, error);
    if (status != GT_OK)
        return status;
    if (import->run.moved_to[0] != '\0')
        report(import, "the old run is now in %s", import->run.moved_to);
    report(import, "%s/checkpoints/latest.safetensors: %d tensor%s of %s", config->output.dir,
           import->taken_count, import->taken_count == 1 ? "" : "s", import->path);
    report_names(import, "missing, and initialised", &import->missing);
    report_names(import, "left over", &import->left_over);
    if (import->has_optimizers)
        report(import, "optimizers begin at 0: their state is left over, too");
    return GT_OK;
}

gt_status gt_import(const char *path, const gt_config *config, const gt_import_options *options,
                    const gt_reporter *reporter, gt_error *error) {
    struct import *import = calloc(1, sizeof *import);
    if (import == NULL)
        return gt_error_set(error, GT_FAILED, "no memory");
    import->path = path;
    import->reporter = reporter;
    gt_status status = run_import(import, config, options, error);
    if (import->run_is_open)
        gt_run_close(&import->run);
    setup_close(&import->setup);
    gt_safetensors_close(&import->tensors);
    free(import->taken);
    free(import);
    return status;
}
