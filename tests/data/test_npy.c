/* NumPy headers, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/helpers.h"

#include "gantrain/data/npy.h"

static void check_header(int rank, const uint32_t *sizes, const char *shape) {
    const char *path = in_folder("array.npy");
    gt_error error = {0};
    gt_file_writer writer;
    assert_int_equal(gt_file_begin(&writer, path, &error), GT_OK);
    assert_int_equal(gt_npy_write_header(&writer, rank, sizes, &error), GT_OK);
    assert_int_equal(gt_file_write(&writer, "elements", 8, &error), GT_OK);
    assert_int_equal(gt_file_commit(&writer, &error), GT_OK);

    size_t size;
    uint8_t *bytes = get_file(&size, path);
    assert_true(size > 18);
    assert_memory_equal(bytes, "\x93NUMPY\x01\x00", 8);
    size_t length = bytes[8] + 256u * bytes[9];
    assert_int_equal((10 + length) % 64, 0);
    assert_int_equal(size, 10 + length + 8);
    assert_memory_equal(bytes + 10 + length, "elements", 8);
    char expected[256];
    int text = snprintf(expected, sizeof expected,
                        "{'descr': '|u1', 'fortran_order': False, 'shape': %s, }", shape);
    /* No more padding than it takes. */
    assert_true(length - (size_t)text - 1 < 64);
    assert_memory_equal(bytes + 10, expected, (size_t)text);
    for (size_t i = 10 + (size_t)text; i < 10 + length - 1; i++)
        assert_int_equal(bytes[i], ' ');
    assert_int_equal(bytes[10 + length - 1], '\n');
    free(bytes);
}

static void test_headers(void **state) {
    (void)state;
    check_header(1, (uint32_t[]){5}, "(5,)");
    check_header(2, (uint32_t[]){5, 784}, "(5, 784)");
    check_header(3, (uint32_t[]){60000, 28, 28}, "(60000, 28, 28)");
    check_header(4, (uint32_t[]){10, 32, 32, 3}, "(10, 32, 32, 3)");
    check_header(4, (uint32_t[]){UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
                 "(4294967295, 4294967295, 4294967295, 4294967295)");
    /* Every length of text, so that every amount of padding. */
    uint32_t size = 1;
    for (int digits = 1; digits <= 10; digits++, size *= 10) {
        char shape[64];
        snprintf(shape, sizeof shape, "(%u, %u, 1)", size, size);
        check_header(3, (uint32_t[]){size, size, 1}, shape);
        snprintf(shape, sizeof shape, "(%u, 1, 1, 1)", size);
        check_header(4, (uint32_t[]){size, 1, 1, 1}, shape);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_headers)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
