/* The logistic loss against -t log D - (1 - t) log(1 - D) in double, and far out, where a
 * probability of 0 or 1 would be the end of it; the softmax loss against its formula. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "gantrain/nn/loss.h"

/* -log sigmoid(a) and sigmoid(a), exact for every double. */
static double minus_log_sigmoid(double a) {
    return a < 0 ? log1p(exp(a)) - a : log1p(exp(-a));
}

static double sigmoid(double a) {
    return a < 0 ? exp(a) / (1 + exp(a)) : 1 / (1 + exp(-a));
}

static double exact_loss(double a, double target) {
    return target * minus_log_sigmoid(a) + (1 - target) * minus_log_sigmoid(-a);
}

static void assert_near(double got, double expected, double tolerance) {
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("%.9g in place of %.9g", got, expected);
}

/* softplus(a) - t a is a difference of numbers as large as a: its error is relative to that. */
static void value_and_gradient_are_those_of_cross_entropy(void **state) {
    (void)state;
    const gt_real targets[] = {0, 1, (gt_real)0.9, (gt_real)0.3};
    for (int k = 0; k < 4; k++)
        for (int i = -400; i <= 400; i++) {
            gt_real a = (gt_real)i / 10, gradient = NAN;
            double target = (double)targets[k];
            double loss = gt_loss_logistic(&gradient, &a, targets[k], 1, 1);
            assert_near(loss, exact_loss((double)a, target), 2e-7 * (1 + fabs((double)a)));
            assert_near((double)gradient, sigmoid((double)a) - target, 1.5e-7);
        }
}

static void a_small_probability_keeps_its_digits(void **state) {
    (void)state;
    for (int i = 1; i <= 80; i++) {
        gt_real a = (gt_real)-i, gradient = NAN;
        double expected = sigmoid((double)a);
        double loss = gt_loss_logistic(&gradient, &a, 0, 1, 1);
        assert_near(loss, exact_loss((double)a, 0), 3e-7 * loss);
        assert_near((double)gradient, expected, 3e-7 * expected);
    }
}

static void huge_logits_give_finite_losses_and_full_gradients(void **state) {
    (void)state;
    const gt_real huge[] = {89, 104, 1000, (gt_real)1e10, (gt_real)1e38, (gt_real)FLT_MAX};
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
        gt_real gradient = NAN, a = huge[i];
        assert_true(gt_loss_logistic(&gradient, &a, 1, 1, 1) < 1e-37);
        assert_true(fabs((double)gradient) < 1e-37);
        assert_true(gt_loss_logistic(&gradient, &a, 0, 1, 1) == (double)a);
        assert_true(gradient == 1);
        a = -huge[i];
        assert_true(gt_loss_logistic(&gradient, &a, 0, 1, 1) < 1e-37);
        assert_true(fabs((double)gradient) < 1e-37);
        assert_true(gt_loss_logistic(&gradient, &a, 1, 1, 1) == (double)huge[i]);
        assert_true(gradient == -1);
    }
}

enum { COUNT = 5 };
static const gt_real logits[COUNT] = {-3, (gt_real)-0.5, 0, 1, (gt_real)2.5};

static void the_loss_is_a_mean_and_the_weight_scales_gradients_only(void **state) {
    (void)state;
    const gt_real weights[] = {1, -1, (gt_real)0.25};
    double expected = 0;
    for (int i = 0; i < COUNT; i++)
        expected += exact_loss((double)logits[i], 1) / COUNT;
    for (int k = 0; k < 3; k++) {
        gt_real gradients[COUNT];
        assert_near(gt_loss_logistic(gradients, logits, 1, weights[k], COUNT), expected, 1e-6);
        for (int i = 0; i < COUNT; i++)
            assert_near((double)gradients[i],
                        (double)weights[k] * (sigmoid((double)logits[i]) - 1) / COUNT, 1e-7);
    }
}

static void gradients_may_replace_the_logits(void **state) {
    (void)state;
    gt_real apart[COUNT], in_place[COUNT];
    for (int i = 0; i < COUNT; i++)
        in_place[i] = logits[i];
    double loss = gt_loss_logistic(apart, logits, 1, 1, COUNT);
    assert_true(gt_loss_logistic(in_place, in_place, 1, 1, COUNT) == loss);
    assert_memory_equal(in_place, apart, sizeof apart);
}

static void a_nan_is_seen(void **state) {
    (void)state;
    gt_real with_nan[3] = {1, NAN, 2}, gradients[3];
    assert_true(isnan(gt_loss_logistic(gradients, with_nan, 1, 1, 3)));
    assert_true(isnan(gradients[1]) && isfinite(gradients[0]) && isfinite(gradients[2]));
    assert_true(isnan(gt_loss_mean_probability(with_nan, 3)));
}

static void the_mean_probability_is_that_of_sigmoid(void **state) {
    (void)state;
    double expected = 0;
    for (int i = 0; i < COUNT; i++)
        expected += sigmoid((double)logits[i]) / COUNT;
    assert_near(gt_loss_mean_probability(logits, COUNT), expected, 1e-7);
    const gt_real huge[] = {(gt_real)FLT_MAX, (gt_real)-FLT_MAX};
    assert_true(gt_loss_mean_probability(huge, 2) == 0.5);
    assert_true(gt_loss_mean_probability(huge, 1) == 1);
}

