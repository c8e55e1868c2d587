/* Points against distributions: counts that can be worked out by hand, and divergences in closed form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "gantrain/metrics/points.h"

static void assert_near(double got, double expected, double tolerance) {
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("%.9g in place of %.9g", got, expected);
}

static gt_real points[20000 * GT_POINT_COMPONENTS];

/* 1 - exp(-9/2) of them in a plane, erf(3 / sqrt 2) on a line; all modes; nearly no divergence. */
static void real_points_are_good(void **state) {
    gt_point_counts counts;
    const gt_distribution *distribution;
    (void)state;
    for (int i = 0; (distribution = gt_distribution_at(i)) != NULL; i++) {
        const double share = distribution->components == 1 ? erf(3 / sqrt(2)) : 1 - exp(-4.5);
        gt_distribution_draw(points, NULL, distribution, 1, 0, 20000);
        gt_points_count(&counts, distribution, points, 20000);
        assert_int_equal(counts.modes, distribution->modes);
        const double good = counts.good / 20000.0;
        assert_true(good > share - 0.004); /* where modes overlap there are more */
        assert_true(distribution->modes > 25 || good < share + 0.004);
        assert_true(gt_points_divergence(&counts) < 0.006);
    }
}

/* A mode of eight: JSD of p = 1/8 and q = 1 there, and of p = 7/8 and q = 0 elsewhere. */
static void a_collapse_is_one_mode(void **state) {
    const gt_distribution *ring = gt_distribution_find("builtin:ring");
    gt_point_counts counts;
    int found = 0;
    (void)state;
    gt_distribution_draw(points, NULL, ring, 1, 0, 20000);
    for (int i = 0; i < 20000; i++)
        if (points[2 * i] > (gt_real)1.75) {
            points[2 * found] = points[2 * i];
            points[2 * found + 1] = points[2 * i + 1];
            found++;
        }
    gt_points_count(&counts, ring, points, (uint32_t)found);
    assert_int_equal(counts.modes, 1);
    const double p = 1.0 / 8, m = (1 + p) / 2;
    assert_near(gt_points_divergence(&counts), (p * log(p / m) + log(1 / m) + (1 - p) * log(2)) / 2,
                0.006);
}

/* 3 deviations of 0.1 around (2, 0) end at 2.3; of 0.3 around -2 on the line, at -2.9. */
static void good_ends_at_three_deviations(void **state) {
    const gt_distribution *ring = gt_distribution_find("builtin:ring");
    const gt_distribution *line = gt_distribution_find("builtin:line");
    const gt_real plane[] = {(gt_real)2.29, 0, (gt_real)2.31, 0, 0, 0};
    const gt_real on_line[] = {(gt_real)-2.89, (gt_real)-2.91, (gt_real)0.1, 90};
    gt_point_counts counts;
    (void)state;
    gt_points_count(&counts, ring, plane, 3);
    assert_int_equal(counts.good, 1);
    assert_int_equal(counts.modes, 1);
    gt_points_count(&counts, line, on_line, 4);
    assert_int_equal(counts.good, 2);
    assert_int_equal(counts.modes, 2);
    assert_int_equal(counts.counts[(int)((4 - 2.89) * 16)], 2); /* both sides of the end */
}

/* Out of the window, or not finite: nothing is found, and the divergence is the largest there is. */
static void points_that_are_nowhere(void **state) {
    const gt_distribution *ring = gt_distribution_find("builtin:ring");
    const gt_real nowhere[] = {NAN, 0, INFINITY, 1, (gt_real)1e30, 0, -4, 0};
    gt_point_counts counts;
    (void)state;
    gt_points_count(&counts, ring, nowhere, 4);
    assert_int_equal(counts.good, 0);
    assert_int_equal(counts.modes, 0);
    assert_near(gt_points_divergence(&counts), log(2), 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_points_are_good),
        cmocka_unit_test(a_collapse_is_one_mode),
        cmocka_unit_test(good_ends_at_three_deviations),
        cmocka_unit_test(points_that_are_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
