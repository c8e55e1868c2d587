/* The three matrix products of a dense layer, named for what they compute.
 *
 * All matrix products of the library go through this header, but for those of convolutions:
 * src/nn/patches.c and src/nn/winograd.c make them a block at a time, with a backend's serial
 * product. Backends (src/nn/gemm_*.c) are rows of a table in src/nn/compute.c; only they include a
 * BLAS header. Matrices are row-major and packed: x (batch, in), w (out, in), y (batch, out). A
 * product is cut along its widest side, and every thread of the team makes its own part with the
 * backend's serial product. The result for one thread count is the same every time; that of the
 * native backend is the same for every thread count. */
#ifndef GANTRAIN_NN_GEMM_H
#define GANTRAIN_NN_GEMM_H

#include "gantrain/base/bf16.h"
#include "gantrain/base/real.h"
#include "gantrain/nn/compute.h"

/* Which product, and its sizes as below. */
typedef enum gt_gemm_kind {
    GT_GEMM_FORWARD,
    GT_GEMM_INPUT_GRADIENT,
    GT_GEMM_WEIGHT_GRADIENT
} gt_gemm_kind;

typedef struct gt_gemm_shape {
    gt_gemm_kind kind;
    int batch, out, in;
} gt_gemm_shape;

bool gt_gemm_shape_equal(gt_gemm_shape a, gt_gemm_shape b);

/* An epilogue fused onto a product. Each thread runs it over the part of the packed result that it
 * has just written, before the product returns. */
typedef struct gt_epilogue {
    gt_loop_body body; /* NULL: none */
    void *context;
} gt_epilogue;

/* The products. x, w and dy are gt_real, or gt_bf16 where compute->precision is GT_BF16.
 *
 * Memory: borrow every buffer; outputs must not overlap inputs. The first product of a shape may
 * make the backend allocate what it keeps. Errors: none; sizes are at least 1. Checked:
 * tests/nn/test_gemm.c, against plain loops. */

/* y = x w^T + b, with b (out) added to every row; NULL: none. Then the epilogue. */
void gt_gemm_forward(const gt_compute *compute, gt_real *y, const void *x, const void *w,
                     const gt_real *b, gt_epilogue then, int batch, int out, int in);

/* dx (batch, in) = dy w. */
void gt_gemm_input_gradient(const gt_compute *compute, gt_real *dx, const void *dy, const void *w,
                            int batch, int out, int in);

/* dw (out, in) = keep dw + dy^T x; keep is 0 or 1, and 0 does not read what was there. */
void gt_gemm_weight_gradient(const gt_compute *compute, gt_real *dw, const void *dy, const void *x,
                             gt_real keep, int batch, int out, int in);

#endif
