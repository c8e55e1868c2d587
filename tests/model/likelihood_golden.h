/* Written by scripts/make-model-goldens: change that, not this. */
#ifndef TESTS_MODEL_LIKELIHOOD_GOLDEN_H
#define TESTS_MODEL_LIKELIHOOD_GOLDEN_H

/* clang-format off */
static const double golden_bernoulli_log_likelihood[] = {
    -3.44669969479, -3.76515815007, -3.23092596426, -3.88781296141,
};

static const double golden_bernoulli_bound[] = {
    -3.75923786896, -4.35791934476, -3.45484995566, -4.44871139385,
};

static const double golden_bernoulli_kl[] = {
    0.565510332997, 0.070506738267, 0.704198206637,
};

static const double golden_linear_log_likelihood[] = {
    -6.38726476433, -4.06987445685, -5.98079838926, -4.75655757357,
};

static const double golden_linear_bound[] = {
    -8.45634120114, -5.51808201723, -8.37674646095, -6.32780745258,
};

static const double golden_linear_kl[] = {
    0.973207198022, 0.103316101117, 0.669441670057,
};

#endif
