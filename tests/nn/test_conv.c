/* Convolutions that are cut into many blocks, against plain loops that follow the definition; the
 * same bytes on any number of threads, gradients that are added to, and products in bf16. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "nn/network.h"

#include "gantrain/nn/init.h"

static const gt_pass pass = {.training = true};

/* Networks of one layer. Each needs more than one block in some direction: rows of the matrix of
 * patches, its columns, or features. */
static const struct check {
    const char *layers;
    gt_shape in;
    int batch;
} checks[] = {
    {"conv 5 4 stride 2", {1, 28, 28}, 9},
    {"conv 40 3", {37, 9, 7}, 13},
    {"conv 130 4 stride 2", {64, 14, 14}, 9},
    {"conv 7 5 stride 3 pad 4", {3, 33, 21}, 6},
    {"conv 70 1", {300, 5, 5}, 30},
    {"conv 9 7 pad 0", {40, 7, 7}, 700},
    {"conv 2100 2 stride 2", {3, 6, 6}, 5},
    {"deconv 1 4 stride 2", {64, 14, 14}, 9},
    {"deconv 33 4 stride 2", {70, 7, 7}, 16},
    {"deconv 3 5 stride 2", {20, 17, 16}, 3},
    {"deconv 6 3 stride 3", {5, 40, 30}, 2},
    {"deconv 40 4 pad 0", {100, 1, 1}, 70},
    {"deconv 3 1", {300, 6, 5}, 40},
    {"deconv 8 3 pad 1", {260, 6, 6}, 9},
    /* Kernels twice as large as their stride, large enough for nn/winograd.h: odd sides, pads that
     * cut patches off, pixels that no patch covers, slices that do not divide the stride, tiles of
     * an image in several blocks, of which the last has nothing for some products. */
    {"conv 33 2", {70, 6, 9}, 121},
    {"conv 33 4 stride 2", {32, 8, 12}, 130},
    {"conv 34 4 stride 2 pad 3", {32, 9, 14}, 90},
    {"conv 40 4 stride 2 pad 0", {36, 8, 9}, 460},
    {"conv 35 6 stride 3", {32, 15, 21}, 60},
    {"conv 33 4 stride 2", {32, 98, 98}, 1},
    {"deconv 32 4 stride 2", {33, 47, 49}, 1},
    {"deconv 64 2 pad 0", {33, 5, 8}, 130},
    {"deconv 300 6 stride 3 pad 5", {34, 5, 6}, 13},
};
enum { CHECKS = sizeof checks / sizeof *checks };

/* A network with what goes in, comes out and comes back. */
typedef struct subject {
    gt_network network;
    gt_arena arena;
    gt_real *x, *y, *dx, *dy, *work;
    size_t xs, ys;
} subject;

static void carve(subject *s, int batch) {
    gt_network_carve(&s->network, &s->arena, batch, true);
    s->x = gt_arena_take(&s->arena, s->xs, sizeof(gt_real));
    s->dx = gt_arena_take(&s->arena, s->xs, sizeof(gt_real));
    s->y = gt_arena_take(&s->arena, s->ys, sizeof(gt_real));
    s->dy = gt_arena_take(&s->arena, s->ys, sizeof(gt_real));
    s->work = gt_arena_take(&s->arena, s->ys, sizeof(gt_real));
}

static subject *open_subject(const struct check *check, const gt_compute *compute) {
    subject *s = calloc(1, sizeof *s);
    gt_error error = {0};
    if (gt_network_parse(&s->network, check->layers, check->in, &error) != GT_OK)
        fail_msg("%s: %s", check->layers, error.message);
    s->network.compute = compute;
    s->xs = (size_t)check->batch * (size_t)s->network.in;
    s->ys = (size_t)check->batch * (size_t)s->network.out;
    carve(s, check->batch);
    assert_int_equal(gt_arena_reserve(&s->arena, NULL), GT_OK);
    carve(s, check->batch);
    gt_init_network(&s->network, (gt_init){0}, 1, GT_PURPOSE_INIT_GENERATOR);
    const gt_layer_tensor *bias = &s->network.layers[0].tensors[1];
    fill_normal(gt_network_tensor(&s->network, bias), 3, 1, bias->sizes[0]);
    fill_normal(s->x, 1, check->batch, s->network.in);
    fill_normal(s->dy, 2, check->batch, s->network.out);
    return s;
}

