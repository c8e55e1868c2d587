/* Every way in which an IDX file can be wrong is found and named; a right one reads the same raw
 * and gzipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"

#include "gantrain/data/idx.h"

enum { CAPACITY = 1 << 16 };

/* A file under construction. */
typedef struct buffer {
    size_t size;
    uint8_t bytes[CAPACITY];
} buffer;

static buffer made_of(const void *bytes, size_t size) {
    buffer result = {.size = size};
    memcpy(result.bytes, bytes, size);
    return result;
}

static buffer joined(buffer first, const buffer *second) {
    memcpy(first.bytes + first.size, second->bytes, second->size);
    first.size += second->size;
    return first;
}

/* An IDX file of the given sizes, with `elements` bytes behind its header. */
static buffer idx_file(int rank, const uint32_t *sizes, size_t elements) {
    buffer file = made_of((uint8_t[]){0, 0, 8, (uint8_t)rank}, 4);
    for (int i = 0; i < rank; i++)
        for (int shift = 24; shift >= 0; shift -= 8)
            file.bytes[file.size++] = (uint8_t)(sizes[i] >> shift);
    uint32_t random = 12345; /* hard to compress, so that a cut gzip stream is cut in its data */
    for (size_t i = 0; i < elements; i++) {
        random = random * 1664525 + 1013904223;
        file.bytes[file.size++] = (uint8_t)(random >> 24);
    }
    return file;
}

static buffer gzipped(const buffer *file) {
    buffer result = {0};
    z_stream stream = {0};
    enum { GZIP = 16 };
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + GZIP, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    stream.next_in = (uint8_t *)file->bytes;
    stream.avail_in = (uInt)file->size;
    stream.next_out = result.bytes;
    stream.avail_out = CAPACITY;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    result.size = CAPACITY - stream.avail_out;
    deflateEnd(&stream);
    return result;
}

static void assert_reads(const buffer *file, const buffer *plain, int rank, const uint32_t *sizes) {
    const char *path = in_folder("good");
    put_file(path, file->bytes, file->size);
    gt_idx idx;
    gt_error error = {0};
    assert_int_equal(gt_idx_read(&idx, path, &error), GT_OK);
    assert_int_equal(idx.rank, rank);
    for (int i = 0; i < GT_IDX_RANK; i++)
        assert_int_equal(idx.sizes[i], i < rank ? sizes[i] : 1);
    size_t header = 4 + 4 * (size_t)rank;
    assert_memory_equal(idx.bytes, plain->bytes + header, plain->size - header);
    gt_idx_free(&idx);
    assert_null(idx.bytes);
}

/* Reading fails, naming the path and, up to a NULL, the parts. */
static void assert_refused_path(const char *path, const char *const parts[]) {
    gt_idx idx = {.rank = 99};
    gt_error error = {0};
    assert_int_equal(gt_idx_read(&idx, path, &error), GT_FAILED);
    assert_int_equal(error.status, GT_FAILED);
    assert_null(idx.bytes);
    assert_int_equal(idx.rank, 0);
    assert_names_path(error.message, path);
    for (int i = 0; parts[i] != NULL; i++)
        assert_contains(error.message, parts[i]);
}

#define PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_refused(const buffer *file, const char *const parts[]) {
    put_file(in_folder("bad"), file->bytes, file->size);
    assert_refused_path(in_folder("bad"), parts);
}

static const uint32_t sizes_3[] = {5, 28, 27};
enum { ELEMENTS_3 = 5 * 28 * 27 };

static void test_good_files(void **state) {
    (void)state;
    const uint32_t sizes[GT_IDX_RANK] = {7, 5, 3, 2};
    size_t elements = 1;
    for (int rank = 1; rank <= GT_IDX_RANK; rank++) {
        elements *= sizes[rank - 1];
        buffer plain = idx_file(rank, sizes, elements);
        buffer compressed = gzipped(&plain);
        assert_reads(&plain, &plain, rank, sizes);
        assert_reads(&compressed, &plain, rank, sizes);
    }
}

static void test_several_gzip_members(void **state) {
    (void)state;
    buffer plain = idx_file(3, sizes_3, ELEMENTS_3), empty = {0};
    buffer first = made_of(plain.bytes, 1000);
    buffer second = made_of(plain.bytes + 1000, plain.size - 1000);
    buffer a = gzipped(&first), b = gzipped(&second), c = gzipped(&empty);
    buffer both = joined(a, &b), all = joined(both, &c);
    assert_reads(&both, &plain, 3, sizes_3);
    assert_reads(&all, &plain, 3, sizes_3);
    all.size--;
    assert_refused(&all, PARTS("gzip data is cut short"));
}

