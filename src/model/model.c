/* The table of models, and what is the same for all of them: walks over their networks. */
#include "gantrain/model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/model/condition.h"

static const gt_model_kind *const kinds[] = {
    &gt_model_gan,     &gt_model_autoencoder, &gt_model_vae,
    &gt_model_mixture, &gt_model_ascent,      &gt_model_codes,
};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

const gt_model_kind *gt_model_kind_at(int index) {
    return index < KIND_COUNT ? kinds[index] : NULL;
}

const gt_model_kind *gt_model_kind_find(const char *name) {
    for (int i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

int gt_model_stat_count(const gt_model_kind *kind) {
    int count = 0;
    while (count < GT_MODEL_STATS && kind->stats[count].name != NULL)
        count++;
    return count;
}

/* Whether one of `names`, up to a NULL, is that name. */
static bool is_among(const char *const *names, int most, const char *name) {
    for (int i = 0; i < most && names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The ways in which a kind names what it reads: SECTION.KEY, or, of other keys, a key of [train] or
 * a section. */
static bool names_alone(const gt_model_kind *kind, const char *section, const char *key) {
    char full[96];
    snprintf(full, sizeof full, "%s.%s", section, key);
    return is_among(kind->section_keys, GT_MODEL_SECTION_KEYS, full);
}

static bool names(const gt_model_kind *kind, const char *section, const char *key) {
    return strcmp(section, "train") == 0 ? is_among(kind->keys, GT_MODEL_KEYS, key)
                                         : is_among(kind->sections, GT_MODEL_SECTIONS, section);
}

bool gt_model_kind_reads(const gt_model_kind *kind, const char *section, const char *key) {
    bool is_named = false, is_named_alone = false;
    for (int i = 0; i < KIND_COUNT; i++) {
        is_named = is_named || names(kinds[i], section, key);
        is_named_alone = is_named_alone || names_alone(kinds[i], section, key);
    }
    if (is_named_alone)
        return names_alone(kind, section, key);
    return !is_named || names(kind, section, key);
}

const gt_stat *gt_model_stats(const gt_model_settings *settings) {
    const gt_model_kind *kind = settings->kind;
    return kind->name_stats != NULL ? kind->name_stats(settings) : kind->stats;
}

static int process_count(const gt_model *model) {
    return model->processes != NULL ? model->processes->count : 1;
}

/* There is no variance in a minibatch of one. */
static gt_status check_batch(const gt_model *model, gt_error *error) {
    if (!model->kind->takes_whole_minibatches && model->whole_batch < process_count(model))
        return gt_error_set(error, GT_USAGE,
                            "[train] batch_size = %d: each of the %d processes takes a row of a "
                            "minibatch: raise it, or start fewer",
                            model->whole_batch, process_count(model));
    for (int i = 0; i < model->trained_count && model->use == GT_MODEL_TRAIN; i++)
        if (model->whole_batch < 2 && gt_network_couples_examples(model->trained[i].network))
            return gt_error_set(error, GT_USAGE,
                                "[train] batch_size = %d: batchnorm and minibatch_stddev take a "
                                "minibatch of at least 2",
                                model->whole_batch);
    return GT_OK;
}

static gt_status check_conditions(const gt_model *model, gt_error *error) {
    const bool may_be_told = gt_model_kind_reads(model->kind, "train", "conditional");
    char advice[96] = "set train.conditional = yes";
    gt_status status = GT_OK;
    if (!may_be_told)
        snprintf(advice, sizeof advice, "the model %s is not told any: take it out",
                 model->kind->name);
    for (int i = 0; i < model->trained_count && status == GT_OK; i++)
        status = gt_condition_check(model->trained[i].network, model->classes, advice,
                                    model->trained[i].name, error);
    return status;
}

/* A way that is not the default has no meaning for a model that is not conditional, or has no
 * discriminator. */
static gt_status check_way(const gt_model *model, gt_condition_way way, gt_error *error) {
    char text[GT_CONDITION_TEXT];
    gt_condition_format(text, &way);
    if (model->classes == 0)
        return gt_error_set(error, GT_USAGE,
                            "[train] condition = %s: takes train.conditional = yes", text);
    if (way.projects && !is_among(model->kind->sections, GT_MODEL_SECTIONS, "discriminator"))
        return gt_error_set(error, GT_USAGE,
                            "[train] condition = %s: projection is of a discriminator, which the "
                            "model %s has not: write one_hot or embedding N",
                            text, model->kind->name);
    return GT_OK;
}

/* Shapes the networks, which are told classes if the model is conditional. */
static gt_status parse(gt_model *model, const gt_model_settings *settings, gt_error *error) {
    gt_model_settings told = *settings;
    const gt_condition_way way = settings->condition;
    const gt_shape z = gt_shape_of_vector(settings->generator.latent_dim), x = model->input;
    const struct {
        const char *section, **layers;
        gt_shape in;
    } lists[] = {{"generator", &told.generator.layers, z},
                 {"discriminator", &told.discriminator.layers, x},
                 {"encoder", &told.encoder.layers, x}};
    enum { LISTS = sizeof lists / sizeof *lists };
    char texts[LISTS][GT_LAYERS_TEXT];
    gt_status status = GT_OK;
    gt_error detail = {0};
    if (settings->conditional && model->spec.classes < 2)
        return gt_error_set(error, GT_USAGE,
                            "[train] conditional = yes: takes labels of two classes or more, and "
                            "the training images have %s",
                            model->spec.classes == 1 ? "one class" : "none");
    if (way.projects || way.embedding > 0)
        status = check_way(model, way, error);
    told.discriminator.projected_classes = way.projects ? model->classes : 0;
    for (int i = 0; i < LISTS && status == GT_OK; i++) {
        const bool projects = way.projects && lists[i].layers == &told.discriminator.layers;
        status = gt_condition_layers(texts[i], *lists[i].layers, lists[i].in,
                                     projects ? 0 : model->classes, way.embedding, &detail);
        *lists[i].layers = texts[i];
        if (status != GT_OK)
            gt_error_set(error, status, "[%s] layers: %s", lists[i].section, detail.message);
    }
    if (status == GT_OK)
        status = model->kind->parse(model, &told, error);
    if (status == GT_OK)
        status = check_conditions(model, error);
    return status;
}

gt_status gt_model_open(gt_model *model, const gt_model_settings *settings,
                        const gt_image_spec *spec, const gt_compute *compute, gt_model_use use,
                        gt_error *error) {
    gt_processes *processes = use == GT_MODEL_TRAIN ? compute->processes : NULL;
    if (!gt_processes_are_several(processes))
        processes = NULL;
    const bool takes_all = settings->kind->takes_whole_minibatches;
    const gt_rows own = gt_processes_rows(takes_all ? NULL : processes, settings->batch);
    *model =
        (gt_model){.kind = settings->kind,
                   .use = use,
                   .spec = *spec,
                   .compute = compute,
                   .processes = processes,
                   .batch = own.count,
                   .first_row = own.first,
                   .whole_batch = settings->batch,
                   .seed = settings->seed,
                   .stats = gt_model_stats(settings),
                   .classes = settings->conditional ? spec->classes : 0,
                   .input = settings->flat_images ? gt_shape_of_vector(gt_shape_size(spec->shape))
                                                  : spec->shape,
                   .state = calloc(1, settings->kind->state_size)};
    if (model->state == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for the model");
    gt_status status = parse(model, settings, error);
    if (status == GT_OK)
        status = check_batch(model, error);
    for (int i = 0; i < model->trained_count; i++) {
        model->trained[i].network->compute = compute;
        model->trained[i].network->processes = processes;
    }
    if (status != GT_OK)
        gt_model_close(model);
    return status;
}

void gt_model_close(gt_model *model) {
    free(model->state);
    *model = (gt_model){0};
}

/* Whether the model's use takes that network. */
static bool is_used(const gt_model *model, const gt_trained *trained) {
    return model->use != GT_MODEL_GENERATE || trained->generates;
}

void gt_model_carve(gt_model *model, gt_arena *arena, int rows) {
    bool training = model->use == GT_MODEL_TRAIN;
    model->rows = rows;
    bool backward = training || model->use == GT_MODEL_RECONSTRUCT;
    for (int i = 0; i < model->trained_count; i++) {
        gt_trained *trained = &model->trained[i];
        if (!is_used(model, trained))
            continue;
        int most = training && trained->rows > rows ? trained->rows : rows;
        gt_network_carve(trained->network, arena, most, backward || trained->generates_by_gradient);
        trained->optimizer->rounded = trained->network->rounded;
        if (training)
            gt_optimizer_carve(trained->optimizer, arena, trained->network->parameter_count);
    }
    for (int i = 0; i < model->tensor_count; i++) {
        const gt_model_tensor *own = &model->tensors[i];
        size_t vectors = own->rows > 0 ? (size_t)own->rows : 1;
        *own->values = gt_arena_take(arena, vectors * (size_t)own->size, sizeof(gt_real));
    }
    if (model->kind->carve != NULL)
        model->kind->carve(model, arena);
}

void gt_model_init(gt_model *model, const double *means) {
    for (int i = 0; i < model->trained_count; i++) {
        const gt_trained *trained = &model->trained[i];
        gt_init_network(trained->network, trained->init, model->seed, trained->purpose);
    }
    if (model->kind->init != NULL)
        model->kind->init(model, means);
    for (int i = 0; i < model->trained_count; i++) {
        const gt_network *network = model->trained[i].network;
        gt_optimizer_begin_average(model->trained[i].optimizer, network->parameters,
                                   network->parameter_count);
    }
}

void gt_model_show_generator(gt_model *model, gt_generator *generator,
                             const gt_model_settings *settings) {
    model->low = generator->output->low;
    model->high = generator->output->high;
    model->prior = generator->prior;
    model->latent_dim = generator->network.in;
    model->minibatches = 1;
    model->trained_count = 1;
    model->trained[0] = (gt_trained){
        .name = "generator",
        .network = &generator->network,
        .optimizer = &generator->optimizer,
        .init = settings->generator.init,
        .purpose = GT_PURPOSE_INIT_GENERATOR,
        .rows = model->batch,
        .updates_per_step = 1,
        .generates = true,
    };
}

gt_status gt_model_need_normal_prior(const gt_model *model, const gt_model_settings *settings,
                                     const char *because, gt_error *error) {
    const gt_prior *prior = settings->generator.prior;
    if (prior == gt_prior_find("normal"))
        return GT_OK;
    return gt_error_set(error, GT_USAGE,
                        "[generator] prior = %s: the model %s %s: set prior = normal", prior->name,
                        model->kind->name, because);
}

uint16_t gt_model_draw_class(const gt_model *model, gt_address address) {
    return gt_condition_draw_class(model->spec.class_images, model->classes, address);
}

void gt_model_draw_condition(gt_real *condition, const gt_model *model, gt_address address,
                             int rows) {
    for (int row = 0; row < rows; row++, address.example++) {
        uint16_t label = gt_model_draw_class(model, address);
        gt_condition_set(condition + (long)row * model->classes, &label, 1, model->classes);
    }
}

void gt_model_begin_epoch(gt_model *model, uint64_t epoch) {
    for (int i = 0; i < model->trained_count; i++)
        model->trained[i].optimizer->epoch = epoch;
}

void gt_model_set_length(gt_model *model, uint64_t steps) {
    for (int i = 0; i < model->trained_count; i++)
        model->trained[i].optimizer->length = steps * (uint64_t)model->trained[i].updates_per_step;
}

double gt_model_share(const gt_model *model) {
    return model->kind->takes_whole_minibatches ? 1.0 / process_count(model)
                                                : (double)model->batch / model->whole_batch;
}

bool gt_model_step(double *stats, gt_model *model, const gt_minibatch_source *source,
                   uint64_t step) {
    const int count = gt_model_stat_count(model->kind);
    model->left_off = false;
    model->kind->step(stats, model, source, step);
    if (model->left_off)
        return false;
    if (model->processes == NULL)
        return true;
    for (int i = 0; i < count; i++)
        stats[i] *= gt_model_share(model);
    gt_processes_sum(model->processes, stats, (size_t)count);
    return true;
}

struct scaling {
    gt_real *numbers, factor;
};

static void scale(void *context, long first, long last) {
    const struct scaling *scaling = context;
    gt_real *numbers = scaling->numbers;
    const gt_real factor = scaling->factor;
#pragma omp simd
    for (long i = first; i < last; i++)
        numbers[i] *= factor;
}

/* Makes gradients of the mean loss of each process's own rows those of the mean of all rows. */
static void average_gradients(const gt_model *model, gt_network *network) {
    struct scaling scaling = {network->gradients, (gt_real)gt_model_share(model)};
    const size_t count = network->parameter_count;
    gt_team_run(model->compute->team, scale, &scaling, (long)count, GT_LOOP_UNIT,
                count > GT_LOOP_WORTH);
    gt_processes_sum_reals(model->processes, network->gradients, count);
}

void gt_model_update(gt_model *model, gt_trained *trained) {
    gt_network *network = trained->network;
    if (model->processes != NULL)
        average_gradients(model, network);
    gt_optimizer_step(trained->optimizer, model->compute->team, network->parameters,
                      network->gradients, network->parameter_count);
    gt_network_updated(network);
}

static gt_status visit_average(const gt_trained *trained, gt_real *numbers,
                               gt_tensor_visitor visitor, void *context, gt_error *error) {
    char prefix[GT_TENSOR_NAME];
    if (trained->optimizer->settings.average_decay <= 0)
        return GT_OK;
    snprintf(prefix, sizeof prefix, "%s.ema", trained->name);
    return gt_tensors_visit_trained(prefix, trained->network, numbers, visitor, context, error);
}

static gt_status visit_values(const gt_model_tensor *own, gt_tensor_visitor visitor, void *context,
                              gt_error *error) {
    gt_tensor tensor = {.rank = 1, .sizes = {own->size}, .values = *own->values};
    if (own->rows > 0) {
        tensor.rank = 2;
        tensor.sizes[0] = own->rows;
        tensor.sizes[1] = own->size;
    }
    gt_text_copy(tensor.name, sizeof tensor.name, own->name);
    return visitor(context, &tensor, error);
}

gt_status gt_model_visit(const gt_model *model, bool average, gt_tensor_visitor visitor,
                         void *context, gt_error *error) {
    bool training = model->use == GT_MODEL_TRAIN;
    gt_status status = GT_OK;
    for (int i = 0; i < model->trained_count && status == GT_OK; i++) {
        const gt_trained *trained = &model->trained[i];
        if (!is_used(model, trained))
            continue;
        status = gt_tensors_visit(trained->name, trained->network,
                                  training ? trained->optimizer : NULL, visitor, context, error);
        if (status == GT_OK && (training || average))
            status = visit_average(
                trained, training ? trained->optimizer->average : trained->network->parameters,
                visitor, context, error);
    }
    for (int i = 0; i < model->tensor_count && status == GT_OK; i++)
        status = visit_values(&model->tensors[i], visitor, context, error);
    return status;
}

static gt_status copy_tensor(void *context, const gt_tensor *tensor, gt_error *error) {
    size_t count = 1;
    (void)error;
    for (int i = 0; i < tensor->rank; i++)
        count *= (size_t)tensor->sizes[i];
    gt_processes_copy(context, tensor->values, count * sizeof *tensor->values);
    return GT_OK;
}

void gt_model_copy(gt_model *model, uint64_t step) {
    if (model->processes == NULL)
        return;
    gt_model_visit(model, false, copy_tensor, model->processes, NULL);
    if (!gt_processes_is_first(model->processes))
        gt_model_restored(model, step);
}

void gt_model_restored(gt_model *model, uint64_t step) {
    for (int i = 0; i < model->trained_count; i++) {
        const gt_trained *trained = &model->trained[i];
        if (!is_used(model, trained))
            continue;
        gt_network_refresh(trained->network);
        trained->optimizer->updates = step * (uint64_t)trained->updates_per_step;
    }
    if (model->kind->restored != NULL)
        model->kind->restored(model);
}

void gt_model_use_average(gt_model *model, bool average) {
    if (model->uses_average == average)
        return;
    model->uses_average = average;
    for (int i = 0; i < model->trained_count; i++) {
        gt_network *network = model->trained[i].network;
        gt_optimizer *optimizer = model->trained[i].optimizer;
        gt_real *weights = optimizer->average;
        if (weights == NULL)
            continue;
        optimizer->average = network->parameters;
        network->parameters = weights;
        gt_network_refresh(network);
    }
}

void gt_model_set_profile(gt_model *model, gt_profile *profile) {
    for (int i = 0; i < model->trained_count; i++)
        model->trained[i].network->profile = model->trained[i].optimizer->profile = profile;
}
