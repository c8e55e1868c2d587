/* The table of priors. */
#include "gantrain/model/prior.h"

#include <math.h>
#include <string.h>

static void draw_normal(gt_real *z, gt_team *team, gt_address address, int rows, int columns) {
    gt_random_normal(z, team, address, rows, columns);
}

#define ROOT_3 ((gt_real)1.7320508075688772) /* uniform on +-sqrt 3 has variance 1 */

/* By bisection: nobody asks often. */
static double find_normal_quantile(double p) {
    double low = -10, high = 10;
    for (int i = 0; i < 60; i++) {
        const double middle = (low + high) / 2;
        if (erfc(-middle / sqrt(2)) / 2 < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static void draw_uniform(gt_real *z, gt_team *team, gt_address address, int rows, int columns) {
    gt_random_uniform(z, team, address, -ROOT_3, ROOT_3, rows, columns);
}

static double find_uniform_quantile(double p) {
    return (double)ROOT_3 * (2 * p - 1);
}

static const gt_prior priors[] = {
    {"normal", "standard normal", 3, true, draw_normal, find_normal_quantile},
    {"uniform", "uniform on -sqrt 3 to sqrt 3 (variance 1)", ROOT_3, false, draw_uniform,
     find_uniform_quantile},
};

enum { PRIOR_COUNT = sizeof priors / sizeof *priors };

const gt_prior *gt_prior_at(int index) {
    return index < PRIOR_COUNT ? &priors[index] : NULL;
}

const gt_prior *gt_prior_find(const char *name) {
    for (int i = 0; i < PRIOR_COUNT; i++)
        if (strcmp(priors[i].name, name) == 0)
            return &priors[i];
    return NULL;
}
