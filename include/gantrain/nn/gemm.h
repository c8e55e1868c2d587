/* The three matrix products of a dense layer, named for what they compute.
 *
 * All matrix products of the library go through this header. Backends (src/nn/gemm_*.c) are rows of
 * a table; only they include a BLAS header. Matrices are row-major and packed: x (batch, in), w
 * (out, in), y (batch, out). A product runs on the one team of threads (base/threads.h): it is cut
 * along its widest side and every thread makes its own part with the backend's serial product, so
 * no second team is ever woken, and the result for one thread count is the same every time. */
#ifndef GANTRAIN_NN_GEMM_H
#define GANTRAIN_NN_GEMM_H

#include "gantrain/base/bf16.h"
#include "gantrain/base/error.h"
#include "gantrain/base/real.h"
#include "gantrain/base/threads.h"

/* What the factors of products are rounded to; sums, results, weights and optimizer state are
 * gt_real. */
typedef enum gt_precision { GT_FP32, GT_BF16 } gt_precision;

struct gt_gemm_backend;

/* A backend at a precision. Initialise with {0}; gt_gemm_open fills it. */
typedef struct gt_gemm {
    const struct gt_gemm_backend *backend;
    gt_precision precision;
    const char *name;     /* of the backend: "openblas" */
    char description[96]; /* for people: "OpenBLAS 0.3.21 (Haswell), fp32" */
    void *cache;          /* owned: what the backend keeps from product to product; may be NULL */
} gt_gemm;

/* Chooses a backend and a precision by name, and readies it for every thread of the team, so
 * gt_threads_set comes first.
 *
 *   backend    "openblas", "onednn", or "auto": oneDNN if it is built in, else OpenBLAS
 *   precision  "fp32", "bf16", or "auto": bf16 where the processor is fast at it and the backend
 * can
 *
 * Fails with GT_USAGE for what is not there: the message says what is. gt_gemm_close ends it. */
gt_status gt_gemm_open(gt_gemm *gemm, const char *backend, const char *precision, gt_error *error);

void gt_gemm_close(gt_gemm *gemm);

/* OpenBLAS in fp32 (in double, where gt_real is), readied for the team: what networks use that are
 * given none. */
const gt_gemm *gt_gemm_default(void);

/* The names that gt_gemm_open knows: name `index`, or NULL past the end. */
const char *gt_gemm_backend_name(int index);
const char *gt_gemm_precision_name(int index);

/* What is to follow on a product: a loop over the numbers of its packed result. Each thread does
 * those that it has just made, before the product returns. */
typedef struct gt_epilogue {
    gt_loop_body body; /* NULL: nothing follows */
    void *context;
} gt_epilogue;

/* The products. x, w and dy are gt_real, or gt_bf16 where gemm->precision is GT_BF16.
 *
 * Memory: borrow every buffer; outputs must not overlap inputs. The first product of a shape may
 * make the backend allocate what it keeps. Errors: none; sizes are at least 1. Checked:
 * tests/nn/test_gemm.c, against plain loops. */

/* y = x w^T + b, with b (out) added to every row; NULL: none. Then what follows. */
void gt_gemm_forward(const gt_gemm *gemm, gt_real *y, const void *x, const void *w,
                     const gt_real *b, gt_epilogue then, int batch, int out, int in);

/* dx (batch, in) = dy w. */
void gt_gemm_input_gradient(const gt_gemm *gemm, gt_real *dx, const void *dy, const void *w,
                            int batch, int out, int in);

/* dw (out, in) = keep dw + dy^T x; keep is 0 or 1, and 0 does not read what was there. */
void gt_gemm_weight_gradient(const gt_gemm *gemm, gt_real *dw, const void *dy, const void *x,
                             gt_real keep, int batch, int out, int in);

#endif
