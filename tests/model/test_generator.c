/* The generator on its own: where its noise comes from, what its output begins with, and the
 * average of its weights that samples are drawn with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compute.h"
#include "model/pair.h"

static void get_minibatch(void *context, gt_minibatch *minibatch, uint64_t number) {
    (void)context;
    fill_minibatch(minibatch->images, number);
}

static const gt_minibatch_source source = {.get = get_minibatch};

/* Both priors have mean 0 and variance 1, as the table promises. */
static void latent_vectors_come_from_the_prior(void **state) {
    (void)state;
    static gt_real z[2000][LATENT];
    for (int i = 0; gt_prior_at(i) != NULL; i++) {
        assert_ptr_equal(gt_prior_find(gt_prior_at(i)->name), gt_prior_at(i));
        gt_generator generator = {.prior = gt_prior_at(i),
                                  .network = {.in = LATENT, .compute = &test_compute}};
        gt_generator_draw_latent(&z[0][0], &generator, (gt_address){.seed = 3}, 2000);
        double mean = 0, square = 0;
        for (int k = 0; k < 2000 * LATENT; k++) {
            double number = (double)z[k / LATENT][k % LATENT];
            mean += number / (2000 * LATENT);
            square += number * number / (2000 * LATENT);
        }
        assert_true(fabs(mean) < 0.065 && fabs(square - 1) < 0.09);
        gt_real row[LATENT];
        gt_generator_draw_latent(row, &generator, (gt_address){.seed = 3, .example = 77}, 1);
        assert_memory_equal(row, z[77], sizeof row);
    }
    assert_null(gt_prior_find("cauchy"));
}

/* With no other weights the first images are the marginals, but never quite black or white. */
static void the_output_begins_at_the_marginals(void **state) {
    (void)state;
    const double marginals[PIXELS] = {0, 0.001, 0.25, 0.5, 0.9, 1};
    for (int k = 0; gt_output_at(k) != NULL; k++) {
        const gt_output *output = gt_output_at(k);
        gt_model_settings settings = default_settings(1);
        const gt_pass pass = {.training = true};
        settings.generator.output = output;
        settings.generator.starts_at_means = true;
        fixture *pair = open_gan_of(&settings);
        gt_network *g = &pair->gan->generator.network;
        gt_model_init(&pair->model, marginals);
        int last_dense = g->layer_count - 1 - output->is_layer;
        gt_real *bias = gt_network_tensor(g, &g->layers[last_dense].tensors[1]);
        for (gt_real *number = g->parameters; number < bias; number++)
            *number = 0;
        gt_network_forward(pair->gan->images, g, pair->gan->z, 1, &pass);
        for (int i = 0; i < PIXELS; i++) {
            double low = (double)output->low, high = (double)output->high;
            double pixel = ((double)pair->gan->images[i] - low) / (high - low);
            assert_true(fabs(pixel - marginals[i]) < 5e-7);
        }
        assert_true(output->high > pair->gan->images[4] && pair->gan->images[1] > output->low);
        /* log(1e-7 / (1 - 1e-7)), of which tanh needs a half; without either, the pixel itself. */
        double most = strcmp(output->name, "tanh") == 0 ? 8.05904777547 : 16.1180955509;
        double least = output->is_layer ? -most : 1e-7;
        most = output->is_layer ? most : 1 - 1e-7;
        assert_true(fabs((double)bias[0] - least) < 1e-5 && fabs((double)bias[5] - most) < 1e-5);
        close_gan(pair);
    }
}

/* Shapes a generator of grey images of 28 x 28, or fails with what is in the error. */
static gt_status parse_images(gt_generator *generator, const char *layers, gt_error *error) {
    gt_model_settings settings = default_settings(1);
    settings.generator.layers = layers;
    return gt_generator_parse(generator, &settings.generator, (gt_shape){1, 28, 28}, error);
}

