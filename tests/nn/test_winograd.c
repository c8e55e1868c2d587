/* Convolutions by fewer multiplications: which are made so, how many products a grid takes, that
 * they make its outputs, and that sums over tiles and their transpose belong together. That the results are those of the
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
#include "nn/winograd_weights.h"

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

static int products_along(int outputs) {
    int products = 0;
    for (int sum = 0; sum < winograd_sums_along(outputs); sum++)
        products += winograd_tiles_along(outputs, sum);
    return products;
}

/* Tiles of two outputs take three products, one of three outputs takes four. */
static void tiles_take_fewer_products(void **state) {
    (void)state;
    assert_int_equal(products_along(3), 4);
    assert_int_equal(products_along(7), 10);
    assert_int_equal(products_along(8), 12);
    const struct patches odd = patches_with(64, 14, 128, 4, 2);
    const struct patches even = patches_with(64, 16, 128, 4, 2);
    assert_int_equal(winograd_products(&odd), 16);
    assert_int_equal(winograd_products(&even), 9);
}

/* Along a dimension, the sums of products are those of the definition, exactly. */
static void tiles_make_the_outputs(void **state) {
    (void)state;
    const int x[WINOGRAD_STEPS] = {3, -7, 11, 5}, w[2] = {2, 9};
    const int sums[WINOGRAD_SUMS] = {w[0], w[0] + w[1], w[1], w[0] - w[1]};
    for (int three = 0; three < WINOGRAD_TILES; three++)
        for (int output = 0; output < 2 + three; output++) {
            int twice = 0;
            for (int sum = 0; sum < WINOGRAD_SUMS; sum++) {
                int image = 0;
                for (int step = 0; step < WINOGRAD_STEPS; step++)
                    image += winograd_of_images[three][sum][step] * x[step];
                twice += winograd_of_grid[three][sum][output] * image * sums[sum];
            }
            assert_int_equal(twice, 2 * (x[output] * w[0] + x[output + 1] * w[1]));
        }
}

enum { BATCH = 3, ROOM = 4096 };

static double dot(const gt_real *a, const gt_real *b, long count) {
    double sum = 0;
    for (long i = 0; i < count; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* <gather x, m> = <x, spread m> for every product. */
static void check_transpose(struct plane plane, int rows, int columns) {
    static gt_real x[ROOM], back[ROOM], matrix[ROOM], gathered[ROOM];
    const long numbers = (long)BATCH * gt_shape_size(plane.shape);
    const int row = plane.stride * plane.stride * plane.shape.channels;
    const int sums_along = winograd_sums_along(columns);
    fill_normal(x, 1, 1, (int)numbers);
    for (int product = 0; product < winograd_sums_along(rows) * sums_along; product++) {
        struct tiles tiles = {
            .images = BATCH,
            .threes_down = winograd_threes(rows),
            .threes_along = winograd_threes(columns),
            .sum_down = product / sums_along,
            .sum_along = product % sums_along,
            .last_line = plane.stride,
            .row_stride = row,
        };
        tiles.last_row = winograd_tiles_along(rows, tiles.sum_down);
        tiles.columns = winograd_tiles_along(columns, tiles.sum_along);
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
    const struct { int height, width; } grids[] = {{5, 3}, {4, 3}, {3, 8}, {5, 7}, {4, 4}};
    for (size_t i = 0; i < sizeof grids / sizeof *grids; i++) {
        const int height = grids[i].height, width = grids[i].width;
        const struct plane grid = {
            .shape = {5, height, width}, .stride = 1, .factors = &winograd_of_grid, .scale = 1};
        check_transpose(grid, height, width);
        /* Tiles reach beyond these images on all sides. */
        const struct plane images = {.shape = {3, 2 * height - 1, 2 * width},
                                     .stride = 2,
                                     .pad = 1,
                                     .factors = &winograd_of_images,
                                     .scale = 1};
        check_transpose(images, height, width);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_twice_as_large_as_their_stride_fit),
        cmocka_unit_test(tiles_take_fewer_products),
        cmocka_unit_test(tiles_make_the_outputs),
        cmocka_unit_test(spreading_is_the_transpose_of_gathering),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
