/* Safetensors: what is written reads back the same and is laid out as the format says; a file that
 * is cut, damaged or made to mislead is refused with a sentence that begins with its path, and
 * never believed; the checksum finds every single flipped bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "helpers.h"

#include "gantrain/files/safetensors.h"

static const float weight[6] = {1, -2, 3.5f, 0, 1e-30f, -7}, bias[3] = {4, 5, 6};
static const double sums[2] = {0.1, -1e300};

static void add_all(gt_safetensors_writer *writer) {
    gt_safetensors_begin(writer);
    gt_safetensors_add_metadata(writer, "config", "[a]\nb = \"c\\\" \xc3\xa9\n");
    gt_safetensors_add_metadata(writer, "step", "12");
    gt_safetensors_add(writer, "net.0.weight", "F32", 2, (int[]){2, 3}, weight);
    gt_safetensors_add(writer, "net.0.bias", "F32", 1, (int[]){3}, bias);
    gt_safetensors_add(writer, "sums", "F64", 1, (int[]){2}, sums);
}

static void write_file(const char *path) {
    gt_safetensors_writer writer;
    gt_error error = {0};
    add_all(&writer);
    if (gt_safetensors_write(&writer, path, &error) != GT_OK)
        fail_msg("%s", error.message);
    gt_safetensors_end(&writer);
}

/* Whether it is damaged, or could not be read at all, is told apart. */
static void assert_fails(const char *path, const char *part, bool damaged) {
    gt_safetensors tensors;
    gt_error error = {0};
    if (gt_safetensors_open(&tensors, path, &error) != GT_FAILED)
        fail_msg("the file is not refused: %s", part);
    assert_int_equal(error.status, GT_FAILED);
    assert_names_path(error.message, path);
    assert_contains(error.message, part);
    assert_null(tensors.file);
    assert_null(tensors.header);
    assert_null(tensors.entries);
    if (tensors.damaged != damaged)
        fail_msg("damaged: %d: %s", tensors.damaged, error.message);
}

static void assert_refused(const char *path, const char *part) {
    assert_fails(path, part, true);
}

/* A file of that header, with `data` zero bytes behind it. */
static const char *put_header(const char *json, size_t data) {
    size_t length = strlen(json);
    uint8_t *bytes = calloc(1, 8 + length + data);
    assert_non_null(bytes);
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)length >> (8 * i));
    memcpy(bytes + 8, json, length);
    put_file(in_folder("made"), bytes, 8 + length + data);
    free(bytes);
    return in_folder("made");
}

static void assert_tensor(const gt_safetensors *tensors, const char *name, const char *dtype,
                          int rank, uint64_t rows, const void *bytes, size_t size) {
    const gt_safetensors_entry *entry = gt_safetensors_find(tensors, name);
    assert_non_null(entry);
    assert_string_equal(entry->name, name);
    assert_string_equal(entry->dtype, dtype);
    assert_int_equal(entry->rank, rank);
    assert_int_equal(entry->shape[0], rows);
    assert_int_equal(entry->size, size);
    assert_memory_equal(entry->bytes, bytes, size);
}

static void test_what_is_written_reads_back(void **state) {
    (void)state;
    gt_safetensors tensors;
    write_file(in_folder("good"));
    assert_int_equal(gt_safetensors_open(&tensors, in_folder("good"), NULL), GT_OK);
    assert_int_equal(tensors.count, 3);
    assert_true(tensors.has_checksum);
    assert_true(tensors.checksum_matches);
    assert_tensor(&tensors, "net.0.weight", "F32", 2, 2, weight, sizeof weight);
    assert_int_equal(gt_safetensors_find(&tensors, "net.0.weight")->shape[1], 3);
    assert_tensor(&tensors, "net.0.bias", "F32", 1, 3, bias, sizeof bias);
    assert_tensor(&tensors, "sums", "F64", 1, 2, sums, sizeof sums);
    assert_string_equal(tensors.entries[0].name, "net.0.weight");
    assert_string_equal(tensors.entries[2].name, "sums");
    assert_null(gt_safetensors_find(&tensors, "net.0"));
    assert_null(gt_safetensors_find(&tensors, "__metadata__"));
    assert_string_equal(gt_safetensors_metadata(&tensors, "step"), "12");
    assert_string_equal(gt_safetensors_metadata(&tensors, "config"), "[a]\nb = \"c\\\" \xc3\xa9\n");
    assert_null(gt_safetensors_metadata(&tensors, "epoch"));
    gt_safetensors_close(&tensors);
    assert_null(tensors.file);
}

