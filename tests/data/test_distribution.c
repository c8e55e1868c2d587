/* Points have the distribution that the table says: their moments, their modes, and the masses of cells
 * against sums of the density. Sets of points are opened, divided and shown in minibatches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/arena.h"
#include "gantrain/data/batches.h"
#include "gantrain/data/dataset.h"

enum { COUNT = 40000 };

static gt_real points[COUNT * GT_POINT_COMPONENTS];

static void assert_near(double got, double expected, double tolerance) {
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("%.9g in place of %.9g", got, expected);
}

/* Within five standard errors of what the mixture has, for every row. */
static void moments_are_those_of_the_table(void **state) {
    const gt_distribution *distribution;
    (void)state;
    for (int i = 0; (distribution = gt_distribution_at(i)) != NULL; i++) {
        gt_distribution_draw(points, NULL, distribution, 3, 0, COUNT);
        assert_true(distribution->modes <= GT_DISTRIBUTION_MODES);
        for (int c = 0; c < distribution->components; c++) {
            double weight = 0, mean = 0, square = 0, sum = 0, squares = 0;
            for (int k = 0; k < distribution->modes; k++) {
                const gt_mode mode = distribution->mode(k);
                weight += mode.weight;
                mean += mode.weight * mode.mean[c];
                square += mode.weight * (pow(mode.mean[c], 2) + pow(mode.deviation, 2));
            }
            for (int n = 0; n < COUNT; n++) {
                const double x = (double)points[n * distribution->components + c];
                sum += x / COUNT;
                squares += x * x / COUNT;
            }
            assert_near(weight, 1, 1e-12);
            assert_near(sum, mean, 5 * sqrt(square / COUNT));
            assert_near(squares, square, 5 * 2 * square / sqrt(COUNT));
        }
    }
}

/* Shares of modes, and the spread within one, of a distribution whose modes lie apart. */
static void modes_have_their_weights_and_deviations(void **state) {
    const gt_distribution *ring = gt_distribution_find("builtin:ring");
    int counts[8] = {0};
    double squares = 0;
    (void)state;
    gt_distribution_draw(points, NULL, ring, 5, 0, COUNT);
    for (int n = 0; n < COUNT; n++) {
        const double x = (double)points[2 * n], y = (double)points[2 * n + 1];
        const int k = (int)lround(atan2(y, x) / (2 * acos(-1)) * 8 + 8) % 8;
        const gt_mode mode = ring->mode(k);
        counts[k]++;
        squares += (pow(x - mode.mean[0], 2) + pow(y - mode.mean[1], 2)) / (2.0 * COUNT);
    }
    for (int k = 0; k < 8; k++)
        assert_near(counts[k], COUNT / 8.0, 5 * sqrt(COUNT / 8.0));
    assert_near(sqrt(squares), ring->mode(0).deviation, 0.002);
}

static void a_point_is_a_function_of_seed_and_number(void **state) {
    const gt_distribution *grid = gt_distribution_find("builtin:grid");
    gt_real some[20], other[20];
    (void)state;
    gt_distribution_draw(points, NULL, grid, 7, 0, 100);
    gt_distribution_draw(some, NULL, grid, 7, 60, 10);
    assert_memory_equal(some, points + 120, sizeof some);
    gt_distribution_draw(other, NULL, grid, 8, 60, 10);
    assert_memory_not_equal(some, other, sizeof some);
    for (int i = 0; i < 20; i++) /* the same on every processor */
        assert_true(some[i] * 65536 == round(some[i] * 65536));
}

/* The mass of a cell is the density there, summed over a fine grid. */
static void masses_are_sums_of_the_density(void **state) {
    enum { SIDE = 16, FINE = 40 };
    const gt_distribution *distribution;
    (void)state;
    for (int i = 0; (distribution = gt_distribution_at(i)) != NULL; i++) {
        double masses[SIDE * SIDE], total = 0;
        const int lines = distribution->components == 1 ? 1 : SIDE;
        const double cell = (distribution->high - distribution->low) / SIDE, part = cell / FINE;
        gt_distribution_masses(masses, distribution, SIDE);
        for (int k = 0; k < SIDE * lines; k++)
            total += masses[k];
        assert_near(total, 1, 1e-6);
        for (int k = 0; k < SIDE * lines; k += 37) {
            double sum = 0;
            for (int n = 0; n < (lines == 1 ? FINE : FINE * FINE); n++) {
                const double at[] = {distribution->low + k % SIDE * cell + (n % FINE + 0.5) * part,
                                     distribution->low + k / SIDE * cell + (n / FINE + 0.5) * part};
                sum += gt_distribution_density(distribution, at) * part * (lines == 1 ? 1 : part);
            }
            assert_near(masses[k], sum, 1e-4);
        }
    }
}

