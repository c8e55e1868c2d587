/* gantrain bench --processes, started by mpirun. */
#include "cli/bench_processes.h"

#include <jansson.h>
#include <stdio.h>

#include "cli/settings.h"
#include "gantrain/train/bench_processes.h"

static void print_text(const gt_bench_processes *result) {
    printf("%d processes of %d thread%s, %d of them on this host; batch %d\n", result->processes,
           result->threads, result->threads == 1 ? "" : "s", result->on_host, result->batch);
    printf("%.3f ms per iteration, %.3f ms on one process: %.2f times as fast, efficiency %.2f\n",
           result->ms_together, result->ms_alone, result->speedup, result->efficiency);
    printf("compute %.3f ms, sums %.3f ms (waiting for the last process included): %.1f sums of "
           "%.3f MB in all\n\n",
           result->ms_compute, result->ms_sums, result->sums, result->megabytes);
    printf("%-16s %10s %8s\n", "sum of a block", "ms", "GB/s");
    for (int i = 0; i < result->size_count; i++)
        printf("%10.0f bytes %10.3f %8.2f\n", result->sizes[i].bytes,
               1e3 * result->sizes[i].seconds,
               1e-9 * result->sizes[i].bytes / result->sizes[i].seconds);
}

static gt_status print_json(const gt_bench_processes *result, gt_error *error) {
    json_t *sums = json_array();
    for (int i = 0; i < result->size_count; i++)
        json_array_append_new(sums, json_pack("{s:f, s:f}", "bytes", result->sizes[i].bytes, "ms",
                                              1e3 * result->sizes[i].seconds));
    json_t *object = json_pack(
        "{s:i, s:i, s:i, s:i, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o}", "processes",
        result->processes, "on_host", result->on_host, "threads", result->threads, "batch",
        result->batch, "iterations", (json_int_t)result->iterations, "ms_per_iteration",
        result->ms_together, "ms_alone", result->ms_alone, "speedup", result->speedup, "efficiency",
        result->efficiency, "ms_compute", result->ms_compute, "ms_sums", result->ms_sums,
        "sums_per_iteration", result->sums, "megabytes_per_iteration", result->megabytes, "sums",
        sums);
    return settings_print_json(object, 6, error);
}

gt_status bench_processes(const gt_config *config, gt_processes *processes, uint64_t iterations,
                          bool as_json, gt_error *error) {
    gt_bench_processes result;
    if (!gt_processes_are_several(processes))
        return gt_error_set(error, GT_USAGE,
                            "--processes: there is one: start several, as in mpirun -n 2 gantrain "
                            "bench --processes");
    gt_status status = gt_bench_processes_run(&result, config, processes, iterations, error);
    if (status != GT_OK || !gt_processes_is_first(processes))
        return status;
    if (as_json)
        return print_json(&result, error);
    print_text(&result);
    return GT_OK;
}
