/* The event file for TensorBoard. It is made of what metrics.csv and the pictures hold, so there is
 * nothing to hold back or to save: whatever is missing in it is added, after each epoch and when a
 * run is resumed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/files/png.h"
#include "train/state.h"

/* So many bytes are written at once. */
enum { PENDING = 1 << 20 };

gt_status trainer_check_board(const struct trainer *trainer, gt_error *error) {
    if (!trainer->config->output.tensorboard || gt_tensorboard_is_built())
        return GT_OK;
    return gt_error_set(error, GT_USAGE,
                        "[output] tensorboard = yes: this gantrain was built without protobuf-c: "
                        "install the packages libprotobuf-c-dev and protobuf-c-compiler and build "
                        "it again, or leave the key out");
}

static gt_status open_file(struct trainer *trainer, uint64_t epoch, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    return gt_tensorboard_open(&trainer->board,
                               gt_run_file(path, &trainer->run, GT_TENSORBOARD_FILE),
                               epoch * trainer->setup.steps_per_epoch, error);
}

gt_status trainer_open_board(struct trainer *trainer, gt_error *error) {
    return gt_tensorboard_is_built() ? open_file(trainer, trainer->epoch, error) : GT_OK;
}

gt_status trainer_cut_board(struct trainer *trainer, uint64_t epoch, gt_error *error) {
    return trainer->config->output.tensorboard ? open_file(trainer, epoch, error) : GT_OK;
}

static gt_status write_pending(struct trainer *trainer, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    return gt_tensorboard_write(&trainer->board,
                                gt_run_file(path, &trainer->run, GT_TENSORBOARD_FILE), error);
}

/* Adds an epoch: its row, which may be NULL, and its sample grid, if there is one. */
static gt_status add_epoch(struct trainer *trainer, uint64_t epoch, uint64_t step,
                           const gt_history_row *row, gt_error *error) {
    char name[64], path[GT_PATH_CAPACITY], *png = NULL;
    size_t size = 0;
    bool exists;
    snprintf(name, sizeof name, "samples/epoch-%04" PRIu64 ".png", epoch);
    gt_run_file(path, &trainer->run, name);
    gt_status status = gt_file_exists(&exists, path, error);
    if (status == GT_OK && exists)
        status = gt_file_check_regular(path, error);
    if (status == GT_OK && exists)
        status = gt_file_load(&png, &size, path, GT_PNG_BYTES, error);
    const gt_tensorboard_event event = {.time = gt_event_now(),
                                        .step = step,
                                        .columns = &trainer->columns,
                                        .row = row,
                                        .png = png,
                                        .png_size = size};
    if (status == GT_OK)
        status = gt_tensorboard_add(&trainer->board, &event, error);
    free(png);
    return status == GT_OK && trainer->board.pending_size >= PENDING ? write_pending(trainer, error)
                                                                     : status;
}

/* A walk over the rows of metrics.csv. */
struct walk {
    struct trainer *trainer;
    uint64_t from; /* steps up to it have their events */
    gt_status status;
    gt_error *error;
};

static void add_row(void *context, const gt_history_row *row) {
    struct walk *walk = context;
    if (walk->status == GT_OK && row->step > walk->from)
        walk->status = add_epoch(walk->trainer, row->epoch, row->step, row, walk->error);
}

static gt_status add_missing(struct trainer *trainer, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    gt_run_file(path, &trainer->run, GT_TENSORBOARD_FILE);
    gt_status status =
        gt_tensorboard_is_unchanged(&trainer->board, path)
            ? GT_OK
            : open_file(trainer, trainer->epoch, error); /* somebody removed it meanwhile */
    struct walk walk = {trainer, trainer->board.step, GT_OK, error};
    if (status == GT_OK && trainer->board.events <= 1)
        status = add_epoch(trainer, 0, 0, NULL, error);
    if (status == GT_OK)
        status = gt_history_visit(gt_run_file(path, &trainer->run, "metrics.csv"),
                                  &trainer->columns, add_row, &walk, error);
    if (status == GT_OK)
        status = walk.status;
    /* What was added before a failure is whole. */
    gt_status written = write_pending(trainer, status == GT_OK ? error : NULL);
    return status == GT_OK ? written : status;
}

void trainer_write_board(struct trainer *trainer) {
    gt_error detail = {0};
    if (!trainer->config->output.tensorboard)
        return;
    /* Rows and pictures that wait to be written, or to be drawn by --resume, come first. */
    if (trainer->held.rows != NULL || trainer->held.pictures != NULL || trainer->is_cut)
        return;
    bool failed = add_missing(trainer, &detail) != GT_OK;
    if (failed && !trainer->board_failed)
        trainer_warn(trainer, &detail, "training continues; these events are tried again");
    trainer->board_failed = failed;
}
