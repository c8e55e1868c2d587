/* The parameters' gradient of R1 against central differences in double, for every kind of layer
 * that a discriminator under the penalty may hold, alone, in pairs and in stacks. */
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

/* How each kind is entered in the lists that are checked. */
static const struct check {
    const char *kind, *entry;
} checks[] = {
    {"dense", "dense 5"},
    {"maxout", "maxout 5 3"},
    {"relu", "relu"},
    {"leaky_relu", "leaky_relu 0.2"},
    {"sigmoid", "sigmoid"},
    {"tanh", "tanh"},
    {"dropout", "dropout 0.2"},
    /* On vectors; on images in test_image_gradients.c. */
    {"conv", "dense 8, image 2x2x2, conv 3 2 pad 1"},
    {"deconv", "dense 8, image 2x2x2, deconv 1 2 stride 2"},
    {"channel_max", "dense 12, image 6x2x1, channel_max 3"},
    {"image", "dense 6, image 3x2x1"},
    {"flatten", "dense 6, image 3x1x2, flatten"},
    {"pool", "dense 12, image 3x2x2, pool 2"},
    {"upsample", "dense 2, image 2x1x1, upsample 2"},
    {"global_pool", "dense 12, image 3x2x2, global_pool"},
    {"one_hot", "one_hot 3"},
    {"embedding", "embedding 3 2"},
    {"projection", "projection 3"},
};
enum { CHECKS = sizeof checks / sizeof *checks };

enum { IN = 6, BATCH = 4 };

static const double weight = 3;

typedef struct subject {
    gt_network network;
    gt_penalty penalty;
    gt_arena arena;
    double x[BATCH * IN], g[BATCH * IN], y[BATCH];
} subject;

static const double condition[BATCH * 3] = {1, 0, 0, 0, 0, 1, 0.25, 0.75, 0, 0, 1, 0};

static const gt_pass pass = {
    .training = true, .address = {.seed = 1, .purpose = GT_PURPOSE_PASS}, .condition = condition};

/* R by its definition, with the gradient at the input that gt_network_backward_to_input gives. */
static double penalty_loss(void *context) {
    subject *s = context;
    double dy[BATCH], squares = 0;
    for (int i = 0; i < BATCH; i++)
        dy[i] = 1;
    gt_network_forward(s->y, &s->network, s->x, BATCH, &pass);
    gt_network_backward_to_input(s->g, &s->network, s->x, s->y, dy, BATCH);
    for (int i = 0; i < BATCH * IN; i++)
        squares += s->g[i] * s->g[i];
    return weight / 2 * squares / BATCH;
}

static void carve(subject *s) {
    s->network.compute = &test_compute;
    gt_network_carve(&s->network, &s->arena, BATCH, true);
    gt_penalty_carve(&s->penalty, &s->network, &s->arena, BATCH);
}

static subject *open_subject(const char *layers) {
    subject *s = calloc(1, sizeof *s);
    gt_error error = {0};
    if (gt_network_parse(&s->network, layers, gt_shape_of_vector(IN), &error) != GT_OK)
        fail_msg("%s", error.message);
    carve(s);
    assert_int_equal(gt_arena_reserve(&s->arena, NULL), GT_OK);
    carve(s);
    gradient_fill(s->network.parameters, s->network.parameter_count, 0.1, 1, 21);
    gradient_fill(s->x, BATCH * IN, 0.1, 1.5, 6);
    return s;
}

static void close_subject(subject *s) {
    gt_arena_release(&s->arena);
    free(s);
}

/* The gradient that the penalty adds to what was there: a backward pass that gave 0. */
static double add_penalty(subject *s) {
    double dy[BATCH] = {0};
    gt_network_begin_gradients(&s->network);
    gt_network_forward(s->y, &s->network, s->x, BATCH, &pass);
    gt_network_backward(&s->network, s->x, s->y, dy, BATCH);
    return gt_penalty_add(&s->penalty, &s->network, s->x, s->y, weight, BATCH);
}

static void check_penalty(const char *layers) {
    subject *s = open_subject(layers);
    double mean_square = add_penalty(s);
    double loss = penalty_loss(s);
    assert_true(fabs(weight / 2 * mean_square - loss) <= 1e-12 * loss);
    gradient_check(layers, penalty_loss, s, s->network.parameters, s->network.gradients,
                   s->network.parameter_count);
    close_subject(s);
}

static const char *entry_of(const gt_layer_kind *kind) {
    for (int i = 0; i < CHECKS; i++)
        if (strcmp(checks[i].kind, kind->name) == 0)
            return checks[i].entry;
    fail_msg("%s has no check: enter it in the table of this test", kind->name);
    return NULL;
}

static void every_kind_alone_and_behind_every_other(void **state) {
    (void)state;
    const gt_layer_kind *first, *second;
    int kinds = 0;
    for (int i = 0; (first = gt_layer_kind_at(i)) != NULL; i++) {
        char layers[160];
        if (first->couples_examples)
            continue;
        kinds++;
        snprintf(layers, sizeof layers, "dense 7, %s, dense 1", entry_of(first));
        check_penalty(layers);
        for (int k = 0; (second = gt_layer_kind_at(k)) != NULL; k++) {
            if (second->couples_examples)
                continue;
            snprintf(layers, sizeof layers, "%s, %s, dense 1", entry_of(first), entry_of(second));
            check_penalty(layers);
            snprintf(layers, sizeof layers, "dense 8, %s, dense 6, %s, dense 1", entry_of(first),
                     entry_of(second));
            check_penalty(layers);
        }
    }
    assert_int_equal(kinds, CHECKS);
}

static void stacks(void **state) {
    (void)state;
    check_penalty("dense 8, leaky_relu 0.2, dense 7, leaky_relu 0.2, dense 1");
    check_penalty("dropout 0.2, maxout 6 3, dropout 0.3, maxout 6 2, dropout 0.3, dense 1");
    check_penalty("dense 5, tanh, tanh, dense 4, sigmoid, dense 3, relu, dense 1, tanh");
}

/* What was in the gradients stays in them. */
static void it_adds(void **state) {
    (void)state;
    subject *s = open_subject("dense 5, tanh, dense 1");
    double both[128], dy[BATCH];
    size_t count = s->network.parameter_count;
    assert_true(count <= sizeof both / sizeof *both);
    add_penalty(s);
    memcpy(both, s->network.gradients, count * sizeof *both);
    for (int i = 0; i < BATCH; i++)
        dy[i] = 0.3 * (i + 1);
    gt_network_begin_gradients(&s->network);
    gt_network_forward(s->y, &s->network, s->x, BATCH, &pass);
    gt_network_backward(&s->network, s->x, s->y, dy, BATCH);
    for (size_t i = 0; i < count; i++)
        both[i] += s->network.gradients[i];
    gt_penalty_add(&s->penalty, &s->network, s->x, s->y, weight, BATCH);
    for (size_t i = 0; i < count; i++)
        assert_true(fabs(both[i] - s->network.gradients[i]) <= 1e-12 * (1 + fabs(both[i])));
    close_subject(s);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_alone_and_behind_every_other),
        cmocka_unit_test(stacks),
        cmocka_unit_test(it_adds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
