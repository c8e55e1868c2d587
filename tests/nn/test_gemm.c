/* The three products of every backend, precision and native kernel that this build has on this
 * machine, against plain loops in double: over shapes that are awkward to cut, on teams of one, two
 * and three threads, with targets full of NaN where nothing may be read. Native products have the
 * same bytes on every team. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/team.h"
#include "gantrain/nn/gemm.h"
#include "nn/gemm_native.h"

/* batch, out, in: ones, primes, sides shorter than a vector or than the team, a native tile, panel
 * or run of inner (6, 8, 16, 32, 128, 256) plus and minus one, and some with enough work to be cut.
 */
static const struct shape {
    int batch, out, in;
} shapes[] = {
    {1, 1, 1},     {1, 1, 7},      {1, 5, 1},    {3, 1, 1},    {2, 3, 5},
    {7, 13, 11},   {1, 17, 31},    {16, 16, 16}, {5, 33, 15},  {64, 1, 256},
    {64, 1, 2000}, {1, 300, 401},  {97, 101, 7}, {128, 48, 2}, {131, 257, 113},
    {70, 3, 1009}, {64, 512, 100}, {5, 15, 255}, {6, 16, 256}, {7, 17, 257},
    {9, 33, 31},   {8, 32, 513},   {255, 7, 33}, {256, 9, 16}, {257, 129, 65},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

enum { MARGIN = 32 }; /* numbers before and behind a target that must stay as they are */
static const gt_real untouched = 12345;

/* A matrix with a margin. */
static gt_real *new_target(int rows, int columns, gt_real value) {
    long count = (long)rows * columns;
    gt_real *memory = malloc((size_t)(count + 2 * MARGIN) * sizeof *memory);
    for (long i = 0; i < count + 2 * MARGIN; i++)
        memory[i] = i < MARGIN || i >= MARGIN + count ? untouched : value;
    return memory + MARGIN;
}

static void free_target(gt_real *target, int rows, int columns) {
    long count = (long)rows * columns;
    for (int i = 0; i < MARGIN; i++)
        assert_true(target[-1 - i] == untouched && target[count + i] == untouched);
    free(target - MARGIN);
}

/* A matrix of numbers in (-1, 1), the same every time. */
static gt_real *new_matrix(int rows, int columns, uint32_t seed) {
    gt_real *matrix = new_target(rows, columns, 0);
    for (long i = 0; i < (long)rows * columns; i++) {
        seed = seed * 1664525 + 1013904223;
        matrix[i] = (gt_real)((double)seed / 2147483648.0 - 1);
    }
    return matrix;
}

/* A factor of products, as numbers and as gemm takes it: in bf16 the numbers are rounded too, so
 * that what is left is the rounding of sums. */
struct factor {
    gt_real *numbers;
    gt_bf16 *rounded;
};

static gt_compute compute;

static struct factor new_factor(int rows, int columns, uint32_t seed) {
    struct factor factor = {new_matrix(rows, columns, seed), NULL};
    long count = (long)rows * columns;
    if (compute.precision != GT_BF16)
        return factor;
    factor.rounded = malloc((size_t)count * sizeof *factor.rounded);
    gt_bf16_round(factor.rounded, factor.numbers, count);
    for (long i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)factor.rounded[i] << 16;
        float number;
        memcpy(&number, &bits, sizeof number);
        factor.numbers[i] = number;
    }
    return factor;
}

static const void *as_taken(const struct factor *factor) {
    return factor->rounded != NULL ? (const void *)factor->rounded : factor->numbers;
}

static void free_factor(struct factor *factor, int rows, int columns) {
    free_target(factor->numbers, rows, columns);
    free(factor->rounded);
}

/* A sum of products and, for the tolerance, of their sizes. */
typedef struct sum {
    double value, size;
} sum;

static void add_product(sum *to, gt_real a, gt_real b) {
    to->value += (double)a * (double)b;
    to->size += fabs((double)a * (double)b);
}

/* 1e-6 of the sum of sizes: what float rounding leaves of sums of up to 2000 numbers. */
static void assert_is_sum(gt_real got, const sum *expected, const struct shape *shape) {
    if (!(fabs((double)got - expected->value) <= 1e-6 * expected->size))
        fail_msg("%s: batch %d, out %d, in %d: %.9g in place of %.9g", compute.description,
                 shape->batch, shape->out, shape->in, (double)got, expected->value);
}

