/* From a config to the first step: data, networks, memory, run directory, and the weights to begin
 * with. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/nn/choice.h"
#include "gantrain/store/history.h"
#include "train/state.h"

/* Products are made by the backends that made them before the checkpoint. One without choices, by a
 * version before they were, had all its products from the first backend. */
static void take_choices(struct trainer *trainer, const char *choices) {
    gt_compute *compute = &trainer->setup.compute;
    char before[sizeof compute->description];
    gt_error error = {0};
    memcpy(before, compute->description, sizeof before);
    if (gt_choice_from_text(compute, choices != NULL ? choices : "", &error) != GT_OK)
        trainer_warn(trainer, &error,
                     "its products are made by another backend, and the run will not end in the "
                     "same bytes");
    else if (strcmp(before, compute->description) != 0)
        trainer_say(trainer, "products as before: %s", compute->description);
}

/* Sees that a checkpoint was made with this data and config. */
static gt_status compare_past(const struct trainer *trainer, const gt_checkpoint_info *info,
                              const char *path, gt_error *error) {
    const gt_dataset *dataset = &trainer->setup.dataset;
    gt_error differences = {0};
    gt_config was = info->config;
    bool same_images =
        info->data_checksum == dataset->checksum && gt_shape_equal(info->shape, dataset->shape);
    if (same_images) /* however they were chosen from the file */
        was.data.range = trainer->config->data.range;
    gt_config_compare(&was, trainer->config, &differences);
    if (!same_images) {
        char then[GT_SHAPE_TEXT], now[GT_SHAPE_TEXT];
        gt_error_add(&differences, GT_USAGE,
                     "data.images: %s, checksum %08" PRIx32 " -> %s, checksum %08" PRIx32,
                     gt_shape_format_image(then, info->shape), info->data_checksum,
                     gt_shape_format_image(now, dataset->shape), dataset->checksum);
    }
    const char *classes = trainer->setup.class_text;
    if (classes != NULL && info->classes != NULL && strcmp(classes, info->classes) != 0)
        gt_error_add(&differences, GT_USAGE,
                     "data.labels: other classes, or other numbers of images of a class");
    if (differences.status != GT_OK)
        return gt_error_set(error, GT_USAGE,
                            "%s: was made with another config; take the old values back, or start "
                            "over with --force or --out DIR:\n%.3000s",
                            path, differences.message);
    return GT_OK;
}

/* The epoch's sums must be of as many steps as the run stands within the epoch, or it would never
 * end. */
static gt_status check_step(const struct trainer *trainer, const gt_checkpoint_info *info,
                            const char *path, gt_error *error) {
    const uint64_t steps = trainer->setup.steps_per_epoch;
    uint64_t begin;
    if (__builtin_mul_overflow(info->epoch, steps, &begin) || info->step < begin ||
        info->step - begin > steps || info->sums.steps != (double)(info->step - begin))
        return gt_error_set(error, GT_FAILED,
                            "%s: damaged: step %" PRIu64 " is not where %" PRIu64
                            " epochs of %" PRIu64 " steps and %g more end",
                            path, info->step, info->epoch, steps, info->sums.steps);
    return GT_OK;
}

gt_status trainer_take_up(struct trainer *trainer, const gt_checkpoint *checkpoint,
                          const char *path, gt_error *error) {
    const gt_checkpoint_info *info = &checkpoint->info;
    gt_status status = compare_past(trainer, info, path, error);
    if (status == GT_OK)
        status = check_step(trainer, info, path, error);
    if (status == GT_OK)
        status = gt_checkpoint_restore(&trainer->setup.model, checkpoint, false, path, error);
    if (status != GT_OK)
        return status;
    trainer->epoch = info->epoch;
    trainer->step = info->step;
    trainer->sums = info->sums;
    if (info->held_rows != NULL && held_add_rows(trainer, info->held_rows) != GT_OK)
        return gt_error_set(error, GT_FAILED, "%s: no memory for its rows", path);
    snprintf(trainer->last_checkpoint, sizeof trainer->last_checkpoint, "%s", path);
    trainer_say(trainer, "resuming from %s: epoch %" PRIu64 ", step %" PRIu64, path, trainer->epoch,
                trainer->step);
    take_choices(trainer, checkpoint->choices);
    return GT_OK;
}

