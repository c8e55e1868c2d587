/* R1 in the float build: a linear network, where all is known; products in bf16 beside those in
 * fp32; and that the penalty adds to what was there, in proportion to its weight. That its gradient
 * is right is checked in test_penalty_gradients.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "nn/network.h"

#include "compute.h"
#include "gantrain/nn/penalty.h"

enum { IN = 40, BATCH = 24 };

static const gt_pass pass = {.training = true, .address = {.seed = 1}};

static gt_real x[BATCH * IN], y[BATCH];

static void carve(gt_network *network, gt_penalty *penalty, gt_arena *arena) {
    gt_network_carve(network, arena, BATCH, true);
    gt_penalty_carve(penalty, network, arena, BATCH);
}

/* Leaves in gradients what the penalty adds to `before` in every place. Returns the mean square. */
static double add_penalty(gt_real *gradients, const char *layers, const gt_compute *compute,
                          gt_real weight, gt_real before) {
    gt_network network;
    gt_penalty penalty = {0};
    gt_arena arena = {0};
    gt_real dy[BATCH] = {0};
    assert_int_equal(gt_network_parse(&network, layers, gt_shape_of_vector(IN), NULL), GT_OK);
    network.compute = compute;
    carve(&network, &penalty, &arena);
    assert_int_equal(gt_arena_reserve(&arena, NULL), GT_OK);
    carve(&network, &penalty, &arena);
    gt_init_network(&network, (gt_init){0}, 1, GT_PURPOSE_INIT_DISCRIMINATOR);
    fill_normal(x, 5, BATCH, IN);
    gt_network_forward(y, &network, x, BATCH, &pass);
    gt_network_backward(&network, x, y, dy, BATCH);
    for (size_t i = 0; i < network.parameter_count; i++)
        network.gradients[i] = before;
    double mean_square = gt_penalty_add(&penalty, &network, x, y, weight, BATCH);
    memcpy(gradients, network.gradients, network.parameter_count * sizeof *gradients);
    gt_arena_release(&arena);
    return mean_square;
}

/* a = w x + b: |g|^2 = |w|^2 whatever x is, and R's gradient is weight w, none of it b's. */
static void of_a_linear_network_it_is_weight_decay(void **state) {
    (void)state;
    gt_real gradients[IN + 1];
    gt_network network;
    gt_arena arena;
    double square = 0;
    double mean_square = add_penalty(gradients, "dense 1", &test_compute, (gt_real)0.3, 2);
    open_network(&network, &arena, "dense 1", IN, 1);
    gt_init_network(&network, (gt_init){0}, 1, GT_PURPOSE_INIT_DISCRIMINATOR);
    for (int i = 0; i < IN; i++) {
        square += (double)network.parameters[i] * (double)network.parameters[i];
        assert_near("dw", (double)gradients[i], 2 + 0.3 * (double)network.parameters[i], 1e-6);
    }
    assert_true(gradients[IN] == 2);
    assert_near("mean square", mean_square, square, 1e-6);
    gt_arena_release(&arena);
}

enum { MOST = 8000 };

static void products_in_bf16_lead_the_same_way(void **state) {
    (void)state;
    static gt_real exact[MOST], rounded[MOST];
    const char *const lists[] = {
        "dense 32, leaky_relu 0.2, dense 16, tanh, dense 1",
        "dropout 0.2, maxout 16 3, dropout 0.5, maxout 12 4, sigmoid, dense 1",
    };
    gt_compute fp32 = {0}, bf16 = {0};
    assert_int_equal(gt_compute_open(&fp32, 1, "auto", "fp32", NULL), GT_OK);
    if (gt_compute_open(&bf16, 1, "auto", "bf16", NULL) != GT_OK) {
        gt_compute_close(&fp32);
        print_message("skipped: no backend makes products in bf16 here\n");
        skip();
    }
    for (int i = 0; i < 2; i++) {
        double both = 0, left = 0, right = 0;
        memset(exact, 0, sizeof exact);
        memset(rounded, 0, sizeof rounded);
        double square = add_penalty(exact, lists[i], &fp32, 1, 0);
        assert_near("mean square", add_penalty(rounded, lists[i], &bf16, 1, 0) / square, 1, 0.03);
        for (int k = 0; k < MOST; k++) {
            both += (double)exact[k] * (double)rounded[k];
            left += (double)exact[k] * (double)exact[k];
            right += (double)rounded[k] * (double)rounded[k];
        }
        assert_true(left > 0);
        assert_near("cosine", both / sqrt(left * right), 1, 0.01);
        assert_near("length", sqrt(right / left), 1, 0.03);
    }
    gt_compute_close(&fp32);
    gt_compute_close(&bf16);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_linear_network_it_is_weight_decay),
        cmocka_unit_test(products_in_bf16_lead_the_same_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
