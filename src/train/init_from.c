/* Weights to begin with from a checkpoint of another run: those whose names and shapes are the same
 * here. Optimizers, averages and counters begin as in any new run. */
#include <string.h>

#include "train/state.h"

/* A walk over the model's tensors. */
struct taking {
    struct trainer *trainer;
    const gt_safetensors *tensors;
    bool only_compares;
    int taken, count;
};

static gt_status take_tensor(void *context, const gt_tensor *tensor, gt_error *error) {
    struct taking *taking = context;
    gt_error detail = {0};
    taking->count++;
    if (gt_safetensors_take(taking->only_compares ? NULL : tensor->values, taking->tensors,
                            tensor->name, "F32", tensor->rank, tensor->sizes, &detail) != GT_OK) {
        if (!taking->only_compares)
            trainer_say(taking->trainer, "  not taken: %s", detail.message);
        return GT_OK;
    }
    taking->taken++;
    if (!taking->only_compares && !gt_tensor_is_finite(tensor))
        return gt_error_set(error, GT_FAILED,
                            "tensor '%s' holds a number that is not finite: take another "
                            "checkpoint",
                            tensor->name);
    return GT_OK;
}

static gt_status visit(struct taking *taking, gt_error *error) {
    const gt_model *model = &taking->trainer->setup.model;
    gt_status status = GT_OK;
    for (int i = 0; i < model->trained_count && status == GT_OK; i++)
        status = gt_tensors_visit(model->trained[i].name, model->trained[i].network, NULL,
                                  take_tensor, taking, error);
    return status;
}

static gt_status find_name(void *context, const gt_tensor *tensor, gt_error *error) {
    (void)error;
    return strcmp(context, tensor->name) == 0 ? GT_STOPPED : GT_OK;
}

/* Names the weights of the checkpoint that have no place in the model. */
static void say_left(struct trainer *trainer, const gt_safetensors *tensors) {
    const gt_model *model = &trainer->setup.model;
    for (int k = 0; k < tensors->count; k++) {
        char name[GT_TENSOR_NAME];
        bool is_weight = !gt_tensor_is_of_optimizer(tensors->entries[k].name) &&
                         strstr(tensors->entries[k].name, ".ema.") == NULL &&
                         strncmp(tensors->entries[k].name, "trainer.", strlen("trainer.")) != 0;
        gt_status status = GT_OK;
        snprintf(name, sizeof name, "%s", tensors->entries[k].name);
        for (int i = 0; i < model->trained_count && status == GT_OK; i++)
            status = gt_tensors_visit(model->trained[i].name, model->trained[i].network, NULL,
                                      find_name, name, NULL);
        for (int i = 0; i < model->tensor_count; i++)
            is_weight = is_weight && strcmp(model->tensors[i].name, name) != 0;
        if (is_weight && status == GT_OK)
            trainer_say(trainer, "  not taken: tensor '%s': this model has none of that name",
                        name);
    }
}

void trainer_close_init(struct trainer *trainer) {
    if (trainer->init_is_open)
        gt_checkpoint_close(&trainer->init);
    trainer->init_is_open = false;
}

/* Opens the checkpoint, if it is not open. It stays so until its weights are taken: --force may
 * move it aside with the old run. */
static gt_status open_init(struct trainer *trainer, gt_error *error) {
    gt_error detail = {0};
    if (trainer->init_is_open)
        return GT_OK;
    gt_status status =
        gt_checkpoint_open(&trainer->init, trainer->config->train.init_from, &detail);
    trainer->init_is_open = status == GT_OK;
    if (status != GT_OK)
        return gt_error_set(error, status, "[train] init_from: %.2000s", detail.message);
    return GT_OK;
}

/* Sets the weights, or only sees whether there are any to take. */
static gt_status take(struct trainer *trainer, bool only_compares, gt_error *error) {
    const char *path = trainer->config->train.init_from;
    const gt_safetensors *tensors = &trainer->init.tensors;
    const gt_model *model = &trainer->setup.model;
    gt_error detail = {0};
    if (model->trained_count == 0)
        return gt_error_set(error, GT_USAGE,
                            "[train] init_from: the model %s has no network that could begin with "
                            "weights: leave it out",
                            model->kind->name);
    gt_status status = open_init(trainer, error);
    if (status != GT_OK)
        return status;
    struct taking taking = {trainer, tensors, only_compares, 0, 0};
    if (!only_compares)
        trainer_say(trainer, "the first weights are those of %s, where names and shapes agree",
                    path);
    status = visit(&taking, &detail);
    if (status != GT_OK)
        gt_error_set(error, status, "[train] init_from: %s: %.2000s", path, detail.message);
    else if (taking.taken == 0)
        status = gt_error_set(error, GT_USAGE,
                              "[train] init_from = %s: no tensor has the name and shape of one of "
                              "this model: give the networks the layers of that run",
                              path);
    if (status == GT_OK && !only_compares) {
        say_left(trainer, tensors);
        trainer_say(trainer, "  taken: %d of %d tensors", taking.taken, taking.count);
    }
    return status;
}

gt_status trainer_check_init(struct trainer *trainer, gt_error *error) {
    bool begins = !trainer->options->resume && trainer->options->resume_from == NULL;
    return begins && trainer->config->train.init_from[0] != '\0' ? take(trainer, true, error)
                                                                 : GT_OK;
}

gt_status trainer_init(struct trainer *trainer, gt_error *error) {
    gt_model *model = &trainer->setup.model;
    gt_status status = GT_OK;
    gt_model_init(model, trainer->setup.means);
    if (trainer->config->train.init_from[0] == '\0')
        return GT_OK;
    status = take(trainer, false, error);
    trainer_close_init(trainer);
    for (int i = 0; i < model->trained_count && status == GT_OK; i++) {
        gt_network *network = model->trained[i].network;
        gt_network_refresh(network);
        gt_network_fit_norms(network);
        gt_optimizer_begin_average(model->trained[i].optimizer, network->parameters,
                                   network->parameter_count);
    }
    return status;
}
