/* Pictures that the run before could not write, or was stopped in the middle of: drawn again from
 * the checkpoints that there are. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "train/state.h"

enum { NAME = 64 };

static bool is_missing(const struct trainer *trainer, const char *name) {
    char path[GT_PATH_CAPACITY];
    bool exists;
    return gt_file_exists(&exists, gt_run_file(path, &trainer->run, name), NULL) == GT_OK &&
           !exists;
}

static bool is_listed(const gt_step_list *list, uint64_t step) {
    for (int i = 0; i < list->count; i++)
        if (list->steps[i] == step)
            return true;
    return false;
}

/* Sets name to that of a grid that belongs to a place in the run and is missing: `number` 0 is the
 * epoch's, 1 the step's. */
static bool find_missing(char name[NAME], const struct trainer *trainer, uint64_t epoch,
                         uint64_t step, bool ends_epoch, int number) {
    bool is_due = number == 0 ? ends_epoch && trainer_samples_are_due(trainer, epoch)
                              : is_listed(&trainer->config->output.sample_steps, step);
    snprintf(name, NAME, number == 0 ? TRAINER_EPOCH_GRID : TRAINER_STEP_GRID,
             number == 0 ? epoch : step);
    return is_due && (is_missing(trainer, name) || points_are_missing(trainer, name));
}

/* Draws the missing grids of one checkpoint. Sets *moved if the model now has its weights. */
static gt_status draw_from(bool *moved, struct trainer *trainer, const gt_run_checkpoint *from,
                           gt_error *error) {
    const bool ends_epoch = from->step == 0;
    const uint64_t step = ends_epoch ? from->epoch * trainer->setup.steps_per_epoch : from->step;
    char name[NAME], path[GT_PATH_CAPACITY];
    bool is_open = false;
    gt_checkpoint checkpoint;
    gt_status status = GT_OK;
    gt_run_checkpoint_path(path, &trainer->run, from);
    for (int i = 0; i < 2 && status == GT_OK; i++) {
        if (!find_missing(name, trainer, from->epoch, step, ends_epoch, i))
            continue;
        if (!is_open) {
            status = gt_checkpoint_open(&checkpoint, path, error);
            is_open = status == GT_OK;
            *moved = *moved || is_open;
            if (is_open)
                status =
                    gt_checkpoint_restore(&trainer->setup.model, &checkpoint, false, path, error);
        }
        if (status == GT_OK)
            trainer_draw_samples(trainer, name);
    }
    if (is_open)
        gt_checkpoint_close(&checkpoint);
    return status;
}

/* Draws those of the checkpoints before the one that the run continues from. */
static gt_status draw_earlier(struct trainer *trainer, gt_error *error) {
    gt_run_checkpoint *list, newest;
    gt_checkpoint checkpoint;
    gt_error detail = {0};
    bool moved = false;
    int count;
    gt_run_checkpoint_name(&newest, trainer->epoch, trainer->sums.steps > 0 ? trainer->step : 0);
    gt_status status = gt_run_list_checkpoints(&list, &count, &trainer->run, error);
    for (int i = 0; status == GT_OK && i < count; i++)
        if (strcmp(list[i].name, newest.name) != 0 &&
            draw_from(&moved, trainer, &list[i], &detail) != GT_OK)
            trainer_warn(trainer, &detail, "a picture of its epoch stays missing");
    free(list);
    if (status != GT_OK || !moved)
        return status;
    status = gt_checkpoint_open(&checkpoint, trainer->last_checkpoint, error);
    if (status != GT_OK)
        return status;
    status = gt_checkpoint_restore(&trainer->setup.model, &checkpoint, false,
                                   trainer->last_checkpoint, error);
    gt_checkpoint_close(&checkpoint);
    return status;
}

gt_status trainer_draw_missing(struct trainer *trainer, gt_error *error) {
    const bool ends_epoch = trainer->sums.steps == 0;
    char name[NAME];
    for (int i = 0; i < 2; i++)
        if (find_missing(name, trainer, trainer->epoch, trainer->step, ends_epoch, i))
            trainer_draw_samples(trainer, name);
    if (ends_epoch && trainer_nearest_is_due(trainer) && is_missing(trainer, TRAINER_NEAREST))
        trainer_draw_nearest(trainer);
    if (ends_epoch && trainer_plane_is_due(trainer) && is_missing(trainer, TRAINER_PLANE))
        trainer_draw_plane(trainer);
    return draw_earlier(trainer, error);
}
