/* Vectors for the native backend's kernels, and the packing of panels: see gemm_native_kernel.h. */
#include <string.h>

#include "nn/gemm_native.h"

#ifdef GT_REAL_IS_DOUBLE
#define LANES (VECTOR_BYTES / 8)
#else
#define LANES (VECTOR_BYTES / 4)
#endif

enum {
    VECTORS = 2,            /* of a row of a panel */
    WIDTH = VECTORS * LANES /* numbers of a row of a panel */
};

typedef gt_real vector __attribute__((vector_size(VECTOR_BYTES)));
/* A vector at the address of any number. */
typedef gt_real loose_vector
    __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(gt_real)), may_alias));

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* Two vectors, interleaved: the numbers of the first half of the result, and of the second. */
#if LANES == 16
#define FIRST_HALF 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define SECOND_HALF 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define ROUNDS 4
#elif LANES == 8
#define FIRST_HALF 0, 8, 1, 9, 2, 10, 3, 11
#define SECOND_HALF 4, 12, 5, 13, 6, 14, 7, 15
#define ROUNDS 3
#elif LANES == 4
#define FIRST_HALF 0, 4, 1, 5
#define SECOND_HALF 2, 6, 3, 7
#define ROUNDS 2
#else
#define FIRST_HALF 0, 2
#define SECOND_HALF 1, 3
#define ROUNDS 1
#endif

/* Transposes LANES x LANES numbers. Interleaving the first half of all numbers with the second one
 * moves the number at index i to 2 i modulo their count less one, which turns the bits of an index
 * round by one place. After ROUNDS = log2(LANES) rounds the bits of row and column have changed
 * places. */
INLINE void transpose_square(gt_real *to, long to_stride, const gt_real *from, long from_stride) {
    vector rows[2][LANES];
    UNROLL
    for (int r = 0; r < LANES; r++)
        rows[0][r] = *(const loose_vector *)(from + r * from_stride);
    UNROLL
    for (int round = 0; round < ROUNDS; round++) {
        const vector *in = rows[round % 2];
        vector *out = rows[1 - round % 2];
        UNROLL
        for (int r = 0; r < LANES / 2; r++) {
            out[2 * r] = __builtin_shufflevector(in[r], in[r + LANES / 2], FIRST_HALF);
            out[2 * r + 1] = __builtin_shufflevector(in[r], in[r + LANES / 2], SECOND_HALF);
        }
    }
    UNROLL
    for (int r = 0; r < LANES; r++)
        *(loose_vector *)(to + r * to_stride) = rows[ROUNDS % 2][r];
}

/* to (columns, rows) = the transpose of from (rows, columns). */
static void transpose(gt_real *to, long to_stride, const gt_real *from, long from_stride, int rows,
                      int columns) {
    int square_rows = rows - rows % LANES, square_columns = columns - columns % LANES;
    for (int r = 0; r < square_rows; r += LANES)
        for (int k = 0; k < square_columns; k += LANES)
            transpose_square(to + k * to_stride + r, to_stride, from + r * from_stride + k,
                             from_stride);
    for (int r = 0; r < rows; r++)
        for (int k = r < square_rows ? square_columns : 0; k < columns; k++)
            to[k * to_stride + r] = from[r * from_stride + k];
}

/* Where the number (k, j) of b is. */
static const gt_real *b_at(const struct product *product, long k, long j) {
    const gt_real *b = product->b;
    return product->b_transposed ? b + j * product->b_stride + k : b + k * product->b_stride + j;
}

/* panel (depth, WIDTH) = rows k to k + depth - 1 of b in the columns from j; zeros where b ends. */
static void pack_panel(gt_real *panel, const struct product *product, int k, int j, int depth) {
    const gt_real *from = b_at(product, k, j);
    int columns = product->columns - j;
    if (columns < WIDTH)
        memset(panel, 0, (size_t)depth * WIDTH * sizeof *panel);
    if (product->b_transposed)
        transpose(panel, WIDTH, from, product->b_stride, columns < WIDTH ? columns : WIDTH, depth);
    else if (columns < WIDTH)
        for (int i = 0; i < depth; i++, from += product->b_stride)
            memcpy(panel + i * WIDTH, from, (size_t)columns * sizeof *panel);
    else
        for (int i = 0; i < depth; i++, from += product->b_stride)
            memcpy(panel + i * WIDTH, from, WIDTH * sizeof *panel);
}
