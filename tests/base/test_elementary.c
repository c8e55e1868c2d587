/* The branch-free functions against libm's in double, over floats picked evenly from all there are:
 * the error in units in the last place, infinities, and that a NaN stays one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "gantrain/base/elementary.h"

/* Neighbouring floats that are tried are this many apart: a prime, so that all endings come up.
 * From 0 to infinity there are 2.1e9. */
enum { STRIDE = 2311 };

static float float_of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* |got - exact| in units in the last place of the float nearest to exact; of the smallest normal
 * float for smaller ones. */
static double error_in_ulp(float got, double exact) {
    double size = fabs(exact) > (double)FLT_MIN ? fabs(exact) : (double)FLT_MIN;
    return fabs((double)got - exact) / ldexp(1, ilogb(size) - 23);
}

static double exact_sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

/* The largest error over [low, high], 0 <= low: of x, or of -x if sign is -1. */
static double largest_error(float (*approximate)(float), double (*exact)(double), float low,
                            float high, float sign, float *where) {
    uint32_t first, last;
    memcpy(&first, &low, sizeof first);
    memcpy(&last, &high, sizeof last);
    double largest = 0;
    for (uint32_t bits = first; bits <= last; bits += STRIDE) {
        float x = sign * float_of_bits(bits);
        double error = error_in_ulp(approximate(x), exact((double)x));
        if (!(error <= largest)) {
            largest = error;
            *where = x;
        }
    }
    return largest;
}

static void check_error(const char *name, float (*approximate)(float), double (*exact)(double),
                        float lowest, float highest, double tolerance) {
    const float ends[] = {highest, -lowest};
    for (int side = 0; side < 2; side++) {
        float where = 0;
        double error = largest_error(approximate, exact, 0, ends[side], side == 0 ? 1 : -1, &where);
        print_message("%s on the %s side: at most %.3f ulp, at %.9g\n", name,
                      side == 0 ? "right" : "left", error, (double)where);
        if (!(error <= tolerance))
            fail_msg("%s(%.9g) is off by %.3f ulp", name, (double)where, error);
    }
}

static float the_exp(float x) {
    return real_exp(x);
}

static float the_tanh(float x) {
    return real_tanh(x);
}

static float the_sigmoid(float x) {
    return real_sigmoid(x);
}

static void exp_is_exact_to_two_ulp(void **state) {
    (void)state;
    check_error("exp", the_exp, exp, -87, 88, 2);
}

static void tanh_is_exact_to_three_ulp(void **state) {
    (void)state;
    check_error("tanh", the_tanh, tanh, -FLT_MAX, FLT_MAX, 3);
}

static void sigmoid_is_exact_to_three_ulp(void **state) {
    (void)state;
    check_error("sigmoid", the_sigmoid, exact_sigmoid, -87, FLT_MAX, 3);
}

static float the_log(float x) {
    return real_log(x);
}

static void log_is_exact_to_two_ulp(void **state) {
    (void)state;
    float where = 0;
    double error = largest_error(the_log, log, FLT_MIN, FLT_MAX, 1, &where);
    /* Where it is near 0 every float counts. */
    for (float x = 0.99f; x < 1.01f; x = nextafterf(x, 2))
        error = fmax(error, error_in_ulp(the_log(x), log((double)x)));
    print_message("log: at most %.3f ulp, at %.9g\n", error, (double)where);
    assert_true(error <= 2);
    assert_true(the_log(1) == 0);
}

/* libm's sine of less than a quarter of a turn to either side: all that leads there is exact. */
static double exact_sine(double turns) {
    double part = remainder(turns, 1);
    return sin(6.283185307179586 * (fabs(part) > 0.25 ? copysign(0.5, part) - part : part));
}

static double exact_cosine(double turns) {
    return exact_sine(turns + 0.25);
}

static float the_cosine(float turns) {
    float cosine, sine;
    real_circle(&cosine, &sine, turns);
    return cosine;
}

static float the_sine(float turns) {
    float cosine, sine;
    real_circle(&cosine, &sine, turns);
    return sine;
}

