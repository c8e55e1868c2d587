/* The identity behind expectation-maximisation: the gradient of the log-likelihood is that of the
 * expected log-likelihood with the shares held fixed (Bishop 2006, section 9.4). So what the E step
 * sums up gives, in closed form, what central differences of the log-likelihood give. And in double
 * the log-likelihood rises at every pass, to the last digits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gradient_check.h"
#include "model/any_mixture.h"

enum { POINTS = 40, PIXELS = 5, COMPONENTS = 3, BATCH = 8 };

/* The sum over all points; sets the sums of the E step. */
static double log_likelihood(void *context) {
    fixture *opened = context;
    double sum = 0, found[BATCH];
    gt_gaussians_refresh(opened->gaussians);
    gt_gaussians_begin_sums(opened->gaussians);
    for (int first = 0; first < POINTS; first += BATCH) {
        gt_gaussians_expect(found, opened->gaussians, &test_compute,
                            opened->points + first * PIXELS, BATCH);
        gt_gaussians_add(opened->gaussians, &test_compute, BATCH);
        for (int i = 0; i < BATCH; i++)
            sum += found[i];
    }
    return sum;
}

/* With S and Q the sums of (x - c) and (x - c)^2 in shares of component k, N their sum and
 * d = m - c:  dL/dw = N / w,  dL/dm = (S - N d) / v,  dL/dv = ((Q - 2 d S + N d^2) / v - N) / 2v. */
static void find_gradients(double *dweight, double *dmean, double *dvariance,
                           const gt_gaussians *gaussians) {
    const int variances = gt_gaussians_variances(gaussians);
    memset(dvariance, 0, (size_t)(COMPONENTS * variances) * sizeof *dvariance);
    for (int k = 0; k < COMPONENTS; k++) {
        const double *first = gaussians->sums + k * 2 * PIXELS, *second = first + PIXELS;
        const double count = gaussians->counts[k];
        dweight[k] = count / gaussians->weight[k];
        for (int i = 0; i < PIXELS; i++) {
            const int at = k * variances + i % variances;
            double v = gaussians->variance[at];
            double d = gaussians->mean[k * PIXELS + i] - gaussians->centre[i];
            dmean[k * PIXELS + i] = (first[i] - count * d) / v;
            dvariance[at] += ((second[i] - 2 * d * first[i] + count * d * d) / v - count) / (2 * v);
        }
    }
}

static void check_identity(bool is_spherical) {
    const gt_model_settings settings = settings_of(COMPONENTS, is_spherical, 1e-4, BATCH);
    fixture *opened = open_mixture(&settings, POINTS, PIXELS);
    gt_gaussians *gaussians = opened->gaussians;
    double dweight[COMPONENTS], dmean[COMPONENTS * PIXELS], dvariance[COMPONENTS * PIXELS];
    set_golden_points(opened);
    set_golden_start(opened);
    log_likelihood(opened);
    find_gradients(dweight, dmean, dvariance, gaussians);
    gradient_check("weight", log_likelihood, opened, gaussians->weight, dweight, COMPONENTS);
    gradient_check("mean", log_likelihood, opened, gaussians->mean, dmean, COMPONENTS * PIXELS);
    gradient_check("variance", log_likelihood, opened, gaussians->variance, dvariance,
                   (size_t)(COMPONENTS * gt_gaussians_variances(gaussians)));
    close_mixture(opened);
}

static void shares_give_the_gradients(void **state) {
    (void)state;
    check_identity(false);
    check_identity(true);
}

static void the_likelihood_rises(void **state) {
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        const bool is_spherical = kind % 2 != 0;
        const int factors = kind / 2 * 2;
        gt_model_settings settings = settings_of(COMPONENTS, is_spherical, 0.03, BATCH);
        settings.mixture.factors = factors;
        fixture *opened = open_mixture(&settings, POINTS, PIXELS);
        double last = -INFINITY;
        set_golden_points(opened);
        set_golden_start(opened);
        for (int pass = 0; pass < 100; pass++) {
            double now = log_likelihood(opened);
            assert_true(now >= last - 1e-10);
            last = now;
            gt_gaussians_maximise(opened->gaussians);
        }
        close_mixture(opened);
    }
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_give_the_gradients),
        cmocka_unit_test(the_likelihood_rises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
