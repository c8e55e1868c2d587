/* The benchmark: its numbers belong together, and its phases are those of an iteration. How fast the
 * machine is, is not checked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>
#include <sys/wait.h>

#include "gantrain/train/bench.h"

static const gt_bench_options one = {.iterations = 1};

static gt_config small_config(void) {
    static const char *const assignments[] = {"data.range=0:200",
                                              "generator.layers=dense 16, relu",
                                              "discriminator.layers=dense 8, tanh",
                                              "train.batch_size=10",
                                              "train.d_steps=2",
                                              "train.threads=1",
                                              "train.backend=openblas"};
    gt_config config;
    gt_config_init(&config);
    for (size_t i = 0; i < sizeof assignments / sizeof *assignments; i++)
        assert_int_equal(gt_config_read_assignment(&config, assignments[i], NULL), GT_OK);
    return config;
}

static const gt_profile_phase *find_phase(const gt_profile *profile, const char *part) {
    for (int i = 0; i < profile->count; i++)
        if (strstr(profile->phases[i].label, part) != NULL)
            return &profile->phases[i];
    fail_msg("no phase '%s'", part);
    return NULL;
}

static void its_numbers_belong_together(void **state) {
    (void)state;
    static gt_bench_result result;
    gt_error error = {0};
    gt_config config = small_config();
    /* Of two rounds, of which one has an iteration more. */
    if (gt_bench(&result, &config, &(gt_bench_options){.iterations = 41}, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(result.iterations, 41);
    assert_int_equal(result.batch, 10);
    assert_int_equal(result.d_steps, 2);
    assert_int_equal(result.threads, 1);
    assert_string_equal(result.backend, "openblas");
    assert_string_equal(result.precision, "fp32");
    assert_true(result.ms_fastest > 0 && result.ms_fastest <= result.ms_per_iteration &&
                result.ms_per_iteration <= result.ms_slowest);
    double per_second = 20 / (1e-3 * result.ms_per_iteration);
    assert_true(fabs(result.images_per_second / per_second - 1) < 1e-9);
    assert_true(fabs(result.seconds_per_epoch * result.images_per_second / 200 - 1) < 1e-9);
    assert_true(result.product_limit > 0 && result.copy_bandwidth > 0);
    assert_true(result.percent_of_product_limit > 0);
    assert_non_null(result.fastest_backend);
    assert_true(result.ms_mean > 0);
    assert_true(result.ms_beside == 0); /* it was not asked for */
}

static void busy_processes_are_ended(void **state) {
    (void)state;
    static gt_bench_result result;
    gt_config config = small_config();
    const gt_bench_options options = {.iterations = 3, .beside = 2};
    assert_int_equal(gt_bench(&result, &config, &options, NULL), GT_OK);
    assert_int_equal(result.beside, 2);
    assert_true(result.ms_beside > 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

static void every_backend_is_compared_on_every_product(void **state) {
    (void)state;
    static gt_bench_comparison comparison;
    gt_config config = small_config();
    assert_int_equal(gt_bench_compare(&comparison, &config, NULL), GT_OK);
    assert_string_equal(comparison.engines[0], "openblas"); /* the one that was asked for */
    assert_true(comparison.engine_count > 1);
    assert_int_equal(comparison.count, 2 * 4 * 3); /* rows, layers with products, directions */
    for (int i = 0; i < comparison.count; i++)
        for (int e = 0; e < comparison.engine_count; e++)
            assert_true(comparison.seconds[i][e] > 0);
}

/* 2 (rows) (weights) for each product: G draws 20 + 10 rows and learns from 10; D sees 2 x 20 rows
 * and goes back over all of them, and over G's 10 to the input. */
static void the_products_of_an_iteration_are_counted(void **state) {
    (void)state;
    static gt_bench_result result;
    gt_config config = small_config();
    assert_int_equal(gt_bench(&result, &config, &one, NULL), GT_OK);
    const double g = 100 * 16 + 16 * 784, d = 784 * 8 + 8;
    const double g_back = 10 * (g + 16 * 784); /* the first layer's input needs no gradient */
    const double d_forward = (2 * 20 + 10) * d;
    const double d_back = 2 * 20 * (d + 8) + 10 * d;
    double expected = 2e-9 * (30 * g + g_back + d_forward + d_back);
    assert_true(fabs(result.gflop_per_iteration / expected - 1) < 1e-6);
    find_phase(&result.phases, "data");
    find_phase(&result.phases, "noise");
    find_phase(&result.phases, "adam");
    find_phase(&result.phases, "other");
    assert_true(find_phase(&result.phases, "dense 20 x 784 -> 8 forward")->flops > 0);
}

static void a_config_that_cannot_be_trained_is_refused(void **state) {
    (void)state;
    static gt_bench_result result;
    gt_error error = {0};
    gt_config config = small_config();
    assert_int_equal(gt_config_read_assignment(&config, "train.batch_size=201", NULL), GT_OK);
    assert_int_equal(gt_bench(&result, &config, &one, &error), GT_USAGE);
    assert_non_null(strstr(error.message, "batch_size = 201"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_numbers_belong_together),
        cmocka_unit_test(busy_processes_are_ended),
        cmocka_unit_test(every_backend_is_compared_on_every_product),
        cmocka_unit_test(the_products_of_an_iteration_are_counted),
        cmocka_unit_test(a_config_that_cannot_be_trained_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
