/* Neighbours of points that can be counted by hand, and of random sets against plain loops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "metrics/vectors.h"
#include "compute.h"
#include "gantrain/metrics/nearest.h"

static void points_on_a_line(void **state) {
    (void)state;
    const gt_real line[] = {0, 1, 3, 7, 15};
    const gt_vectors points = {.reals = line, .count = 5, .width = 1};
    double squared[10], radii[5];
    uint32_t indices[10];
    gt_error error = {0};
    assert_int_equal(
        gt_nearest_find(squared, indices, &test_compute, &points, &points, 2, true, &error), GT_OK);
    const uint32_t neighbours[] = {1, 2, 0, 2, 1, 0, 2, 1, 3, 2};
    const double distances[] = {1, 9, 1, 4, 4, 9, 16, 36, 64, 144};
    for (int i = 0; i < 10; i++) {
        assert_int_equal(indices[i], neighbours[i]);
        assert_true(squared[i] == distances[i]);
    }
    assert_int_equal(gt_nearest_radii(radii, &test_compute, &points, 2, &error), GT_OK);
    for (int i = 0; i < 5; i++)
        assert_true(radii[i] == distances[2 * i + 1]);
}

static void a_copy_is_at_exactly_zero_and_the_first_of_equals_wins(void **state) {
    (void)state;
    const uint8_t two[] = {10, 20, 30, 40, 50, 60},
                  four[] = {1, 2, 3, 40, 50, 60, 10, 20, 30, 40, 50, 60};
    const gt_vectors queries = {.bytes = two, .count = 2, .width = 3};
    const gt_vectors references = {.bytes = four, .count = 4, .width = 3};
    double squared[4];
    uint32_t indices[4];
    gt_error error = {0};
    assert_int_equal(
        gt_nearest_find(squared, indices, &test_compute, &queries, &references, 2, false, &error),
        GT_OK);
    assert_true(squared[0] == 0 && indices[0] == 2);
    assert_true(squared[2] == 0 && indices[2] == 1 && squared[3] == 0 && indices[3] == 3);
}

/* The number of references nearer than `distance`, by more than rounding, by plain loops. */
static int count_nearer(const gt_vectors *queries, uint32_t query, const gt_vectors *references,
                        bool is_same, double distance) {
    int nearer = 0;
    for (uint32_t j = 0; j < references->count; j++)
        nearer += !(is_same && j == query) &&
                  plain_distance(queries, query, references, j) < distance * (1 - 1e-5) - 1e-6;
    return nearer;
}

static void check(gt_vectors queries, gt_vectors references, int k, bool is_same) {
    size_t found = (size_t)queries.count * (size_t)k;
    double *squared = malloc(found * sizeof *squared);
    uint32_t *indices = malloc(found * sizeof *indices);
    gt_error error = {0};
    assert_int_equal(
        gt_nearest_find(squared, indices, &test_compute, &queries, &references, k, is_same, &error),
        GT_OK);
    for (uint32_t i = 0; i < queries.count; i++)
        for (int n = 0; n < k; n++) {
            size_t place = (size_t)i * (size_t)k + (size_t)n;
            assert_true(indices[place] < references.count);
            assert_false(is_same && indices[place] == i);
            assert_true(
                n == 0 || squared[place] > squared[place - 1] ||
                (squared[place] == squared[place - 1] && indices[place] > indices[place - 1]));
            double exact = plain_distance(&queries, i, &references, indices[place]);
            assert_true(fabs(squared[place] - exact) <= 1e-12 * exact);
            assert_true(count_nearer(&queries, i, &references, is_same, exact) <= n);
        }
    free(squared);
    free(indices);
    if (!is_same)
        free_vectors(&references);
    free_vectors(&queries);
}

static void random_sets(void **state) {
    (void)state;
    check(make_reals(1, 1, 1, 0), make_reals(2, 1, 1, 0), 1, false);
    check(make_bytes(1, 13, 7), make_bytes(2, 3001, 7), 5, false);
    check(make_bytes(1, 13, 7), make_reals(2, 31, 7, 0), 31, false);
    gt_vectors reals = make_reals(1, 211, 3, 0), bytes = make_bytes(1, 211, 2);
    check(reals, reals, 7, true);
    check(bytes, bytes, 210, true);
}

static void too_few_vectors_are_refused(void **state) {
    (void)state;
    gt_vectors few = make_reals(1, 5, 2, 0);
    double squared[25];
    uint32_t indices[25];
    gt_error error = {0};
    assert_int_equal(gt_nearest_find(squared, indices, &test_compute, &few, &few, 5, false, &error),
                     GT_OK);
    assert_int_equal(gt_nearest_find(squared, indices, &test_compute, &few, &few, 5, true, &error),
                     GT_FAILED);
    assert_non_null(strstr(error.message, "5 vectors"));
    assert_int_equal(gt_nearest_radii(squared, &test_compute, &few, 5, &error), GT_FAILED);
    free_vectors(&few);
}

static void the_median_is_the_middle_one(void **state) {
    (void)state;
    const gt_real at[] = {0, 3, 10, 20, 100}, origin[] = {0, 90};
    const gt_vectors references = {.reals = origin, .count = 2, .width = 1};
    const double medians[] = {0, 1.5, 3, 6.5, 10};
    for (uint32_t count = 1; count <= 5; count++) {
        const gt_vectors queries = {.reals = at, .count = count, .width = 1};
        double median = NAN;
        gt_error error = {0};
        assert_int_equal(gt_nearest_median(&median, &test_compute, &queries, &references, &error),
                         GT_OK);
        assert_true(fabs(median - medians[count - 1]) < 1e-12);
    }
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_on_a_line),
        cmocka_unit_test(a_copy_is_at_exactly_zero_and_the_first_of_equals_wins),
        cmocka_unit_test(random_sets),
        cmocka_unit_test(too_few_vectors_are_refused),
        cmocka_unit_test(the_median_is_the_middle_one),
    };
    return cmocka_run_group_tests(tests, set_team, NULL);
}
