/* Optimizers: steps against the rules written down once more, plainly and in double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/nn/optimizer.h"

enum { MOST = 40000 }; /* enough for the work to be cut */

static gt_real w[MOST], dw[MOST];
static double plain_w[MOST], plain_state[2][MOST];
static double path[MOST]; /* how far a weight has come, there and back */

/* The gradient that step `step` finds: of very different sizes, some of them 0. */
static void set_gradients(size_t count, int step) {
    for (size_t i = 0; i < count; i++) {
        uint32_t number = (uint32_t)(i * 31 + (size_t)step * 101) * 2654435761u;
        double sign = number & 1 ? 1 : -1, mantissa = 1 + (double)(number >> 8) / 16777216;
        dw[i] = i % 11 == 10 ? 0 : (gt_real)(sign * ldexp(mantissa, (int)(i % 20) - 18));
    }
}

static void plain_adam(size_t count, const gt_optimizer_settings *s, int t) {
    for (size_t i = 0; i < count; i++) {
        double g = (double)dw[i], *m = &plain_state[0][i], *v = &plain_state[1][i];
        *m = s->beta1 * *m + (1 - s->beta1) * g;
        *v = s->beta2 * *v + (1 - s->beta2) * g * g;
        double m_hat = *m / (1 - pow(s->beta1, t)), v_hat = *v / (1 - pow(s->beta2, t));
        plain_w[i] -= s->lr * m_hat / (sqrt(v_hat) + s->eps);
        path[i] += s->lr;
    }
}

static void plain_sgd(size_t count, const gt_optimizer_settings *s, int t) {
    (void)t;
    for (size_t i = 0; i < count; i++) {
        plain_state[0][i] = s->momentum * plain_state[0][i] - s->lr * (double)dw[i];
        plain_w[i] += plain_state[0][i];
        plain_state[1][i] = s->momentum * plain_state[1][i] + s->lr * fabs((double)dw[i]);
        path[i] += plain_state[1][i];
    }
}

static void open_optimizer(gt_optimizer *optimizer, gt_arena *arena, const char *kind,
                           const gt_optimizer_settings *settings, size_t count) {
    *arena = (gt_arena){0};
    *optimizer = (gt_optimizer){.kind = gt_optimizer_kind_find(kind), .settings = *settings};
    assert_non_null(optimizer->kind);
    gt_optimizer_carve(optimizer, arena, count);
    assert_int_equal(gt_arena_reserve(arena, NULL), GT_OK);
    gt_optimizer_carve(optimizer, arena, count);
}

/* Weights start at 0, so that what is compared is the sum of the updates made; the error is a share
 * of the path. */
static void check_steps(const char *kind, const gt_optimizer_settings *settings, size_t count,
                        int steps, double tolerance) {
    gt_optimizer optimizer;
    gt_arena arena;
    double largest = 0, farthest = 0;
    open_optimizer(&optimizer, &arena, kind, settings, count);
    memset(w, 0, sizeof w);
    memset(plain_w, 0, sizeof plain_w);
    memset(plain_state, 0, sizeof plain_state);
    memset(path, 0, sizeof path);
    for (int t = 1; t <= steps; t++) {
        set_gradients(count, t);
        gt_optimizer_step(&optimizer, test_compute.team, w, dw, count);
        assert_int_equal(optimizer.updates, t);
        (strcmp(kind, "adam") == 0 ? plain_adam : plain_sgd)(count, settings, t);
        for (size_t i = 0; i < count; i++) {
            double error = fabs((double)w[i] - plain_w[i]);
            farthest = fmax(farthest, fabs(plain_w[i]));
            if (!(error <= largest * path[i]))
                largest = path[i] > 0 ? error / path[i] : INFINITY;
        }
    }
    assert_true(farthest > 0);
    if (!(largest <= tolerance))
        fail_msg("%s: off by %g", kind, largest);
    gt_arena_release(&arena);
}

static const gt_optimizer_settings adam_settings[] = {
    {.lr = 2e-4, .beta1 = 0.5, .beta2 = 0.999, .eps = 1e-8},
    {.lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8},
    {.lr = 1e-2, .beta1 = 0, .beta2 = 0.9, .eps = 1e-3},
    {.lr = 1, .beta1 = 0.5, .beta2 = 0.99, .eps = 0.5},
};

static const gt_optimizer_settings sgd_settings[] = {
    {.lr = 0.1, .momentum = 0},
    {.lr = 0.01, .momentum = 0.5},
    {.lr = 0.1, .momentum = 0.9},
};

