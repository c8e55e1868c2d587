/* Area averaging against a slow computation in floating point, and what cropping, padding,
 * transparency and grey make of pictures small enough to work out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/data/fit.h"

static uint8_t noise(size_t i) {
    return (uint8_t)((i * 2654435761u + 12345) >> 13);
}

static gt_bitmap noisy(int width, int height, int channels) {
    gt_bitmap bitmap = {width, height, channels,
                        malloc((size_t)width * (size_t)height * (size_t)channels)};
    for (size_t i = 0; i < (size_t)width * (size_t)height * (size_t)channels; i++)
        bitmap.pixels[i] = noise(i);
    return bitmap;
}

/* The length that [a, a + 1) and [b, b + length) have in common. */
static double common(double a, double b, double length) {
    double begin = a > b ? a : b, end = a + 1 < b + length ? a + 1 : b + length;
    return end > begin ? end - begin : 0;
}

/* Channel c of pixel (x, y) of a picture stretched to width x height. */
static double expected(const gt_bitmap *bitmap, int x, int y, int c, int width, int height,
                       const uint8_t *background) {
    double step_x = (double)bitmap->width / width, step_y = (double)bitmap->height / height;
    double sum = 0;
    for (int i = 0; i < bitmap->height; i++)
        for (int k = 0; k < bitmap->width; k++) {
            const uint8_t *pixel = bitmap->pixels + (i * bitmap->width + k) * bitmap->channels;
            double alpha = bitmap->channels == 4 ? pixel[3] / 255.0 : 1;
            double value = pixel[bitmap->channels == 1 ? 0 : c];
            sum += (value * alpha + background[c] * (1 - alpha)) * common(i, y * step_y, step_y) *
                   common(k, x * step_x, step_x);
        }
    return sum / step_x / step_y;
}

static void check_stretch(gt_shape from, gt_shape to) {
    const uint8_t background[3] = {255, 40, 7};
    gt_bitmap bitmap = noisy(from.width, from.height, from.channels);
    gt_fit fit = {.shape = to, .mode = GT_FIT_STRETCH, .background = {255, 40, 7}};
    uint8_t *image = malloc((size_t)gt_shape_size(to));
    assert_true(gt_fit_bitmap(image, &bitmap, &fit));
    for (int y = 0; y < to.height; y++)
        for (int x = 0; x < to.width; x++)
            for (int c = 0; c < to.channels; c++) {
                double value = expected(&bitmap, x, y, c, to.width, to.height, background);
                if (to.channels == 1 && from.channels > 1) {
                    value *= 0.299;
                    value += 0.587 * expected(&bitmap, x, y, 1, to.width, to.height, background);
                    value += 0.114 * expected(&bitmap, x, y, 2, to.width, to.height, background);
                }
                uint8_t found = image[(y * to.width + x) * to.channels + c];
                if (fabs(found - value) > 0.5 + 1e-9)
                    fail_msg("%dx%dx%d to %dx%dx%d, (%d, %d, %d): %d for %g", from.width,
                             from.height, from.channels, to.width, to.height, to.channels, x, y, c,
                             found, value);
            }
    free(image);
    gt_bitmap_free(&bitmap);
}

static void test_area_averages(void **state) {
    (void)state;
    const int sides[][2] = {{1, 1}, {8, 8}, {7, 5}, {13, 2}, {3, 31}, {64, 48}};
    const int goals[][2] = {{1, 1}, {4, 4}, {8, 8}, {5, 7}, {3, 2}, {20, 9}};
    const int channels[] = {1, 3, 4};
    for (size_t s = 0; s < 6; s++)
        for (size_t g = 0; g < 6; g++)
            for (int from = 0; from < 3; from++)
                for (int to = 0; to < 2; to++)
                    check_stretch((gt_shape){channels[from], sides[s][1], sides[s][0]},
                                  (gt_shape){channels[to], goals[g][1], goals[g][0]});
}

