/* Gradients of layers on images, and the parameters' gradient of R1 through them, against central
 * differences in double: convolutions of every size, stride and pad on images whose sides differ,
 * and every kind that takes an image next to every other. */
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
static const double condition[BATCH * 2] = {1, 0, 0.25, 0.75, 0, 1};
static const gt_pass pass = {
    .training = true, .address = {.seed = 1, .purpose = GT_PURPOSE_PASS}, .condition = condition};

/* A network on images, under a loss that is a fixed linear function of its output, or under R1. */
typedef struct subject {
    gt_network network;
    gt_penalty penalty;
    gt_arena arena;
    double *x, *dx, *y, *dy, *work;
} subject;

static double linear_loss(void *context) {
    subject *s = context;
    double loss = 0;
    gt_network_forward(s->y, &s->network, s->x, BATCH, &pass);
    for (int i = 0; i < BATCH * s->network.out; i++)
        loss += s->dy[i] * s->y[i];
    return loss;
}

/* R by its definition, with the gradient at the input that gt_network_backward_to_input gives. */
static double penalty_loss(void *context) {
    subject *s = context;
    double squares = 0;
    for (int i = 0; i < BATCH; i++)
        s->work[i] = 1;
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
    gradient_fill(s->x, BATCH * (size_t)s->network.in, 0.1, 1, 6);
    gradient_fill(s->dy, BATCH * (size_t)s->network.out, 0.05, 0.1, 7);
    return s;
}

static void close_subject(subject *s) {
    gt_arena_release(&s->arena);
    free(s);
}

static size_t fewer(size_t count, size_t most) {
    return count < most ? count : most;
}

/* Both ways back: to the first parameters, and to the first numbers of the input with the parameters
 * frozen. */
static void check_first(const char *layers, gt_shape in, size_t most) {
    subject *s = open_subject(layers, in);
    size_t bytes = BATCH * (size_t)s->network.out * sizeof *s->dy;
    linear_loss(s);
    if (s->network.parameter_count > 0) {
        char what[200];
        memcpy(s->work, s->dy, bytes);
        gt_network_backward(&s->network, s->x, s->y, s->work, BATCH);
        snprintf(what, sizeof what, "%s, parameters", layers);
        gradient_check(what, linear_loss, s, s->network.parameters, s->network.gradients,
                       fewer(s->network.parameter_count, most));
    }
    linear_loss(s);
    memcpy(s->work, s->dy, bytes);
    gt_network_backward_to_input(s->dx, &s->network, s->x, s->y, s->work, BATCH);
    gradient_check(layers, linear_loss, s, s->x, s->dx, fewer(BATCH * (size_t)s->network.in, most));
    close_subject(s);
}

static void check_network(const char *layers, gt_shape in) {
    check_first(layers, in, SIZE_MAX);
}

/* The network ends in one number. */
static void check_first_of_penalty(const char *layers, gt_shape in, size_t most) {
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
                   fewer(s->network.parameter_count, most));
    close_subject(s);
}

static void check_penalty(const char *layers, gt_shape in) {
    check_first_of_penalty(layers, in, SIZE_MAX);
}

static const gt_shape image = {2, 5, 4};

/* Kernels that fit, with and without pixels that no patch covers. Odd numbers are tanh'd so that
 * R1 has a curved layer below and above. */
static void convolutions_of_every_size_stride_and_pad(void **state) {
    (void)state;
    char layers[160];
    for (int size = 1; size <= 5; size++)
        for (int stride = 1; stride <= 3; stride++)
            for (int pad = 0; pad < size; pad++) {
                if (size > image.width + 2 * pad)
                    continue;
                snprintf(layers, sizeof layers, "conv 3 %d stride %d pad %d", size, stride, pad);
                check_network(layers, image);
                snprintf(layers, sizeof layers, "tanh, conv 3 %d stride %d pad %d, tanh, dense 1",
                         size, stride, pad);
                check_penalty(layers, image);
            }
}

static void transposed_ones_of_every_size_stride_and_pad(void **state) {
    (void)state;
    char layers[160];
    const gt_shape small = {3, 2, 3};
    for (int size = 1; size <= 4; size++)
        for (int stride = 1; stride <= 3; stride++)
            for (int pad = 0; pad < size; pad++) {
                if (stride + size - 2 * pad < 1)
                    continue;
                snprintf(layers, sizeof layers, "deconv 2 %d stride %d pad %d", size, stride, pad);
                check_network(layers, small);
                snprintf(layers, sizeof layers, "tanh, deconv 2 %d stride %d pad %d, tanh, dense 1",
                         size, stride, pad);
                check_penalty(layers, small);
            }
}

/* The pad that is chosen, which may leave lines that only some patches reach. */
static void the_chosen_pad(void **state) {
    (void)state;
    char layers[160];
    for (int size = 1; size <= 5; size++)
        for (int stride = 1; stride <= 3; stride++) {
            snprintf(layers, sizeof layers, "conv 2 %d stride %d, tanh, deconv 1 %d stride %d",
                     size, stride, size, stride);
            check_network(layers, image);
        }
}

