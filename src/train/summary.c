/* What a run and a dry run print before training: the machine, the data, each network, how long an
 * epoch will take, and what of the config does nothing. */
#include <string.h>

#include "gantrain/base/processors.h"
#include "gantrain/base/version.h"
#include "train/state.h"

static void summarise_network(struct trainer *trainer, const gt_trained *trained) {
    const gt_network *network = trained->network;
    const gt_optimizer_settings *rates = &trained->optimizer->settings;
    char to[64] = "";
    if (rates->lr_schedule != NULL && rates->lr_schedule->share != NULL)
        snprintf(to, sizeof to, " to %g (%s)", rates->lr_final, rates->lr_schedule->name);
    trainer_say(trainer, "%s: %zu parameters, %.3g MFLOP an image, %s, lr %g%s", trained->name,
                network->parameter_count, gt_network_flop(network) / 1e6,
                trained->optimizer->kind->name, rates->lr, to);
    for (int i = 0; i < network->layer_count; i++) {
        char text[GT_LAYER_DESCRIPTION];
        gt_layer_describe(text, sizeof text, &network->layers[i]);
        trainer_say(trainer, "  %2d  %s", i, text);
    }
}

static void summarise_memory(struct trainer *trainer, size_t data_bytes) {
    const gt_model *model = &trainer->setup.model;
    char part[64] = "";
    size_t patches = 0;
    for (int i = 0; i < model->trained_count; i++)
        patches += gt_network_scratch(model->trained[i].network);
    if (patches > 0)
        snprintf(part, sizeof part, ", %.1f MB of it for patches of convolutions",
                 (double)patches / 1e6);
    trainer_say(trainer, "memory: %.1f MB for training%s, %.1f MB of %s",
                (double)trainer->setup.arena.capacity / 1e6, part, (double)data_bytes / 1e6,
                trainer->points != NULL ? "points" : "images");
}

static void summarise_pace(struct trainer *trainer) {
    const struct setup *setup = &trainer->setup;
    const double seconds = setup->seconds_per_step * (double)setup->steps_per_epoch;
    if (setup->measured_steps > 0)
        trainer_say(trainer, "time: about %.*f s an epoch, %.3g ms a step (measured on %d step%s)",
                    seconds < 10 ? 2 : 0, seconds, 1e3 * setup->seconds_per_step,
                    setup->measured_steps, setup->measured_steps == 1 ? "" : "s");
}

static void summarise_machine(struct trainer *trainer) {
    const gt_compute *compute = &trainer->setup.compute;
    int threads = gt_team_size(compute->team), processors = gt_processors();
    int64_t asked = trainer->config->train.threads;
    char fewer[96] = "", processor[128];
    if (asked > threads)
        snprintf(fewer, sizeof fewer, " (%" PRId64 " asked for, %d processor%s to use)", asked,
                 processors, processors == 1 ? "" : "s");
    trainer_say(trainer, "gantrain %s, %s, %d thread%s%s", gt_version(), compute->description,
                threads, threads == 1 ? "" : "s", fewer);
    if (gt_processes_are_several(trainer->processes))
        trainer_say(trainer,
                    "processes: %d, %d of them on this host; each takes its share of a minibatch",
                    trainer->processes->count, trainer->processes->on_host);
    trainer_say(trainer, "processor: %s", gt_processor_name(processor, sizeof processor));
}

static void summarise_data(struct trainer *trainer) {
    const char *name = trainer->config->data.images;
    const gt_dataset *dataset = &trainer->setup.dataset;
    if (dataset->points != NULL) {
        trainer_say(trainer, "data: %s: %" PRIu32 " points of %d number%s: %s", name,
                    dataset->count, dataset->pixels, dataset->pixels == 1 ? "" : "s",
                    dataset->distribution->help);
        return;
    }
    trainer_say(trainer, "data: %s: %" PRIu32 " images of %dx%d%s, mean %.1f of 255%s%s%s%s", name,
                dataset->count, dataset->shape.height, dataset->shape.width,
                dataset->shape.channels == 3 ? " RGB" : "", dataset->mean,
                dataset->labels != NULL ? ", with labels" : "", dataset->stacked ? ", stacked" : "",
                dataset->mirror ? ", and reflected" : "", trainer->data_notes);
    if (strcmp(name, GT_BUILTIN_DIGITS) == 0)
        trainer_say(trainer,
                    "  built-in digits, which the program draws; data.images names others");
}

void trainer_summarise(struct trainer *trainer) {
    const gt_config *config = trainer->config;
    const struct setup *setup = &trainer->setup;
    const gt_dataset *dataset = &setup->dataset;
    const gt_model *model = &setup->model;
    char specific[160] = "";
    size_t data_bytes = (size_t)dataset->count * (size_t)dataset->pixels *
                        (dataset->points != NULL ? sizeof *dataset->points : 1);
    gt_error idle = {0};
    trainer->in_summary = true;
    summarise_machine(trainer);
    summarise_data(trainer);
    trainer_say(trainer, "model: %s: %s", model->kind->name, model->kind->help);
    if (model->classes > 0)
        trainer_say(trainer,
                    "conditional: all networks are told which of %d classes an image is of",
                    model->classes);
    for (int i = 0; i < model->trained_count; i++)
        summarise_network(trainer, &model->trained[i]);
    if (model->kind->describe != NULL)
        model->kind->describe(specific, sizeof specific, model);
    trainer_say(trainer,
                "training: %" PRId64 " epochs of %" PRIu64
                " steps, batch %d, %s, %s prior, seed %" PRIu64,
                config->train.epochs, setup->steps_per_epoch, model->whole_batch, specific,
                model->prior->name, model->seed);
    summarise_pace(trainer);
    for (int i = 0; i < gt_model_stat_count(model->kind); i++)
        if (model->stats[i].reference != NULL)
            trainer_say(trainer, "optimum: %s = %s = %.4f", model->stats[i].label,
                        model->stats[i].reference, model->stats[i].reference_value);
    summarise_memory(trainer, data_bytes);
    trainer_say(trainer, "run directory: %s", config->output.dir);
    trainer->in_summary = false;
    gt_config_find_idle(config, NULL, &idle);
    trainer_caution_lines(trainer, &idle);
}
