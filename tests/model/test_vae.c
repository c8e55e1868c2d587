/* What a variational autoencoder says of images, against the same by quadrature and in closed form
 * (scripts/make-model-goldens); that its bound is one; and that without noise and prior it is an
 * autoencoder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gantrain/model/vae.h"
#include "model/any_model.h"
#include "model/likelihood_golden.h"

static void set_weights(gt_network *network, double shift) {
    for (size_t k = 0; k < network->parameter_count; k++)
        network->parameters[k] = (gt_real)(0.4 * sin(1.7 * (double)k + shift));
    gt_network_refresh(network);
}

/* With the weights of the goldens. */
static fixture *open_vae(const char *layers, const char *output, const char *reconstruction) {
    gt_model_settings settings = settings_of(&gt_model_vae, layers, (gt_optimizer_settings){0});
    settings.generator.output = gt_output_find(output);
    settings.reconstruction = gt_reconstruction_find(reconstruction);
    fixture *opened = open_model_for(&settings, GT_MODEL_JUDGE);
    gt_vae *vae = gt_vae_of(&opened->model);
    set_weights(&vae->decoder.generator.network, 0);
    set_weights(&vae->encoder.network, 1);
    return opened;
}

enum { SEEDS = 20000, DRAWS = 20000 };

/* The mean over seeds of the bound of each image, and the KL divergence of each component. */
static void find_bounds(double bounds[BATCH], double kl[LATENT], fixture *opened) {
    double once[BATCH];
    memset(bounds, 0, BATCH * sizeof *bounds);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        memset(kl, 0, LATENT * sizeof *kl);
        gt_model_vae.bound(once, kl, &opened->model, opened->images, NULL, seed, 0, BATCH);
        for (int row = 0; row < BATCH; row++)
            bounds[row] += once[row] / SEEDS;
    }
}

static void assert_near(const char *what, double number, double expected, double tolerance) {
    if (!(fabs(number - expected) <= tolerance))
        fail_msg("%s: %.6f and not %.6f", what, number, expected);
}

static void check_likelihood(const char *layers, const char *output, const char *reconstruction,
                             const double *exact, const double *expected_bound,
                             const double *expected_kl) {
    fixture *opened = open_vae(layers, output, reconstruction);
    double bounds[BATCH], kl[LATENT], estimates[BATCH];
    find_bounds(bounds, kl, opened);
    gt_model_vae.log_likelihood(estimates, &opened->model, opened->images, NULL, 5, 0, DRAWS,
                                BATCH);
    for (int row = 0; row < BATCH; row++) {
        /* Up to four standard errors of 20,000 draws. */
        assert_near("bound", bounds[row], expected_bound[row], 0.08);
        assert_near("log-likelihood", estimates[row], exact[row], 0.02);
        assert_true(bounds[row] < estimates[row] && expected_bound[row] < exact[row]);
    }
    for (int i = 0; i < LATENT; i++)
        assert_near("KL", kl[i], expected_kl[i], 1e-5);
    close_model(opened);
}

static void likelihood_of_a_bernoulli_vae(void **state) {
    (void)state;
    check_likelihood("dense 4, tanh", "sigmoid", "bernoulli", golden_bernoulli_log_likelihood,
                     golden_bernoulli_bound, golden_bernoulli_kl);
}

static void likelihood_of_a_linear_vae(void **state) {
    (void)state;
    check_likelihood("", "linear", "squared", golden_linear_log_likelihood, golden_linear_bound,
                     golden_linear_kl);
}

/* In expectation an estimate of more draws is nearer to the likelihood, from below; the bound is that
 * of one draw. */
