/* Parzen estimates against SciPy's numbers, against the definition in double over sets larger than
 * a block, and where every term but the nearest vanishes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "metrics/golden.h"
#include "metrics/vectors.h"
#include "compute.h"
#include "gantrain/metrics/parzen.h"

static void assert_near(double got, double expected, double tolerance) {
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("%.12g in place of %.12g", got, expected);
}

static const gt_vectors
    samples = {.bytes = golden_samples, .count = GOLDEN_SAMPLES, .width = GOLDEN_WIDTH},
    validation = {.bytes = golden_validation, .count = GOLDEN_VALIDATION, .width = GOLDEN_WIDTH},
    tests_of_golden = {.bytes = golden_tests, .count = GOLDEN_TESTS, .width = GOLDEN_WIDTH};

static void log_likelihoods_are_those_of_scipy(void **state) {
    (void)state;
    double values[GOLDEN_TESTS * GT_PARZEN_SIGMAS];
    gt_error error = {0};
    assert_int_equal(gt_parzen_log_likelihoods(values, &test_compute, &tests_of_golden, &samples,
                                               golden_sigmas, GT_PARZEN_SIGMAS, &error),
                     GT_OK);
    for (int i = 0; i < GOLDEN_TESTS * GT_PARZEN_SIGMAS; i++)
        assert_near(values[i], golden_log_likelihoods[i], 1e-4);
}

static void the_estimate_is_that_of_scipy(void **state) {
    (void)state;
    gt_parzen estimate;
    gt_error error = {0};
    assert_int_equal(gt_parzen_estimate(&estimate, &test_compute, &samples, &validation,
                                        &tests_of_golden, &error),
                     GT_OK);
    assert_near(estimate.sigma, golden_sigma, 1e-12);
    assert_near(estimate.mean, golden_mean, 1e-5);
    assert_near(estimate.standard_error, golden_standard_error, 1e-5);
    for (int k = 0; k < GT_PARZEN_SIGMAS; k++) {
        assert_near(estimate.sigmas[k], golden_sigmas[k], 1e-12);
        assert_near(estimate.validation[k], golden_validation_means[k], 1e-5);
    }
}

/* The definition, the largest term taken out. */
static double exact(const gt_vectors *x, uint32_t i, const gt_vectors *s, double sigma) {
    double nearest = INFINITY, sum = 0;
    for (uint32_t j = 0; j < s->count; j++)
        nearest = fmin(nearest, plain_distance(x, i, s, j));
    for (uint32_t j = 0; j < s->count; j++)
        sum += exp((nearest - plain_distance(x, i, s, j)) / (2 * sigma * sigma));
    return log(sum / s->count) - nearest / (2 * sigma * sigma) -
           x->width * (log(sigma) + log(2 * acos(-1)) / 2);
}

static void check(gt_vectors queries, gt_vectors references, double digits) {
    const double sigmas[] = {0.1, 0.37, 1};
    double *values = malloc(3 * queries.count * sizeof *values);
    gt_error error = {0};
    assert_int_equal(
        gt_parzen_log_likelihoods(values, &test_compute, &queries, &references, sigmas, 3, &error),
        GT_OK);
    for (uint32_t i = 0; i < queries.count; i++)
        for (int k = 0; k < 3; k++) {
            double expected = exact(&queries, i, &references, sigmas[k]);
            assert_near(values[3 * i + (uint32_t)k], expected, digits * fmax(1, fabs(expected)));
        }
    free(values);
    free_vectors(&queries);
    free_vectors(&references);
}

/* More samples than a block has, so that the sums of the first are carried on to the next. */
static void log_likelihoods_are_those_of_the_definition(void **state) {
    (void)state;
    check(make_bytes(1, 29, 31), make_bytes(2, 4999, 31), 2e-5);
    check(make_reals(1, 17, 5, 0), make_reals(2, 2053, 5, 0), 2e-5);
    check(make_bytes(1, 1, 1), make_bytes(2, 1, 1), 2e-5);
    check(make_bytes(1, 3, 784), make_bytes(2, 5, 784), 2e-5);
}

/* Blocks whose nearest sample comes later must scale down what was summed, and those where it came
 * earlier must not. */
static void the_order_of_samples_does_not_matter(void **state) {
    (void)state;
    enum { COUNT = 5000 };
    static gt_real forth[COUNT], back[COUNT];
    const gt_real zero = 0;
    const double sigma = 0.3;
    for (int i = 0; i < COUNT; i++)
        forth[i] = back[COUNT - 1 - i] = (gt_real)(i + 1) / 1000;
    gt_vectors query = {.reals = &zero, .count = 1, .width = 1};
    gt_vectors near_first = {.reals = forth, .count = COUNT, .width = 1};
    gt_vectors near_last = {.reals = back, .count = COUNT, .width = 1};
    double values[2];
    gt_error error = {0};
    assert_int_equal(gt_parzen_log_likelihoods(&values[0], &test_compute, &query, &near_first,
                                               &sigma, 1, &error),
                     GT_OK);
    assert_int_equal(
        gt_parzen_log_likelihoods(&values[1], &test_compute, &query, &near_last, &sigma, 1, &error),
        GT_OK);
    assert_near(values[0], exact(&query, 0, &near_first, sigma), 1e-5);
    assert_near(values[1], values[0], 1e-5);
}

/* exp(-5000) is 0 in any format; its logarithm is not. */
static void a_lone_sample_far_away_gives_its_own_term(void **state) {
    (void)state;
    const gt_real here[100] = {0}, there[100] = {10};
    gt_vectors query = {.reals = here, .count = 1, .width = 100};
    gt_vectors sample = {.reals = there, .count = 1, .width = 100};
    const double sigma = 0.1;
    double value;
    gt_error error = {0};
    assert_int_equal(
        gt_parzen_log_likelihoods(&value, &test_compute, &query, &sample, &sigma, 1, &error),
        GT_OK);
    assert_near(value, -100 / 0.02 - 100 * log(0.1 * sqrt(2 * acos(-1))), 1e-2);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_likelihoods_are_those_of_scipy),
        cmocka_unit_test(the_estimate_is_that_of_scipy),
        cmocka_unit_test(log_likelihoods_are_those_of_the_definition),
        cmocka_unit_test(the_order_of_samples_does_not_matter),
        cmocka_unit_test(a_lone_sample_far_away_gives_its_own_term),
    };
    return cmocka_run_group_tests(tests, set_team, NULL);
}
