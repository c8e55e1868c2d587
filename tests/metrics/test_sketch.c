/* Sketches are never farther apart than their vectors, and as far apart where there is room for all
 * that the references span. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "metrics/vectors.h"
#include "compute.h"
#include "gantrain/base/stop.h"
#include "metrics/sketch.h"

/* `all`: the references span no more than a sketch holds, so theirs keep all distances. */
static void check(gt_vectors queries, gt_vectors references, bool all) {
    struct sketches sketches;
    assert_true(sketches_make(&sketches, &test_compute, &queries, &references));
    for (uint32_t j = 0; j < references.count; j++) {
        for (uint32_t i = 0; i < queries.count; i++) {
            const double most = plain_distance(&queries, i, &references, j);
            const double got = plain_distance(&sketches.queries, i, &sketches.references, j);
            assert_true(got <= most + 1e-5 * (most + (double)sketches.norms[i]));
        }
        const double whole = plain_distance(&references, 0, &references, j);
        const double got = plain_distance(&sketches.references, 0, &sketches.references, j);
        assert_true(!all || fabs(got - whole) <= 1e-4 * whole);
    }
    sketches_free(&sketches);
    free_vectors(&queries);
    free_vectors(&references);
}

static void they_are_never_farther_apart(void **state) {
    (void)state;
    check(make_reals(1, 50, 784, 0), make_reals(2, 3001, 784, 0), false);
    check(make_bytes(1, 50, 784), make_bytes(2, 3001, 784), false);
    check(make_bytes(1, 50, 300), make_reals(2, 300, 300, 0), false);
    check(make_reals(1, 50, 500, 1000), make_reals(2, 300, 500, 1000), false);
    check(make_reals(1, 3, 65537, 0), make_reals(2, 130, 65537, 0), false);
}

static void few_references_lose_nothing(void **state) {
    (void)state;
    check(make_reals(1, 70, 784, 0), make_reals(2, 64, 784, 0), true);
    check(make_bytes(1, 1, 784), make_bytes(2, 2, 784), true);
    check(make_reals(1, 20, 64, 0), make_reals(2, 500, 64, 0), true);
    check(make_reals(1, 20, 3, 5), make_reals(2, 500, 3, 5), true);
    check(make_reals(1, 20, 1, 0), make_reals(2, 1, 1, 0), true);
}

static void equal_references_span_nothing(void **state) {
    (void)state;
    gt_vectors same = make_bytes(1, 300, 400);
    for (size_t i = 0; i < (size_t)300 * 400; i++)
        ((uint8_t *)same.bytes)[i] = 77;
    check(make_bytes(2, 20, 400), same, true);
}

static void what_cannot_be_compared_has_none(void **state) {
    (void)state;
    const gt_real wrong[] = {NAN, INFINITY, -INFINITY, (gt_real)1e19};
    gt_vectors fine = make_reals(1, 40, 5, 0), spoilt = make_reals(2, 5000, 5, 0);
    gt_real *reals = (gt_real *)spoilt.reals;
    struct sketches sketches;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        reals[4999 * 5 + 3] = wrong[i];
        assert_false(sketches_make(&sketches, &test_compute, &fine, &spoilt));
        assert_false(sketches_make(&sketches, &test_compute, &spoilt, &fine));
    }
    for (size_t i = 0; i < (size_t)5000 * 5; i++)
        reals[i] = (gt_real)(i % 3) * (gt_real)1e18; /* which can, but has no covariance in fp32 */
    assert_false(sketches_make(&sketches, &test_compute, &fine, &spoilt));
    free_vectors(&fine);
    free_vectors(&spoilt);
}

static void a_stop_ends_it(void **state) {
    (void)state;
    gt_vectors vectors = make_reals(1, 40, 5, 0);
    gt_stop stop = {.signal = 15};
    struct sketches sketches;
    test_compute.stop = &stop;
    assert_false(sketches_make(&sketches, &test_compute, &vectors, &vectors));
    test_compute.stop = NULL;
    free_vectors(&vectors);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_never_farther_apart),
        cmocka_unit_test(few_references_lose_nothing),
        cmocka_unit_test(equal_references_span_nothing),
        cmocka_unit_test(what_cannot_be_compared_has_none),
        cmocka_unit_test(a_stop_ends_it),
    };
    return cmocka_run_group_tests(tests, set_team, NULL);
}
