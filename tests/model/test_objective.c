/* What each network is asked to do, against the papers' formulas in double: V and D's gradient,
 * the losses of both networks, and how they differ where D is sure of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "gantrain/model/objective.h"

enum { BATCH = 4 };
static const gt_real logits[2 * BATCH] = {2,           (gt_real)-0.5, 0,  (gt_real)1.5,
                                          (gt_real)-3, (gt_real)0.25, -1, (gt_real)0.75};

static const gt_objective *logistic(void) {
    return gt_objective_find("non_saturating");
}

static double sigmoid(double a) {
    return 1 / (1 + exp(-a));
}

static void assert_near(double got, double expected, double tolerance) {
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("%.9g in place of %.9g", got, expected);
}

static void the_discriminator_ascends_v(void **state) {
    (void)state;
    gt_real dlogits[2 * BATCH];
    gt_gan_stats stats = {.g_loss = 123};
    gt_objective_discriminator(dlogits, &stats, logistic(), logits, 1, BATCH);
    double value = 0, d_real = 0, d_fake = 0;
    for (int i = 0; i < BATCH; i++) {
        double fake = sigmoid((double)logits[i]), real = sigmoid((double)logits[BATCH + i]);
        value += (log(real) + log(1 - fake)) / BATCH;
        d_real += real / BATCH;
        d_fake += fake / BATCH;
        assert_near((double)dlogits[i], fake / BATCH, 1e-7);
        assert_near((double)dlogits[BATCH + i], (real - 1) / BATCH, 1e-7);
    }
    assert_near(stats.value, value, 1e-6);
    assert_true(stats.d_loss == -stats.value);
    assert_near(stats.d_real, d_real, 1e-6);
    assert_near(stats.d_fake, d_fake, 1e-6);
    assert_true(stats.g_loss == 123);
}

/* What is descended has the smoothed target; V is the true one, with and without. */
static void a_smoothed_target_changes_the_loss_and_not_the_value(void **state) {
    (void)state;
    const gt_real target = (gt_real)0.9;
    gt_real dlogits[2 * BATCH], plain_dlogits[2 * BATCH];
    gt_gan_stats stats, plain;
    gt_objective_discriminator(plain_dlogits, &plain, logistic(), logits, 1, BATCH);
    gt_objective_discriminator(dlogits, &stats, logistic(), logits, target, BATCH);
    double loss = 0;
    for (int i = 0; i < BATCH; i++) {
        double fake = sigmoid((double)logits[i]), real = sigmoid((double)logits[BATCH + i]);
        loss -= ((double)target * log(real) + (1 - (double)target) * log(1 - real)) / BATCH;
        loss -= log(1 - fake) / BATCH;
        assert_near((double)dlogits[BATCH + i], (real - (double)target) / BATCH, 1e-7);
        assert_true(dlogits[i] == plain_dlogits[i]);
    }
    assert_near(stats.d_loss, loss, 1e-6);
    assert_true(fabs(stats.d_loss - plain.d_loss) > 0.01);
    assert_true(stats.value == plain.value && plain.value == -plain.d_loss);
    assert_true(stats.d_real == plain.d_real && stats.d_fake == plain.d_fake);
}

/* One after the other they are the whole. */
static void the_halves_add_up(void **state) {
    (void)state;
    const gt_real target = (gt_real)0.8;
    gt_real dlogits[2 * BATCH], half[BATCH];
    gt_gan_stats whole, stats = {0};
    gt_objective_discriminator(dlogits, &whole, logistic(), logits, target, BATCH);
    gt_objective_fake(half, &stats, logistic(), logits, BATCH);
    assert_memory_equal(half, dlogits, sizeof half);
    gt_objective_real(half, &stats, logistic(), logits + BATCH, target, BATCH);
    assert_memory_equal(half, dlogits + BATCH, sizeof half);
    assert_true(stats.d_loss == whole.d_loss && stats.value == whole.value);
    assert_true(stats.d_real == whole.d_real && stats.d_fake == whole.d_fake);
}

static void a_discriminator_without_an_opinion_is_at_minus_log_4(void **state) {
    (void)state;
    const gt_real zeros[2 * BATCH] = {0};
    gt_real dlogits[2 * BATCH];
    gt_gan_stats stats;
    gt_objective_discriminator(dlogits, &stats, logistic(), zeros, 1, BATCH);
    assert_near(stats.value, -log(4), 1e-7);
    assert_near(stats.value, GT_VALUE_AT_OPTIMUM, 1e-7);
    assert_true(stats.d_real == 0.5 && stats.d_fake == 0.5);
}

