/* Serial products by OpenBLAS.
 *
 * OpenBLAS has threads of its own (POSIX threads or OpenMP, as the distribution built it). They are
 * switched off: next to our team they would be a second one that spins without work. */
#include <cblas.h>
#include <stdio.h>

#include "nn/gemm_backend.h"

#ifdef GT_REAL_IS_DOUBLE
#define GEMM cblas_dgemm
#else
#define GEMM cblas_sgemm
#endif

static bool has_openblas(gt_precision precision) {
    return precision == GT_FP32;
}

static gt_status open_openblas(gt_engine *engine, gt_error *error) {
    (void)error;
    /* The configuration reads "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...". */
    char version[32] = "";
    sscanf(openblas_get_config(), "%*s %31s", version);
    snprintf(engine->description, sizeof engine->description, "OpenBLAS %s (%s)", version,
             openblas_get_corename());
    return GT_OK;
}

static void close_openblas(gt_engine *engine) {
    (void)engine;
}

/* In OpenBLAS's OpenMP build the number belongs to the calling thread, so every thread sets its
 * own. */
static void ready_openblas_thread(void) {
    openblas_set_num_threads(1);
}

static void multiply_openblas(const gt_engine *engine, const struct product *product) {
    (void)engine;
    GEMM(CblasRowMajor, product->a_transposed ? CblasTrans : CblasNoTrans,
         product->b_transposed ? CblasTrans : CblasNoTrans, product->rows, product->columns,
         product->inner, 1, product->a, product->a_stride, product->b, product->b_stride,
         product->keep, product->c, product->c_stride);
}

const gt_gemm_backend gemm_openblas = {
    .name = "openblas",
    .has = has_openblas,
    .open = open_openblas,
    .close = close_openblas,
    .ready_thread = ready_openblas_thread,
    .multiply = multiply_openblas,
};
