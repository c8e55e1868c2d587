/* gantrain bench: the speed of a config on this machine, for choosing threads, batch and networks.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/bench_processes.h"
#include "cli/settings.h"
#include "gantrain/cli/commands.h"
#include "gantrain/train/bench.h"

static void print_text(const gt_bench_result *result) {
    printf("%s, %d thread%s, batch %d, d_steps %d\n", result->description, result->threads,
           result->threads == 1 ? "" : "s", result->batch, result->d_steps);
    printf("%.3f ms per iteration (%.3f to %.3f in 8 of 10), %.0f images/s, %.2f s per epoch\n",
           result->ms_per_iteration, result->ms_fastest, result->ms_slowest,
           result->images_per_second, result->seconds_per_epoch);
    if (result->beside > 0)
        printf("beside %d busy process%s: mean %.3f ms, %.2f times the %.3f ms without\n",
               result->beside, result->beside == 1 ? "" : "es", result->ms_beside,
               result->ms_beside / result->ms_mean, result->ms_mean);
    printf("%.3f GFLOP of products per iteration; a large product runs at %.0f GFLOP/s (%s): %.0f "
           "%% of the product limit\n",
           result->gflop_per_iteration, result->product_limit, result->fastest_backend,
           result->percent_of_product_limit);
    printf("a large copy moves %.1f GB/s\n\n", result->copy_bandwidth);
    printf("%-48s %10s %8s %10s\n", "phase", "ms", "%", "GFLOP/s");
    double total = 0;
    for (int i = 0; i < result->phases.count; i++)
        total += result->phases.phases[i].seconds;
    for (int i = 0; i < result->phases.count; i++) {
        const gt_profile_phase *phase = &result->phases.phases[i];
        printf("%-48s %10.3f %8.1f", phase->label, 1e3 * phase->seconds,
               100 * phase->seconds / total);
        if (phase->flops > 0)
            printf(" %10.0f", 1e-9 * phase->flops / phase->seconds);
        printf("\n");
    }
}

/* GFLOP/s, with a star at the fastest. */
static void print_comparison(const gt_bench_comparison *comparison) {
    static const char *const kinds[] = {[GT_GEMM_FORWARD] = "forward",
                                        [GT_GEMM_INPUT_GRADIENT] = "input gradient",
                                        [GT_GEMM_WEIGHT_GRADIENT] = "weight gradient"};
    printf("GFLOP/s of products on %d thread%s\n\n%-44s", comparison->threads,
           comparison->threads == 1 ? "" : "s", "product");
    for (int e = 0; e < comparison->engine_count; e++)
        printf(" %10s ", comparison->engines[e]);
    printf("\n");
    for (int i = 0; i < comparison->count; i++) {
        const gt_gemm_shape *shape = &comparison->shapes[i];
        const double *seconds = comparison->seconds[i];
        char label[64];
        double fastest = seconds[0];
        snprintf(label, sizeof label, "%s, %d x %d -> %d", kinds[shape->kind], shape->batch,
                 shape->in, shape->out);
        printf("%-44s", label);
        for (int e = 0; e < comparison->engine_count; e++)
            fastest = seconds[e] < fastest ? seconds[e] : fastest;
        for (int e = 0; e < comparison->engine_count; e++)
            printf(" %10.0f%c", 2e-9 * shape->batch * shape->in * shape->out / seconds[e],
                   seconds[e] == fastest ? '*' : ' ');
        printf("\n");
    }
}

static gt_status compare(const gt_config *config, gt_error *error) {
    gt_bench_comparison comparison;
    gt_status status = gt_bench_compare(&comparison, config, error);
    if (status == GT_OK)
        print_comparison(&comparison);
    return status;
}

