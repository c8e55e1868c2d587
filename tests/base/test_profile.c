/* Profiles: times and FLOPs of one label add up, labels keep their order, and too many of them do no
 * harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "gantrain/base/profile.h"

static void the_clock_goes_forward(void **state) {
    (void)state;
    double before = gt_profile_now();
    for (int i = 0; i < 1000; i++) {
        double now = gt_profile_now();
        assert_true(now >= before);
        before = now;
    }
}

static void what_is_added_under_a_label_adds_up(void **state) {
    (void)state;
    gt_profile profile = {0};
    double now = gt_profile_now();
    gt_profile_add(&profile, "first", now - 2, 10);
    gt_profile_add(&profile, "second", now - 1, 0);
    gt_profile_add(&profile, "first", now - 3, 5);
    assert_int_equal(profile.count, 2);
    assert_string_equal(profile.phases[0].label, "first");
    assert_string_equal(profile.phases[1].label, "second");
    assert_true(profile.phases[0].flops == 15 && profile.phases[1].flops == 0);
    assert_true(profile.phases[0].seconds >= 5 && profile.phases[0].seconds < 65);
    assert_true(profile.phases[1].seconds >= 1 && profile.phases[1].seconds < 61);
}

static void a_label_too_many_goes_to_the_last_phase(void **state) {
    (void)state;
    static gt_profile profile;
    double now = gt_profile_now();
    for (int i = 0; i < GT_PROFILE_PHASES + 10; i++) {
        char label[32];
        snprintf(label, sizeof label, "phase %d", i);
        gt_profile_add(&profile, label, now, 1);
    }
    assert_int_equal(profile.count, GT_PROFILE_PHASES);
    assert_true(profile.phases[0].flops == 1);
    assert_true(profile.phases[GT_PROFILE_PHASES - 1].flops == 11);
}

static void a_long_label_is_cut(void **state) {
    (void)state;
    gt_profile profile = {0};
    char label[2 * GT_PROFILE_LABEL];
    memset(label, 'x', sizeof label - 1);
    label[sizeof label - 1] = '\0';
    gt_profile_add(&profile, label, gt_profile_now(), 0);
    assert_int_equal(strlen(profile.phases[0].label), GT_PROFILE_LABEL - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_goes_forward),
        cmocka_unit_test(what_is_added_under_a_label_adds_up),
        cmocka_unit_test(a_label_too_many_goes_to_the_last_phase),
        cmocka_unit_test(a_long_label_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
