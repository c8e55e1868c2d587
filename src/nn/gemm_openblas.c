/* Matrix products by OpenBLAS, called serially from every thread of our own team.
 *
 * OpenBLAS brings threads of its own (POSIX threads or OpenMP, as the distribution built it).
 * Beside our loops they would be a second team that spins for work while the first one has it, so
 * they are switched off and the product is cut here. */
#include "gantrain/nn/gemm.h"

#include <cblas.h>
#include <stdio.h>

#include "gantrain/base/threads.h"

#ifdef GT_REAL_IS_DOUBLE
#define GEMM cblas_dgemm
#else
#define GEMM cblas_sgemm
#endif

enum {
    SLICE = 16,               /* parts are cut at multiples of a vector of floats */
    PARALLEL_WORK = 64 * 1024 /* multiply-adds below which waking a team costs more than it gives */
};

static void switch_threads_off(void *context, long first, long last) {
    (void)context, (void)first, (void)last;
    openblas_set_num_threads(1);
}

void gt_gemm_prepare(void) {
    /* In OpenBLAS's OpenMP build the number belongs to the calling thread, so every thread of the
     * team has to set its own. */
    gt_threads_for(switch_threads_off, NULL, gt_threads_count(), 1, true);
}

const char *gt_gemm_describe(void) {
    static char text[96];
    /* The configuration reads "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...". */
    char version[32] = "";
    sscanf(openblas_get_config(), "%*s %31s", version);
    snprintf(text, sizeof text, "OpenBLAS %s (%s)", version, openblas_get_corename());
    return text;
}

/* A product on its way: the names are those of nn/gemm.h. */
struct product {
    gt_real *out_matrix;
    gt_real *out_vector;
    const gt_real *a, *b, *bias;
    gt_real keep;
    int batch, out, in;
};

static void run(gt_loop_body body, struct product *product, int width) {
    long work = (long)product->batch * product->out * product->in;
    gt_threads_for(body, product, width, SLICE, work > PARALLEL_WORK);
}

/* Columns first to last - 1 of y = x w^T + b. */
static void forward_part(void *context, long first, long last) {
    const struct product *p = context;
    int width = (int)(last - first);
    gt_real *y = p->out_matrix + first;
    GEMM(CblasRowMajor, CblasNoTrans, CblasTrans, p->batch, width, p->in, 1, p->a, p->in,
         p->b + first * p->in, p->in, 0, y, p->out);
    /* The bias is added while this thread's part is still in its cache. */
    for (int row = 0; row < p->batch; row++) {
        gt_real *y_row = y + (long)row * p->out;
#pragma omp simd
        for (int i = 0; i < width; i++)
            y_row[i] += p->bias[first + i];
    }
}

void gt_gemm_forward(gt_real *y, const gt_real *x, const gt_real *w, const gt_real *b, int batch,
                     int out, int in) {
    struct product product = {
        .out_matrix = y, .a = x, .b = w, .bias = b, .batch = batch, .out = out, .in = in};
    run(forward_part, &product, out);
}

/* Columns first to last - 1 of dx = dy w. */
static void input_gradient_part(void *context, long first, long last) {
    const struct product *p = context;
    GEMM(CblasRowMajor, CblasNoTrans, CblasNoTrans, p->batch, (int)(last - first), p->out, 1, p->a,
         p->out, p->b + first, p->in, 0, p->out_matrix + first, p->in);
}

void gt_gemm_input_gradient(gt_real *dx, const gt_real *dy, const gt_real *w, int batch, int out,
                            int in) {
    struct product product = {
        .out_matrix = dx, .a = dy, .b = w, .batch = batch, .out = out, .in = in};
    run(input_gradient_part, &product, in);
}

/* Rows first to last - 1 of dw = keep dw + dy^T x, and the same part of db. */
static void weight_gradient_part(void *context, long first, long last) {
    const struct product *p = context;
    const gt_real *dy = p->a + first;
    gt_real *db = p->out_vector + first;
    int width = (int)(last - first);
    GEMM(CblasRowMajor, CblasTrans, CblasNoTrans, width, p->in, p->batch, 1, dy, p->out, p->b,
         p->in, p->keep, p->out_matrix + first * p->in, p->in);
    if (p->keep == 0)
        for (int i = 0; i < width; i++)
            db[i] = 0;
    for (int row = 0; row < p->batch; row++) {
        const gt_real *dy_row = dy + (long)row * p->out;
#pragma omp simd
        for (int i = 0; i < width; i++)
            db[i] += dy_row[i];
    }
}

void gt_gemm_weight_gradient(gt_real *dw, gt_real *db, const gt_real *dy, const gt_real *x,
                             gt_real keep, int batch, int out, int in) {
    struct product product = {.out_matrix = dw,
                              .out_vector = db,
                              .a = dy,
                              .b = x,
                              .keep = keep,
                              .batch = batch,
                              .out = out,
                              .in = in};
    run(weight_gradient_part, &product, out);
}