gt_status trainer_set_aside_newer(struct trainer *trainer, gt_error *error) {
    uint64_t step = trainer->sums.steps > 0 ? trainer->step : 0;
    int moved;
    gt_status status = gt_run_set_aside_newer(&moved, &trainer->run, trainer->epoch, step, error);
    if (moved > 0)
        trainer_say(trainer, "moved %d newer checkpoint%s aside, to NAME.old-N", moved,
                    moved == 1 ? "" : "s");
    return status;
}

/* Begins with step 0, unless that would end a run whose checkpoints are gone. One that was killed
 * before its first checkpoint has no rows past that checkpoint's epoch. */
static gt_status resume_nothing(struct trainer *trainer, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    uint64_t last;
    gt_status status =
        gt_history_last(&last, gt_run_file(path, &trainer->run, "metrics.csv"), error);
    if (status == GT_OK && last > (uint64_t)trainer->config->output.checkpoint_every)
        return gt_error_set(error, GT_FAILED,
                            "%s: has the rows of %" PRIu64
                            " epochs, but there is no checkpoint in %s/checkpoints: put them back, "
                            "or start over with --force",
                            path, last, trainer->run.path);
    if (status == GT_OK)
        trainer_say(trainer, "no checkpoint in %s: beginning with step 0", trainer->run.path);
    return status;
}

/* Takes up the newest checkpoint that is whole; *found tells whether there was any. One that is not
 * damaged but cannot be used (unreadable, or of a newer version) ends the search: going on without
 * it would overwrite it. */
static gt_status resume_newest(struct trainer *trainer, bool *found, gt_error *error) {
    gt_run_checkpoint *list;
    gt_checkpoint checkpoint;
    int count;
    *found = false;
    gt_status status = gt_run_list_checkpoints(&list, &count, &trainer->run, error);
    for (int i = 0; status == GT_OK && i < count && !*found; i++) {
        char path[GT_PATH_CAPACITY];
        gt_error damage = {0};
        gt_run_checkpoint_path(path, &trainer->run, &list[i]);
        if (gt_checkpoint_open(&checkpoint, path, &damage) == GT_OK) {
            *found = true;
            status = trainer_take_up(trainer, &checkpoint, path, error);
            gt_checkpoint_close(&checkpoint);
        } else if (checkpoint.newer) {
            status = gt_error_set(error, GT_FAILED, "%s", damage.message);
        } else if (!checkpoint.damaged) {
            status =
                gt_error_set(error, GT_FAILED,
                             "%.2000s: try again, or move it away to continue from the checkpoint "
                             "before it",
                             damage.message);
        } else {
            trainer_warn(trainer, &damage, "taking the checkpoint before it");
        }
    }
    free(list);
    if (status == GT_OK && count > 0 && !*found)
        status = gt_error_set(error, GT_FAILED,
                              "%s: none of its %d checkpoints can be read; start over with --force",
                              trainer->run.path, count);
    if (status == GT_OK && count == 0)
        return resume_nothing(trainer, error);
    return status;
}

