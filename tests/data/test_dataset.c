/* Sources of images are taken or refused with the numbers that matter, and a range selects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"

#include "gantrain/data/dataset.h"
#include "gantrain/data/digits.h"
#include "gantrain/data/idx.h"

static const gt_range everything = {0, 0};

/* Byte i of every file that these tests make. */
static uint8_t element(size_t i) {
    return (uint8_t)(i * 31 + i / 7);
}

static const char *put_idx(const char *name, int rank, const uint32_t *sizes) {
    const char *path = in_folder(name);
    gt_error error = {0};
    gt_file_writer writer;
    size_t elements = 1;
    for (int i = 0; i < rank; i++)
        elements *= sizes[i];
    uint8_t *bytes = malloc(elements);
    for (size_t i = 0; i < elements; i++)
        bytes[i] = element(i);
    assert_int_equal(gt_file_begin(&writer, path, &error), GT_OK);
    assert_int_equal(gt_idx_write_header(&writer, rank, sizes, &error), GT_OK);
    assert_int_equal(gt_file_write(&writer, bytes, elements, &error), GT_OK);
    assert_int_equal(gt_file_commit(&writer, &error), GT_OK);
    free(bytes);
    return path;
}

/* Opens with the plainest of options. */
static gt_status open_plain(gt_dataset *dataset, const char *images, const char *labels,
                            gt_range range, uint64_t seed, gt_error *error) {
    const gt_data_options options = {
        .images = images, .labels = labels, .range = range, .seed = seed};
    return gt_dataset_open(dataset, NULL, &options, error);
}

/* Opening fails; the message begins with `where` and, up to a NULL, contains the parts. */
static void assert_refused(const char *images, const char *labels, gt_range range,
                           const char *where, const char *const parts[]) {
    gt_dataset dataset = {.count = 99};
    gt_error error = {0};
    assert_int_equal(open_plain(&dataset, images, labels, range, 1, &error), GT_FAILED);
    gt_dataset nothing = {0};
    assert_memory_equal(&dataset, &nothing, sizeof dataset);
    assert_names_path(error.message, where);
    for (int i = 0; parts[i] != NULL; i++)
        assert_contains(error.message, parts[i]);
}

#define PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_grey_and_colour(void **state) {
    (void)state;
    struct {
        const char *path;
        int channels;
    } cases[] = {
        {put_idx("grey", 3, (uint32_t[]){6, 4, 5}), 1},
        {put_idx("grey4", 4, (uint32_t[]){6, 4, 5, 1}), 1},
        {put_idx("colour", 4, (uint32_t[]){6, 4, 5, 3}), 3},
    };
    for (int i = 0; i < 3; i++) {
        gt_dataset dataset;
        gt_error error = {0};
        assert_int_equal(open_plain(&dataset, cases[i].path, "", everything, 1, &error), GT_OK);
        assert_int_equal(dataset.count, 6);
        assert_int_equal(dataset.shape.height, 4);
        assert_int_equal(dataset.shape.width, 5);
        assert_int_equal(dataset.shape.channels, cases[i].channels);
        assert_int_equal(dataset.pixels, 20 * cases[i].channels);
        for (int byte = 0; byte < 6 * dataset.pixels; byte++)
            assert_int_equal(dataset.images[byte], element((size_t)byte));
        assert_null(dataset.labels);
        gt_dataset_free(&dataset);
        assert_null(dataset.images);
    }
}

