/* Gradients of whole steps of a GAN with differentiable augmentation against central differences in
 * double: of D, with gradient penalties, and of G, through D and the changes of its images; of a
 * conditional one, for every objective. The steps themselves are run, with a learning rate of 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gradient_check.h"

#include <stdio.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/model/condition.h"
#include "gantrain/model/gan.h"

enum {
    LATENT = 3,
    BATCH = 4,
    CLASSES = 3,
    PIXELS = 2 * 8 * 8,
    ALL = GT_AUGMENT_TRANSLATION | GT_AUGMENT_CUTOUT | GT_AUGMENT_COLOUR
};

typedef struct fixture {
    gt_model model;
    gt_arena arena;
} fixture;

static gt_model_settings settings_of(const char *d_layers, const gt_objective *objective) {
    static const gt_optimizer_settings still = {.lr = 0};
    const gt_optimizer_kind *sgd = gt_optimizer_kind_find("sgd");
    return (gt_model_settings){
        .kind = &gt_model_gan,
        .generator = {.latent_dim = LATENT,
                      .prior = gt_prior_find("normal"),
                      .layers = "dense 2, tanh",
                      .output = gt_output_find("sigmoid"),
                      .optimizer = sgd,
                      .rates = still},
        .discriminator = {.layers = d_layers, .optimizer = sgd, .rates = still, .augment = ALL},
        .objective = objective,
        .conditional = true,
        .batch = BATCH,
        .d_steps = 1,
        .seed = 3,
    };
}

static fixture *open_fixture(const gt_model_settings *settings) {
    const gt_image_spec spec = {.shape = {2, 8, 8}, .classes = CLASSES, .count = 10};
    fixture *opened = calloc(1, sizeof *opened);
    gt_error error = {0};
    if (gt_model_open(&opened->model, settings, &spec, &test_compute, GT_MODEL_TRAIN, &error) !=
        GT_OK)
        fail_msg("%s", error.message);
    gt_model_carve(&opened->model, &opened->arena, BATCH);
    assert_int_equal(gt_arena_reserve(&opened->arena, NULL), GT_OK);
    gt_model_carve(&opened->model, &opened->arena, BATCH);
    gt_model_init(&opened->model, NULL);
    for (int i = 0; i < opened->model.trained_count; i++) {
        gt_network *network = opened->model.trained[i].network;
        gradient_fill(network->parameters, network->parameter_count, 0.1, 0.6, 31 + (uint64_t)i);
    }
    return opened;
}

static void close_fixture(fixture *opened) {
    gt_model_close(&opened->model);
    gt_arena_release(&opened->arena);
    free(opened);
}

static void get_images(void *context, gt_minibatch *minibatch, uint64_t number) {
    static const uint16_t labels[BATCH] = {0, 2, 1, 2};
    (void)context, (void)number;
    gradient_fill(minibatch->images, BATCH * PIXELS, 0.05, 1, 33);
    for (int i = 0; i < BATCH * PIXELS; i++)
        minibatch->images[i] = fabs(minibatch->images[i]);
    minibatch->labels = labels;
}

enum { STEP = 2 };

static double stat_of_step(fixture *opened, int stat) {
    const gt_minibatch_source source = {get_images, NULL};
    double stats[GT_MODEL_STATS];
    opened->model.kind->step(stats, &opened->model, &source, STEP);
    return stats[stat];
}

static double d_loss(void *context) {
    return stat_of_step(context, 0);
}

static double g_loss(void *context) {
    return stat_of_step(context, 1);
}

static void check(const char *what, gradient_loss loss, fixture *opened, int part) {
    gt_network *network = opened->model.trained[part].network;
    loss(opened);
    gradient_check(what, loss, opened, network->parameters, network->gradients,
                   network->parameter_count);
}

/* Networks on vectors and on images, and one that couples examples: real and fake images then go
 * through D apart. */
static const char *const lists[] = {"dense 4, tanh", "conv 3 4 stride 2, tanh",
                                    "dense 4, batchnorm, tanh"};

