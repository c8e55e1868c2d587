/* Algorithm 1: who is updated when, from which minibatch and which noise, and what each step leaves
 * alone, bit for bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "model/pair.h"

/* What happened, in order: a letter each, and numbers that belong to some. */
static struct {
    char events[512];
    gt_pass passes[64];
    int pass_count;
    uint64_t minibatches[64];
    int minibatch_count;
} record;

static void note(char event) {
    size_t length = strlen(record.events);
    assert_true(length + 1 < sizeof record.events);
    record.events[length] = event;
}

/* A layer that does nothing but note that a pass came by: forward with the letter that is its
 * argument, backward with the small one. */
static void spy_forward(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                        const gt_layer_memory *memory, const gt_pass *pass) {
    (void)memory;
    note((char)layer->arguments[0]);
    assert_in_range(record.pass_count, 0, 63);
    record.passes[record.pass_count++] = *pass;
    memmove(y, x, (size_t)batch * (size_t)gt_shape_size(layer->out) * sizeof *y);
}

static void spy_backward(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                         int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    (void)x, (void)y, (void)memory;
    note((char)tolower((int)layer->arguments[0]));
    memmove(dx, dy, (size_t)batch * (size_t)gt_shape_size(layer->out) * sizeof *dx);
}

static const gt_layer_kind spy = {
    .name = "spy", .element_wise = true, .forward = spy_forward, .backward = spy_backward};

/* In place of the hidden activation of both networks. */
static void place_spies(gt_gan *gan) {
    gt_layer *g = &gan->generator.network.layers[1], *d = &gan->discriminator.network.layers[1];
    g->kind = d->kind = &spy;
    g->arguments[0] = 'G';
    d->arguments[0] = 'D';
}

static void get_minibatch(void *context, gt_minibatch *minibatch, uint64_t number) {
    (void)context;
    note('x');
    assert_in_range(record.minibatch_count, 0, 63);
    record.minibatches[record.minibatch_count++] = number;
    fill_minibatch(minibatch->images, number);
}

static const gt_minibatch_source source = {.get = get_minibatch};

/* A pair of which nothing has been noted yet. */
static fixture *open_noted_of(const gt_model_settings *settings) {
    fixture *pair = open_gan_of(settings);
    memset(&record, 0, sizeof record);
    return pair;
}

static fixture *open_noted(int d_steps) {
    gt_model_settings settings = default_settings(d_steps);
    return open_noted_of(&settings);
}

/* Iteration 0 first: then gradients and optimizer states are not what they began as. */
static void ready_generator_step(gt_gan *gan) {
    gt_gan_stats stats;
    gt_gan_iterate(&stats, gan, &source, 0);
    gt_generator_draw_latent(gan->z, &gan->generator, (gt_address){.seed = 5}, 2 * BATCH);
    gt_gan_draw_fake(gan, GT_FOR_BOTH, 1);
}

static void generator_step_leaves_the_discriminator_alone(void **state) {
    (void)state;
    for (int i = 0; gt_objective_at(i) != NULL; i++) {
        fixture *pair = open_noted(1);
        gt_network *d = &pair->gan->discriminator.network, *g = &pair->gan->generator.network;
        pair->gan->objective = gt_objective_at(i);
        ready_generator_step(pair->gan);
        gt_real *parameters = copy_of(d->parameters, d->parameter_count);
        gt_real *gradients = copy_of(d->gradients, d->parameter_count);
        gt_real *state_1 =
            copy_of(pair->gan->discriminator.optimizer.states[1], d->parameter_count);
        gt_real *generator = copy_of(g->parameters, g->parameter_count);
        gt_gan_generator_step(pair->gan, 1);
        assert_true(same_bits(parameters, d->parameters, d->parameter_count));
        assert_true(same_bits(gradients, d->gradients, d->parameter_count));
        assert_true(
            same_bits(state_1, pair->gan->discriminator.optimizer.states[1], d->parameter_count));
        assert_int_equal(pair->gan->discriminator.optimizer.updates, 1);
        assert_false(same_bits(generator, g->parameters, g->parameter_count));
        free(parameters), free(gradients), free(state_1), free(generator);
        close_gan(pair);
    }
}

