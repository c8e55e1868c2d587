/* minibatch_stddev against deviations worked out by hand, in training and when sampling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "compute.h"
#include "gantrain/nn/network.h"

enum { PIXELS = 2, CHANNELS = 2, BATCH = 4 };

/* Deviations over the examples: 0, 1, 2 and 5, but for an epsilon below the square root. */
static const gt_real images[BATCH][PIXELS * CHANNELS] = {
    {3, 1, 8, 5}, {3, 1, 4, -5}, {3, -1, 8, 5}, {3, -1, 4, -5}};

static void the_added_channel_is_the_mean_deviation(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena = {0};
    gt_real y[BATCH][PIXELS][CHANNELS + 1];
    assert_int_equal(
        gt_network_parse(&network, "minibatch_stddev", (gt_shape){CHANNELS, 1, PIXELS}, NULL),
        GT_OK);
    network.compute = &test_compute;
    gt_network_carve(&network, &arena, BATCH, false);
    assert_int_equal(gt_arena_reserve(&arena, NULL), GT_OK);
    gt_network_carve(&network, &arena, BATCH, false);
    for (int training = 0; training < 2; training++) {
        const gt_pass pass = {.training = training == 1};
        gt_network_forward(&y[0][0][0], &network, images[0], BATCH, &pass);
        for (int row = 0; row < BATCH; row++)
            for (int pixel = 0; pixel < PIXELS; pixel++) {
                for (int i = 0; i < CHANNELS; i++)
                    assert_true(y[row][pixel][i] == images[row][pixel * CHANNELS + i]);
                assert_true(fabs((double)y[row][pixel][CHANNELS] - (0 + 1 + 2 + 5) / 4.0) < 1e-4);
            }
    }
    gt_arena_release(&arena);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_added_channel_is_the_mean_deviation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
