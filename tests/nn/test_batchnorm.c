/* batchnorm against PyTorch's numbers (batchnorm_golden.h, by scripts/make-goldens) and against
 * plain loops: up, back, what it remembers, and what it makes of that when sampling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compute.h"
#include "nn/network.h"

#include "batchnorm_golden.h"

enum { WEIGHT, BIAS, RUNNING_MEAN, RUNNING_VAR };
enum { BATCH = 70, WIDTH = 275, SIZE = BATCH * WIDTH }; /* enough for the work to be cut */

static const gt_pass training = {.training = true}, sampling = {.training = false};

static gt_real x[SIZE], y[SIZE], dx[SIZE], dy[SIZE], work[SIZE];

static gt_real *tensor_of(const gt_network *network, int index) {
    return gt_network_tensor(network, &network->layers[0].tensors[index]);
}

static void set_all(gt_real *numbers, const double *values, int count) {
    for (int i = 0; i < count; i++)
        numbers[i] = (gt_real)values[i];
}

/* A feature's mean is up to 50 deviations away, so float leaves that much less of a difference. */
static void check_all(const char *what, const gt_real *numbers, const double *values, int count) {
    for (int i = 0; i < count; i++)
        assert_near(what, (double)numbers[i], values[i], 5e-5);
}

/* Gradients to parameters and input of the last forward. */
static void go_back(gt_network *network, int batch) {
    size_t bytes = (size_t)batch * (size_t)network->out * sizeof *dy;
    memcpy(work, dy, bytes);
    gt_network_begin_gradients(network);
    gt_network_backward(network, x, y, work, batch);
    memcpy(work, dy, bytes);
    gt_network_backward_to_input(dx, network, x, y, work, batch);
}

static void it_does_what_pytorch_does(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    enum { NUMBERS = GOLDEN_ROWS * GOLDEN_FEATURES };
    open_network(&network, &arena, "batchnorm", GOLDEN_FEATURES, GOLDEN_ROWS);
    set_all(tensor_of(&network, WEIGHT), golden_weight, GOLDEN_FEATURES);
    set_all(tensor_of(&network, BIAS), golden_bias, GOLDEN_FEATURES);
    for (int i = 0; i < GOLDEN_MINIBATCHES; i++) {
        set_all(x, golden_x[i], NUMBERS);
        set_all(dy, golden_dy[i], NUMBERS);
        gt_network_forward(y, &network, x, GOLDEN_ROWS, &training);
        check_all("y", y, golden_y[i], NUMBERS);
        go_back(&network, GOLDEN_ROWS);
        check_all("dx", dx, golden_dx[i], NUMBERS);
        check_all("dw", network.gradients, golden_dw[i], GOLDEN_FEATURES);
        check_all("db", network.gradients + GOLDEN_FEATURES, golden_db[i], GOLDEN_FEATURES);
        check_all("running_mean", tensor_of(&network, RUNNING_MEAN), golden_running_mean[i],
                  GOLDEN_FEATURES);
        check_all("running_var", tensor_of(&network, RUNNING_VAR), golden_running_var[i],
                  GOLDEN_FEATURES);
        gt_network_forward(y, &network, x, GOLDEN_ROWS, &sampling);
        check_all("y when sampling", y, golden_sampled[i], NUMBERS);
    }
    gt_arena_release(&arena);
}

static void its_tensors_are_those_of_pytorch(void **state) {
    (void)state;
    const char *const names[] = {"weight", "bias", "running_mean", "running_var"};
    const double values[] = {1, 0, 0, 1};
    gt_network network;
    gt_arena arena;
    open_network(&network, &arena, "batchnorm", 7, 2);
    assert_int_equal(network.layers[0].tensor_count, 4);
    assert_int_equal(network.parameter_count, 14);
    assert_int_equal(network.state_count, 14);
    for (int k = 0; k < 4; k++) {
        const gt_layer_tensor *tensor = &network.layers[0].tensors[k];
        assert_string_equal(tensor->name, names[k]);
        assert_int_equal(tensor->sizes[0], 7);
        assert_int_equal(tensor->rank, 1);
        assert_int_equal(tensor->trained, k < 2);
        for (int i = 0; i < 7; i++)
            assert_true((double)tensor_of(&network, k)[i] == values[k]);
    }
    gt_arena_release(&arena);
}

/* Random weights and biases; features of many sizes. */
static void open_batchnorm(gt_network *network, gt_arena *arena, int width) {
    open_network(network, arena, "batchnorm", width, BATCH);
    fill_normal(network->parameters, 1, 2, width);
    fill_normal(x, 2, BATCH, width);
    fill_normal(dy, 3, BATCH, width);
    for (int i = 0; i < BATCH * width; i++)
        x[i] = x[i] * (gt_real)(1 + i % width % 5) + (gt_real)(i % width % 7);
}