static void test_range_selects(void **state) {
    (void)state;
    enum { PIXELS = 12, FIRST = 3, LAST = 8 };
    const char *images = put_idx("images", 3, (uint32_t[]){10, 3, 4});
    const char *labels = put_idx("labels", 1, (uint32_t[]){10});
    gt_dataset dataset;
    gt_error error = {0};
    gt_range range = {FIRST, LAST};
    assert_int_equal(open_plain(&dataset, images, labels, range, 1, &error), GT_OK);
    assert_int_equal(dataset.count, LAST - FIRST);
    uint8_t expected[(LAST - FIRST) * PIXELS];
    double sum = 0;
    for (size_t i = 0; i < sizeof expected; i++)
        sum += expected[i] = element(FIRST * PIXELS + i);
    assert_memory_equal(dataset.images, expected, sizeof expected);
    for (size_t i = 0; i < LAST - FIRST; i++)
        assert_int_equal(dataset.labels[i], element(FIRST + i));
    assert_true(dataset.mean == sum / sizeof expected);
    assert_int_equal(dataset.checksum, crc32(0, expected, sizeof expected));
    gt_dataset_free(&dataset);

    assert_int_equal(open_plain(&dataset, images, NULL, (gt_range){9, 0}, 1, &error), GT_OK);
    assert_int_equal(dataset.count, 1);
    assert_int_equal(dataset.images[0], element(9 * PIXELS));
    gt_dataset_free(&dataset);
}

static void test_bad_ranges(void **state) {
    (void)state;
    const char *images = put_idx("images", 3, (uint32_t[]){10, 3, 4});
    assert_refused(images, NULL, (gt_range){0, 11}, images, PARTS("10 images", "to 11", "past"));
    assert_refused(images, NULL, (gt_range){10, 0}, images, PARTS("10 images", "from 10", "past"));
    assert_refused(images, NULL, (gt_range){4, 4}, images, PARTS("from 4 to 4 is empty", "10"));
    assert_refused(images, NULL, (gt_range){5, 4}, images, PARTS("from 5 to 4 is empty"));
    assert_refused(images, NULL, (gt_range){0, UINT64_MAX}, images, PARTS("past the end"));
}

static void test_wrong_arrays(void **state) {
    (void)state;
    const char *images = put_idx("images", 3, (uint32_t[]){10, 3, 4});
    const char *labels = put_idx("labels", 1, (uint32_t[]){10});
    const char *flat = put_idx("flat", 2, (uint32_t[]){10, 784});
    const char *two = put_idx("two", 4, (uint32_t[]){10, 3, 4, 2});
    const char *large = put_idx("large", 3, (uint32_t[]){1, 257, 256});
    const char *largest = put_idx("largest", 3, (uint32_t[]){1, 256, 256});
    const char *few = put_idx("few", 1, (uint32_t[]){9});
    assert_refused(labels, images, everything, labels,
                   PARTS("rank-1 array of 10", "need rank 3", "is this the labels file?"));
    assert_refused(flat, NULL, everything, flat, PARTS("rank-2 array of 10 x 784", "rank 3"));
    assert_refused(two, NULL, everything, two, PARTS("10 x 3 x 4 x 2", "1 (grey) or 3"));
    assert_refused(large, NULL, everything, large, PARTS("65792 bytes each", "65536"));
    assert_refused(images, images, everything, images,
                   PARTS("rank-3 array of 10 x 3 x 4", "need rank 1", "is this an images file?"));
    /* The count must match before the range is taken. */
    assert_refused(images, few, (gt_range){0, 9}, few, PARTS("9 labels", "10 images", images));
    assert_refused(images, in_folder("missing"), everything, in_folder("missing"),
                   PARTS("No such file"));
    assert_refused(in_folder("missing"), labels, everything, in_folder("missing"),
                   PARTS("No such file"));

    gt_dataset dataset;
    assert_int_equal(open_plain(&dataset, largest, NULL, everything, 1, NULL), GT_OK);
    assert_int_equal(dataset.pixels, 65536);
    gt_dataset_free(&dataset);
}

static void test_builtin_digits(void **state) {
    (void)state;
    enum { FIRST = 50, COUNT = 40 };
    static uint8_t images[COUNT * GT_DIGIT_PIXELS];
    static uint16_t labels[COUNT];
    gt_digits_draw(images, labels, NULL, 7, FIRST, COUNT);
    gt_dataset dataset;
    gt_error error = {0};
    assert_int_equal(
        open_plain(&dataset, GT_BUILTIN_DIGITS, NULL, (gt_range){FIRST, FIRST + COUNT}, 7, &error),
        GT_OK);
    assert_int_equal(dataset.count, COUNT);
    assert_int_equal(dataset.shape.height, 28);
    assert_int_equal(dataset.shape.width, 28);
    assert_int_equal(dataset.shape.channels, 1);
    assert_int_equal(dataset.pixels, 784);
    assert_memory_equal(dataset.images, images, sizeof images);
    assert_memory_equal(dataset.labels, labels, sizeof labels);
    assert_int_equal(dataset.checksum, crc32(0, images, sizeof images));
    gt_dataset_free(&dataset);

    assert_int_equal(open_plain(&dataset, GT_BUILTIN_DIGITS, "", everything, 7, &error), GT_OK);
    assert_int_equal(dataset.count, 60000);
    gt_dataset_free(&dataset);
}

