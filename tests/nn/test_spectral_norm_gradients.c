/* Gradients through spectral_norm, and the parameters' gradient of R1 through it, against central
 * differences in double, in every kind of layer that has the option. u and v are constants there, so
 * a loss refreshes the norm of the weights that were moved and leaves them alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gradient_check.h"

#include <stdio.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/nn/penalty.h"

enum { BATCH = 3 };

static const double weight = 3;
static const gt_pass pass = {.training = true};

/* A network under a loss that is a fixed linear function of its output, or under R1. */
typedef struct subject {
    gt_network network;
    gt_penalty penalty;
    gt_arena arena;
    double *x, *dx, *y, *dy, *work;
} subject;

static double linear_loss(void *context) {
    subject *s = context;
    double loss = 0;
    gt_network_refresh(&s->network);
    gt_network_forward(s->y, &s->network, s->x, BATCH, &pass);
    for (int i = 0; i < BATCH * s->network.out; i++)
        loss += s->dy[i] * s->y[i];
    return loss;
}

static double penalty_loss(void *context) {
    subject *s = context;
    double squares = 0;
    for (int i = 0; i < BATCH; i++)
        s->work[i] = 1;
    gt_network_refresh(&s->network);
    gt_network_forward(s->y, &s->network, s->x, BATCH, &pass);
    gt_network_backward_to_input(s->dx, &s->network, s->x, s->y, s->work, BATCH);
    for (int i = 0; i < BATCH * s->network.in; i++)
        squares += s->dx[i] * s->dx[i];
    return weight / 2 * squares / BATCH;
}

static void carve(subject *s) {
    size_t in = BATCH * (size_t)s->network.in, out = BATCH * (size_t)s->network.out;
    gt_network_carve(&s->network, &s->arena, BATCH, true);
    gt_penalty_carve(&s->penalty, &s->network, &s->arena, BATCH);
    s->x = gt_arena_take(&s->arena, in, sizeof *s->x);
    s->dx = gt_arena_take(&s->arena, in, sizeof *s->x);
    s->y = gt_arena_take(&s->arena, out, sizeof *s->x);
    s->dy = gt_arena_take(&s->arena, out, sizeof *s->x);
    s->work = gt_arena_take(&s->arena, out, sizeof *s->x);
}

/* Weights that have moved since the last iteration, as they have when a checkpoint is sampled. */
static subject *open_subject(const char *layers, gt_shape in) {
    subject *s = calloc(1, sizeof *s);
    gt_error error = {0};
    if (gt_network_parse(&s->network, layers, in, &error) != GT_OK)
        fail_msg("%s: %s", layers, error.message);
    s->network.compute = &test_compute;
    carve(s);
    assert_int_equal(gt_arena_reserve(&s->arena, NULL), GT_OK);
    carve(s);
    gradient_fill(s->network.parameters, s->network.parameter_count, 0.1, 0.5, 33);
    gradient_fill(s->network.state, s->network.state_count, 0.1, 1, 35);
    for (int i = 0; i < 2; i++)
        gt_network_updated(&s->network);
    for (size_t i = 0; i < s->network.parameter_count; i++)
        s->network.parameters[i] *= 1 + 0.1 * (double)(i % 3);
    gt_network_refresh(&s->network);
    gradient_fill(s->x, BATCH * (size_t)s->network.in, 0.1, 1, 6);
    gradient_fill(s->dy, BATCH * (size_t)s->network.out, 0.2, 0.5, 7);
    return s;
}

static void close_subject(subject *s) {
    gt_arena_release(&s->arena);
    free(s);
}

static void check_network(const char *layers, gt_shape in) {
    subject *s = open_subject(layers, in);
    size_t bytes = BATCH * (size_t)s->network.out * sizeof *s->dy;
    char what[200];
    linear_loss(s);
    memcpy(s->work, s->dy, bytes);
    gt_network_backward(&s->network, s->x, s->y, s->work, BATCH);
    snprintf(what, sizeof what, "%s, parameters", layers);
    gradient_check(what, linear_loss, s, s->network.parameters, s->network.gradients,
                   s->network.parameter_count);
    linear_loss(s);
    memcpy(s->work, s->dy, bytes);
    gt_network_backward_to_input(s->dx, &s->network, s->x, s->y, s->work, BATCH);
    gradient_check(layers, linear_loss, s, s->x, s->dx, BATCH * (size_t)s->network.in);
    close_subject(s);
}

