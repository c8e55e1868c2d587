/* Products cut for the team of threads, and the table of backends that make the parts. */
#include "gantrain/nn/gemm.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/base/threads.h"
#include "nn/gemm_backend.h"

/* "auto" takes the first one that can do what is asked. */
static const gt_gemm_backend *const backends[] = {
#ifdef GT_HAVE_ONEDNN
    &gemm_onednn,
#endif
    &gemm_openblas,
};

enum { BACKEND_COUNT = sizeof backends / sizeof *backends };

static const char *const precision_names[] = {[GT_FP32] = "fp32", [GT_BF16] = "bf16", "auto"};

enum {
    PRECISION_COUNT = sizeof precision_names / sizeof *precision_names,
    PARALLEL_WORK =
        64 * 1024 /* multiply-adds below which waking the team costs more than it gives */
};

const char *gt_gemm_backend_name(int index) {
    if (index == BACKEND_COUNT)
        return "auto";
    return index < BACKEND_COUNT ? backends[index]->name : NULL;
}

const char *gt_gemm_precision_name(int index) {
    return index < PRECISION_COUNT ? precision_names[index] : NULL;
}

static void ready_thread(void *context, long first, long last) {
    (void)first, (void)last;
    const gt_gemm *gemm = context;
    gemm->backend->ready_thread();
}

static gt_status open_backend(gt_gemm *gemm, const gt_gemm_backend *backend, gt_precision precision,
                              gt_error *error) {
    *gemm = (gt_gemm){.backend = backend, .precision = precision, .name = backend->name};
    gt_status status = backend->open(gemm, error);
    if (status == GT_OK)
        gt_threads_for(ready_thread, gemm, gt_threads_count(), 1, true);
    return status;
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

gt_status gt_gemm_open(gt_gemm *gemm, const char *backend, const char *precision, gt_error *error) {
    /* The faster precision first. */
    for (int p = GT_BF16; p >= GT_FP32; p--)
        for (int i = 0; i < BACKEND_COUNT; i++) {
            bool wanted =
                (strcmp(backend, "auto") == 0 || strcmp(backend, backends[i]->name) == 0) &&
                (strcmp(precision, "auto") == 0 || strcmp(precision, precision_names[p]) == 0);
            if (wanted && backends[i]->has((gt_precision)p))
                return open_backend(gemm, backends[i], (gt_precision)p, error);
        }
    char available[256];
    list_available(available, sizeof available);
    return gt_error_set(error, GT_USAGE,
                        "backend = %s, precision = %s: this build on this machine has %s", backend,
                        precision, available);
}

const gt_gemm *gt_gemm_default(void) {
    static const gt_gemm gemm = {.backend = &gemm_openblas, .precision = GT_FP32};
    gt_threads_for(ready_thread, (void *)&gemm, gt_threads_count(), 1, true);
    return &gemm;
}

void gt_gemm_close(gt_gemm *gemm) {
    if (gemm->backend != NULL)
        gemm->backend->close(gemm);
    *gemm = (gt_gemm){0};
}

/* A product on its way: its whole, of which every thread makes a part. */
struct job {
    const gt_gemm *gemm;
    struct product whole;
    const gt_real *bias;
    gt_epilogue then;
};

/* Item number `index` of a factor. */
static const void *item(const gt_gemm *gemm, const void *factor, long index) {
    size_t size = gemm->precision == GT_BF16 ? sizeof(gt_bf16) : sizeof(gt_real);
    return (const char *)factor + (size_t)index * size;
}

/* What follows on columns first to last - 1 of c, a row at a time. Adding the bias here rather than
 * beginning the product with it spares oneDNN an addition to c: 1 to 4 % of an iteration.
 */
static void finish_columns(const struct job *job, long first, long last) {
    const struct product *whole = &job->whole;
    for (int row = 0; row < whole->rows; row++) {
        long start = (long)row * whole->c_stride;
        gt_real *y = whole->c + start;
        if (job->bias != NULL) {
            const gt_real *bias = job->bias;
#pragma omp simd
            for (long i = first; i < last; i++)
                y[i] += bias[i];
        }
        if (job->then.body != NULL)
            job->then.body(job->then.context, start + first, start + last);
    }
}

/* Columns first to last - 1 of c. */
static void make_columns(void *context, long first, long last) {
    const struct job *job = context;
    struct product part = job->whole;
    part.columns = (int)(last - first);
    part.part = (int)first;
    part.c += first;
    part.b = item(job->gemm, part.b, part.b_transposed ? first * part.b_stride : first);
    job->gemm->backend->multiply(job->gemm, &part);
    if (job->bias != NULL || job->then.body != NULL)
        finish_columns(job, first, last);
}

/* Rows first to last - 1 of c. */
static void make_rows(void *context, long first, long last) {
    const struct job *job = context;
    struct product part = job->whole;
    part.rows = (int)(last - first);
    part.part = (int)first;
    part.c += first * part.c_stride;
    part.a = item(job->gemm, part.a, part.a_transposed ? first : first * part.a_stride);
    job->gemm->backend->multiply(job->gemm, &part);
}

static void run(gt_loop_body body, struct job *job, int width) {
    long work = (long)job->whole.rows * job->whole.columns * job->whole.inner;
    gt_threads_for(body, job, width, GT_LOOP_UNIT, work > PARALLEL_WORK);
}

void gt_gemm_forward(const gt_gemm *gemm, gt_real *y, const void *x, const void *w,
                     const gt_real *b, gt_epilogue then, int batch, int out, int in) {
    struct job job = {gemm,
                      {.c = y,
                       .a = x,
                       .b = w,
                       .b_transposed = true,
                       .rows = batch,
                       .columns = out,
                       .inner = in,
                       .c_stride = out,
                       .a_stride = in,
                       .b_stride = in},
                      b,
                      then};
    run(make_columns, &job, out);
}

void gt_gemm_input_gradient(const gt_gemm *gemm, gt_real *dx, const void *dy, const void *w,
                            int batch, int out, int in) {
    struct job job = {gemm,
                      {.c = dx,
                       .a = dy,
                       .b = w,
                       .rows = batch,
                       .columns = in,
                       .inner = out,
                       .c_stride = in,
                       .a_stride = out,
                       .b_stride = in},
                      NULL,
                      {0}};
    run(make_columns, &job, in);
}

void gt_gemm_weight_gradient(const gt_gemm *gemm, gt_real *dw, const void *dy, const void *x,
                             gt_real keep, int batch, int out, int in) {
    struct job job = {gemm,
                      {.c = dw,
                       .a = dy,
                       .b = x,
                       .a_transposed = true,
                       .keep = keep != 0,
                       .rows = out,
                       .columns = in,
                       .inner = batch,
                       .c_stride = in,
                       .a_stride = out,
                       .b_stride = in},
                      NULL,
                      {0}};
    run(make_rows, &job, out);
}