/* As a share of the path. 1 - beta2 in float is off by up to 1.3e-5, and the first steps of Adam by
 * half of that. */
static const double adam_tolerance = 1e-5, sgd_tolerance = 2e-6;

static void one_step_is_that_of_the_rule(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof adam_settings / sizeof *adam_settings; i++)
        check_steps("adam", &adam_settings[i], 257, 1, adam_tolerance);
    for (size_t i = 0; i < sizeof sgd_settings / sizeof *sgd_settings; i++)
        check_steps("sgd", &sgd_settings[i], 257, 1, sgd_tolerance);
}

static void many_steps_are_those_of_the_rule(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof adam_settings / sizeof *adam_settings; i++)
        check_steps("adam", &adam_settings[i], 257, 300, adam_tolerance);
    for (size_t i = 0; i < sizeof sgd_settings / sizeof *sgd_settings; i++)
        check_steps("sgd", &sgd_settings[i], 257, 50, sgd_tolerance);
}

static void any_number_of_weights_is_updated_whole(void **state) {
    (void)state;
    const size_t counts[] = {1, 2, 15, 17, 1000, MOST - 1, MOST};
    for (int threads = 1; threads <= 3; threads++) {
        use_threads(threads);
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            check_steps("adam", &adam_settings[0], counts[i], 3, adam_tolerance);
            check_steps("sgd", &sgd_settings[1], counts[i], 3, sgd_tolerance);
        }
    }
    use_threads(1);
}

/* Whatever the size of the gradient, Adam's first step is as long as the learning rate. */
static void the_first_step_of_adam_is_the_learning_rate(void **state) {
    (void)state;
    const gt_optimizer_settings settings = {.lr = 0.25, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-12};
    gt_optimizer optimizer;
    gt_arena arena;
    open_optimizer(&optimizer, &arena, "adam", &settings, 4);
    const gt_real gradients[4] = {1, -1, (gt_real)1e-5, -1000};
    memset(w, 0, sizeof w);
    gt_optimizer_step(&optimizer, test_compute.team, w, gradients, 4);
    for (int i = 0; i < 4; i++)
        assert_true(fabs((double)w[i] + (gradients[i] > 0 ? 0.25 : -0.25)) < 0.25 * 1e-5);
    gt_arena_release(&arena);
}

static void numbers_behind_the_weights_stay(void **state) {
    (void)state;
    for (int k = 0; gt_optimizer_kind_at(k) != NULL; k++) {
        gt_optimizer optimizer;
        gt_arena arena;
        open_optimizer(&optimizer, &arena, gt_optimizer_kind_at(k)->name, &adam_settings[0], 100);
        set_gradients(200, 1);
        for (int i = 0; i < 200; i++)
            w[i] = 3;
        gt_optimizer_step(&optimizer, test_compute.team, w, dw, 99);
        assert_true(w[99] == 3 && w[100] == 3 && w[199] == 3);
        for (int i = 0; i < GT_OPTIMIZER_STATES; i++)
            if (optimizer.kind->states[i] != NULL)
                assert_true(optimizer.states[i][99] == 0);
        gt_arena_release(&arena);
    }
}

static void assert_close(double got, double expected, double tolerance) {
    if (!(fabs(got - expected) <= tolerance * fabs(expected)))
        fail_msg("%.12g in place of %.12g", got, expected);
}

/* At update t, counting from 0: lr decay^t, down to the floor, which never raises it. */
static void the_rate_decays_to_its_floor(void **state) {
    (void)state;
    const gt_optimizer_settings settings[] = {
        {.lr = 0.1, .lr_decay = 0.5, .lr_floor = 0.01},
        {.lr = 0.1, .lr_decay = 0.9, .lr_floor = 0},
        {.lr = 0.1, .lr_decay = 0.9, .lr_floor = 0.5}, /* above the rate */
        {.lr = 0.1, .lr_decay = 1, .lr_floor = 0.5},
        {.lr = 0.1, .lr_floor = 0.5}, /* no decay set */
    };
    const double expected[][4] = {
        {0.1, 0.05, 0.025, 0.01}, {0.1, 0.09, 0.081, 0.00423911582752},
        {0.1, 0.1, 0.1, 0.1},     {0.1, 0.1, 0.1, 0.1},
        {0.1, 0.1, 0.1, 0.1},
    };
    const uint64_t updates[] = {0, 1, 2, 30};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        for (int k = 0; k < 4; k++) {
            gt_optimizer optimizer = {.settings = settings[i], .updates = updates[k]};
            assert_close(gt_optimizer_rate(&optimizer), expected[i][k], 1e-9);
        }
    /* Goodfellow et al. 2014: half way down after 173287 minibatches, and at the floor in the end.
     */
    gt_optimizer optimizer = {
        .settings = {.lr = 0.1, .lr_decay = 0.999996000016, .lr_floor = 1e-6}};
    optimizer.updates = 173287;
    assert_close(gt_optimizer_rate(&optimizer), 0.05, 1e-5);
    optimizer.updates = UINT64_C(1) << 40;
    assert_close(gt_optimizer_rate(&optimizer), 1e-6, 1e-12);
}

