/* Opens what a config asks for, in the order in which each needs the one before it. */
#include "train/setup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gantrain/base/processors.h"
#include "gantrain/base/profile.h"
#include "gantrain/base/text.h"
#include "gantrain/nn/choice.h"

enum { MOST_STEPS = 20 }; /* that are measured */

static const double MEASURED_SECONDS = 0.1;

static void carve(void *context, gt_arena *arena) {
    struct setup *setup = context;
    const gt_model *model = &setup->model;
    size_t batch = (size_t)model->batch, pixels = (size_t)setup->dataset.pixels;
    gt_model_carve(&setup->model, arena, model->batch);
    gt_batches_init(&setup->batches, setup->compute.team, arena, &setup->dataset,
                    model->whole_batch, model->low, model->high, model->seed);
    gt_batches_share(&setup->batches, model->first_row, model->batch);
    setup->means = gt_arena_take(arena, pixels, sizeof(double));
    setup->z = gt_arena_take(arena, batch * (size_t)model->latent_dim, sizeof(gt_real));
    setup->condition = gt_arena_take(arena, batch * (size_t)model->classes, sizeof(gt_real));
    setup->images = gt_arena_take(arena, batch * pixels, sizeof(gt_real));
}

/* Processes on one host share its processors, where the launcher has not given each its own. */
static int count_threads(const gt_config *config, const gt_processes *processes) {
    const int threads = gt_processors_threads((int)config->train.threads);
    if (config->train.threads > 0 || !gt_processes_are_several(processes))
        return threads;
    const long own = sysconf(_SC_NPROCESSORS_ONLN) / processes->on_host;
    return own < 1 ? 1 : own < threads ? (int)own : threads;
}

static gt_status open_own_compute(struct setup *setup, gt_processes *processes, gt_error *error) {
    gt_config *config = &setup->config;
    gt_status status = gt_compute_open(&setup->compute, count_threads(config, processes),
                                       config->train.backend, config->train.precision, error);
    setup->compute.processes = processes;
    if (status == GT_OK)
        gt_text_copy(config->train.precision, sizeof config->train.precision,
                     gt_compute_precision_name(setup->compute.precision));
    return status;
}

/* The first process's precision is that of all. */
static gt_status open_compute(struct setup *setup, gt_processes *processes, gt_error *error) {
    const bool is_first = gt_processes_is_first(processes);
    char *precision = setup->config.train.precision;
    gt_status status = is_first ? open_own_compute(setup, processes, error) : GT_OK;
    status = gt_processes_agree(processes, status, error);
    if (status != GT_OK)
        return status;
    gt_processes_copy(processes, precision, sizeof setup->config.train.precision);
    status = is_first ? GT_OK : open_own_compute(setup, processes, error);
    return gt_processes_agree(processes, status, error);
}

/* The classes that a conditional model is told. */
static gt_status open_classes(struct setup *setup, gt_error *error) {
    const gt_config *config = &setup->config;
    if (!config->train.conditional)
        return GT_OK;
    if (setup->dataset.stacked)
        return gt_error_set(error, GT_USAGE,
                            "[train] conditional = yes: stacked images have no classes: take out "
                            "data.stack");
    if (setup->dataset.labels == NULL)
        return gt_error_set(error, GT_USAGE,
                            "[train] conditional = yes: %s has no labels: set data.labels, or give "
                            "a folder with a sub-folder for each class",
                            config->data.images);
    gt_status status = gt_class_table_of(&setup->classes, &setup->dataset, error);
    if (status == GT_OK)
        setup->class_text = gt_class_table_to_text(&setup->classes);
    if (status == GT_OK && setup->class_text == NULL)
        status = gt_error_set(error, GT_FAILED, "no memory for %d classes", setup->classes.count);
    return status;
}

