/* A network on its own, for tests of its layers. Include it after cmocka.h. */
#ifndef TESTS_NN_NETWORK_H
#define TESTS_NN_NETWORK_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/nn/init.h"

/* Carved for training, with weights drawn from seed 1. */
static inline void open_network(gt_network *network, gt_arena *arena, const char *layers, int in,
                                int max_batch) {
    *arena = (gt_arena){0};
    gt_error error = {0};
    if (gt_network_parse(network, layers, gt_shape_of_vector(in), &error) != GT_OK)
        fail_msg("%s", error.message);
    network->compute = &test_compute;
    gt_network_carve(network, arena, max_batch, true);
    assert_int_equal(gt_arena_reserve(arena, NULL), GT_OK);
    gt_network_carve(network, arena, max_batch, true);
    gt_init_network(network, (gt_init){0}, 1, GT_PURPOSE_INIT_GENERATOR);
}

/* Standard normal numbers; another `number`, other numbers. */
static inline void fill_normal(gt_real *numbers, uint64_t number, int rows, int columns) {
    gt_random_normal(numbers, NULL, (gt_address){.seed = 77, .step = number}, rows, columns);
}

static inline void assert_near(const char *what, double got, double expected, double tolerance) {
    if (!(fabs(got - expected) <= tolerance * fmax(1, fabs(expected))))
        fail_msg("%s: %.9g in place of %.9g", what, got, expected);
}

#endif
