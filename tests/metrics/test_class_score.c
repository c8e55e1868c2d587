/* The classifier score on probabilities whose score can be written down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "gantrain/metrics/class_score.h"

enum { CLASSES = 4 };

static void assert_near(double got, double expected) {
    if (!(fabs(got - expected) <= 1e-6))
        fail_msg("%.12g in place of %.12g", got, expected);
}

static void sure_of_every_class_is_the_most(void **state) {
    (void)state;
    const gt_real sure[] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    gt_class_score score;
    gt_class_score_take(&score, sure, CLASSES, 4);
    assert_near(score.score, 4);
    assert_int_equal(score.missing, 0);
    for (int c = 0; c < CLASSES; c++) {
        assert_near(score.shares[c], 0.25);
        assert_near(score.marginal[c], 0.25);
    }
}

static void all_alike_is_the_least(void **state) {
    (void)state;
    const gt_real one_class[] = {0, 1, 0, 0, 0, 1, 0, 0}, unsure[] = {.25, .25, .25, .25};
    gt_class_score score;
    gt_class_score_take(&score, one_class, CLASSES, 2);
    assert_near(score.score, 1);
    assert_int_equal(score.missing, 3);
    assert_near(score.shares[1], 1);
    gt_class_score_take(&score, unsure, CLASSES, 1);
    assert_near(score.score, 1);
}

/* Of p(y|x) = (.8, .2) and (.4, .6): p(y) = (.6, .4). */
static void by_hand(void **state) {
    (void)state;
    const gt_real probabilities[] = {(gt_real).8, (gt_real).2, (gt_real).4, (gt_real).6};
    gt_class_score score;
    gt_class_score_take(&score, probabilities, 2, 2);
    double divergence =
        (.8 * log(.8 / .6) + .2 * log(.2 / .4) + .4 * log(.4 / .6) + .6 * log(.6 / .4)) / 2;
    assert_near(score.score, exp(divergence));
    assert_near(score.marginal[0], .6);
    assert_near(score.shares[0], .5);
}

static void divergences(void **state) {
    (void)state;
    gt_class_score p = {.classes = 2, .count = 4, .shares = {.75, .25}},
                   q = {.classes = 2, .count = 8, .shares = {.5, .5}};
    gt_class_score lacking = {.classes = 2, .count = 8, .shares = {1, 0}};
    assert_near(gt_class_score_divergence(&p, &q), .75 * log(1.5) + .25 * log(.5));
    assert_near(gt_class_score_divergence(&q, &p), .5 * log(.5 * 6 / 4) + .5 * log(.5 * 6 / 2));
    assert_near(gt_class_score_divergence(&q, &q), 0);
    assert_near(gt_class_score_divergence(&lacking, &q), log(2));
    assert_near(gt_class_score_divergence(&q, &lacking), .5 * log(.5 * 10 / 9) + .5 * log(.5 * 10));
}

/* Images that are all black: the classifier is unsure, and its mean is much like that of all classes. */
static void one_image_is_not_near_all_classes(void **state) {
    (void)state;
    gt_real unsure[4 * 100], sure[4 * 100] = {0};
    gt_class_score black, real;
    for (int i = 0; i < 4 * 100; i++)
        unsure[i] = i % 4 == 2 ? (gt_real).28 : (gt_real).24;
    for (int i = 0; i < 100; i++)
        sure[4 * i + i % 4] = 1;
    gt_class_score_take(&black, unsure, 4, 100);
    gt_class_score_take(&real, sure, 4, 100);
    assert_int_equal(black.missing, 3);
    assert_near(gt_class_score_divergence(&black, &real), log(4));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sure_of_every_class_is_the_most),
        cmocka_unit_test(all_alike_is_the_least),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(divergences),
        cmocka_unit_test(one_image_is_not_near_all_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
