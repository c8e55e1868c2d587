/* The native kernel for AVX-512: compiled with flags of its own, and called only if the processor
 * has the instructions. Of its 32 registers a tile takes 16 for sums. */
#include <immintrin.h>

#define VECTOR_BYTES 64
#define TILE_ROWS 8
#ifdef GT_REAL_IS_DOUBLE
#define MULTIPLY_ADD(a, b, sum) _mm512_fmadd_pd(_mm512_set1_pd(a), b, sum)
#else
#define MULTIPLY_ADD(a, b, sum) _mm512_fmadd_ps(_mm512_set1_ps(a), b, sum)
#endif
#include "nn/gemm_native_kernel.h"

static bool is_supported(void) {
    return __builtin_cpu_supports("avx512f");
}

const gemm_native_kernel gemm_native_avx512 = {"AVX-512", is_supported, multiply};
