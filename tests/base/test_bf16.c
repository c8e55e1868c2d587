/* Rounding to bfloat16: ties to even, both signs, the largest numbers, infinities and NaN. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "gantrain/base/bf16.h"

static float as_float(gt_bf16 rounded) {
    uint32_t bits = (uint32_t)rounded << 16;
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static float rounded(float number) {
    gt_bf16 to;
    gt_real from = (gt_real)number;
    gt_bf16_round(&to, &from, 1);
    return as_float(to);
}

static void numbers_with_eight_bits_stay(void **state) {
    (void)state;
    const float numbers[] = {0,   -0.0f,         1,           -1,       0.5f,
                             255, -0x1.fep-100f, 0x1.fep127f, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        float result = rounded(numbers[i]);
        assert_memory_equal(&result, &numbers[i], sizeof result);
    }
}

static void others_go_to_the_nearest_and_ties_to_even(void **state) {
    (void)state;
    assert_true(rounded(0x1.00fp0f) == 1 && rounded(-0x1.00fp0f) == -1);
    assert_true(rounded(0x1.011p0f) == 0x1.02p0f && rounded(-0x1.011p0f) == -0x1.02p0f);
    assert_true(rounded(0x1.01p0f) == 1);         /* between 1.00 and 1.02: even is below */
    assert_true(rounded(0x1.03p0f) == 0x1.04p0f); /* between 1.02 and 1.04: even is above */
    assert_true(isinf(rounded(0x1.ffp127f)));     /* carries into the exponent */
    assert_true(rounded(0x1.fffffep3f) == 16);
}

static void a_nan_stays_one(void **state) {
    (void)state;
    uint32_t patterns[] = {0x7f800001, 0x7fffffff, 0xff800001, 0xffffffff, 0x7fc00000};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        float number;
        memcpy(&number, &patterns[i], sizeof number);
        assert_true(isnan(rounded(number)));
    }
}

static void the_error_is_at_most_half_of_the_last_place(void **state) {
    (void)state;
    uint32_t seed = 1;
    for (int i = 0; i < 10000; i++) {
        seed = seed * 1664525 + 1013904223;
        float number = (float)((double)seed / 4294967296.0) + 0.001f;
        assert_true(fabsf(rounded(number) / number - 1) <= 0x1p-8f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_with_eight_bits_stay),
        cmocka_unit_test(others_go_to_the_nearest_and_ties_to_even),
        cmocka_unit_test(a_nan_stays_one),
        cmocka_unit_test(the_error_is_at_most_half_of_the_last_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