/* More than the first step of memory and than the input buffer, in both encodings. */
static void test_large_file(void **state) {
    (void)state;
    enum { COUNT = 3000, PIXELS = 30 * 30 };
    const uint32_t sizes[] = {COUNT, 30, 30};
    uint8_t *elements = malloc(COUNT * PIXELS);
    for (int i = 0; i < COUNT * PIXELS; i++)
        elements[i] = (uint8_t)(i * 2654435761u >> 24);
    buffer header = idx_file(3, sizes, 0);
    gzFile packed = gzopen(in_folder("large.gz"), "wb1");
    gzwrite(packed, header.bytes, (unsigned)header.size);
    gzwrite(packed, elements, COUNT * PIXELS);
    assert_int_equal(gzclose(packed), Z_OK);
    FILE *raw = fopen(in_folder("large"), "wb");
    fwrite(header.bytes, 1, header.size, raw);
    fwrite(elements, 1, COUNT * PIXELS, raw);
    fclose(raw);
    for (int i = 0; i < 2; i++) {
        gt_idx idx;
        gt_error error = {0};
        assert_int_equal(gt_idx_read(&idx, in_folder(i ? "large" : "large.gz"), &error), GT_OK);
        assert_memory_equal(idx.bytes, elements, COUNT * PIXELS);
        gt_idx_free(&idx);
    }
    free(elements);
}

static void test_not_idx(void **state) {
    (void)state;
    assert_refused_path(in_folder("missing"), PARTS("No such file or directory"));
    assert_refused_path(test_folder, PARTS("is a directory"));
    buffer file = {0};
    assert_refused(&file, PARTS("is empty"));
    file = made_of("\0\0\x08", 3);
    assert_refused(&file, PARTS("not an IDX file", "3 bytes"));
    file = made_of("\x1f", 1);
    assert_refused(&file, PARTS("not an IDX file", "1 bytes"));
    file = made_of("\x89PNG\r\n", 6);
    assert_refused(&file, PARTS("not an IDX file", "89 50 4e 47"));
    file = made_of("PK\3\4....", 8);
    buffer compressed = gzipped(&file);
    assert_refused(&compressed, PARTS("not an IDX file", "50 4b 03 04"));
}

static void test_other_types_and_ranks(void **state) {
    (void)state;
    buffer file = idx_file(3, sizes_3, ELEMENTS_3);
    file.bytes[2] = 0x0d;
    assert_refused(&file, PARTS("type 0x0d", "float", "unsigned byte"));
    file.bytes[2] = 0x0b;
    assert_refused(&file, PARTS("type 0x0b", "16-bit integer"));
    file.bytes[2] = 0x07;
    assert_refused(&file, PARTS("not an IDX file", "00 00 07 03"));
    file.bytes[2] = 0x08;
    file.bytes[3] = 0;
    assert_refused(&file, PARTS("rank 0", "1 to 4"));
    file.bytes[3] = 5;
    assert_refused(&file, PARTS("rank 5", "1 to 4"));
}

static void test_wrong_sizes(void **state) {
    (void)state;
    buffer file = idx_file(3, sizes_3, 0);
    file.size = 10;
    assert_refused(&file, PARTS("ends inside its header", "6 bytes"));
    file.size = 4;
    assert_refused(&file, PARTS("ends inside its header", "12 bytes"));
    file = idx_file(3, (uint32_t[]){0, 28, 28}, 0);
    assert_refused(&file, PARTS("holds nothing", "0 x 28 x 28"));
    file = idx_file(3, (uint32_t[]){5, 28, 0}, 0);
    assert_refused(&file, PARTS("holds nothing", "5 x 28 x 0"));
    file = idx_file(1, (uint32_t[]){0}, 0);
    assert_refused(&file, PARTS("holds nothing"));

    /* 2^128 wraps to 0 and 2^64 + 2^33 to 2^33; 2^40 + 2^20 is merely too much. */
    file = idx_file(4, (uint32_t[]){1u << 31, 1u << 31, 1u << 31, 1u << 31}, 64);
    assert_refused(&file, PARTS("2147483648 x 2147483648", "more than can be read"));
    file = idx_file(3, (uint32_t[]){1u << 31, (1u << 31) + 1, 4}, 64);
    assert_refused(&file, PARTS("more than can be read"));
    file = idx_file(2, (uint32_t[]){1u << 20, (1u << 20) + 1}, 64);
    assert_refused(&file, PARTS("more than can be read"));
}

