/* NumPy headers as they are written, byte by byte; what is read back, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"

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

/* --- Reading --- */

/* A file of a version with a header text and `held` elements 0, 1, 2, ... */
static const char *put_npy(int version, const char *text, size_t held) {
    const char *path = in_folder("read.npy");
    uint8_t bytes[512] = "\x93NUMPY";
    size_t length = strlen(text), prefix = version == 1 ? 10 : 12;
    assert_true(prefix + length + held <= sizeof bytes);
    bytes[6] = (uint8_t)version;
    bytes[8] = (uint8_t)length;
    memcpy(bytes + prefix, text, length);
    for (size_t i = 0; i < held; i++)
        bytes[prefix + length + i] = (uint8_t)i;
    put_file(path, bytes, prefix + length + held);
    return path;
}

static void check_read(int version, const char *text, int rank, const uint32_t sizes[4]) {
    gt_npy array;
    gt_error error = {0};
    size_t total = (size_t)sizes[0] * sizes[1] * sizes[2] * sizes[3];
    const char *path = put_npy(version, text, total);
    if (gt_npy_read(&array, path, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(array.rank, rank);
    assert_memory_equal(array.sizes, sizes, sizeof array.sizes);
    for (size_t i = 0; i < total; i++)
        assert_int_equal(array.bytes[i], i);
    gt_npy_free(&array);
}

static void test_what_is_read(void **state) {
    (void)state;
    const uint32_t images[4] = {2, 3, 4, 1}, colours[4] = {2, 3, 4, 3}, vector[4] = {7, 1, 1, 1};
    for (int version = 1; version <= 3; version++) {
        check_read(version, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4), }   \n",
                   3, images);
        check_read(version, "{'shape':(2,3,4,3,),'fortran_order':False,\"descr\":\"|u1\"}", 4,
                   colours);
        check_read(version, "{'descr': '|u1', 'fortran_order': False, 'shape': (7,)}", 1, vector);
    }
}

/* Every element type, in both byte orders and as NumPy spells it. */
static void test_element_types(void **state) {
    (void)state;
    static const struct {
        const char *descr;
        size_t size;
        uint8_t bytes[8];
        double value;
    } cases[] = {
        {"|u1", 1, {200}, 200},
        {"<u1", 1, {200}, 200},
        {">u1", 1, {200}, 200},
        {"=u1", 1, {200}, 200},
        {"u1", 1, {200}, 200},
        {"|b1", 1, {1}, 1},
        {"|i1", 1, {200}, -56},
        {"<u2", 2, {1, 2}, 513},
        {">u2", 2, {1, 2}, 258},
        {"<i2", 2, {0, 0x80}, -32768},
        {"<u4", 4, {0, 0, 0, 0x80}, 2147483648.0},
        {">i4", 4, {0xff, 0xff, 0xff, 0xfe}, -2},
        {"<i8", 8, {7, 0, 0, 0, 0, 0, 0, 0}, 7},
        {"<u8", 8, {0, 0, 0, 0, 0, 0, 0, 0x80}, 9223372036854775808.0},
        {"<f4", 4, {0, 0, 0x80, 0x3e}, 0.25},
        {">f4", 4, {0xbe, 0x80, 0, 0}, -0.25},
        {"<f8", 8, {0, 0, 0, 0, 0, 0, 0xe0, 0x3f}, 0.5},
        {">f8", 8, {0x3f, 0xe0, 0, 0, 0, 0, 0, 0}, 0.5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[96];
        gt_npy array;
        gt_error error = {0};
        snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (1,), }",
                 cases[i].descr);
        const char *path = put_npy(1, text, 0);
        FILE *file = fopen(path, "ab");
        fwrite(cases[i].bytes, 1, cases[i].size, file);
        fclose(file);
        if (gt_npy_read(&array, path, &error) != GT_OK)
            fail_msg("%s: %s", cases[i].descr, error.message);
        if (gt_npy_at(&array, 0) != cases[i].value)
            fail_msg("%s: %g", cases[i].descr, gt_npy_at(&array, 0));
        gt_npy_free(&array);
    }
}