/* The network ends in one number. */
static void check_penalty(const char *layers, gt_shape in) {
    subject *s = open_subject(layers, in);
    char what[200];
    memset(s->work, 0, BATCH * sizeof *s->work);
    gt_network_forward(s->y, &s->network, s->x, BATCH, &pass);
    gt_network_backward(&s->network, s->x, s->y, s->work, BATCH);
    double mean_square = gt_penalty_add(&s->penalty, &s->network, s->x, s->y, weight, BATCH);
    double loss = penalty_loss(s);
    assert_true(fabs(weight / 2 * mean_square - loss) <= 1e-12 * loss);
    snprintf(what, sizeof what, "R1 of %s", layers);
    gradient_check(what, penalty_loss, s, s->network.parameters, s->network.gradients,
                   s->network.parameter_count);
    close_subject(s);
}

static void check_both(const char *entry, gt_shape in) {
    char layers[200];
    check_network(entry, in);
    snprintf(layers, sizeof layers, "tanh, %s, tanh, dense 1 spectral_norm", entry);
    check_penalty(layers, in);
}

static const gt_shape image = {2, 5, 4}, small = {3, 2, 3};

/* Every kind with the option, with an entry that has it. */
static const struct check {
    const char *kind, *entry;
} checks[] = {
    {"dense", "dense 4 spectral_norm"},
    {"conv", "conv 3 4 stride 2 spectral_norm"},
    {"deconv", "deconv 2 4 stride 2 spectral_norm"},
};
enum { CHECKS = sizeof checks / sizeof *checks };

static bool has_option(const gt_layer_kind *kind) {
    for (int i = 0; i < GT_LAYER_ARGUMENTS; i++)
        if (kind->arguments[i].keyword != NULL &&
            strcmp(kind->arguments[i].keyword, "spectral_norm") == 0)
            return true;
    return false;
}

static void every_kind_with_the_option(void **state) {
    (void)state;
    const gt_layer_kind *kind;
    int found = 0;
    for (int i = 0; (kind = gt_layer_kind_at(i)) != NULL; i++) {
        const char *entry = NULL;
        for (int k = 0; k < CHECKS; k++)
            if (strcmp(checks[k].kind, kind->name) == 0)
                entry = checks[k].entry;
        if (has_option(kind) != (entry != NULL))
            fail_msg("%s: the table of this test and its arguments differ", kind->name);
        if (entry == NULL)
            continue;
        check_both(entry, image);
        found++;
    }
    assert_int_equal(found, CHECKS);
}

static void convolutions_of_every_size_stride_and_pad(void **state) {
    (void)state;
    char entry[80];
    for (int size = 1; size <= 4; size++)
        for (int stride = 1; stride <= 3; stride++)
            for (int pad = 0; pad < size; pad++) {
                snprintf(entry, sizeof entry, "conv 3 %d stride %d pad %d spectral_norm", size,
                         stride, pad);
                if (size <= image.width + 2 * pad)
                    check_both(entry, image);
                snprintf(entry, sizeof entry, "deconv 2 %d stride %d pad %d spectral_norm", size,
                         stride, pad);
                if (stride + size - 2 * pad >= 1)
                    check_both(entry, small);
            }
}

/* One row, one column, one channel; layers without the option between those with it. */
static void stacks(void **state) {
    (void)state;
    check_network("dense 1 spectral_norm", gt_shape_of_vector(3));
    check_network("dense 3 spectral_norm", gt_shape_of_vector(1));
    check_network("deconv 2 3 spectral_norm", (gt_shape){1, 3, 3});
    check_penalty("conv 4 4 stride 2 spectral_norm, leaky_relu 0.2, conv 5 3 stride 2, tanh, "
                  "conv 2 1 spectral_norm, tanh, dense 1",
                  (gt_shape){1, 8, 8});
    check_penalty("dense 6 spectral_norm, sigmoid, dense 5, tanh, dense 1 spectral_norm, tanh",
                  gt_shape_of_vector(4));
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_with_the_option),
        cmocka_unit_test(convolutions_of_every_size_stride_and_pad),
        cmocka_unit_test(stacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
