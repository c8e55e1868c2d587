/* The table of backends, and how they and a team become a compute. */
#include "gantrain/nn/compute.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "nn/choice.h"
#include "nn/gemm_backend.h"

/* "default" takes the first one that has the precision. */
static const gt_gemm_backend *const backends[] = {
    &gemm_native,
#ifdef GT_HAVE_ONEDNN
    &gemm_onednn,
#endif
    &gemm_openblas,
};

enum { BACKEND_COUNT = sizeof backends / sizeof *backends };

static const char *const precision_names[] = {[GT_FP32] = "fp32", [GT_BF16] = "bf16", "auto"};

enum { PRECISION_COUNT = sizeof precision_names / sizeof *precision_names };

const char *gt_compute_backend_name(int index) {
    static const char *const several[] = {"default", "auto"};
    if (index < BACKEND_COUNT)
        return backends[index]->name;
    return index < BACKEND_COUNT + 2 ? several[index - BACKEND_COUNT] : NULL;
}

const char *gt_compute_precision_name(int index) {
    return index < PRECISION_COUNT ? precision_names[index] : NULL;
}

/* Every backend is readied, since LAPACK comes with OpenBLAS whichever makes the products. */
static void ready_thread(void) {
    for (int i = 0; i < BACKEND_COUNT; i++)
        backends[i]->ready_thread();
}

/* "openblas fp32, onednn fp32, onednn bf16": what this build can do on this machine. */
static void list_available(char *text, size_t capacity) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < BACKEND_COUNT; i++)
        for (int p = GT_FP32; p <= GT_BF16; p++)
            if (backends[i]->has((gt_precision)p) && used < capacity)
                used = gt_text_append(text, capacity, used, "%s%s %s", used ? ", " : "",
                                      backends[i]->name, precision_names[p]);
}

static bool is_wanted(const char *name, const char *wanted) {
    return strcmp(wanted, "default") == 0 || strcmp(wanted, "auto") == 0 ||
           strcmp(wanted, name) == 0;
}

/* The backend and the precision that are asked for; the faster precision comes first. */
static gt_status find(const gt_gemm_backend **backend, gt_precision *precision,
                      const char *backend_wanted, const char *precision_wanted, gt_error *error) {
    for (int p = GT_BF16; p >= GT_FP32; p--)
        for (int i = 0; i < BACKEND_COUNT; i++)
            if (is_wanted(backends[i]->name, backend_wanted) &&
                is_wanted(precision_names[p], precision_wanted) &&
                backends[i]->has((gt_precision)p)) {
                *backend = backends[i];
                *precision = (gt_precision)p;
                return GT_OK;
            }
    char available[256];
    list_available(available, sizeof available);
    return gt_error_set(error, GT_USAGE,
                        "backend = %s, precision = %s: this build on this machine has %s",
                        backend_wanted, precision_wanted, available);
}

/* Adds a backend to those that are open. */
static gt_status add_engine(gt_compute *compute, const gt_gemm_backend *backend, gt_error *error) {
    gt_engine *engine = &compute->engines[compute->engine_count];
    *engine = (gt_engine){.backend = backend,
                          .name = backend->name,
                          .precision = compute->precision,
                          .threads = gt_team_size(compute->team)};
    gt_status status = backend->open(engine, error);
    if (status == GT_OK)
        compute->engine_count++;
    return status;
}

static gt_status open_first(gt_compute *compute, const gt_gemm_backend *backend, gt_error *error) {
    gt_status status = add_engine(compute, backend, error);
    if (status != GT_OK) {
        gt_compute_close(compute);
        return status;
    }
    gt_team_visit(compute->team, ready_thread);
    choice_describe(compute);
    return GT_OK;
}

gt_status gt_compute_open(gt_compute *compute, int threads, const char *backend,
                          const char *precision, gt_error *error) {
    const gt_gemm_backend *first;
    *compute = (gt_compute){.is_auto = strcmp(backend, "auto") == 0};
    gt_status status = find(&first, &compute->precision, backend, precision, error);
    if (status != GT_OK)
        return status;
    compute->team = gt_team_open(threads);
    compute->owns_team = true;
    return open_first(compute, first, error);
}

gt_status gt_compute_share(gt_compute *compute, const gt_compute *other, const char *backend,
                           const char *precision, gt_error *error) {
    const gt_gemm_backend *first;
    *compute = (gt_compute){.team = other->team,
                            .stop = other->stop,
                            .helpers = other->helpers,
                            .is_auto = strcmp(backend, "auto") == 0};
    gt_status status = find(&first, &compute->precision, backend, precision, error);
    return status == GT_OK ? open_first(compute, first, error) : status;
}

gt_status gt_compute_open_others(gt_compute *compute, gt_error *error) {
    gt_status status = GT_OK;
    if (compute->engine_count > 1)
        return GT_OK;
    for (int i = 0; i < BACKEND_COUNT && status == GT_OK; i++)
        if (backends[i] != compute->engines[0].backend && backends[i]->has(compute->precision))
            status = add_engine(compute, backends[i], error);
    return status;
}

void gt_compute_close(gt_compute *compute) {
    for (int i = 0; i < compute->engine_count; i++)
        compute->engines[i].backend->close(&compute->engines[i]);
    if (compute->owns_team)
        gt_team_close(compute->team);
    free(compute->choices);
    *compute = (gt_compute){0};
}
