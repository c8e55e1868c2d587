/* Gradients of whole chains against central differences in double, for every objective: D's loss on real and fake
 * images, with a gradient penalty and without, with respect to every parameter of D, and G's loss
 * with respect to every parameter of G, through G and D. The steps themselves
 * are run, with a learning rate of 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gradient_check.h"

#include <stdio.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/model/gan.h"

enum { PIXELS = 5, LATENT = 3, BATCH = 4 };

typedef struct fixture {
    gt_model model;
    gt_gan *gan; /* its state */
    gt_arena arena;
} fixture;

static gt_model_settings settings_of(const char *g_layers, const char *d_layers, const char *output,
                                     const gt_objective *objective) {
    const gt_optimizer_settings still = {.lr = 0, .momentum = 0};
    return (gt_model_settings){
        .kind = &gt_model_gan,
        .generator = {.latent_dim = LATENT,
                      .prior = gt_prior_find("normal"),
                      .layers = g_layers,
                      .output = gt_output_find(output),
                      .optimizer = gt_optimizer_kind_find("sgd"),
                      .rates = still},
        .discriminator = {.layers = d_layers,
                          .optimizer = gt_optimizer_kind_find("sgd"),
                          .rates = still},
        .objective = objective,
        .batch = BATCH,
        .d_steps = 1,
        .seed = 3,
    };
}

static fixture *open_gan_of(const gt_model_settings *settings) {
    fixture *pair = calloc(1, sizeof *pair);
    const gt_image_spec spec = {.shape = gt_shape_of_vector(PIXELS)};
    gt_error error = {0};
    if (gt_model_open(&pair->model, settings, &spec, &test_compute, GT_MODEL_TRAIN, &error) !=
        GT_OK)
        fail_msg("%s", error.message);
    gt_model_carve(&pair->model, &pair->arena, BATCH);
    assert_int_equal(gt_arena_reserve(&pair->arena, NULL), GT_OK);
    gt_model_carve(&pair->model, &pair->arena, BATCH);
    gt_gan *gan = pair->gan = gt_gan_of(&pair->model);
    gradient_fill(gan->generator.network.parameters, gan->generator.network.parameter_count, 0.1,
                  0.9, 31);
    gradient_fill(gan->discriminator.network.parameters, gan->discriminator.network.parameter_count,
                  0.1, 0.9, 32);
    gradient_fill(gt_gan_real(gan), BATCH * PIXELS, 0.05, 1, 33);
    gradient_fill(gan->z, 2 * BATCH * LATENT, 0.1, 1.5, 34);
    return pair;
}

static fixture *open_gan(const char *g_layers, const char *d_layers, const char *output,
                         const gt_objective *objective) {
    gt_model_settings settings = settings_of(g_layers, d_layers, output, objective);
    return open_gan_of(&settings);
}

static void close_gan(fixture *pair) {
    gt_model_close(&pair->model);
    gt_arena_release(&pair->arena);
    free(pair);
}

static double discriminator_loss(void *context) {
    gt_gan *gan = context;
    gt_gan_stats stats;
    gt_gan_draw_fake(gan, GT_FOR_D, 0);
    gt_gan_discriminator_step(&stats, gan, 0);
    return stats.d_loss;
}

/* As in training: the images of both steps are drawn together. */
static double generator_loss(void *context) {
    gt_gan_draw_fake(context, GT_FOR_BOTH, 0);
    return gt_gan_generator_step(context, 0);
}

