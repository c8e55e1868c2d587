/* Evaluations in the course of a run: every metrics.every epochs `gantrain eval` in all but name.
 *
 * What is measured is a checkpoint under a name of its own, so that an epoch's row is still written
 * before its checkpoint: a run that is killed meanwhile takes the epoch up again, and does both. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/base/profile.h"
#include "gantrain/eval/evaluation.h"
#include "train/state.h"

#define MEASURED "checkpoints/measured.safetensors"

static const gt_score *goal(const struct trainer *trainer) {
    return gt_score_find(trainer->config->metrics.best);
}

static const gt_standing no_standing = {.number = NAN};

bool trainer_evaluation_is_due(const struct trainer *trainer, uint64_t epoch) {
    uint64_t every = (uint64_t)trainer->config->metrics.every;
    return every > 0 && epoch % every == 0;
}

gt_status trainer_check_evaluations(struct trainer *trainer, gt_error *error) {
    gt_error detail = {0};
    if (trainer->config->metrics.every == 0)
        return GT_OK;
    gt_status status = gt_evaluation_check(trainer->config, trainer->options->cache, &detail);
    if (status != GT_OK)
        return gt_error_set(error, status, "[metrics] every = %" PRId64 ": %.2000s",
                            trainer->config->metrics.every, detail.message);
    return GT_OK;
}

/* Sets *ours to whether the best checkpoint was chosen by what this run goes by, and is of that
 * epoch or, in a run that goes on after a kill, of one that will now be trained and measured
 * again. */
static gt_status check_best(bool *ours, const struct trainer *trainer, const char *path,
                            uint64_t epoch, gt_error *error) {
    const gt_config *now = trainer->config;
    gt_checkpoint checkpoint;
    gt_error detail = {0};
    *ours = false;
    if (gt_checkpoint_open(&checkpoint, path, &detail) != GT_OK)
        return checkpoint.damaged
                   ? GT_OK
                   : gt_error_set(error, GT_FAILED, "%.2000s: try again, or move it away",
                                  detail.message);
    const gt_config *then = &checkpoint.info.config;
    bool goes_on = trainer->options->resume && trainer->options->resume_from == NULL;
    *ours =
        (checkpoint.info.epoch == epoch || (goes_on && checkpoint.info.epoch > trainer->epoch)) &&
        then->metrics.samples == now->metrics.samples &&
        strcmp(then->metrics.best, now->metrics.best) == 0 &&
        strcmp(then->data.test_images, now->data.test_images) == 0;
    gt_checkpoint_close(&checkpoint);
    return GT_OK;
}

/* Keeps the better of the best standing so far and that of a row. */
static void consider_row(void *context, const gt_history_row *row) {
    struct trainer *trainer = context;
    gt_standing standing = epoch_standing(row, &trainer->setup.model, goal(trainer));
    if (!gt_standing_is_better(&standing, &trainer->best, goal(trainer))) {
        trainer->evaluations_since_best += !isnan(standing.number);
        return;
    }
    trainer->evaluations_since_best = 0;
    trainer->best = standing;
    trainer->best_epoch = row->epoch;
}

gt_status trainer_begin_evaluations(struct trainer *trainer, gt_error *error) {
    char path[GT_PATH_CAPACITY], moved[GT_PATH_CAPACITY];
    bool exists, ours = false;
    trainer->best = no_standing;
    unlink(gt_run_file(path, &trainer->run, MEASURED)); /* what a killed run left */
    unlink(gt_run_file(path, &trainer->run, MEASURED ".tmp"));
    if (trainer->config->metrics.every == 0)
        return GT_OK;
    gt_status status = gt_history_visit(gt_run_file(path, &trainer->run, "metrics.csv"),
                                        &trainer->columns, consider_row, trainer, error);
    gt_run_file(path, &trainer->run, TRAINER_BEST);
    if (status == GT_OK)
        status = gt_file_exists(&exists, path, error);
    if (status == GT_OK && exists)
        status = check_best(&ours, trainer, path, trainer->best_epoch, error);
    if (status != GT_OK || ours)
        return status;
    trainer->best = no_standing;
    trainer->evaluations_since_best = 0;
    if (!exists)
        return GT_OK;
    status = gt_run_move_aside(moved, path, error);
    if (status == GT_OK)
        trainer_say(trainer,
                    "the best checkpoint so far is not of this branch or not by %s: it is now "
                    "%s",
                    trainer->config->metrics.best, moved);
    return status;
}

bool trainer_is_out_of_patience(const struct trainer *trainer) {
    int64_t patience = trainer->config->train.patience;
    return patience > 0 && trainer->evaluations_since_best >= patience;
}

void trainer_say_impatience(struct trainer *trainer) {
    if (trainer->epoch < (uint64_t)trainer->config->train.epochs)
        trainer_say(trainer,
                    "stopped after epoch %" PRIu64 ": %" PRId64
                    " evaluation%s without a better %s; for more, raise train.patience",
                    trainer->epoch, trainer->evaluations_since_best,
                    trainer->evaluations_since_best == 1 ? "" : "s", trainer->config->metrics.best);
}