static void test_what_is_written_is_read(void **state) {
    (void)state;
    const uint32_t sizes[] = {2, 3, 4};
    const char *path = in_folder("both.npy");
    gt_file_writer writer;
    gt_npy array;
    uint8_t pixels[24];
    for (int i = 0; i < 24; i++)
        pixels[i] = (uint8_t)(10 * i);
    assert_int_equal(gt_file_begin(&writer, path, NULL), GT_OK);
    assert_int_equal(gt_npy_write_header(&writer, 3, sizes, NULL), GT_OK);
    assert_int_equal(gt_file_write(&writer, pixels, sizeof pixels, NULL), GT_OK);
    assert_int_equal(gt_file_commit(&writer, NULL), GT_OK);
    assert_int_equal(gt_npy_read(&array, path, NULL), GT_OK);
    assert_memory_equal(array.bytes, pixels, sizeof pixels);
    assert_memory_equal(array.sizes, sizes, sizeof sizes);
    gt_npy_free(&array);
}

static void check_refused(const char *path, const char *expected) {
    gt_npy array;
    gt_error error = {0};
    assert_int_equal(gt_npy_read(&array, path, &error), GT_FAILED);
    if (strstr(error.message, expected) == NULL || strncmp(error.message, path, strlen(path)) != 0)
        fail_msg("'%s' has no '%s'", error.message, expected);
    assert_null(strchr(error.message, '\n'));
    assert_null(array.bytes);
}

static void test_what_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t held;
        const char *expected;
    } cases[] = {
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }", 5,
         "promises 6 bytes, but 5"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }", 7,
         "promises 6 bytes, but 7"},
        {"{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }", 12, "astype('uint8')"},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (2, 3), }", 48, "elements are '<c8'"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 6, "promises 24 bytes"},
        {"{'descr': '', 'fortran_order': False, 'shape': (2, 3), }", 6, "elements are ''"},
        {"{'descr': '<', 'fortran_order': False, 'shape': (2, 3), }", 6, "elements are '<'"},
        {"{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", 6, "Fortran order"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (), }", 1, "rank 0"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1, 1, 6), }", 6, "rank 5"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (0, 6), }", 0, "holds nothing"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296,), }", 6, "more bytes"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (18446744073709551622,), }", 6, "more"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (65536, 65536, 65536, 65536), }", 6,
         "more bytes"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (-6,), }", 6, "cannot be understood"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2 3), }", 6, "cannot be understood"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3", 6, "cannot be understood"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)} x", 6, "cannot be understood"},
        {"{'descr': '|u1', 'fortran_order': 0, 'shape': (2, 3), }", 6, "cannot be understood"},
        {"{'descr': '|u1', 'fortran_order': False, }", 6, "cannot be understood"},
        {"{'descr': '|u1', 'descr': '|u1', 'shape': (2, 3), }", 6, "cannot be understood"},
        {"{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (6,), }", 6, "understood"},
        {"{'descr': '|u1, 'fortran_order': False, 'shape': (6,), }", 6, "cannot be understood"},
        {"", 0, "cannot be understood"},
        {"{", 0, "cannot be understood"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int version = 1; version <= 2; version++)
            check_refused(put_npy(version, cases[i].text, cases[i].held), cases[i].expected);
    check_refused(put_npy(4, cases[0].text, 6), "version 4.0");
    check_refused(in_folder("missing.npy"), "cannot be read");
    check_refused(test_folder, "is a directory");
    assert_false(gt_npy_is("\x93NUMP", 5));
    assert_false(gt_npy_is("\x93NUMPX", 6));
    assert_true(gt_npy_is("\x93NUMPY", 6));
}

/* Every beginning of a good file is refused, and takes no harm. */
static void test_cut_files(void **state) {
    (void)state;
    size_t size;
    const char *whole = put_npy(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (5,), }", 5);
    uint8_t *bytes = get_file(&size, whole);
    for (size_t length = 0; length < size; length++) {
        gt_npy array;
        const char *path = in_folder("cut.npy");
        put_file(path, bytes, length);
        assert_int_equal(gt_npy_read(&array, path, NULL), GT_FAILED);
    }
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),         cmocka_unit_test(test_what_is_read),
        cmocka_unit_test(test_element_types),   cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_what_is_refused), cmocka_unit_test(test_cut_files),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
