/* Golden values: training steps of both networks against what PyTorch made of the same weights,
 * images and noise (golden.h, by scripts/make-goldens), after every iteration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "gantrain/base/threads.h"
#include "gantrain/gan/gan.h"

#include "golden.h"

/* Relative to 0.1 or the number itself, whichever is larger. Float rounding leaves a few parts in
 * 1e7 of it; Adam's division lets some of that grow where a gradient is small. */
static const double tolerance = 5e-6;

static void assert_golden(const char *what, int iteration, double got, double expected,
                          double *largest) {
    double error = fabs(got - expected) / fmax(0.1, fabs(expected));
    if (!(error <= *largest))
        *largest = error;
    if (!(error <= tolerance))
        fail_msg("%s after iteration %d: %.9g in place of %.9g", what, iteration, got, expected);
}

static void set_all(gt_real *numbers, const double *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        numbers[i] = (gt_real)values[i];
}

static void open_gan(gt_gan *gan, gt_arena *arena, const struct golden_run *run) {
    gt_optimizer_settings rates = strcmp(run->optimizer, "adam") == 0 ? golden_adam : golden_sgd;
    const gt_gan_settings settings = {
        .generator = {GOLDEN_LATENT, gt_prior_find("normal"), golden_g_layers,
                      gt_output_find("tanh"), gt_optimizer_kind_find(run->optimizer), rates},
        .discriminator = {golden_d_layers, gt_optimizer_kind_find(run->optimizer), rates},
        .objective = gt_objective_find(run->objective),
        .batch = GOLDEN_BATCH,
        .d_steps = 1,
    };
    gt_error error = {0};
    if (gt_gan_parse(gan, &settings, GOLDEN_PIXELS, &error) != GT_OK)
        fail_msg("%s", error.message);
    gt_gan_carve(gan, arena);
    assert_int_equal(gt_arena_reserve(arena, NULL), GT_OK);
    gt_gan_carve(gan, arena);
    assert_int_equal(gan->generator.mlp.parameter_count, GOLDEN_G_PARAMETERS);
    assert_int_equal(gan->discriminator.mlp.parameter_count, GOLDEN_D_PARAMETERS);
    set_all(gan->generator.mlp.parameters, golden_generator, GOLDEN_G_PARAMETERS);
    set_all(gan->discriminator.mlp.parameters, golden_discriminator, GOLDEN_D_PARAMETERS);
}

static void check_run(const struct golden_run *run) {
    gt_gan gan;
    gt_arena arena = {0};
    double largest = 0;
    open_gan(&gan, &arena, run);
    for (int i = 0; i < GOLDEN_ITERATIONS; i++) {
        gt_figures figures;
        set_all(gt_gan_real(&gan), golden_images[i], GOLDEN_BATCH * GOLDEN_PIXELS);
        set_all(gt_gan_z(&gan, GT_FOR_D), golden_z_for_d[i], GOLDEN_BATCH * GOLDEN_LATENT);
        set_all(gt_gan_z(&gan, GT_FOR_G), golden_z_for_g[i], GOLDEN_BATCH * GOLDEN_LATENT);
        gt_gan_draw_fake(&gan, GT_FOR_BOTH, (uint64_t)i);
        gt_gan_discriminator_step(&figures, &gan, (uint64_t)i);
        figures.g_loss = gt_gan_generator_step(&gan, (uint64_t)i);

        assert_golden("D loss", i, figures.d_loss, run->d_loss[i], &largest);
        assert_golden("G loss", i, figures.g_loss, run->g_loss[i], &largest);
        for (int k = 0; k < GOLDEN_G_PARAMETERS; k++)
            assert_golden("a parameter of G", i, (double)gan.generator.mlp.parameters[k],
                          run->generator[i][k], &largest);
        for (int k = 0; k < GOLDEN_D_PARAMETERS; k++)
            assert_golden("a parameter of D", i, (double)gan.discriminator.mlp.parameters[k],
                          run->discriminator[i][k], &largest);
    }
    print_message("%s, %s: off by at most %.1e\n", run->optimizer, run->objective, largest);
    gt_arena_release(&arena);
}

/* Both optimizers move the weights by far more than the tolerance lets pass. */
static void the_weights_come_a_long_way(void **state) {
    (void)state;
    for (size_t run = 0; run < sizeof golden_runs / sizeof *golden_runs; run++) {
        const struct golden_run *end = &golden_runs[run];
        double g_path = 0, d_path = 0;
        for (int k = 0; k < GOLDEN_G_PARAMETERS; k++)
            g_path += fabs(end->generator[GOLDEN_ITERATIONS - 1][k] - golden_generator[k]);
        for (int k = 0; k < GOLDEN_D_PARAMETERS; k++)
            d_path += fabs(end->discriminator[GOLDEN_ITERATIONS - 1][k] - golden_discriminator[k]);
        assert_true(g_path > GOLDEN_G_PARAMETERS * 500 * tolerance);
        assert_true(d_path > GOLDEN_D_PARAMETERS * 500 * tolerance);
    }
}

static void check_runs_of(const char *optimizer) {
    int runs = 0;
    for (size_t i = 0; i < sizeof golden_runs / sizeof *golden_runs; i++)
        if (strcmp(golden_runs[i].optimizer, optimizer) == 0) {
            check_run(&golden_runs[i]);
            runs++;
        }
    assert_int_equal(runs, 2);
}

static void adam_does_what_pytorch_does(void **state) {
    (void)state;
    check_runs_of("adam");
}

static void sgd_does_what_pytorch_does(void **state) {
    (void)state;
    check_runs_of("sgd");
}

int main(void) {
    gt_threads_set(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_weights_come_a_long_way),
        cmocka_unit_test(adam_does_what_pytorch_does),
        cmocka_unit_test(sgd_does_what_pytorch_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
