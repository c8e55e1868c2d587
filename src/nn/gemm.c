/* Products, cut for the team of threads. */
#include "gantrain/nn/gemm.h"

#include "nn/gemm_backend.h"

/* Multiply-adds below which waking the team costs more than it gives. */
enum { PARALLEL_WORK = 64 * 1024 };

/* Parts are multiples of these. Smaller ones cost the native kernels 5 % of an iteration: they pack
 * the other factor for each part of rows. */
enum { COLUMNS = 64, ROWS = 128 };

/* A product in progress. `whole` is all of it; each thread computes one part. */
struct job {
    const gt_compute *compute;
    struct product whole;
    const gt_real *bias;
    gt_epilogue then;
};

/* Item number `index` of a factor. */
static const void *item(const gt_compute *compute, const void *factor, long index) {
    size_t size = compute->precision == GT_BF16 ? sizeof(gt_bf16) : sizeof(gt_real);
    return (const char *)factor + (size_t)index * size;
}

/* Bias and epilogue of columns first to last - 1 of c, a row at a time. Adding the bias here rather than
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
    part.b = item(job->compute, part.b, part.b_transposed ? first * part.b_stride : first);
    job->compute->backend->multiply(job->compute, &part);
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
    part.a = item(job->compute, part.a, part.a_transposed ? first : first * part.a_stride);
    job->compute->backend->multiply(job->compute, &part);
}

/* Makes a product, cut along `width`, its rows or columns, into multiples of `unit`. */
static void run(gt_loop_body body, struct job *job, int width, int unit) {
    const gt_compute *compute = job->compute;
    long work = (long)job->whole.rows * job->whole.columns * job->whole.inner;
    if (!compute->backend->any_cut) { /* as many parts as threads */
        int threads = gt_team_size(compute->team);
        unit = (width + threads * GT_LOOP_UNIT - 1) / (threads * GT_LOOP_UNIT) * GT_LOOP_UNIT;
    }
    gt_team_run(compute->team, body, job, width, unit, work > PARALLEL_WORK);
}

void gt_gemm_forward(const gt_compute *compute, gt_real *y, const void *x, const void *w,
                     const gt_real *b, gt_epilogue then, int batch, int out, int in) {
    struct job job = {compute,
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
    run(make_columns, &job, out, COLUMNS);
}

void gt_gemm_input_gradient(const gt_compute *compute, gt_real *dx, const void *dy, const void *w,
                            int batch, int out, int in) {
    struct job job = {compute,
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
    run(make_columns, &job, in, COLUMNS);
}

void gt_gemm_weight_gradient(const gt_compute *compute, gt_real *dw, const void *dy, const void *x,
                             gt_real keep, int batch, int out, int in) {
    struct job job = {compute,
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
    run(make_rows, &job, out, ROWS);
}
