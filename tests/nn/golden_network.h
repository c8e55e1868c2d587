/* A network against PyTorch's numbers: what comes out, and both gradients. Include it after the file of
 * the numbers, which scripts/make-goldens writes. */
#ifndef TESTS_NN_GOLDEN_NETWORK_H
#define TESTS_NN_GOLDEN_NETWORK_H

#include "nn/network.h"

static inline gt_real *copy(const double *numbers, int count) {
    gt_real *result = malloc((size_t)count * sizeof *result);
    for (int i = 0; i < count; i++)
        result[i] = (gt_real)numbers[i];
    return result;
}

static inline void check(const char *layers, const char *what, const gt_real *got,
                         const double *expected, int count) {
    for (int i = 0; i < count; i++)
        if (!(fabs((double)got[i] - expected[i]) <= 2e-5 * fmax(1, fabs(expected[i]))))
            fail_msg("%s: %s %d is %.9g in place of %.9g", layers, what, i, (double)got[i],
                     expected[i]);
}

static inline void check_network(const struct golden_network *golden, const gt_pass *pass) {
    const gt_shape shape = {golden->channels, golden->height, golden->width};
    const int in = GOLDEN_EXAMPLES * golden->in, out = GOLDEN_EXAMPLES * golden->out;
    gt_network network;
    gt_arena arena = {0};
    gt_error error = {0};
    if (gt_network_parse(&network, golden->layers, shape, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(network.parameter_count, golden->parameters);
    assert_int_equal(network.out, golden->out);
    network.compute = &test_compute;
    gt_network_carve(&network, &arena, GOLDEN_EXAMPLES, true);
    assert_int_equal(gt_arena_reserve(&arena, NULL), GT_OK);
    gt_network_carve(&network, &arena, GOLDEN_EXAMPLES, true);
    gt_init_network(&network, (gt_init){0}, 1, GT_PURPOSE_INIT_GENERATOR);
    for (int i = 0; i < golden->parameters; i++)
        network.parameters[i] = (gt_real)golden->parameter[i];

    gt_real *x = copy(golden->x, in), *y = copy(golden->y, out), *dx = copy(golden->dx, in);
    gt_network_forward(y, &network, x, GOLDEN_EXAMPLES, pass);
    check(golden->layers, "y", y, golden->y, out);
    gt_real *dy = copy(golden->dy, out);
    gt_network_backward(&network, x, y, dy, GOLDEN_EXAMPLES);
    check(golden->layers, "gradient", network.gradients, golden->dparameter, golden->parameters);
    free(dy);
    dy = copy(golden->dy, out);
    gt_network_backward_to_input(dx, &network, x, y, dy, GOLDEN_EXAMPLES);
    check(golden->layers, "dx", dx, golden->dx, in);
    free(x), free(y), free(dx), free(dy);
    gt_arena_release(&arena);
}

#endif
