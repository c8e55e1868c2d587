/* The directory of a run: where its files are, who may write them, which checkpoints it has.
 *
 *   config.ini  metrics.csv  log.txt  events.jsonl  report.html  samples/  checkpoints/  lock
 *   events.out.tfevents.gantrain
 */
#ifndef GANTRAIN_STORE_DIRECTORY_H
#define GANTRAIN_STORE_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/files/file.h"

/* What may be done to a directory that already holds a run. */
typedef enum gt_run_mode {
    GT_RUN_NEW,    /* nothing: refuse */
    GT_RUN_RESUME, /* go on in it */
    GT_RUN_FORCE   /* move it aside to DIR.old-N and start over */
} gt_run_mode;

/* An open run directory, locked against other processes. */
typedef struct gt_run_directory {
    char path[GT_PATH_CAPACITY];
    char moved_to[GT_PATH_CAPACITY]; /* where GT_RUN_FORCE put the old run; "" if there was none */
    int lock;                        /* owned: file descriptor; the lock goes with the process */
    bool has_links;   /* else checkpoints/latest.safetensors is a copy of the newest */
    gt_error caution; /* a line for each thing that the file system does not have, or that a killed
                         process left and that cannot be removed: to be shown */
} gt_run_directory;

/* A checkpoint in a run directory. */
typedef struct gt_run_checkpoint {
    uint64_t epoch; /* finished when it was made */
    uint64_t step;  /* iterations finished, for one made within an epoch; 0 at the end of one */
    char name[64];  /* within checkpoints/ */
} gt_run_checkpoint;

/* Opens a run directory, making it and its parents if need be, locks it, and removes what a killed
 * process left half written; links in the place of log.txt and of files of events are moved aside.
 * Fails with GT_FAILED if it cannot be made, read or written, is in use by another process, or, in
 * mode GT_RUN_NEW, already holds a run: the message names the choices. */
gt_status gt_run_open(gt_run_directory *run, const char *path, gt_run_mode mode, gt_error *error);

/* Sees whether gt_run_open would fail, without making, locking or changing anything. Of `run` only
 * the path is set then, so that its files can be listed; there is nothing to close. */
gt_status gt_run_check(gt_run_directory *run, const char *path, gt_run_mode mode, gt_error *error);

/* Sets *found to whether a directory holds a run: a config.ini, a metrics.csv or a checkpoint. */
gt_status gt_run_find(bool *found, const gt_run_directory *run, gt_error *error);

/* Unlocks it. */
void gt_run_close(gt_run_directory *run);

/* Whether another process is writing to the run directory at a path. Not to be asked of a directory
 * that this process has open: the answer would release its lock. */
bool gt_run_is_in_use(const char *path);

/* The path of a file in it: "samples/real.png". Returns "" (and so the file cannot be opened) if it
 * does not fit. */
const char *gt_run_file(char path[GT_PATH_CAPACITY], const gt_run_directory *run, const char *name);

/* The name of a checkpoint: epoch-0002.safetensors, or epoch-0002-step-0002345.safetensors within
 * an epoch. */
void gt_run_checkpoint_name(gt_run_checkpoint *checkpoint, uint64_t epoch, uint64_t step);

/* The path of a checkpoint, as gt_run_file. */
const char *gt_run_checkpoint_path(char path[GT_PATH_CAPACITY], const gt_run_directory *run,
                                   const gt_run_checkpoint *checkpoint);

/* Lists the checkpoints, newest first. *list is owned by the caller (free). A directory without any
 * is fine: count 0. */
gt_status gt_run_list_checkpoints(gt_run_checkpoint **list, int *count, const gt_run_directory *run,
                                  gt_error *error);

/* Points checkpoints/latest.safetensors at `newest`, atomically, and removes all but the newest
 * `keep` checkpoints: tries both, even if one fails. */
gt_status gt_run_keep(const gt_run_directory *run, const gt_run_checkpoint *newest, int keep,
                      gt_error *error);

/* Renames path to path.old-N, with the first N that is free: `to`. */
gt_status gt_run_move_aside(char to[GT_PATH_CAPACITY], const char *path, gt_error *error);

/* Moves every checkpoint that is newer than the given place in the run out of the way, to
 * NAME.old-N; *count is set to how many. */
gt_status gt_run_set_aside_newer(int *count, const gt_run_directory *run, uint64_t epoch,
                                 uint64_t step, gt_error *error);

#endif
