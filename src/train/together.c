/* A run of several processes: what they have to agree on. A process alone passes through. */
#include <string.h>

#include "gantrain/metrics/sharing.h"
#include "train/state.h"

bool trainer_is_writer(const struct trainer *trainer) {
    return gt_processes_is_first(trainer->processes);
}

bool trainer_stop_asked(const struct trainer *trainer) {
    return gt_processes_are_several(trainer->processes)
               ? trainer->stop_is_agreed
               : gt_stop_asked(trainer->reporter->stop) != 0;
}

/* Whether any process was asked to stop. Those that were not note the signal, which ends all of
 * them with the same status. */
static void agree_on_stop(struct trainer *trainer) {
    gt_stop *stop = trainer->reporter->stop;
    const int asked = gt_processes_most(trainer->processes, gt_stop_asked(stop));
    trainer->stop_is_agreed = asked != 0;
    if (asked != 0 && stop != NULL && gt_stop_asked(stop) == 0)
        atomic_store(&stop->signal, asked);
}

bool trainer_step(struct trainer *trainer, double *stats, const gt_minibatch_source *source) {
    const bool is_made = gt_model_step(stats, &trainer->setup.model, source, trainer->step);
    trainer->step += is_made;
    if (gt_processes_are_several(trainer->processes))
        agree_on_stop(trainer);
    return is_made;
}

void trainer_help(struct trainer *trainer) {
    gt_sharing_help(trainer->processes, &trainer->setup.compute, trainer->config->train.backend);
}

void trainer_call_helpers(struct trainer *trainer) {
    trainer->setup.compute.helpers = trainer->processes;
}

void trainer_dismiss_helpers(struct trainer *trainer) {
    trainer->setup.compute.helpers = NULL;
    gt_sharing_end(trainer->processes);
}

/* The state of the run that the writer alone changes, and all processes need. */
struct standing {
    uint64_t epoch, step;
    gt_epoch_sums sums;
    int64_t evaluations_since_best;
};

static void copy_standing(struct trainer *trainer) {
    struct standing standing;
    memset(&standing, 0, sizeof standing);
    standing.epoch = trainer->epoch;
    standing.step = trainer->step;
    standing.sums = trainer->sums;
    standing.evaluations_since_best = trainer->evaluations_since_best;
    gt_processes_copy(trainer->processes, &standing, sizeof standing);
    trainer->epoch = standing.epoch;
    trainer->step = standing.step;
    trainer->sums = standing.sums;
    trainer->evaluations_since_best = standing.evaluations_since_best;
}

gt_status trainer_agree(struct trainer *trainer, gt_status status, gt_error *error) {
    if (!gt_processes_are_several(trainer->processes))
        return status;
    status = gt_processes_agree(trainer->processes, status, error);
    copy_standing(trainer);
    agree_on_stop(trainer);
    return status;
}

gt_status trainer_share_start(struct trainer *trainer, gt_error *error) {
    if (!gt_processes_are_several(trainer->processes))
        return GT_OK;
    gt_model_copy(&trainer->setup.model, trainer->step);
    return setup_copy_choices(&trainer->setup, error);
}
