/* The training run: epochs of steps, and what is written in between. */
#include "gantrain/train/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/profile.h"
#include "gantrain/base/text.h"
#include "train/state.h"

static void add_stats(struct trainer *trainer, const double *stats) {
    gt_epoch_sums *sums = &trainer->sums;
    sums->steps++;
    for (int i = 0; i < gt_model_stat_count(trainer->setup.model.kind); i++)
        sums->stats[i] += stats[i];
}

/* What to do about a divergence, after the name of what diverged. */
static gt_status explain_divergence(const struct trainer *trainer, gt_error *error) {
    const gt_model *model = &trainer->setup.model;
    gt_error cause = *error;
    char remedy[192] = "try a lower learning rate (";
    size_t used = strlen(remedy);
    for (int i = 0; i < model->trained_count && used < sizeof remedy; i++)
        used = gt_text_append(remedy, sizeof remedy, used, "%s%s.lr", i ? ", " : "",
                              model->trained[i].name);
    if (used < sizeof remedy)
        snprintf(remedy + used, sizeof remedy - used, ") and --resume");
    return gt_error_set(error, GT_DIVERGED, "%.500s; the last good checkpoint is %s; %s",
                        cause.message,
                        trainer->last_checkpoint[0] ? trainer->last_checkpoint : "not there yet",
                        model->kind->remedy != NULL ? model->kind->remedy : remedy);
}

static gt_status check_stats(const struct trainer *trainer, const double *stats, gt_error *error) {
    const gt_model *model = &trainer->setup.model;
    char numbers[256] = "";
    size_t used = 0;
    bool finite = true;
    for (int i = 0; i < gt_model_stat_count(model->kind); i++) {
        finite = finite && isfinite(stats[i]);
        if (used < sizeof numbers)
            used = gt_text_append(numbers, sizeof numbers, used, "%s%s %g", i ? ", " : "",
                                  model->stats[i].label, stats[i]);
    }
    if (finite)
        return GT_OK;
    const char *part =
        model->kind->diverged_part != NULL ? model->kind->diverged_part(model) : model->kind->name;
    return gt_error_set(error, GT_DIVERGED,
                        "%s: diverged: %s at step %" PRIu64 " (epoch %" PRIu64 ")", part, numbers,
                        trainer->step, trainer->epoch + 1);
}

static double pace(const struct trainer *trainer) {
    double seconds = gt_profile_now() - trainer->epoch_start;
    double steps = (double)(trainer->step - trainer->epoch_first_step);
    return seconds > 0 ? steps / seconds : 0;
}

static void report_progress(const struct trainer *trainer, const double *stats) {
    const gt_reporter *reporter = trainer->reporter;
    if (reporter->progress == NULL)
        return;
    uint64_t epochs = (uint64_t)trainer->config->train.epochs;
    double steps_per_second = pace(trainer);
    gt_progress progress = {
        .epoch = trainer->epoch + 1,
        .epochs = epochs,
        .step = trainer->step,
        .last_step = epochs * trainer->setup.steps_per_epoch,
        .model = &trainer->setup.model,
        .stats = stats,
        .images_per_second = steps_per_second * setup_images_per_step(&trainer->setup),
    };
    if (steps_per_second > 0)
        progress.seconds_left = (double)(progress.last_step - progress.step) / steps_per_second +
                                trainer_evaluation_seconds_left(trainer);
    reporter->progress(reporter->context, &progress);
}

/* Draws a grid if sample_steps lists the step just finished. */
static void draw_at_step(struct trainer *trainer) {
    const gt_step_list *list = &trainer->config->output.sample_steps;
    for (int i = 0; i < list->count; i++)
        if (list->steps[i] == trainer->step) {
            char name[64];
            snprintf(name, sizeof name, TRAINER_STEP_GRID, trainer->step);
            trainer_draw_samples(trainer, name);
        }
}

