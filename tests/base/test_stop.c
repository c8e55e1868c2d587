/* A request to stop: who asks is seen by who looks, and holds add up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gantrain/base/stop.h"

static void a_request_is_seen(void **state) {
    (void)state;
    gt_stop stop = {0};
    gt_error error = {0};
    assert_int_equal(gt_stop_asked(&stop), 0);
    assert_int_equal(gt_stop_check(&stop, &error), GT_OK);
    assert_string_equal(error.message, "");
    atomic_store(&stop.signal, 15);
    assert_int_equal(gt_stop_asked(&stop), 15);
    assert_int_equal(gt_stop_check(&stop, &error), GT_STOPPED);
    assert_int_equal(error.status, GT_STOPPED);
    assert_string_equal(error.message, "stopped by signal 15");
}

static void holds_are_nested(void **state) {
    (void)state;
    gt_stop stop = {0};
    gt_stop_hold(&stop);
    gt_stop_hold(&stop);
    gt_stop_release(&stop);
    assert_int_equal(atomic_load(&stop.holds), 1);
    gt_stop_release(&stop);
    assert_int_equal(atomic_load(&stop.holds), 0);
}

static void nobody_need_be_able_to_ask(void **state) {
    (void)state;
    gt_stop_hold(NULL);
    gt_stop_release(NULL);
    assert_int_equal(gt_stop_asked(NULL), 0);
    assert_int_equal(gt_stop_check(NULL, NULL), GT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_seen),
        cmocka_unit_test(holds_are_nested),
        cmocka_unit_test(nobody_need_be_able_to_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
