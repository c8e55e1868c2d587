/* Gradients of every kind of layer, alone, in pairs and in stacks, and of the losses, against
 * central differences in double. The kinds are those of the table: one without a check fails the
 * test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gradient_check.h"

#include <stdio.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/nn/loss.h"
#include "gantrain/nn/network.h"

/* How each kind is entered in the lists that are checked. */
static const struct check {
    const char *kind, *entry;
} checks[] = {
    {"dense", "dense 3"},
    {"maxout", "maxout 3 4"},
    {"relu", "relu"},
    {"leaky_relu", "leaky_relu 0.2"},
    {"sigmoid", "sigmoid"},
    {"tanh", "tanh"},
    {"dropout", "dropout 0.3"},
    {"batchnorm", "batchnorm"},
    /* On vectors; on images in test_image_gradients.c. */
    {"conv", "dense 8, image 2x2x2, conv 3 2 pad 1"},
    {"deconv", "dense 8, image 2x2x2, deconv 1 2 stride 2"},
    {"channel_max", "dense 12, image 6x2x1, channel_max 3"},
    {"image", "dense 6, image 3x2x1"},
    {"flatten", "dense 6, image 3x1x2, flatten"},
    {"pool", "dense 12, image 3x2x2, pool 2"},
    {"upsample", "dense 2, image 2x1x1, upsample 2"},
    {"global_pool", "dense 12, image 3x2x2, global_pool"},
    {"minibatch_stddev", "minibatch_stddev"},
    {"one_hot", "one_hot 3"},
    {"embedding", "embedding 3 2"},
    {"projection", "projection 3"},
};
enum { CHECKS = sizeof checks / sizeof *checks };

enum { IN = 4, BATCH = 5, MOST = BATCH * 64 };

/* A network under a loss that is a fixed linear function of its output: sum of dy y. */
typedef struct subject {
    gt_network network;
    gt_arena arena;
    double x[BATCH * IN], dx[BATCH * IN], y[MOST], dy[MOST];
} subject;

/* The classes of the examples, of which one is a mixture. */
static const double condition[BATCH * 3] = {1, 0, 0, 0, 0, 1, 0.25, 0.75, 0, 0, 1, 0, 0, 0, 1};

static const gt_pass pass = {
    .training = true, .address = {.seed = 1, .purpose = GT_PURPOSE_PASS}, .condition = condition};

static double linear_loss(void *context) {
    subject *s = context;
    double loss = 0;
    gt_network_forward(s->y, &s->network, s->x, BATCH, &pass);
    for (int i = 0; i < BATCH * s->network.out; i++)
        loss += s->dy[i] * s->y[i];
    return loss;
}