static void test_builtin_digits_refuse(void **state) {
    (void)state;
    const char *digits = GT_BUILTIN_DIGITS;
    const char *labels = put_idx("labels", 1, (uint32_t[]){10});
    assert_refused(digits, labels, everything, digits, PARTS("labels of their own", labels));
    assert_refused(digits, NULL, (gt_range){70000, 0}, digits, PARTS("from 70000 to 60000"));
    assert_refused(digits, NULL, (gt_range){3, 3}, digits, PARTS("from 3 to 3 is empty"));
    assert_refused(digits, NULL, (gt_range){0, (1 << 20) + 1}, digits, PARTS("1048577", "1048576"));
    assert_refused(digits, NULL, (gt_range){UINT64_MAX - 1, UINT64_MAX}, digits,
                   PARTS("too large", "4294967295"));
}

static void test_a_part_is_a_view(void **state) {
    (void)state;
    gt_dataset whole, part, same;
    assert_int_equal(open_plain(&whole, GT_BUILTIN_DIGITS, NULL, (gt_range){0, 30}, 7, NULL),
                     GT_OK);
    assert_int_equal(open_plain(&same, GT_BUILTIN_DIGITS, NULL, (gt_range){10, 25}, 7, NULL),
                     GT_OK);
    gt_error error = {0};
    assert_int_equal(gt_dataset_part(&part, &whole, (gt_range){20, 31}, "digits", &error),
                     GT_FAILED);
    assert_contains(error.message, "digits: has 30 images");
    assert_int_equal(gt_dataset_part(&part, &whole, (gt_range){10, 25}, "digits", &error), GT_OK);
    assert_ptr_equal(part.images, whole.images + 10 * GT_DIGIT_PIXELS);
    assert_memory_equal(part.labels, same.labels, 15 * sizeof *same.labels);
    assert_int_equal(part.count, 15);
    assert_int_equal(part.checksum, same.checksum);
    assert_true(part.mean == same.mean);
    gt_dataset_free(&part);
    gt_dataset_free(&same);
    assert_int_equal(whole.checksum, crc32(0, whole.images, 30 * GT_DIGIT_PIXELS));
    gt_dataset_free(&whole);
}

/* The same images from an NPY file as from an IDX file. */
static void test_npy(void **state) {
    (void)state;
    static const char header[] = "\x93NUMPY\x01\x00\x3c\x00"
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 3)}";
    uint8_t bytes[10 + 60 + 12];
    memcpy(bytes, header, 70);
    for (int i = 0; i < 12; i++)
        bytes[70 + i] = (uint8_t)(20 * i);
    put_file(in_folder("images.npy"), bytes, sizeof bytes);
    gt_dataset dataset;
    gt_error error = {0};
    if (open_plain(&dataset, in_folder("images.npy"), NULL, everything, 0, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(dataset.count, 2);
    assert_int_equal(dataset.shape.height, 2);
    assert_int_equal(dataset.shape.width, 3);
    assert_memory_equal(dataset.images, bytes + 70, 12);
    gt_dataset_free(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grey_and_colour),  cmocka_unit_test(test_range_selects),
        cmocka_unit_test(test_bad_ranges),       cmocka_unit_test(test_wrong_arrays),
        cmocka_unit_test(test_builtin_digits),   cmocka_unit_test(test_builtin_digits_refuse),
        cmocka_unit_test(test_a_part_is_a_view), cmocka_unit_test(test_npy),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
