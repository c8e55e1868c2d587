/* Event files: their bytes are those that protoc encodes and the records around them; what is cut or damaged
 * costs the events from there on and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>

#include "gantrain/store/tensorboard.h"
#include "helpers.h"

static const gt_history_columns columns = {3, {"d_loss", "frechet", "seconds"}};

/* `protoc --encode tensorboard.Event` of
 *
 *   wall_time: 1.5 file_version: "brain.Event:2"
 *   wall_time: 1.5 step: 300 summary { value { tag: "stats/d_loss" simple_value: 0.5 }
 *                                      value { tag: "scores/frechet" simple_value: -2 } }
 *
 * with lengths and checksums by another implementation, in Python. */
static const uint8_t golden[] = {
    0x18, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xa3, 0x7f, 0x4b, 0x22, 0x09, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0xf8, 0x3f, 0x1a, 0x0d, 0x62, 0x72, 0x61, 0x69, 0x6e, 0x2e, 0x45,
    0x76, 0x65, 0x6e, 0x74, 0x3a, 0x32, 0x2a, 0x28, 0x64, 0x6c, 0x3a, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x12, 0x95, 0xea, 0xe2, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8,
    0x3f, 0x10, 0xac, 0x02, 0x2a, 0x2c, 0x0a, 0x13, 0x0a, 0x0c, 0x73, 0x74, 0x61, 0x74, 0x73,
    0x2f, 0x64, 0x5f, 0x6c, 0x6f, 0x73, 0x73, 0x15, 0x00, 0x00, 0x00, 0x3f, 0x0a, 0x15, 0x0a,
    0x0e, 0x73, 0x63, 0x6f, 0x72, 0x65, 0x73, 0x2f, 0x66, 0x72, 0x65, 0x63, 0x68, 0x65, 0x74,
    0x15, 0x00, 0x00, 0x00, 0xc0, 0x53, 0x97, 0x0e, 0x94};

enum { VERSION_SIZE = 40 };

static const char *path(void) {
    return in_folder(GT_TENSORBOARD_FILE);
}

static gt_tensorboard open_file(uint64_t last_step) {
    gt_tensorboard file = {0};
    gt_error error = {0};
    if (gt_tensorboard_open(&file, path(), last_step, &error) != GT_OK)
        fail_msg("%s", error.message);
    return file;
}

