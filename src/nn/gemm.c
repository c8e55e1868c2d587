/* Products, cut for the team of threads. */
#include "gantrain/nn/gemm.h"

#include "nn/choice.h"
#include "nn/gemm_backend.h"

/* Multiply-adds below which waking the team costs more than it gives. */
enum { PARALLEL_WORK = 64 * 1024 };

/* Parts are multiples of these. Smaller ones cost the native kernels 5 % of an iteration: they pack
 * the other factor for each part of rows. */
enum { COLUMNS = 64, ROWS = 128 };

bool gt_gemm_shape_equal(gt_gemm_shape a, gt_gemm_shape b) {
    return a.kind == b.kind && a.batch == b.batch && a.out == b.out && a.in == b.in;
}

/* A product in progress. `whole` is all of it; each thread computes one part. */
struct job {
    const gt_engine *engine;
    struct product whole;
    const gt_real *bias;
    gt_epilogue then;
    gt_loop_body make; /* of a part: some columns of the whole, or some rows */
    int width;         /* all of its columns, or rows */
    int shares;        /* one for each thread */
};

/* Item number `index` of a factor. */
static const void *item(const gt_engine *engine, const void *factor, long index) {
    size_t size = engine->precision == GT_BF16 ? sizeof(gt_bf16) : sizeof(gt_real);
    return (const char *)factor + (size_t)index * size;
}

/* Bias and epilogue of columns first to last - 1 of c, a row at a time. Adding the bias here rather
 * than beginning the product with it spares oneDNN an addition to c: 1 to 4 % of an iteration.
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
    part.c += first;
    part.b = item(job->engine, part.b, part.b_transposed ? first * part.b_stride : first);
    job->engine->backend->multiply(job->engine, &part);
    if (job->bias != NULL || job->then.body != NULL)
        finish_columns(job, first, last);
}

/* Rows first to last - 1 of c. */
static void make_rows(void *context, long first, long last) {
    const struct job *job = context;
    struct product part = job->whole;
    part.rows = (int)(last - first);
    part.c += first * part.c_stride;
    part.a = item(job->engine, part.a, part.a_transposed ? first : first * part.a_stride);
    job->engine->backend->multiply(job->engine, &part);
}

/* Shares first to last - 1 of `shares` nearly equal ones. */
static void make_shares(void *context, long first, long last) {
    struct job *job = context;
    long units = (job->width + GT_LOOP_UNIT - 1) / GT_LOOP_UNIT;
    for (long share = first; share < last; share++) {
        long begin = units * share / job->shares * GT_LOOP_UNIT;
        long end = units * (share + 1) / job->shares * GT_LOOP_UNIT;
        if (begin < end)
            job->make(job, begin, end < job->width ? end : job->width);
    }
}

/* Makes a product, cut along `width` into multiples of `unit`; or, if the backend's bytes depend on
 * the cut, into as many shares as there are threads. */
static void run(const gt_compute *compute, struct job *job, int unit) {
    long work = (long)job->whole.rows * job->whole.columns * job->whole.inner;
    bool parallel = work > PARALLEL_WORK;
    job->shares = gt_team_size(compute->team);
    if (job->engine->backend->any_cut || !parallel)
        gt_team_run(compute->team, job->make, job, job->width, unit, parallel);
    else
        gt_team_run(compute->team, make_shares, job, job->shares, 1, true);
}

void gt_gemm_forward(const gt_compute *compute, gt_real *y, const void *x, const void *w,
                     const gt_real *b, gt_epilogue then, int batch, int out, int in) {
    const gt_gemm_shape shape = {GT_GEMM_FORWARD, batch, out, in};
    struct job job = {.engine = choice_engine(compute, shape),
                      .whole = {.c = y,
                                .a = x,
                                .b = w,
                                .b_transposed = true,
                                .rows = batch,
                                .columns = out,
                                .inner = in,
                                .c_stride = out,
                                .a_stride = in,
                                .b_stride = in},
                      .bias = b,
                      .then = then,
                      .make = make_columns,
                      .width = out};
    run(compute, &job, COLUMNS);
}

void gt_gemm_input_gradient(const gt_compute *compute, gt_real *dx, const void *dy, const void *w,
                            int batch, int out, int in) {
    const gt_gemm_shape shape = {GT_GEMM_INPUT_GRADIENT, batch, out, in};
    struct job job = {.engine = choice_engine(compute, shape),
                      .whole = {.c = dx,
                                .a = dy,
                                .b = w,
                                .rows = batch,
                                .columns = in,
                                .inner = out,
                                .c_stride = in,
                                .a_stride = out,
                                .b_stride = in},
                      .make = make_columns,
                      .width = in};
    run(compute, &job, COLUMNS);
}

void gt_gemm_weight_gradient(const gt_compute *compute, gt_real *dw, const void *dy, const void *x,
                             gt_real keep, int batch, int out, int in) {
    const gt_gemm_shape shape = {GT_GEMM_WEIGHT_GRADIENT, batch, out, in};
    struct job job = {.engine = choice_engine(compute, shape),
                      .whole = {.c = dw,
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
                      .make = make_rows,
                      .width = out};
    run(compute, &job, ROWS);
}