/* --- Softmax --- */

enum { CLASSES = 4, ROWS = 3 };

static const gt_real scores[ROWS * CLASSES] = {1, 2, 3, 4, -1, 0, 0, 5, 0, 0, 0, 0};
static const uint16_t labels[ROWS] = {2, 0, 3};

static void softmax_is_that_of_the_formula(void **state) {
    (void)state;
    gt_real probabilities[ROWS * CLASSES], dlogits[ROWS * CLASSES], in_place[ROWS * CLASSES];
    double expected_loss = 0;
    gt_loss_softmax_probabilities(probabilities, scores, CLASSES, ROWS);
    double loss = gt_loss_softmax(dlogits, scores, labels, CLASSES, ROWS);
    for (int i = 0; i < ROWS; i++) {
        double sum = 0;
        for (int c = 0; c < CLASSES; c++)
            sum += exp((double)scores[i * CLASSES + c]);
        for (int c = 0; c < CLASSES; c++) {
            double p = exp((double)scores[i * CLASSES + c]) / sum;
            assert_near((double)probabilities[i * CLASSES + c], p, 1e-7);
            assert_near((double)dlogits[i * CLASSES + c], (p - (c == labels[i])) / ROWS, 1e-7);
            if (c == labels[i])
                expected_loss -= log(p) / ROWS;
        }
    }
    assert_near(loss, expected_loss, 1e-6);
    memcpy(in_place, scores, sizeof in_place);
    assert_true(gt_loss_softmax(in_place, in_place, labels, CLASSES, ROWS) == loss);
    assert_memory_equal(in_place, dlogits, sizeof dlogits);
    memcpy(in_place, scores, sizeof in_place);
    gt_loss_softmax_probabilities(in_place, in_place, CLASSES, ROWS);
    assert_memory_equal(in_place, probabilities, sizeof probabilities);
}

static void softmax_stays_finite_for_huge_logits_and_shows_a_nan(void **state) {
    (void)state;
    const gt_real huge[] = {(gt_real)1e30, (gt_real)-1e30, 0};
    const gt_real with_nan[] = {0, NAN, 0, 1, 2, 3};
    const uint16_t zero[] = {0, 1};
    gt_real out[6];
    assert_true(gt_loss_softmax(out, huge, zero, 3, 1) == 0);
    assert_true(isfinite(gt_loss_softmax(out, huge, zero + 1, 3, 1)));
    assert_near((double)out[0], 1, 0);
    assert_near((double)out[1], -1, 0);
    assert_true(isnan(gt_loss_softmax(out, with_nan, zero, 3, 2)));
    assert_true(isnan(out[0]) && isnan(out[1]) && isnan(out[2]) && isfinite(out[3]));
}

/* The losses of critics at outputs on both sides of their kinks, with a weight, in place. */
static void critics_losses_and_gradients_by_hand(void **state) {
    (void)state;
    static const struct {
        gt_loss *loss;
        gt_real target;
        double value, gradients[4];
    } cases[] = {
        {gt_loss_squared, 1, (4.5 + 0.125 + 0.5 + 2) / 4, {-3, -0.5, -1, 2}},
        {gt_loss_squared, 0, (2 + 0.125 + 0 + 4.5) / 4, {-2, 0.5, 0, 3}},
        {gt_loss_hinge, 1, (3 + 0.5 + 1 + 0) / 4, {-1, -1, -1, 0}},
        {gt_loss_hinge, 0, (0 + 1.5 + 1 + 4) / 4, {0, 1, 1, 1}},
        {gt_loss_linear, 1, -0.375, {-1, -1, -1, -1}},
        {gt_loss_linear, 0, 0.375, {1, 1, 1, 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_real a[4] = {-2, (gt_real)0.5, 0, 3};
        double value = cases[i].loss(a, a, cases[i].target, 8, 4);
        assert_true(fabs(value - cases[i].value) < 1e-6);
        for (int k = 0; k < 4; k++)
            assert_true((double)a[k] == 2 * cases[i].gradients[k]);
        const gt_real bad = (gt_real)NAN;
        assert_true(isnan(cases[i].loss(a, &bad, cases[i].target, 1, 1)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(critics_losses_and_gradients_by_hand),
        cmocka_unit_test(value_and_gradient_are_those_of_cross_entropy),
        cmocka_unit_test(a_small_probability_keeps_its_digits),
        cmocka_unit_test(huge_logits_give_finite_losses_and_full_gradients),
        cmocka_unit_test(the_loss_is_a_mean_and_the_weight_scales_gradients_only),
        cmocka_unit_test(gradients_may_replace_the_logits),
        cmocka_unit_test(a_nan_is_seen),
        cmocka_unit_test(the_mean_probability_is_that_of_sigmoid),
        cmocka_unit_test(softmax_is_that_of_the_formula),
        cmocka_unit_test(softmax_stays_finite_for_huge_logits_and_shows_a_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
