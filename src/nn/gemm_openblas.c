/* Matrix products by OpenBLAS, called serially from every thread of our own team.
 *
 * OpenBLAS brings threads of its own (POSIX threads or OpenMP, as the distribution built it).
 * Beside our loops they would be a second team that spins for work while the first one has it, so
 * they are switched off and the product is cut here. */
#include "gantrain/nn/gemm.h"

#include <cblas.h>
#include <omp.h>
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

void gt_gemm_prepare(void) {
    openblas_set_num_threads(1);
}

const char *gt_gemm_describe(void) {
    static char text[96];
    /* The configuration reads "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...". */
    char version[32] = "";
    sscanf(openblas_get_config(), "%*s %31s", version);
    snprintf(text, sizeof text, "OpenBLAS %s (%s)", version, openblas_get_corename());
    return text;
}

/* The part of `total` that this thread of the team makes. */
static int slice_first(int total) {
    return gt_threads_split(omp_get_thread_num(), omp_get_num_threads(), total, SLICE);
}

static int slice_last(int total) {
    return gt_threads_split(omp_get_thread_num() + 1, omp_get_num_threads(), total, SLICE);
}

void gt_gemm_forward(gt_real *y, const gt_real *x, const gt_real *w, const gt_real *b, int batch,
                     int out, int in) {
#pragma omp parallel if ((long)batch * out * in > PARALLEL_WORK)
    {
        int first = slice_first(out), width = slice_last(out) - first;
        if (width > 0)
            GEMM(CblasRowMajor, CblasNoTrans, CblasTrans, batch, width, in, 1, x, in,
                 w + (long)first * in, in, 0, y + first, out);
        /* The bias is added while this thread's part is still in its cache. */
        for (int row = 0; row < batch; row++) {
            gt_real *y_row = y + (long)row * out + first;
#pragma omp simd
            for (int i = 0; i < width; i++)
                y_row[i] += b[first + i];
        }
    }
}

void gt_gemm_input_gradient(gt_real *dx, const gt_real *dy, const gt_real *w, int batch, int out,
                            int in) {
#pragma omp parallel if ((long)batch * out * in > PARALLEL_WORK)
    {
        int first = slice_first(in), width = slice_last(in) - first;
        if (width > 0)
            GEMM(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, width, out, 1, dy, out,
                 w + first, in, 0, dx + first, in);
    }
}

/* db[first..last) = keep db + column sums of dy, row by row so that the reads are contiguous. */
static void add_column_sums(gt_real *db, const gt_real *dy, gt_real keep, int batch, int out,
                            int first, int last) {
    if (keep == 0)
        for (int i = first; i < last; i++)
            db[i] = 0;
    for (int row = 0; row < batch; row++) {
        const gt_real *dy_row = dy + (long)row * out;
#pragma omp simd
        for (int i = first; i < last; i++)
            db[i] += dy_row[i];
    }
}

void gt_gemm_weight_gradient(gt_real *dw, gt_real *db, const gt_real *dy, const gt_real *x,
                             gt_real keep, int batch, int out, int in) {
#pragma omp parallel if ((long)batch * out * in > PARALLEL_WORK)
    {
        int first = slice_first(out), last = slice_last(out);
        if (first < last) {
            GEMM(CblasRowMajor, CblasTrans, CblasNoTrans, last - first, in, batch, 1, dy + first,
                 out, x, in, keep, dw + (long)first * in, in);
            add_column_sums(db, dy, keep, batch, out, first, last);
        }
    }
}
