/* Golden values: training steps of both networks against what PyTorch made of the same weights,
 * images and noise (golden.h, by scripts/make-goldens), after every iteration, with every backend
 * and precision that this build has on this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/model/gan.h"

#include "golden.h"

/* Relative to 0.1 or the number itself, whichever is larger. Float rounding leaves a few parts in
 * 1e7 of it; Adam's division lets some of that grow where a gradient is small.
 *
 * In bf16 every factor of a product has 8 bits, so it is off by up to 2^-9 of itself, and a product
 * of two by 2^-8. Some of that averages out in sums and some adds up over five iterations; 6e-3 was
 * seen, and 4 times 2^-8 is let pass. */
static const double tolerances[] = {[GT_FP32] = 5e-6, [GT_BF16] = 0x1p-6};

/* A run under test: what makes its products, and the largest error so far. */
struct check {
    gt_compute compute;
    double largest;
};

static void assert_golden(struct check *check, const char *what, int iteration, double got,
                          double expected) {
    double error = fabs(got - expected) / fmax(0.1, fabs(expected));
    if (!(error <= check->largest))
        check->largest = error;
    if (!(error <= tolerances[check->compute.precision]))
        fail_msg("%s: %s after iteration %d: %.9g in place of %.9g", check->compute.description,
                 what, iteration, got, expected);
}

static void set_all(gt_real *numbers, const double *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        numbers[i] = (gt_real)values[i];
}

static gt_gan *open_gan(gt_model *model, gt_arena *arena, const gt_compute *compute,
                        const struct golden_run *run) {
    gt_optimizer_settings rates = strcmp(run->optimizer, "adam") == 0 ? golden_adam : golden_sgd;
    const gt_model_settings settings = {
        .kind = &gt_model_gan,
        .generator = {.latent_dim = GOLDEN_LATENT,
                      .prior = gt_prior_find("normal"),
                      .layers = golden_g_layers,
                      .output = gt_output_find("tanh"),
                      .optimizer = gt_optimizer_kind_find(run->optimizer),
                      .rates = rates},
        .discriminator = {.layers = golden_d_layers,
                          .optimizer = gt_optimizer_kind_find(run->optimizer),
                          .rates = rates},
        .objective = gt_objective_find(run->objective),
        .batch = GOLDEN_BATCH,
        .d_steps = 1,
        .simultaneous = run->simultaneous,
    };
    gt_error error = {0};
    const gt_image_spec spec = {.shape = gt_shape_of_vector(GOLDEN_PIXELS)};
    if (gt_model_open(model, &settings, &spec, compute, GT_MODEL_TRAIN, &error) != GT_OK)
        fail_msg("%s", error.message);
    gt_model_carve(model, arena, GOLDEN_BATCH);
    assert_int_equal(gt_arena_reserve(arena, NULL), GT_OK);
    gt_model_carve(model, arena, GOLDEN_BATCH);
    gt_gan *gan = gt_gan_of(model);
    assert_int_equal(gan->generator.network.parameter_count, GOLDEN_G_PARAMETERS);
    assert_int_equal(gan->discriminator.network.parameter_count, GOLDEN_D_PARAMETERS);
    set_all(gan->generator.network.parameters, golden_generator, GOLDEN_G_PARAMETERS);
    set_all(gan->discriminator.network.parameters, golden_discriminator, GOLDEN_D_PARAMETERS);
    gt_model_restored(model, 0);
    return gan;
}

