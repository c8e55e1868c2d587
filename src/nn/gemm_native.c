/* Serial products by the library's own kernels, for the instruction set that the processor is found
 * to have. How a kernel works is explained in gemm_native_kernel.h. */
#include <stdio.h>

#include "nn/gemm_native.h"

static const gemm_native_kernel *const kernels[] = {
#ifdef GT_HAVE_X86_KERNELS
    &gemm_native_avx512,
    &gemm_native_avx2,
#endif
    &gemm_native_generic,
};

enum { KERNEL_COUNT = sizeof kernels / sizeof *kernels };

const gemm_native_kernel *gemm_native_kernel_at(int index) {
    for (int i = 0; i < KERNEL_COUNT; i++)
        if (kernels[i]->supported() && index-- == 0)
            return kernels[i];
    return NULL;
}

static bool has_native(gt_precision precision) {
    return precision == GT_FP32;
}

static gt_status open_native(gt_engine *engine, gt_error *error) {
    (void)error;
    const gemm_native_kernel *kernel = gemm_native_kernel_at(0);
    engine->cache = (void *)kernel;
    snprintf(engine->description, sizeof engine->description, "native (%s)", kernel->name);
    return GT_OK;
}

static void close_native(gt_engine *engine) {
    (void)engine;
}

static void ready_native_thread(void) {
}

static void multiply_native(const gt_engine *engine, const struct product *product) {
    const gemm_native_kernel *kernel = engine->cache;
    kernel->multiply(product);
}

const gt_gemm_backend gemm_native = {
    .name = "native",
    .any_cut = true,
    .has = has_native,
    .open = open_native,
    .close = close_native,
    .ready_thread = ready_native_thread,
    .multiply = multiply_native,
};