/* Inputs and weights keep away from 0, where rectifiers have a kink. */
static subject *open_subject(const char *layers) {
    subject *s = calloc(1, sizeof *s);
    gt_error error = {0};
    if (gt_network_parse(&s->network, layers, gt_shape_of_vector(IN), &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_true(BATCH * s->network.out <= MOST);
    s->network.compute = &test_compute;
    gt_network_carve(&s->network, &s->arena, BATCH, true);
    assert_int_equal(gt_arena_reserve(&s->arena, NULL), GT_OK);
    gt_network_carve(&s->network, &s->arena, BATCH, true);
    gradient_fill(s->network.parameters, s->network.parameter_count, 0.1, 1, 25);
    gradient_fill(s->x, BATCH * IN, 0.1, 1.5, 6);
    gradient_fill(s->dy, MOST, 0.5, 1, 7);
    return s;
}

static void close_subject(subject *s) {
    gt_arena_release(&s->arena);
    free(s);
}

/* Both ways back: to the parameters, and to the input with the parameters frozen. */
static void check_network(const char *layers) {
    subject *s = open_subject(layers);
    double dy[MOST];
    linear_loss(s);
    if (s->network.parameter_count > 0) {
        char what[160];
        memcpy(dy, s->dy, sizeof dy);
        gt_network_backward(&s->network, s->x, s->y, dy, BATCH);
        snprintf(what, sizeof what, "%s, parameters", layers);
        gradient_check(what, linear_loss, s, s->network.parameters, s->network.gradients,
                       s->network.parameter_count);
    }
    linear_loss(s);
    memcpy(dy, s->dy, sizeof dy);
    gt_network_backward_to_input(s->dx, &s->network, s->x, s->y, dy, BATCH);
    gradient_check(layers, linear_loss, s, s->x, s->dx, BATCH * IN);
    close_subject(s);
}

static const char *entry_of(const char *kind) {
    for (int i = 0; i < CHECKS; i++)
        if (strcmp(checks[i].kind, kind) == 0)
            return checks[i].entry;
    fail_msg("%s has no check: enter it in the table of this test", kind);
    return NULL;
}

static void every_kind_alone(void **state) {
    (void)state;
    int kinds = 0;
    for (; gt_layer_kind_at(kinds) != NULL; kinds++)
        check_network(entry_of(gt_layer_kind_at(kinds)->name));
    assert_int_equal(kinds, CHECKS);
}

/* In pairs, side by side and with a dense layer between and around: who works in place of whom
 * depends on the neighbours. */
static void every_kind_behind_every_other(void **state) {
    (void)state;
    for (int i = 0; gt_layer_kind_at(i) != NULL; i++)
        for (int k = 0; gt_layer_kind_at(k) != NULL; k++) {
            const char *first = entry_of(gt_layer_kind_at(i)->name);
            const char *second = entry_of(gt_layer_kind_at(k)->name);
            char layers[160];
            /* A channel that is the same in all examples: batchnorm leaves nothing but rounding. */
            bool is_flat =
                strcmp(first, "minibatch_stddev") == 0 && strcmp(second, "batchnorm") == 0;
            snprintf(layers, sizeof layers, "%s, %s", first, second);
            if (!is_flat)
                check_network(layers);
            snprintf(layers, sizeof layers, "dense 6, %s, %s, dense 3", first, second);
            if (!is_flat)
                check_network(layers);
            snprintf(layers, sizeof layers, "%s, dense 5, %s", first, second);
            check_network(layers);
        }
}

static void deep_stacks(void **state) {
    (void)state;
    check_network("dense 7, leaky_relu 0.2, dense 6, leaky_relu 0.2, dense 5, tanh");
    check_network("dense 7, tanh, dense 1, sigmoid, dense 8, tanh, dense 2");
    check_network("tanh, sigmoid, leaky_relu 0.5, dense 6, tanh, tanh, dense 3, leaky_relu 0.1");
    check_network("dense 16, relu, dense 16, relu, dense 16, relu, dense 1");
}

/* Gradients of two passes are added: those of the sum of two losses. */
static double loss_of_two_passes(void *context) {
    subject *s = context;
    double loss = linear_loss(s);
    for (int i = 0; i < BATCH * IN; i++)
        s->x[i] = -s->x[i];
    loss += linear_loss(s);
    for (int i = 0; i < BATCH * IN; i++)
        s->x[i] = -s->x[i];
    return loss;
}

static void gradients_of_two_passes_add_up(void **state) {
    (void)state;
    subject *s = open_subject("dense 5, tanh, dense 3");
    for (int half = 0; half < 2; half++) {
        double dy[MOST];
        memcpy(dy, s->dy, sizeof dy);
        linear_loss(s);
        gt_network_backward(&s->network, s->x, s->y, dy, BATCH);
        for (int i = 0; i < BATCH * IN; i++)
            s->x[i] = -s->x[i];
    }
    gradient_check("two passes", loss_of_two_passes, s, s->network.parameters, s->network.gradients,
                   s->network.parameter_count);
    close_subject(s);
}

enum { LOGITS = 9 };

typedef struct loss_subject {
    double logits[LOGITS], target;
} loss_subject;

static double logistic_loss(void *context) {
    loss_subject *s = context;
    double unused[LOGITS];
    return gt_loss_logistic(unused, s->logits, s->target, 1, LOGITS);
}

static void the_logistic_loss(void **state) {
    (void)state;
    const double targets[] = {0, 1, 0.9, 0.25};
    for (int i = 0; i < 4; i++) {
        loss_subject s = {.target = targets[i]};
        double dlogits[LOGITS];
        gradient_fill(s.logits, LOGITS, 0.05, 4, 11);
        gt_loss_logistic(dlogits, s.logits, s.target, 1, LOGITS);
        gradient_check("logistic loss", logistic_loss, &s, s.logits, dlogits, LOGITS);
    }
}

/* The softmax loss of a few rows; the same numbers stand for every row and class. */
enum { CLASSES = 3, ROWS = LOGITS / CLASSES };

static const uint16_t row_labels[] = {0, 2, 1, 2, 0, 1, 1, 0};
_Static_assert(ROWS >= 2 && ROWS <= sizeof row_labels / sizeof *row_labels,
               "every row has a label");

static double softmax_loss(void *context) {
    double unused[LOGITS];
    return gt_loss_softmax(unused, context, row_labels, CLASSES, ROWS);
}

static void the_softmax_loss(void **state) {
    (void)state;
    double logits[LOGITS], dlogits[LOGITS];
    gradient_fill(logits, LOGITS, 0.05, 4, 12);
    gt_loss_softmax(dlogits, logits, row_labels, CLASSES, ROWS);
    gradient_check("softmax loss", softmax_loss, logits, logits, dlogits, CLASSES * ROWS);
}

/* A network under the logistic loss, from the parameters to the mean over the minibatch. */
static double loss_of_logits(void *context) {
    subject *s = context;
    double unused[BATCH];
    gt_network_forward(s->y, &s->network, s->x, BATCH, &pass);
    return gt_loss_logistic(unused, s->y, 1, 1, BATCH);
}

static void a_network_under_the_logistic_loss(void **state) {
    (void)state;
    subject *s = open_subject("dense 6, leaky_relu 0.2, dense 4, tanh, dense 1");
    double dlogits[BATCH];
    gt_network_forward(s->y, &s->network, s->x, BATCH, &pass);
    gt_loss_logistic(dlogits, s->y, 1, 1, BATCH);
    gt_network_backward(&s->network, s->x, s->y, dlogits, BATCH);
    gradient_check("parameters", loss_of_logits, s, s->network.parameters, s->network.gradients,
                   s->network.parameter_count);
    gt_network_forward(s->y, &s->network, s->x, BATCH, &pass);
    gt_loss_logistic(dlogits, s->y, 1, 1, BATCH);
    gt_network_backward_to_input(s->dx, &s->network, s->x, s->y, dlogits, BATCH);
    gradient_check("inputs", loss_of_logits, s, s->x, s->dx, BATCH * IN);
    close_subject(s);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_alone),  cmocka_unit_test(every_kind_behind_every_other),
        cmocka_unit_test(deep_stacks),       cmocka_unit_test(gradients_of_two_passes_add_up),
        cmocka_unit_test(the_logistic_loss), cmocka_unit_test(a_network_under_the_logistic_loss),
        cmocka_unit_test(the_softmax_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