static void test_layout_is_that_of_the_format(void **state) {
    (void)state;
    size_t size;
    write_file(in_folder("good"));
    uint8_t *bytes = get_file(&size, in_folder("good"));
    size_t header = (size_t)bytes[0] | (size_t)bytes[1] << 8;
    assert_memory_equal(bytes + 2, "\0\0\0\0\0\0", 6);
    assert_int_equal(header % 8, 0);
    assert_int_equal(bytes[8], '{');
    assert_int_equal(8 + header + sizeof weight + sizeof bias + sizeof sums, size);
    assert_memory_equal(bytes + 8 + header, weight, sizeof weight);
    assert_memory_equal(bytes + 8 + header + sizeof weight, bias, sizeof bias);
    bytes[8 + header] = '\0'; /* the header as text */
    const char *json = (const char *)bytes + 8;
    assert_contains(json, "\"net.0.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],"
                          "\"data_offsets\":[0,24]}");
    assert_contains(json, "\"sums\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[36,52]}");
    free(bytes);
}

static void test_what_cannot_be_written_leaves_nothing(void **state) {
    (void)state;
    gt_safetensors_writer writer;
    gt_error error = {0};
    add_all(&writer);
    assert_int_equal(gt_safetensors_write(&writer, in_folder("no/file"), &error), GT_FAILED);
    assert_names_path(error.message, in_folder("no/file"));
    writer.out_of_memory = true;
    assert_int_equal(gt_safetensors_write(&writer, in_folder("none"), &error), GT_FAILED);
    assert_contains(error.message, "no memory");
    assert_int_equal(access(in_folder("none"), F_OK), -1);
    assert_int_equal(access(in_folder("none.tmp"), F_OK), -1);
    gt_safetensors_end(&writer);
}

static void test_files_cut_at_every_length_are_refused(void **state) {
    (void)state;
    size_t size;
    write_file(in_folder("good"));
    uint8_t *bytes = get_file(&size, in_folder("good"));
    for (size_t length = 0; length < size; length++) {
        put_file(in_folder("cut"), bytes, length);
        assert_refused(in_folder("cut"), "");
    }
    free(bytes);
}

static void test_every_flipped_bit_is_found(void **state) {
    (void)state;
    size_t size;
    write_file(in_folder("good"));
    uint8_t *bytes = get_file(&size, in_folder("good"));
    for (size_t bit = 0; bit < 8 * size; bit++) {
        gt_safetensors tensors;
        gt_error error = {0};
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        put_file(in_folder("flipped"), bytes, size);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (gt_safetensors_open(&tensors, in_folder("flipped"), &error) != GT_OK)
            continue;
        if (tensors.has_checksum && tensors.checksum_matches)
            fail_msg("a flip of bit %zu of byte %zu is not found", bit % 8, bit / 8);
        gt_safetensors_close(&tensors);
    }
    free(bytes);
}

