/* Modes of stacked images: counts and divergences that can be worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "gantrain/metrics/modes.h"

static void assert_near(double got, double expected) {
    if (!(fabs(got - expected) <= 1e-9))
        fail_msg("%.12g in place of %.12g", got, expected);
}

static const double even[GT_MODES_CLASSES] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};

static void each_combination_once_is_all_of_them(void **state) {
    (void)state;
    static uint16_t labels[1000][GT_STACK_CHANNELS];
    gt_modes modes;
    for (int i = 0; i < 1000; i++) {
        labels[i][0] = (uint16_t)(i / 100);
        labels[i][1] = (uint16_t)(i / 10 % 10);
        labels[i][2] = (uint16_t)(i % 10);
    }
    gt_modes_take(&modes, labels[0], even, 10, 1000);
    assert_int_equal(modes.shown, 1000);
    assert_near(modes.divergence, 0);
    gt_modes_take(&modes, labels[0], even, 10, 500); /* half of them: log 2 */
    assert_int_equal(modes.shown, 500);
    assert_near(modes.divergence, log(2));
}

static void a_collapse_is_one_mode(void **state) {
    (void)state;
    const uint16_t labels[] = {4, 7, 1, 4, 7, 1, 4, 7, 1};
    gt_modes modes;
    gt_modes_take(&modes, labels, even, 10, 3);
    assert_int_equal(modes.shown, 1);
    assert_near(modes.divergence, log(1000));
}

/* Channels are told apart, and shares are those of each channel's class. */
static void the_order_of_channels_counts(void **state) {
    (void)state;
    const uint16_t labels[] = {0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 1};
    const double shares[] = {0.8, 0.2};
    gt_modes modes;
    gt_modes_take(&modes, labels, shares, 2, 4);
    assert_int_equal(modes.shown, 3);
    double q = 0.8 * 0.8 * 0.2;
    assert_near(modes.divergence, 0.5 * log(0.5 / q) + 2 * 0.25 * log(0.25 / q));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_combination_once_is_all_of_them),
        cmocka_unit_test(a_collapse_is_one_mode),
        cmocka_unit_test(the_order_of_channels_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
