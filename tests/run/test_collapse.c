/* Which figures are called a collapse, and what is said of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "gantrain/run/collapse.h"

static gt_epoch_row row(double diversity, double d_real, double d_fake) {
    return (gt_epoch_row){
        .epoch = 7, .diversity = diversity, .figures = {.d_real = d_real, .d_fake = d_fake}};
}

static const struct {
    double diversity, d_real, d_fake;
    gt_collapse collapse;
    const char *said;
} cases[] = {
    {0.98, 0.57, 0.43, GT_COLLAPSE_NONE, "no sign"},
    {0.60, 0.80, 0.20, GT_COLLAPSE_NONE, "no sign"},
    {0.98, 0.99, 0.10, GT_COLLAPSE_NONE, "no sign"},
    {1.80, 0.94, 0.01, GT_COLLAPSE_NONE, "no sign"},
    {0.98, 0.99, 0.01, GT_COLLAPSE_LOST, "D(x) 0.99, D(G(z)) 0.01"},
    {0.20, 0.57, 0.43, GT_COLLAPSE_ALIKE, "differ 20 % as much"},
    {0.20, 0.99, 0.01, GT_COLLAPSE_ALIKE, "Helvetica"},
    {0.001, 0.57, 0.43, GT_COLLAPSE_EQUAL, "all fake images are the same"},
};
enum { CASES = sizeof cases / sizeof *cases };

static void figures_are_called_what_they_are(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++) {
        gt_epoch_row epoch = row(cases[i].diversity, cases[i].d_real, cases[i].d_fake);
        gt_collapse collapse = gt_collapse_find(&epoch);
        char text[512];
        assert_int_equal(collapse, cases[i].collapse);
        gt_collapse_describe(text, sizeof text, collapse, &epoch);
        if (strstr(text, "epoch 7: ") == NULL || strstr(text, cases[i].said) == NULL)
            fail_msg("'%s' does not say '%s'", text, cases[i].said);
        if (collapse != GT_COLLAPSE_NONE)
            assert_non_null(strstr(text, "try "));
        assert_true(strlen(text) < sizeof text - 1);
    }
}

static void a_line_is_cut_to_its_room(void **state) {
    (void)state;
    gt_epoch_row epoch = row(0, 1, 0);
    for (size_t capacity = 1; capacity < 64; capacity++) {
        char text[64];
        memset(text, 'x', sizeof text);
        gt_collapse_describe(text, capacity, GT_COLLAPSE_EQUAL, &epoch);
        assert_int_equal(strlen(text), capacity - 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_called_what_they_are),
        cmocka_unit_test(a_line_is_cut_to_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