static void the_last_layers_are_implied(void **state) {
    (void)state;
    static const struct {
        const char *layers;
        int count;
        const char *last;
    } cases[] = {
        {"dense 5", 3, "dense"},
        {"dense 784", 3, "dense"},
        {"dense 16, image 4x2x2, flatten", 5, "dense"},
        {"dense 784, image 1x28x28", 3, "image"},
        {"image 3x1x1, deconv 8 7 pad 0, deconv 8 4 stride 2, deconv 1 4 stride 2", 5, "deconv"},
        {"dense 49, image 1x7x7, upsample 2, upsample 2", 5, "upsample"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_generator generator;
        gt_error error = {0};
        if (parse_images(&generator, cases[i].layers, &error) != GT_OK)
            fail_msg("%s: %s", cases[i].layers, error.message);
        const gt_network *network = &generator.network;
        assert_int_equal(network->layer_count, cases[i].count);
        assert_int_equal(network->out, 784);
        assert_string_equal(network->layers[network->layer_count - 1].kind->name, "tanh");
        assert_string_equal(network->layers[network->layer_count - 2].kind->name, cases[i].last);
    }
}

static void an_image_of_another_shape_is_refused(void **state) {
    (void)state;
    gt_generator generator;
    gt_error error = {0};
    assert_int_equal(
        parse_images(&generator, "dense 196, image 4x7x7, deconv 1 4 stride 2", &error), GT_USAGE);
    const char *const words[] = {"1x14x14", "1x28x28", "'flatten'", "'dense 784'"};
    for (int i = 0; i < 4; i++)
        if (strstr(error.message, words[i]) == NULL)
            fail_msg("'%s' does not say %s", error.message, words[i]);
}

/* With no other weights the first images are each channel's mean. */
static void channels_begin_at_their_means(void **state) {
    (void)state;
    const double marginals[PIXELS] = {0.1, 0.8, 0.2, 0.7, 0.6, 0.9}; /* 3 pixels, 2 channels */
    gt_model_settings settings = default_settings(1);
    gt_generator generator;
    gt_arena arena = {0};
    gt_real z[LATENT] = {1, 2, 3}, images[PIXELS];
    settings.generator.layers = "dense 9, image 3x1x3, conv 2 1";
    assert_int_equal(gt_generator_parse(&generator, &settings.generator, (gt_shape){2, 1, 3}, NULL),
                     GT_OK);
    generator.network.compute = &test_compute;
    for (int pass = 0; pass < 2; pass++) {
        gt_network_carve(&generator.network, &arena, 1, true);
        if (pass == 0)
            assert_int_equal(gt_arena_reserve(&arena, NULL), GT_OK);
    }
    gt_generator_set_means(&generator, marginals);
    gt_network_forward(images, &generator.network, z, 1, &(gt_pass){.training = false});
    for (int i = 0; i < PIXELS; i++)
        assert_true(fabs(((double)images[i] + 1) / 2 - (i % 2 ? 0.8 : 0.3)) < 1e-6);
    gt_arena_release(&arena);
}

/* The average of G's weights: those it began with, then nearer to each new ones by 1 - d. */
static void the_average_follows_the_weights(void **state) {
    (void)state;
    const double decay = 0.5;
    const double expected[] = {2.0 / 11, 3.0 / 12, 4.0 / 13, 5.0 / 14, 6.0 / 15,
                               7.0 / 16, 8.0 / 17, 9.0 / 18, 0.5,      0.5};
    const double marginals[PIXELS] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
    gt_model_settings settings = default_settings(1);
    settings.generator.rates.average_decay = decay;
    fixture *pair = open_gan_of(&settings), *plain = open_gan(1);
    gt_model_init(&pair->model, marginals);
    gt_model_init(&plain->model, marginals);
    const gt_network *g = &pair->gan->generator.network;
    const gt_real *average = pair->gan->generator.optimizer.average;
    double direct[100], distance = 0;
    assert_true(g->parameter_count <= 100);
    assert_null(plain->gan->generator.optimizer.average);
    assert_null(pair->gan->discriminator.optimizer.average);
    assert_true(same_bits(average, g->parameters, g->parameter_count));
    for (size_t i = 0; i < g->parameter_count; i++)
        direct[i] = (double)g->parameters[i];
    for (uint64_t iteration = 0; iteration < 10; iteration++) {
        gt_gan_stats stats;
        gt_gan_iterate(&stats, pair->gan, &source, iteration);
        gt_gan_iterate(&stats, plain->gan, &source, iteration);
        for (size_t i = 0; i < g->parameter_count; i++) {
            double w = (double)g->parameters[i];
            direct[i] = expected[iteration] * direct[i] + (1 - expected[iteration]) * w;
            assert_true(fabs((double)average[i] - direct[i]) < 1e-6);
            distance = fmax(distance, fabs(direct[i] - w));
        }
    }
    assert_true(distance > 0.005);
    assert_same_networks(pair->gan, plain->gan); /* it changes nothing else */
    close_gan(pair);
    close_gan(plain);
}

/* Both the numbers and their copies in bf16 are those of the average, and then again the weights.
 */
static void the_average_takes_the_place_of_the_weights_and_gives_it_back(void **state) {
    (void)state;
    const gt_compute rounding = {.precision = GT_BF16}; /* no product is made */
    gt_model_settings settings = default_settings(1);
    settings.generator.rates.average_decay = 0.9;
    const double marginals[PIXELS] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
    settings.generator.starts_at_means = true;
    fixture *pair = open_gan_on(&settings, &rounding);
    gt_generator *g = &pair->gan->generator;
    size_t count = g->network.parameter_count;
    gt_bf16 expected[100], rounded_average[100];
    assert_true(count <= 100);
    gt_model_init(&pair->model, marginals);
    gt_bf16_round(expected, g->network.parameters, (long)count);
    assert_memory_equal(g->network.rounded, expected, count * sizeof *expected);

    for (size_t i = 0; i < count; i++)
        g->network.gradients[i] = (gt_real)sin((double)i + 1);
    for (int step = 0; step < 5; step++)
        gt_optimizer_step(&g->optimizer, test_compute.team, g->network.parameters,
                          g->network.gradients, count);
    gt_real *weights = copy_of(g->network.parameters, count);
    gt_real *average = copy_of(g->optimizer.average, count);
    gt_bf16_round(expected, weights, (long)count);
    gt_bf16_round(rounded_average, average, (long)count);
    assert_memory_not_equal(expected, rounded_average, count * sizeof *expected);
    for (int round = 0; round < 2; round++) {
        assert_true(same_bits(g->network.parameters, weights, count));
        assert_memory_equal(g->network.rounded, expected, count * sizeof *expected);
        gt_model_use_average(&pair->model, true);
        assert_true(same_bits(g->network.parameters, average, count));
        assert_memory_equal(g->network.rounded, rounded_average, count * sizeof *expected);
        gt_model_use_average(&pair->model, false);
    }
    assert_true(same_bits(g->network.parameters, weights, count));
    assert_true(same_bits(g->optimizer.average, average, count));
    assert_memory_equal(g->network.rounded, expected, count * sizeof *expected);
    free(weights), free(average);
    close_gan(pair);

    fixture *plain = open_gan(1);
    const gt_real *before = plain->gan->generator.network.parameters;
    gt_model_use_average(&plain->model, true);
    assert_ptr_equal(plain->gan->generator.network.parameters, before);
    close_gan(plain);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latent_vectors_come_from_the_prior),
        cmocka_unit_test(the_output_begins_at_the_marginals),
        cmocka_unit_test(the_last_layers_are_implied),
        cmocka_unit_test(an_image_of_another_shape_is_refused),
        cmocka_unit_test(channels_begin_at_their_means),
        cmocka_unit_test(the_average_follows_the_weights),
        cmocka_unit_test(the_average_takes_the_place_of_the_weights_and_gives_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
