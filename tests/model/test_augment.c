/* Differentiable augmentation: what it makes of images against PyTorch's numbers, the bounds and the
 * addresses of what it draws, and its words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/team.h"
#include "gantrain/model/augment.h"
#include "model/augment_golden.h"

enum { ALL = GT_AUGMENT_TRANSLATION | GT_AUGMENT_CUTOUT | GT_AUGMENT_COLOUR };

static const gt_shape golden_shape = {GOLDEN_CHANNELS, GOLDEN_HEIGHT, GOLDEN_WIDTH};

static void assert_near(const gt_real *got, const double *wanted, double scale, double offset) {
    for (int i = 0; i < GOLDEN_SIZE; i++)
        assert_true(fabs((double)got[i] - (scale * wanted[i] + offset)) < 1e-6);
}

/* In pixels from -1 to 1, and the same pictures in pixels from 0 to 1. */
static void images_and_gradients_are_pytorchs(void **state) {
    (void)state;
    for (int low = -1; low <= 0; low++)
        for (size_t i = 0; i < sizeof golden_changes / sizeof *golden_changes; i++) {
            const struct golden_change *golden = &golden_changes[i];
            const gt_augment augment = {ALL, golden_shape, (gt_real)low, 1};
            const double scale = low == 0 ? 0.5 : 1, offset = low == 0 ? 0.5 : 0;
            gt_augment_change change = golden->change;
            gt_real x[GOLDEN_SIZE], y[GOLDEN_SIZE], dy[GOLDEN_SIZE], dx[GOLDEN_SIZE];
            change.brightness *= (gt_real)scale;
            for (int k = 0; k < GOLDEN_SIZE; k++) {
                x[k] = (gt_real)(scale * golden->x[k] + offset);
                dy[k] = (gt_real)golden->dy[k];
            }
            gt_augment_image(y, &augment, &change, x);
            assert_near(y, golden->y, scale, offset);
            gt_augment_image_back(dx, &augment, &change, dy);
            assert_near(dx, golden->dx, 1, 0);
        }
}

/* How many of 4,000 images have each value of a number that is drawn between low and high, all of which
 * must come. */
static void assert_even(const int counts[], int low, int high) {
    for (int value = low; value <= high; value++)
        assert_in_range(counts[value - low], 4000 / (high - low + 1) / 2,
                        4000 / (high - low + 1) * 2);
}

static void draws_are_within_their_bounds_and_reach_them(void **state) {
    (void)state;
    const gt_augment augment = {ALL, {3, 32, 20}, -1, 1};
    int down[9] = {0}, right[5] = {0}, top[33] = {0}, left[21] = {0};
    double least[3] = {9, 9, 9}, most[3] = {-9, -9, -9};
    for (uint32_t i = 0; i < 4000; i++) {
        gt_augment_change change;
        gt_augment_draw(&change, &augment, (gt_address){1, GT_PURPOSE_AUGMENT, 2, i});
        const double numbers[] = {(double)change.brightness, (double)change.saturation,
                                  (double)change.contrast};
        assert_true(abs(change.down) <= 4 && abs(change.right) <= 2);
        assert_true(change.top >= -8 && change.top <= 24 && change.height == 16);
        assert_true(change.left >= -5 && change.left <= 15 && change.width == 10);
        down[change.down + 4]++, right[change.right + 2]++;
        top[change.top + 8]++, left[change.left + 5]++;
        for (int k = 0; k < 3; k++) {
            least[k] = fmin(least[k], numbers[k]);
            most[k] = fmax(most[k], numbers[k]);
        }
    }
    assert_even(down, -4, 4);
    assert_even(right, -2, 2);
    assert_even(top, -8, 24);
    assert_even(left, -5, 15);
    const double low[] = {-0.5, 0, 0.5}, high[] = {0.5, 2, 1.5};
    for (int k = 0; k < 3; k++) {
        assert_true(least[k] >= low[k] && least[k] < low[k] + 0.01);
        assert_true(most[k] <= high[k] && most[k] > high[k] - 0.01);
    }
}