static void the_steps_of_both_networks(void **state) {
    (void)state;
    for (int k = 0; gt_objective_at(k) != NULL; k++)
        for (int i = 0; i < 3; i++)
            for (int simultaneous = 0; simultaneous < 2; simultaneous++) {
                char what[160];
                if (k > 0 && i > 0 && !gt_objective_at(k)->of_pairs)
                    continue; /* losses differ, but not what the images go through */
                gt_model_settings settings = settings_of(lists[i], gt_objective_at(k));
                settings.simultaneous = simultaneous != 0;
                fixture *opened = open_fixture(&settings);
                snprintf(what, sizeof what, "%s, %s", settings.objective->name, lists[i]);
                check(what, d_loss, opened, GT_GAN_DISCRIMINATOR);
                check(what, g_loss, opened, GT_GAN_GENERATOR);
                close_fixture(opened);
            }
}

/* The mean of |dD(x)/dx|^2 over images as D saw them, of one kind; at the address of the step's own pass
 * for it. */
static double mean_square_gradient(gt_gan *gan, const double *seen, int first, long condition) {
    const gt_pass pass = {.training = true,
                          .address = {gan->seed, GT_PURPOSE_PASS, STEP * 4 + 3, (uint32_t)first},
                          .condition = gt_condition_row(gan->condition, CLASSES, condition)};
    double logits[BATCH], ones[BATCH] = {1, 1, 1, 1}, dx[BATCH * PIXELS], sum = 0;
    gt_network *d = &gan->discriminator.network;
    gt_network_forward(logits, d, seen, BATCH, &pass);
    gt_network_backward_to_input(dx, d, seen, logits, ones, BATCH);
    for (int i = 0; i < BATCH * PIXELS; i++)
        sum += dx[i] * dx[i];
    return sum / BATCH;
}

/* D's step is the last to show images in a simultaneous one. */
static double penalised_loss(void *context) {
    fixture *opened = context;
    gt_gan *gan = gt_gan_of(&opened->model);
    double loss = d_loss(opened);
    double real = mean_square_gradient(gan, gan->shown + BATCH * PIXELS, 0, 2 * BATCH);
    double fake = mean_square_gradient(gan, gan->shown, BATCH, BATCH);
    return loss + (gan->discriminator.r1_gamma * real + gan->discriminator.r2_gamma * fake) / 2;
}

static void the_step_of_a_discriminator_with_its_penalties(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        gt_model_settings settings = settings_of(lists[i], gt_objective_find("relativistic"));
        settings.simultaneous = true;
        settings.discriminator.r1_gamma = 0.7;
        settings.discriminator.r2_gamma = 0.4;
        fixture *opened = open_fixture(&settings);
        check(lists[i], penalised_loss, opened, GT_GAN_DISCRIMINATOR);
        close_fixture(opened);
    }
}

/* Real and fake images, and those of D's and of G's step, are changed by noise of their own. */
static void all_images_are_changed_differently(void **state) {
    (void)state;
    gt_model_settings settings = settings_of(lists[0], gt_objective_find("relativistic"));
    fixture *opened = open_fixture(&settings);
    gt_gan *gan = gt_gan_of(&opened->model);
    double seen[2][2 * BATCH * PIXELS];
    gt_gan_stats stats;
    for (int step = 0; step < 2; step++) {
        for (int i = 0; i < 3 * BATCH * PIXELS; i++)
            gan->images[i] = 0.9;
        if (step == 0)
            gt_gan_discriminator_step(&stats, gan, STEP);
        else
            gt_gan_generator_step(gan, STEP);
        memcpy(seen[step], gan->shown, sizeof seen[step]);
    }
    for (int i = 0; i < 4 * BATCH; i++)
        for (int k = 0; k < i; k++)
            assert_memory_not_equal(&seen[0][0] + i * PIXELS, &seen[0][0] + k * PIXELS,
                                    PIXELS * sizeof(double));
    close_fixture(opened);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_steps_of_both_networks),
        cmocka_unit_test(the_step_of_a_discriminator_with_its_penalties),
        cmocka_unit_test(all_images_are_changed_differently),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
