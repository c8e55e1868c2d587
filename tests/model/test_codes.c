/* The model codes: where codes start and stay, that their mean and covariance are followed and
 * samples have them, and the claim that learned codes reconstruct images that fixed ones cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gantrain/model/codes.h"
#include "model/any_model.h"

enum { IMAGES = 40, STEPS_PER_PASS = IMAGES / BATCH };

static const gt_optimizer_settings adam = {.lr = 0.01, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8};
static const gt_optimizer_settings still = {.lr = 0};

static fixture *open_codes(const char *layers, gt_optimizer_settings rates, bool learned,
                           double code_lr) {
    gt_model_settings settings = settings_of(&gt_model_codes, layers, rates);
    settings.codes_are_learned = learned;
    settings.code_lr = code_lr;
    return open_model(&settings);
}

static double length_of(const gt_real *code) {
    double square = 0;
    for (int i = 0; i < LATENT; i++)
        square += (double)code[i] * (double)code[i];
    return sqrt(square);
}

static void assert_in_ball(const gt_real *code) {
    assert_true(length_of(code) <= 1 + 1e-6);
}

/* A code depends on the seed and the image's number alone, and both kinds start from the same. */
static void both_kinds_start_from_the_same_codes(void **state) {
    (void)state;
    fixture *learned = open_codes("", still, true, 0), *fixed = open_codes("", still, false, 0);
    gt_codes *values = gt_codes_of(&learned->model);
    double stats[GT_MODEL_STATS];
    for (uint32_t image = 0; image < IMAGES; image++) {
        gt_real code[LATENT], other[LATENT];
        gt_codes_draw(code, SEED, image, LATENT);
        gt_codes_draw(other, SEED + 1, image, LATENT);
        assert_memory_equal(values->values + image * LATENT, code, sizeof code);
        assert_memory_not_equal(code, other, sizeof code);
        assert_in_ball(code);
    }
    assert_null(gt_codes_of(&fixed->model)->values);
    for (uint64_t step = 0; step < STEPS_PER_PASS; step++) {
        make_step(stats, learned, step);
        make_step(stats, fixed, step);
        assert_memory_equal(gt_codes_of(&fixed->model)->z, values->z,
                            BATCH * LATENT * sizeof(gt_real));
    }
    close_model(learned);
    close_model(fixed);
}

/* A step moves the codes of its own images alone, by code_lr times the gradient of the image's own
 * loss, and never out of the ball. */
static void a_step_moves_its_own_codes(void **state) {
    (void)state;
    enum { STEP = 3 };
    const double rates[] = {0.001, 1000};
    double stats[GT_MODEL_STATS];
    for (int k = 0; k < 2; k++) {
        fixture *opened = open_codes("dense 4, tanh", still, true, rates[k]);
        gt_codes *codes = gt_codes_of(&opened->model);
        gt_real before[IMAGES * LATENT];
        memcpy(before, codes->values, sizeof before);
        make_step(stats, opened, STEP);
        for (int i = 0; i < IMAGES * LATENT; i++) {
            int row = i / LATENT - STEP * BATCH;
            if (row < 0 || row >= BATCH) {
                assert_true(codes->values[i] == before[i]);
                continue;
            }
            assert_in_ball(codes->values + i / LATENT * LATENT);
            double moved =
                (double)before[i] - rates[k] * BATCH * (double)codes->dz[row * LATENT + i % LATENT];
            if (k == 0 && length_of(codes->values + i / LATENT * LATENT) < 0.999)
                assert_true(fabs((double)codes->values[i] - moved) < 1e-6);
            assert_true(codes->values[i] != before[i]);
        }
        close_model(opened);
    }
}

/* After a pass in which no code moves, mean and covariance are those of all codes. */
static void mean_and_covariance_are_those_of_the_codes(void **state) {
    (void)state;
    fixture *opened = open_codes("", still, true, 0);
    gt_codes *codes = gt_codes_of(&opened->model);
    double stats[GT_MODEL_STATS], mean[LATENT] = {0};
    for (uint64_t step = 0; step < STEPS_PER_PASS; step++)
        make_step(stats, opened, step);
    for (int i = 0; i < IMAGES * LATENT; i++)
        mean[i % LATENT] += (double)codes->values[i] / IMAGES;
    for (int i = 0; i < LATENT; i++) {
        assert_true(fabs((double)codes->mean[i] - mean[i]) < 1e-6);
        for (int k = 0; k < LATENT; k++) {
            double covariance = 0;
            for (int image = 0; image < IMAGES; image++)
                covariance += ((double)codes->values[image * LATENT + i] - mean[i]) *
                              ((double)codes->values[image * LATENT + k] - mean[k]) / IMAGES;
            assert_true(fabs((double)codes->covariance[i * LATENT + k] - covariance) < 1e-6);
        }
    }
    close_model(opened);
}