static void discriminator_step_leaves_the_generator_alone(void **state) {
    (void)state;
    fixture *pair = open_noted(1);
    gt_network *d = &pair->gan->discriminator.network, *g = &pair->gan->generator.network;
    gt_gan_stats stats;
    ready_generator_step(pair->gan);
    gt_real *parameters = copy_of(g->parameters, g->parameter_count);
    gt_real *gradients = copy_of(g->gradients, g->parameter_count);
    gt_real *discriminator = copy_of(d->parameters, d->parameter_count);
    gt_gan_discriminator_step(&stats, pair->gan, 1);
    assert_true(same_bits(parameters, g->parameters, g->parameter_count));
    assert_true(same_bits(gradients, g->gradients, g->parameter_count));
    assert_int_equal(pair->gan->generator.optimizer.updates, 1);
    assert_false(same_bits(discriminator, d->parameters, d->parameter_count));
    free(parameters), free(gradients), free(discriminator);
    close_gan(pair);
}

/* Both networks move towards what they are asked for. */
static void each_step_descends_its_own_loss(void **state) {
    (void)state;
    for (int i = 0; gt_objective_at(i) != NULL; i++) {
        fixture *pair = open_noted(1);
        gt_gan_stats before, after;
        pair->gan->objective = gt_objective_at(i);
        pair->gan->generator.optimizer.settings.lr = 1e-4;
        pair->gan->discriminator.optimizer.settings.lr = 1e-4;
        ready_generator_step(pair->gan);
        gt_gan_discriminator_step(&before, pair->gan, 1);
        gt_gan_discriminator_step(&after, pair->gan, 2);
        assert_true(after.d_loss < before.d_loss);
        double first = gt_gan_generator_step(pair->gan, 1);
        gt_gan_draw_fake(pair->gan, GT_FOR_G, 2);
        double second = gt_gan_generator_step(pair->gan, 2);
        assert_true(second < first);
        close_gan(pair);
    }
}

static void an_iteration_is_k_discriminator_updates_and_one_of_the_generator(void **state) {
    (void)state;
    const char *const expected[] = {"", "xGDdDdg", "xGDdxGDdDdg", "xGDdxGDdxGDdDdg"};
    for (int k = 1; k <= 3; k++) {
        fixture *pair = open_noted(k);
        place_spies(pair->gan);
        for (uint64_t iteration = 0; iteration < 2; iteration++) {
            gt_gan_stats stats;
            memset(record.events, 0, sizeof record.events);
            gt_gan_iterate(&stats, pair->gan, &source, iteration);
            assert_string_equal(record.events, expected[k]);
            assert_int_equal(pair->gan->discriminator.optimizer.updates, (iteration + 1) * k);
            assert_int_equal(pair->gan->generator.optimizer.updates, iteration + 1);
        }
        close_gan(pair);
    }
}

/* The same as G's update first and then D's, on images that G made before. */
static void in_a_simultaneous_step_each_network_learns_from_the_other_as_it_was(void **state) {
    (void)state;
    gt_gan_stats once, apart;
    fixture *simultaneous = open_noted(1), *one_by_one = open_noted(1);
    fixture *const pairs[] = {simultaneous, one_by_one};
    for (int i = 0; i < 2; i++) {
        gt_gan *gan = pairs[i]->gan;
        ready_generator_step(gan);
        memcpy(gt_gan_z(gan, GT_FOR_D), gt_gan_z(gan, GT_FOR_G), BATCH * LATENT * sizeof *gan->z);
        gt_gan_draw_fake(gan, i == 0 ? GT_FOR_D : GT_FOR_BOTH, 1);
    }
    gt_gan_simultaneous_step(&once, simultaneous->gan, 1);
    double g_loss = gt_gan_generator_step(one_by_one->gan, 1);
    gt_gan_discriminator_step(&apart, one_by_one->gan, 1);
    assert_float_equal(once.g_loss, g_loss, 1e-6);
    assert_float_equal(once.d_loss, apart.d_loss, 1e-6);
    for (int network = 0; network < 2; network++) {
        const gt_network *a = network == 0 ? &simultaneous->gan->generator.network
                                           : &simultaneous->gan->discriminator.network;
        const gt_network *b = network == 0 ? &one_by_one->gan->generator.network
                                           : &one_by_one->gan->discriminator.network;
        for (size_t k = 0; k < a->parameter_count; k++)
            assert_float_equal(a->parameters[k], b->parameters[k], 1e-6);
    }
    close_gan(simultaneous);
    close_gan(one_by_one);
}

