/* Halves: exact values, ties to even, numbers below the smallest normal one, and the bound on the
 * rounding that pages rest on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "report/weights.h"

/* The number that bits stand for, by the definition of the format. */
static double half_value(uint16_t bits) {
    int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double value = exponent > 0 ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);
    return bits & 0x8000 ? -value : value;
}

static void known_numbers_have_known_bits(void **state) {
    (void)state;
    static const struct {
        double value;
        uint16_t bits;
    } known[] = {
        {0, 0},
        {1, 0x3c00},
        {-1, 0xbc00},
        {1 / 3.0, 0x3555},
        {0x1p-14, 0x0400},           /* the smallest normal number */
        {-0x1p-24, 0x8001},          /* the smallest of all */
        {0x1p-26, 0},                /* below half of it */
        {0.5 + 0x1p-12, 0x3800},     /* a tie, to the even one below */
        {0.5 + 3 * 0x1p-12, 0x3802}, /* and above */
        {1 - 0x1p-14, 0x3c00},       /* rounds up to the next power of two */
        {0x1p-14 - 0x1p-26, 0x0400}, /* and up to a normal number */
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_int_equal(half_bits(known[i].value), known[i].bits);
}

static void every_half_is_itself(void **state) {
    (void)state;
    for (uint16_t bits = 0; bits <= 0x3c00; bits++) {
        assert_int_equal(half_bits(half_value(bits)), bits);
        if (bits > 0)
            assert_int_equal(half_bits(-half_value(bits)), bits | 0x8000);
    }
}

static void rounding_is_at_most_half_a_step(void **state) {
    (void)state;
    for (double value = 1; value > 0x1p-14; value *= 0.9997)
        assert_true(fabs(half_value(half_bits(value)) - value) <= value * 0x1p-11);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_numbers_have_known_bits),
        cmocka_unit_test(every_half_is_itself),
        cmocka_unit_test(rounding_is_at_most_half_a_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
