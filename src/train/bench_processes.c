/* The benchmark of several processes: the iteration that training runs, on one of them with all
 * rows and on all with their shares, and sums of blocks by themselves. */
#include "gantrain/train/bench_processes.h"

#include <stdlib.h>

#include "gantrain/base/profile.h"
#include "train/setup.h"

enum { WARM_UP = 10, SUM_TRIES = 20, LARGEST = 1 << 24 };

static const double SUM_SECONDS = 0.5; /* that the tries of one size may take, about */

/* What each of the iterations took: (iterations) seconds each. */
struct times {
    uint64_t iterations;
    double *whole, *sums; /* of the iteration, and of its sums over processes */
};

static int compare_seconds(const void *a, const void *b) {
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static void time_iterations(struct times *times, struct setup *setup) {
    const gt_minibatch_source source = setup_minibatches(setup);
    gt_processes *processes = setup->compute.processes;
    double stats[GT_MODEL_STATS];
    gt_model_init(&setup->model, setup->means);
    for (uint64_t i = 0; i < WARM_UP; i++)
        gt_model_step(stats, &setup->model, &source, i);
    if (processes != NULL)
        processes->sum_bytes = 0, processes->sums = 0;
    for (uint64_t i = 0; i < times->iterations; i++) {
        const double start = gt_profile_now();
        if (processes != NULL)
            processes->sum_seconds = 0;
        gt_model_step(stats, &setup->model, &source, WARM_UP + i);
        times->whole[i] = gt_profile_now() - start;
        times->sums[i] = processes != NULL ? processes->sum_seconds : 0;
    }
}

static double median(double *seconds, uint64_t count) {
    qsort(seconds, count, sizeof *seconds, compare_seconds);
    return seconds[count / 2];
}

/* Opens a setup for the processes, or for this one alone, and has its iterations timed. */
static gt_status time_setup(struct times *times, int *threads, const gt_config *config,
                            gt_processes *processes, gt_error *error) {
    struct setup *setup = calloc(1, sizeof *setup);
    const struct setup_data data = {.processes = processes};
    gt_status status = setup != NULL ? GT_OK : gt_error_set(error, GT_FAILED, "no memory");
    status = gt_processes_agree(processes, status, error);
    if (status == GT_OK)
        status = setup_open(setup, config, &data, error);
    if (status == GT_OK) {
        *threads = gt_team_size(setup->compute.team);
        time_iterations(times, setup);
    }
    if (setup != NULL)
        setup_close(setup);
    free(setup);
    return status;
}

/* Of the iterations of all processes: means over them of what each has measured. */
static void share_times(gt_bench_processes *result, gt_processes *processes, struct times *times) {
    const uint64_t count = times->iterations;
    double medians[2];
    result->sums = (double)processes->sums / (double)count;
    result->megabytes = 1e-6 * processes->sum_bytes / (double)count;
    result->ms_together = 1e3 * median(times->whole, count);
    medians[1] = median(times->sums, count);
    medians[0] = 1e-3 * result->ms_together - medians[1];
    gt_processes_sum(processes, medians, 2);
    result->ms_compute = 1e3 * medians[0] / processes->count;
    result->ms_sums = 1e3 * medians[1] / processes->count;
}

/* The seconds of the fastest of some sums of numbers (count). */
static double time_sum(gt_real *numbers, size_t count, gt_processes *processes) {
    double best = 0, own = 0;
    for (int try = 0; try < SUM_TRIES; try++) {
        double all = own;
        gt_processes_sum(processes, &all, 1); /* they begin together, and end at the same try */
        if (all > SUM_SECONDS * processes->count)
            break;
        const double start = gt_profile_now();
        gt_processes_sum_reals(processes, numbers, count);
        const double taken = gt_profile_now() - start;
        best = try == 0 || taken < best ? taken : best;
        own += taken;
    }
    return best;
}

/* Times sums of blocks of 4 bytes to 64 MB. */
static gt_status time_sums(gt_bench_processes *result, gt_processes *processes, gt_error *error) {
    gt_real *numbers = calloc(LARGEST, sizeof *numbers);
    gt_status status =
        numbers != NULL ? GT_OK : gt_error_set(error, GT_FAILED, "no memory to time sums");
    status = gt_processes_agree(processes, status, error);
    for (size_t count = 1; status == GT_OK && count <= LARGEST; count *= 16) {
        result->sizes[result->size_count].bytes = (double)(count * sizeof *numbers);
        result->sizes[result->size_count++].seconds = time_sum(numbers, count, processes);
    }
    free(numbers);
    return status;
}

/* On all processes, then on the first alone with as many threads as each of them had. */
static gt_status time_both(gt_bench_processes *result, struct times *times, const gt_config *config,
                           gt_processes *processes, gt_error *error) {
    gt_config same = *config;
    gt_status status = time_setup(times, &result->threads, config, processes, error);
    if (status != GT_OK)
        return status;
    share_times(result, processes, times);
    same.train.threads = result->threads;
    if (gt_processes_is_first(processes))
        status = time_setup(times, &result->threads, &same, NULL, error);
    status = gt_processes_agree(processes, status, error);
    if (status != GT_OK)
        return status;
    result->ms_alone = 1e3 * median(times->whole, times->iterations);
    result->speedup = result->ms_alone / result->ms_together;
    result->efficiency = result->speedup / result->processes;
    return GT_OK;
}

gt_status gt_bench_processes_run(gt_bench_processes *result, const gt_config *config,
                                 gt_processes *processes, uint64_t iterations, gt_error *error) {
    double *seconds = malloc(2 * iterations * sizeof *seconds);
    *result = (gt_bench_processes){.processes = processes->count,
                                   .on_host = processes->on_host,
                                   .batch = (int)config->train.batch_size,
                                   .iterations = iterations};
    gt_status status = seconds != NULL ? GT_OK : gt_error_set(error, GT_FAILED, "no memory");
    status = gt_processes_agree(processes, status, error);
    if (status == GT_OK) {
        struct times times = {iterations, seconds, seconds + iterations};
        status = time_both(result, &times, config, processes, error);
    }
    if (status == GT_OK)
        status = time_sums(result, processes, error);
    free(seconds);
    return status;
}
