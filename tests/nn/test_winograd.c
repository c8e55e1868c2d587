/* Convolutions by fewer multiplications: which are made so, how many products a grid takes, and
 * that sums over tiles and their transpose belong together. That the results are those of the
 * definition is a part of test_conv.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "nn/network.h"

#include "nn/winograd.h"
#include "nn/winograd_tiles.h"

static struct patches patches_with(int channels, int side, int features, int size, int stride) {
    const int grid = side / stride;
    return (struct patches){.image = {channels, side, side},
                            .grid = {features, grid, grid},
                            .size = size,
                            .stride = stride,
                            .pad = (size - stride) / 2};
}

static void kernels_twice_as_large_as_their_stride_fit(void **state) {
    (void)state;
    struct patches fits = patches_with(64, 14, 128, 4, 2);
    assert_true(winograd_fits(&fits, GT_FP32));
    assert_false(winograd_fits(&fits, GT_BF16));
    fits = patches_with(32, 6, 32, 4, 2); /* the smallest */
    assert_true(winograd_fits(&fits, GT_FP32));
    struct patches wide = fits, high = fits;
    wide.grid.height = 2;
    high.grid.width = 2;
    const struct patches others[] = {
        patches_with(64, 14, 128, 5, 2),
        patches_with(64, 14, 128, 3, 2),
        patches_with(31, 6, 32, 4, 2),
        patches_with(32, 6, 31, 4, 2),
        patches_with(1, 28, 64, 4, 2),
        wide,
        high,
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(winograd_fits(&others[i], GT_FP32));
}

/* 7 outputs take 4 tiles, of which the last has one output and no third product. */
static void an_odd_side_leaves_a_product_out(void **state) {
    (void)state;
    int products[2] = {0};
    for (int point = 0; point < WINOGRAD_POINTS; point++) {
        products[0] += winograd_tiles_along(7, point);
        products[1] += winograd_tiles_along(8, point);
    }
    assert_int_equal(products[0], 11);
    assert_int_equal(products[1], 12);
}

enum { BATCH = 3, ROOM = 4096 };

static double dot(const gt_real *a, const gt_real *b, long count) {
    double sum = 0;
    for (long i = 0; i < count; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* <gather x, m> = <x, spread m> for every product, where tiles reach beyond the plane on all sides. */
static void check_transpose(struct plane plane, int rows, int columns) {
    static gt_real x[ROOM], back[ROOM], matrix[ROOM], gathered[ROOM];
    const long numbers = (long)BATCH * gt_shape_size(plane.shape);
    const int row = plane.stride * plane.stride * plane.shape.channels;
    fill_normal(x, 1, 1, (int)numbers);
    for (int product = 0; product < WINOGRAD_PRODUCTS; product++) {
        struct tiles tiles = {
            .images = BATCH,
            .last_row = winograd_tiles_along(rows, product / WINOGRAD_POINTS),
            .columns = winograd_tiles_along(columns, product % WINOGRAD_POINTS),
            .product = product,
            .last_line = plane.stride,
            .row_stride = row,
        };
        const long count = (long)BATCH * tiles.last_row * tiles.columns * row;
        assert_in_range(count, 1, ROOM);
        fill_normal(matrix, 2, 1, (int)count);
        plane.numbers = x;
        winograd_gather(gathered, &plane, &tiles);
        memset(back, 0, sizeof back);
        plane.numbers = back;
        winograd_spread(&plane, matrix, &tiles);
        const double there = dot(gathered, matrix, count), and_back = dot(x, back, numbers);
        assert_true(fabs(there) > 1e-3);
        if (!(fabs(there - and_back) <= 1e-4 * sqrt((double)count)))
            fail_msg("product %d: %.9g and %.9g", product, there, and_back);
    }
}

static void spreading_is_the_transpose_of_gathering(void **state) {
    (void)state;
    struct plane images = {.shape = {3, 9, 6}, .stride = 2, .pad = 1, .terms = winograd_of_images};
    struct plane grid = {.shape = {5, 5, 3}, .stride = 1, .terms = winograd_of_grid};
    check_transpose(images, 5, 3);
    check_transpose(grid, 5, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_twice_as_large_as_their_stride_fit),
        cmocka_unit_test(an_odd_side_leaves_a_product_out),
        cmocka_unit_test(spreading_is_the_transpose_of_gathering),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