static void what_is_not_in_the_set_does_nothing(void **state) {
    (void)state;
    gt_augment augment = {0, golden_shape, -1, 1};
    const gt_address address = {1, GT_PURPOSE_AUGMENT, 2, 5};
    gt_augment_change none, all, one;
    gt_real x[GOLDEN_SIZE], y[GOLDEN_SIZE];
    for (int k = 0; k < GOLDEN_SIZE; k++)
        x[k] = (gt_real)golden_changes[0].x[k];
    gt_augment_draw(&none, &augment, address);
    gt_augment_image(y, &augment, &none, x);
    assert_memory_equal(x, y, sizeof x);

    augment.set = ALL;
    gt_augment_draw(&all, &augment, address);
    augment.set = GT_AUGMENT_COLOUR; /* with the same numbers as among others */
    gt_augment_draw(&one, &augment, address);
    assert_true(one.brightness == all.brightness && one.contrast == all.contrast);
    assert_int_equal(one.down, 0);
    assert_int_equal(one.height, 0);
}

/* A row has the change of its address, however many rows and threads there are. */
static void a_row_depends_on_its_address_alone(void **state) {
    (void)state;
    enum { ROWS = 150, SIZE = 12 * 14, SEEN = 97 };
    const gt_augment augment = {ALL, {1, 12, 14}, 0, 1};
    const gt_address address = {1, GT_PURPOSE_AUGMENT, 3, 7};
    gt_real *x = malloc(3 * ROWS * SIZE * sizeof *x), *y = x + ROWS * SIZE, *z = y + ROWS * SIZE;
    gt_team *team = gt_team_open(3);
    gt_random_uniform(x, NULL, (gt_address){1, GT_PURPOSE_LATENT_D, 0, 0}, 0, 1, ROWS, SIZE);
    gt_augment_images(y, &augment, NULL, x, address, ROWS);
    gt_augment_images(z, &augment, team, x, address, ROWS);
    assert_memory_equal(y, z, ROWS * SIZE * sizeof *y);
    gt_augment_images(z, &augment, NULL, x + SEEN * SIZE,
                      (gt_address){1, GT_PURPOSE_AUGMENT, 3, 7 + SEEN}, 1);
    assert_memory_equal(y + SEEN * SIZE, z, SIZE * sizeof *y);
    gt_augment_images(z, &augment, NULL, x, (gt_address){1, GT_PURPOSE_AUGMENT, 4, 7}, 1);
    assert_memory_not_equal(y, z, SIZE * sizeof *y);
    gt_team_close(team);
    free(x);
}

/* Images too small to move, and pixels that are a vector. */
static void any_shape_will_do(void **state) {
    (void)state;
    const gt_shape shapes[] = {{1, 1, 1}, {5, 1, 1}, {3, 1, 40}, {1, 3, 2}};
    for (int i = 0; i < 4; i++)
        for (uint32_t row = 0; row < 200; row++) {
            const gt_augment augment = {ALL, shapes[i], -1, 1};
            gt_real x[120] = {0}, y[120] = {0};
            gt_augment_images(y, &augment, NULL, x, (gt_address){1, GT_PURPOSE_AUGMENT, 0, row}, 1);
            gt_augment_images_back(y, &augment, NULL, x,
                                   (gt_address){1, GT_PURPOSE_AUGMENT, 0, row}, 1);
        }
}

static void a_set_is_read_and_written(void **state) {
    (void)state;
    char text[GT_AUGMENT_TEXT];
    unsigned set = 99;
    gt_error error = {0};
    assert_int_equal(gt_augment_parse(&set, "", &error), GT_OK);
    assert_int_equal(set, 0);
    assert_string_equal(gt_augment_format(text, set), "");
    assert_int_equal(gt_augment_parse(&set, "colour,  translation", &error), GT_OK);
    assert_string_equal(gt_augment_format(text, set), "translation colour");
    assert_int_equal(gt_augment_parse(&set, "translation cutout colour", &error), GT_OK);
    assert_int_equal(set, ALL);
    assert_string_equal(gt_augment_format(text, set), "translation cutout colour");
    assert_int_equal(gt_augment_parse(&set, "cutout color", &error), GT_USAGE);
    assert_string_equal(error.message, "'color': needs some of: translation cutout colour; did you "
                                       "mean 'colour'?");
    assert_int_equal(set, ALL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_and_gradients_are_pytorchs),
        cmocka_unit_test(draws_are_within_their_bounds_and_reach_them),
        cmocka_unit_test(what_is_not_in_the_set_does_nothing),
        cmocka_unit_test(a_row_depends_on_its_address_alone),
        cmocka_unit_test(any_shape_will_do),
        cmocka_unit_test(a_set_is_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
