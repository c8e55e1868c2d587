/* Initial weights: means and deviations by scheme and by the activation behind, biases at 0, no two
 * networks or layers alike, and the same numbers every time whatever the team. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/nn/init.h"

static void open_network(gt_network *network, gt_arena *arena, const char *layers, int in) {
    *arena = (gt_arena){0};
    gt_error error = {0};
    if (gt_network_parse(network, layers, gt_shape_of_vector(in), &error) != GT_OK)
        fail_msg("%s", error.message);
    network->compute = &test_compute;
    gt_network_carve(network, arena, 1, false);
    assert_int_equal(gt_arena_reserve(arena, NULL), GT_OK);
    gt_network_carve(network, arena, 1, false);
    for (size_t i = 0; i < network->parameter_count; i++)
        network->parameters[i] = NAN;
}

/* Standard normal numbers from the layer's address, scaled. */
static void assert_is_normal(const gt_network *network, int index, double deviation) {
    const gt_layer_tensor *weight = &network->layers[index].tensors[0];
    const gt_address address = {1, GT_PURPOSE_INIT_GENERATOR, (uint64_t)index, 0};
    const gt_real *w = gt_network_tensor(network, weight);
    size_t count = gt_layer_tensor_size(weight);
    gt_real *z = malloc(count * sizeof *z);
    gt_random_normal(z, NULL, address, weight->sizes[0], weight->sizes[1]);
    double n = (double)count, mean = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        mean += (double)w[i] / n;
        square += pow((double)w[i], 2) / n;
        assert_true(fabs((double)w[i] - deviation * (double)z[i]) <= 1e-6 * deviation);
    }
    free(z);
    /* Five standard deviations of each estimate. */
    assert_true(fabs(mean) <= 5 * deviation / sqrt(n));
    assert_true(fabs(sqrt(square) / deviation - 1) <= 5 / sqrt(2 * n));
}

static void weights_have_the_deviation_that_suits_the_activation(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    open_network(&network, &arena,
                 "dense 300, relu, dense 200, leaky_relu 0.5, dense 250, tanh, dense 150, sigmoid, "
                 "dense 100, dense 400",
                 500);
    gt_init_network(&network, (gt_init){0}, 1, GT_PURPOSE_INIT_GENERATOR);
    const struct {
        int layer;
        double deviation;
    } expected[] = {
        {0, sqrt(2.0 / 500)},          /* He: relu */
        {2, sqrt(2.0 / (1.25 * 300))}, /* He: slope 1/2 */
        {4, sqrt(2.0 / (200 + 250))},  /* Glorot: tanh */
        {6, sqrt(2.0 / (250 + 150))},  /* Glorot: sigmoid */
        {8, sqrt(2.0 / (150 + 100))},  /* Glorot: another dense */
        {9, sqrt(2.0 / (100 + 400))},  /* Glorot: nothing */
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const gt_layer *layer = &network.layers[expected[i].layer];
        assert_is_normal(&network, expected[i].layer, expected[i].deviation);
        for (int k = 0; k < gt_shape_size(layer->out); k++)
            assert_true(gt_network_tensor(&network, &layer->tensors[1])[k] == 0);
    }
    gt_arena_release(&arena);
}

static gt_init scheme_of(const char *text) {
    gt_init init = {0};
    gt_error error = {0};
    if (gt_init_parse(&init, text, &error) != GT_OK)
        fail_msg("%s", error.message);
    return init;
}