static void more_draws_come_nearer(void **state) {
    (void)state;
    fixture *opened = open_vae("", "linear", "squared");
    double last = -INFINITY;
    for (int draws = 1; draws <= 100; draws *= 10) {
        double sum = 0, estimates[BATCH];
        for (uint64_t seed = 0; seed < 1000; seed++) {
            gt_model_vae.log_likelihood(estimates, &opened->model, opened->images, NULL, seed, 0,
                                        draws, BATCH);
            sum += (estimates[0] + estimates[1] + estimates[2] + estimates[3]) / 1000;
        }
        assert_true(sum > last);
        last = sum;
    }
    double exact = 0;
    for (int row = 0; row < BATCH; row++)
        exact += golden_linear_log_likelihood[row];
    assert_true(last < exact && last > exact - 0.2);
    close_model(opened);
}

/* An image's numbers depend on its own number alone, not on the block that it is asked about in. */
static void blocks_do_not_matter(void **state) {
    (void)state;
    fixture *opened = open_vae("dense 4, tanh", "sigmoid", "bernoulli");
    double whole[BATCH], part[2], kl[LATENT] = {0};
    const gt_real *second = opened->images + 2 * PIXELS;
    gt_model_vae.log_likelihood(whole, &opened->model, opened->images, NULL, 1, 10, 37, BATCH);
    gt_model_vae.log_likelihood(part, &opened->model, second, NULL, 1, 12, 37, 2);
    assert_memory_equal(whole + 2, part, sizeof part);
    gt_model_vae.bound(whole, kl, &opened->model, opened->images, NULL, 1, 10, BATCH);
    gt_model_vae.bound(part, kl, &opened->model, second, NULL, 1, 12, 2);
    assert_memory_equal(whole + 2, part, sizeof part);
    close_model(opened);
}

/* With log variances of -60, and kl_weight = 0, a step of a vae is one of an autoencoder. */
static void without_noise_it_is_an_autoencoder(void **state) {
    (void)state;
    const gt_optimizer_settings rates = {.lr = 0.1, .momentum = 0};
    gt_model_settings settings = settings_of(&gt_model_vae, "", rates);
    settings.kl_weight = 0;
    fixture *vae = open_model(&settings);
    settings.kind = &gt_model_autoencoder;
    fixture *autoencoder = open_model(&settings);
    gt_network *wide = &gt_vae_of(&vae->model)->encoder.network;
    const gt_network *narrow = autoencoder->model.trained[1].network;
    const size_t weights = LATENT * PIXELS;
    memset(wide->parameters, 0, wide->parameter_count * sizeof(gt_real));
    memcpy(wide->parameters, narrow->parameters, weights * sizeof(gt_real));
    for (int i = 0; i < LATENT; i++)
        wide->parameters[2 * weights + LATENT + (size_t)i] = -60;
    for (uint64_t step = 0; step < 5; step++) {
        double stats[2][GT_MODEL_STATS];
        make_step(stats[0], vae, step);
        make_step(stats[1], autoencoder, step);
        assert_near("loss", stats[0][0], stats[1][0], 1e-5);
    }
    for (size_t i = 0; i < weights; i++)
        assert_near("weight", (double)wide->parameters[i], (double)narrow->parameters[i], 1e-6);
    close_model(vae);
    close_model(autoencoder);
}

/* The noise is a function of the seed and the step. */
static void a_step_can_be_repeated(void **state) {
    (void)state;
    gt_model_settings settings =
        settings_of(&gt_model_vae, "dense 4, tanh", (gt_optimizer_settings){.lr = 0});
    double stats[3][GT_MODEL_STATS];
    fixture *opened = open_model(&settings);
    make_step(stats[0], opened, 4);
    make_step(stats[1], opened, 5);
    make_step(stats[2], opened, 4);
    assert_true(stats[0][0] == stats[2][0] && stats[0][0] != stats[1][0]);
    close_model(opened);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(likelihood_of_a_bernoulli_vae),
        cmocka_unit_test(likelihood_of_a_linear_vae),
        cmocka_unit_test(more_draws_come_nearer),
        cmocka_unit_test(blocks_do_not_matter),
        cmocka_unit_test(without_noise_it_is_an_autoencoder),
        cmocka_unit_test(a_step_can_be_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