static void non_saturating_ascends_log_d(void **state) {
    (void)state;
    gt_real dlogits[BATCH];
    double loss =
        gt_objective_generator(dlogits, gt_objective_find("non_saturating"), logits, BATCH);
    double expected = 0;
    for (int i = 0; i < BATCH; i++) {
        double d = sigmoid((double)logits[i]);
        expected -= log(d) / BATCH;
        assert_near((double)dlogits[i], (d - 1) / BATCH, 1e-7);
    }
    assert_near(loss, expected, 1e-6);
}

static void minimax_descends_log_of_1_minus_d(void **state) {
    (void)state;
    gt_real dlogits[BATCH];
    double loss = gt_objective_generator(dlogits, gt_objective_find("minimax"), logits, BATCH);
    double expected = 0;
    for (int i = 0; i < BATCH; i++) {
        double d = sigmoid((double)logits[i]);
        expected += log(1 - d) / BATCH;
        assert_near((double)dlogits[i], -d / BATCH, 1e-7);
    }
    assert_near(loss, expected, 1e-6);
}

/* The paper's reason for the non-saturating loss: early in training D rejects with confidence. */
static void only_minimax_loses_its_gradient_when_d_is_sure(void **state) {
    (void)state;
    const gt_real rejected[2] = {-20, -20};
    gt_real strong[2], weak[2];
    gt_objective_generator(strong, gt_objective_find("non_saturating"), rejected, 2);
    gt_objective_generator(weak, gt_objective_find("minimax"), rejected, 2);
    for (int i = 0; i < 2; i++) {
        assert_near((double)strong[i], -0.5, 1e-6);
        assert_true(weak[i] < 0 && (double)weak[i] > -1e-8);
    }
}

/* What a row of the table is, as its paper writes it, in double: D's loss for a pair of outputs, G's,
 * and what is reported next to them for an output of 1/2 for all images. */
static double half_square(double a) {
    return a * a / 2;
}
static double d_least_squares(double real, double fake) {
    return half_square(real - 1) + half_square(fake);
}
static double g_least_squares(double real, double fake) {
    (void)real;
    return half_square(fake - 1);
}
static double d_hinge(double real, double fake) {
    return fmax(0, 1 - real) + fmax(0, 1 + fake);
}
static double d_wasserstein(double real, double fake) {
    return fake - real;
}
static double g_critic(double real, double fake) {
    (void)real;
    return -fake;
}
static double d_relativistic(double real, double fake) {
    return -log(sigmoid(real - fake));
}
static double g_relativistic(double real, double fake) {
    return -log(sigmoid(fake - real));
}

static const struct {
    const char *name, *stat;
    double (*d_loss)(double real, double fake), (*g_loss)(double real, double fake);
    double value_of_halves;
} papers[] = {
    {"least_squares", "least_squares", d_least_squares, g_least_squares, 0.25},
    {"hinge", "hinge", d_hinge, g_critic, 2},
    {"wasserstein", "wasserstein", d_wasserstein, g_critic, 0},
    {"relativistic", "relativistic", d_relativistic, g_relativistic, 0.69314718055994531},
};
enum { PAPERS = sizeof papers / sizeof *papers };

static void losses_are_those_of_their_papers(void **state) {
    (void)state;
    for (int i = 0; i < PAPERS; i++) {
        const gt_objective *objective = gt_objective_find(papers[i].name);
        gt_real dlogits[2 * BATCH];
        gt_gan_stats stats;
        double d_loss = 0, g_loss = 0, d_real = 0, d_fake = 0;
        for (int k = 0; k < BATCH; k++) {
            double fake = (double)logits[k], real = (double)logits[BATCH + k];
            d_loss += papers[i].d_loss(real, fake) / BATCH;
            g_loss += papers[i].g_loss(real, fake) / BATCH;
            d_real += real / BATCH;
            d_fake += fake / BATCH;
        }
        gt_objective_discriminator(dlogits, &stats, objective, logits, 1, BATCH);
        assert_near(stats.d_loss, d_loss, 1e-6);
        assert_near(stats.value, d_loss * objective->value_sign, 1e-6);
        assert_near(stats.d_real, d_real, 1e-6);
        assert_near(stats.d_fake, d_fake, 1e-6);
        assert_near(gt_objective_generator(dlogits, objective, logits, BATCH), g_loss, 1e-6);
    }
}