/* Hidden layers of both networks; smooth ones, and ones with kinks. */
static const struct layers {
    const char *generator, *discriminator, *output;
} lists[] = {
    {"dense 4, tanh", "dense 6, tanh", "tanh"},
    {"dense 6, leaky_relu 0.2, dense 5, leaky_relu 0.2",
     "dense 7, leaky_relu 0.2, dense 4, leaky_relu 0.2", "tanh"},
    {"dense 9, relu", "dense 8, sigmoid, dense 5, relu", "sigmoid"},
    {"maxout 5 3, dropout 0.2", "dropout 0.2, maxout 6 3, dropout 0.5", "sigmoid"},
    {"dropout 0.1, maxout 4 2, dense 4, tanh", "dense 7, dropout 0.3, leaky_relu 0.2", "tanh"},
    {"dense 6, batchnorm, leaky_relu 0.2", "dense 6, tanh", "tanh"},
    {"dense 4, tanh", "dense 7, batchnorm, leaky_relu 0.2, dropout 0.2", "tanh"},
    {"batchnorm, maxout 4 2, batchnorm", "maxout 4 3, batchnorm, tanh", "sigmoid"},
};
enum { LISTS = sizeof lists / sizeof *lists };

static void the_discriminator_step(void **state) {
    (void)state;
    for (int k = 0; gt_objective_at(k) != NULL; k++)
        for (int i = 0; i < LISTS; i++) {
            char what[160];
            fixture *pair = open_gan(lists[i].generator, lists[i].discriminator, lists[i].output,
                                     gt_objective_at(k));
            gt_network *d = &pair->gan->discriminator.network;
            discriminator_loss(pair->gan);
            snprintf(what, sizeof what, "%s, %s", gt_objective_at(k)->name, lists[i].discriminator);
            gradient_check(what, discriminator_loss, pair->gan, d->parameters, d->gradients,
                           d->parameter_count);
            close_gan(pair);
        }
}

/* One-sided: the loss that the stats tell is the one that is descended. */
static void the_discriminator_step_with_smoothed_labels(void **state) {
    (void)state;
    for (int i = 0; i < LISTS; i++) {
        gt_model_settings settings = settings_of(lists[i].generator, lists[i].discriminator,
                                                 lists[i].output, gt_objective_at(0));
        settings.discriminator.label_smoothing = 0.3;
        fixture *pair = open_gan_of(&settings);
        gt_network *d = &pair->gan->discriminator.network;
        discriminator_loss(pair->gan);
        gradient_check(lists[i].discriminator, discriminator_loss, pair->gan, d->parameters,
                       d->gradients, d->parameter_count);
        close_gan(pair);
    }
}

/* The mean of |dD(x)/dx|^2 over images. The address is that of the step's own pass for it: the last
 * of the four of an update, in which fake images come after real ones. */
static double mean_square_gradient(gt_gan *gan, const double *images, int first) {
    const gt_pass pass = {.training = true,
                          .address = {gan->seed, GT_PURPOSE_PASS, 3, (uint32_t)first}};
    double logits[BATCH], ones[BATCH] = {1, 1, 1, 1}, dx[BATCH * PIXELS], sum = 0;
    gt_network *d = &gan->discriminator.network;
    gt_network_forward(logits, d, images, BATCH, &pass);
    gt_network_backward_to_input(dx, d, images, logits, ones, BATCH);
    for (int i = 0; i < BATCH * PIXELS; i++)
        sum += dx[i] * dx[i];
    return sum / BATCH;
}

static double penalised_loss(void *context) {
    gt_gan *gan = context;
    const gt_discriminator *d = &gan->discriminator;
    double loss = discriminator_loss(gan);
    double real = mean_square_gradient(gan, gt_gan_real(gan), 0);
    double fake = mean_square_gradient(gan, gan->images + BATCH * PIXELS, BATCH);
    return loss + d->r1_every / 2.0 * (d->r1_gamma * real + d->r2_gamma * fake);
}

