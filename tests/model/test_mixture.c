/* Passes of expectation-maximisation against the same by SciPy (scripts/make-mixture-goldens); that
 * a mixture fitted to samples of a known mixture finds it, which is that maximum likelihood makes the
 * KL divergence small; where components start; samples; and that a fall of the likelihood is an
 * error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/any_mixture.h"
#include "model/mixture_golden.h"

enum { POINTS = 40, PIXELS = 5, COMPONENTS = 3, PASSES = 6, FACTORS = 2 };

static void assert_close(const char *what, const gt_real *numbers, const double *expected,
                         int count) {
    for (int i = 0; i < count; i++)
        if (!(fabs((double)numbers[i] - expected[i]) <= 2e-6))
            fail_msg("%s %d: %.8f and not %.8f", what, i, (double)numbers[i], expected[i]);
}

static void assert_near(const char *what, double number, double expected, double tolerance) {
    if (!(fabs(number - expected) <= tolerance))
        fail_msg("%s: %.8f and not %.8f", what, number, expected);
}

/* A step that does not choose a start and has nothing to compare with. */
static double make_pass(fixture *opened) {
    const gt_minibatch_source source = source_of(opened);
    double stats[GT_MODEL_STATS];
    *gt_mixture_of(&opened->model)->log_likelihood = (gt_real)-1e9;
    gt_model_mixture.step(stats, &opened->model, &source, 1);
    return stats[0];
}

/* loading NULL: without factors. */
static void check_passes(bool is_spherical, const double *likelihoods, const double *weight,
                         const double *mean, const double *variance, const double *loading,
                         const double *of_points) {
    gt_model_settings settings = settings_of(COMPONENTS, is_spherical, 0.02, 8);
    settings.mixture.factors = loading != NULL ? FACTORS : 0;
    fixture *opened = open_mixture(&settings, POINTS, PIXELS);
    const gt_gaussians *gaussians = opened->gaussians;
    set_golden_points(opened);
    set_golden_start(opened);
    for (int pass = 0; pass < PASSES; pass++)
        assert_near("log-likelihood", make_pass(opened), likelihoods[pass], 5e-6);
    assert_close("weight", gaussians->weight, weight, COMPONENTS);
    assert_close("mean", gaussians->mean, mean, COMPONENTS * PIXELS);
    assert_close("variance", gaussians->variance, variance,
                 COMPONENTS * gt_gaussians_variances(gaussians));
    if (loading != NULL)
        assert_close("loading", gaussians->loading, loading, COMPONENTS * FACTORS * PIXELS);
    for (int first = 0; first < POINTS; first += 8) {
        double found[8];
        gt_model_mixture.log_likelihood(found, &opened->model, opened->points + first * PIXELS,
                                        NULL, 0, 0, 0, 8);
        for (int i = 0; i < 8; i++)
            assert_near("of a point", found[i], of_points[first + i], 2e-5);
    }
    close_mixture(opened);
}

static void passes_with_diagonal_covariance(void **state) {
    (void)state;
    check_passes(false, golden_diagonal_log_likelihoods, golden_diagonal_weight,
                 golden_diagonal_mean, golden_diagonal_variance, NULL, golden_diagonal_of_points);
}

static void passes_with_spherical_covariance(void **state) {
    (void)state;
    check_passes(true, golden_spherical_log_likelihoods, golden_spherical_weight,
                 golden_spherical_mean, golden_spherical_variance, NULL,
                 golden_spherical_of_points);
}

static void passes_with_factors(void **state) {
    (void)state;
    check_passes(false, golden_factors_log_likelihoods, golden_factors_weight, golden_factors_mean,
                 golden_factors_variance, golden_factors_loading, golden_factors_of_points);
    check_passes(true, golden_spherical_factors_log_likelihoods, golden_spherical_factors_weight,
                 golden_spherical_factors_mean, golden_spherical_factors_variance,
                 golden_spherical_factors_loading, golden_spherical_factors_of_points);
}

/* --- A known mixture --- */

enum { SAMPLES = 20000, SIDES = 2, KNOWN = 3, BATCH = 100 };

static const double known_weight[KNOWN] = {0.2, 0.5, 0.3};
static const double known_mean[KNOWN][SIDES] = {{0.2, 0.2}, {0.5, 0.7}, {0.8, 0.3}};
static const double known_deviation[KNOWN][SIDES] = {{0.05, 0.1}, {0.1, 0.05}, {0.08, 0.08}};