/* Runs to the end of the current epoch, or until a signal. */
static gt_status train_epoch(struct trainer *trainer, gt_error *error) {
    gt_model *model = &trainer->setup.model;
    const gt_minibatch_source source = setup_minibatches(&trainer->setup);
    uint64_t end = (trainer->epoch + 1) * trainer->setup.steps_per_epoch;
    trainer->epoch_start = gt_profile_now();
    trainer->epoch_first_step = trainer->step;
    gt_model_begin_epoch(model, trainer->epoch);
    while (trainer->step < end && !trainer_stop_asked(trainer)) {
        double stats[GT_MODEL_STATS];
        if (!trainer_step(trainer, stats, &source))
            break;
        gt_status status = check_stats(trainer, stats, error);
        if (status != GT_OK)
            return status;
        add_stats(trainer, stats);
        if (!trainer_is_writer(trainer))
            continue;
        draw_at_step(trainer);
        report_progress(trainer, stats);
    }
    return GT_OK;
}

/* The numbers of the epoch that the run has just come to the end of. */
static struct epoch measure_epoch(struct trainer *trainer) {
    struct epoch epoch = {
        .number = trainer->epoch,
        .step = trainer->step,
        .diversity = trainer_measure_diversity(trainer),
        .images_per_second = pace(trainer) * setup_images_per_step(&trainer->setup),
        .seconds = gt_profile_now() - trainer->epoch_start,
    };
    for (int i = 0; i < gt_model_stat_count(trainer->setup.model.kind); i++)
        epoch.stats[i] = trainer->sums.stats[i] / trainer->sums.steps;
    return epoch;
}

/* Writes the epoch's line and its row. */
static void report_epoch(struct trainer *trainer, const struct epoch *epoch) {
    const gt_model *model = &trainer->setup.model;
    char line[512], text[GT_HISTORY_ROW];
    gt_error detail = {0};
    const gt_history_row row = epoch_row(epoch, model);
    epoch_format_line(line, sizeof line, epoch, model, (uint64_t)trainer->config->train.epochs);
    trainer_say(trainer, "%s", line);
    trainer_watch(trainer, epoch);
    gt_history_format(text, &trainer->columns, &row);
    if (held_add_rows(trainer, text) != GT_OK) {
        trainer->output_failed = true;
        gt_error_set(&detail, GT_FAILED, "metrics.csv: no memory for a row");
        trainer_warn(trainer, &detail, "training continues without this row");
    } else if (held_write_rows(trainer, &detail) != GT_OK) {
        trainer_warn(trainer, &detail, "training continues; the row is tried again");
    }
}

/* Draws the pictures that an epoch has at its end. */
static void draw_epoch(struct trainer *trainer) {
    if (trainer_samples_are_due(trainer, trainer->epoch)) {
        char name[64];
        snprintf(name, sizeof name, TRAINER_EPOCH_GRID, trainer->epoch);
        trainer_draw_samples(trainer, name);
    }
    if (trainer_nearest_is_due(trainer))
        trainer_draw_nearest(trainer);
    if (trainer_plane_is_due(trainer))
        trainer_draw_plane(trainer);
}

bool trainer_is_done(const struct trainer *trainer) {
    return trainer->epoch >= (uint64_t)trainer->config->train.epochs ||
           trainer_is_out_of_patience(trainer);
}

/* Ends an epoch: its row, its line, its picture, its checkpoint. */
static gt_status finish_epoch(struct trainer *trainer, gt_error *error) {
    const gt_config *config = trainer->config;
    const gt_epoch_sums sums = trainer->sums;
    trainer->epoch++;
    struct epoch epoch = measure_epoch(trainer);
    trainer->sums = (gt_epoch_sums){0};
    trainer_call_helpers(trainer);
    gt_status status = trainer->is_cut ? GT_STOPPED : trainer_evaluate(trainer, &epoch, error);
    trainer_dismiss_helpers(trainer);
    if (status == GT_STOPPED) { /* the run stands after the last step of an unfinished epoch */
        trainer->is_cut = false;
        trainer->epoch--;
        trainer->sums = sums;
        return GT_OK;
    }
    if (status != GT_OK)
        return status;
    report_epoch(trainer, &epoch);
    trainer_keep_best(trainer, &epoch);
    bool last = trainer_is_done(trainer);
    draw_epoch(trainer);
    trainer_write_board(trainer);
    if (last || trainer->epoch % (uint64_t)config->output.checkpoint_every == 0)
        status = trainer_save(trainer, error);
    if (!last)
        trainer_write_page(trainer);
    return status;
}

