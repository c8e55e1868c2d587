/* How fast a config trains on this machine, and how close that is to what the machine can do. */
#ifndef GANTRAIN_TRAIN_BENCH_H
#define GANTRAIN_TRAIN_BENCH_H

#include "gantrain/base/profile.h"
#include "gantrain/config/config.h"
#include "gantrain/nn/choice.h"

enum { GT_BENCH_BESIDE = 1024 }; /* busy processes, at the most */

typedef struct gt_bench_options {
    uint64_t iterations; /* to time */
    int beside;          /* busy processes to share the machine with, in a measurement of its own */
} gt_bench_options;

typedef struct gt_bench_result {
    const char *backend, *precision; /* their names */
    char description[192];           /* of the backend, for people */
    int threads, batch, d_steps;
    uint64_t iterations;             /* timed */
    double ms_per_iteration;         /* median */
    double ms_fastest, ms_slowest;   /* the tenth and the ninetieth percentile */
    double images_per_second;        /* real images, at the median */
    double seconds_per_epoch;        /* the same */
    double gflop_per_iteration;      /* of matrix products, by their definition: convolutions may
                                        take fewer (src/nn/winograd.h) */
    double product_limit;            /* GFLOP/s of a large product, same threads, same process:
                                        median of measurements in turn with the iterations */
    const char *fastest_backend;     /* that made it */
    double percent_of_product_limit; /* gflop_per_iteration / product_limit / time, of iterations
                                        and the measurement before them; the median */
    double copy_bandwidth;           /* GB/s read and written by a large copy, same threads */
    double ms_mean;                  /* of the iterations that ms_per_iteration is the median of */
    int beside;                      /* busy processes; 0: that was not measured */
    double ms_beside;                /* mean beside them */
    /* Where the time went: seconds per iteration, measured in iterations of their own. */
    gt_profile phases;
} gt_bench_result;

/* Trains some iterations of a config after warming up, and measures. Writes nothing. Fails as
 * gt_train does for data, networks and memory. */
gt_status gt_bench(gt_bench_result *result, const gt_config *config,
                   const gt_bench_options *options, gt_error *error);

/* The products of a step on every backend that has the config's precision. */
typedef struct gt_bench_comparison {
    int threads, engine_count, count;
    const char *engines[GT_ENGINES];               /* names of backends */
    gt_gemm_shape shapes[GT_MODEL_PRODUCTS];       /* (count) */
    double seconds[GT_MODEL_PRODUCTS][GT_ENGINES]; /* (count, engine_count) */
} gt_bench_comparison;

/* Compares the backends. Writes nothing. Fails as above. */
gt_status gt_bench_compare(gt_bench_comparison *comparison, const gt_config *config,
                           gt_error *error);

#endif
