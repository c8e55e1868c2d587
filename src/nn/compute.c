/* The table of backends, and how one of them and a team become a compute. */
#include "gantrain/nn/compute.h"

#include <stdio.h>
#include <string.h>

#include "nn/gemm_backend.h"

/* "auto" takes the first one that can do what is asked. */
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
    if (index == BACKEND_COUNT)
        return "auto";
    return index < BACKEND_COUNT ? backends[index]->name : NULL;
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
                used += (size_t)snprintf(text + used, capacity - used, "%s%s %s", used ? ", " : "",
                                         backends[i]->name, precision_names[p]);
}

/* Sets backend, precision and name; the faster precision comes first. */
static gt_status choose(gt_compute *compute, const char *backend, const char *precision,
                        gt_error *error) {
    for (int p = GT_BF16; p >= GT_FP32; p--)
        for (int i = 0; i < BACKEND_COUNT; i++) {
            bool wanted =
                (strcmp(backend, "auto") == 0 || strcmp(backend, backends[i]->name) == 0) &&
                (strcmp(precision, "auto") == 0 || strcmp(precision, precision_names[p]) == 0);
            if (wanted && backends[i]->has((gt_precision)p)) {
                compute->backend = backends[i];
                compute->precision = (gt_precision)p;
                compute->name = backends[i]->name;
                return GT_OK;
            }
        }
    char available[256];
    list_available(available, sizeof available);
    return gt_error_set(error, GT_USAGE,
                        "backend = %s, precision = %s: this build on this machine has %s", backend,
                        precision, available);
}

static gt_status open_backend(gt_compute *compute, gt_error *error) {
    gt_status status = compute->backend->open(compute, error);
    if (status == GT_OK) {
        gt_team_visit(compute->team, ready_thread);
    } else {
        compute->backend = NULL; /* there is nothing of it to close */
        gt_compute_close(compute);
    }
    return status;
}

gt_status gt_compute_open(gt_compute *compute, int threads, const char *backend,
                          const char *precision, gt_error *error) {
    *compute = (gt_compute){0};
    gt_status status = choose(compute, backend, precision, error);
    if (status != GT_OK)
        return status;
    compute->team = gt_team_open(threads);
    compute->owns_team = true;
    return open_backend(compute, error);
}

gt_status gt_compute_share(gt_compute *compute, const gt_compute *other, const char *backend,
                           const char *precision, gt_error *error) {
    *compute = (gt_compute){.team = other->team, .stop = other->stop};
    gt_status status = choose(compute, backend, precision, error);
    return status == GT_OK ? open_backend(compute, error) : status;
}

void gt_compute_close(gt_compute *compute) {
    if (compute->backend != NULL)
        compute->backend->close(compute);
    if (compute->owns_team)
        gt_team_close(compute->team);
    *compute = (gt_compute){0};
}