static void add(gt_tensorboard *file, uint64_t step, const void *png, size_t size) {
    const gt_history_row row = {1, step, {0.5, -2, NAN}};
    const gt_tensorboard_event event = {1.5, step, &columns, &row, png, size};
    gt_error error = {0};
    if (gt_tensorboard_add(file, &event, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static void write_file(gt_tensorboard *file) {
    gt_error error = {0};
    if (gt_tensorboard_write(file, path(), &error) != GT_OK)
        fail_msg("%s", error.message);
}

/* A file of three epochs. */
static void put_three(void) {
    unlink(path());
    gt_tensorboard file = open_file(0);
    for (uint64_t step = 10; step <= 30; step += 10)
        add(&file, step, NULL, 0);
    write_file(&file);
    gt_tensorboard_free(&file);
}

static void test_bytes(void **state) {
    (void)state;
    unlink(path());
    gt_tensorboard file = open_file(1000);
    assert_int_equal(file.events, 0);
    add(&file, 300, NULL, 0);
    write_file(&file);
    assert_int_equal(file.events, 2);
    assert_int_equal(file.step, 300);
    assert_int_equal(file.size, sizeof golden);
    gt_tensorboard_free(&file);
    size_t size;
    uint8_t *bytes = get_file(&size, path());
    assert_int_equal(size, sizeof golden);
    assert_memory_equal(bytes, golden, size);
    free(bytes);
}

static void test_cut_at_a_step(void **state) {
    (void)state;
    static const struct {
        uint64_t last, events, step;
    } cases[] = {{9, 1, 0}, {10, 2, 10}, {29, 3, 20}, {30, 4, 30}, {1000, 4, 30}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_three();
        gt_tensorboard file = open_file(cases[i].last);
        assert_int_equal(file.events, cases[i].events);
        assert_int_equal(file.step, cases[i].step);
        assert_true(gt_tensorboard_is_unchanged(&file, path()));
        add(&file, 40, NULL, 0); /* new records follow the cut */
        write_file(&file);
        gt_tensorboard_free(&file);
        file = open_file(1000);
        assert_int_equal(file.events, cases[i].events + 1);
        assert_int_equal(file.step, 40);
        gt_tensorboard_free(&file);
    }
}

/* Checks what is left of bytes: whole events before `offset`, and nothing behind them. */
static void check_rest(const uint8_t *bytes, size_t size, size_t offset, const uint8_t *whole,
                       size_t record) {
    put_file(path(), bytes, size);
    gt_tensorboard file = open_file(1000);
    const uint64_t events = offset < VERSION_SIZE ? 0 : 1 + (offset - VERSION_SIZE) / record;
    assert_int_equal(file.events, events);
    assert_int_equal(file.size, events == 0 ? 0 : VERSION_SIZE + (events - 1) * record);
    gt_tensorboard_free(&file);
    size_t left_size;
    uint8_t *left = get_file(&left_size, path());
    assert_true(left_size <= size);
    assert_memory_equal(left, whole, left_size);
    free(left);
    gt_tensorboard again = open_file(1000);
    assert_int_equal(again.events, events);
    assert_int_equal(again.size, left_size);
    gt_tensorboard_free(&again);
}

static void test_torn_and_damaged(void **state) {
    (void)state;
    size_t size;
    put_three();
    uint8_t *whole = get_file(&size, path());
    const size_t record = (size - VERSION_SIZE) / 3;
    for (size_t length = 0; length < size; length++)
        check_rest(whole, length, length, whole, record);
    uint8_t *damaged = malloc(size);
    assert_non_null(damaged);
    for (size_t i = 0; i < size; i += 7) {
        memcpy(damaged, whole, size);
        damaged[i] ^= 0x20;
        check_rest(damaged, size, i, whole, record);
    }
    free(damaged);
    free(whole);
}

/* Steps that go back are of no run of ours. */
static void test_steps_ascend(void **state) {
    (void)state;
    unlink(path());
    gt_tensorboard file = open_file(0);
    add(&file, 20, NULL, 0);
    add(&file, 10, NULL, 0);
    write_file(&file);
    gt_tensorboard_free(&file);
    file = open_file(1000);
    assert_int_equal(file.events, 2);
    assert_int_equal(file.step, 20);
    gt_tensorboard_free(&file);
}

/* Whether the file holds bytes. */
static bool holds(const void *part, size_t part_size) {
    size_t size;
    bool found = false;
    uint8_t *bytes = get_file(&size, path());
    for (size_t i = 0; i + part_size <= size && !found; i++)
        found = memcmp(bytes + i, part, part_size) == 0;
    free(bytes);
    return found;
}

static void test_pictures(void **state) {
    (void)state;
    uint8_t png[40] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\2\0\0\0\3\x8\2";
    /* height 3, width 258, RGB, 40 bytes */
    static const char expected[] = "samples\"\x31\x08\x03\x10\x82\x02\x18\x03\"\x28\x89PNG";
    unlink(path());
    gt_tensorboard file = open_file(0);
    add(&file, 10, png, sizeof png);
    write_file(&file);
    assert_true(holds(expected, sizeof expected - 1));
    /* What is no PNG as pictures are written here is left out. */
    static const int places[] = {0, 12, 24, 25};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        unlink(path());
        file = open_file(0);
        uint8_t other[sizeof png];
        memcpy(other, png, sizeof png);
        other[places[i]] = 99;
        add(&file, 10, other, sizeof other);
        add(&file, 10, png, 32);
        write_file(&file);
        assert_int_equal(file.events, 3);
        assert_false(holds("samples", 7));
        gt_tensorboard_free(&file);
    }
}

static void test_changes_are_noticed(void **state) {
    (void)state;
    put_three();
    gt_tensorboard file = open_file(1000);
    assert_true(gt_tensorboard_is_unchanged(&file, path()));
    assert_int_equal(truncate(path(), 100), 0);
    assert_false(gt_tensorboard_is_unchanged(&file, path()));
    unlink(path());
    assert_false(gt_tensorboard_is_unchanged(&file, path()));
    gt_tensorboard_free(&file);
    assert_true(gt_tensorboard_is_unchanged(&file, path()));
}

static void test_other_files(void **state) {
    (void)state;
    gt_tensorboard file = {0};
    gt_error error = {0};
    unlink(path());
    assert_int_equal(mkfifo(path(), 0600), 0);
    assert_int_equal(gt_tensorboard_open(&file, path(), 0, &error), GT_FAILED);
    assert_contains(error.message, "is not a regular file");
    unlink(path());
    put_file(in_folder("other"), "something", 9);
    assert_int_equal(symlink("other", path()), 0);
    error = (gt_error){0};
    assert_int_equal(gt_tensorboard_open(&file, path(), 0, &error), GT_FAILED);
    assert_contains(error.message, path());
    unlink(path());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_cut_at_a_step),
        cmocka_unit_test(test_torn_and_damaged),
        cmocka_unit_test(test_steps_ascend),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_changes_are_noticed),
        cmocka_unit_test(test_other_files),
    };
    if (!gt_tensorboard_is_built()) {
        puts("skipped: this build has no events for TensorBoard (package libprotobuf-c-dev)");
        return 0;
    }
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