/* Over `length` updates from lr to lr_final, whatever the decay; without a length it stays. */
static void the_rate_follows_its_schedule(void **state) {
    (void)state;
    gt_optimizer optimizer = {.settings = {.lr = 0.1,
                                           .lr_decay = 0.5,
                                           .lr_schedule = gt_schedule_find("cosine"),
                                           .lr_final = 0.02},
                              .length = 300};
    const uint64_t updates[] = {0, 100, 150, 200, 300, 5000};
    const double expected[] = {0.1, 0.08, 0.06, 0.04, 0.02, 0.02};
    for (int i = 0; i < 6; i++) {
        optimizer.updates = updates[i];
        assert_close(gt_optimizer_rate(&optimizer), expected[i], 1e-12);
    }
    optimizer.length = 0;
    assert_true(gt_optimizer_rate(&optimizer) == 0.1);
    optimizer.settings.lr_schedule = gt_schedule_find("constant");
    optimizer.updates = 1;
    assert_close(gt_optimizer_rate(&optimizer), 0.05, 1e-12);
}

/* pylearn2's MomentumAdjustor with start 1 and saturate 250: the first epoch has the first value,
 * the 250th and all after it have the last. */
static void momentum_goes_to_its_end_in_a_straight_line(void **state) {
    (void)state;
    gt_optimizer optimizer = {
        .settings = {.momentum = 0.5, .momentum_end = 0.7, .momentum_epochs = 250}};
    const struct {
        uint64_t epoch;
        double momentum;
    } expected[] = {{0, 0.5},   {1, 0.5 + 0.2 / 249}, {83, 0.5 + 0.2 / 3}, {248, 0.7 - 0.2 / 249},
                    {249, 0.7}, {250, 0.7},           {100000, 0.7}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        optimizer.epoch = expected[i].epoch;
        assert_close(gt_optimizer_momentum(&optimizer), expected[i].momentum, 1e-12);
    }
    /* One epoch to go: it is at its end. None: it stays. */
    const double start[] = {0.5, 0.7};
    for (int epochs = 0; epochs <= 1; epochs++) {
        optimizer.settings.momentum_epochs = epochs;
        for (optimizer.epoch = 0; optimizer.epoch < 3; optimizer.epoch++)
            assert_close(gt_optimizer_momentum(&optimizer), start[epochs], 1e-12);
    }
}

/* Steps whose rate and momentum change on the way are those of the rule with these numbers. */
static void steps_use_the_rate_and_the_momentum_of_the_moment(void **state) {
    (void)state;
    const gt_optimizer_settings settings = {.lr = 0.1,
                                            .lr_decay = 0.8,
                                            .lr_floor = 0.03,
                                            .beta1 = 0.5,
                                            .beta2 = 0.99,
                                            .eps = 1e-8,
                                            .momentum = 0.2,
                                            .momentum_end = 0.9,
                                            .momentum_epochs = 4};
    const char *const kinds[] = {"adam", "sgd"};
    for (int k = 0; k < 2; k++) {
        enum { COUNT = 257 };
        gt_optimizer optimizer;
        gt_arena arena;
        open_optimizer(&optimizer, &arena, kinds[k], &settings, COUNT);
        memset(w, 0, sizeof w);
        memset(plain_w, 0, sizeof plain_w);
        memset(plain_state, 0, sizeof plain_state);
        memset(path, 0, sizeof path);
        for (int t = 1; t <= 12; t++) {
            gt_optimizer_settings now = {.beta1 = 0.5, .beta2 = 0.99, .eps = 1e-8};
            optimizer.epoch = (uint64_t)(t - 1) / 2; /* two updates to an epoch */
            now.lr = fmax(0.1 * pow(0.8, t - 1), 0.03);
            now.momentum = fmin(0.2 + 0.7 * (double)optimizer.epoch / 3, 0.9);
            set_gradients(COUNT, t);
            gt_optimizer_step(&optimizer, test_compute.team, w, dw, COUNT);
            (k == 0 ? plain_adam : plain_sgd)(COUNT, &now, t);
            for (int i = 0; i < COUNT; i++)
                assert_true(fabs((double)w[i] - plain_w[i]) <=
                            (k == 0 ? adam_tolerance : sgd_tolerance) * path[i]);
        }
        gt_arena_release(&arena);
    }
}

