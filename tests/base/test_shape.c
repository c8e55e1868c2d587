/* Shapes: their sizes, what makes two of them equal, and how they read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gantrain/base/shape.h"

static void a_vector_is_channels_of_one_pixel(void **state) {
    (void)state;
    gt_shape vector = gt_shape_of_vector(100);
    assert_int_equal(gt_shape_size(vector), 100);
    assert_int_equal(vector.height, 1);
    assert_int_equal(vector.width, 1);
}

static void shapes_are_equal_in_every_side(void **state) {
    (void)state;
    const gt_shape shape = {3, 20, 30};
    assert_int_equal(gt_shape_size(shape), 1800);
    assert_true(gt_shape_equal(shape, shape));
    assert_false(gt_shape_equal(shape, (gt_shape){3, 30, 20}));
    assert_false(gt_shape_equal(shape, (gt_shape){1, 20, 30}));
    assert_false(gt_shape_equal(shape, (gt_shape){3, 20, 31}));
}

static void shapes_read_as_images_and_as_layers(void **state) {
    (void)state;
    char text[GT_SHAPE_TEXT];
    const gt_shape grey = {1, 20, 30}, colour = {3, 20, 30};
    assert_string_equal(gt_shape_format_image(text, grey), "20x30");
    assert_string_equal(gt_shape_format_image(text, colour), "20x30x3");
    assert_string_equal(gt_shape_format(text, (gt_shape){64, 14, 15}), "64x14x15");
    assert_string_equal(gt_shape_format(text, gt_shape_of_vector(256)), "256");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vector_is_channels_of_one_pixel),
        cmocka_unit_test(shapes_are_equal_in_every_side),
        cmocka_unit_test(shapes_read_as_images_and_as_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