/* Samples of the known mixture: of each component as many as its weight says, in turn. */
static void set_known_points(fixture *opened) {
    const gt_address noise = {11, GT_PURPOSE_LATENT_SAMPLE, 0, 0};
    gt_random_normal(opened->points, NULL, noise, SAMPLES, SIDES);
    for (int n = 0; n < SAMPLES; n++) {
        const int k = n % 10 < 2 ? 0 : n % 10 < 7 ? 1 : 2;
        for (int i = 0; i < SIDES; i++) {
            gt_real *x = &opened->points[n * SIDES + i];
            *x = (gt_real)(known_mean[k][i] + known_deviation[k][i] * (double)*x);
        }
    }
}

static double known_log_density(const gt_real *x) {
    double sum = 0;
    for (int k = 0; k < KNOWN; k++) {
        double density = known_weight[k];
        for (int i = 0; i < SIDES; i++) {
            double off = ((double)x[i] - known_mean[k][i]) / known_deviation[k][i];
            density *= exp(-off * off / 2) / (known_deviation[k][i] * sqrt(2 * acos(-1)));
        }
        sum += density;
    }
    return log(sum);
}

/* The fitted component whose mean is nearest to that of known component k. */
static int find_component(const gt_gaussians *gaussians, int k) {
    int nearest = 0;
    double least = INFINITY;
    for (int j = 0; j < KNOWN; j++) {
        double x = (double)gaussians->mean[j * SIDES] - known_mean[k][0];
        double y = (double)gaussians->mean[j * SIDES + 1] - known_mean[k][1];
        if (x * x + y * y < least) {
            least = x * x + y * y;
            nearest = j;
        }
    }
    return nearest;
}

/* Deviations of estimates from n samples are about sigma / sqrt n: up to five of them. */
static void a_known_mixture_is_found(void **state) {
    (void)state;
    const gt_model_settings settings = settings_of(KNOWN, false, 1e-4, BATCH);
    fixture *opened = open_mixture(&settings, SAMPLES, SIDES);
    const gt_minibatch_source source = source_of(opened);
    double stats[GT_MODEL_STATS], known = 0;
    set_known_points(opened);
    for (uint64_t step = 0; step < 60; step++)
        gt_model_mixture.step(stats, &opened->model, &source, step);
    for (int k = 0; k < KNOWN; k++) {
        const int j = find_component(opened->gaussians, k);
        const double few = 5 / sqrt(known_weight[k] * SAMPLES);
        assert_near("weight", (double)opened->gaussians->weight[j], known_weight[k], 0.01);
        for (int i = 0; i < SIDES; i++) {
            const int at = j * SIDES + i;
            const double deviation = known_deviation[k][i];
            assert_near("mean", (double)opened->gaussians->mean[at], known_mean[k][i],
                        few * deviation);
            assert_near("deviation", sqrt((double)opened->gaussians->variance[at]), deviation,
                        few * deviation);
        }
    }
    /* The mean of log p - log q over samples of p estimates KL(p || q); over the samples that q was
     * fitted to, it is below 0 by half the number of parameters over n. */
    for (int n = 0; n < SAMPLES; n++)
        known += known_log_density(opened->points + (long)n * SIDES) / SAMPLES;
    assert_near("KL divergence", known - stats[0], -14.0 / 2 / SAMPLES, 10.0 / SAMPLES);
    close_mixture(opened);
}

/* --- The start --- */

static bool is_point(const fixture *opened, const gt_real *mean) {
    for (int n = 0; n < opened->count; n++)
        if (memcmp(opened->points + n * opened->pixels, mean,
                   (size_t)opened->pixels * sizeof *mean) == 0)
            return true;
    return false;
}

/* Four far groups of points: k-means++ puts a component into each, for any seed but a rare one. */
static void starts_are_points_far_from_each_other(void **state) {
    (void)state;
    int all_found = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        gt_model_settings settings = settings_of(4, false, 1e-4, 8);
        settings.seed = seed;
        fixture *opened = open_mixture(&settings, POINTS, 2);
        const gt_minibatch_source source = source_of(opened);
        unsigned groups = 0;
        for (int n = 0; n < POINTS; n++) {
            opened->points[2 * n] = (gt_real)(n % 4 % 2 + 0.001 * n);
            opened->points[2 * n + 1] = (gt_real)(n % 4 / 2 - 0.001 * n);
        }
        gt_mixture_start(&opened->model, &source);
        for (int k = 0; k < 4; k++) {
            const gt_real *mean = opened->gaussians->mean + 2L * k;
            assert_true(is_point(opened, mean));
            groups |= 1u << ((mean[0] > (gt_real)0.5) + 2 * (mean[1] > (gt_real)0.5));
            assert_near("weight", (double)opened->gaussians->weight[k], 0.25, 0);
        }
        all_found += groups == 15;
        close_mixture(opened);
    }
    assert_true(all_found >= 48);
}

