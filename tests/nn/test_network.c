/* The stack of layers: what it computes against a plain loop, which layers work in place, and what
 * each pass may touch: gradients are replaced, added to or left as they are, bit for bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/nn/network.h"

enum { IN = 5, BATCH = 6, MOST_OUT = 8 };

static const gt_pass training_pass = {.training = true};

/* A network with its memory and a minibatch: x in, y out, dy back. */
typedef struct fixture {
    gt_network network;
    gt_arena arena;
    gt_real x[BATCH * IN], y[BATCH * MOST_OUT], dy[BATCH * MOST_OUT], dx[BATCH * IN];
} fixture;

/* Numbers in (-1, 1), the same every time. */
static void fill(gt_real *numbers, size_t count, uint32_t seed) {
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525 + 1013904223;
        numbers[i] = (gt_real)((double)seed / 2147483648.0 - 1);
    }
}

static fixture *open_network(const char *layers, bool training) {
    fixture *network = calloc(1, sizeof *network);
    gt_error error = {0};
    if (gt_network_parse(&network->network, layers, gt_shape_of_vector(IN), &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_true(network->network.out <= MOST_OUT);
    network->network.compute = &test_compute;
    gt_network_carve(&network->network, &network->arena, BATCH, training);
    size_t measured = network->arena.used;
    assert_int_equal(gt_arena_reserve(&network->arena, NULL), GT_OK);
    gt_network_carve(&network->network, &network->arena, BATCH, training);
    assert_int_equal(network->arena.used, measured);
    fill(network->network.parameters, network->network.parameter_count, 1);
    fill(network->x, BATCH * IN, 2);
    fill(network->dy, BATCH * MOST_OUT, 3);
    return network;
}

static void close_network(fixture *network) {
    gt_arena_release(&network->arena);
    free(network);
}

static void forward(fixture *network) {
    gt_network_forward(network->y, &network->network, network->x, BATCH, &training_pass);
}

/* Leaves dy as it is. */
static void backward(fixture *network) {
    gt_real dy[BATCH * MOST_OUT];
    memcpy(dy, network->dy, sizeof dy);
    gt_network_backward(&network->network, network->x, network->y, dy, BATCH);
}

static void backward_to_input(fixture *network) {
    gt_real dy[BATCH * MOST_OUT];
    memcpy(dy, network->dy, sizeof dy);
    gt_network_backward_to_input(network->dx, &network->network, network->x, network->y, dy, BATCH);
}

static double activation(const char *name, double x) {
    return strcmp(name, "relu") == 0         ? fmax(0, x)
           : strcmp(name, "leaky_relu") == 0 ? (x < 0 ? 0.2 * x : x)
           : strcmp(name, "sigmoid") == 0    ? 1 / (1 + exp(-x))
                                             : tanh(x);
}

/* One row through the network in double. */
static void plain_forward(double *y, const gt_network *network, const gt_real *x) {
    double from[64];
    for (int i = 0; i < network->in; i++)
        from[i] = (double)x[i];
    for (int i = 0; i < network->layer_count; i++) {
        const gt_layer *layer = &network->layers[i];
        const gt_real *w = network->parameters + layer->tensors[0].offset;
        const gt_real *b = network->parameters + layer->tensors[1].offset;
        bool is_dense = strcmp(layer->kind->name, "dense") == 0;
        const int in = gt_shape_size(layer->in), out = gt_shape_size(layer->out);
        for (int k = 0; k < out; k++) {
            y[k] = is_dense ? (double)b[k] : activation(layer->kind->name, from[k]);
            for (int j = 0; is_dense && j < in; j++)
                y[k] += (double)w[k * in + j] * from[j];
        }
        memcpy(from, y, (size_t)out * sizeof *y);
    }
}

static const char *const networks[] = {
    "dense 3",
    "tanh",
    "relu, leaky_relu, tanh",
    "dense 7, leaky_relu 0.2, dense 4",
    "dense 7, relu, tanh, dense 4, sigmoid",
    "sigmoid, dense 9, tanh, sigmoid, relu, dense 2, leaky_relu 0.2",
    "dense 8, dense 8, dense 1, tanh, tanh",
};
enum { NETWORKS = sizeof networks / sizeof *networks };

static void forward_is_one_layer_after_the_other(void **state) {
    (void)state;
    for (int i = 0; i < NETWORKS; i++) {
        fixture *network = open_network(networks[i], true);
        forward(network);
        for (int row = 0; row < BATCH; row++) {
            double expected[64];
            plain_forward(expected, &network->network, network->x + row * IN);
            for (int k = 0; k < network->network.out; k++)
                if (!(fabs((double)network->y[row * network->network.out + k] - expected[k]) <
                      2e-6))
                    fail_msg("%s: %.9g in place of %.9g", networks[i],
                             (double)network->y[row * network->network.out + k], expected[k]);
        }
        close_network(network);
    }
}

/* A network of its own memory, for shapes and teams that fixture is too small for. Sets
 * y (batch, out); the same seed gives the same parameters. */
static void run_alone(gt_real *y, const char *layers, const gt_real *x, int batch, int in) {
    gt_network network;
    gt_arena arena = {0};
    assert_int_equal(gt_network_parse(&network, layers, gt_shape_of_vector(in), NULL), GT_OK);
    network.compute = &test_compute;
    gt_network_carve(&network, &arena, batch, false);
    assert_int_equal(gt_arena_reserve(&arena, NULL), GT_OK);
    gt_network_carve(&network, &arena, batch, false);
    fill(network.parameters, network.parameter_count, 7);
    gt_network_forward(y, &network, x, batch, &training_pass);
    gt_arena_release(&arena);
}

/* Behind a product an activation follows on the parts that each thread has made; in a network of
 * its own it is a loop over all numbers. */
static void an_activation_is_the_same_behind_a_product(void **state) {
    (void)state;
    const struct {
        int batch, in, out;
    } shapes[] = {{1, 3, 1}, {5, 7, 17}, {67, 33, 131}, {64, 100, 257}, {33, 50, 784}};
    enum { MOST_IN = 100 * 67, MOST = 33 * 784 };
    static gt_real x[MOST_IN], apart[MOST], expected[MOST], together[MOST];
    fill(x, MOST_IN, 5);
    int kinds = 0;
    const gt_layer_kind *kind;
    for (int k = 0; (kind = gt_layer_kind_at(k)) != NULL; k++) {
        if (kind->sweep_forward == NULL)
            continue;
        kinds++;
        for (int threads = 1; threads <= 3; threads++)
            for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
                int batch = shapes[i].batch, in = shapes[i].in, out = shapes[i].out;
                char dense[32], both[64];
                snprintf(dense, sizeof dense, "dense %d", out);
                snprintf(both, sizeof both, "%s, %s", dense, kind->name);
                use_threads(threads);
                run_alone(apart, dense, x, batch, in);
                run_alone(expected, kind->name, apart, batch, out);
                run_alone(together, both, x, batch, in);
                size_t bytes = (size_t)batch * (size_t)out * sizeof *apart;
                assert_memory_equal(together, expected, bytes);
                if (i > 0)
                    assert_memory_not_equal(together, apart, bytes);
            }
    }
    use_threads(1);
    assert_true(kinds >= 4);
}

static void a_row_does_not_depend_on_the_rows_beside_it(void **state) {
    (void)state;
    for (int i = 0; i < NETWORKS; i++) {
        fixture *network = open_network(networks[i], true);
        int out = network->network.out;
        forward(network);
        for (int batch = 1; batch < BATCH; batch++) {
            gt_real y[BATCH * MOST_OUT];
            const gt_real *x = network->x + (BATCH - batch) * IN;
            gt_network_forward(y, &network->network, x, batch, &training_pass);
            for (int k = 0; k < batch * out; k++) {
                double together = (double)network->y[(BATCH - batch) * out + k];
                assert_true(fabs((double)y[k] - together) < 1e-6);
            }
        }
        close_network(network);
    }
}

static void activations_work_in_place_only_where_nothing_is_lost(void **state) {
    (void)state;
    /* The first layer would overwrite the caller's input; after another activation, the y that this
     * one reads on its way back. */
    const struct {
        const char *layers, *in_place;
    } expected[] = {
        {"dense 4, relu, dense 3", "-x-"},
        {"dense 4, relu, tanh, dense 3", "-x--"},
        {"relu, dense 3, sigmoid", "--x"},
        {"tanh, tanh, tanh", "---"},
        {"dense 4, leaky_relu, relu, dense 4, tanh", "-x--x"},
        {"dense 4, dense 3", "--"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        fixture *network = open_network(expected[i].layers, true);
        for (int k = 0; k < network->network.layer_count; k++)
            if (network->network.layers[k].in_place != (expected[i].in_place[k] == 'x'))
                fail_msg("%s: layer %d", expected[i].layers, k + 1);
        close_network(network);
    }
}

static void passes_leave_the_input_and_the_parameters_alone(void **state) {
    (void)state;
    for (int i = 0; i < NETWORKS; i++) {
        fixture *network = open_network(networks[i], true), *before = malloc(sizeof *before);
        size_t bytes = network->network.parameter_count * sizeof(gt_real);
        gt_real *parameters = malloc(bytes + 1);
        memcpy(parameters, network->network.parameters, bytes);
        memcpy(before->x, network->x, sizeof before->x);
        forward(network);
        memcpy(before->y, network->y, sizeof before->y);
        backward(network);
        backward_to_input(network);
        assert_memory_equal(network->x, before->x, sizeof before->x);
        assert_memory_equal(network->y, before->y, sizeof before->y);
        assert_memory_equal(network->network.parameters, parameters, bytes);
        free(parameters);
        free(before);
        close_network(network);
    }
}

static const char *const with_gradients = "dense 7, leaky_relu 0.2, dense 4, tanh, dense 3";

static void the_first_backward_sets_gradients_whatever_was_there(void **state) {
    (void)state;
    fixture *network = open_network(with_gradients, true);
    size_t count = network->network.parameter_count, bytes = count * sizeof(gt_real);
    gt_real *first = malloc(bytes);
    forward(network);
    backward(network);
    memcpy(first, network->network.gradients, bytes);
    double size = 0;
    for (size_t i = 0; i < count; i++)
        size += fabs((double)first[i]);
    assert_true(size > 0.1 && isfinite(size));

    for (size_t i = 0; i < count; i++)
        network->network.gradients[i] = NAN;
    gt_network_begin_gradients(&network->network);
    backward(network);
    assert_memory_equal(network->network.gradients, first, bytes);
    free(first);
    close_network(network);
}

static void further_backwards_add_up(void **state) {
    (void)state;
    fixture *network = open_network(with_gradients, true);
    size_t count = network->network.parameter_count;
    gt_real *first = malloc(count * sizeof *first);
    forward(network);
    backward(network);
    memcpy(first, network->network.gradients, count * sizeof *first);
    for (int times = 2; times <= 3; times++) {
        backward(network);
        for (size_t i = 0; i < count; i++)
            assert_true(fabs((double)(network->network.gradients[i] - (gt_real)times * first[i])) <=
                        1e-6 * (1 + fabs((double)first[i])));
    }
    gt_network_begin_gradients(&network->network);
    backward(network);
    assert_memory_equal(network->network.gradients, first, count * sizeof *first);
    free(first);
    close_network(network);
}

/* Two halves of a minibatch give the gradients of the whole: a sum over its rows. */
static void gradients_are_sums_over_rows(void **state) {
    (void)state;
    fixture *network = open_network(with_gradients, true);
    size_t count = network->network.parameter_count;
    int out = network->network.out;
    gt_real *whole = malloc(count * sizeof *whole);
    forward(network);
    backward(network);
    memcpy(whole, network->network.gradients, count * sizeof *whole);
    gt_network_begin_gradients(&network->network);
    for (int half = 0; half < 2; half++) {
        gt_real dy[BATCH * MOST_OUT];
        const gt_real *x = network->x + half * BATCH / 2 * IN;
        memcpy(dy, network->dy + half * BATCH / 2 * out, sizeof dy / 2);
        gt_network_forward(network->y, &network->network, x, BATCH / 2, &training_pass);
        gt_network_backward(&network->network, x, network->y, dy, BATCH / 2);
    }
    for (size_t i = 0; i < count; i++)
        assert_true(fabs((double)(network->network.gradients[i] - whole[i])) <=
                    2e-6 * (1 + fabs((double)whole[i])));
    free(whole);
    close_network(network);
}

static void backward_to_input_leaves_gradients_untouched(void **state) {
    (void)state;
    for (int i = 0; i < NETWORKS; i++) {
        fixture *network = open_network(networks[i], true);
        size_t bytes = network->network.parameter_count * sizeof(gt_real);
        unsigned char *before = malloc(bytes + 1);
        for (size_t k = 0; k < bytes; k++)
            before[k] = (unsigned char)(k * 37 + 11);
        memcpy(network->network.gradients, before, bytes);
        for (size_t k = 0; k < BATCH * IN; k++)
            network->dx[k] = NAN;
        forward(network);
        backward_to_input(network);
        assert_memory_equal(network->network.gradients, before, bytes);
        double size = 0;
        for (size_t k = 0; k < BATCH * IN; k++)
            size += fabs((double)network->dx[k]);
        assert_true(isfinite(size) && size > 0.1);
        free(before);
        close_network(network);
    }
}

/* A frozen pass in between neither ends the beginning nor begins the end. */
static void backward_to_input_does_not_count_as_a_backward(void **state) {
    (void)state;
    fixture *network = open_network(with_gradients, true);
    size_t count = network->network.parameter_count, bytes = count * sizeof(gt_real);
    gt_real *once = malloc(bytes), *twice = malloc(bytes);
    forward(network);
    backward(network);
    memcpy(once, network->network.gradients, bytes);
    backward(network);
    memcpy(twice, network->network.gradients, bytes);

    gt_network_begin_gradients(&network->network);
    backward_to_input(network);
    backward(network);
    assert_memory_equal(network->network.gradients, once, bytes);
    backward_to_input(network);
    backward(network);
    assert_memory_equal(network->network.gradients, twice, bytes);
    free(once);
    free(twice);
    close_network(network);
}

static void a_network_for_sampling_computes_the_same_with_less_memory(void **state) {
    (void)state;
    fixture *trained = open_network(with_gradients, true);
    fixture *sampling = open_network(with_gradients, false);
    assert_null(sampling->network.gradients);
    assert_true(sampling->arena.capacity < trained->arena.capacity);
    forward(trained);
    forward(sampling);
    assert_memory_equal(sampling->y, trained->y, sizeof trained->y);
    close_network(trained);
    close_network(sampling);
}

static void parameters_are_one_block_in_order(void **state) {
    (void)state;
    fixture *network = open_network(with_gradients, true);
    const gt_network *tested = &network->network;
    assert_int_equal(tested->parameter_count, IN * 7 + 7 + 7 * 4 + 4 + 4 * 3 + 3);
    assert_int_equal(tested->state_count, 0);
    assert_int_equal(tested->in, IN);
    assert_int_equal(tested->out, 3);
    assert_ptr_equal(gt_network_tensor(tested, &tested->layers[0].tensors[0]), tested->parameters);
    assert_ptr_equal(gt_network_tensor(tested, &tested->layers[0].tensors[1]),
                     tested->parameters + IN * 7);
    assert_ptr_equal(gt_network_tensor(tested, &tested->layers[4].tensors[1]),
                     tested->parameters + tested->parameter_count - 3);
    close_network(network);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_is_one_layer_after_the_other),
        cmocka_unit_test(an_activation_is_the_same_behind_a_product),
        cmocka_unit_test(a_row_does_not_depend_on_the_rows_beside_it),
        cmocka_unit_test(activations_work_in_place_only_where_nothing_is_lost),
        cmocka_unit_test(passes_leave_the_input_and_the_parameters_alone),
        cmocka_unit_test(the_first_backward_sets_gradients_whatever_was_there),
        cmocka_unit_test(further_backwards_add_up),
        cmocka_unit_test(gradients_are_sums_over_rows),
        cmocka_unit_test(backward_to_input_leaves_gradients_untouched),
        cmocka_unit_test(backward_to_input_does_not_count_as_a_backward),
        cmocka_unit_test(a_network_for_sampling_computes_the_same_with_less_memory),
        cmocka_unit_test(parameters_are_one_block_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
