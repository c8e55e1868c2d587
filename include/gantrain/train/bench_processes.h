/* How fast a config trains on several processes, and what their sums take. */
#ifndef GANTRAIN_TRAIN_BENCH_PROCESSES_H
#define GANTRAIN_TRAIN_BENCH_PROCESSES_H

#include "gantrain/config/config.h"

enum { GT_BENCH_SUMS = 8 };

typedef struct gt_bench_processes {
    int processes, on_host, threads; /* on_host: of the first's host; threads: of each */
    int batch;                       /* of all processes together */
    uint64_t iterations;             /* timed */
    double ms_alone;                 /* median of an iteration of one process with all rows, while
                                        the others sleep */
    double ms_together;              /* median of an iteration of all of them */
    double speedup, efficiency;      /* ms_alone / ms_together; that over the processes */
    /* Medians over iterations, and of these the means over processes: of an iteration without its
     * sums, and of these, in which waiting for the last process is included. */
    double ms_compute, ms_sums;
    double sums, megabytes; /* of an iteration: how many, and of what one process gives */
    int size_count;
    struct {
        double bytes, seconds; /* fastest of some sums of one block, begun by all at once */
    } sizes[GT_BENCH_SUMS];
} gt_bench_processes;

/* Trains some iterations on one process and then on all, and measures. Writes nothing. The result
 * is that of the first process. Fails as gt_bench does, on all with one message. */
gt_status gt_bench_processes_run(gt_bench_processes *result, const gt_config *config,
                                 gt_processes *processes, uint64_t iterations, gt_error *error);

#endif
