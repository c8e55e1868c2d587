/* The training run: epochs of Algorithm 1, and what is written in between. */
#include "gantrain/train/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "gantrain/base/profile.h"
#include "gantrain/store/history.h"
#include "train/state.h"

static void get_minibatch(void *context, gt_real *images, uint64_t number) {
    gt_batches_get(context, images, number);
}

static void add_stats(gt_epoch_sums *sums, const gt_stats *stats) {
    sums->iterations++;
    sums->d_loss += stats->d_loss;
    sums->g_loss += stats->g_loss;
    sums->value += stats->value;
    sums->d_real += stats->d_real;
    sums->d_fake += stats->d_fake;
}

static gt_stats mean_stats(const gt_epoch_sums *sums) {
    double n = sums->iterations;
    return (gt_stats){.d_loss = sums->d_loss / n,
                      .g_loss = sums->g_loss / n,
                      .value = sums->value / n,
                      .d_real = sums->d_real / n,
                      .d_fake = sums->d_fake / n};
}

/* What to do about a divergence, behind what diverged. */
static gt_status explain_divergence(const struct trainer *trainer, gt_error *error) {
    gt_error cause = *error;
    return gt_error_set(error, GT_DIVERGED,
                        "%.500s; the last good checkpoint is %s; try a lower learning rate "
                        "(generator.lr, discriminator.lr) and --resume",
                        cause.message,
                        trainer->last_checkpoint[0] ? trainer->last_checkpoint : "not there yet");
}

static gt_status check_stats(const struct trainer *trainer, const gt_stats *stats,
                             gt_error *error) {
    if (isfinite(stats->d_loss) && isfinite(stats->g_loss))
        return GT_OK;
    bool d_diverged = gt_gan_fakes_are_finite(&trainer->gan);
    return gt_error_set(error, GT_DIVERGED,
                        "%s: diverged: D loss %g, G loss %g at step %" PRIu64 " (epoch %" PRIu64
                        ")",
                        d_diverged ? "discriminator" : "generator", stats->d_loss, stats->g_loss,
                        trainer->step, trainer->epoch + 1);
}

static double pace(const struct trainer *trainer) {
    double seconds = gt_profile_now() - trainer->epoch_start;
    double steps = (double)(trainer->step - trainer->epoch_first_step);
    return seconds > 0 ? steps / seconds : 0;
}

static void report_progress(const struct trainer *trainer, const gt_stats *stats) {
    const gt_reporter *reporter = trainer->reporter;
    if (reporter->progress == NULL)
        return;
    uint64_t epochs = (uint64_t)trainer->config->train.epochs;
    double steps_per_second = pace(trainer);
    gt_progress progress = {
        .epoch = trainer->epoch + 1,
        .epochs = epochs,
        .step = trainer->step,
        .last_step = epochs * trainer->iterations_per_epoch,
        .stats = stats,
        .images_per_second = steps_per_second * trainer->gan.batch * trainer->gan.d_steps,
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
            snprintf(name, sizeof name, "samples/step-%07" PRIu64 ".png", trainer->step);
            trainer_draw_samples(trainer, name);
        }
}

static bool stop_asked(const struct trainer *trainer) {
    return gt_stop_asked(trainer->reporter->stop) != 0;
}

/* Runs to the end of the epoch under way, or until a signal. */
static gt_status train_epoch(struct trainer *trainer, gt_error *error) {
    const gt_minibatch_source source = {get_minibatch, &trainer->batches};
    uint64_t end = (trainer->epoch + 1) * trainer->iterations_per_epoch;
    trainer->epoch_start = gt_profile_now();
    trainer->epoch_first_step = trainer->step;
    gt_gan_set_epoch(&trainer->gan, trainer->epoch);
    while (trainer->step < end && !stop_asked(trainer)) {
        gt_stats stats;
        gt_gan_iterate(&stats, &trainer->gan, &source, trainer->step);
        trainer->step++;
        gt_status status = check_stats(trainer, &stats, error);
        if (status != GT_OK)
            return status;
        add_stats(&trainer->sums, &stats);
        if (trainer->step == end)
            trainer_measure_diversity(trainer);
        draw_at_step(trainer);
        report_progress(trainer, &stats);
    }
    return GT_OK;
}