/* Points are not bounded, as pixels are: what bounds them, or begins from there, does not suit. */
static gt_status check_points(const struct setup *setup, gt_error *error) {
    const gt_config *config = &setup->config;
    const gt_model_settings settings = gt_config_model_settings(config);
    const bool generates = gt_model_kind_reads(settings.kind, "generator", "output");
    if (setup->dataset.points == NULL)
        return GT_OK;
    if (settings.kind == &gt_model_ascent)
        return gt_error_set(error, GT_USAGE,
                            "[train] model = ascent: climbs among pixels from -1 to 1, and the "
                            "points of %s are no pixels: choose another model",
                            config->data.images);
    if (generates && settings.generator.output->is_layer)
        return gt_error_set(error, GT_USAGE,
                            "[generator] output = %s: cannot reach all points of %s: set "
                            "generator.output = linear",
                            settings.generator.output->name, config->data.images);
    if (generates && settings.generator.starts_at_means)
        return gt_error_set(error, GT_USAGE,
                            "[generator] output_bias = marginals: is for pixels, and %s has "
                            "points: leave it out",
                            config->data.images);
    if (config->discriminator.augment != 0)
        return gt_error_set(error, GT_USAGE,
                            "[discriminator] augment: changes pixels, and %s has points: leave it "
                            "out",
                            config->data.images);
    return GT_OK;
}

static gt_status open_model(struct setup *setup, const struct setup_data *data, gt_error *error) {
    const gt_config *config = &setup->config;
    const gt_dataset *dataset = &setup->dataset;
    const gt_image_spec spec = {.shape = dataset->shape,
                                .classes = setup->classes.count,
                                .class_images = setup->classes.images,
                                .stacked = dataset->stacked,
                                .points = dataset->points != NULL,
                                .count = gt_dataset_shown(dataset)};
    gt_model_settings settings = gt_config_model_settings(config);
    settings.flat_images = data != NULL && data->past.flat_images;
    if ((uint32_t)settings.batch > gt_dataset_shown(dataset))
        return gt_error_set(error, GT_USAGE,
                            "[train] batch_size = %d: there are only %" PRIu32 " %s in %s",
                            settings.batch, gt_dataset_shown(dataset),
                            spec.points ? "points" : "images", config->data.images);
    return gt_model_open(&setup->model, &settings, &spec, &setup->compute, GT_MODEL_TRAIN, error);
}

/* A file that has grown since the run began: the run goes on with the images that it had. */
static void leave_out_new(struct setup *setup, const struct setup_data *data) {
    gt_dataset *dataset = &setup->dataset;
    gt_range *range = &setup->config.data.range;
    uint32_t found = dataset->count;
    char text[128];
    if (range->last != 0 || dataset->checksum == data->past.checksum ||
        !gt_dataset_narrow(dataset, data->past.checksum))
        return;
    *range = (gt_range){range->first, range->first + dataset->count};
    setup->has_grown = true;
    snprintf(text, sizeof text,
             "  %" PRIu32 " images now: the run continues with the first %" PRIu32 ", which it had",
             found, dataset->count);
    if (data->observer.note != NULL)
        data->observer.note(data->observer.context, text);
}

static gt_status read_data(struct setup *setup, const struct setup_data *data, gt_error *error) {
    gt_data_options options = gt_config_data_options(&setup->config);
    if (data != NULL) {
        options.cache = data->cache;
        options.observer = data->observer;
    }
    gt_status status = gt_dataset_open(&setup->dataset, setup->compute.team, &options, error);
    if (status == GT_OK && data != NULL && data->past.has_checksum)
        leave_out_new(setup, data);
    return status;
}

/* The first process reads the images: others may be where they are not. */
static gt_status open_data(struct setup *setup, const struct setup_data *data, gt_error *error) {
    gt_processes *processes = setup->compute.processes;
    gt_status status = gt_processes_is_first(processes) ? read_data(setup, data, error) : GT_OK;
    status = gt_processes_agree(processes, status, error);
    return status == GT_OK ? gt_dataset_copy(&setup->dataset, processes, error) : status;
}

void setup_add_products(gt_gemm_shape *shapes, int *count, const struct setup *setup) {
    for (int i = 0; i < setup->model.trained_count; i++) {
        const gt_trained *trained = &setup->model.trained[i];
        gt_network_add_products(shapes, count, trained->network, setup->model.batch);
        gt_network_add_products(shapes, count, trained->network, trained->rows);
    }
}

gt_status setup_copy_choices(struct setup *setup, gt_error *error) {
    gt_processes *processes = setup->compute.processes;
    char *text = NULL;
    if (!gt_processes_are_several(processes) || !setup->compute.is_auto)
        return GT_OK;
    if (gt_processes_is_first(processes))
        text = gt_choice_to_text(&setup->compute);
    gt_status status = gt_processes_copy_text(processes, &text, error);
    if (status == GT_OK && !gt_processes_is_first(processes))
        status = gt_choice_from_text(&setup->compute, text != NULL ? text : "", error);
    free(text);
    return gt_processes_agree(processes, status, error);
}