static gt_status open_log(struct trainer *trainer, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    /* Not through a link, and without waiting for the reader of a pipe. */
    int descriptor =
        open(gt_run_file(path, &trainer->run, "log.txt"),
             O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    trainer->log = descriptor >= 0 ? fdopen(descriptor, "a") : NULL;
    if (trainer->log != NULL)
        return GT_OK;
    int reason = errno;
    if (descriptor >= 0)
        close(descriptor);
    return gt_error_set(error, GT_FAILED, "%s: cannot be written: %s: move it away", path,
                        strerror(reason));
}

static gt_status write_config(struct trainer *trainer, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    return gt_config_write_file(gt_run_file(path, &trainer->run, "config.ini"), trainer->config,
                                error);
}

/* Puts right what a kill between a checkpoint and its link left. */
static void tidy_up(struct trainer *trainer) {
    gt_run_checkpoint newest;
    gt_run_checkpoint_name(&newest, trainer->epoch, trainer->sums.steps > 0 ? trainer->step : 0);
    trainer_keep(trainer, &newest);
}

/* Cuts the history to what the run has done, and adds the rows that the checkpoint holds. */
static gt_status open_history(struct trainer *trainer, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    const char *rows = trainer->held.rows;
    uint64_t epoch = trainer->epoch;
    if (rows != NULL && gt_history_first(rows) <= epoch)
        epoch = gt_history_first(rows) - 1;
    gt_status status = gt_history_open(gt_run_file(path, &trainer->run, "metrics.csv"),
                                       &trainer->columns, epoch, error);
    return status == GT_OK ? held_write_rows(trainer, error) : status;
}

/* What may be done to the run directory. A checkpoint of another run may begin a run, but not take
 * the place of one. */
static gt_run_mode find_mode(const struct trainer *trainer) {
    const gt_train_options *options = trainer->options;
    bool own = options->resume_from == NULL ||
               branch_is_own(options->resume_from, trainer->config->output.dir);
    return options->resume && own ? GT_RUN_RESUME : options->force ? GT_RUN_FORCE : GT_RUN_NEW;
}

gt_status trainer_check_begin(struct trainer *trainer, gt_error *error) {
    const char *from = trainer->options->resume_from;
    gt_checkpoint checkpoint;
    bool found;
    gt_status status =
        gt_run_check(&trainer->run, trainer->config->output.dir, find_mode(trainer), error);
    if (status != GT_OK || !trainer->options->resume)
        return status;
    if (from == NULL)
        return resume_newest(trainer, &found, error);
    status = gt_checkpoint_open(&checkpoint, from, error);
    if (status != GT_OK)
        return status;
    status = trainer_take_up(trainer, &checkpoint, from, error);
    gt_checkpoint_close(&checkpoint);
    return status;
}

/* Opens the run directory and its log, and says what is about to be trained. */
static gt_status open_run(struct trainer *trainer, gt_error *error) {
    const gt_train_options *options = trainer->options;
    gt_status status = GT_OK;
    if (options->resume_from != NULL)
        status = branch_check(options->resume_from, error);
    if (status == GT_OK)
        status = gt_run_open(&trainer->run, trainer->config->output.dir, find_mode(trainer), error);
    if (status == GT_OK)
        status = open_log(trainer, error);
    if (status != GT_OK)
        return status;
    trainer_summarise(trainer);
    trainer_caution_lines(trainer, &trainer->run.caution);
    if (trainer->run.moved_to[0] != '\0')
        trainer_say(trainer, "the old run is now in %s", trainer->run.moved_to);
    return GT_OK;
}

/* Takes up a checkpoint, if the run continues from one: *found. */
static gt_status find_past(struct trainer *trainer, bool *found, gt_error *error) {
    gt_status status = GT_OK;
    *found = trainer->options->resume_from != NULL;
    if (*found)
        status = branch_take_up(trainer, error);
    else if (trainer->options->resume)
        status = resume_newest(trainer, found, error);
    if (status == GT_OK && *found && trainer->options->resume_from == NULL)
        status = trainer_set_aside_newer(trainer, error);
    if (status == GT_OK && *found)
        tidy_up(trainer);
    return status;
}

gt_status trainer_begin(struct trainer *trainer, gt_error *error) {
    bool found = false;
    gt_status status = open_run(trainer, error);
    if (status == GT_OK)
        status = find_past(trainer, &found, error);
    if (status == GT_OK)
        status = write_config(trainer, error);
    if (status == GT_OK)
        status = open_history(trainer, error);
    if (status == GT_OK && found && trainer->options->resume_from == NULL)
        status = trainer_measure_missing(trainer, error);
    if (status == GT_OK)
        status = trainer_open_board(trainer, error);
    if (status == GT_OK)
        status = trainer_begin_evaluations(trainer, error);
    if (status != GT_OK)
        return status;
    trainer_draw_real(trainer);
    if (!found) {
        status = trainer_init(trainer, error);
        if (status != GT_OK)
            return status;
        trainer_draw_samples(trainer, "samples/epoch-0000.png");
    } else if (trainer->options->resume_from == NULL) {
        status = trainer_draw_missing(trainer, error);
        if (status != GT_OK)
            return status;
    }
    trainer_write_board(trainer);
    trainer_record_begin(trainer, found);
    return GT_OK;
}
