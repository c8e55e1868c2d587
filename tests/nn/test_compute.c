/* Computes: two of them train networks at the same time and get what each gets alone; a shared team
 * serves two backends in turn; what is not available is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "gantrain/nn/init.h"
#include "gantrain/nn/loss.h"
#include "gantrain/nn/optimizer.h"

enum { IN = 64, BATCH = 96, STEPS = 30 };

/* A network under training, on a compute of its own. */
struct training {
    const char *backend;
    int threads;
    uint64_t seed;
    gt_network network;
    gt_optimizer optimizer;
    gt_arena arena;
    gt_compute compute;
};

static void carve(struct training *training) {
    gt_network_carve(&training->network, &training->arena, BATCH, true);
    gt_optimizer_carve(&training->optimizer, &training->arena, training->network.parameter_count);
    training->optimizer.rounded = training->network.rounded;
}

static void *train(void *argument) {
    struct training *training = argument;
    gt_network *network = &training->network;
    static const char layers[] = "dense 384, leaky_relu 0.2, dropout 0.3, batchnorm, dense 1";
    gt_real x[BATCH * IN], y[BATCH], dy[BATCH];
    training->optimizer = (gt_optimizer){.kind = gt_optimizer_kind_find("sgd"),
                                         .settings = {.lr = 0.01, .momentum = 0.5}};
    if (gt_compute_open(&training->compute, training->threads, training->backend, "fp32", NULL) !=
            GT_OK ||
        gt_network_parse(network, layers, gt_shape_of_vector(IN), NULL) != GT_OK)
        return NULL;
    network->compute = &training->compute;
    carve(training);
    if (gt_arena_reserve(&training->arena, NULL) != GT_OK)
        return NULL;
    carve(training);
    gt_init_network(network, (gt_init){0}, training->seed, GT_PURPOSE_INIT_DISCRIMINATOR);
    for (uint64_t step = 0; step < STEPS; step++) {
        gt_address noise = {training->seed, GT_PURPOSE_LATENT_D, step, 0};
        gt_pass pass = {.training = true, .address = noise};
        gt_random_normal(x, training->compute.team, noise, BATCH, IN);
        gt_network_forward(y, network, x, BATCH, &pass);
        gt_loss_logistic(dy, y, 1, 1, BATCH);
        gt_network_begin_gradients(network);
        gt_network_backward(network, x, y, dy, BATCH);
        gt_optimizer_step(&training->optimizer, training->compute.team, network->parameters,
                          network->gradients, network->parameter_count);
    }
    return training;
}

static void end(struct training *training) {
    gt_compute_close(&training->compute);
    gt_arena_release(&training->arena);
}

static void two_computes_work_at_once(void **state) {
    (void)state;
    const char *backend;
    for (int b = 0; (backend = gt_compute_backend_name(b)) != NULL; b++) {
        static struct training alone[2], together[2];
        pthread_t threads[2];
        for (int i = 0; i < 2; i++) {
            alone[i] = together[i] =
                (struct training){.backend = backend, .threads = 2 + i, .seed = (uint64_t)i};
            assert_non_null(train(&alone[i]));
        }
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, train, &together[i]), 0);
        for (int i = 0; i < 2; i++) {
            void *trained;
            pthread_join(threads[i], &trained);
            assert_non_null(trained);
            assert_memory_equal(together[i].network.parameters, alone[i].network.parameters,
                                alone[i].network.parameter_count * sizeof(gt_real));
        }
        assert_memory_not_equal(alone[0].network.parameters, alone[1].network.parameters,
                                alone[0].network.parameter_count * sizeof(gt_real));
        for (int i = 0; i < 2; i++) {
            end(&alone[i]);
            end(&together[i]);
        }
    }
}

static void a_shared_team_is_not_closed_twice(void **state) {
    (void)state;
    gt_compute first, second;
    assert_int_equal(gt_compute_open(&first, 3, "openblas", "fp32", NULL), GT_OK);
    assert_int_equal(gt_compute_share(&second, &first, "auto", "fp32", NULL), GT_OK);
    assert_ptr_equal(second.team, first.team);
    gt_compute_close(&second);
    assert_int_equal(gt_team_size(first.team), 3);
    gt_compute_close(&first);
    assert_null(first.team);
    gt_compute_close(&first);
}

static void what_is_not_available_is_refused(void **state) {
    (void)state;
    gt_compute compute;
    gt_error error = {0};
    assert_int_equal(gt_compute_open(&compute, 1, "openblas", "bf16", &error), GT_USAGE);
    assert_non_null(strstr(error.message, "this machine has"));
    assert_non_null(strstr(error.message, "openblas fp32"));
    assert_int_equal(gt_compute_open(&compute, 1, "openblas", "auto", &error), GT_OK);
    assert_int_equal(compute.precision, GT_FP32);
    assert_string_equal(compute.engines[0].name, "openblas");
    assert_non_null(strstr(compute.description, "OpenBLAS"));
    gt_compute_close(&compute);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_computes_work_at_once),
        cmocka_unit_test(a_shared_team_is_not_closed_twice),
        cmocka_unit_test(what_is_not_available_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