/* Whether something besides checkpoints is still missing after a last try to write it. */
static bool is_incomplete(struct trainer *trainer) {
    gt_status rows = held_write_rows(trainer, NULL);
    gt_status pictures = held_write_pictures(trainer, NULL);
    trainer_write_board(trainer);
    return rows != GT_OK || pictures != GT_OK || trainer->output_failed || trainer->keep_failed ||
           trainer->page_failed || trainer->board_failed;
}

/* Saves where the run stands because of a signal. */
static gt_status stop(struct trainer *trainer, gt_error *error) {
    const char *command = trainer->options->resume_command;
    char missing[256];
    gt_status status = GT_OK;
    if (trainer->saved_step != trainer->step)
        status = trainer_save(trainer, error);
    if (status != GT_OK)
        return status;
    if (trainer->checkpoint_failed)
        return gt_error_set(error, GT_FAILED,
                            "stopped at step %" PRIu64 ", and its checkpoint could not be written",
                            trainer->step);
    if (is_incomplete(trainer)) {
        held_describe(missing, sizeof missing, trainer);
        return gt_error_set(error, GT_FAILED,
                            "stopped at step %" PRIu64
                            " and saved %s, but not all could be written (see above)%s%s%s",
                            trainer->step, trainer->last_checkpoint, missing,
                            command != NULL ? "\nto continue: " : "",
                            command != NULL ? command : "");
    }
    return gt_error_set(error, GT_STOPPED, "stopped at step %" PRIu64 " and saved %s%s%s",
                        trainer->step, trainer->last_checkpoint,
                        command != NULL ? "\nto continue: " : "", command != NULL ? command : "");
}

/* Whether all that belongs to a run that is done could be written. */
static gt_status check_written(struct trainer *trainer, gt_error *error) {
    char missing[256];
    if (trainer->checkpoint_failed)
        return gt_error_set(error, GT_FAILED, "%s: the last checkpoint could not be written",
                            trainer->run.path);
    if (!is_incomplete(trainer))
        return GT_OK;
    held_describe(missing, sizeof missing, trainer);
    return gt_error_set(error, GT_FAILED,
                        "%s: trained to the end, but not all could be written (see above)%s",
                        trainer->run.path, missing);
}

static gt_status run_epochs(struct trainer *trainer, gt_error *error) {
    uint64_t epochs = (uint64_t)trainer->config->train.epochs;
    if (trainer_is_done(trainer)) {
        if (!trainer_is_writer(trainer))
            return GT_OK;
        trainer_say_impatience(trainer);
        trainer_say(trainer, "nothing to do: %" PRIu64 " of %" PRIu64 " epochs are done%s",
                    trainer->epoch, epochs,
                    trainer->epoch >= epochs ? "; for more, raise train.epochs" : "");
        return check_written(trainer, error);
    }
    while (!trainer_is_done(trainer)) {
        gt_status status = train_epoch(trainer, error);
        bool finished = trainer->step == (trainer->epoch + 1) * trainer->setup.steps_per_epoch;
        if (status == GT_OK && finished && trainer_is_writer(trainer))
            status = finish_epoch(trainer, error);
        else if (status == GT_OK && finished)
            trainer_help(trainer);
        status = trainer_agree(trainer, status, error);
        if (status == GT_DIVERGED)
            return explain_divergence(trainer, error);
        if (status != GT_OK)
            return status;
        if (trainer_stop_asked(trainer) && (!trainer_is_done(trainer) || trainer->is_cut))
            return trainer_is_writer(trainer) ? stop(trainer, error) : GT_OK;
    }
    if (!trainer_is_writer(trainer))
        return GT_OK;
    trainer_say_impatience(trainer);
    trainer_say(trainer, "done: pictures are in %s/samples, the last checkpoint is %s",
                trainer->run.path,
                trainer->last_checkpoint[0] ? trainer->last_checkpoint : "missing");
    return check_written(trainer, error);
}

static void show_reading(void *context, const char *what, uint64_t done, uint64_t count) {
    const gt_reporter *reporter = ((const struct trainer *)context)->reporter;
    if (reporter->reading != NULL)
        reporter->reading(reporter->context, what, done, count);
}