static void close_subject(subject *s) {
    gt_arena_release(&s->arena);
    free(s);
}

static void run(subject *s, int batch) {
    gt_network_forward(s->y, &s->network, s->x, batch, &pass);
    gt_network_begin_gradients(&s->network);
    memcpy(s->work, s->dy, s->ys * sizeof(gt_real));
    gt_network_backward(&s->network, s->x, s->y, s->work, batch);
    memcpy(s->work, s->dy, s->ys * sizeof(gt_real));
    gt_network_backward_to_input(s->dx, &s->network, s->x, s->y, s->work, batch);
}

/* By the definition: y[o] += w x at every tap of every patch, and the three gradients with it. */
struct truth {
    double *y, *dx, *dw, *db;
};

static struct truth compute_truth(const subject *s, int batch) {
    const gt_layer *layer = &s->network.layers[0];
    const gt_layer_tensor *weight = &layer->tensors[0];
    const bool transposed = strcmp(layer->kind->name, "deconv") == 0;
    const gt_shape image = transposed ? layer->out : layer->in;
    const gt_shape grid = transposed ? layer->in : layer->out;
    const int features = weight->sizes[0], channels = weight->sizes[1], size = weight->sizes[2];
    const int stride = (int)layer->arguments[2];
    /* The pad is what the shapes say: the chosen one is the smallest that gives them. */
    int pad = layer->arguments[3] >= 0 ? (int)layer->arguments[3]
              : size > stride          ? (size - stride + (stride > 1)) / 2
                                       : 0;
    const gt_real *w = gt_network_tensor(&s->network, weight);
    const gt_real *b = gt_network_tensor(&s->network, &layer->tensors[1]);
    struct truth truth = {calloc(s->ys, 8), calloc(s->xs, 8),
                          calloc(gt_layer_tensor_size(weight), 8),
                          calloc((size_t)layer->out.channels, 8)};
    for (size_t i = 0; i < s->ys; i++) {
        int channel = (int)(i % (size_t)layer->out.channels);
        truth.y[i] = (double)b[channel];
        truth.db[channel] += (double)s->dy[i];
    }
    for (int example = 0; example < batch; example++)
        for (int row = 0; row < grid.height; row++)
            for (int column = 0; column < grid.width; column++)
                for (int i = 0; i < size; i++)
                    for (int k = 0; k < size; k++) {
                        int line = row * stride - pad + i, at = column * stride - pad + k;
                        if (line < 0 || line >= image.height || at < 0 || at >= image.width)
                            continue;
                        long pixel = ((long)example * image.height + line) * image.width + at;
                        long place = ((long)example * grid.height + row) * grid.width + column;
                        for (int f = 0; f < features; f++)
                            for (int c = 0; c < channels; c++) {
                                long wi = (((long)f * channels + c) * size + i) * size + k;
                                long g = place * features + f, m = pixel * channels + c;
                                long xi = transposed ? g : m, yi = transposed ? m : g;
                                truth.y[yi] += (double)w[wi] * (double)s->x[xi];
                                truth.dx[xi] += (double)w[wi] * (double)s->dy[yi];
                                truth.dw[wi] += (double)s->dy[yi] * (double)s->x[xi];
                            }
                    }
    return truth;
}

static void free_truth(struct truth *truth) {
    free(truth->y);
    free(truth->dx);
    free(truth->dw);
    free(truth->db);
}

/* The largest difference, in units of the root mean square. */
static void compare(const char *layers, const char *what, const gt_real *got,
                    const double *expected, size_t count, double tolerance) {
    double squares = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        squares += expected[i] * expected[i] / (double)count;
        double difference = fabs((double)got[i] - expected[i]);
        if (!(difference <= largest))
            largest = difference;
    }
    if (!(largest <= tolerance * sqrt(squares)))
        fail_msg("%s: %s differs by %.3g of %.3g", layers, what, largest, sqrt(squares));
}