static gt_status open_points(gt_dataset *dataset, const gt_data_options *options, gt_error *error) {
    gt_data_options asked = *options;
    asked.images = "builtin:ring";
    asked.seed = 7;
    return gt_dataset_open(dataset, NULL, &asked, error);
}

static void a_set_of_points(void **state) {
    gt_dataset whole, range, part;
    gt_error error = {0};
    double means[2];
    (void)state;
    assert_int_equal(open_points(&whole, &(gt_data_options){.range = {0, 500}}, &error), GT_OK);
    assert_int_equal(open_points(&range, &(gt_data_options){.range = {100, 200}}, &error), GT_OK);
    assert_int_equal(gt_dataset_part(&part, &whole, (gt_range){100, 200}, "part", &error), GT_OK);
    assert_true(whole.images == NULL && whole.pixels == 2 && whole.count == 500);
    assert_memory_equal(part.points, range.points, 200 * sizeof *part.points);
    assert_int_equal(part.checksum, range.checksum);
    assert_true(part.mean == range.mean);
    gt_dataset_marginals(means, &range);
    assert_near((means[0] + means[1]) / 2, range.mean, 1e-6);
    assert_false(gt_dataset_narrow(&whole, 1));
    gt_dataset_free(&range);
    gt_dataset_free(&whole);
    assert_int_equal(open_points(&whole, &(gt_data_options){0}, &error), GT_OK);
    assert_int_equal(whole.count, 20000);
    gt_dataset_free(&whole);
}

struct batching {
    gt_batches batches;
    gt_dataset dataset;
};

static void carve(void *context, gt_arena *arena) {
    struct batching *batching = context;
    gt_batches_init(&batching->batches, NULL, arena, &batching->dataset, 30, 0, 1, 1);
}

static void minibatches_show_points_as_they_are(void **state) {
    struct batching batching;
    gt_arena arena = {0};
    gt_error error = {0};
    gt_real rows[30 * 2];
    (void)state;
    assert_int_equal(open_points(&batching.dataset, &(gt_data_options){.range = {0, 300}}, &error),
                     GT_OK);
    assert_int_equal(gt_arena_build(&arena, carve, &batching, &error), GT_OK);
    gt_batches_get(&batching.batches, rows, 4);
    const uint32_t *chosen = gt_batches_indices(&batching.batches, 4);
    for (int i = 0; i < 30; i++)
        assert_memory_equal(rows + 2 * i, batching.dataset.points + 2 * chosen[i],
                            2 * sizeof *rows);
    gt_images_get(rows, &batching.dataset, NULL, 0, 1, 0, 200, 30);
    assert_memory_equal(rows, batching.dataset.points + 400, sizeof rows);
    gt_arena_release(&arena);
    gt_dataset_free(&batching.dataset);
}

static void what_asks_for_pixels_is_refused(void **state) {
    const struct {
        gt_data_options options;
        const char *named;
    } cases[] = {
        {{.mirror = true}, "[data] mirror"},
        {{.stack = true}, "[data] stack"},
        {{.labels = "labels.idx"}, "[data] labels"},
        {{.width = 8, .height = 8}, "[data] size"},
        {{.channels = 3}, "[data] channels"},
        {{.binarize = GT_BINARIZE_THRESHOLD}, "[data] binarize"},
        {{.range = {5, 5}}, "is empty"},
        {{.range = {30000, 0}}, "is empty: give it a last"},
        {{.range = {0, 1 << 21}}, "at most 1048576 points"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_dataset dataset;
        gt_error error = {0};
        assert_int_not_equal(open_points(&dataset, &cases[i].options, &error), GT_OK);
        assert_non_null(strstr(error.message, cases[i].named));
        assert_non_null(strstr(error.message, "builtin:ring"));
        assert_null(dataset.point_memory);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_those_of_the_table),
        cmocka_unit_test(modes_have_their_weights_and_deviations),
        cmocka_unit_test(a_point_is_a_function_of_seed_and_number),
        cmocka_unit_test(masses_are_sums_of_the_density),
        cmocka_unit_test(a_set_of_points),
        cmocka_unit_test(minibatches_show_points_as_they_are),
        cmocka_unit_test(what_asks_for_pixels_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