static void the_discriminator_step_with_its_penalties(void **state) {
    (void)state;
    static const struct {
        double r1, r2;
        int every;
    } weights[] = {{0.7, 0, 1}, {0.7, 0, 3}, {0, 0.6, 3}, {0.5, 0.6, 1}};
    int checked = 0;
    for (int i = 0; i < LISTS; i++)
        for (int k = 0; k < 4; k++) {
            gt_model_settings settings = settings_of(lists[i].generator, lists[i].discriminator,
                                                     lists[i].output, gt_objective_at(0));
            if (strstr(settings.discriminator.layers, "batchnorm") != NULL)
                continue;
            settings.discriminator.r1_gamma = weights[k].r1;
            settings.discriminator.r2_gamma = weights[k].r2;
            settings.discriminator.r1_every = weights[k].every;
            fixture *pair = open_gan_of(&settings);
            gt_network *d = &pair->gan->discriminator.network;
            discriminator_loss(pair->gan);
            gradient_check(lists[i].discriminator, penalised_loss, pair->gan, d->parameters,
                           d->gradients, d->parameter_count);
            close_gan(pair);
            checked++;
        }
    assert_int_equal(checked, 4 * (LISTS - 2));
}

/* Leaves in gradients what update `update` finds under that penalty. */
static size_t find_gradients(double gradients[200], double gamma, int every, uint64_t update) {
    gt_model_settings settings =
        settings_of("dense 4, tanh", "dense 6, tanh", "tanh", gt_objective_at(0));
    gt_gan_stats stats;
    settings.discriminator.r1_gamma = gamma;
    settings.discriminator.r1_every = every;
    fixture *pair = open_gan_of(&settings);
    const gt_network *d = &pair->gan->discriminator.network;
    size_t count = d->parameter_count;
    assert_true(count <= 200);
    gt_gan_draw_fake(pair->gan, GT_FOR_D, update);
    gt_gan_discriminator_step(&stats, pair->gan, update);
    memcpy(gradients, d->gradients, count * sizeof *gradients);
    close_gan(pair);
    return count;
}

/* At updates 0, 3, 6, ... with the weight of three; and 0 is as good as 1. */
static void the_penalty_comes_every_third_time(void **state) {
    (void)state;
    double plain[200], always[200], third[200], unset[200];
    for (uint64_t update = 0; update < 8; update++) {
        size_t count = find_gradients(plain, 0, 1, update);
        find_gradients(always, 0.5, 1, update);
        find_gradients(unset, 0.5, 0, update);
        find_gradients(third, 0.5, 3, update);
        assert_memory_equal(unset, always, count * sizeof *unset);
        double far = 0;
        for (size_t i = 0; i < count; i++) {
            double weight = update % 3 == 0 ? 3 : 0;
            far = fmax(far, fabs(always[i] - plain[i]));
            assert_true(fabs(third[i] - plain[i] - weight * (always[i] - plain[i])) < 1e-12);
        }
        assert_true(far > 0.01);
    }
}

/* Half way through the schedule the penalty's weight is the mean of its first and its last. */
static void the_penalty_falls_to_its_final_weight(void **state) {
    (void)state;
    const uint64_t updates[] = {0, 10, 20, 1000};
    const double weights[] = {1.5, 1, 0.5, 0.5};
    gt_model_settings settings =
        settings_of("dense 4, tanh", "dense 6, tanh", "tanh", gt_objective_at(0));
    for (int i = 0; i < 4; i++) {
        double plain[200], whole[200];
        gt_gan_stats stats;
        size_t count = find_gradients(plain, 0, 1, updates[i]);
        find_gradients(whole, 1, 1, updates[i]);
        settings.discriminator.r1_gamma = 1.5;
        settings.discriminator.r1_final = 0.5;
        fixture *pair = open_gan_of(&settings);
        gt_model_set_length(&pair->model, 20);
        gt_gan_draw_fake(pair->gan, GT_FOR_D, updates[i]);
        gt_gan_discriminator_step(&stats, pair->gan, updates[i]);
        const double *got = pair->gan->discriminator.network.gradients;
        for (size_t k = 0; k < count; k++)
            assert_true(fabs(got[k] - plain[k] - weights[i] * (whole[k] - plain[k])) < 1e-12);
        close_gan(pair);
    }
}