static gt_status print_json(const gt_bench_result *result, gt_error *error) {
    json_t *phases = json_array();
    for (int i = 0; i < result->phases.count; i++) {
        const gt_profile_phase *phase = &result->phases.phases[i];
        json_array_append_new(phases, json_pack("{s:s, s:f, s:f}", "phase", phase->label, "ms",
                                                1e3 * phase->seconds, "gflops",
                                                1e-9 * phase->flops / phase->seconds));
    }
    json_t *object = json_pack(
        "{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:s, s:s, s:s, s:i, s:i, s:i, s:i, "
        "s:I, s:o}",
        "ms_per_iteration", result->ms_per_iteration, "ms_fastest", result->ms_fastest,
        "ms_slowest", result->ms_slowest, "images_per_second", result->images_per_second,
        "seconds_per_epoch", result->seconds_per_epoch, "product_limit_gflops",
        result->product_limit, "percent_of_product_limit", result->percent_of_product_limit,
        "copy_gb_per_second", result->copy_bandwidth, "ms_mean", result->ms_mean, "ms_beside",
        result->ms_beside, "fastest_backend", result->fastest_backend, "backend", result->backend,
        "precision", result->precision, "beside", result->beside, "threads", result->threads,
        "batch", result->batch, "d_steps", result->d_steps, "iterations",
        (json_int_t)result->iterations, "phases", phases);
    return settings_print_json(object, 6, error);
}

static gt_status read_config(gt_config *config, const gt_arguments *arguments, gt_error *error) {
    const char *path;
    gt_status status = settings_find_config(&path, arguments, error);
    return status == GT_OK ? settings_read(config, path, arguments, error) : status;
}

/* What is measured is one thing; JSON is not there for all of them. */
static gt_status check_measures(const gt_arguments *arguments, gt_error *error) {
    static const char *const excluded[][2] = {{"processes", "compare"},
                                              {"processes", "beside"},
                                              {"compare", "beside"},
                                              {"compare", "json"}};
    for (size_t i = 0; i < sizeof excluded / sizeof *excluded; i++)
        if (gt_arguments_value(arguments, excluded[i][0]) != NULL &&
            gt_arguments_value(arguments, excluded[i][1]) != NULL)
            return gt_error_set(error, GT_USAGE, "bench: --%s does not go with --%s: choose one",
                                excluded[i][0], excluded[i][1]);
    return GT_OK;
}

static gt_status run_bench(const gt_arguments *arguments, gt_error *error) {
    enum { FALLBACK = 200, MOST = 1000000 };
    gt_bench_result result;
    gt_config config;
    uint64_t iterations, beside;
    gt_processes *processes = arguments->processes;
    const bool together = gt_arguments_value(arguments, "processes") != NULL;
    const bool as_json = gt_arguments_value(arguments, "json") != NULL;
    if (gt_processes_are_several(processes) && !together)
        return gt_error_set(error, GT_USAGE,
                            "bench: takes one process, and %d were started: give --processes to "
                            "time all of them",
                            processes->count);
    const bool compares = gt_arguments_value(arguments, "compare") != NULL;
    gt_status status = check_measures(arguments, error);
    if (status == GT_OK && gt_processes_is_first(processes))
        status = read_config(&config, arguments, error);
    status = gt_processes_agree(processes, status, error);
    if (status == GT_OK)
        status = gt_config_copy(&config, processes, error);
    if (status == GT_OK)
        status = settings_number(&iterations, arguments, "iterations", FALLBACK, 1, MOST, error);
    if (status == GT_OK)
        status = settings_number(&beside, arguments, "beside", 0, 0, GT_BENCH_BESIDE, error);
    if (status == GT_OK)
        settings_note_threads(config.train.threads);
    if (status == GT_OK && compares)
        return compare(&config, error);
    if (status == GT_OK && together)
        return bench_processes(&config, processes, iterations, as_json, error);
    const gt_bench_options options = {.iterations = iterations, .beside = (int)beside};
    if (status == GT_OK)
        status = gt_bench(&result, &config, &options, error);
    if (status != GT_OK)
        return status;
    if (as_json)
        return print_json(&result, error);
    print_text(&result);
    return GT_OK;
}

const gt_command gt_command_bench = {
    .name = "bench",
    .operands = "[CONFIG]",
    .help = "time the training of a config on this machine; writes nothing",
    .options =
        {
            {"config", 'c', "FILE",
             "the config; without one, the default networks on built-in digits"},
            {"set", 's', "SECTION.KEY=VALUE", "override a key of the config; may be repeated"},
            {"iterations", 'i', "N", "how many are timed (200)"},
            SETTINGS_THREADS_OPTION,
            {"compare", 0, NULL, "print instead how fast each backend makes each product"},
            {"beside", 0, "N", "also time it while N other processes keep processors busy"},
            {"processes", 0, NULL,
             "time instead the processes that mpirun started, against one of them"},
            {"json", 'j', NULL, "print JSON"},
        },
    .most_operands = 1,
    .takes_processes = true,
    .run = run_bench,
};