static void test_files_that_are_none(void **state) {
    (void)state;
    assert_fails(in_folder("missing"), "No such file", false);
    assert_fails(test_folder, "is a directory: name a file", false);
    assert_fails("/dev/zero", "not a file", false);
    put_file(in_folder("short"), "1234567", 7);
    assert_refused(in_folder("short"), "7 bytes are too few");
    static const char picture[] = "\x89PNG\r\n\x1a\n and more that is of no use";
    put_file(in_folder("png"), picture, sizeof picture);
    assert_refused(in_folder("png"), "not a safetensors file");
    put_file(in_folder("zeros"), "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_refused(in_folder("zeros"), "JSON");
}

/* A pipe that nobody writes to must not be waited for. */
static void test_pipes_are_refused_at_once(void **state) {
    (void)state;
    int status;
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        gt_safetensors tensors;
        alarm(10);
        _exit(gt_safetensors_open(&tensors, in_folder("pipe"), NULL) == GT_FAILED ? 7 : 8);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

/* What a file only claims costs no memory: the sizes here are far beyond any machine's. */
static void test_claimed_sizes_are_not_believed(void **state) {
    (void)state;
    static const uint8_t lengths[][8] = {
        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, /* 8 + this wraps to 7 */
        {0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
        {0, 0, 0, 0, 0, 0, 0, 0x80},
        {0, 0, 0, 0, 1, 0, 0, 0},
        {25, 0, 0, 0, 0, 0, 0, 0}, /* one more than there are */
    };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint8_t file[32] = {0};
        memcpy(file, lengths[i], 8);
        put_file(in_folder("long"), file, sizeof file);
        assert_refused(in_folder("long"), "it claims a header of");
    }
    /* A sparse file as long as the header it claims. */
    const uint8_t tera[9] = {0, 0, 0, 0, 0, 1, 0, 0, '{'};
    put_file(in_folder("sparse"), tera, sizeof tera);
    if (truncate(in_folder("sparse"), ((off_t)1 << 40) + 8) == 0)
        assert_refused(in_folder("sparse"), "");
}

/* A sparse terabyte, and a header that says so. */
static void test_whole_files_that_do_not_fit_in_memory(void **state) {
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* its malloc ends the process where others return NULL */
#endif
    const uint64_t size = (uint64_t)1 << 40;
    char json[128];
    snprintf(json, sizeof json,
             "{\"a\":{\"dtype\":\"U8\",\"shape\":[%llu],\"data_offsets\":[0,%llu]}}",
             (unsigned long long)size, (unsigned long long)size);
    const char *path = put_header(json, 0);
    if (truncate(path, (off_t)(8 + strlen(json) + size)) != 0)
        skip();
    assert_fails(path, "no memory for its 10995116278", false);
}

/* A megabyte is enough for the headers of this program; what parses larger ones takes 80 times the
 * memory, and seconds. */
static void test_headers_have_a_limit(void **state) {
    (void)state;
    enum { LENGTH = 15 << 20 };
    char *json = malloc(LENGTH + 1);
    size_t used = 1;
    assert_non_null(json);
    json[0] = '{';
    for (int i = 0; used < LENGTH - 32; i++)
        used += (size_t)sprintf(json + used, "%s\"%d\":{}", i > 0 ? "," : "", i);
    strcpy(json + used, "}");
    assert_refused(put_header(json, 0), "a header at most 1048576");
    free(json);

    gt_safetensors_writer writer;
    gt_error error = {0};
    gt_safetensors_begin(&writer);
    for (int i = 0; i < 20000; i++) {
        char name[32];
        snprintf(name, sizeof name, "network.%d.weight", i);
        gt_safetensors_add(&writer, name, "F32", 1, (int[]){3}, bias);
    }
    assert_int_equal(gt_safetensors_write(&writer, in_folder("many"), &error), GT_FAILED);
    assert_contains(error.message, "its header of");
    gt_safetensors_end(&writer);
}

/* Paths need not be UTF-8, but JSON must be. */
static void test_metadata_of_any_bytes(void **state) {
    (void)state;
    char all[256] = "";
    for (int i = 1; i < 256; i++)
        all[i - 1] = (char)i;
    const char *const texts[] = {all, "\xff", "caf\xe9", "cut \xc3", "\xc3\xa9 and \xe9"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gt_safetensors_writer writer;
        gt_safetensors tensors;
        gt_error error = {0};
        gt_safetensors_begin(&writer);
        gt_safetensors_add_metadata(&writer, "config", texts[i]);
        if (gt_safetensors_write(&writer, in_folder("bytes"), &error) != GT_OK)
            fail_msg("%s", error.message);
        gt_safetensors_end(&writer);
        assert_int_equal(gt_safetensors_open(&tensors, in_folder("bytes"), &error), GT_OK);
        assert_true(tensors.checksum_matches);
        assert_string_equal(gt_safetensors_metadata(&tensors, "config"), texts[i]);
        gt_safetensors_close(&tensors);
    }
    /* Characters that the writer does not make. */
    gt_safetensors tensors;
    const char *path = put_header("{\"__metadata__\":{\"a:latin1\":\"\xe2\x82\xac \xc3\xa9\"}}", 0);
    assert_int_equal(gt_safetensors_open(&tensors, path, NULL), GT_OK);
    assert_string_equal(gt_safetensors_metadata(&tensors, "a"), "\xe2\x82\xac \xe9");
    gt_safetensors_close(&tensors);
}

static void test_headers_that_are_no_object(void **state) {
    (void)state;
    static const char *const headers[] = {
        "",     " ",        "{",   "}",       "[]",        "1",          "\"a\"",    "null",
        "{}{}", "{\"a\":}", "{,}", "{'a':1}", "{\"a\" 1}", "{\"a\":1,}", "\xff\xfe", "{\"\xff\":1}",
        "{} x"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        assert_refused(put_header(headers[i], 0), "the header is not a JSON object");
}

static void test_deeply_nested_headers(void **state) {
    (void)state;
    static const char *const parts[] = {"[", "{\"a\":", "{\"a\":["};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        enum { DEPTH = 140000 };
        size_t length = strlen(parts[i]);
        char *json = malloc(DEPTH * length + 1);
        for (size_t k = 0; k < DEPTH; k++)
            memcpy(json + k * length, parts[i], length + 1);
        assert_refused(put_header(json, 0), "the header is not a JSON object");
        free(json);
    }
}

#define ENTRY(dtype, shape, offsets)                                                               \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

/* One entry called a, and what is wrong with it. */
static void test_wrong_entries(void **state) {
    (void)state;
    static const struct {
        const char *entry, *part;
    } cases[] = {
        {ENTRY("F33", "[2]", "[0,8]"), "its dtype is not known"},
        {ENTRY("", "[2]", "[0,8]"), "its dtype is not known"},
        {ENTRY("f32", "[2]", "[0,8]"), "its dtype is not known"},
        {"{\"dtype\":1,\"shape\":[2],\"data_offsets\":[0,8]}", "its dtype is not known"},
        {"{\"shape\":[2],\"data_offsets\":[0,8]}", "its dtype is not known"},
        {"{}", "its dtype is not known"},
        {"[]", "its dtype is not known"},
        {"\"F32\"", "its dtype is not known"},
        {"null", "its dtype is not known"},
        {"{\"dtype\":\"F32\",\"data_offsets\":[0,8]}", "its shape is not one"},
        {ENTRY("F32", "2", "[0,8]"), "its shape is not one"},
        {ENTRY("F32", "[-2]", "[0,8]"), "its shape is not one"},
        {ENTRY("F32", "[-1,-2]", "[0,8]"), "its shape is not one"},
        {ENTRY("F32", "[2.0]", "[0,8]"), "its shape is not one"},
        {ENTRY("F32", "[\"2\"]", "[0,8]"), "its shape is not one"},
        {ENTRY("F32", "[null]", "[0,8]"), "its shape is not one"},
        {ENTRY("F32", "[[2]]", "[0,8]"), "its shape is not one"},
        {ENTRY("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), "its shape is not one"},
        {ENTRY("F32", "[4611686018427387904,2]", "[0,8]"), "its shape is not one"},
        {ENTRY("F32", "[4611686018427387904]", "[0,0]"), "its shape is not one"},
        {ENTRY("U8", "[4294967296,4294967296,1]", "[0,8]"), "its shape is not one"},
        {ENTRY("U8", "[9223372036854775807,3]", "[0,8]"), "its shape is not one"},
        {ENTRY("F32", "[9223372036854775808]", "[0,8]"), "JSON"},
        {"{\"dtype\":\"F32\",\"shape\":[2]}", "its data_offsets are not two"},
        {ENTRY("F32", "[2]", "8"), "its data_offsets are not two"},
        {ENTRY("F32", "[2]", "[8]"), "its data_offsets are not two"},
        {ENTRY("F32", "[2]", "[0,8,8]"), "its data_offsets are not two"},
        {ENTRY("F32", "[2]", "[0,8.0]"), "its data_offsets are not two"},
        {ENTRY("F32", "[2]", "[-8,0]"), "its data_offsets are not two"},
        {ENTRY("F32", "[2]", "[\"0\",\"8\"]"), "its data_offsets are not two"},
        {ENTRY("F32", "[2]", "{\"0\":0,\"1\":8}"), "its data_offsets are not two"},
        {ENTRY("F32", "[2]", "[8,0]"), "lie outside of the file"},
        {ENTRY("F32", "[2]", "[1,9]"), "lie outside of the file"},
        {ENTRY("F32", "[2]", "[8,16]"), "lie outside of the file"},
        {ENTRY("F32", "[2]", "[9223372036854775800,9223372036854775807]"), "outside of the file"},
        {ENTRY("F32", "[1]", "[0,8]"), "do not fit its shape"},
        {ENTRY("F32", "[3]", "[0,8]"), "do not fit its shape"},
        {ENTRY("F64", "[2]", "[0,8]"), "do not fit its shape"},
        {ENTRY("F32", "[2,0]", "[0,8]"), "do not fit its shape"},
        {ENTRY("F32", "[1]", "[0,4]"), "4 bytes after the last tensor"},
        {ENTRY("F32", "[1]", "[4,8]"), "leaves a gap before it"},
        {ENTRY("F32", "[0]", "[0,0]"), "8 bytes after the last tensor"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[512];
        snprintf(json, sizeof json, "{\"a\":%s}", cases[i].entry);
        assert_refused(put_header(json, 8), cases[i].part);
    }
}

#define PAIR(first, second) "{\"a\":" first ",\"b\":" second "}"

static void test_entries_that_do_not_fit_together(void **state) {
    (void)state;
    static const struct {
        const char *json, *part;
    } cases[] = {
        {PAIR(ENTRY("F32", "[2]", "[0,8]"), ENTRY("F32", "[2]", "[0,8]")), "overlaps"},
        {PAIR(ENTRY("F32", "[2]", "[0,8]"), ENTRY("F32", "[3]", "[4,16]")), "overlaps"},
        {PAIR(ENTRY("F32", "[4]", "[0,16]"), ENTRY("F32", "[1]", "[4,8]")), "overlaps"},
        {PAIR(ENTRY("F32", "[1]", "[0,4]"), ENTRY("F32", "[2]", "[8,16]")), "leaves a gap"},
        {PAIR(ENTRY("F32", "[1]", "[0,4]"), ENTRY("F32", "[2]", "[4,12]")), "4 bytes after"},
        {"{\"a\":" ENTRY("F32", "[2]", "[0,8]") ",\"a\":" ENTRY("F32", "[2]", "[8,16]") "}",
         "duplicate"},
        {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
         "duplicate"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(put_header(cases[i].json, 16), cases[i].part);
}

static void test_what_other_programs_may_write(void **state) {
    (void)state;
    static const char *const headers[] = {
        "{}",
        "{}                ",
        "{\"__metadata__\":{\"format\":\"pt\"}}",
        "{\"z\":" ENTRY("F32", "[0,5]", "[0,0]") ",\"s\":" ENTRY("BOOL", "[1,0]", "[0,0]") "}",
    };
    gt_safetensors tensors;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        assert_int_equal(gt_safetensors_open(&tensors, put_header(headers[i], 0), NULL), GT_OK);
        assert_false(tensors.has_checksum);
        assert_null(gt_safetensors_metadata(&tensors, "config"));
        gt_safetensors_close(&tensors);
    }
    const char *path =
        put_header(PAIR(ENTRY("BF16", "[]", "[6,8]"), ENTRY("U16", "[3]", "[0,6]")), 8);
    assert_int_equal(gt_safetensors_open(&tensors, path, NULL), GT_OK);
    assert_int_equal(tensors.count, 2);
    assert_string_equal(tensors.entries[0].name, "b");
    assert_int_equal(gt_safetensors_find(&tensors, "a")->rank, 0);
    assert_int_equal(gt_safetensors_find(&tensors, "a")->size, 2);
    gt_safetensors_close(&tensors);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_reads_back),
        cmocka_unit_test(test_layout_is_that_of_the_format),
        cmocka_unit_test(test_what_cannot_be_written_leaves_nothing),
        cmocka_unit_test(test_files_cut_at_every_length_are_refused),
        cmocka_unit_test(test_every_flipped_bit_is_found),
        cmocka_unit_test(test_files_that_are_none),
        cmocka_unit_test(test_pipes_are_refused_at_once),
        cmocka_unit_test(test_claimed_sizes_are_not_believed),
        cmocka_unit_test(test_whole_files_that_do_not_fit_in_memory),
        cmocka_unit_test(test_headers_have_a_limit),
        cmocka_unit_test(test_metadata_of_any_bytes),
        cmocka_unit_test(test_headers_that_are_no_object),
        cmocka_unit_test(test_deeply_nested_headers),
        cmocka_unit_test(test_wrong_entries),
        cmocka_unit_test(test_entries_that_do_not_fit_together),
        cmocka_unit_test(test_what_other_programs_may_write),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