static void check_forward(const struct shape *shape) {
    int batch = shape->batch, out = shape->out, in = shape->in;
    struct factor x = new_factor(batch, in, 1), w = new_factor(out, in, 2);
    gt_real *b = new_matrix(1, out, 3), *y = new_target(batch, out, NAN);
    gt_gemm_forward(&compute, y, as_taken(&x), as_taken(&w), b, (gt_epilogue){0}, batch, out, in);
    for (int row = 0; row < batch; row++)
        for (int i = 0; i < out; i++) {
            sum expected = {0};
            for (int k = 0; k < in; k++)
                add_product(&expected, x.numbers[(long)row * in + k], w.numbers[(long)i * in + k]);
            add_product(&expected, b[i], 1);
            assert_is_sum(y[(long)row * out + i], &expected, shape);
        }
    free_factor(&x, batch, in);
    free_factor(&w, out, in);
    free_target(b, 1, out);
    free_target(y, batch, out);
}

static void check_input_gradient(const struct shape *shape) {
    int batch = shape->batch, out = shape->out, in = shape->in;
    struct factor dy = new_factor(batch, out, 4), w = new_factor(out, in, 5);
    gt_real *dx = new_target(batch, in, NAN);
    gt_gemm_input_gradient(&compute, dx, as_taken(&dy), as_taken(&w), batch, out, in);
    for (int row = 0; row < batch; row++)
        for (int i = 0; i < in; i++) {
            sum expected = {0};
            for (int k = 0; k < out; k++)
                add_product(&expected, dy.numbers[(long)row * out + k],
                            w.numbers[(long)k * in + i]);
            assert_is_sum(dx[(long)row * in + i], &expected, shape);
        }
    free_factor(&dy, batch, out);
    free_factor(&w, out, in);
    free_target(dx, batch, in);
}

/* keep = 0 starts from NaN, keep = 1 from a number. */
static void check_weight_gradient(const struct shape *shape, gt_real keep) {
    const gt_real before = keep == 0 ? NAN : (gt_real)0.75;
    int batch = shape->batch, out = shape->out, in = shape->in;
    struct factor dy = new_factor(batch, out, 6), x = new_factor(batch, in, 7);
    gt_real *dw = new_target(out, in, before);
    gt_gemm_weight_gradient(&compute, dw, as_taken(&dy), as_taken(&x), keep, batch, out, in);
    for (int i = 0; i < out; i++)
        for (int k = 0; k < in; k++) {
            sum expected = {0};
            for (int row = 0; row < batch; row++)
                add_product(&expected, dy.numbers[(long)row * out + i],
                            x.numbers[(long)row * in + k]);
            if (keep == 1)
                add_product(&expected, before, 1);
            assert_is_sum(dw[(long)i * in + k], &expected, shape);
        }
    free_factor(&dy, batch, out);
    free_factor(&x, batch, in);
    free_target(dw, out, in);
}

static void check_weight_gradient_set(const struct shape *shape) {
    check_weight_gradient(shape, 0);
}

static void check_weight_gradient_added(const struct shape *shape) {
    check_weight_gradient(shape, 1);
}

enum { MOST_THREADS = 3 };

static void check_shapes(void (*check)(const struct shape *shape)) {
    for (int i = 0; i < SHAPES; i++)
        check(&shapes[i]);
}

/* Opens the native backend with the fastest kernel (index 0) or a slower one. */
static bool open_native_kernel(int index, int threads) {
    const gemm_native_kernel *kernel = gemm_native_kernel_at(index);
    if (kernel == NULL)
        return false;
    assert_int_equal(gt_compute_open(&compute, threads, "native", "fp32", NULL), GT_OK);
    compute.engines[0].cache = (void *)kernel;
    snprintf(compute.description, sizeof compute.description, "native (%s)", kernel->name);
    return true;
}

/* Runs a check over all shapes, on every team, with every backend, precision and kernel there is.
 */
static void check_everywhere(void (*check)(const struct shape *shape)) {
    int opened = 0;
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        for (int i = 0; open_native_kernel(i, threads); i++) {
            check_shapes(check);
            gt_compute_close(&compute);
        }
        for (int backend = 0; gt_compute_backend_name(backend) != NULL; backend++)
            for (int precision = 0; gt_compute_precision_name(precision) != NULL; precision++) {
                if (gt_compute_open(&compute, threads, gt_compute_backend_name(backend),
                                    gt_compute_precision_name(precision), NULL) != GT_OK)
                    continue;
                opened++;
                check_shapes(check);
                gt_compute_close(&compute);
            }
    }
    assert_true(opened >= 6 * MOST_THREADS); /* native, OpenBLAS and auto; fp32 and auto */
}

