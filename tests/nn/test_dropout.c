/* dropout: how many numbers go and by how much the others grow, that which ones go is a function of
 * the address and of nothing else, and that the way back leaves out the same ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compute.h"
#include "nn/network.h"

enum { WIDTH = 350, BATCH = 60, SIZE = WIDTH * BATCH }; /* enough for the work to be cut */

static gt_real x[SIZE], y[SIZE], dx[SIZE], dy[SIZE];

static gt_pass training_at(uint64_t step, uint32_t example) {
    return (gt_pass){.training = true, .address = {5, GT_PURPOSE_PASS, step, example}};
}

/* Leaves in out what a network of those layers makes of numbers, in one pass. */
static void run(gt_real *out, const char *layers, const gt_real *numbers, int batch,
                const gt_pass *pass) {
    gt_network network;
    gt_arena arena;
    open_network(&network, &arena, layers, WIDTH, batch);
    gt_network_forward(out, &network, numbers, batch, pass);
    gt_arena_release(&arena);
}

static void fill_ones(gt_real *numbers, int count) {
    for (int i = 0; i < count; i++)
        numbers[i] = 1;
}

static void the_share_p_goes_and_the_rest_grows(void **state) {
    (void)state;
    const struct {
        const char *entry;
        double dropped;
    } rates[] = {{"dropout 0.1", 0.1}, {"dropout 0.5", 0.5}, {"dropout 0.2", 0.2},
                 {"dropout 0.9", 0.9}, {"dropout 0", 0},     {"dropout 0.999", 0.999}};
    fill_normal(x, 1, BATCH, WIDTH);
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        const gt_pass pass = training_at(i, 0);
        double dropped = rates[i].dropped, gone = 0;
        run(y, rates[i].entry, x, BATCH, &pass);
        for (int k = 0; k < SIZE; k++) {
            gone += y[k] == 0;
            if (y[k] != 0)
                assert_near("y", (double)y[k], (double)x[k] / (1 - dropped), 1e-4);
        }
        /* Five standard deviations. */
        if (!(fabs(gone / SIZE - dropped) <= 5 * sqrt(dropped * (1 - dropped) / SIZE)))
            fail_msg("%s: %g are gone", rates[i].entry, gone / SIZE);
    }
}

static void the_mask_is_a_function_of_the_address(void **state) {
    (void)state;
    const gt_pass whole = training_at(3, 0);
    static gt_real part[SIZE];
    fill_normal(x, 1, BATCH, WIDTH);
    run(y, "dropout 0.4", x, BATCH, &whole);
    const int cuts[] = {0, 1, 6, 7, 40, BATCH};
    for (int i = 0; i + 1 < 6; i++) {
        const gt_pass pass = training_at(3, (uint32_t)cuts[i]);
        int rows = cuts[i + 1] - cuts[i], first = cuts[i] * WIDTH;
        run(part, "dropout 0.4", x + first, rows, &pass);
        assert_memory_equal(part, y + first, (size_t)rows * WIDTH * sizeof *y);
    }
    run(part, "dropout 0.4", x, BATCH, &whole);
    assert_memory_equal(part, y, sizeof part);
}

/* A pass over two minibatches, of which a process has some rows each, has the masks of these rows. */
static void rows_of_other_processes_are_passed_over(void **state) {
    (void)state;
    enum { WHOLE = BATCH / 2, FIRST = 11, ROWS = 7 };
    gt_pass whole = training_at(3, 0), own = training_at(3, FIRST);
    static gt_real part[2 * ROWS * WIDTH];
    const size_t bytes = sizeof part / 2;
    fill_ones(x, SIZE);
    own.group = ROWS;
    own.skip = WHOLE - ROWS;
    run(y, "dropout 0.4", x, BATCH, &whole);
    run(part, "dropout 0.4", x, 2 * ROWS, &own);
    assert_memory_equal(part, y + FIRST * WIDTH, bytes);
    assert_memory_equal(part + ROWS * WIDTH, y + (WHOLE + FIRST) * WIDTH, bytes);
}

/* The share of numbers left out of one that are left out of the other too. */
static double common_share(const gt_real *first, const gt_real *second) {
    double both = 0, gone = 0;
    for (int i = 0; i < SIZE; i++) {
        gone += first[i] == 0;
        both += first[i] == 0 && second[i] == 0;
    }
    return both / gone;
}

static void another_address_has_another_mask(void **state) {
    (void)state;
    static gt_real other[SIZE];
    const gt_pass pass = training_at(3, 0);
    gt_pass others[] = {pass, pass, pass, pass, pass};
    others[0].address.step = 4;
    others[1].address.step = 3 + (UINT64_C(1) << 40);
    others[2].address.seed = 6;
    others[3].address.example = 1;
    others[4].address.purpose = GT_PURPOSE_LATENT_D;
    fill_ones(x, SIZE);
    run(y, "dropout 0.4", x, BATCH, &pass);
    for (int i = 0; i < 5; i++) {
        run(other, "dropout 0.4", x, BATCH, &others[i]);
        if (!(fabs(common_share(y, other) - 0.4) < 0.03))
            fail_msg("pass %d has %g in common", i, common_share(y, other));
    }
}

/* With masks of their own a quarter is left of two layers, not a half; and the layers of one pass
 * do not draw what those of the next do. */
