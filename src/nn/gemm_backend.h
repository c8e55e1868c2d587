/* What a backend of nn/gemm.h is: a row of the table in src/nn/compute.c. */
#ifndef GANTRAIN_NN_GEMM_BACKEND_H
#define GANTRAIN_NN_GEMM_BACKEND_H

#include <stdbool.h>

#include "gantrain/base/bf16.h"
#include "gantrain/base/real.h"
#include "gantrain/nn/compute.h"

/* A serial product c = keep c + a b, row-major; a is (rows, inner), b (inner, columns). A factor
 * that is transposed lies in memory as its transpose. Strides are numbers from one row in memory to
 * the next. */
struct product {
    gt_real *c;
    const void *a, *b;
    bool a_transposed, b_transposed;
    bool keep;
    int rows, columns, inner;
    int c_stride, a_stride, b_stride;
};

typedef struct gt_gemm_backend {
    const char *name;
    /* The bytes of a result do not depend on how the product is cut, so that it may be cut into
     * parts for whichever thread is free. Else every thread has one part. */
    bool any_cut;
    /* Whether the processor is fast at it. Both may be false: such a precision is refused. */
    bool (*has)(gt_precision precision);
    /* Fills the engine's description and cache; its precision and threads are set. */
    gt_status (*open)(gt_engine *engine, gt_error *error);
    void (*close)(gt_engine *engine);
    /* Readies the calling thread of the team. */
    void (*ready_thread)(void);
    void (*multiply)(const gt_engine *engine, const struct product *product);
} gt_gemm_backend;

extern const gt_gemm_backend gemm_native, gemm_openblas, gemm_onednn;

#endif
