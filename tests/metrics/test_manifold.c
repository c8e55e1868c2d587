/* Precision, recall, density and coverage of points that can be counted by hand, and of random sets
 * against the definitions in plain loops, copies and points on the edge of a ball among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "metrics/vectors.h"
#include "compute.h"
#include "gantrain/metrics/manifold.h"

static gt_manifold measure(const gt_vectors *data, const gt_vectors *samples, int neighbours) {
    gt_manifold manifold;
    gt_error error = {0};
    assert_int_equal(
        gt_manifold_measure(&manifold, &test_compute, data, samples, neighbours, &error), GT_OK);
    return manifold;
}

static void assert_same(gt_manifold got, gt_manifold expected) {
    if (!(fabs(got.precision - expected.precision) < 1e-12 &&
          fabs(got.recall - expected.recall) < 1e-12 &&
          fabs(got.density - expected.density) < 1e-12 &&
          fabs(got.coverage - expected.coverage) < 1e-12))
        fail_msg("precision %g recall %g density %g coverage %g in place of %g %g %g %g",
                 got.precision, got.recall, got.density, got.coverage, expected.precision,
                 expected.recall, expected.density, expected.coverage);
}

/* With k = 1 the balls of the data 0 1 3 10 reach 1 1 2 7: [-1, 1] [0, 2] [1, 5] [3, 17]. Of the
 * samples 1, 4, 50 and 51, the first is in three (of one it is the edge), the second in two, the
 * others in none. Theirs reach 3 3 1 1: [-2, 4] [1, 7] [49, 51] [50, 52]: of the data 0, 1, 3 are
 * in one or more. All balls of the data have a sample. */
static void points_on_a_line(void **state) {
    (void)state;
    const gt_real real[] = {0, 1, 3, 10}, fake[] = {1, 4, 50, 51};
    const gt_vectors data = {.reals = real, .count = 4, .width = 1};
    const gt_vectors samples = {.reals = fake, .count = 4, .width = 1};
    assert_same(measure(&data, &samples, 1), (gt_manifold){.precision = 2 / 4.0,
                                                           .recall = 3 / 4.0,
                                                           .density = 5 / 4.0,
                                                           .coverage = 4 / 4.0});
}

/* Samples that are all one image of the data: each is where data are, and together they reach one
 * image of the data, whose copy they are (their balls have radius 0). */
static void a_collapsed_generator(void **state) {
    (void)state;
    enum { COUNT = 20, WIDTH = 784 };
    gt_vectors data = make_bytes(1, COUNT, WIDTH);
    static uint8_t copies[COUNT * WIDTH];
    for (int i = 0; i < COUNT * WIDTH; i++)
        copies[i] = data.bytes[3 * WIDTH + i % WIDTH];
    const gt_vectors samples = {.bytes = copies, .count = COUNT, .width = WIDTH};
    gt_manifold manifold = measure(&data, &samples, 5);
    assert_true(manifold.precision == 1);
    assert_true(manifold.recall == 1.0 / COUNT);
    assert_true(manifold.coverage < 1);
    free_vectors(&data);
}

static void the_data_as_samples_are_perfect(void **state) {
    (void)state;
    gt_vectors data = make_reals(1, 500, 6, 0);
    gt_manifold manifold = measure(&data, &data, 5);
    assert_true(manifold.precision == 1 && manifold.recall == 1 && manifold.coverage == 1);
    assert_true(manifold.density > 1); /* each is in its own ball too */
    free_vectors(&data);
}

/* The squared distance to the k-th nearest of the others. */
static double plain_radius(const gt_vectors *set, uint32_t i, int k) {
    double radius = -1;
    for (int n = 0, found = 0; n < k; n += found) {
        double next = INFINITY;
        for (uint32_t j = 0; j < set->count; j++) {
            double distance = plain_distance(set, i, set, j);
            if (j != i && distance > radius && distance < next)
                next = distance;
        }
        found = 0;
        for (uint32_t j = 0; j < set->count; j++)
            found += j != i && plain_distance(set, i, set, j) == next;
        radius = next;
    }
    return radius;
}

