/* Quantiles of priors: known values, and what share of draws lies below them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "gantrain/model/prior.h"

enum { COUNT = 20000 };

static gt_real z[COUNT];

static void known_quantiles(void **state) {
    (void)state;
    const gt_prior *normal = gt_prior_find("normal"), *uniform = gt_prior_find("uniform");
    assert_true(fabs(normal->quantile(0.975) - 1.959963985) < 1e-8);
    assert_true(fabs(normal->quantile(0.5)) < 1e-12);
    assert_true(fabs(uniform->quantile(0.25) + sqrt(3) / 2) < 1e-7);
}

static void draws_lie_below_them(void **state) {
    const gt_prior *prior;
    (void)state;
    for (int i = 0; (prior = gt_prior_at(i)) != NULL; i++) {
        prior->draw(z, NULL, (gt_address){1, GT_PURPOSE_LATENT_SAMPLE, 0, 0}, COUNT, 1);
        for (double p = 0.1; p < 1; p += 0.2) {
            int below = 0;
            for (int k = 0; k < COUNT; k++)
                below += (double)z[k] < prior->quantile(p);
            assert_true(fabs(below - p * COUNT) < 5 * sqrt(p * (1 - p) * COUNT));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_quantiles),
        cmocka_unit_test(draws_lie_below_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
