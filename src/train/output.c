/* What a run leaves behind: lines, pictures, checkpoints. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "gantrain/files/grid.h"
#include "gantrain/metrics/diversity.h"
#include "train/state.h"

enum { REAL_DIVERSITY = 2000 }; /* images that real diversity is measured on */

static void hand_over(struct trainer *trainer, gt_line_kind kind, const char *text) {
    if (trainer->reporter->line != NULL)
        trainer->reporter->line(trainer->reporter->context, kind, text);
    if (trainer->log != NULL) {
        fprintf(trainer->log, "%s\n", text);
        fflush(trainer->log);
    }
}

void trainer_say(struct trainer *trainer, const char *format, ...) {
    char text[GT_PATH_CAPACITY + 1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    hand_over(trainer, GT_LINE_NEWS, text);
}

void trainer_warn(struct trainer *trainer, const gt_error *error, const char *consequence) {
    char text[GT_ERROR_CAPACITY + 256];
    snprintf(text, sizeof text, "warning: %s; %s", error->message, consequence);
    hand_over(trainer, GT_LINE_WARNING, text);
}

static void write_grid(struct trainer *trainer, const char *name, const uint8_t *pixels,
                       uint32_t count) {
    const gt_dataset *dataset = &trainer->dataset;
    char path[GT_PATH_CAPACITY];
    gt_error error = {0};
    if (gt_grid_write(gt_run_file(path, &trainer->run, name), pixels, count,
                      trainer->config->output.grid.columns, dataset->shape, &error) == GT_OK)
        return;
    trainer->output_failed = true;
    trainer_warn(trainer, &error, "training goes on without this picture");
}

static uint32_t grid_count(const struct trainer *trainer) {
    return (uint32_t)(trainer->config->output.grid.columns * trainer->config->output.grid.rows);
}

void trainer_draw_real(struct trainer *trainer) {
    uint32_t count = grid_count(trainer);
    if (count > trainer->dataset.count)
        count = trainer->dataset.count;
    write_grid(trainer, "samples/real.png", trainer->dataset.images, count);
}

void trainer_draw_samples(struct trainer *trainer, const char *name) {
    gt_gan *gan = &trainer->gan;
    const gt_output *output = gan->generator.output;
    const gt_pass pass = {.training = false};
    uint32_t count = grid_count(trainer);
    gt_generator_swap_average(&gan->generator);
    /* The training step's own memory serves: every step fills what it reads anew. */
    for (uint32_t first = 0; first < count; first += (uint32_t)gan->batch) {
        uint32_t batch =
            count - first < (uint32_t)gan->batch ? count - first : (uint32_t)gan->batch;
        gt_address noise = {gan->seed, GT_PURPOSE_LATENT_GRID, 0, first};
        gt_generator_draw_latent(gan->z, &gan->generator, noise, (int)batch);
        gt_network_forward(gan->images, &gan->generator.network, gan->z, (int)batch, &pass);
        gt_pixels_from_reals(trainer->grid_pixels + (size_t)first * (size_t)gan->pixels,
                             gan->images, output->low, output->high, (long)batch * gan->pixels);
    }
    gt_generator_swap_average(&gan->generator);
    write_grid(trainer, name, trainer->grid_pixels, count);
}

void trainer_measure_diversity(struct trainer *trainer) {
    const gt_dataset *dataset = &trainer->dataset;
    const gt_gan *gan = &trainer->gan;
    const gt_output *output = gan->generator.output;
    if (trainer->real_diversity == 0) {
        uint32_t count = dataset->count < REAL_DIVERSITY ? dataset->count : REAL_DIVERSITY;
        trainer->real_diversity = gt_diversity(
            &(gt_vectors){.bytes = dataset->images, .count = count, .width = dataset->pixels});
    }
    int count;
    const gt_real *images = gt_gan_fakes(gan, &count);
    gt_vectors fakes = {.reals = images, .count = (uint32_t)count, .width = gan->pixels};
    double fake = gt_diversity(&fakes) / (double)(output->high - output->low);
    /* Of equal real images, equal fake ones are just right; and one alone says nothing. */
    bool telling = trainer->real_diversity > 0 && count > 1;
    trainer->diversity = telling ? fake / trainer->real_diversity : 1;
}

void trainer_watch_collapse(struct trainer *trainer, const gt_epoch_row *row) {
    gt_collapse collapse = gt_collapse_find(row);
    if (collapse != GT_COLLAPSE_NONE && collapse != trainer->collapse) {
        char text[512];
        gt_collapse_describe(text, sizeof text, collapse, row);
        hand_over(trainer, GT_LINE_WARNING, text);
    }
    trainer->collapse = collapse;
}

gt_status trainer_write_checkpoint(struct trainer *trainer, const char *path, gt_error *error) {
    const gt_dataset *dataset = &trainer->dataset;
    gt_checkpoint_info info = {
        .config = *trainer->config,
        .epoch = trainer->epoch,
        .step = trainer->step,
        .shape = dataset->shape,
        .data_checksum = dataset->checksum,
        .sums = trainer->sums,
    };
    gt_error detail = {0};
    gt_status status = gt_checkpoint_save(path, &trainer->gan, &info, &detail);
    if (status == GT_DIVERGED)
        return gt_error_set(error, GT_DIVERGED, "%s at step %" PRIu64 " (epoch %" PRIu64 ")",
                            detail.message, trainer->step, trainer->epoch);
    if (status != GT_OK && error != NULL)
        *error = detail;
    return status;
}

gt_status trainer_save(struct trainer *trainer, gt_error *error) {
    bool within_epoch = trainer->sums.iterations > 0;
    gt_run_checkpoint checkpoint;
    gt_run_checkpoint_name(&checkpoint, trainer->epoch, within_epoch ? trainer->step : 0);
    char name[sizeof checkpoint.name + 16], path[GT_PATH_CAPACITY];
    snprintf(name, sizeof name, "checkpoints/%s", checkpoint.name);
    gt_run_file(path, &trainer->run, name);

    gt_error detail = {0};
    gt_status status = trainer_write_checkpoint(trainer, path, &detail);
    if (status == GT_DIVERGED) {
        *error = detail;
        return status;
    }
    trainer->checkpoint_failed = status != GT_OK;
    if (status != GT_OK) {
        trainer_warn(trainer, &detail,
                     trainer->epoch == (uint64_t)trainer->config->train.epochs
                         ? "this was the last checkpoint"
                         : "training goes on; the next checkpoint is tried again");
        return GT_OK;
    }
    trainer->saved_step = trainer->step;
    memcpy(trainer->last_checkpoint, path, sizeof path);
    if (gt_run_keep(&trainer->run, &checkpoint, (int)trainer->config->output.keep, &detail) !=
        GT_OK)
        trainer_warn(trainer, &detail, "the checkpoint itself is whole");
    return GT_OK;
}