/* Fewer distinct images than components: some have none, and the likelihood still rises. */
static void equal_images_are_no_fault(void **state) {
    (void)state;
    const gt_model_settings settings = settings_of(8, false, 0.01, 8);
    fixture *opened = open_mixture(&settings, POINTS, PIXELS);
    const gt_minibatch_source source = source_of(opened);
    for (int i = 0; i < POINTS * PIXELS; i++)
        opened->points[i] = (gt_real)(i / PIXELS % 2);
    for (uint64_t step = 0; step < 10; step++) {
        double stats[GT_MODEL_STATS];
        gt_model_mixture.step(stats, &opened->model, &source, step);
        assert_true(isfinite(stats[0]) && isfinite(stats[1]));
    }
    close_mixture(opened);
}

static void a_fall_of_the_likelihood_is_an_error(void **state) {
    (void)state;
    const gt_model_settings settings = settings_of(COMPONENTS, false, 0.02, 8);
    fixture *opened = open_mixture(&settings, POINTS, PIXELS);
    const gt_minibatch_source source = source_of(opened);
    double stats[GT_MODEL_STATS];
    set_golden_points(opened);
    for (uint64_t step = 0; step < 3; step++)
        gt_model_mixture.step(stats, &opened->model, &source, step);
    assert_true(isfinite(stats[0]));
    for (int i = 0; i < PIXELS; i++)
        opened->gaussians->mean[i] += (gt_real)0.3;
    gt_gaussians_refresh(opened->gaussians);
    gt_model_mixture.step(stats, &opened->model, &source, 3);
    assert_true(isnan(stats[0]));
    assert_non_null(strstr(gt_model_mixture.diverged_part(&opened->model), "fell from "));
    close_mixture(opened);
}

/* --- Samples --- */

static void check_samples(int factors) {
    enum { ROWS = 8, DRAWS = 40000 };
    gt_model_settings settings = settings_of(COMPONENTS, false, 1e-4, ROWS);
    settings.mixture.factors = factors;
    fixture *opened = open_mixture(&settings, POINTS, PIXELS);
    gt_gaussians *gaussians = opened->gaussians;
    double mean[PIXELS] = {0}, expected[PIXELS] = {0}, square = 0, expected_square = 0;
    set_golden_start(opened);
    gaussians->weight[0] = (gt_real)0.6;
    gaussians->weight[1] = 0;
    gaussians->weight[2] = (gt_real)0.4;
    for (uint32_t first = 0; first < DRAWS; first += ROWS) {
        gt_real z[ROWS * (PIXELS + 1 + FACTORS)], images[ROWS * PIXELS];
        gt_random_normal(z, NULL, (gt_address){5, GT_PURPOSE_LATENT_SAMPLE, 0, first}, ROWS,
                         opened->model.latent_dim);
        gt_model_mixture.generate(images, &opened->model, z, NULL, ROWS);
        for (int i = 0; i < ROWS * PIXELS; i++) {
            mean[i % PIXELS] += (double)images[i] / DRAWS;
            square += (double)images[i] * (double)images[i] / DRAWS;
        }
    }
    for (int at = 0; at < COMPONENTS * PIXELS; at++) {
        double weight = (double)gaussians->weight[at / PIXELS], m = (double)gaussians->mean[at];
        expected[at % PIXELS] += weight * m;
        expected_square += weight * (m * m + (double)gaussians->variance[at]);
    }
    for (int at = 0; at < COMPONENTS * factors * PIXELS; at++)
        expected_square += (double)gaussians->weight[at / (factors * PIXELS)] *
                           (double)gaussians->loading[at] * (double)gaussians->loading[at];
    for (int i = 0; i < PIXELS; i++)
        assert_near("mean", mean[i], expected[i], 0.01);
    assert_near("square", square, expected_square, 0.03);
    close_mixture(opened);
}

static void samples_have_the_moments_of_the_mixture(void **state) {
    (void)state;
    check_samples(0);
    check_samples(FACTORS);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_with_diagonal_covariance),
        cmocka_unit_test(passes_with_spherical_covariance),
        cmocka_unit_test(passes_with_factors),
        cmocka_unit_test(a_known_mixture_is_found),
        cmocka_unit_test(starts_are_points_far_from_each_other),
        cmocka_unit_test(equal_images_are_no_fault),
        cmocka_unit_test(a_fall_of_the_likelihood_is_an_error),
        cmocka_unit_test(samples_have_the_moments_of_the_mixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