static void every_feature_is_normalised_whatever_the_width(void **state) {
    (void)state;
    const int widths[] = {1, 15, 16, 17, 63, 64, 65, 130, WIDTH};
    for (size_t k = 0; k < sizeof widths / sizeof *widths; k++) {
        const int width = widths[k];
        gt_network network;
        gt_arena arena;
        open_batchnorm(&network, &arena, width);
        gt_network_forward(y, &network, x, BATCH, &training);
        for (int i = 0; i < width; i++) {
            double mean = 0, variance = 0;
            for (int row = 0; row < BATCH; row++)
                mean += (double)x[row * width + i] / BATCH;
            for (int row = 0; row < BATCH; row++)
                variance += pow((double)x[row * width + i] - mean, 2) / BATCH;
            for (int row = 0; row < BATCH; row++) {
                double u = ((double)x[row * width + i] - mean) / sqrt(variance + 1e-5);
                assert_near("y", (double)y[row * width + i],
                            (double)tensor_of(&network, WEIGHT)[i] * u +
                                (double)tensor_of(&network, BIAS)[i],
                            1e-5);
            }
            assert_near("running_mean", (double)tensor_of(&network, RUNNING_MEAN)[i], 0.1 * mean,
                        1e-5);
            assert_near("running_var", (double)tensor_of(&network, RUNNING_VAR)[i],
                        0.9 + 0.1 * variance * BATCH / (BATCH - 1), 1e-5);
        }
        gt_arena_release(&arena);
    }
}

/* When sampling an example's y does not depend on the others, and nothing is remembered. */
static void sampling_remembers_nothing_and_takes_rows_one_by_one(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    static gt_real alone[WIDTH], before[2 * WIDTH];
    open_batchnorm(&network, &arena, WIDTH);
    for (int i = 0; i < 5; i++)
        gt_network_forward(y, &network, x, BATCH, &training);
    memcpy(before, network.state, sizeof before);
    gt_network_forward(y, &network, x, BATCH, &sampling);
    for (int row = 0; row < BATCH; row += 9) {
        gt_network_forward(alone, &network, x + row * WIDTH, 1, &sampling);
        for (int i = 0; i < WIDTH; i++)
            assert_near("y", (double)alone[i], (double)y[row * WIDTH + i], 1e-6);
    }
    assert_memory_equal(network.state, before, sizeof before);
    gt_arena_release(&arena);
}

/* It goes through its feature, of all examples, and leaves the others alone. */
static void a_nan_goes_through(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    open_batchnorm(&network, &arena, WIDTH);
    x[3 * WIDTH + 100] = NAN;
    gt_network_forward(y, &network, x, BATCH, &training);
    for (int i = 0; i < SIZE; i++)
        assert_int_equal(isnan(y[i]), i % WIDTH == 100);
    for (int i = 0; i < WIDTH; i++)
        assert_int_equal(isnan(tensor_of(&network, RUNNING_MEAN)[i]), i == 100);
    gt_arena_release(&arena);
}

/* One example has no deviation: what comes out are the biases, and nothing goes back. */
static void a_batch_of_one_is_its_biases(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    open_batchnorm(&network, &arena, WIDTH);
    gt_network_forward(y, &network, x, 1, &training);
    for (int i = 0; i < WIDTH; i++) {
        assert_near("y", (double)y[i], (double)tensor_of(&network, BIAS)[i], 1e-6);
        assert_near("running_mean", (double)tensor_of(&network, RUNNING_MEAN)[i],
                    0.1 * (double)x[i], 1e-6);
        assert_near("running_var", (double)tensor_of(&network, RUNNING_VAR)[i], 0.9, 1e-6);
    }
    go_back(&network, 1);
    for (int i = 0; i < WIDTH; i++) {
        assert_true(dx[i] == 0 && network.gradients[i] == 0);
        assert_true(network.gradients[WIDTH + i] == dy[i]);
    }
    gt_arena_release(&arena);
}

static void any_team_gives_the_same(void **state) {
    (void)state;
    static gt_real first_y[SIZE], first_dx[SIZE], first_gradients[2 * WIDTH],
        first_state[2 * WIDTH];
    assert_true((long)SIZE > GT_LOOP_WORTH);
    for (int threads = 1; threads <= 3; threads++) {
        gt_network network;
        gt_arena arena;
        use_threads(threads);
        open_batchnorm(&network, &arena, WIDTH);
        gt_network_forward(y, &network, x, BATCH, &training);
        go_back(&network, BATCH);
        if (threads == 1) {
            memcpy(first_y, y, sizeof y);
            memcpy(first_dx, dx, sizeof dx);
            memcpy(first_gradients, network.gradients, sizeof first_gradients);
            memcpy(first_state, network.state, sizeof first_state);
        }
        assert_memory_equal(y, first_y, sizeof y);
        assert_memory_equal(dx, first_dx, sizeof dx);
        assert_memory_equal(network.gradients, first_gradients, sizeof first_gradients);
        assert_memory_equal(network.state, first_state, sizeof first_state);
        gt_arena_release(&arena);
    }
    use_threads(1);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_pytorch_does),
        cmocka_unit_test(its_tensors_are_those_of_pytorch),
        cmocka_unit_test(every_feature_is_normalised_whatever_the_width),
        cmocka_unit_test(sampling_remembers_nothing_and_takes_rows_one_by_one),
        cmocka_unit_test(a_nan_goes_through),
        cmocka_unit_test(a_batch_of_one_is_its_biases),
        cmocka_unit_test(any_team_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