static void check_truth(const struct check *check, const subject *s, const struct truth *truth,
                        double tolerance) {
    size_t weights = gt_layer_tensor_size(&s->network.layers[0].tensors[0]);
    compare(check->layers, "y", s->y, truth->y, s->ys, tolerance);
    compare(check->layers, "dx", s->dx, truth->dx, s->xs, tolerance);
    compare(check->layers, "dw", s->network.gradients, truth->dw, weights, tolerance);
    compare(check->layers, "db", s->network.gradients + weights, truth->db,
            (size_t)s->network.layers[0].out.channels, tolerance);
}

/* On every backend and precision that is there. */
static void they_do_what_the_definition_says(void **state) {
    (void)state;
    for (int i = 0; i < CHECKS; i++) {
        const struct check *check = &checks[i];
        struct truth truth = {0};
        for (int b = 0; gt_compute_backend_name(b) != NULL; b++)
            for (int p = 0; gt_compute_precision_name(p) != NULL; p++) {
                gt_compute compute;
                if (gt_compute_open(&compute, 2, gt_compute_backend_name(b),
                                    gt_compute_precision_name(p), NULL) != GT_OK)
                    continue;
                subject *s = open_subject(check, &compute);
                run(s, check->batch);
                if (truth.y == NULL)
                    truth = compute_truth(s, check->batch);
                check_truth(check, s, &truth, compute.precision == GT_BF16 ? 0.06 : 1e-4);
                close_subject(s);
                gt_compute_close(&compute);
            }
        free_truth(&truth);
    }
}

static void the_bytes_do_not_depend_on_the_threads(void **state) {
    (void)state;
    for (int i = 0; i < CHECKS; i++) {
        gt_compute alone, team;
        assert_int_equal(gt_compute_open(&alone, 1, "native", "fp32", NULL), GT_OK);
        subject *s = open_subject(&checks[i], &alone);
        run(s, checks[i].batch);
        for (int threads = 2; threads <= 5; threads++) {
            assert_int_equal(gt_compute_open(&team, threads, "native", "fp32", NULL), GT_OK);
            subject *other = open_subject(&checks[i], &team);
            run(other, checks[i].batch);
            assert_memory_equal(other->y, s->y, s->ys * sizeof(gt_real));
            assert_memory_equal(other->dx, s->dx, s->xs * sizeof(gt_real));
            assert_memory_equal(other->network.gradients, s->network.gradients,
                                s->network.parameter_count * sizeof(gt_real));
            close_subject(other);
            gt_compute_close(&team);
        }
        close_subject(s);
        gt_compute_close(&alone);
    }
}

/* A second pass back doubles the gradients. */
static void gradients_are_added_to(void **state) {
    (void)state;
    for (int i = 0; i < CHECKS; i++) {
        subject *s = open_subject(&checks[i], &test_compute);
        size_t count = s->network.parameter_count;
        gt_real *once = malloc(count * sizeof *once);
        run(s, checks[i].batch);
        memcpy(once, s->network.gradients, count * sizeof *once);
        memcpy(s->work, s->dy, s->ys * sizeof(gt_real));
        gt_network_backward(&s->network, s->x, s->y, s->work, checks[i].batch);
        for (size_t k = 0; k < count; k++)
            assert_near(checks[i].layers, (double)s->network.gradients[k], 2 * (double)once[k],
                        1e-3);
        free(once);
        close_subject(s);
    }
}

/* What patches take does not grow with the minibatch. */
static void memory_for_patches_is_bounded(void **state) {
    (void)state;
    const char *layers = "conv 64 4 stride 2, leaky_relu 0.2, conv 128 4 stride 2";
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        gt_network network;
        gt_arena arena = {0};
        assert_int_equal(gt_network_parse(&network, layers, (gt_shape){1, 28, 28}, NULL), GT_OK);
        network.compute = &test_compute;
        gt_network_carve(&network, &arena, i == 0 ? 1 : 1000, true);
        sizes[i] = gt_network_scratch(&network);
    }
    assert_int_equal(sizes[0], sizes[1]);
    assert_in_range(sizes[0], 500 * 1000, 4 * 1000 * 1000);
}

int main(void) {
    use_threads(2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_do_what_the_definition_says),
        cmocka_unit_test(the_bytes_do_not_depend_on_the_threads),
        cmocka_unit_test(gradients_are_added_to),
        cmocka_unit_test(memory_for_patches_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