/* What generate passes to the network has the mean and covariance that the state holds; a direction
 * without variance has none. */
static void samples_have_mean_and_covariance(void **state) {
    (void)state;
    enum { BLOCKS = 5000 };
    const double mean[LATENT] = {0.1, -0.2, 0.3};
    const double covariance[2][LATENT][LATENT] = {
        {{0.5, 0.2, -0.1}, {0.2, 0.3, 0.05}, {-0.1, 0.05, 0.4}},
        {{0.5, 0.5, 0}, {0.5, 0.5, 0}, {0, 0, 0}},
    };
    fixture *opened = open_codes("", still, true, 0);
    gt_codes *codes = gt_codes_of(&opened->model);
    for (int c = 0; c < 2; c++) {
        double sum[LATENT] = {0}, product[LATENT][LATENT] = {{0}};
        for (int i = 0; i < LATENT; i++)
            codes->mean[i] = (gt_real)mean[i];
        for (int i = 0; i < LATENT * LATENT; i++)
            codes->covariance[i] = (gt_real)covariance[c][i / LATENT][i % LATENT];
        for (int block = 0; block < BLOCKS; block++) {
            gt_real z[BATCH * LATENT], images[BATCH * PIXELS];
            gt_random_normal(z, NULL, (gt_address){1, GT_PURPOSE_LATENT_SAMPLE, (uint64_t)block, 0},
                             BATCH, LATENT);
            opened->model.kind->generate(images, &opened->model, z, NULL, BATCH);
            for (int row = 0; row < BATCH; row++)
                for (int i = 0; i < LATENT; i++) {
                    double off = (double)codes->z[row * LATENT + i] - mean[i];
                    sum[i] += off / (BLOCKS * BATCH);
                    for (int k = 0; k < LATENT; k++)
                        product[i][k] +=
                            off * ((double)codes->z[row * LATENT + k] - mean[k]) / (BLOCKS * BATCH);
                }
        }
        for (int i = 0; i < LATENT; i++) {
            assert_true(fabs(sum[i]) < 0.02);
            for (int k = 0; k < LATENT; k++)
                assert_true(fabs(product[i][k] - covariance[c][i][k]) < 0.02);
        }
    }
    close_model(opened);
}

/* An image is the same in every pass. */
static void get_minibatch_of_pass(void *context, gt_minibatch *minibatch, uint64_t number) {
    get_minibatch(context, minibatch, number % STEPS_PER_PASS);
}

/* The mean loss of the last of `passes`, over all images. */
static double train(bool learned, uint64_t passes) {
    fixture *opened = open_codes("dense 8, tanh", adam, learned, 0.1);
    double stats[GT_MODEL_STATS], sum = 0;
    opened->changes = true;
    for (uint64_t step = 0; step < passes * STEPS_PER_PASS; step++) {
        const gt_minibatch_source source = {get_minibatch_of_pass, opened};
        opened->model.kind->step(stats, &opened->model, &source, step);
        if (step >= (passes - 1) * STEPS_PER_PASS)
            sum += stats[0] / STEPS_PER_PASS;
    }
    close_model(opened);
    return sum;
}

static void learned_codes_halve_the_error_of_fixed_ones(void **state) {
    (void)state;
    double fixed = train(false, 60), learned = train(true, 60);
    print_message("loss after 60 passes: fixed %.4f, learned %.4f\n", fixed, learned);
    assert_true(learned < fixed / 2);
}

static void samples_of_a_uniform_prior_are_refused(void **state) {
    (void)state;
    gt_model_settings settings = settings_of(&gt_model_codes, "", still);
    settings.generator.prior = gt_prior_find("uniform");
    fixture opened = {0};
    gt_error error = {0};
    assert_int_equal(try_open_model(&opened, &settings, GT_MODEL_TRAIN, &error), GT_USAGE);
    assert_non_null(strstr(error.message, "[generator] prior = uniform: the model codes"));
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds_start_from_the_same_codes),
        cmocka_unit_test(a_step_moves_its_own_codes),
        cmocka_unit_test(mean_and_covariance_are_those_of_the_codes),
        cmocka_unit_test(samples_have_mean_and_covariance),
        cmocka_unit_test(learned_codes_halve_the_error_of_fixed_ones),
        cmocka_unit_test(samples_of_a_uniform_prior_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