static void test_crop_takes_the_middle(void **state) {
    (void)state;
    uint8_t pixels[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, image[4];
    gt_bitmap wide = {5, 2, 1, pixels}, high = {2, 5, 1, pixels};
    gt_fit fit = {.shape = {1, 2, 2}, .mode = GT_FIT_CROP};
    assert_true(gt_fit_bitmap(image, &wide, &fit));
    assert_memory_equal(image, ((uint8_t[]){2, 3, 7, 8}), 4);
    assert_true(gt_fit_bitmap(image, &high, &fit));
    assert_memory_equal(image, ((uint8_t[]){3, 4, 5, 6}), 4);
}

static void test_pad_fills_with_background(void **state) {
    (void)state;
    uint8_t pixels[] = {10, 20}, image[27];
    gt_bitmap wide = {2, 1, 1, pixels}, high = {1, 2, 1, pixels};
    gt_fit fit = {.shape = {1, 4, 4}, .mode = GT_FIT_PAD, .background = {200, 200, 200}};
    assert_true(gt_fit_bitmap(image, &wide, &fit));
    assert_memory_equal(
        image,
        ((uint8_t[]){200, 200, 200, 200, 10, 10, 20, 20, 10, 10, 20, 20, 200, 200, 200, 200}), 16);
    assert_true(gt_fit_bitmap(image, &high, &fit));
    assert_memory_equal(
        image,
        ((uint8_t[]){200, 10, 10, 200, 200, 10, 10, 200, 200, 20, 20, 200, 200, 20, 20, 200}), 16);
    /* In colour; the background of grey images is its grey. */
    fit = (gt_fit){.shape = {3, 3, 3}, .mode = GT_FIT_PAD, .background = {1, 2, 3}};
    assert_true(gt_fit_bitmap(image, &(gt_bitmap){3, 1, 1, (uint8_t[]){7, 8, 9}}, &fit));
    assert_memory_equal(image, ((uint8_t[]){1, 2, 3, 1, 2, 3, 1, 2, 3, 7, 7, 7, 8, 8,
                                            8, 9, 9, 9, 1, 2, 3, 1, 2, 3, 1, 2, 3}),
                        27);
    fit = (gt_fit){.shape = {1, 3, 3}, .mode = GT_FIT_PAD, .background = {255, 0, 0}};
    assert_true(gt_fit_bitmap(image, &(gt_bitmap){3, 1, 1, (uint8_t[]){7, 8, 9}}, &fit));
    assert_memory_equal(image, ((uint8_t[]){76, 76, 76, 7, 8, 9, 76, 76, 76}), 9);
}

static void test_extremes(void **state) {
    (void)state;
    enum { LONG = 20000 };
    uint8_t *pixels = malloc(LONG), image[28 * 28];
    for (int i = 0; i < LONG; i++)
        pixels[i] = i < LONG / 2 ? 0 : 255;
    gt_bitmap line = {LONG, 1, 1, pixels}, column = {1, LONG, 1, pixels};
    gt_bitmap pixel = {1, 1, 1, pixels + LONG - 1};
    for (int mode = 0; gt_fit_mode_name(mode) != NULL; mode++) {
        gt_fit fit = {.shape = {1, 28, 28}, .mode = (gt_fit_mode)mode, .background = {9, 9, 9}};
        assert_true(gt_fit_bitmap(image, &line, &fit));
        assert_int_equal(image[13 * 28 + 27], mode == GT_FIT_CROP ? image[0] : 255);
        assert_true(gt_fit_bitmap(image, &column, &fit));
        assert_int_equal(image[27 * 28 + 13], mode == GT_FIT_CROP ? image[0] : 255);
        assert_true(gt_fit_bitmap(image, &pixel, &fit));
        for (int i = 0; i < 28 * 28; i++)
            assert_int_equal(image[i], 255);
    }
    free(pixels);
}

static void test_white_stays_white(void **state) {
    (void)state;
    uint8_t pixels[4 * 35], image[3 * 12];
    memset(pixels, 255, sizeof pixels);
    for (int channels = 1; channels <= 3; channels += 2)
        for (int from = 1; from <= 4; from += from == 1 ? 2 : 1) {
            gt_fit fit = {.shape = {channels, 3, 4}, .mode = GT_FIT_STRETCH};
            assert_true(gt_fit_bitmap(image, &(gt_bitmap){7, 5, from, pixels}, &fit));
            for (int i = 0; i < 12 * channels; i++)
                assert_int_equal(image[i], 255);
        }
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(gt_fit_mode_name(GT_FIT_CROP), "crop");
    assert_string_equal(gt_fit_mode_name(GT_FIT_STRETCH), "stretch");
    assert_null(gt_fit_mode_name(3));
    for (int mode = 0; mode < 3; mode++)
        assert_int_equal(gt_fit_mode_find(gt_fit_mode_name(mode)), mode);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_area_averages),
        cmocka_unit_test(test_crop_takes_the_middle),
        cmocka_unit_test(test_pad_fills_with_background),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_white_stays_white),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