static void every_scheme_has_its_deviation(void **state) {
    (void)state;
    const struct {
        const char *text;
        double deviations[3]; /* in front of relu, of tanh, and a maxout of 70 units */
    } expected[] = {
        {"auto", {sqrt(2.0 / 500), sqrt(2.0 / (300 + 200)), sqrt(2.0 / (200 + 70))}},
        {"he", {sqrt(2.0 / 500), sqrt(2.0 / 300), sqrt(2.0 / 200)}},
        {"glorot", {sqrt(2.0 / (500 + 300)), sqrt(2.0 / (300 + 200)), sqrt(2.0 / (200 + 70))}},
    };
    const int layers[] = {0, 2, 4};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        gt_network network;
        gt_arena arena;
        open_network(&network, &arena, "dense 300, relu, dense 200, tanh, maxout 70 5", 500);
        gt_init_network(&network, scheme_of(expected[i].text), 1, GT_PURPOSE_INIT_GENERATOR);
        for (int k = 0; k < 3; k++) {
            const gt_layer *layer = &network.layers[layers[k]];
            assert_is_normal(&network, layers[k], expected[i].deviations[k]);
            for (int row = 0; row < layer->tensors[1].sizes[0]; row++)
                assert_true(gt_network_tensor(&network, &layer->tensors[1])[row] == 0);
        }
        gt_arena_release(&arena);
    }
}

/* From end to end of the range, evenly, and biases are 0 still. */
static void uniform_weights_fill_their_range(void **state) {
    (void)state;
    const char *const texts[] = {"uniform 0.05", "uniform 0.005", "uniform\t10", "uniform  1e-3"};
    const double ranges[] = {0.05, 0.005, 10, 1e-3};
    for (int i = 0; i < 4; i++) {
        gt_network network;
        gt_arena arena;
        double range = ranges[i], smallest = 0, largest = 0, mean = 0, square = 0;
        open_network(&network, &arena, "dense 300, relu, maxout 50 4", 100);
        gt_init_network(&network, scheme_of(texts[i]), 1, GT_PURPOSE_INIT_GENERATOR);
        for (int layer = 0; layer <= 2; layer += 2) {
            const gt_layer_tensor *weight = &network.layers[layer].tensors[0];
            const gt_real *w = gt_network_tensor(&network, weight);
            double n = (double)gt_layer_tensor_size(weight);
            mean = square = 0;
            for (size_t k = 0; k < gt_layer_tensor_size(weight); k++) {
                smallest = fmin(smallest, (double)w[k]);
                largest = fmax(largest, (double)w[k]);
                mean += (double)w[k] / n;
                square += (double)w[k] * (double)w[k] / n;
            }
            assert_true(fabs(mean) <= 5 * range / sqrt(3 * n));
            assert_true(fabs(3 * square / (range * range) - 1) < 0.03);
            const gt_layer_tensor *bias = &network.layers[layer].tensors[1];
            for (int row = 0; row < bias->sizes[0]; row++)
                assert_true(gt_network_tensor(&network, bias)[row] == 0);
        }
        assert_true(largest <= range * (1 + 1e-6) && smallest >= -range * (1 + 1e-6));
        assert_true(largest > 0.999 * range && smallest < -0.999 * range);
        gt_arena_release(&arena);
    }
}

/* Any refusal says all that is known. */
static void a_scheme_that_is_none_is_refused(void **state) {
    (void)state;
    const char *const texts[] = {
        "uniform",   "uniform 0",   "uniform 11", "uniform -1",  "uniform nan",
        "uniform x", "uniform 1 2", "he 3",       "auto 1",      "gloro",
        "",          "Glorot",      "h",          "uniform0.05", "uniform 1e999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gt_init init;
        gt_error error = {0};
        if (gt_init_parse(&init, texts[i], &error) != GT_USAGE)
            fail_msg("'%s' is taken", texts[i]);
        assert_string_equal(error.message, "needs one of: auto, he, glorot, uniform R (R 1e-06 "
                                           "to 10)");
        assert_int_equal(gt_init_parse(&init, texts[i], NULL), GT_USAGE);
    }
    for (int i = 0; gt_init_scheme_at(i) != NULL; i++) {
        const gt_init_scheme *scheme = gt_init_scheme_at(i);
        assert_true(strlen(scheme->name) > 0 && strlen(scheme->help) > 0);
        assert_int_equal(scheme->argument == NULL, scheme->deviation != NULL);
    }
}

/* The share of numbers that are the same in both blocks. */
static double share_equal(const gt_real *a, const gt_real *b, size_t count) {
    double same = 0;
    for (size_t i = 0; i < count; i++)
        same += a[i] == b[i];
    return same / (double)count;
}

