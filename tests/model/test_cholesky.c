/* Cholesky factors of small matrices: products of the factor with itself, equations, singular
 * ones. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/cholesky.h"

enum { N = 3 };

/* The lower triangle of C C^T. */
static void multiply(double *a, const double *c) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++) {
            a[i * N + j] = 0;
            for (int k = 0; k <= j; k++)
                a[i * N + j] += c[i * N + k] * c[j * N + k];
        }
}

static void assert_lower_is(const double *a, const double *b) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++)
            assert_true(fabs(a[i * N + j] - b[i * N + j]) < 1e-12);
}

static void the_factor_gives_the_matrix(void **state) {
    (void)state;
    const double known[N * N] = {2, 0, 0, -1, 3, 0, .5, 4, .25};
    double a[N * N] = {0};
    multiply(a, known);
    cholesky_factor(a, N, 0);
    assert_lower_is(a, known);
}

static void equations_are_solved(void **state) {
    (void)state;
    const double a[N * N] = {4, 0, 0, -2, 10, 0, 1, 11, 16.3125}, x[N] = {1, -2, 3};
    double c[N * N], b[N];
    for (int i = 0; i < N; i++) {
        b[i] = 0;
        for (int j = 0; j < N; j++)
            b[i] += (j <= i ? a[i * N + j] : a[j * N + i]) * x[j];
    }
    memcpy(c, a, sizeof c);
    cholesky_factor(c, N, 0);
    cholesky_solve_down(b, c, N);
    cholesky_solve_up(b, c, N);
    for (int i = 0; i < N; i++)
        assert_true(fabs(b[i] - x[i]) < 1e-10);
}

/* The second direction does not vary: its column is 0, and the product is still the matrix. */
static void a_singular_matrix_has_a_column_of_zeros(void **state) {
    (void)state;
    const double a[N * N] = {4, 0, 0, 2, 1 + 1e-10, 0, 6, 3, 13};
    double c[N * N], product[N * N] = {0};
    memcpy(c, a, sizeof c);
    cholesky_factor(c, N, 1e-9);
    assert_true(c[1 * N + 1] == 0 && c[2 * N + 1] == 0);
    multiply(product, c);
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++)
            assert_true(fabs(product[i * N + j] - a[i * N + j]) < 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_factor_gives_the_matrix),
        cmocka_unit_test(equations_are_solved),
        cmocka_unit_test(a_singular_matrix_has_a_column_of_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
