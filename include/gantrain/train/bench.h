/* How fast a config trains on this machine, and how close that is to what the machine can do. */
#ifndef GANTRAIN_TRAIN_BENCH_H
#define GANTRAIN_TRAIN_BENCH_H

#include "gantrain/base/profile.h"
#include "gantrain/config/config.h"

typedef struct gt_bench_result {
    const char *backend, *precision; /* their names */
    char description[96];            /* of the backend, for people */
    int threads, batch, d_steps;
    uint64_t iterations;           /* timed */
    double ms_per_iteration;       /* median */
    double ms_fastest, ms_slowest; /* the tenth and the ninetieth percentile */
    double images_per_second;      /* real images, at the median */
    double seconds_per_epoch;      /* the same */
    double gflop_per_iteration;    /* of matrix products */
    double
        product_limit; /* GFLOP/s of the backend on a large product, same threads, same process */
    double percent_of_product_limit; /* gflop_per_iteration / product_limit / time */
    double copy_bandwidth;           /* GB/s read and written by a large copy, same threads */
    /* Where the time went: seconds per iteration, measured in iterations of their own. */
    gt_profile phases;
} gt_bench_result;

/* Trains `iterations` iterations of a config after warming up, and measures. Writes nothing. Fails
 * as gt_train does for data, networks and memory. */
gt_status gt_bench(gt_bench_result *result, const gt_config *config, uint64_t iterations,
                   gt_error *error);

#endif