static gt_manifold plain_manifold(const gt_vectors *data, const gt_vectors *samples, int k) {
    double *real = malloc(data->count * sizeof *real),
           *fake = malloc(samples->count * sizeof *fake);
    gt_manifold manifold = {0};
    for (uint32_t i = 0; i < data->count; i++)
        real[i] = plain_radius(data, i, k);
    for (uint32_t j = 0; j < samples->count; j++)
        fake[j] = plain_radius(samples, j, k);
    for (uint32_t j = 0; j < samples->count; j++) {
        int balls = 0;
        for (uint32_t i = 0; i < data->count; i++)
            balls += plain_distance(data, i, samples, j) <= real[i];
        manifold.precision += (balls > 0) / (double)samples->count;
        manifold.density += balls / ((double)k * samples->count);
    }
    for (uint32_t i = 0; i < data->count; i++) {
        bool reached = false, covered = false;
        for (uint32_t j = 0; j < samples->count; j++) {
            double distance = plain_distance(data, i, samples, j);
            reached = reached || distance <= fake[j];
            covered = covered || distance <= real[i];
        }
        manifold.recall += reached / (double)data->count;
        manifold.coverage += covered / (double)data->count;
    }
    free(real);
    free(fake);
    return manifold;
}

static void check(gt_vectors data, gt_vectors samples, int k) {
    gt_manifold expected = plain_manifold(&data, &samples, k);
    assert_true(expected.precision > 0 && expected.recall > 0);
    assert_same(measure(&data, &samples, k), expected);
    free_vectors(&data);
    free_vectors(&samples);
}

/* Small whole numbers: a grid on which most points have equals and lie on edges of balls. */
static gt_vectors make_grid(uint64_t seed, uint32_t count) {
    gt_vectors grid = make_bytes(seed, count, 2);
    gt_real *reals = malloc(2 * count * sizeof *reals);
    for (uint32_t i = 0; i < 2 * count; i++)
        reals[i] = grid.bytes[i] % 7;
    free_vectors(&grid);
    return (gt_vectors){.reals = reals, .count = count, .width = 2};
}

static void random_sets(void **state) {
    (void)state;
    check(make_reals(1, 101, 3, 0), make_reals(2, 67, 3, 1), 5);
    check(make_reals(1, 2, 1, 0), make_reals(3, 2, 1, 0), 1);
    check(make_reals(3, 59, 17, 0), make_reals(4, 113, 17, (gt_real)0.5), 3);
    check(make_bytes(3, 97, 5), make_bytes(4, 89, 5), 2);
    check(make_grid(5, 83), make_grid(6, 71), 3);
    check(make_grid(5, 31), make_grid(6, 211), 5);
}

static void too_few_vectors_are_refused(void **state) {
    (void)state;
    gt_vectors six = make_reals(1, 6, 2, 0), five = make_reals(2, 5, 2, 0);
    gt_manifold manifold;
    gt_error error = {0};
    assert_int_equal(gt_manifold_measure(&manifold, &test_compute, &six, &five, 5, &error),
                     GT_FAILED);
    assert_int_equal(gt_manifold_measure(&manifold, &test_compute, &five, &six, 5, &error),
                     GT_FAILED);
    assert_int_equal(gt_manifold_measure(&manifold, &test_compute, &six, &six, 5, &error), GT_OK);
    free_vectors(&six);
    free_vectors(&five);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_on_a_line),
        cmocka_unit_test(a_collapsed_generator),
        cmocka_unit_test(the_data_as_samples_are_perfect),
        cmocka_unit_test(random_sets),
        cmocka_unit_test(too_few_vectors_are_refused),
    };
    return cmocka_run_group_tests(tests, set_team, NULL);
}
