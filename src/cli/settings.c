/* Options that several commands share. */
#include "cli/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/processors.h"
#include "gantrain/base/text.h"

gt_status settings_find_config(const char **path, const gt_arguments *arguments, gt_error *error) {
    const char *named = gt_arguments_value(arguments, "config");
    const char *operand = arguments->operand_count > 0 ? arguments->operands[0] : NULL;
    *path = named != NULL ? named : operand;
    if (operand == NULL || (named == NULL && !settings_has_suffix(operand, ".safetensors")))
        return GT_OK;
    return gt_error_set(error, GT_USAGE, "'%s' is one word too many%s", operand,
                        settings_has_suffix(operand, ".safetensors")
                            ? ": to continue from a checkpoint, write --resume=CHECKPOINT"
                            : "");
}

gt_status settings_read(gt_config *config, const char *path, const gt_arguments *arguments,
                        gt_error *error) {
    gt_config_init(config);
    if (path != NULL)
        gt_config_read_file(config, path, error);
    return settings_override(config, arguments, error);
}

gt_status settings_override(gt_config *config, const gt_arguments *arguments, gt_error *error) {
    for (int i = 0; i < arguments->count; i++) {
        gt_error detail = {0};
        if (strcmp(arguments->options[i].option->name, "set") == 0 &&
            gt_config_read_assignment(config, arguments->options[i].value, &detail) != GT_OK)
            gt_error_add(error, GT_USAGE, "%s", detail.message);
    }
    const char *threads = gt_arguments_value(arguments, "threads");
    gt_error detail = {0};
    if (threads != NULL &&
        gt_config_set(config, gt_config_key_find("train.threads"), threads, &detail) != GT_OK)
        gt_error_add(error, GT_USAGE, "--threads %.60s: %s", threads, detail.message);
    return error->status;
}

gt_status settings_number(uint64_t *value, const gt_arguments *arguments, const char *name,
                          uint64_t fallback, uint64_t lowest, uint64_t highest, gt_error *error) {
    const char *text = gt_arguments_value(arguments, name);
    *value = fallback;
    if (text == NULL)
        return GT_OK;
    if (!gt_text_to_unsigned(value, text) || *value < lowest || *value > highest)
        return gt_error_set(error, GT_USAGE,
                            "--%s %s: needs a whole number, %" PRIu64 " to %" PRIu64, name, text,
                            lowest, highest);
    return GT_OK;
}

const char *settings_cache(char directory[GT_PATH_CAPACITY]) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache != NULL && cache[0] == '/' && gt_path_join(directory, cache, "gantrain"))
        return directory;
    if (home != NULL && home[0] == '/' && gt_path_join(directory, home, ".cache/gantrain"))
        return directory;
    return NULL;
}

gt_data_options settings_test_options(char cache[GT_PATH_CAPACITY], const gt_config *config,
                                      const char *images, uint64_t most,
                                      const gt_arguments *arguments) {
    gt_data_options options = gt_config_data_options(config);
    options.images = images;
    options.labels = NULL;
    options.mirror = false;
    options.cache = settings_cache(cache);
    options.observer.stop = arguments->stop;
    options.range = (gt_range){0, 0};
    if (strcmp(images, GT_BUILTIN_DIGITS) == 0)
        options.range = (gt_range){GT_TEST_DIGITS_FIRST, GT_TEST_DIGITS_FIRST + most};
    return options;
}

bool settings_has_suffix(const char *path, const char *suffix) {
    return gt_text_has_suffix(path, suffix);
}

void settings_note_threads(int64_t asked) {
    int processors = gt_processors();
    if (asked > processors)
        fprintf(stderr,
                "note: %" PRId64 " threads were asked for; as this process may use %d "
                "processor%s, there will be %d\n",
                asked, processors, processors == 1 ? "" : "s", processors);
}

gt_status settings_open_compute(gt_compute *compute, int64_t threads, const char *backend,
                                const gt_arguments *arguments, gt_error *error) {
    if (gt_arguments_value(arguments, "quiet") == NULL)
        settings_note_threads(threads);
    gt_status status =
        gt_compute_open(compute, gt_processors_threads((int)threads), backend, "fp32", error);
    compute->stop = arguments->stop;
    return status;
}

gt_status settings_open_threads(gt_compute *compute, const gt_arguments *arguments,
                                gt_error *error) {
    uint64_t threads, most = (uint64_t)gt_config_key_find("train.threads")->highest;
    gt_status status = settings_number(&threads, arguments, "threads", 0, 0, most, error);
    if (status == GT_OK)
        status = settings_open_compute(compute, (int64_t)threads, "native", arguments, error);
    return status;
}