static void the_generator_step_through_both_networks(void **state) {
    (void)state;
    int objectives = 0;
    for (; gt_objective_at(objectives) != NULL; objectives++)
        for (int i = 0; i < LISTS; i++) {
            char what[160];
            fixture *pair = open_gan(lists[i].generator, lists[i].discriminator, lists[i].output,
                                     gt_objective_at(objectives));
            gt_network *g = &pair->gan->generator.network;
            generator_loss(pair->gan);
            snprintf(what, sizeof what, "%s, %s", gt_objective_at(objectives)->name,
                     lists[i].generator);
            gradient_check(what, generator_loss, pair->gan, g->parameters, g->gradients,
                           g->parameter_count);
            close_gan(pair);
        }
    assert_int_equal(objectives, 6);
}

/* Both gradients of a simultaneous step are those of the losses of one and the same pass. */
static double value_of_simultaneous_step(gt_gan *gan, bool of_generator) {
    gt_gan_stats stats;
    gt_gan_draw_fake(gan, GT_FOR_D, 0);
    gt_gan_simultaneous_step(&stats, gan, 0);
    return of_generator ? stats.g_loss : stats.d_loss;
}

static double simultaneous_d_loss(void *context) {
    return value_of_simultaneous_step(context, false);
}

static double simultaneous_g_loss(void *context) {
    return value_of_simultaneous_step(context, true);
}

static void the_simultaneous_step_of_both_networks(void **state) {
    (void)state;
    for (int k = 0; gt_objective_at(k) != NULL; k++)
        for (int i = 0; i < LISTS; i++) {
            fixture *pair = open_gan(lists[i].generator, lists[i].discriminator, lists[i].output,
                                     gt_objective_at(k));
            gt_network *d = &pair->gan->discriminator.network, *g = &pair->gan->generator.network;
            simultaneous_d_loss(pair->gan);
            gradient_check(lists[i].discriminator, simultaneous_d_loss, pair->gan, d->parameters,
                           d->gradients, d->parameter_count);
            simultaneous_g_loss(pair->gan);
            gradient_check(lists[i].generator, simultaneous_g_loss, pair->gan, g->parameters,
                           g->gradients, g->parameter_count);
            close_gan(pair);
        }
}

/* What a generator step sends back at the images is the loss's gradient there. */
static double loss_at_images(void *context) {
    gt_gan *gan = context;
    const gt_pass pass = {.training = true};
    double unused[BATCH];
    gt_network_forward(gan->logits + BATCH, &gan->discriminator.network, gt_gan_real(gan), BATCH,
                       &pass);
    gt_network_forward(gan->logits, &gan->discriminator.network, gan->images + BATCH * PIXELS,
                       BATCH, &pass);
    return gt_objective_generator(unused, gan->objective, gan->logits, BATCH);
}

static void images_of_the_generator_step(void **state) {
    (void)state;
    for (int i = 0; gt_objective_at(i) != NULL; i++) {
        fixture *pair =
            open_gan("dense 4, tanh", "dense 6, leaky_relu 0.2", "tanh", gt_objective_at(i));
        gt_gan *gan = pair->gan;
        const gt_pass pass = {.training = true};
        double *fake = gan->images + BATCH * PIXELS;
        gt_network_forward(fake, &gan->generator.network, gan->z, BATCH, &pass);
        loss_at_images(gan);
        gt_objective_generator(gan->dlogits, gan->objective, gan->logits, BATCH);
        gt_network_backward_to_input(gan->dimages, &gan->discriminator.network, fake, gan->logits,
                                     gan->dlogits, BATCH);
        gradient_check("images", loss_at_images, gan, fake, gan->dimages, BATCH * PIXELS);
        close_gan(pair);
    }
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_discriminator_step),
        cmocka_unit_test(the_discriminator_step_with_smoothed_labels),
        cmocka_unit_test(the_discriminator_step_with_its_penalties),
        cmocka_unit_test(the_penalty_comes_every_third_time),
        cmocka_unit_test(the_penalty_falls_to_its_final_weight),
        cmocka_unit_test(the_generator_step_through_both_networks),
        cmocka_unit_test(the_simultaneous_step_of_both_networks),
        cmocka_unit_test(images_of_the_generator_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
