/* The benchmark: the very iteration that training runs, timed one by one, and two yardsticks beside
 * it. */
#include "gantrain/train/bench.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gantrain/base/text.h"
#include "gantrain/base/team.h"
#include "train/setup.h"

enum {
    WARM_UP = 20,      /* iterations before any is timed */
    ROUNDS = 5,        /* of the large product and iterations, at the most */
    ROUND = 20,        /* iterations of a round, at the least */
    PROFILED = 50,     /* iterations whose phases are measured, at the most */
    LARGE_SIDE = 2048, /* of the large product */
    COPY_BYTES = 1 << 27,
    TRIES = 5 /* of the copy, of which the best counts */
};

static const double PRODUCT_SECONDS = 0.3, COMPARE_SECONDS = 2;

/* Minibatches, with the time they take. */
struct timed_source {
    gt_minibatch_source source;
    gt_profile *profile; /* NULL: nothing is measured */
};

static void get_timed(void *context, gt_minibatch *minibatch, uint64_t number) {
    struct timed_source *timed = context;
    double start = gt_profile_now();
    timed->source.get(timed->source.context, minibatch, number);
    if (timed->profile != NULL)
        gt_profile_add(timed->profile, "data", start, 0);
}

static int compare_numbers(const void *a, const void *b) {
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/* Sorts the numbers. */
static double median(double *numbers, uint64_t count) {
    qsort(numbers, count, sizeof *numbers, compare_numbers);
    return numbers[count / 2];
}

static void time_iterations(double *seconds, uint64_t count, struct setup *setup, uint64_t *step) {
    struct timed_source timed = {.source = setup_minibatches(setup)};
    const gt_minibatch_source source = {get_timed, &timed};
    double stats[GT_MODEL_STATS];
    for (int i = 0; i < WARM_UP; i++)
        gt_model_step(stats, &setup->model, &source, (*step)++);
    for (uint64_t i = 0; i < count; i++) {
        double start = gt_profile_now();
        gt_model_step(stats, &setup->model, &source, (*step)++);
        seconds[i] = gt_profile_now() - start;
    }
}

/* The yardstick is the fastest backend, whichever of them trains: GFLOP/s of its large product. */
static gt_status measure_product(double *limit, gt_bench_result *result, gt_compute *compute,
                                 gt_error *error) {
    const gt_gemm_shape large = {GT_GEMM_FORWARD, LARGE_SIDE, LARGE_SIDE, LARGE_SIDE};
    double seconds[1][GT_ENGINES];
    gt_status status = gt_choice_measure(seconds, compute, &large, 1, PRODUCT_SECONDS, error);
    *limit = 0;
    for (int e = 0; e < compute->engine_count && status == GT_OK; e++) {
        double rate = 2e-9 * LARGE_SIDE * LARGE_SIDE * LARGE_SIDE / seconds[0][e];
        if (rate > *limit) {
            *limit = rate;
            result->fastest_backend = compute->engines[e].name;
        }
    }
    return status;
}

static void summarise(gt_bench_result *result, const struct setup *setup, double *seconds) {
    const uint64_t count = result->iterations;
    double sum = 0;
    for (uint64_t i = 0; i < count; i++)
        sum += seconds[i];
    result->ms_mean = 1e3 * sum / (double)count;
    const double middle = median(seconds, count);
    result->ms_per_iteration = 1e3 * middle;
    result->ms_fastest = 1e3 * seconds[count / 10];
    result->ms_slowest = 1e3 * seconds[count - 1 - count / 10];
    result->images_per_second = setup_images_per_step(setup) / middle;
    result->seconds_per_epoch = (double)setup->steps_per_epoch * middle;
}

/* Other programs, and the clock of the processor, change the speed within seconds. So the large
 * product is measured again and again, and holds for the iterations that follow it at once: sets
 * *possible to the GFLOP that it would have made in the time of one, the median of all rounds. */
static gt_status time_rounds(double *possible, gt_bench_result *result, struct setup *setup,
                             double *seconds, uint64_t *step, gt_error *error) {
    const uint64_t count = result->iterations;
    const uint64_t rounds = count < ROUND ? 1 : count / ROUND < ROUNDS ? count / ROUND : ROUNDS;
    double limits[ROUNDS], products[ROUNDS];
    gt_status status = gt_compute_open_others(&setup->compute, error);
    for (uint64_t r = 0; r < rounds && status == GT_OK; r++) {
        const uint64_t first = count * r / rounds, last = count * (r + 1) / rounds;
        status = measure_product(&limits[r], result, &setup->compute, error);
        if (status != GT_OK)
            break;
        time_iterations(seconds + first, last - first, setup, step);
        products[r] = limits[r] * median(seconds + first, last - first);
    }
    if (status != GT_OK)
        return status;
    result->product_limit = median(limits, rounds);
    *possible = median(products, rounds);
    summarise(result, setup, seconds);
    return GT_OK;
}

/* A process that keeps a processor busy until it is killed or its parent is gone. */
static pid_t start_busy_process(void) {
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        while (getppid() == parent)
            for (volatile int i = 0; i < 1000000; i++)
                ;
    if (child == 0)
        _exit(0);
    return child;
}

/* The mean, since the system gives a process its processor for longer than an iteration. */
static gt_status time_beside(gt_bench_result *result, struct setup *setup, uint64_t *step,
                             gt_error *error) {
    pid_t busy[GT_BENCH_BESIDE];
    int started = 0;
    gt_status status = GT_OK;
    const gt_minibatch_source source = setup_minibatches(setup);
    double stats[GT_MODEL_STATS];
    for (; started < result->beside && status == GT_OK; started += status == GT_OK) {
        busy[started] = start_busy_process();
        if (busy[started] < 0)
            status = gt_error_set(error, GT_FAILED, "busy process %d cannot be started: %s",
                                  started + 1, strerror(errno));
    }
    double begin = gt_profile_now();
    for (uint64_t i = 0; i < result->iterations && status == GT_OK; i++)
        gt_model_step(stats, &setup->model, &source, (*step)++);
    result->ms_beside = 1e3 * (gt_profile_now() - begin) / (double)result->iterations;
    for (int i = 0; i < started; i++) {
        kill(busy[i], SIGKILL);
        waitpid(busy[i], NULL, 0);
    }
    return status;
}

static void profile_iterations(gt_bench_result *result, struct setup *setup, uint64_t *step) {
    struct timed_source timed = {.source = setup_minibatches(setup), .profile = &result->phases};
    const gt_minibatch_source source = {get_timed, &timed};
    double stats[GT_MODEL_STATS];
    gt_model *model = &setup->model;
    int count = result->iterations < PROFILED ? (int)result->iterations : PROFILED;
    double start = gt_profile_now(), phases = 0;
    gt_model_set_profile(model, &result->phases);
    for (int i = 0; i < count; i++)
        gt_model_step(stats, model, &source, (*step)++);
    gt_model_set_profile(model, NULL);
    for (int i = 0; i < result->phases.count; i++)
        phases += result->phases.phases[i].seconds;
    gt_profile_add(&result->phases, "other", start + phases, 0);
    for (int i = 0; i < result->phases.count; i++) {
        gt_profile_phase *phase = &result->phases.phases[i];
        phase->seconds /= count;
        phase->flops /= count;
        result->gflop_per_iteration += 1e-9 * phase->flops;
    }
}

struct copy {
    char *to, *from;
};

static void copy_part(void *context, long first, long last) {
    const struct copy *copy = context;
    memcpy(copy->to + first, copy->from + first, (size_t)(last - first));
}

static gt_status measure_copy(gt_bench_result *result, gt_team *team, gt_error *error) {
    struct copy copy = {malloc(COPY_BYTES), calloc(COPY_BYTES, 1)};
    gt_status status = GT_OK;
    if (copy.to == NULL || copy.from == NULL)
        status = gt_error_set(error, GT_FAILED, "no memory to measure the copy bandwidth");
    for (int i = 0; i < TRIES && status == GT_OK; i++) {
        double start = gt_profile_now();
        gt_team_run(team, copy_part, &copy, COPY_BYTES, 4096, true);
        double rate = 2e-9 * COPY_BYTES / (gt_profile_now() - start);
        if (rate > result->copy_bandwidth)
            result->copy_bandwidth = rate;
    }
    free(copy.to);
    free(copy.from);
    return status;
}

static gt_status measure(gt_bench_result *result, struct setup *setup, double *seconds,
                         const gt_bench_options *options, gt_error *error) {
    gt_compute *compute = &setup->compute;
    uint64_t step = 0;
    double possible;
    *result = (gt_bench_result){.threads = gt_team_size(compute->team),
                                .batch = setup->model.whole_batch,
                                .d_steps = setup->model.minibatches,
                                .iterations = options->iterations,
                                .beside = options->beside,
                                .backend = compute->engines[0].name,
                                .precision = gt_compute_precision_name(compute->precision)};
    gt_text_copy(result->description, sizeof result->description, compute->description);
    gt_model_init(&setup->model, setup->means);
    gt_status status = time_rounds(&possible, result, setup, seconds, &step, error);
    if (status != GT_OK)
        return status;
    profile_iterations(result, setup, &step);
    result->percent_of_product_limit = 100 * result->gflop_per_iteration / possible;
    if (options->beside > 0)
        status = time_beside(result, setup, &step, error);
    return status == GT_OK ? measure_copy(result, compute->team, error) : status;
}

gt_status gt_bench(gt_bench_result *result, const gt_config *config,
                   const gt_bench_options *options, gt_error *error) {
    struct setup *setup = calloc(1, sizeof *setup);
    double *seconds = calloc(options->iterations, sizeof *seconds);
    gt_status status = setup != NULL && seconds != NULL
                           ? setup_open(setup, config, NULL, error)
                           : gt_error_set(error, GT_FAILED, "no memory");
    if (status == GT_OK)
        status = measure(result, setup, seconds, options, error);
    if (setup != NULL)
        setup_close(setup);
    free(setup);
    free(seconds);
    return status;
}

gt_status gt_bench_compare(gt_bench_comparison *comparison, const gt_config *config,
                           gt_error *error) {
    struct setup *setup = calloc(1, sizeof *setup);
    gt_status status = setup != NULL ? setup_open(setup, config, NULL, error)
                                     : gt_error_set(error, GT_FAILED, "no memory");
    *comparison = (gt_bench_comparison){0};
    if (status == GT_OK)
        status = gt_compute_open_others(&setup->compute, error);
    if (status == GT_OK) {
        setup_add_products(comparison->shapes, &comparison->count, setup);
        comparison->engine_count = setup->compute.engine_count;
        comparison->threads = gt_team_size(setup->compute.team);
        for (int e = 0; e < comparison->engine_count; e++)
            comparison->engines[e] = setup->compute.engines[e].name;
        status = gt_choice_measure(comparison->seconds, &setup->compute, comparison->shapes,
                                   comparison->count, COMPARE_SECONDS, error);
    }
    if (setup != NULL)
        setup_close(setup);
    free(setup);
    return status;
}
