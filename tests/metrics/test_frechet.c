/* The Frechet distance: Gaussians whose distance can be written down, a set against itself, and
 * SciPy's numbers, also where a covariance has no inverse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "metrics/golden_frechet.h"
#include "metrics/vectors.h"
#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/metrics/frechet.h"

static void assert_near(double got, double expected, double tolerance) {
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("%.12g in place of %.12g", got, expected);
}

static double distance_of(const gt_moments *a, const gt_moments *b) {
    double distance;
    gt_error error = {0};
    if (gt_frechet_distance(&distance, &test_compute, a, b, &error) != GT_OK)
        fail_msg("%s", error.message);
    return distance;
}

static void moments_are_those_counted_by_hand(void **state) {
    (void)state;
    const gt_real features[] = {1, 10, 3, 20, 5, 60};
    gt_moments moments;
    assert_int_equal(gt_moments_take(&moments, &test_compute, features, 3, 2, NULL), GT_OK);
    const double mean[] = {3, 30}, covariance[] = {4, 50, 50, 700};
    for (int i = 0; i < 2; i++)
        assert_near(moments.mean[i], mean[i], 1e-12);
    for (int i = 0; i < 4; i++)
        assert_near(moments.covariance[i], covariance[i], 1e-9);
    gt_moments_free(&moments);
    assert_null(moments.mean);
}

/* For covariances that commute the distance is |m1 - m2|^2 + sum (sqrt l1 - sqrt l2)^2. Here both
 * are diagonal, turned by the same angle in one plane. */
static void gaussians_with_a_closed_form(void **state) {
    (void)state;
    enum { WIDTH = 3 };
    const double angle = 0.7, first[] = {4, 1, 0}, second[] = {1, 9, 0.25};
    double means[2][WIDTH] = {{1, 2, 3}, {0, 4, 3}}, covariances[2][WIDTH * WIDTH];
    const double *variances[] = {first, second};
    const double turn[WIDTH][WIDTH] = {
        {cos(angle), -sin(angle), 0}, {sin(angle), cos(angle), 0}, {0, 0, 1}};
    for (int g = 0; g < 2; g++)
        for (int i = 0; i < WIDTH; i++)
            for (int j = 0; j < WIDTH; j++) {
                covariances[g][i * WIDTH + j] = 0;
                for (int k = 0; k < WIDTH; k++)
                    covariances[g][i * WIDTH + j] += turn[i][k] * variances[g][k] * turn[j][k];
            }
    gt_moments a = {WIDTH, means[0], covariances[0]}, b = {WIDTH, means[1], covariances[1]};
    double expected = 5;
    for (int k = 0; k < WIDTH; k++)
        expected += pow(sqrt(first[k]) - sqrt(second[k]), 2);
    assert_near(distance_of(&a, &b), expected, 1e-7);
    assert_near(distance_of(&b, &a), expected, 1e-7);
    assert_near(distance_of(&a, &a), 0, 1e-7);
}

static void distances_are_those_of_scipy(void **state) {
    (void)state;
    gt_moments moments[GOLDEN_SETS];
    gt_real features[sizeof golden_features / sizeof *golden_features], *from = features;
    for (size_t i = 0; i < sizeof features / sizeof *features; i++)
        features[i] = (gt_real)golden_features[i];
    for (int i = 0; i < GOLDEN_SETS; i++) {
        assert_int_equal(gt_moments_take(&moments[i], &test_compute, from, golden_counts[i],
                                         GOLDEN_FEATURES, NULL),
                         GT_OK);
        from += golden_counts[i] * GOLDEN_FEATURES;
    }
    /* The root of a singular product, which SciPy takes of rounded zeros, has half the digits. */
    for (int i = 0; i < GOLDEN_SETS; i++)
        for (int j = 0; j < GOLDEN_SETS; j++)
            assert_near(distance_of(&moments[i], &moments[j]),
                        golden_distances[i * GOLDEN_SETS + j], i < 2 && j < 2 ? 1e-9 : 1e-5);
    for (int i = 0; i < GOLDEN_SETS; i++)
        gt_moments_free(&moments[i]);
}

/* Many vectors, in more than one block, on one thread and on two. */
static void threads_change_nothing(void **state) {
    (void)state;
    enum { COUNT = 300, WIDTH = 40 };
    gt_vectors vectors = make_reals(3, COUNT, WIDTH, 5);
    gt_moments one, two;
    use_threads(1);
    assert_int_equal(gt_moments_take(&one, &test_compute, vectors.reals, COUNT, WIDTH, NULL),
                     GT_OK);
    use_threads(2);
    assert_int_equal(gt_moments_take(&two, &test_compute, vectors.reals, COUNT, WIDTH, NULL),
                     GT_OK);
    assert_memory_equal(one.mean, two.mean, WIDTH * sizeof *one.mean);
    assert_memory_equal(one.covariance, two.covariance, WIDTH * WIDTH * sizeof *one.covariance);
    /* Of standard normal numbers about 5. */
    for (int i = 0; i < WIDTH; i++) {
        assert_near(one.mean[i], 5, 0.3);
        assert_near(one.covariance[i * WIDTH + i], 1, 0.4);
    }
    double apart = one.mean[0];
    two.mean[0] += 3;
    assert_near(distance_of(&one, &two), 9, 1e-6);
    assert_true(one.mean[0] == apart);
    gt_moments_free(&one);
    gt_moments_free(&two);
    free_vectors(&vectors);
}

static void a_nan_is_refused(void **state) {
    (void)state;
    const gt_real features[] = {1, 2, (gt_real)NAN, 4};
    gt_moments moments;
    gt_error error = {0};
    double distance;
    assert_int_equal(gt_moments_take(&moments, &test_compute, features, 2, 2, NULL), GT_OK);
    assert_int_equal(gt_frechet_distance(&distance, &test_compute, &moments, &moments, &error),
                     GT_FAILED);
    assert_non_null(strstr(error.message, "not a finite number"));
    gt_moments_free(&moments);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_those_counted_by_hand),
        cmocka_unit_test(gaussians_with_a_closed_form),
        cmocka_unit_test(distances_are_those_of_scipy),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_nan_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