static void forward_is_x_times_w_transposed_plus_b(void **state) {
    (void)state;
    check_everywhere(check_forward);
}

static void input_gradient_is_dy_times_w(void **state) {
    (void)state;
    check_everywhere(check_input_gradient);
}

static void weight_gradient_is_set_whatever_was_there(void **state) {
    (void)state;
    check_everywhere(check_weight_gradient_set);
}

static void weight_gradient_is_added_to_what_was_there(void **state) {
    (void)state;
    check_everywhere(check_weight_gradient_added);
}

static void check_same_bits(const struct shape *shape) {
    int batch = shape->batch, out = shape->out, in = shape->in;
    struct factor x = new_factor(batch, in, 1), w = new_factor(out, in, 2);
    gt_real *b = new_matrix(1, out, 3);
    gt_real *first = new_target(batch, out, 0), *again = new_target(batch, out, 0);
    size_t size = (size_t)batch * (size_t)out * sizeof *again;
    gt_gemm_forward(&compute, first, as_taken(&x), as_taken(&w), b, (gt_epilogue){0}, batch, out,
                    in);
    for (int i = 0; i < 5; i++) {
        memset(again, 0xff, size);
        gt_gemm_forward(&compute, again, as_taken(&x), as_taken(&w), b, (gt_epilogue){0}, batch,
                        out, in);
        assert_memory_equal(again, first, size);
    }
    free_factor(&x, batch, in);
    free_factor(&w, out, in);
    free_target(b, 1, out);
    free_target(first, batch, out);
    free_target(again, batch, out);
}

static void the_same_team_gives_the_same_bits(void **state) {
    (void)state;
    check_everywhere(check_same_bits);
}

/* The three products of a shape one after the other: y, dx, dw. */
static gt_real *new_products(const struct shape *shape) {
    int batch = shape->batch, out = shape->out, in = shape->in;
    long y_size = (long)batch * out, x_size = (long)batch * in, w_size = (long)out * in;
    gt_real *x = new_matrix(batch, in, 1), *w = new_matrix(out, in, 2), *b = new_matrix(1, out, 3);
    gt_real *results = calloc((size_t)(y_size + x_size + w_size), sizeof *results);
    gt_gemm_forward(&compute, results, x, w, b, (gt_epilogue){0}, batch, out, in);
    gt_gemm_input_gradient(&compute, results + y_size, results, w, batch, out, in);
    for (int keep = 0; keep <= 1; keep++)
        gt_gemm_weight_gradient(&compute, results + y_size + x_size, results, x, (gt_real)keep,
                                batch, out, in);
    free_target(x, batch, in);
    free_target(w, out, in);
    free_target(b, 1, out);
    return results;
}

static void check_same_bytes(int kernel, int threads, gt_real *const alone[SHAPES]) {
    open_native_kernel(kernel, threads);
    for (int i = 0; i < SHAPES; i++) {
        const struct shape *shape = &shapes[i];
        int count = shape->batch * shape->out + shape->batch * shape->in + shape->out * shape->in;
        gt_real *together = new_products(shape);
        assert_memory_equal(together, alone[i], (size_t)count * sizeof *together);
        free(together);
    }
    gt_compute_close(&compute);
}

static void native_gives_the_same_bytes_on_every_team(void **state) {
    (void)state;
    gt_real *alone[SHAPES];
    for (int kernel = 0; open_native_kernel(kernel, 1); kernel++) {
        for (int i = 0; i < SHAPES; i++)
            alone[i] = new_products(&shapes[i]);
        gt_compute_close(&compute);
        check_same_bytes(kernel, 2, alone);
        check_same_bytes(kernel, 3, alone);
        check_same_bytes(kernel, 7, alone);
        for (int i = 0; i < SHAPES; i++)
            free(alone[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_is_x_times_w_transposed_plus_b),
        cmocka_unit_test(input_gradient_is_dy_times_w),
        cmocka_unit_test(weight_gradient_is_set_whatever_was_there),
        cmocka_unit_test(weight_gradient_is_added_to_what_was_there),
        cmocka_unit_test(the_same_team_gives_the_same_bits),
        cmocka_unit_test(native_gives_the_same_bytes_on_every_team),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