/* At an output of 1/2 for all images, where D tells nothing apart. */
static void what_is_reported_has_its_value_at_the_optimum(void **state) {
    (void)state;
    for (int i = 0; i < PAPERS; i++) {
        const gt_objective *objective = gt_objective_find(papers[i].name);
        const gt_stat *stat = &objective->stats[2];
        gt_real halves[2 * BATCH], dlogits[2 * BATCH];
        gt_gan_stats stats;
        for (int k = 0; k < 2 * BATCH; k++)
            halves[k] = (gt_real)0.5;
        gt_objective_discriminator(dlogits, &stats, objective, halves, 1, BATCH);
        assert_near(stats.value, papers[i].value_of_halves, 1e-6);
        assert_string_equal(stat->name, papers[i].stat);
        if (stat->reference != NULL)
            assert_near(stat->reference_value, papers[i].value_of_halves, 1e-9);
    }
}

/* A step of the gradient down lowers each loss: signs are those of the losses. The whole steps are
 * differentiated in test_gradients.c. */
static void gradients_point_up(void **state) {
    (void)state;
    const gt_real rate = (gt_real)1e-2;
    for (int i = 0; gt_objective_at(i) != NULL; i++) {
        const gt_objective *objective = gt_objective_at(i);
        gt_real moved[2 * BATCH], dlogits[2 * BATCH], unused[2 * BATCH];
        gt_gan_stats before, after;
        memcpy(moved, logits, sizeof moved);
        gt_objective_discriminator(dlogits, &before, objective, logits, 1, BATCH);
        for (int k = 0; k < 2 * BATCH; k++)
            moved[k] -= rate * dlogits[k];
        gt_objective_discriminator(unused, &after, objective, moved, 1, BATCH);
        assert_true(after.d_loss < before.d_loss);
        memcpy(moved, logits, sizeof moved);
        double g_before = gt_objective_generator(dlogits, objective, logits, BATCH);
        for (int k = 0; k < BATCH; k++)
            moved[k] -= rate * dlogits[k];
        assert_true(gt_objective_generator(unused, objective, moved, BATCH) < g_before);
    }
}

static void huge_logits_give_finite_losses(void **state) {
    (void)state;
    const gt_real huge[4] = {(gt_real)1e15, (gt_real)-1e15, (gt_real)1e15, (gt_real)-1e15};
    gt_real dlogits[4];
    for (int i = 0; gt_objective_at(i) != NULL; i++) {
        gt_gan_stats stats;
        gt_objective_discriminator(dlogits, &stats, gt_objective_at(i), huge, 1, 2);
        assert_true(isfinite(stats.value) && isfinite(stats.d_loss));
        assert_true(isfinite(gt_objective_generator(dlogits, gt_objective_at(i), huge, 2)));
    }
}

static void every_row_of_the_table_is_whole(void **state) {
    (void)state;
    int count = 0;
    for (const gt_objective *row; (row = gt_objective_at(count)) != NULL; count++) {
        assert_true(strlen(row->name) > 0 && strlen(row->help) > 0);
        assert_ptr_equal(gt_objective_find(row->name), row);
        for (int other = 0; other < count; other++)
            assert_string_not_equal(gt_objective_at(other)->name, row->name);
    }
    assert_int_equal(count, PAPERS + 2);
    assert_null(gt_objective_find("least squares"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_discriminator_ascends_v),
        cmocka_unit_test(a_smoothed_target_changes_the_loss_and_not_the_value),
        cmocka_unit_test(the_halves_add_up),
        cmocka_unit_test(a_discriminator_without_an_opinion_is_at_minus_log_4),
        cmocka_unit_test(non_saturating_ascends_log_d),
        cmocka_unit_test(minimax_descends_log_of_1_minus_d),
        cmocka_unit_test(only_minimax_loses_its_gradient_when_d_is_sure),
        cmocka_unit_test(losses_are_those_of_their_papers),
        cmocka_unit_test(what_is_reported_has_its_value_at_the_optimum),
        cmocka_unit_test(gradients_point_up),
        cmocka_unit_test(huge_logits_give_finite_losses),
        cmocka_unit_test(every_row_of_the_table_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
