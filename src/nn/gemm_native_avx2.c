/* The native kernel for AVX2 with FMA: compiled with flags of its own, and called only if the
 * processor has the instructions. Of its 16 registers a tile takes 12 for sums. */
#include <immintrin.h>

#define VECTOR_BYTES 32
#define TILE_ROWS 6
#ifdef GT_REAL_IS_DOUBLE
#define MULTIPLY_ADD(a, b, sum) _mm256_fmadd_pd(_mm256_set1_pd(a), b, sum)
#else
#define MULTIPLY_ADD(a, b, sum) _mm256_fmadd_ps(_mm256_set1_ps(a), b, sum)
#endif
#include "nn/gemm_native_kernel.h"

static bool is_supported(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

const gemm_native_kernel gemm_native_avx2 = {"AVX2", is_supported, multiply};