/* A kernel as large as the image, and one that makes an image of one pixel: no patch is gathered. */
static void whole_images(void **state) {
    (void)state;
    check_network("conv 6 3 pad 0", (gt_shape){2, 3, 3});
    check_network("deconv 2 3 pad 0", gt_shape_of_vector(5));
    check_network("deconv 4 3 pad 0, tanh, conv 5 1, tanh, conv 2 3 pad 0", gt_shape_of_vector(4));
    check_penalty("deconv 4 3 pad 0, tanh, conv 5 1, tanh, conv 1 3 pad 0", gt_shape_of_vector(4));
}

/* What each kind is entered as, where an image comes in and goes out. */
static const char *const entries[] = {
    "conv 2 3 stride 2",
    "deconv 2 2 stride 2",
    "conv 3 1",
    "leaky_relu 0.2",
    "tanh",
    "dropout 0.3",
    "dropout 0.4 by_channel",
    "batchnorm",
    "pool 2 average",
    "pool 2 max",
    "conv 4 1, channel_max 2",
    "upsample 2 nearest",
    "one_hot 2",
    "embedding 2 3",
    "minibatch_stddev",
};
enum { ENTRIES = sizeof entries / sizeof *entries };

static bool couples_examples(const char *entry) {
    return strcmp(entry, "batchnorm") == 0 || strcmp(entry, "minibatch_stddev") == 0;
}

static void every_kind_next_to_every_other(void **state) {
    (void)state;
    for (int i = 0; i < ENTRIES; i++)
        for (int k = 0; k < ENTRIES; k++) {
            char layers[160];
            bool couples = couples_examples(entries[i]) || couples_examples(entries[k]);
            snprintf(layers, sizeof layers, "%s, %s", entries[i], entries[k]);
            /* Two maxima leave a sixteenth of the gradient's components alive: too few to show. */
            if (strstr(entries[i], "max") == NULL || strstr(entries[k], "max") == NULL)
                check_network(layers, image);
            snprintf(layers, sizeof layers, "conv 3 3, %s, %s, conv 2 1", entries[i], entries[k]);
            /* Batchnorm of a channel that is the same everywhere divides by the root of its eps: what
             * differences tell then depends on how the processor rounds. */
            if (strcmp(entries[i], "minibatch_stddev") != 0 || strcmp(entries[k], "batchnorm") != 0)
                check_network(layers, image);
            snprintf(layers, sizeof layers, "conv 2 3, %s, tanh, %s, flatten, dense 1", entries[i],
                     entries[k]);
            if (!couples)
                check_penalty(layers, image);
        }
}

/* Large enough for nn/winograd.h, and so for more components than need be checked: the first ones are
 * of all taps, and of pixels at the edge and inside. */
static void kernels_twice_as_large_as_their_stride(void **state) {
    (void)state;
    const size_t most = 320;
    check_first("conv 32 4 stride 2", (gt_shape){32, 6, 7}, most);
    check_first("conv 32 4 stride 2", (gt_shape){32, 10, 14}, most);
    check_first("deconv 32 4 stride 2", (gt_shape){33, 3, 4}, most);
    check_first("conv 33 2 pad 1", (gt_shape){64, 3, 2}, most);
    check_first_of_penalty("tanh, conv 32 4 stride 2, dense 1", (gt_shape){32, 6, 6}, most);
    check_first_of_penalty("tanh, deconv 32 4 stride 2, dense 1", (gt_shape){32, 3, 3}, most);
}

static void whole_networks(void **state) {
    (void)state;
    check_network("dense 8, image 2x2x2, tanh, deconv 3 4 stride 2, batchnorm, tanh, "
                  "deconv 1 4 stride 2, tanh",
                  gt_shape_of_vector(3));
    check_network("dense 8, image 2x2x2, upsample 2, conv 3 3, tanh, conv 1 3",
                  gt_shape_of_vector(3));
    check_penalty("conv 4 4 stride 2, leaky_relu 0.2, conv 5 3 stride 2, leaky_relu 0.2, dense 1",
                  (gt_shape){1, 8, 8});
    check_penalty("conv 4 3, tanh, pool 2 max, conv 5 3, sigmoid, global_pool, dense 1",
                  (gt_shape){2, 6, 4});
    check_penalty("maxout 6 2, image 2x1x3, conv 2 1, tanh, maxout 3 2, dense 1", image);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_of_every_size_stride_and_pad),
        cmocka_unit_test(transposed_ones_of_every_size_stride_and_pad),
        cmocka_unit_test(the_chosen_pad),
        cmocka_unit_test(whole_images),
        cmocka_unit_test(every_kind_next_to_every_other),
        cmocka_unit_test(kernels_twice_as_large_as_their_stride),
        cmocka_unit_test(whole_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