static void check_run(struct check *check, const struct golden_run *run) {
    gt_model model;
    gt_arena arena = {0};
    check->largest = 0;
    gt_gan *gan = open_gan(&model, &arena, &check->compute, run);
    for (int i = 0; i < GOLDEN_ITERATIONS; i++) {
        gt_gan_stats stats;
        set_all(gt_gan_real(gan), golden_images[i], GOLDEN_BATCH * GOLDEN_PIXELS);
        set_all(gt_gan_z(gan, GT_FOR_D), golden_z_for_d[i], GOLDEN_BATCH * GOLDEN_LATENT);
        set_all(gt_gan_z(gan, GT_FOR_G), golden_z_for_g[i], GOLDEN_BATCH * GOLDEN_LATENT);
        if (run->simultaneous) {
            gt_gan_draw_fake(gan, GT_FOR_D, (uint64_t)i);
            gt_gan_simultaneous_step(&stats, gan, (uint64_t)i);
        } else {
            gt_gan_draw_fake(gan, GT_FOR_BOTH, (uint64_t)i);
            gt_gan_discriminator_step(&stats, gan, (uint64_t)i);
            stats.g_loss = gt_gan_generator_step(gan, (uint64_t)i);
        }

        assert_golden(check, "D loss", i, stats.d_loss, run->d_loss[i]);
        assert_golden(check, "G loss", i, stats.g_loss, run->g_loss[i]);
        for (int k = 0; k < GOLDEN_G_PARAMETERS; k++)
            assert_golden(check, "a parameter of G", i,
                          (double)gan->generator.network.parameters[k], run->generator[i][k]);
        for (int k = 0; k < GOLDEN_D_PARAMETERS; k++)
            assert_golden(check, "a parameter of D", i,
                          (double)gan->discriminator.network.parameters[k],
                          run->discriminator[i][k]);
    }
    print_message("%s: %s, %s%s: off by at most %.1e\n", check->compute.description, run->optimizer,
                  run->objective, run->simultaneous ? ", simultaneous" : "", check->largest);
    /* What is called bf16 is bf16. */
    assert_true(check->compute.precision == GT_FP32 || check->largest > tolerances[GT_FP32]);
    gt_model_close(&model);
    gt_arena_release(&arena);
}

/* Both optimizers move the weights by far more than the tolerance lets pass in fp32, and by more
 * than it does in bf16, of a weight of 0.1. */
static void the_weights_come_a_long_way(void **state) {
    (void)state;
    for (size_t run = 0; run < sizeof golden_runs / sizeof *golden_runs; run++) {
        const struct golden_run *end = &golden_runs[run];
        double g_path = 0, d_path = 0;
        for (int k = 0; k < GOLDEN_G_PARAMETERS; k++)
            g_path += fabs(end->generator[GOLDEN_ITERATIONS - 1][k] - golden_generator[k]);
        for (int k = 0; k < GOLDEN_D_PARAMETERS; k++)
            d_path += fabs(end->discriminator[GOLDEN_ITERATIONS - 1][k] - golden_discriminator[k]);
        assert_true(500 * tolerances[GT_FP32] > 0.1 * tolerances[GT_BF16]);
        assert_true(g_path > GOLDEN_G_PARAMETERS * 500 * tolerances[GT_FP32]);
        assert_true(d_path > GOLDEN_D_PARAMETERS * 500 * tolerances[GT_FP32]);
    }
}

/* Losses are computed in fp32 in either precision, so in bf16 one kind of them will do. */
static bool is_checked(const struct golden_run *run, const char *optimizer,
                       gt_precision precision) {
    return strcmp(run->optimizer, optimizer) == 0 &&
           (precision == GT_FP32 || gt_objective_find(run->objective)->gives_odds);
}

/* "default" and "auto" among the names open one of the others once more. */
static void check_runs_of(const char *optimizer) {
    int runs = 0;
    const char *backend, *precision;
    for (int b = 0; (backend = gt_compute_backend_name(b)) != NULL; b++)
        for (int p = 0; (precision = gt_compute_precision_name(p)) != NULL; p++) {
            struct check check = {{0}, 0};
            if (gt_compute_open(&check.compute, 1, backend, precision, NULL) != GT_OK)
                continue;
            for (size_t i = 0; i < sizeof golden_runs / sizeof *golden_runs; i++)
                if (is_checked(&golden_runs[i], optimizer, check.compute.precision)) {
                    check_run(&check, &golden_runs[i]);
                    runs++;
                }
            gt_compute_close(&check.compute);
        }
    assert_true(runs >= 4 * 6); /* native, OpenBLAS, default and auto in fp32 are always there */
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
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_weights_come_a_long_way),
        cmocka_unit_test(adam_does_what_pytorch_does),
        cmocka_unit_test(sgd_does_what_pytorch_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
