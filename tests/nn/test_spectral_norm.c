/* spectral_norm: PyTorch's numbers (spectral_norm_golden.h, by scripts/make-goldens), a norm that is
 * known, and who may change its state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "nn/network.h"

#include "spectral_norm_golden.h"

static const gt_pass pass = {.training = true}, sampling = {.training = false};

static void set(gt_real *to, const double *from, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] = (gt_real)from[i];
}

static void check(const char *what, const gt_real *got, const double *expected, size_t count) {
    for (size_t i = 0; i < count; i++)
        assert_near(what, (double)got[i], expected[i], 2e-5);
}

static void open_golden(gt_network *network, gt_arena *arena) {
    gt_error error = {0};
    *arena = (gt_arena){0};
    if (gt_network_parse(network, golden_layers, golden_shape, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(network->parameter_count, GOLDEN_PARAMETERS);
    assert_int_equal(network->state_count, GOLDEN_STATE);
    network->compute = &test_compute;
    gt_network_carve(network, arena, GOLDEN_ROWS, true);
    assert_int_equal(gt_arena_reserve(arena, NULL), GT_OK);
    gt_network_carve(network, arena, GOLDEN_ROWS, true);
}

/* Of ours an iteration follows an update, of PyTorch's it precedes the next pass: the same order. */
static void it_does_what_pytorch_does(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    gt_real x[GOLDEN_ROWS * GOLDEN_IN], y[GOLDEN_ROWS * GOLDEN_OUT], dy[GOLDEN_ROWS * GOLDEN_OUT];
    open_golden(&network, &arena);
    set(network.parameters, golden_parameters, GOLDEN_PARAMETERS);
    set(network.state, golden_state_before, GOLDEN_STATE);
    set(x, golden_x, GOLDEN_ROWS * GOLDEN_IN);
    for (int step = 0; step < GOLDEN_STEPS; step++) {
        gt_network_updated(&network);
        check("state", network.state, golden_state[step], GOLDEN_STATE);
        gt_network_forward(y, &network, x, GOLDEN_ROWS, &pass);
        check("y", y, golden_y[step], GOLDEN_ROWS * GOLDEN_OUT);
        set(dy, golden_dy[step], GOLDEN_ROWS * GOLDEN_OUT);
        gt_network_begin_gradients(&network);
        gt_network_backward(&network, x, y, dy, GOLDEN_ROWS);
        check("gradient", network.gradients, golden_gradient[step], GOLDEN_PARAMETERS);
        for (int i = 0; i < GOLDEN_PARAMETERS; i++)
            network.parameters[i] -= (gt_real)(golden_rate * golden_gradient[step][i]);
    }
    gt_network_refresh(&network);
    gt_network_forward(y, &network, x, GOLDEN_ROWS, &sampling);
    check("sampled", y, golden_sampled, GOLDEN_ROWS * GOLDEN_OUT);
    gt_arena_release(&arena);
}

/* Gradients of several passes add up, and so does what goes back through the norm. */
static void gradients_add_up(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    gt_real x[4 * 5], y[4 * 3], dy[4 * 3], once[8 * 16];
    open_network(&network, &arena, "dense 6 spectral_norm, tanh, dense 3 spectral_norm", 5, 4);
    fill_normal(x, 1, 4, 5);
    gt_network_forward(y, &network, x, 4, &pass);
    for (int turn = 0; turn < 3; turn++) {
        fill_normal(dy, 2, 4, 3);
        gt_network_backward(&network, x, y, dy, 4);
        if (turn == 0)
            memcpy(once, network.gradients, network.parameter_count * sizeof *once);
    }
    for (size_t i = 0; i < network.parameter_count; i++)
        assert_near("the gradient of three passes", (double)network.gradients[i],
                    3 * (double)once[i], 1e-5);
    gt_arena_release(&arena);
}

/* w = a b^T has one singular value, |a| |b|; so has a sum of two such with vectors at right angles
 * two of them. */