/* What is said of the images of an iteration is said of all of them, and of no others. */
static void the_images_of_an_iteration_are_those_it_drew(void **state) {
    (void)state;
    for (int simultaneous = 0; simultaneous <= 1; simultaneous++) {
        gt_model_settings settings = default_settings(1);
        gt_gan_stats stats;
        const int count = simultaneous ? BATCH : 2 * BATCH;
        settings.simultaneous = simultaneous == 1;
        fixture *pair = open_noted_of(&settings);
        for (int i = 0; i < 2 * BATCH * PIXELS; i++)
            pair->gan->images[i] = NAN;
        assert_false(gt_gan_fakes_are_finite(pair->gan));
        gt_gan_iterate(&stats, pair->gan, &source, 0);
        assert_true(gt_gan_fakes_are_finite(pair->gan));
        gt_real *fakes = gt_gan_real(pair->gan) - count * PIXELS; /* the rows before */
        for (int i = 0; i < count * PIXELS; i += count * PIXELS - 1) {
            gt_real number = fakes[i];
            fakes[i] = NAN;
            assert_false(gt_gan_fakes_are_finite(pair->gan));
            fakes[i] = number;
        }
        close_gan(pair);
    }
}

/* With batchnorm in G its images for either step are made apart; with it in D real and fake images
 * pass apart; and a penalty is one more pass up and two down. The last of simultaneous updates goes
 * back through D twice: to its parameters, and on to G's. */
