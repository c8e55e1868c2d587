/* The instruction sets of the native backend: rows of the table in src/nn/gemm_native.c. */
#ifndef GANTRAIN_NN_GEMM_NATIVE_H
#define GANTRAIN_NN_GEMM_NATIVE_H

#include "nn/gemm_backend.h"

typedef struct gemm_native_kernel {
    const char *name;        /* for people: "AVX2" */
    bool (*supported)(void); /* whether this processor has the instructions */
    void (*multiply)(const struct product *product);
} gemm_native_kernel;

extern const gemm_native_kernel gemm_native_avx512, gemm_native_avx2, gemm_native_generic;

/* The kernels that this processor supports, the fastest first: kernel `index`, or NULL past the
 * end. A native gt_compute keeps its kernel in `cache`. */
const gemm_native_kernel *gemm_native_kernel_at(int index);

#endif
