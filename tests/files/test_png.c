/* PNG files are decoded again and compared, pixel by pixel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"

#include "gantrain/files/png.h"

static void assert_round_trip(const uint8_t *pixels, int height, int width, int channels) {
    const char *path = in_folder("picture.png");
    gt_error error = {0};
    assert_int_equal(gt_png_write(path, pixels, height, width, channels, NULL, &error), GT_OK);
    int got_height, got_width, got_channels;
    uint8_t *got = get_png(&got_height, &got_width, &got_channels, path);
    assert_int_equal(got_height, height);
    assert_int_equal(got_width, width);
    assert_int_equal(got_channels, channels);
    assert_memory_equal(got, pixels, (size_t)height * (size_t)width * (size_t)channels);
    free(got);
}

static void test_round_trips(void **state) {
    (void)state;
    enum { MOST = 200 * 150 * 3 };
    static uint8_t noise[MOST], slope[MOST], flat[MOST];
    for (int i = 0; i < MOST; i++) {
        noise[i] = (uint8_t)(i * 2654435761u >> 24);
        slope[i] = (uint8_t)(i / 3 + i % 3 * 50);
    }
    const uint8_t *pictures[] = {noise, slope, flat};
    for (int i = 0; i < 3; i++)
        for (int channels = 1; channels <= 3; channels += 2) {
            assert_round_trip(pictures[i], 150, 200, channels);
            assert_round_trip(pictures[i], 1, 1, channels);
            assert_round_trip(pictures[i], 1, 333, channels);
            assert_round_trip(pictures[i], 333, 1, channels);
        }
}

static void test_compresses(void **state) {
    (void)state;
    static uint8_t flat[300 * 300];
    size_t size;
    assert_int_equal(gt_png_write(in_folder("flat.png"), flat, 300, 300, 1, NULL, NULL), GT_OK);
    free(get_file(&size, in_folder("flat.png")));
    assert_true(size < 500);
}

static void test_failures(void **state) {
    (void)state;
    uint8_t pixel = 0;
    gt_error error = {0};
    const char *path = in_folder("missing/x.png");
    assert_int_equal(gt_png_write(path, &pixel, 1, 1, 1, NULL, &error), GT_FAILED);
    assert_names_path(error.message, path);
    path = in_folder("x.png");
    assert_int_equal(gt_png_write(path, &pixel, 1, (1 << 20) + 1, 1, NULL, &error), GT_FAILED);
    assert_names_path(error.message, path);
    assert_contains(error.message, "1048577 x 1 pixels is too large");
    assert_int_equal(gt_png_write(path, &pixel, (1 << 20) + 1, 1, 1, NULL, &error), GT_FAILED);
    assert_int_equal(gt_png_write(path, &pixel, 1 << 13, (1 << 15) + 1, 1, NULL, &error),
                     GT_FAILED);
    assert_contains(error.message, "268435456 bytes");
    assert_int_equal(gt_png_write(path, &pixel, 1 << 13, 1 << 14, 3, NULL, &error), GT_FAILED);
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_compresses),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
