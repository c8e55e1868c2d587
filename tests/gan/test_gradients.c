/* Gradients of whole chains against central differences in double: D's loss on real and fake images
 * with respect to every parameter of D, and each generator objective with respect to every
 * parameter of G, through G and D. The steps themselves are run, with a learning rate of 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gradient_check.h"

#include <stdio.h>

#include "gantrain/base/threads.h"
#include "gantrain/gan/gan.h"

enum { PIXELS = 5, LATENT = 3, BATCH = 4 };

typedef struct fixture {
    gt_gan gan;
    gt_arena arena;
} fixture;

static fixture *open_gan(const char *g_layers, const char *d_layers, const char *output,
                         const gt_objective *objective) {
    const gt_optimizer_settings still = {.lr = 0, .momentum = 0};
    const gt_gan_settings settings = {
        .generator = {LATENT, gt_prior_find("normal"), g_layers, gt_output_find(output),
                      gt_optimizer_kind_find("sgd"), still},
        .discriminator = {d_layers, gt_optimizer_kind_find("sgd"), still},
        .objective = objective,
        .batch = BATCH,
        .d_steps = 1,
        .seed = 3,
    };
    fixture *pair = calloc(1, sizeof *pair);
    gt_gan *gan = &pair->gan;
    gt_error error = {0};
    if (gt_gan_parse(gan, &settings, PIXELS, &error) != GT_OK)
        fail_msg("%s", error.message);
    gt_gan_carve(gan, &pair->arena);
    assert_int_equal(gt_arena_reserve(&pair->arena, NULL), GT_OK);
    gt_gan_carve(gan, &pair->arena);
    gradient_fill(gan->generator.mlp.parameters, gan->generator.mlp.parameter_count, 0.1, 0.9, 31);
    gradient_fill(gan->discriminator.mlp.parameters, gan->discriminator.mlp.parameter_count, 0.1,
                  0.9, 32);
    gradient_fill(gt_gan_real(gan), BATCH * PIXELS, 0.05, 1, 33);
    gradient_fill(gan->z, 2 * BATCH * LATENT, 0.1, 1.5, 34);
    return pair;
}

static void close_gan(fixture *pair) {
    gt_arena_release(&pair->arena);
    free(pair);
}

static double discriminator_loss(void *context) {
    gt_gan *gan = context;
    gt_figures figures;
    gt_gan_draw_fake(gan, GT_FOR_D, 0);
    gt_gan_discriminator_step(&figures, gan, 0);
    return figures.d_loss;
}

static double generator_loss(void *context) {
    gt_gan_draw_fake(context, GT_FOR_G, 0);
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
};
enum { LISTS = sizeof lists / sizeof *lists };

static void the_discriminator_step(void **state) {
    (void)state;
    for (int i = 0; i < LISTS; i++) {
        fixture *pair = open_gan(lists[i].generator, lists[i].discriminator, lists[i].output,
                                 gt_objective_at(0));
        gt_mlp *d = &pair->gan.discriminator.mlp;
        discriminator_loss(&pair->gan);
        gradient_check(lists[i].discriminator, discriminator_loss, &pair->gan, d->parameters,
                       d->gradients, d->parameter_count);
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
            gt_mlp *g = &pair->gan.generator.mlp;
            generator_loss(&pair->gan);
            snprintf(what, sizeof what, "%s, %s", gt_objective_at(objectives)->name,
                     lists[i].generator);
            gradient_check(what, generator_loss, &pair->gan, g->parameters, g->gradients,
                           g->parameter_count);
            close_gan(pair);
        }
    assert_true(objectives >= 2);
}

/* What a generator step sends back at the images is the loss's gradient there. */
static double loss_at_images(void *context) {
    gt_gan *gan = context;
    const gt_pass pass = {.training = true};
    double unused[BATCH];
    gt_mlp_forward(gan->logits, &gan->discriminator.mlp, gan->images + BATCH * PIXELS, BATCH,
                   &pass);
    return gt_objective_generator(unused, gan->objective, gan->logits, BATCH);
}

static void images_of_the_generator_step(void **state) {
    (void)state;
    for (int i = 0; gt_objective_at(i) != NULL; i++) {
        fixture *pair =
            open_gan("dense 4, tanh", "dense 6, leaky_relu 0.2", "tanh", gt_objective_at(i));
        gt_gan *gan = &pair->gan;
        const gt_pass pass = {.training = true};
        double *fake = gan->images + BATCH * PIXELS;
        gt_mlp_forward(fake, &gan->generator.mlp, gan->z, BATCH, &pass);
        loss_at_images(gan);
        gt_objective_generator(gan->dlogits, gan->objective, gan->logits, BATCH);
        gt_mlp_backward_to_input(gan->dimages, &gan->discriminator.mlp, fake, gan->logits,
                                 gan->dlogits, BATCH);
        gradient_check("images", loss_at_images, gan, fake, gan->dimages, BATCH * PIXELS);
        close_gan(pair);
    }
}

int main(void) {
    gt_threads_set(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_discriminator_step),
        cmocka_unit_test(the_generator_step_through_both_networks),
        cmocka_unit_test(images_of_the_generator_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