gt_status settings_open_sampler_for(gt_sampler *sampler, gt_compute *compute, gt_model_use use,
                                    const gt_arguments *arguments, gt_error *error) {
    gt_status status = settings_open_threads(compute, arguments, error);
    if (status != GT_OK)
        return status;
    status = gt_sampler_open(sampler, compute, arguments->operands[0], use,
                             gt_arguments_value(arguments, "raw") != NULL, error);
    if (status != GT_OK)
        gt_compute_close(compute);
    return status;
}

gt_status settings_open_sampler(gt_sampler *sampler, gt_compute *compute,
                                const gt_arguments *arguments, gt_error *error) {
    return settings_open_sampler_for(sampler, compute, GT_MODEL_GENERATE, arguments, error);
}

gt_status settings_class(int *chosen, const gt_sampler *sampler, const gt_arguments *arguments,
                         const char *name, bool each, gt_error *error) {
    const char *text = gt_arguments_value(arguments, name);
    gt_error detail = {0};
    if (text == NULL)
        return GT_OK;
    const gt_model_kind *kind = sampler->model.kind;
    if (!gt_model_kind_reads(kind, "train", "conditional"))
        return gt_error_set(error, GT_USAGE, "--%s %.60s: the model %s cannot be told classes",
                            name, text, kind->name);
    if (sampler->classes.count == 0)
        return gt_error_set(error, GT_USAGE,
                            "--%s %.60s: %s is of a model that is not told classes: train one with "
                            "train.conditional = yes",
                            name, text, arguments->operands[0]);
    if (gt_class_table_find(chosen, &sampler->classes, text, &detail) == GT_OK)
        return GT_OK;
    if (!each || strcmp(text, "all") != 0)
        return gt_error_set(error, GT_USAGE, "--%s: %s", name, detail.message);
    *chosen = GT_CLASS_EACH;
    return GT_OK;
}

void settings_close_sampler(gt_sampler *sampler, gt_compute *compute) {
    gt_sampler_close(sampler);
    gt_compute_close(compute);
}

gt_status settings_print_json(json_t *object, int digits, gt_error *error) {
    const size_t precision = JSON_REAL_PRECISION((size_t)digits);
    char *text = object != NULL ? json_dumps(object, JSON_INDENT(2) | precision) : NULL;
    json_decref(object);
    if (text == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for the JSON text");
    puts(text);
    free(text);
    return GT_OK;
}

void settings_say_drawn(const char *path, uint64_t count, uint64_t seed,
                        const gt_sampler *sampler) {
    fprintf(stderr, "%s: %" PRIu64 " %s, seed %" PRIu64 ", epoch %" PRIu64 ", step %" PRIu64 "\n",
            path, count, sampler->distribution != NULL ? "points" : "images", seed, sampler->epoch,
            sampler->step);
}

gt_status settings_open_picture(gt_picture *picture, gt_sampler *sampler, gt_compute *compute,
                                const gt_arguments *arguments, const char *fallback_path, int rows,
                                int columns, int fewest_columns, gt_error *error) {
    enum { MOST = 10000 };
    const char *output = gt_arguments_value(arguments, "output");
    const char *path = output != NULL ? output : fallback_path;
    uint64_t seed, row_count, column_count;
    gt_status status = settings_number(&seed, arguments, "seed", 0, 0, UINT64_MAX, error);
    if (status == GT_OK)
        status = settings_number(&row_count, arguments, "rows", (uint64_t)rows, 1, MOST, error);
    if (status == GT_OK)
        status = settings_number(&column_count, arguments, "columns", (uint64_t)columns,
                                 (uint64_t)fewest_columns, MOST, error);
    if (status == GT_OK && !settings_has_suffix(path, ".png"))
        status = gt_error_set(error, GT_USAGE, "--output %s: the name must end in .png", path);
    if (status == GT_OK)
        status = settings_open_sampler(sampler, compute, arguments, error);
    if (status != GT_OK)
        return status;
    *picture = (gt_picture){path, sampler, seed, (int)row_count, (int)column_count};
    status = gt_sampler_check_images(sampler, arguments->operands[0], error);
    if (status == GT_OK)
        status = settings_class(&sampler->chosen_class, sampler, arguments, "class", false, error);
    if (status != GT_OK)
        settings_close_sampler(sampler, compute);
    return status;
}