static void say_note(void *context, const char *text) {
    struct trainer *trainer = context;
    if (!trainer->notes_said)
        trainer_say(trainer, "metrics: %s", text);
}

static void show_stage(void *context, const char *what, int number, int count) {
    const gt_reporter *reporter = ((const struct trainer *)context)->reporter;
    if (reporter->stage != NULL)
        reporter->stage(reporter->context, what, number, count);
}

double trainer_evaluation_seconds_left(const struct trainer *trainer) {
    int64_t every = trainer->config->metrics.every;
    if (every == 0)
        return 0;
    int64_t left = trainer->config->train.epochs / every - (int64_t)trainer->epoch / every;
    return (double)left * trainer->evaluation_seconds;
}

gt_status trainer_measure(gt_scores *scores, struct trainer *trainer, const char *path,
                          gt_error *error) {
    const gt_config *config = trainer->config;
    const gt_evaluation_request request = {
        .compute = &trainer->setup.compute,
        .checkpoint = path,
        .config = config,
        .measures = (1u << GT_MEASURES) - 1,
        .samples = (uint32_t)config->metrics.samples,
        .cache = trainer->options->cache,
        .has_grown = trainer->setup.has_grown,
        .observer = {show_stage, say_note, trainer},
    };
    if (!trainer->notes_said)
        trainer_say(trainer, "measuring %" PRId64 " samples; the first time takes longest",
                    config->metrics.samples);
    gt_status status = gt_evaluate(scores, &request, error);
    if (status == GT_FAILED) /* many a failure is over in a moment */
        status = gt_evaluate(scores, &request, error);
    trainer->notes_said = true;
    return status;
}

void trainer_report_scores(struct trainer *trainer, const struct epoch *epoch) {
    char text[1024];
    epoch_format_scores(text, sizeof text, epoch);
    trainer_say(trainer, "%s", text);
    trainer_record(trainer, GT_EVENT_EVALUATION, text, &epoch->scores);
}

gt_status trainer_evaluate(struct trainer *trainer, struct epoch *epoch, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    gt_error detail = {0};
    gt_scores_clear(&epoch->scores);
    if (!trainer_evaluation_is_due(trainer, epoch->number))
        return GT_OK;
    gt_run_file(path, &trainer->run, MEASURED);
    gt_status status = trainer_write_checkpoint(trainer, path, &detail);
    if (status == GT_DIVERGED) {
        *error = detail;
        return status;
    }
    if (status == GT_OK)
        status = trainer_measure(&epoch->scores, trainer, path, &detail);
    if (status == GT_STOPPED) {
        unlink(path);
        trainer_say(trainer, "epoch %" PRIu64 ": stopped measuring; --resume measures it again",
                    epoch->number);
        return status;
    }
    if (status != GT_OK) {
        trainer->output_failed = true;
        gt_scores_clear(&epoch->scores);
        trainer_warn(
            trainer, &detail,
            "training continues without these scores; --resume measures the epoch again if its "
            "checkpoint is kept");
        return GT_OK;
    }
    trainer->evaluation_seconds = epoch->scores.seconds;
    trainer_report_scores(trainer, epoch);
    return GT_OK;
}

void trainer_keep_best(struct trainer *trainer, const struct epoch *epoch) {
    char measured[GT_PATH_CAPACITY], best[GT_PATH_CAPACITY], directory[GT_PATH_CAPACITY];
    if (!trainer_evaluation_is_due(trainer, epoch->number))
        return;
    gt_run_file(measured, &trainer->run, MEASURED);
    gt_run_file(best, &trainer->run, TRAINER_BEST);
    gt_history_row row = epoch_row(epoch, &trainer->setup.model);
    gt_standing standing = epoch_standing(&row, &trainer->setup.model, goal(trainer));
    if (!gt_standing_is_better(&standing, &trainer->best, goal(trainer))) {
        unlink(measured); /* if it cannot be, the next one takes its place */
        trainer->evaluations_since_best += !isnan(standing.number);
        return;
    }
    gt_error detail = {0};
    bool is_moved = false;
    for (int tries = 0; tries < 2 && !is_moved; tries++) /* twice, as above */
        is_moved = rename(measured, best) == 0;
    if (is_moved) {
        trainer->best = standing;
        trainer->best_epoch = epoch->number;
        trainer->evaluations_since_best = 0;
        gt_directory_sync(gt_run_file(directory, &trainer->run, "checkpoints"), &detail);
    } else {
        gt_error_set(&detail, GT_FAILED, "%s: cannot be put in its place: %s", best,
                     strerror(errno));
    }
    if (detail.status != GT_OK) {
        trainer->output_failed = true;
        trainer_warn(trainer, &detail, "the next evaluation tries again");
    }
}
