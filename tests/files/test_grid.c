/* Grids: every pixel of the picture is where it belongs; numbers become the right bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"

#include <math.h>

#include "gantrain/files/grid.h"

static uint8_t element(uint32_t image, int y, int x, int channel) {
    return (uint8_t)(200 + image * 40 + (uint32_t)(y * 13 + x * 5 + channel));
}

/* What the picture must show at (y, x), from the definition of the grid. */
static uint8_t expected_at(int y, int x, int channel, uint32_t count, int columns, int height,
                           int width, int band) {
    int last_column = (columns - 1) * (width + 1);
    if (band > 0 && x >= last_column) {
        x -= band;
        if (x < last_column || x >= last_column + width)
            return 255;
        if (y % (height + 1) == height)
            return 255;
    }
    int row = y / (height + 1), column = x / (width + 1);
    int inside_y = y % (height + 1), inside_x = x % (width + 1);
    uint32_t image = (uint32_t)(row * columns + column);
    if (inside_y == height || inside_x == width || image >= count)
        return 128;
    return element(image, inside_y, inside_x, channel);
}

/* band: 0, or 2 for a marked last column. */
static void check_grid(uint32_t count, int columns, int height, int width, int channels, int band) {
    uint8_t *images = malloc((size_t)count * (size_t)(height * width * channels)), *next = images;
    for (uint32_t image = 0; image < count; image++)
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int channel = 0; channel < channels; channel++)
                    *next++ = element(image, y, x, channel);
    const char *path = in_folder("grid.png");
    gt_error error = {0};
    gt_status status =
        band == 0 ? gt_grid_write(path, images, count, columns, (gt_shape){channels, height, width},
                                  NULL, &error)
                  : gt_grid_write_marked(path, images, count, columns,
                                         (gt_shape){channels, height, width}, NULL, &error);
    assert_int_equal(status, GT_OK);
    free(images);

    int got_height, got_width, got_channels;
    uint8_t *pixels = get_png(&got_height, &got_width, &got_channels, path);
    int rows = ((int)count + columns - 1) / columns;
    assert_int_equal(got_height, rows * (height + 1) - 1);
    assert_int_equal(got_width, columns * (width + 1) - 1 + 2 * band);
    assert_int_equal(got_channels, channels);
    const uint8_t *got = pixels;
    for (int y = 0; y < got_height; y++)
        for (int x = 0; x < got_width; x++)
            for (int channel = 0; channel < channels; channel++)
                assert_int_equal(*got++,
                                 expected_at(y, x, channel, count, columns, height, width, band));
    free(pixels);
}

static void test_grids(void **state) {
    (void)state;
    for (int channels = 1; channels <= 3; channels += 2) {
        check_grid(5, 3, 2, 4, channels, 0);
        check_grid(6, 3, 4, 2, channels, 0);
        check_grid(1, 1, 3, 3, channels, 0);
        check_grid(2, 4, 3, 3, channels, 0);
        check_grid(7, 1, 1, 1, channels, 0);
        check_grid(100, 10, 28, 28, channels, 0);
        check_grid(6, 3, 4, 2, channels, 2);
        check_grid(6, 2, 1, 3, channels, 2);
        check_grid(3, 1, 2, 2, channels, 2);
    }
}

static void test_too_large(void **state) {
    (void)state;
    const char *path = in_folder("large.png");
    uint8_t pixel = 0;
    gt_error error = {0};
    /* 289 pixels wide: 2^28 / 289 = 928844 rows of pixels, (928844 + 1) / 29 = 32029 of images */
    assert_int_equal(gt_grid_write(path, &pixel, 320291, 10, (gt_shape){1, 28, 28}, NULL, &error),
                     GT_FAILED);
    assert_names_path(error.message, path);
    assert_contains(error.message, "320291 images");
    assert_contains(error.message, "10 columns 320290 fit");
    /* One column: the side of 2^20 is what limits. */
    assert_int_equal(gt_grid_write(path, &pixel, 40000, 1, (gt_shape){1, 28, 28}, NULL, &error),
                     GT_FAILED);
    assert_contains(error.message, "1 columns 36157 fit");
    /* 61681 images of 16 and the spaces between them are 2^20 pixels, and just fit. */
    assert_int_equal(gt_grid_write(path, &pixel, 61682, 1, (gt_shape){1, 16, 16}, NULL, &error),
                     GT_FAILED);
    assert_contains(error.message, "1 columns 61681 fit");
    assert_int_equal(gt_grid_write(path, &pixel, 1, 40000, (gt_shape){1, 28, 28}, NULL, &error),
                     GT_FAILED);
    assert_contains(error.message, "at most 36157 fit");
    assert_int_equal(
        gt_grid_write(path, &pixel, UINT32_MAX, 2147483647, (gt_shape){3, 65536, 1}, NULL, &error),
        GT_FAILED);
    /* 61681 columns of 16 just fit, but not with two bands. */
    assert_int_equal(
        gt_grid_write_marked(path, &pixel, 1, 61681, (gt_shape){1, 1, 16}, NULL, &error),
        GT_FAILED);
    assert_contains(error.message, "at most 61680 fit");
    assert_int_not_equal(access(path, F_OK), 0);
}

static void test_unwritable(void **state) {
    (void)state;
    uint8_t pixel = 0;
    gt_error error = {0};
    const char *path = in_folder("missing/grid.png");
    assert_int_equal(gt_grid_write(path, &pixel, 1, 1, (gt_shape){1, 1, 1}, NULL, &error),
                     GT_FAILED);
    assert_names_path(error.message, path);
}

static void test_pixels_from_reals(void **state) {
    (void)state;
    const gt_real values[] = {-1,       1,         0,        -2,        3,    NAN,
                              INFINITY, -INFINITY, -0.9962f, -0.99605f, 1e30f};
    const uint8_t expected[] = {0, 255, 128, 0, 255, 0, 255, 0, 0, 1, 255};
    uint8_t pixels[sizeof expected];
    gt_pixels_from_reals(pixels, values, -1, 1, sizeof expected);
    for (size_t i = 0; i < sizeof expected; i++)
        assert_int_equal(pixels[i], expected[i]);

    /* Bytes survive the way to numbers and back, in both ranges that networks put out. */
    for (int low = -1; low <= 0; low++) {
        gt_real reals[256];
        uint8_t back[256];
        for (int i = 0; i < 256; i++)
            reals[i] = (gt_real)(1 - low) * (gt_real)i / 255 + (gt_real)low;
        gt_pixels_from_reals(back, reals, (gt_real)low, 1, 256);
        for (int i = 0; i < 256; i++)
            assert_int_equal(back[i], i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grids),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_unwritable),
        cmocka_unit_test(test_pixels_from_reals),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
