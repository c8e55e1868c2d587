/* A run that goes on from a checkpoint that is named: one of its own, one of another run, or a file
 * that somebody copied or that was moved aside. From then on the run's own checkpoints are those of
 * this branch, so that a plain --resume goes on with it. */
#include <stdlib.h>
#include <string.h>

#include "train/state.h"

/* The file's directory and its name, links followed: one text, owned by the caller, with a zero
 * byte between the two; *name is set to the second. NULL: there is no such file. */
static char *split_real_path(const char **name, const char *path) {
    char *real = realpath(path, NULL), *slash = real != NULL ? strrchr(real, '/') : NULL;
    if (slash == NULL) {
        free(real);
        return NULL;
    }
    *slash = '\0';
    *name = slash + 1;
    return real;
}

/* Whether a file lies among the checkpoints of a run directory, and, unless name is NULL, has that
 * name. */
static bool lies_there(const char *path, const char *run_directory, const char *name) {
    char own[GT_PATH_CAPACITY];
    const char *found = NULL;
    char *directory = split_real_path(&found, path);
    char *own_real = gt_path_join(own, run_directory, "checkpoints") ? realpath(own, NULL) : NULL;
    bool same = directory != NULL && own_real != NULL && strcmp(directory, own_real) == 0 &&
                (name == NULL || strcmp(found, name) == 0);
    free(directory);
    free(own_real);
    return same;
}

bool branch_is_own(const char *path, const char *run_directory) {
    return lies_there(path, run_directory, NULL);
}

gt_status branch_check(const char *path, gt_error *error) {
    gt_checkpoint checkpoint;
    gt_status status = gt_checkpoint_open(&checkpoint, path, error);
    if (status == GT_OK)
        gt_checkpoint_close(&checkpoint);
    return status;
}

struct setup_past branch_find_past(const gt_config *config, const gt_train_options *options) {
    gt_run_directory run = {.lock = -1};
    gt_run_checkpoint *list = NULL;
    gt_checkpoint checkpoint;
    char path[GT_PATH_CAPACITY];
    bool found = false;
    int count = 0;
    if (!options->resume)
        return (struct setup_past){0};
    if (options->resume_from != NULL) {
        snprintf(path, sizeof path, "%s", options->resume_from);
        found = gt_checkpoint_open(&checkpoint, path, NULL) == GT_OK;
    } else if (snprintf(run.path, sizeof run.path, "%s", config->output.dir) <
               (int)sizeof run.path) {
        gt_run_list_checkpoints(&list, &count, &run, NULL);
    }
    for (int i = 0; i < count && !found; i++) {
        found = gt_checkpoint_open(&checkpoint, gt_run_checkpoint_path(path, &run, &list[i]),
                                   NULL) == GT_OK;
    }
    free(list);
    if (!found)
        return (struct setup_past){0};
    const struct setup_past past = {.has_checksum = config->data.range.last == 0,
                                    .checksum = checkpoint.info.data_checksum,
                                    .flat_images = checkpoint.info.flat_images};
    gt_checkpoint_close(&checkpoint);
    return past;
}

static bool have_same_tensors(const gt_safetensors *a, const gt_safetensors *b) {
    bool same = a->count == b->count;
    for (int i = 0; same && i < a->count; i++) {
        const gt_safetensors_entry *of_a = &a->entries[i], *of_b = &b->entries[i];
        same = strcmp(of_a->name, of_b->name) == 0 && of_a->size == of_b->size &&
               memcmp(of_a->bytes, of_b->bytes, of_a->size) == 0;
    }
    return same;
}

/* Sets *same to whether the checkpoint in the place of the copy holds what was taken up; if it is
 * another, moves it aside. */
static gt_status clear_place(bool *same, struct trainer *trainer, const gt_checkpoint *taken,
                             const char *place, gt_error *error) {
    gt_checkpoint there;
    gt_error detail = {0};
    char moved[GT_PATH_CAPACITY];
    bool exists;
    *same = false;
    if (gt_file_exists(&exists, place, error) != GT_OK)
        return GT_FAILED;
    if (!exists)
        return GT_OK;
    if (gt_checkpoint_open(&there, place, &detail) == GT_OK) {
        *same = have_same_tensors(&there.tensors, &taken->tensors);
        gt_checkpoint_close(&there);
    } else if (!there.damaged && !there.newer) {
        return gt_error_set(error, GT_FAILED, "%.2000s: try again, or move it away",
                            detail.message);
    }
    if (*same)
        return GT_OK;
    gt_status status = gt_run_move_aside(moved, place, error);
    if (status == GT_OK)
        trainer_say(trainer, "%s is of another branch: it is now %s", place, moved);
    return status;
}

/* Gives what was taken up its place among the run's checkpoints, unless it has it already. */
static gt_status settle(struct trainer *trainer, const gt_checkpoint *taken, gt_error *error) {
    gt_run_checkpoint place;
    char path[GT_PATH_CAPACITY];
    bool same;
    gt_run_checkpoint_name(&place, trainer->epoch, trainer->sums.steps > 0 ? trainer->step : 0);
    if (lies_there(trainer->options->resume_from, trainer->run.path, place.name))
        return trainer_set_aside_newer(trainer, error);
    gt_run_checkpoint_path(path, &trainer->run, &place);
    gt_status status = clear_place(&same, trainer, taken, path, error);
    if (status == GT_OK)
        status = trainer_set_aside_newer(trainer, error);
    return status == GT_OK && !same ? trainer_save(trainer, error) : status;
}

gt_status branch_take_up(struct trainer *trainer, gt_error *error) {
    const char *path = trainer->options->resume_from;
    gt_checkpoint checkpoint;
    gt_status status = gt_checkpoint_open(&checkpoint, path, error);
    if (status != GT_OK)
        return status;
    status = trainer_take_up(trainer, &checkpoint, path, error);
    if (status == GT_OK)
        status = settle(trainer, &checkpoint, error);
    gt_checkpoint_close(&checkpoint);
    return status;
}