static void test_shorter_and_longer_than_header(void **state) {
    (void)state;
    const uint32_t lying[] = {1u << 20, 1u << 10, 1u << 10};
    buffer cases[] = {
        idx_file(3, sizes_3, ELEMENTS_3 - 1),
        idx_file(3, sizes_3, ELEMENTS_3 + 1),
        idx_file(3, sizes_3, 0),
        idx_file(3, lying, 10),
    };
    const char *const *parts[] = {
        PARTS("3780 bytes", "5 x 28 x 27", "only 3779 follow"),
        PARTS("3780 bytes", "5 x 28 x 27", "3781 follow"),
        PARTS("3780 bytes", "only 0 follow"),
        PARTS("1099511627776 bytes", "1048576 x 1024 x 1024", "only 10 follow"),
    };
    for (int i = 0; i < 4; i++) {
        buffer compressed = gzipped(&cases[i]);
        assert_refused(&cases[i], parts[i]);
        assert_refused(&compressed, parts[i]);
    }
}

static void test_gzip_cut_anywhere(void **state) {
    (void)state;
    buffer plain = idx_file(1, (uint32_t[]){200}, 200);
    buffer whole = gzipped(&plain);
    for (size_t size = 2; size < whole.size; size++) {
        buffer cut = whole;
        cut.size = size;
        assert_refused(&cut, PARTS("gzip data is cut short", "get the file again"));
    }
}

static void test_gzip_damaged(void **state) {
    (void)state;
    buffer plain = idx_file(3, sizes_3, ELEMENTS_3);
    buffer whole = gzipped(&plain), bad = whole;
    bad.bytes[bad.size - 8] ^= 1;
    assert_refused(&bad, PARTS("gzip data is damaged", "data check", "get the file again"));
    bad = whole;
    bad.bytes[bad.size - 1] ^= 1;
    assert_refused(&bad, PARTS("gzip data is damaged", "length check"));
    bad = whole;
    bad.bytes[2] = 7; /* a compression method that is not deflate */
    assert_refused(&bad, PARTS("gzip data is damaged", "method"));

    /* Whichever byte of the compressed data is damaged, bad data is never taken for good. (A few
     * bits of deflate's format only pad.) */
    int refused = 0, tried = 0;
    for (size_t i = 10; i < whole.size; i += 37, tried++) {
        gt_idx idx;
        bad = whole;
        bad.bytes[i] ^= 0x10;
        put_file(in_folder("bad"), bad.bytes, bad.size);
        if (gt_idx_read(&idx, in_folder("bad"), NULL) == GT_FAILED)
            refused++;
        else
            assert_memory_equal(idx.bytes, plain.bytes + 16, ELEMENTS_3);
        gt_idx_free(&idx);
    }
    assert_in_range(refused, tried - 2, tried);
}

static void test_gzip_followed_by_garbage(void **state) {
    (void)state;
    buffer plain = idx_file(3, sizes_3, ELEMENTS_3);
    buffer whole = gzipped(&plain);
    const char *const tails[] = {"x", "garbage behind the data"};
    for (int i = 0; i < 2; i++) {
        buffer tail = made_of(tails[i], strlen(tails[i]));
        buffer file = joined(whole, &tail);
        assert_refused(&file, PARTS("do not belong to it", "get the file again"));
    }
    buffer zeros = {.size = 512}, padded = joined(whole, &zeros);
    assert_refused(&padded, PARTS("do not belong to it"));
    buffer half = made_of("\x1f", 1), started = joined(whole, &half);
    assert_refused(&started, PARTS("do not belong to it"));
    half = made_of("\x1f\x8b\x08", 3);
    started = joined(whole, &half);
    assert_refused(&started, PARTS("gzip data is cut short"));
    buffer more = gzipped(&plain), doubled = joined(whole, &more);
    assert_refused(&doubled, PARTS("3780 bytes", "7576 follow"));
}

static void test_write_header(void **state) {
    (void)state;
    gt_error error = {0};
    gt_file_writer writer;
    const char *path = in_folder("written");
    buffer expected = idx_file(3, (uint32_t[]){70000, 2, 3}, 0);
    assert_int_equal(gt_file_begin(&writer, path, &error), GT_OK);
    assert_int_equal(gt_idx_write_header(&writer, 3, (uint32_t[]){70000, 2, 3}, &error), GT_OK);
    assert_int_equal(gt_file_commit(&writer, &error), GT_OK);
    size_t size;
    uint8_t *bytes = get_file(&size, path);
    assert_int_equal(size, expected.size);
    assert_memory_equal(bytes, expected.bytes, size);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_files),
        cmocka_unit_test(test_several_gzip_members),
        cmocka_unit_test(test_large_file),
        cmocka_unit_test(test_not_idx),
        cmocka_unit_test(test_other_types_and_ranks),
        cmocka_unit_test(test_wrong_sizes),
        cmocka_unit_test(test_shorter_and_longer_than_header),
        cmocka_unit_test(test_gzip_cut_anywhere),
        cmocka_unit_test(test_gzip_damaged),
        cmocka_unit_test(test_gzip_followed_by_garbage),
        cmocka_unit_test(test_write_header),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