static void the_circle_is_exact_to_two_ulp(void **state) {
    (void)state;
    check_error("cosine", the_cosine, exact_cosine, -0x1p20f, 0x1p20f, 2);
    check_error("sine", the_sine, exact_sine, -0x1p20f, 0x1p20f, 2);
    /* As random numbers come: evenly over one turn. */
    for (int i = 0; i <= 1 << 24; i += 5) {
        float turns = (float)i * 0x1p-24f;
        double of_cosine = error_in_ulp(the_cosine(turns), exact_cosine((double)turns));
        double of_sine = error_in_ulp(the_sine(turns), exact_sine((double)turns));
        if (!(of_cosine <= 2 && of_sine <= 2))
            fail_msg("after %.9g turns: off by %.3f, %.3f ulp", (double)turns, of_cosine, of_sine);
    }
}

static void whole_quarters_are_exact(void **state) {
    (void)state;
    const float circle[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    for (int quarter = -9; quarter <= 9; quarter++) {
        const float *point = circle[(quarter + 12) % 4];
        assert_true(the_cosine((float)quarter / 4) == point[0]);
        assert_true(the_sine((float)quarter / 4) == point[1]);
    }
}

static void far_out_they_saturate(void **state) {
    (void)state;
    const float far[] = {89, 100, 1000, 1e10f, FLT_MAX, INFINITY};
    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        assert_true(the_exp(far[i]) > 1e38f);
        assert_true(the_exp(-far[i]) >= 0 && the_exp(-far[i]) < 2e-38f);
        assert_true(the_tanh(far[i]) == 1);
        assert_true(the_tanh(-far[i]) == -1);
        assert_true(the_sigmoid(far[i]) == 1);
        assert_true(the_sigmoid(-far[i]) >= 0 && the_sigmoid(-far[i]) < 2e-38f);
    }
}

static void at_zero_they_are_exact(void **state) {
    (void)state;
    assert_true(the_exp(0) == 1);
    assert_true(the_exp(-0.0f) == 1);
    assert_true(the_tanh(0) == 0);
    assert_true(the_sigmoid(0) == 0.5f);
}

static void a_nan_stays_one(void **state) {
    (void)state;
    const float nans[] = {NAN, -NAN, float_of_bits(0x7f800001), float_of_bits(0xffffffff)};
    for (size_t i = 0; i < sizeof nans / sizeof *nans; i++) {
        assert_true(isnan(the_exp(nans[i])));
        assert_true(isnan(the_tanh(nans[i])));
        assert_true(isnan(the_sigmoid(nans[i])));
    }
}

/* What is a loop to the compiler is the same function, vector instructions or not. */
static void a_loop_gives_what_a_call_gives(void **state) {
    (void)state;
    enum { COUNT = 1003 };
    static float x[COUNT], positive[COUNT], y[6][COUNT];
    for (int i = 0; i < COUNT; i++) {
        x[i] = (float)(i - COUNT / 2) * 0.193f;
        positive[i] = (float)(i + 1) * 0.0193f;
    }
    x[17] = NAN;
    x[18] = INFINITY;
#pragma omp simd
    for (int i = 0; i < COUNT; i++) {
        y[0][i] = real_exp(x[i]);
        y[1][i] = real_tanh(x[i]);
        y[2][i] = real_sigmoid(x[i]);
        y[3][i] = real_log(positive[i]);
        real_circle(&y[4][i], &y[5][i], positive[i]);
    }
    float (*const functions[])(float) = {the_exp, the_tanh,   the_sigmoid,
                                         the_log, the_cosine, the_sine};
    for (int k = 0; k < 6; k++)
        for (int i = 0; i < COUNT; i++) {
            float alone = functions[k](k < 3 ? x[i] : positive[i]);
            if (k < 3 && i == 17)
                assert_true(isnan(y[k][i]));
            else
                assert_true(fabsf(y[k][i] - alone) <= 4 * FLT_EPSILON * fabsf(alone));
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_exact_to_two_ulp),
        cmocka_unit_test(tanh_is_exact_to_three_ulp),
        cmocka_unit_test(sigmoid_is_exact_to_three_ulp),
        cmocka_unit_test(log_is_exact_to_two_ulp),
        cmocka_unit_test(the_circle_is_exact_to_two_ulp),
        cmocka_unit_test(whole_quarters_are_exact),
        cmocka_unit_test(far_out_they_saturate),
        cmocka_unit_test(at_zero_they_are_exact),
        cmocka_unit_test(a_nan_stays_one),
        cmocka_unit_test(a_loop_gives_what_a_call_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