static void no_two_networks_seeds_or_layers_start_alike(void **state) {
    (void)state;
    gt_network network, other;
    gt_arena arena, other_arena;
    enum { SIDE = 50, SIZE = SIDE * SIDE };
    open_network(&network, &arena, "dense 50, relu, dense 50, relu, dense 50, relu", SIDE);
    open_network(&other, &other_arena, "dense 50, relu, dense 50, relu, dense 50, relu", SIDE);
    gt_init_network(&network, (gt_init){0}, 7, GT_PURPOSE_INIT_GENERATOR);
    const gt_real *w[3];
    for (int i = 0; i < 3; i++)
        w[i] = gt_network_tensor(&network, &network.layers[2 * i].tensors[0]);
    for (int i = 0; i < 3; i++)
        assert_true(share_equal(w[i], w[(i + 1) % 3], SIZE) < 0.01);
    for (int row = 1; row < SIDE; row++)
        assert_true(share_equal(w[0], w[0] + row * SIDE, SIDE) < 0.1);

    gt_init_network(&other, (gt_init){0}, 7, GT_PURPOSE_INIT_DISCRIMINATOR);
    assert_true(share_equal(w[0], other.parameters, SIZE) < 0.01);
    gt_init_network(&other, (gt_init){0}, 8, GT_PURPOSE_INIT_GENERATOR);
    assert_true(share_equal(w[0], other.parameters, SIZE) < 0.01);
    gt_arena_release(&arena);
    gt_arena_release(&other_arena);
}

static void the_same_seed_starts_the_same_on_any_team(void **state) {
    (void)state;
    gt_network network, other;
    gt_arena arena, other_arena;
    open_network(&network, &arena, "dense 70, leaky_relu 0.2, dense 33", 45);
    open_network(&other, &other_arena, "dense 70, leaky_relu 0.2, dense 33", 45);
    gt_init_network(&network, (gt_init){0}, 7, GT_PURPOSE_INIT_GENERATOR);
    for (int threads = 1; threads <= 3; threads++) {
        use_threads(threads);
        memset(other.parameters, 0xff, other.parameter_count * sizeof(gt_real));
        gt_init_network(&other, (gt_init){0}, 7, GT_PURPOSE_INIT_GENERATOR);
        assert_memory_equal(other.parameters, network.parameters,
                            network.parameter_count * sizeof(gt_real));
    }
    use_threads(1);
    gt_arena_release(&arena);
    gt_arena_release(&other_arena);
}

/* What the rules are for: a signal neither dies nor explodes on its way through many layers. */
static void a_signal_keeps_its_size_through_deep_rectifiers(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    enum { SIDE = 256 };
    open_network(&network, &arena,
                 "dense 256, leaky_relu 0.2, dense 256, leaky_relu 0.2, dense 256, leaky_relu 0.2, "
                 "dense 256, relu, dense 256, relu, dense 256, relu",
                 SIDE);
    gt_init_network(&network, (gt_init){0}, 3, GT_PURPOSE_INIT_GENERATOR);
    gt_real x[SIDE], y[SIDE];
    const gt_pass pass = {0};
    gt_random_normal(x, NULL, (gt_address){.seed = 1}, 1, SIDE);
    gt_network_forward(y, &network, x, 1, &pass);
    double before = 0, after = 0;
    for (int i = 0; i < SIDE; i++) {
        before += (double)x[i] * (double)x[i];
        after += 2 * (double)y[i] * (double)y[i]; /* the last relu halves the mean square */
    }
    assert_true(after / before > 0.3 && after / before < 3);
    gt_arena_release(&arena);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_have_the_deviation_that_suits_the_activation),
        cmocka_unit_test(every_scheme_has_its_deviation),
        cmocka_unit_test(uniform_weights_fill_their_range),
        cmocka_unit_test(a_scheme_that_is_none_is_refused),
        cmocka_unit_test(no_two_networks_seeds_or_layers_start_alike),
        cmocka_unit_test(the_same_seed_starts_the_same_on_any_team),
        cmocka_unit_test(a_signal_keeps_its_size_through_deep_rectifiers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