static void the_norm_is_the_largest_singular_value(void **state) {
    (void)state;
    enum { ROWS = 4, COLUMNS = 6 };
    static const double a[2][ROWS] = {{1, 2, -1, 3}, {2, 1, 1, -1}};
    static const double b[2][COLUMNS] = {{1, 0, 2, -1, 1, 1}, {1, 1, -1, -1, 0, 0}};
    gt_network network;
    gt_arena arena;
    open_network(&network, &arena, "dense 4 spectral_norm", COLUMNS, 1);
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < COLUMNS; column++)
            network.parameters[row * COLUMNS + column] =
                (gt_real)(a[0][row] * b[0][column] + 0.5 * a[1][row] * b[1][column]);
    for (int i = 0; i < 40; i++)
        gt_network_updated(&network);
    assert_near("norm", network.norms[0], sqrt(15.0 * 8), 1e-6);
    for (int i = 0; i < ROWS * COLUMNS; i++)
        assert_near("weight over its norm", (double)network.normalised[0][i],
                    (double)network.parameters[i] / sqrt(15.0 * 8), 1e-6);
    gt_arena_release(&arena);
}

/* Initial weights and weights from elsewhere begin with a norm that is near the true one. */
static void first_norms_fit(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    open_network(&network, &arena, "dense 40 spectral_norm, tanh, dense 1 spectral_norm", 30, 1);
    for (int turn = 0; turn < 2; turn++) {
        double norms[2] = {network.norms[0], network.norms[2]};
        for (int i = 0; i < 300; i++)
            gt_network_updated(&network);
        assert_true(norms[0] > 0.9 * network.norms[0] && norms[0] < 1.001 * network.norms[0]);
        assert_near("of one row", norms[1], network.norms[2], 1e-5);
        for (size_t i = 0; i < network.state_count; i++) /* of other weights */
            network.state[i] = i % 3 == 0 ? 1 : -1;
        gt_network_refresh(&network);
        gt_network_fit_norms(&network);
    }
    gt_real before = network.state[0];
    gt_network_fit_norms(&network);
    assert_true(network.state[0] == before); /* since they fit */
    gt_arena_release(&arena);
}

/* A pass, a backward pass and a refresh leave the state alone; NaN weights are not hidden. */
static void only_an_update_changes_state(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    gt_real x[10], y[6], dy[6] = {1, 2, 3, 4, 5, 6}, before[8], again[6];
    open_network(&network, &arena, "dense 3 spectral_norm", 5, 2);
    assert_int_equal(network.state_count, 8);
    memcpy(before, network.state, sizeof before);
    fill_normal(x, 1, 2, 5);
    gt_network_forward(y, &network, x, 2, &pass);
    gt_network_backward(&network, x, y, dy, 2);
    gt_network_refresh(&network);
    gt_network_forward(again, &network, x, 2, &sampling);
    assert_memory_equal(before, network.state, sizeof before);
    assert_memory_equal(again, y, sizeof y);
    network.parameters[0] = (gt_real)NAN;
    gt_network_updated(&network);
    gt_network_forward(y, &network, x, 2, &pass);
    assert_true(isnan(y[0]));
    gt_arena_release(&arena);
}

static void weights_of_zero_stay_finite(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    gt_real x[5] = {1, 2, 3, 4, 5}, y[3];
    open_network(&network, &arena, "dense 3 spectral_norm", 5, 1);
    memset(network.parameters, 0, 15 * sizeof(gt_real));
    gt_network_updated(&network);
    gt_network_updated(&network);
    gt_network_forward(y, &network, x, 1, &pass);
    for (int i = 0; i < 3; i++)
        assert_true(isfinite(y[i]));
    gt_arena_release(&arena);
}

/* The same bytes on any number of threads. */
static void threads_do_not_matter(void **state) {
    (void)state;
    static const char layers[] = "dense 1536 spectral_norm, image 24x8x8, deconv 40 4 stride 2 "
                                 "spectral_norm, conv 8 4 stride 2 spectral_norm";
    gt_real *first = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        gt_network network;
        gt_arena arena;
        use_threads(threads);
        open_network(&network, &arena, layers, 50, 1);
        gt_network_updated(&network);
        if (first == NULL) {
            first = malloc(network.state_count * sizeof *first);
            memcpy(first, network.state, network.state_count * sizeof *first);
        }
        assert_memory_equal(first, network.state, network.state_count * sizeof *first);
        gt_arena_release(&arena);
    }
    free(first);
}

int main(void) {
    use_threads(2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_pytorch_does),
        cmocka_unit_test(gradients_add_up),
        cmocka_unit_test(the_norm_is_the_largest_singular_value),
        cmocka_unit_test(first_norms_fit),
        cmocka_unit_test(only_an_update_changes_state),
        cmocka_unit_test(weights_of_zero_stay_finite),
        cmocka_unit_test(threads_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
