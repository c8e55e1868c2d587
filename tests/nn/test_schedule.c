/* Curves of rates and weights: known values, their ends, and that they are functions of the step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "gantrain/nn/schedule.h"

static void assert_near(double got, double expected) {
    if (!(fabs(got - expected) <= 1e-12))
        fail_msg("%.15g in place of %.15g", got, expected);
}

static void every_curve_begins_at_its_first_value(void **state) {
    (void)state;
    int count = 0;
    for (const gt_schedule *row; (row = gt_schedule_at(count)) != NULL; count++) {
        assert_ptr_equal(gt_schedule_find(row->name), row);
        assert_true(strlen(row->help) > 0);
        assert_true(gt_schedule_value(row, 0.1, 0.003, 0, 100) == 0.1);
        assert_true(gt_schedule_value(row, 0.1, 0.003, 50, 0) == 0.1);
    }
    assert_int_equal(count, 2);
    assert_null(gt_schedule_find("linear"));
}

static void a_constant_stays(void **state) {
    (void)state;
    const uint64_t steps[] = {0, 1, 99, 100, UINT64_MAX};
    for (int i = 0; i < 5; i++) {
        assert_true(gt_schedule_value(gt_schedule_find("constant"), 0.7, 0.1, steps[i], 100) ==
                    0.7);
        assert_true(gt_schedule_value(NULL, 0.7, 0.1, steps[i], 100) == 0.7);
    }
}

/* cos(pi/3) = 1/2, cos(pi/2) = 0, cos(2 pi/3) = -1/2. */
static void a_cosine_goes_down_and_up(void **state) {
    (void)state;
    const gt_schedule *cosine = gt_schedule_find("cosine");
    const uint64_t steps[] = {20, 30, 40, 60, 61, UINT64_MAX};
    const double falling[] = {1 + 2 * 0.75, 2, 1 + 2 * 0.25, 1, 1, 1};
    for (int i = 0; i < 6; i++) {
        assert_near(gt_schedule_value(cosine, 3, 1, steps[i], 60), falling[i]);
        assert_near(gt_schedule_value(cosine, 1, 3, steps[i], 60), 4 - falling[i]);
    }
    for (uint64_t step = 1; step <= 60; step++)
        assert_true(gt_schedule_value(cosine, 3, 1, step, 60) <
                    gt_schedule_value(cosine, 3, 1, step - 1, 60));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_curve_begins_at_its_first_value),
        cmocka_unit_test(a_constant_stays),
        cmocka_unit_test(a_cosine_goes_down_and_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
