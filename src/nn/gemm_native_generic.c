/* The native kernel for any processor: vectors of 16 bytes, which the compiler maps to what the
 * target has (SSE2, NEON) or to plain numbers. Compiled with -ffp-contract=off: the compiler would
 * fuse multiply and add in some tiles and not in others, so that bytes would depend on the cut. */
#define VECTOR_BYTES 16
#define TILE_ROWS 6
#define MULTIPLY_ADD(a, b, sum) ((sum) + (a) * (b))
#include "nn/gemm_native_kernel.h"

static bool is_supported(void) {
    return true;
}

const gemm_native_kernel gemm_native_generic = {"generic", is_supported, multiply};
