/* The walk over a network's tensors: names and order are those of torch.nn.Sequential with the same
 * layers, the optimizer's state follows, and every number is shown once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "compute.h"
#include "gantrain/nn/tensors.h"

enum { MOST = 16 };

typedef struct seen {
    gt_tensor tensors[MOST];
    int count;
    int refuse_at; /* the visitor fails at this one; -1: never */
} seen;

static gt_status see(void *context, const gt_tensor *tensor, gt_error *error) {
    seen *all = context;
    assert_in_range(all->count, 0, MOST - 1);
    if (all->count == all->refuse_at)
        return gt_error_set(error, GT_FAILED, "no room for %s", tensor->name);
    all->tensors[all->count++] = *tensor;
    return GT_OK;
}

/* "name rows columns", one line each. */
static void assert_seen(const seen *all, const char *const *lines, int count) {
    for (int i = 0; i < count && i < all->count; i++) {
        char line[160];
        snprintf(line, sizeof line, "%s %d %d", all->tensors[i].name, all->tensors[i].sizes[0],
                 all->tensors[i].rank > 1 ? all->tensors[i].sizes[1] : 0);
        assert_string_equal(line, lines[i]);
    }
    assert_int_equal(all->count, count);
}

static const char *const adam_lines[] = {
    "net.0.weight 4 3",
    "net.0.bias 4 0",
    "net.2.weight 2 4",
    "net.2.bias 2 0",
    "net.optimizer.m.0.weight 4 3",
    "net.optimizer.m.0.bias 4 0",
    "net.optimizer.m.2.weight 2 4",
    "net.optimizer.m.2.bias 2 0",
    "net.optimizer.v.0.weight 4 3",
    "net.optimizer.v.0.bias 4 0",
    "net.optimizer.v.2.weight 2 4",
    "net.optimizer.v.2.bias 2 0",
};

static void shape(gt_network *network, gt_optimizer *optimizer, const char *kind) {
    assert_int_equal(
        gt_network_parse(network, "dense 4, relu, dense 2, tanh", gt_shape_of_vector(3), NULL),
        GT_OK);
    *optimizer = (gt_optimizer){.kind = gt_optimizer_kind_find(kind)};
    assert_non_null(optimizer->kind);
}

static void carve(gt_network *network, gt_optimizer *optimizer, gt_arena *arena) {
    for (int i = 0; i < 2; i++) {
        network->compute = &test_compute;
        gt_network_carve(network, arena, 2, true);
        gt_optimizer_carve(optimizer, arena, network->parameter_count);
        if (i == 0)
            assert_int_equal(gt_arena_reserve(arena, NULL), GT_OK);
    }
}

static void names_and_order_are_those_of_a_torch_sequential(void **state) {
    (void)state;
    gt_network network;
    gt_optimizer optimizer;
    seen all = {.refuse_at = -1};
    shape(&network, &optimizer, "adam");
    assert_int_equal(gt_tensors_visit("net", &network, NULL, see, &all, NULL), GT_OK);
    assert_seen(&all, adam_lines, 4);
}

static void the_state_of_the_optimizer_follows(void **state) {
    (void)state;
    gt_network network;
    gt_optimizer optimizer;
    seen all = {.refuse_at = -1}, sgd = {.refuse_at = -1};
    shape(&network, &optimizer, "adam");
    assert_int_equal(gt_tensors_visit("net", &network, &optimizer, see, &all, NULL), GT_OK);
    assert_seen(&all, adam_lines, 12);
    for (int i = 0; i < all.count; i++)
        assert_null(all.tensors[i].values);

    shape(&network, &optimizer, "sgd");
    assert_int_equal(gt_tensors_visit("net", &network, &optimizer, see, &sgd, NULL), GT_OK);
    assert_int_equal(sgd.count, 8);
    assert_string_equal(sgd.tensors[4].name, "net.optimizer.velocity.0.weight");
    assert_string_equal(sgd.tensors[7].name, "net.optimizer.velocity.2.bias");
}

/* One after the other through each block, nothing left out and nothing twice. */
static void values_are_the_blocks_of_the_network(void **state) {
    (void)state;
    gt_network network;
    gt_optimizer optimizer;
    gt_arena arena = {0};
    seen all = {.refuse_at = -1};
    shape(&network, &optimizer, "adam");
    carve(&network, &optimizer, &arena);
    assert_int_equal(gt_tensors_visit("net", &network, &optimizer, see, &all, NULL), GT_OK);
    assert_int_equal(all.count, 12);
    gt_real *const blocks[] = {network.parameters, optimizer.states[0], optimizer.states[1]};
    for (int block = 0; block < 3; block++) {
        const gt_real *next = blocks[block];
        for (int i = 0; i < 4; i++) {
            const gt_tensor *tensor = &all.tensors[4 * block + i];
            assert_ptr_equal(tensor->values, next);
            next += (int)gt_tensor_size(tensor);
        }
        assert_int_equal(next - blocks[block], network.parameter_count);
    }
    gt_arena_release(&arena);
}

/* No layer asked for so far keeps numbers that are not trained; a bias plays the part. */
static void what_is_not_trained_has_no_optimizer_state(void **state) {
    (void)state;
    gt_network network;
    gt_optimizer optimizer;
    gt_arena arena = {0};
    seen all = {.refuse_at = -1};
    shape(&network, &optimizer, "adam");
    network.layers[0].tensors[1].trained = false;
    network.layers[0].tensors[1].offset = 0;
    network.state_count = 4;
    carve(&network, &optimizer, &arena);
    assert_int_equal(gt_tensors_visit("net", &network, &optimizer, see, &all, NULL), GT_OK);
    assert_int_equal(all.count, 10);
    assert_string_equal(all.tensors[1].name, "net.0.bias");
    assert_ptr_equal(all.tensors[1].values, network.state);
    assert_string_equal(all.tensors[5].name, "net.optimizer.m.2.weight");
    gt_arena_release(&arena);
}

static void a_visitor_that_fails_ends_the_walk(void **state) {
    (void)state;
    gt_network network;
    gt_optimizer optimizer;
    shape(&network, &optimizer, "adam");
    for (int i = 0; i < 12; i++) {
        seen all = {.refuse_at = i};
        gt_error error = {0};
        assert_int_equal(gt_tensors_visit("net", &network, &optimizer, see, &all, &error),
                         GT_FAILED);
        assert_int_equal(all.count, i);
        assert_int_equal(strncmp(error.message, "no room for net.", 16), 0);
    }
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_order_are_those_of_a_torch_sequential),
        cmocka_unit_test(the_state_of_the_optimizer_follows),
        cmocka_unit_test(values_are_the_blocks_of_the_network),
        cmocka_unit_test(what_is_not_trained_has_no_optimizer_state),
        cmocka_unit_test(a_visitor_that_fails_ends_the_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