static void two_layers_of_a_network_have_masks_of_their_own(void **state) {
    (void)state;
    static gt_real second[SIZE];
    fill_ones(x, SIZE);
    for (uint64_t step = 0; step < 3; step++) {
        const gt_pass pass = training_at(step, 0), next = training_at(step + 1, 0);
        double left = 0;
        run(y, "dropout 0.5, dropout 0.5", x, BATCH, &pass);
        for (int i = 0; i < SIZE; i++) {
            assert_true(y[i] == 0 || y[i] == 4);
            left += y[i] == 4;
        }
        assert_true(fabs(left / SIZE - 0.25) < 0.02);
        run(y, "dropout 0, dropout 0.5", x, BATCH, &pass);
        run(second, "dropout 0.5, dropout 0", x, BATCH, &next);
        assert_true(fabs(common_share(y, second) - 0.5) < 0.03);
    }
}

static void nothing_goes_when_not_training(void **state) {
    (void)state;
    const gt_pass sampling = {.training = false, .address = {.seed = 5}};
    fill_normal(x, 1, BATCH, WIDTH);
    run(y, "dropout 0.9", x, BATCH, &sampling);
    assert_memory_equal(y, x, sizeof y);
    run(y, "dropout 0.5, dropout 0.999", x, BATCH, &sampling);
    assert_memory_equal(y, x, sizeof y);
}

/* On ones y is the mask, so dx = dy y: to the input, and to the parameters below. */
static void the_way_back_has_the_mask_of_the_way_up(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    const gt_pass first = training_at(1, 0), second = training_at(2, 0);
    static gt_real work[SIZE];
    fill_ones(x, SIZE);
    fill_normal(dy, 2, BATCH, WIDTH);
    open_network(&network, &arena, "dropout 0.3", WIDTH, BATCH);
    for (int rows = BATCH; rows >= 1; rows -= BATCH - 1) {
        gt_network_forward(y, &network, x, BATCH, &second);
        gt_network_forward(y, &network, x, BATCH, &first);
        memcpy(work, dy, sizeof work);
        gt_network_backward_to_input(dx, &network, x, y, work, rows);
        for (int i = 0; i < rows * WIDTH; i++)
            assert_true(dx[i] == dy[i] * y[i]);
    }
    gt_arena_release(&arena);

    /* Behind a dense layer of no weights and biases of 1, in place: db is the sum of dy y. */
    gt_real parameters_y[BATCH * 3], db[3] = {0};
    open_network(&network, &arena, "dense 3, dropout 0.3", WIDTH, BATCH);
    memset(network.parameters, 0, network.parameter_count * sizeof(gt_real));
    fill_ones(gt_network_tensor(&network, &network.layers[0].tensors[1]), 3);
    gt_network_forward(parameters_y, &network, x, BATCH, &first);
    memcpy(work, dy, sizeof work);
    for (int i = 0; i < BATCH * 3; i++)
        db[i % 3] += dy[i] * parameters_y[i];
    gt_network_backward(&network, x, parameters_y, work, BATCH);
    for (int i = 0; i < 3; i++)
        assert_near("db",
                    (double)network.gradients[network.layers[0].tensors[1].offset + (size_t)i],
                    (double)db[i], 1e-5);
    gt_arena_release(&arena);
}

static void a_nan_goes_through(void **state) {
    (void)state;
    const gt_pass pass = training_at(3, 0);
    fill_ones(x, SIZE);
    for (int i = 0; i < SIZE; i += 7)
        x[i] = NAN;
    run(y, "dropout 0.5", x, BATCH, &pass);
    for (int i = 0; i < SIZE; i++)
        assert_int_equal(isnan(y[i]), i % 7 == 0);
}

static void any_team_gives_the_same(void **state) {
    (void)state;
    const gt_pass pass = training_at(3, 0);
    static gt_real first_y[SIZE], first_dx[SIZE], work[SIZE];
    fill_normal(x, 1, BATCH, WIDTH);
    fill_normal(dy, 2, BATCH, WIDTH);
    assert_true((long)SIZE > GT_LOOP_WORTH);
    for (int threads = 1; threads <= 3; threads++) {
        gt_network network;
        gt_arena arena;
        use_threads(threads);
        open_network(&network, &arena, "dropout 0.5", WIDTH, BATCH);
        gt_network_forward(y, &network, x, BATCH, &pass);
        memcpy(work, dy, sizeof work);
        gt_network_backward_to_input(dx, &network, x, y, work, BATCH);
        gt_arena_release(&arena);
        if (threads == 1) {
            memcpy(first_y, y, sizeof y);
            memcpy(first_dx, dx, sizeof dx);
        }
        assert_memory_equal(y, first_y, sizeof y);
        assert_memory_equal(dx, first_dx, sizeof dx);
    }
    use_threads(1);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_share_p_goes_and_the_rest_grows),
        cmocka_unit_test(the_mask_is_a_function_of_the_address),
        cmocka_unit_test(rows_of_other_processes_are_passed_over),
        cmocka_unit_test(another_address_has_another_mask),
        cmocka_unit_test(two_layers_of_a_network_have_masks_of_their_own),
        cmocka_unit_test(nothing_goes_when_not_training),
        cmocka_unit_test(the_way_back_has_the_mask_of_the_way_up),
        cmocka_unit_test(a_nan_goes_through),
        cmocka_unit_test(any_team_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
