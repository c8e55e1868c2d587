/* The three products against plain loops in double: over shapes that are awkward to cut, on teams
 * of one, two and three threads, with targets full of NaN where nothing may be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/threads.h"
#include "gantrain/nn/gemm.h"

/* batch, out, in: ones, primes, sides shorter than a vector or than the team, and some with enough
 * work to be cut. */
static const struct shape {
    int batch, out, in;
} shapes[] = {
    {1, 1, 1},    {1, 1, 7},    {1, 5, 1},       {3, 1, 1},     {2, 3, 5},      {7, 13, 11},
    {1, 17, 31},  {16, 16, 16}, {5, 33, 15},     {64, 1, 256},  {64, 1, 2000},  {1, 300, 401},
    {97, 101, 7}, {128, 48, 2}, {131, 257, 113}, {70, 3, 1009}, {64, 512, 100},
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
        fail_msg("batch %d, out %d, in %d: %.9g in place of %.9g", shape->batch, shape->out,
                 shape->in, (double)got, expected->value);
}

static void check_forward(const struct shape *shape) {
    int batch = shape->batch, out = shape->out, in = shape->in;
    gt_real *x = new_matrix(batch, in, 1), *w = new_matrix(out, in, 2), *b = new_matrix(1, out, 3);
    gt_real *y = new_target(batch, out, NAN);
    gt_gemm_forward(y, x, w, b, batch, out, in);
    for (int row = 0; row < batch; row++)
        for (int i = 0; i < out; i++) {
            sum expected = {0};
            for (int k = 0; k < in; k++)
                add_product(&expected, x[(long)row * in + k], w[(long)i * in + k]);
            add_product(&expected, b[i], 1);
            assert_is_sum(y[(long)row * out + i], &expected, shape);
        }
    free_target(x, batch, in);
    free_target(w, out, in);
    free_target(b, 1, out);
    free_target(y, batch, out);
}

static void check_input_gradient(const struct shape *shape) {
    int batch = shape->batch, out = shape->out, in = shape->in;
    gt_real *dy = new_matrix(batch, out, 4), *w = new_matrix(out, in, 5);
    gt_real *dx = new_target(batch, in, NAN);
    gt_gemm_input_gradient(dx, dy, w, batch, out, in);
    for (int row = 0; row < batch; row++)
        for (int i = 0; i < in; i++) {
            sum expected = {0};
            for (int k = 0; k < out; k++)
                add_product(&expected, dy[(long)row * out + k], w[(long)k * in + i]);
            assert_is_sum(dx[(long)row * in + i], &expected, shape);
        }
    free_target(dy, batch, out);
    free_target(w, out, in);
    free_target(dx, batch, in);
}

/* keep = 0 starts from NaN, keep = 1 from `before`. */
static void check_weight_gradient(const struct shape *shape, gt_real keep) {
    const gt_real before = keep == 0 ? NAN : (gt_real)0.75;
    int batch = shape->batch, out = shape->out, in = shape->in;
    gt_real *dy = new_matrix(batch, out, 6), *x = new_matrix(batch, in, 7);
    gt_real *dw = new_target(out, in, before), *db = new_target(1, out, before);
    gt_gemm_weight_gradient(dw, db, dy, x, keep, batch, out, in);
    for (int i = 0; i < out; i++) {
        sum bias = {0};
        for (int row = 0; row < batch; row++)
            add_product(&bias, dy[(long)row * out + i], 1);
        if (keep == 1)
            add_product(&bias, before, 1);
        assert_is_sum(db[i], &bias, shape);
        for (int k = 0; k < in; k++) {
            sum expected = {0};
            for (int row = 0; row < batch; row++)
                add_product(&expected, dy[(long)row * out + i], x[(long)row * in + k]);
            if (keep == 1)
                add_product(&expected, before, 1);
            assert_is_sum(dw[(long)i * in + k], &expected, shape);
        }
    }
    free_target(dy, batch, out);
    free_target(x, batch, in);
    free_target(dw, out, in);
    free_target(db, 1, out);
}

enum { MOST_THREADS = 3 };

static void forward_is_x_times_w_transposed_plus_b(void **state) {
    (void)state;
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        gt_threads_set(threads);
        for (int i = 0; i < SHAPES; i++)
            check_forward(&shapes[i]);
    }
}

static void input_gradient_is_dy_times_w(void **state) {
    (void)state;
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        gt_threads_set(threads);
        for (int i = 0; i < SHAPES; i++)
            check_input_gradient(&shapes[i]);
    }
}

static void weight_gradient_is_set_whatever_was_there(void **state) {
    (void)state;
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        gt_threads_set(threads);
        for (int i = 0; i < SHAPES; i++)
            check_weight_gradient(&shapes[i], 0);
    }
}

static void weight_gradient_is_added_to_what_was_there(void **state) {
    (void)state;
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        gt_threads_set(threads);
        for (int i = 0; i < SHAPES; i++)
            check_weight_gradient(&shapes[i], 1);
    }
}

static void the_same_team_gives_the_same_bits(void **state) {
    (void)state;
    enum { BATCH = 64, OUT = 129, IN = 65 };
    gt_real *x = new_matrix(BATCH, IN, 1), *w = new_matrix(OUT, IN, 2), *b = new_matrix(1, OUT, 3);
    gt_real *first = new_target(BATCH, OUT, 0), *again = new_target(BATCH, OUT, 0);
    gt_threads_set(2);
    gt_gemm_forward(first, x, w, b, BATCH, OUT, IN);
    for (int i = 0; i < 20; i++) {
        memset(again, 0xff, BATCH * OUT * sizeof *again);
        gt_gemm_forward(again, x, w, b, BATCH, OUT, IN);
        assert_memory_equal(again, first, BATCH * OUT * sizeof *again);
    }
    free_target(x, BATCH, IN);
    free_target(w, OUT, IN);
    free_target(b, 1, OUT);
    free_target(first, BATCH, OUT);
    free_target(again, BATCH, OUT);
}

static void the_backend_has_a_name(void **state) {
    (void)state;
    assert_true(strlen(gt_gemm_describe()) > 0);
}

int main(void) {
    gt_gemm_prepare();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_is_x_times_w_transposed_plus_b),
        cmocka_unit_test(input_gradient_is_dy_times_w),
        cmocka_unit_test(weight_gradient_is_set_whatever_was_there),
        cmocka_unit_test(weight_gradient_is_added_to_what_was_there),
        cmocka_unit_test(the_same_team_gives_the_same_bits),
        cmocka_unit_test(the_backend_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