/* Keeps the notes about the data until the log is open; cuts them if there is no more room. */
static void keep_note(void *context, const char *text) {
    struct trainer *trainer = context;
    size_t used = strlen(trainer->data_notes);
    snprintf(trainer->data_notes + used, sizeof trainer->data_notes - used, "\n%s", text);
}

/* Checks what only the process that writes the run needs. */
static gt_status check_needs(struct trainer *trainer, gt_error *error) {
    trainer->columns = epoch_columns(&trainer->setup.model);
    gt_status status = trainer_open_pixels(trainer, error);
    if (status == GT_OK)
        status = trainer_check_board(trainer, error);
    if (status == GT_OK)
        status = trainer_check_evaluations(trainer, error);
    return status == GT_OK ? trainer_check_init(trainer, error) : status;
}

/* Opens what the config asks for, and checks that all that training will need is there. */
static gt_status open_trainer(struct trainer *trainer, const gt_config *config, gt_error *error) {
    const gt_train_options *options = trainer->options;
    const gt_reporter *reporter = trainer->reporter;
    struct setup_data data = {.processes = trainer->processes,
                              .cache = options->cache,
                              .observer = {show_reading, keep_note, trainer, reporter->stop}};
    if (trainer_is_writer(trainer))
        data.past = branch_find_past(config, options);
    gt_processes_copy(trainer->processes, &data.past, sizeof data.past);
    gt_status status = setup_open(&trainer->setup, config, &data, error);
    if (status == GT_OK)
        status = setup_measure_pace(&trainer->setup, &data, error);
    trainer->config = &trainer->setup.config;
    trainer->setup.compute.stop = reporter->stop;
    if (status == GT_OK && trainer_is_writer(trainer))
        status = check_needs(trainer, error);
    return gt_processes_agree(trainer->processes, status, error);
}

/* The run from its directory to its last line. */
static gt_status run(struct trainer *trainer, gt_error *error) {
    gt_stop *stop = trainer->reporter->stop;
    const bool is_writer = trainer_is_writer(trainer);
    gt_status status = is_writer ? trainer_begin(trainer, error) : GT_OK;
    gt_stop_hold(stop);
    status = trainer_agree(trainer, status, error);
    if (status == GT_OK)
        status = trainer_share_start(trainer, error);
    if (status == GT_OK)
        status = run_epochs(trainer, error);
    if (is_writer)
        trainer_end(trainer, status, error->message);
    if (status == GT_OK && is_writer) /* the last page and event too */
        status = check_written(trainer, error);
    status = gt_processes_agree(trainer->processes, status, error);
    gt_stop_release(stop);
    return status;
}

static void close_trainer(struct trainer *trainer, gt_status status, const gt_error *error) {
    if (trainer->log != NULL) {
        if (status != GT_OK)
            fprintf(trainer->log, "%s\n", error->message);
        fclose(trainer->log);
    }
    gt_run_close(&trainer->run);
    trainer_close_init(trainer);
    setup_close(&trainer->setup);
    free(trainer->pixels);
    free(trainer->points);
    held_free(trainer);
    gt_tensorboard_free(&trainer->board);
    json_decref(trainer->frames);
    free(trainer);
}

gt_status gt_train(const gt_config *config, const gt_train_options *options,
                   const gt_reporter *reporter, gt_error *error) {
    /* The state is too large for a stack: the shapes of 128 layers. */
    struct trainer *trainer = calloc(1, sizeof *trainer);
    gt_status status = trainer != NULL ? GT_OK : gt_error_set(error, GT_FAILED, "no memory");
    status = gt_processes_agree(options->processes, status, error);
    if (status != GT_OK) {
        free(trainer);
        return status;
    }
    trainer->options = options;
    trainer->reporter = reporter;
    trainer->processes = options->processes;
    trainer->run.lock = -1;
    trainer->saved_step = UINT64_MAX;
    status = open_trainer(trainer, config, error);
    if (status == GT_OK && options->dry_run) {
        trainer_summarise(trainer);
        if (trainer_is_writer(trainer))
            status = trainer_check_begin(trainer, error);
        status = gt_processes_agree(trainer->processes, status, error);
    } else if (status == GT_OK) {
        status = run(trainer, error);
    }
    close_trainer(trainer, status, error);
    return status;
}
