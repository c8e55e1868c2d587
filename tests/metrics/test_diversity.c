/* Diversity against the mean over all pairs, and where it is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "gantrain/base/rng.h"
#include "gantrain/metrics/diversity.h"

enum { COUNT = 37, WIDTH = 19 };

static void it_is_the_root_mean_square_over_pairs(void **state) {
    (void)state;
    gt_real x[COUNT * WIDTH];
    gt_random_normal(x, NULL, (gt_address){.seed = 3}, COUNT, WIDTH);
    const gt_vectors vectors = {.reals = x, .count = COUNT, .width = WIDTH};
    double squares = 0;
    for (uint32_t i = 0; i < COUNT; i++)
        for (uint32_t k = 0; k < COUNT; k++)
            squares += gt_distance_squared(&vectors, i, &vectors, k);
    double expected = sqrt(squares / (COUNT * (COUNT - 1.0)));
    assert_true(fabs(gt_diversity(&vectors) - expected) <= 1e-9 * expected);
}

static void bytes_stand_for_0_to_1(void **state) {
    (void)state;
    const uint8_t bytes[] = {0, 255, 255, 255, 0, 0};
    const gt_vectors vectors = {.bytes = bytes, .count = 2, .width = 3};
    assert_true(fabs(gt_diversity(&vectors) - sqrt(3)) <= 1e-12);
}

static void equal_vectors_have_none(void **state) {
    (void)state;
    uint8_t bytes[3 * 256];
    for (int i = 0; i < 3 * 256; i++) /* every byte, three times */
        bytes[i] = (uint8_t)i;
    const gt_vectors vectors = {.bytes = bytes, .count = 3, .width = 256};
    assert_true(gt_diversity(&vectors) == 0);
    const gt_vectors single = {.bytes = bytes, .count = 1, .width = 2};
    assert_true(gt_diversity(&single) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_root_mean_square_over_pairs),
        cmocka_unit_test(bytes_stand_for_0_to_1),
        cmocka_unit_test(equal_vectors_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