static void passes_that_would_share_statistics_are_run_apart(void **state) {
    (void)state;
    const struct {
        bool simultaneous;
        const char *generator, *discriminator;
        double r1_gamma;
        const char *events;
    } cases[] = {
        {false, "dense 5, relu, batchnorm", "dense 7, relu", 0, "xGDdxGGDdDdg"},
        {false, "dense 5, relu", "dense 7, relu, batchnorm", 0, "xGDdDdxGDdDdDdg"},
        {false, "dense 5, relu, batchnorm", "dense 7, relu, batchnorm", 0, "xGDdDdxGGDdDdDdg"},
        {false, "dense 5, relu", "dense 7, relu", 2, "xGDdDddxGDdDddDdg"},
        {true, "dense 5, relu", "dense 7, relu", 0, "xGDdxGDddg"},
        {true, "dense 5, relu, batchnorm", "dense 7, relu", 0, "xGDdxGDddg"},
        {true, "dense 5, relu", "dense 7, relu, batchnorm", 0, "xGDdDdxGDddgDd"},
        {true, "dense 5, relu", "dense 7, relu", 2, "xGDdDddxGDddgDdd"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_model_settings settings = default_settings(2);
        gt_gan_stats stats;
        settings.simultaneous = cases[i].simultaneous;
        settings.generator.layers = cases[i].generator;
        settings.discriminator.layers = cases[i].discriminator;
        settings.discriminator.r1_gamma = cases[i].r1_gamma;
        fixture *pair = open_noted_of(&settings);
        place_spies(pair->gan);
        gt_gan_iterate(&stats, pair->gan, &source, 0);
        assert_string_equal(record.events, cases[i].events);
        assert_int_equal(pair->gan->discriminator.optimizer.updates, 2);
        assert_int_equal(pair->gan->generator.optimizer.updates, 1);
        assert_true(stats.d_loss > 0 && stats.g_loss > 0);
        /* No row of no pass has the address of another's. */
        for (int k = 0; k < record.pass_count; k++)
            for (int other = 0; other < k; other++) {
                const gt_address *a = &record.passes[k].address, *b = &record.passes[other].address;
                assert_true(a->step != b->step || a->example != b->example);
                assert_true(a->example % BATCH == 0 && b->example % BATCH == 0);
            }
        close_gan(pair);
    }
}

/* What D says of the real images does not depend on the fake ones. */
static void batchnorm_takes_real_and_fake_images_for_two_minibatches(void **state) {
    (void)state;
    double d_real[2], d_fake[2];
    for (int i = 0; i < 2; i++) {
        gt_model_settings settings = default_settings(1);
        gt_gan_stats stats;
        settings.discriminator.layers = "dense 7, batchnorm, leaky_relu 0.2";
        fixture *pair = open_noted_of(&settings);
        get_minibatch(NULL, &(gt_minibatch){.images = gt_gan_real(pair->gan)}, 3);
        gt_generator_draw_latent(gt_gan_z(pair->gan, GT_FOR_D), &pair->gan->generator,
                                 (gt_address){.seed = (uint64_t)i}, BATCH);
        gt_gan_draw_fake(pair->gan, GT_FOR_D, 0);
        gt_gan_discriminator_step(&stats, pair->gan, 0);
        d_real[i] = stats.d_real;
        d_fake[i] = stats.d_fake;
        close_gan(pair);
    }
    assert_true(d_real[0] == d_real[1]);
    assert_true(d_fake[0] != d_fake[1]);
}

/* Noise inside G: D's images are the same whether drawn alone or with those of G's step, and no two
 * masks are alike, of D's rows, of G's, and of the next update. */
static void images_with_noise_do_not_depend_on_how_they_are_drawn(void **state) {
    (void)state;
    gt_model_settings settings = default_settings(1);
    settings.generator.layers = "dense 40, dropout 0.5";
    fixture *pair = open_noted_of(&settings);
    gt_gan *gan = pair->gan;
    gt_real together[2 * BATCH * PIXELS];
    for (int i = 0; i < 2 * BATCH * LATENT; i++)
        gan->z[i] = 1; /* so that masks alone tell rows apart */
    gt_gan_draw_fake(gan, GT_FOR_BOTH, 4);
    memcpy(together, gan->images, sizeof together);
    memset(gan->images, 0, sizeof together);
    gt_gan_draw_fake(gan, GT_FOR_D, 4);
    gt_gan_draw_fake(gan, GT_FOR_G, 4);
    for (int i = 0; i < 2 * BATCH * PIXELS; i++)
        assert_float_equal(gan->images[i], together[i], 1e-6);
    for (int row = 0; row < 2 * BATCH; row++)
        for (int other = 0; other < row; other++)
            assert_memory_not_equal(together + row * PIXELS, together + other * PIXELS,
                                    PIXELS * sizeof *together);
    gt_gan_draw_fake(gan, GT_FOR_BOTH, 5);
    for (int row = 0; row < 2 * BATCH; row++)
        assert_memory_not_equal(together + row * PIXELS, gan->images + row * PIXELS,
                                PIXELS * sizeof *together);
    close_gan(pair);
}

static void each_discriminator_update_asks_for_the_next_minibatch(void **state) {
    (void)state;
    for (int k = 1; k <= 3; k++) {
        fixture *pair = open_noted(k);
        gt_gan_stats stats;
        for (uint64_t iteration = 5; iteration < 9; iteration++)
            gt_gan_iterate(&stats, pair->gan, &source, iteration);
        assert_int_equal(record.minibatch_count, 4 * k);
        for (int i = 0; i < 4 * k; i++)
            assert_int_equal(record.minibatches[i], 5 * k + i);
        close_gan(pair);
    }
}

/* Layers that draw noise get an address of their own for every pass there ever is. */
static void every_pass_has_its_own_address(void **state) {
    (void)state;
    for (int k = 1; k <= 3; k++) {
        fixture *pair = open_noted(k);
        place_spies(pair->gan);
        gt_gan_stats stats;
        for (uint64_t iteration = 0; iteration < 5; iteration++)
            gt_gan_iterate(&stats, pair->gan, &source, iteration);
        assert_int_equal(record.pass_count, 5 * (2 * k + 1));
        for (int i = 0; i < record.pass_count; i++) {
            const gt_pass *pass = &record.passes[i];
            assert_true(pass->training);
            assert_int_equal(pass->address.seed, SEED);
            assert_int_equal(pass->address.purpose, GT_PURPOSE_PASS);
            /* The rows behind those for G's step, where D's are drawn alone. */
            assert_true(pass->address.example == 0 || pass->address.example == BATCH);
            for (int other = 0; other < i; other++)
                assert_int_not_equal(pass->address.step, record.passes[other].address.step);
        }
        close_gan(pair);
    }
}

/* An iteration is what a caller with the same minibatches and noise makes of its halves. */
static void an_iteration_is_made_of_its_two_steps(void **state) {
    (void)state;
    enum { K = 2, ITERATIONS = 3 };
    fixture *whole = open_noted(K), *halves = open_noted(K);
    for (uint64_t iteration = 0; iteration < ITERATIONS; iteration++) {
        gt_gan_stats stats, mean = {0}, step;
        gt_gan *gan = halves->gan;
        gt_gan_iterate(&stats, whole->gan, &source, iteration);
        for (uint64_t k = 0; k < K; k++) {
            uint64_t update = iteration * K + k;
            gt_address noise = {SEED, GT_PURPOSE_LATENT_D, update, 0};
            gt_address g_noise = {SEED, GT_PURPOSE_LATENT_G, iteration, 0};
            get_minibatch(NULL, &(gt_minibatch){.images = gt_gan_real(gan)}, update);
            gt_random_normal(gt_gan_z(gan, GT_FOR_D), NULL, noise, BATCH, LATENT);
            gt_random_normal(gt_gan_z(gan, GT_FOR_G), NULL, g_noise, BATCH, LATENT);
            gt_gan_draw_fake(gan, k < K - 1 ? GT_FOR_D : GT_FOR_BOTH, update);
            gt_gan_discriminator_step(&step, gan, update);
            mean.d_loss += step.d_loss / K;
            mean.value += step.value / K;
            mean.d_real += step.d_real / K;
            mean.d_fake += step.d_fake / K;
        }
        mean.g_loss = gt_gan_generator_step(gan, iteration);
        assert_memory_equal(&stats, &mean, sizeof mean);
        assert_same_networks(whole->gan, halves->gan);
    }
    close_gan(whole);
    close_gan(halves);
}

static void the_same_seed_repeats_whatever_is_sampled_in_between(void **state) {
    (void)state;
    fixture *plain = open_noted(2), *sampled = open_noted(2);
    for (uint64_t iteration = 0; iteration < 4; iteration++) {
        gt_gan_stats stats, others;
        gt_gan *gan = sampled->gan;
        gt_gan_iterate(&stats, plain->gan, &source, iteration);
        gt_gan_iterate(&others, gan, &source, iteration);
        assert_memory_equal(&stats, &others, sizeof stats);
        gt_address noise = {SEED, GT_PURPOSE_LATENT_GRID, 0, 0};
        const gt_pass sampling = {.training = false};
        for (uint64_t i = 0; i < iteration; i++) {
            gt_generator_draw_latent(gan->z, &gan->generator, noise, BATCH);
            gt_network_forward(gan->images, &gan->generator.network, gan->z, BATCH, &sampling);
        }
    }
    assert_same_networks(plain->gan, sampled->gan);

    gt_model_settings settings = default_settings(2);
    settings.seed++;
    fixture *other = open_noted_of(&settings);
    assert_false(same_bits(other->gan->generator.network.parameters,
                           plain->gan->generator.network.parameters, LATENT * 5));
    close_gan(plain);
    close_gan(sampled);
    close_gan(other);
}

static void the_discriminator_step_takes_what_was_drawn_and_the_real_images(void **state) {
    (void)state;
    fixture *pair = open_noted(1);
    gt_gan *gan = pair->gan;
    gt_real real[BATCH * PIXELS], fake[BATCH * PIXELS];
    const gt_pass pass = {.training = true};
    gt_gan_stats stats;
    gt_real logits[2 * BATCH];
    get_minibatch(NULL, &(gt_minibatch){.images = gt_gan_real(gan)}, 3);
    memcpy(real, gt_gan_real(gan), sizeof real);
    gt_real *z = gt_gan_z(gan, GT_FOR_D);
    gt_generator_draw_latent(z, &gan->generator, (gt_address){.seed = 9}, BATCH);
    gt_network_forward(fake, &gan->generator.network, z, BATCH, &pass);
    gt_network_forward(logits, &gan->discriminator.network, fake, BATCH, &pass);
    gt_network_forward(logits + BATCH, &gan->discriminator.network, real, BATCH, &pass);
    gt_gan_draw_fake(gan, GT_FOR_D, 0);
    gt_gan_discriminator_step(&stats, gan, 0);
    assert_memory_equal(gt_gan_real(gan), real, sizeof real);
    assert_memory_equal(gan->images + BATCH * PIXELS, fake, sizeof fake);
    for (int i = 0; i < 2 * BATCH; i++)
        assert_float_equal(gan->logits[i], logits[i], 1e-5);
    close_gan(pair);
}

/* Opens a model and closes it again. */
static gt_status try_to_open(const gt_model_settings *settings, gt_error *error) {
    const gt_image_spec spec = {.shape = gt_shape_of_vector(PIXELS)};
    gt_model model;
    gt_status status = gt_model_open(&model, settings, &spec, &test_compute, GT_MODEL_TRAIN, error);
    gt_model_close(&model);
    return status;
}

static void a_bad_layer_list_is_told_with_the_network_it_is_for(void **state) {
    (void)state;
    gt_error error = {0};
    gt_model_settings settings = default_settings(1);
    settings.generator.layers = "dense 5, swish";
    assert_int_equal(try_to_open(&settings, &error), GT_USAGE);
    assert_int_equal(strncmp(error.message, "[generator] layers: layer 2: 'swish'", 36), 0);
    settings = default_settings(1);
    settings.discriminator.layers = "dense";
    assert_int_equal(try_to_open(&settings, &error), GT_USAGE);
    assert_int_equal(strncmp(error.message, "[discriminator] layers: layer 1: 'dense'", 40), 0);

    static char longest[4096];
    memset(longest, ' ', sizeof longest - 1);
    settings.discriminator.layers = longest;
    assert_int_equal(try_to_open(&settings, &error), GT_USAGE);
    assert_non_null(strstr(error.message, "over-long"));
    settings.generator.layers = longest;
    assert_int_equal(try_to_open(&settings, &error), GT_USAGE);
    assert_non_null(strstr(error.message, "[generator]"));
}

static void a_penalty_with_batchnorm_is_refused(void **state) {
    (void)state;
    gt_error error = {0};
    gt_model_settings settings = default_settings(1);
    settings.discriminator.layers = "dense 5, batchnorm, relu";
    assert_int_equal(try_to_open(&settings, &error), GT_OK);
    settings.discriminator.r1_gamma = 0.1;
    assert_int_equal(try_to_open(&settings, &error), GT_USAGE);
    assert_non_null(strstr(error.message, "[discriminator]"));
    assert_non_null(strstr(error.message, "batchnorm couples"));
    assert_non_null(strstr(error.message, "r1_gamma = 0"));
    settings.generator.layers = settings.discriminator.layers;
    settings.discriminator.layers = "dense 5, relu";
    assert_int_equal(try_to_open(&settings, &error), GT_OK);
}

struct names {
    char text[4096];
};

static gt_status add_name(void *context, const gt_tensor *tensor, gt_error *error) {
    struct names *names = context;
    size_t used = strlen(names->text);
    (void)error;
    snprintf(names->text + used, sizeof names->text - used, "%s ", tensor->name);
    assert_non_null(tensor->values);
    return GT_OK;
}

static void all_tensors_of_both_networks_are_shown(void **state) {
    (void)state;
    fixture *pair = open_noted(1);
    struct names names = {""};
    assert_int_equal(gt_model_visit(&pair->model, false, add_name, &names, NULL), GT_OK);
    assert_string_equal(
        names.text,
        "generator.0.weight generator.0.bias generator.2.weight generator.2.bias "
        "generator.optimizer.m.0.weight generator.optimizer.m.0.bias "
        "generator.optimizer.m.2.weight generator.optimizer.m.2.bias "
        "generator.optimizer.v.0.weight generator.optimizer.v.0.bias "
        "generator.optimizer.v.2.weight generator.optimizer.v.2.bias "
        "discriminator.0.weight discriminator.0.bias discriminator.2.weight discriminator.2.bias "
        "discriminator.optimizer.m.0.weight discriminator.optimizer.m.0.bias "
        "discriminator.optimizer.m.2.weight discriminator.optimizer.m.2.bias "
        "discriminator.optimizer.v.0.weight discriminator.optimizer.v.0.bias "
        "discriminator.optimizer.v.2.weight discriminator.optimizer.v.2.bias ");
    close_gan(pair);
}

static void the_average_and_what_batchnorm_remembers_are_shown_too(void **state) {
    (void)state;
    gt_model_settings settings = default_settings(1);
    settings.generator.layers = "dense 5, batchnorm";
    settings.generator.optimizer = gt_optimizer_kind_find("sgd");
    settings.generator.rates.average_decay = 0.9;
    settings.discriminator.layers = "dropout 0.5, maxout 2 3";
    settings.discriminator.optimizer = gt_optimizer_kind_find("sgd");
    fixture *pair = open_noted_of(&settings);
    struct names names = {""};
    assert_int_equal(gt_model_visit(&pair->model, false, add_name, &names, NULL), GT_OK);
    assert_string_equal(names.text,
                        "generator.0.weight generator.0.bias generator.1.weight generator.1.bias "
                        "generator.1.running_mean generator.1.running_var generator.2.weight "
                        "generator.2.bias generator.optimizer.velocity.0.weight "
                        "generator.optimizer.velocity.0.bias generator.optimizer.velocity.1.weight "
                        "generator.optimizer.velocity.1.bias generator.optimizer.velocity.2.weight "
                        "generator.optimizer.velocity.2.bias generator.ema.0.weight "
                        "generator.ema.0.bias generator.ema.1.weight generator.ema.1.bias "
                        "generator.ema.2.weight generator.ema.2.bias discriminator.1.weight "
                        "discriminator.1.bias discriminator.2.weight discriminator.2.bias "
                        "discriminator.optimizer.velocity.1.weight "
                        "discriminator.optimizer.velocity.1.bias "
                        "discriminator.optimizer.velocity.2.weight "
                        "discriminator.optimizer.velocity.2.bias ");
    close_gan(pair);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generator_step_leaves_the_discriminator_alone),
        cmocka_unit_test(discriminator_step_leaves_the_generator_alone),
        cmocka_unit_test(each_step_descends_its_own_loss),
        cmocka_unit_test(an_iteration_is_k_discriminator_updates_and_one_of_the_generator),
        cmocka_unit_test(in_a_simultaneous_step_each_network_learns_from_the_other_as_it_was),
        cmocka_unit_test(the_images_of_an_iteration_are_those_it_drew),
        cmocka_unit_test(passes_that_would_share_statistics_are_run_apart),
        cmocka_unit_test(batchnorm_takes_real_and_fake_images_for_two_minibatches),
        cmocka_unit_test(images_with_noise_do_not_depend_on_how_they_are_drawn),
        cmocka_unit_test(each_discriminator_update_asks_for_the_next_minibatch),
        cmocka_unit_test(every_pass_has_its_own_address),
        cmocka_unit_test(an_iteration_is_made_of_its_two_steps),
        cmocka_unit_test(the_same_seed_repeats_whatever_is_sampled_in_between),
        cmocka_unit_test(the_discriminator_step_takes_what_was_drawn_and_the_real_images),
        cmocka_unit_test(a_bad_layer_list_is_told_with_the_network_it_is_for),
        cmocka_unit_test(a_penalty_with_batchnorm_is_refused),
        cmocka_unit_test(all_tensors_of_both_networks_are_shown),
        cmocka_unit_test(the_average_and_what_batchnorm_remembers_are_shown_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
