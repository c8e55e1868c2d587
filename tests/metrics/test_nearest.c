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

/* Sets *squared and *indices to what is found, to be freed. */
static void search(double **squared, uint32_t **indices, const gt_vectors *queries,
                   const gt_vectors *references, int k, bool is_same) {
    const size_t found = (size_t)queries->count * (size_t)k;
    gt_error error = {0};
    *squared = malloc(found * sizeof **squared);
    *indices = malloc(found * sizeof **indices);
    assert_int_equal(
        gt_nearest_find(*squared, *indices, &test_compute, queries, references, k, is_same, &error),
        GT_OK);
}

static void check(gt_vectors queries, gt_vectors references, int k, bool is_same) {
    double *squared;
    uint32_t *indices;
    search(&squared, &indices, &queries, &references, k, is_same);
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

/* Enough wide vectors to be sketched, and the sketches rule out nearly all pairs: each run of 16
 * components is about the same number. */
enum { QUERIES = 1000, REFERENCES = 16384, WIDTH = 256, RUN = 16 };

static gt_vectors make_runs(uint64_t seed, uint32_t count, double offset) {
    gt_vectors set = make_reals(seed, count, WIDTH, 0);
    gt_real *reals = (gt_real *)set.reals;
    for (size_t i = 0; i < (size_t)count * WIDTH; i++)
        if (i % RUN != 0)
            reals[i] = reals[i - i % RUN] + reals[i] / 10;
    for (size_t i = 0; i < (size_t)count * WIDTH; i++)
        reals[i] += (gt_real)offset;
    return set;
}

/* The same as bytes: 0 stands for half, and what is out of 0 to 1 is cut off. Frees the reals. */
static gt_vectors round_to_bytes(gt_vectors reals) {
    const size_t total = (size_t)reals.count * (size_t)reals.width;
    uint8_t *bytes = malloc(total);
    for (size_t i = 0; i < total; i++)
        bytes[i] = (uint8_t)fmin(fmax(128 + 40 * (double)reals.reals[i], 0), 255);
    gt_vectors set = {.bytes = bytes, .count = reals.count, .width = reals.width};
    free_vectors(&reals);
    return set;
}

/* Compares the neighbours of some queries with those of plain loops, the first of equally near ones
 * first. */
static void check_exactly(gt_vectors queries, gt_vectors references, int k, bool is_same) {
    double *squared;
    uint32_t *indices;
    search(&squared, &indices, &queries, &references, k, is_same);
    for (uint32_t i = 0; i < queries.count; i += i < 20 ? 1 : queries.count / 20) {
        const double *distances = squared + (size_t)i * (size_t)k;
        const uint32_t *neighbours = indices + (size_t)i * (size_t)k;
        const double farthest = distances[k - 1];
        for (int n = 0; n < k; n++) {
            assert_true(distances[n] ==
                        gt_distance_squared(&queries, i, &references, neighbours[n]));
            assert_false(is_same && neighbours[n] == i);
            assert_true(n == 0 || distances[n - 1] < distances[n] ||
                        (distances[n - 1] == distances[n] && neighbours[n - 1] < neighbours[n]));
        }
        uint32_t nearer = 0;
        for (uint32_t j = 0; j < references.count; j++) {
            const double distance = gt_distance_squared(&queries, i, &references, j);
            nearer += !(is_same && j == i) &&
                      (distance < farthest || (distance == farthest && j < neighbours[k - 1]));
        }
        assert_int_equal(nearer, k - 1);
    }
    free(squared);
    free(indices);
    if (!is_same)
        free_vectors(&references);
    free_vectors(&queries);
}

static void wide_sets(void **state) {
    (void)state;
    check_exactly(make_runs(1, QUERIES, 0), make_runs(2, REFERENCES, 0), 1, false);
    check_exactly(make_runs(1, QUERIES, 1000), make_runs(2, REFERENCES, 1000), 5, false);
    check_exactly(round_to_bytes(make_runs(1, QUERIES, 0)), make_runs(2, REFERENCES, 0), 1, false);
    gt_vectors images = round_to_bytes(make_runs(1, REFERENCES, 0));
    check_exactly(images, images, 5, true);
}

static void the_first_of_equals_wins_in_wide_sets(void **state) {
    (void)state;
    gt_vectors queries = round_to_bytes(make_runs(1, QUERIES, 0));
    gt_vectors references = round_to_bytes(make_runs(2, REFERENCES, 0));
    const size_t half = (size_t)REFERENCES / 2 * WIDTH;
    uint8_t *bytes = (uint8_t *)references.bytes;
    memcpy(bytes, queries.bytes, (size_t)QUERIES / 2 * WIDTH);
    memcpy(bytes + half, bytes, half);
    check_exactly(queries, references, 5, false);
    references = make_bytes(2, REFERENCES, WIDTH);
    memset((uint8_t *)references.bytes, 99, (size_t)REFERENCES * WIDTH);
    check_exactly(make_bytes(1, QUERIES, WIDTH), references, 3, false);
}

/* The first vectors, whose mean is taken, are far from all others, so from the sketches' mean. */
static void a_cluster_of_its_own(void **state) {
    (void)state;
    enum { COUNT = 40000, NEAR = 2048 };
    gt_vectors queries = make_runs(1, QUERIES, 0), references = make_runs(2, COUNT, 0);
    gt_real *near = (gt_real *)queries.reals, *all = (gt_real *)references.reals;
    for (size_t i = 0; i < (size_t)QUERIES * WIDTH; i++)
        near[i] /= 1000;
    for (size_t i = 0; i < (size_t)COUNT * WIDTH; i++)
        all[i] = i < (size_t)NEAR * WIDTH ? all[i] / 1000 : all[i] + 1000;
    check_exactly(queries, references, 1, false);
}

/* Sketches are no use, and are given up. */
static void noise_in_wide_sets(void **state) {
    (void)state;
    check_exactly(make_bytes(1, QUERIES, WIDTH), make_bytes(2, REFERENCES, WIDTH), 1, false);
    gt_vectors images = make_bytes(1, REFERENCES, WIDTH);
    check_exactly(images, images, 1, true);
}

static void the_team_changes_nothing_in_wide_sets(void **state) {
    (void)state;
    const int teams[] = {1, 2, 7, 3};
    double squared[4][3 * QUERIES];
    uint32_t indices[4][3 * QUERIES];
    gt_vectors queries = make_runs(1, QUERIES, 0), references = make_runs(2, REFERENCES, 0);
    for (int i = 0; i < 4; i++) {
        gt_error error = {0};
        use_threads(teams[i]);
        assert_int_equal(gt_nearest_find(squared[i], indices[i], &test_compute, &queries,
                                         &references, 3, false, &error),
                         GT_OK);
        assert_memory_equal(squared[i], squared[0], sizeof *squared);
        assert_memory_equal(indices[i], indices[0], sizeof *indices);
    }
    free_vectors(&queries);
    free_vectors(&references);
}

static void a_wide_vector_that_cannot_be_compared_is_refused(void **state) {
    (void)state;
    double squared[QUERIES];
    uint32_t indices[QUERIES];
    gt_vectors queries = make_runs(1, QUERIES, 0), references = make_runs(2, REFERENCES, 0);
    gt_real *last[] = {(gt_real *)queries.reals + (size_t)QUERIES * WIDTH - 1,
                       (gt_real *)references.reals + (size_t)REFERENCES * WIDTH - 1};
    for (int i = 0; i < 2; i++) {
        gt_error error = {0};
        const gt_real before = *last[i];
        *last[i] = i == 0 ? NAN : INFINITY;
        assert_int_equal(gt_nearest_find(squared, indices, &test_compute, &queries, &references, 1,
                                         false, &error),
                         GT_FAILED);
        assert_non_null(strstr(error.message, "diverged"));
        *last[i] = before;
    }
    free_vectors(&queries);
    free_vectors(&references);
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
        cmocka_unit_test(wide_sets),
        cmocka_unit_test(the_first_of_equals_wins_in_wide_sets),
        cmocka_unit_test(a_cluster_of_its_own),
        cmocka_unit_test(noise_in_wide_sets),
        cmocka_unit_test(the_team_changes_nothing_in_wide_sets),
        cmocka_unit_test(a_wide_vector_that_cannot_be_compared_is_refused),
        cmocka_unit_test(too_few_vectors_are_refused),
        cmocka_unit_test(the_median_is_the_middle_one),
    };
    return cmocka_run_group_tests(tests, set_team, NULL);
}