/* average += (1 - d) (w - average), d = min(decay, (1 + t) / (10 + t)), whatever the team. */
static void the_average_ramps_up_to_its_decay(void **state) {
    (void)state;
    const size_t counts[] = {1, 17, 300, MOST};
    static double plain[MOST];
    for (int threads = 1; threads <= 3; threads++)
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            gt_optimizer optimizer;
            gt_arena arena;
            size_t count = counts[k];
            const gt_optimizer_settings settings = {
                .lr = 0.1, .momentum = 0.5, .average_decay = 0.6};
            use_threads(threads);
            open_optimizer(&optimizer, &arena, "sgd", &settings, count);
            for (size_t i = 0; i < count; i++)
                plain[i] = w[i] = (gt_real)sin((double)i);
            gt_optimizer_begin_average(&optimizer, w, count);
            assert_memory_equal(optimizer.average, w, count * sizeof *w);
            for (int t = 1; t <= 20; t++) {
                double d = fmin(0.6, (1.0 + t) / (10.0 + t));
                set_gradients(count, t);
                gt_optimizer_step(&optimizer, test_compute.team, w, dw, count);
                for (size_t i = 0; i < count; i++) {
                    plain[i] += (1 - d) * ((double)w[i] - plain[i]);
                    assert_true(fabs((double)optimizer.average[i] - plain[i]) < 2e-6);
                }
            }
            gt_arena_release(&arena);
        }
    use_threads(1);

    /* None is kept: nothing happens. */
    gt_optimizer none = {.settings = {.lr = 1}};
    gt_optimizer_begin_average(&none, w, 10);
    assert_null(none.average);
}

/* With a ramp of 1/2 the half-life at update t is t / 2 updates, until the decay is reached. */
static void the_half_life_of_the_average_grows_with_the_updates(void **state) {
    (void)state;
    const gt_optimizer_settings settings = {
        .lr = 0.1, .momentum = 0.5, .average_decay = 0.9, .average_ramp = 0.5};
    gt_optimizer optimizer;
    gt_arena arena;
    open_optimizer(&optimizer, &arena, "sgd", &settings, 1);
    double plain = 2;
    w[0] = 2;
    gt_optimizer_begin_average(&optimizer, w, 1);
    for (int t = 1; t <= 40; t++) {
        double d =
            t < 14 ? pow(0.5, 2.0 / t) : 0.9; /* 2^(-2 / 13) = 0.8988, 2^(-2 / 14) = 0.9057 */
        set_gradients(1, t);
        gt_optimizer_step(&optimizer, test_compute.team, w, dw, 1);
        plain += (1 - d) * ((double)w[0] - plain);
        assert_true(fabs((double)optimizer.average[0] - plain) < 2e-6);
    }
    gt_arena_release(&arena);
}

static void every_row_of_the_table_is_whole(void **state) {
    (void)state;
    int count = 0;
    for (const gt_optimizer_kind *kind; (kind = gt_optimizer_kind_at(count)) != NULL; count++) {
        assert_true(strlen(kind->name) > 0 && strlen(kind->help) > 0);
        assert_ptr_equal(gt_optimizer_kind_find(kind->name), kind);
        for (int other = 0; other < count; other++)
            assert_string_not_equal(gt_optimizer_kind_at(other)->name, kind->name);
    }
    assert_true(count >= 2);
    assert_null(gt_optimizer_kind_find("adamw"));
    assert_null(gt_optimizer_kind_find(""));
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_step_is_that_of_the_rule),
        cmocka_unit_test(many_steps_are_those_of_the_rule),
        cmocka_unit_test(any_number_of_weights_is_updated_whole),
        cmocka_unit_test(the_first_step_of_adam_is_the_learning_rate),
        cmocka_unit_test(numbers_behind_the_weights_stay),
        cmocka_unit_test(the_rate_decays_to_its_floor),
        cmocka_unit_test(the_rate_follows_its_schedule),
        cmocka_unit_test(momentum_goes_to_its_end_in_a_straight_line),
        cmocka_unit_test(steps_use_the_rate_and_the_momentum_of_the_moment),
        cmocka_unit_test(the_average_ramps_up_to_its_decay),
        cmocka_unit_test(the_half_life_of_the_average_grows_with_the_updates),
        cmocka_unit_test(every_row_of_the_table_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
