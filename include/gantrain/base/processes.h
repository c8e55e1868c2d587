/* Processes that train one model together, each on its rows of every minibatch: started by MPI's
 * mpirun, on one host or several. They have the same weights; what they sum, such as gradients, all
 * of them have afterwards. Process 0 alone has a run directory and a terminal.
 *
 * A call that names `processes` is made by all of them, in the same order, or they wait for each
 * other for ever; NULL, or one process alone, and the call does nothing. A process that dies ends
 * the others: mpirun sees to that, and MPI itself where a connection breaks.
 *
 * In a build without MPI there is one process, and a launcher that starts more is refused. */
#ifndef GANTRAIN_BASE_PROCESSES_H
#define GANTRAIN_BASE_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "gantrain/base/error.h"
#include "gantrain/base/real.h"

/* Initialise with {0}; gt_processes_open fills it. */
typedef struct gt_processes {
    int number, count; /* of this one, from 0, and of all */
    int on_host;       /* how many of them run on this one's host */
    bool is_open;      /* MPI was started, so it has to be ended */

    /* Of the sums so far: what they took, in which waiting for the last process is included, how
     * many they were, and bytes of numbers that each process gave. */
    double sum_seconds, sum_bytes;
    long sums;
} gt_processes;

/* The rows of a minibatch that one process has: `count` from row `first` on. */
typedef struct gt_rows {
    int first, count;
} gt_rows;

/* Starts MPI if a launcher of MPI has started this process; else this process is alone. Call it
 * once, after signals are blocked and before any other thread needs it. Fails with GT_USAGE where
 * several were started and the build has no MPI. gt_processes_close ends it. */
gt_status gt_processes_open(gt_processes *processes, gt_error *error);

/* Waits for all processes, and ends MPI. One that is {0} is left alone. */
void gt_processes_close(gt_processes *processes);

/* Whether there are several. processes may be NULL. */
bool gt_processes_are_several(const gt_processes *processes);

/* Whether this one has the run directory and the terminal: it is the first, or alone. */
bool gt_processes_is_first(const gt_processes *processes);

/* The rows of a minibatch of `batch` that this process has: from number batch / count to
 * (number + 1) batch / count, so that no two processes differ by more than a row. */
gt_rows gt_processes_rows(const gt_processes *processes, int batch);

/* Replaces numbers (count) by their sums over all processes. All get the same bits. */
void gt_processes_sum_reals(gt_processes *processes, gt_real *numbers, size_t count);
void gt_processes_sum(gt_processes *processes, double *numbers, size_t count);

/* The largest of all processes' numbers. */
int gt_processes_most(gt_processes *processes, int number);

/* Replaces bytes (count) by those of process 0, or of process `from`. */
void gt_processes_copy(gt_processes *processes, void *bytes, size_t count);
void gt_processes_copy_from(gt_processes *processes, void *bytes, size_t count, int from);

/* Returns once all processes have called it. Waits without keeping a processor busy. */
void gt_processes_wait(gt_processes *processes);

/* Replaces *text, which may be NULL, by process 0's. What it was is freed; *text is owned by the
 * caller. Fails with GT_FAILED, on all processes, if one of them has no memory for it. */
gt_status gt_processes_copy_text(gt_processes *processes, char **text, gt_error *error);

/* Gives the other processes the status of this one, and returns that of all: GT_OK if all report
 * GT_OK; else the status and the message of the first that failed, on every process. Waits without
 * keeping a processor busy, so that process 0 may meanwhile do what the others wait for. error may be
 * NULL. */
gt_status gt_processes_agree(gt_processes *processes, gt_status status, gt_error *error);

#endif