static gt_status choose_backends(struct setup *setup, gt_error *error) {
    gt_gemm_shape shapes[GT_MODEL_PRODUCTS];
    int count = 0;
    if (!gt_processes_is_first(setup->compute.processes))
        return GT_OK;
    setup_add_products(shapes, &count, setup);
    return gt_choice_make(&setup->compute, shapes, count, error);
}

/* What follows from the data and the memory of the model. */
static void begin(struct setup *setup) {
    const gt_config *config = &setup->config;
    gt_dataset_marginals(setup->means, &setup->dataset);
    /* An epoch takes every image once, however many minibatches a step takes. */
    setup->steps_per_epoch = setup->batches.per_pass / (uint64_t)setup->model.minibatches;
    if (setup->steps_per_epoch == 0)
        setup->steps_per_epoch = 1;
    int64_t epochs = config->train.schedule_epochs;
    epochs = epochs > 0 ? epochs : config->train.epochs;
    gt_model_set_length(&setup->model, (uint64_t)epochs * setup->steps_per_epoch);
}

gt_status setup_open(struct setup *setup, const gt_config *config, const struct setup_data *data,
                     gt_error *error) {
    gt_processes *processes = data != NULL ? data->processes : NULL;
    setup->config = *config;
    gt_status status = gt_config_check(config, error);
    if (status == GT_OK)
        status = open_compute(setup, processes, error);
    if (status == GT_OK)
        status = open_data(setup, data, error);
    if (status != GT_OK)
        return status;
    status = open_classes(setup, error);
    if (status == GT_OK)
        status = check_points(setup, error);
    if (status == GT_OK)
        status = open_model(setup, data, error);
    if (status == GT_OK)
        status = gt_arena_build(&setup->arena, carve, setup, error);
    if (status == GT_OK)
        status = choose_backends(setup, error);
    status = gt_processes_agree(processes, status, error);
    if (status == GT_OK)
        status = setup_copy_choices(setup, error);
    if (status == GT_OK)
        begin(setup);
    return status;
}

/* The first step also fetches memory and code, so it counts only if it is the only one. */
static void measure_steps(struct setup *setup) {
    const gt_minibatch_source source = setup_minibatches(setup);
    double stats[GT_MODEL_STATS];
    const double start = gt_profile_now();
    setup->model.kind->step(stats, &setup->model, &source, 0);
    const double second = gt_profile_now();
    double now = second;
    setup->seconds_per_step = second - start;
    setup->measured_steps = 1;
    for (int step = 1; step <= MOST_STEPS && now - start < MEASURED_SECONDS; step++) {
        setup->model.kind->step(stats, &setup->model, &source, (uint64_t)step);
        now = gt_profile_now();
        setup->seconds_per_step = (now - second) / step;
        setup->measured_steps = step;
    }
}

gt_status setup_measure_pace(struct setup *setup, const struct setup_data *data, gt_error *error) {
    if (gt_processes_are_several(setup->compute.processes))
        return GT_OK;
    gt_model_init(&setup->model, setup->means);
    measure_steps(setup);
    gt_model_close(&setup->model);
    gt_arena_release(&setup->arena);
    gt_status status = open_model(setup, data, error);
    if (status == GT_OK)
        status = gt_arena_build(&setup->arena, carve, setup, error);
    if (status == GT_OK)
        begin(setup);
    return status;
}

void setup_close(struct setup *setup) {
    gt_model_close(&setup->model);
    gt_compute_close(&setup->compute);
    gt_arena_release(&setup->arena);
    gt_dataset_free(&setup->dataset);
    gt_class_table_free(&setup->classes);
    free(setup->class_text);
}

static void get_minibatch(void *context, gt_minibatch *minibatch, uint64_t number) {
    struct setup *setup = context;
    gt_batches_get(&setup->batches, minibatch->images, number);
    minibatch->labels = gt_batches_labels(&setup->batches, number);
    minibatch->all_indices = gt_batches_indices(&setup->batches, number);
    minibatch->indices = minibatch->all_indices + setup->batches.first;
}

gt_minibatch_source setup_minibatches(struct setup *setup) {
    return (gt_minibatch_source){get_minibatch, setup};
}

int setup_images_per_step(const struct setup *setup) {
    return setup->model.whole_batch * setup->model.minibatches;
}
