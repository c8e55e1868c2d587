/* The three matrix products of a dense layer, named for what they compute.
 *
 * All matrix products of the library go through this header; only its backends (src/nn/gemm_*.c)
 * include a BLAS header. Matrices are row-major and packed: x (batch, in), w (out, in), y (batch,
 * out). The products run on the one team of threads (base/threads.h): a product is cut along its
 * widest side and every thread makes its own part with a serial product, so no second team is ever
 * woken, and the result for one thread count is the same every time.
 *
 * Memory: all borrow every buffer and allocate none; outputs must not overlap inputs. Errors: none;
 * sizes are at least 1. Checked: tests/nn/test_gemm.c, against plain loops. */
#ifndef GANTRAIN_NN_GEMM_H
#define GANTRAIN_NN_GEMM_H

#include "gantrain/base/real.h"

/* y = x w^T + b, with b (out) added to every row. */
void gt_gemm_forward(gt_real *y, const gt_real *x, const gt_real *w, const gt_real *b, int batch,
                     int out, int in);

/* dx (batch, in) = dy w. */
void gt_gemm_input_gradient(gt_real *dx, const gt_real *dy, const gt_real *w, int batch, int out,
                            int in);

/* dw (out, in) = keep dw + dy^T x, db (out) = keep db + column sums of dy; keep is 0 or 1, and 0
 * does not read what was there. */
void gt_gemm_weight_gradient(gt_real *dw, gt_real *db, const gt_real *dy, const gt_real *x,
                             gt_real keep, int batch, int out, int in);

/* Readies the backend for the threads of the team. gt_mlp_carve calls it, so gt_threads_set comes
 * first. */
void gt_gemm_prepare(void);

/* What does the products, for people: "OpenBLAS 0.3.21 (Haswell)". Static text. */
const char *gt_gemm_describe(void);

#endif
