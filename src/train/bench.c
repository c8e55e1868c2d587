/* The benchmark: the very iteration that training runs, timed one by one, and two yardsticks beside
 * it. */
#include "gantrain/train/bench.h"

#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/base/team.h"
#include "gantrain/nn/gemm.h"
#include "train/setup.h"

enum {
    WARM_UP = 20,      /* iterations before anything is measured */
    PROFILED = 50,     /* iterations whose phases are measured, at the most */
    LARGE_SIDE = 2048, /* of the large product */
    COPY_BYTES = 1 << 27,
    TRIES = 5 /* of each yardstick, of which the best counts */
};

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

static int compare_seconds(const void *a, const void *b) {
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static void time_iterations(gt_bench_result *result, struct setup *setup, uint64_t *step,
                            double *seconds) {
    struct timed_source timed = {.source = setup_minibatches(setup)};
    const gt_minibatch_source source = {get_timed, &timed};
    double stats[GT_MODEL_STATS];
    gt_model *model = &setup->model;
    uint64_t count = result->iterations;
    for (int i = 0; i < WARM_UP; i++)
        model->kind->step(stats, model, &source, (*step)++);
    for (uint64_t i = 0; i < count; i++) {
        double start = gt_profile_now();
        model->kind->step(stats, model, &source, (*step)++);
        seconds[i] = gt_profile_now() - start;
    }
    qsort(seconds, count, sizeof *seconds, compare_seconds);
    double median = seconds[count / 2];
    result->ms_per_iteration = 1e3 * median;
    result->ms_fastest = 1e3 * seconds[count / 10];
    result->ms_slowest = 1e3 * seconds[count - 1 - count / 10];
    result->images_per_second = setup_images_per_step(setup) / median;
    result->seconds_per_epoch = (double)setup->steps_per_epoch * median;
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
        model->kind->step(stats, model, &source, (*step)++);
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

static gt_status measure_product(gt_bench_result *result, const gt_compute *compute,
                                 gt_error *error) {
    enum { N = LARGE_SIDE };
    gt_arena arena = {0};
    gt_real *y = NULL, *b = NULL;
    void *x = NULL, *w = NULL; /* zeros, in either precision */
    gt_status status = GT_OK;
    for (int pass = 0; pass < 2 && status == GT_OK; pass++) {
        y = gt_arena_take(&arena, (size_t)N * N, sizeof(gt_real));
        x = gt_arena_take(&arena, (size_t)N * N, sizeof(gt_real));
        w = gt_arena_take(&arena, (size_t)N * N, sizeof(gt_real));
        b = gt_arena_take(&arena, N, sizeof(gt_real));
        if (pass == 0)
            status = gt_arena_reserve(&arena, error);
    }
    double best = 0;
    for (int i = 0; i < TRIES && status == GT_OK; i++) {
        double start = gt_profile_now();
        gt_gemm_forward(compute, y, x, w, b, (gt_epilogue){0}, N, N, N);
        double rate = 2e-9 * N * N * N / (gt_profile_now() - start);
        best = rate > best ? rate : best;
    }
    gt_arena_release(&arena);
    result->product_limit = best;
    result->percent_of_product_limit =
        100 * result->gflop_per_iteration / best / (1e-3 * result->ms_per_iteration);
    return status;
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
                         uint64_t iterations, gt_error *error) {
    const gt_compute *compute = &setup->compute;
    uint64_t step = 0;
    *result = (gt_bench_result){.threads = gt_team_size(compute->team),
                                .batch = setup->model.batch,
                                .d_steps = setup->model.minibatches,
                                .iterations = iterations,
                                .backend = compute->engines[0].name,
                                .precision = gt_compute_precision_name(compute->precision)};
    gt_text_copy(result->description, sizeof result->description, compute->description);
    gt_model_init(&setup->model, setup->means);
    time_iterations(result, setup, &step, seconds);
    profile_iterations(result, setup, &step);
    gt_status status = measure_product(result, compute, error);
    return status == GT_OK ? measure_copy(result, compute->team, error) : status;
}

gt_status gt_bench(gt_bench_result *result, const gt_config *config, uint64_t iterations,
                   gt_error *error) {
    struct setup *setup = calloc(1, sizeof *setup);
    double *seconds = malloc(iterations * sizeof *seconds);
    gt_status status = setup != NULL && seconds != NULL
                           ? setup_open(setup, config, NULL, error)
                           : gt_error_set(error, GT_FAILED, "no memory");
    if (status == GT_OK)
        status = measure(result, setup, seconds, iterations, error);
    if (setup != NULL)
        setup_close(setup);
    free(setup);
    free(seconds);
    return status;
}