/* Ends an epoch: its row, its line, its picture, its checkpoint. */
static gt_status finish_epoch(struct trainer *trainer, gt_error *error) {
    const gt_config *config = trainer->config;
    double steps_per_second = pace(trainer);
    trainer->epoch++;
    gt_epoch_row row = {
        .epoch = trainer->epoch,
        .step = trainer->step,
        .stats = mean_stats(&trainer->sums),
        .diversity = trainer->diversity,
        .images_per_second = steps_per_second * trainer->gan.batch * trainer->gan.d_steps,
        .seconds = gt_profile_now() - trainer->epoch_start,
    };
    trainer->sums = (gt_epoch_sums){0};
    gt_status status = trainer_evaluate(trainer, &row, error);
    if (status != GT_OK)
        return status;

    char line[512], path[GT_PATH_CAPACITY], name[64];
    gt_error detail = {0};
    gt_history_format_line(line, sizeof line, &row, (uint64_t)config->train.epochs);
    trainer_say(trainer, "%s", line);
    trainer_watch_collapse(trainer, &row);
    if (gt_history_append(gt_run_file(path, &trainer->run, "metrics.csv"), &row, &detail) !=
        GT_OK) {
        trainer->output_failed = true;
        trainer_warn(trainer, &detail, "training goes on without this row");
    }
    trainer_keep_best(trainer, &row);
    bool last = trainer->epoch == (uint64_t)config->train.epochs;
    uint64_t sample_every = (uint64_t)config->output.sample_every;
    if (sample_every > 0 && (last || trainer->epoch % sample_every == 0)) {
        snprintf(name, sizeof name, "samples/epoch-%04" PRIu64 ".png", trainer->epoch);
        trainer_draw_samples(trainer, name);
    }
    if (last || trainer->epoch % (uint64_t)config->output.checkpoint_every == 0)
        return trainer_save(trainer, error);
    return GT_OK;
}

/* Saves where the run stands because of a signal. */
static gt_status stop(struct trainer *trainer, gt_error *error) {
    const char *command = trainer->options->resume_command;
    gt_status status = GT_OK;
    if (trainer->saved_step != trainer->step)
        status = trainer_save(trainer, error);
    if (status != GT_OK)
        return status;
    if (trainer->checkpoint_failed)
        return gt_error_set(error, GT_FAILED,
                            "stopped at step %" PRIu64 ", and its checkpoint could not be written",
                            trainer->step);
    return gt_error_set(error, GT_STOPPED, "stopped at step %" PRIu64 " and saved %s%s%s",
                        trainer->step, trainer->last_checkpoint,
                        command != NULL ? "\nto go on: " : "", command != NULL ? command : "");
}

static gt_status run_epochs(struct trainer *trainer, gt_error *error) {
    uint64_t epochs = (uint64_t)trainer->config->train.epochs;
    if (trainer->epoch >= epochs) {
        trainer_say(trainer,
                    "nothing to do: %" PRIu64 " of %" PRIu64 " epochs are done; for more, "
                    "raise train.epochs",
                    trainer->epoch, epochs);
        return GT_OK;
    }
    while (trainer->epoch < epochs) {
        gt_status status = train_epoch(trainer, error);
        bool finished = trainer->step == (trainer->epoch + 1) * trainer->iterations_per_epoch;
        if (status == GT_OK && finished)
            status = finish_epoch(trainer, error);
        if (status == GT_DIVERGED)
            return explain_divergence(trainer, error);
        if (status != GT_OK)
            return status;
        if (stop_asked(trainer) && trainer->epoch < epochs)
            return stop(trainer, error);
    }
    trainer_say(trainer, "done: pictures are in %s/samples, the last checkpoint is %s",
                trainer->run.path,
                trainer->last_checkpoint[0] ? trainer->last_checkpoint : "missing");
    if (trainer->checkpoint_failed)
        return gt_error_set(error, GT_FAILED, "%s: the last checkpoint could not be written",
                            trainer->run.path);
    if (trainer->output_failed)
        return gt_error_set(error, GT_FAILED,
                            "%s: trained to the end, but not all could be written (see above)",
                            trainer->run.path);
    return GT_OK;
}

gt_status gt_train(const gt_config *config, const gt_train_options *options,
                   const gt_reporter *reporter, gt_error *error) {
    /* The state is too large for a stack: the shapes of 128 layers. */
    struct trainer *state = calloc(1, sizeof *state);
    if (state == NULL)
        return gt_error_set(error, GT_FAILED, "no memory");
    state->config = config;
    state->options = options;
    state->reporter = reporter;
    state->run.lock = -1;
    state->saved_step = UINT64_MAX;

    gt_status status = trainer_build(state, error);
    if (status == GT_OK)
        status = trainer_check_evaluations(state, error);
    if (status == GT_OK && options->dry_run)
        trainer_summarise(state);
    else if (status == GT_OK) {
        status = trainer_begin(state, error);
        gt_stop_hold(reporter->stop);
        if (status == GT_OK)
            status = run_epochs(state, error);
        gt_stop_release(reporter->stop);
    }
    if (state->log != NULL) {
        if (status != GT_OK)
            fprintf(state->log, "%s\n", error->message);
        fclose(state->log);
    }
    gt_run_close(&state->run);
    gt_compute_close(&state->compute);
    gt_arena_release(&state->arena);
    gt_dataset_free(&state->dataset);
    free(state);
    return status;
}
