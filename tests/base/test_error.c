/* Errors: what is set is what is read, lines add up, and a message never outgrows its room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "gantrain/base/error.h"

static void a_message_is_set_with_its_status(void **state) {
    (void)state;
    gt_error error = {0};
    assert_int_equal(gt_error_set(&error, GT_USAGE, "%s:%d: %s", "a.ini", 3, "what"), GT_USAGE);
    assert_int_equal(error.status, GT_USAGE);
    assert_string_equal(error.message, "a.ini:3: what");
    assert_int_equal(gt_error_set(&error, GT_FAILED, "short"), GT_FAILED);
    assert_int_equal(error.status, GT_FAILED);
    assert_string_equal(error.message, "short");
}

static void nobody_need_listen(void **state) {
    (void)state;
    assert_int_equal(gt_error_set(NULL, GT_FAILED, "%d", 1), GT_FAILED);
    assert_int_equal(gt_error_add(NULL, GT_USAGE, "%d", 1), GT_USAGE);
}

static void lines_are_added_below_one_another(void **state) {
    (void)state;
    gt_error error = {0};
    assert_int_equal(gt_error_add(&error, GT_USAGE, "first %d", 1), GT_USAGE);
    assert_string_equal(error.message, "first 1");
    assert_int_equal(gt_error_add(&error, GT_FAILED, "second"), GT_FAILED);
    assert_int_equal(gt_error_add(&error, GT_USAGE, "%s", "third"), GT_USAGE);
    assert_string_equal(error.message, "first 1\nsecond\nthird");
    assert_int_equal(error.status, GT_USAGE);
    assert_int_equal(error.dropped, 0);
}

static void a_long_message_is_cut_at_the_capacity(void **state) {
    (void)state;
    static char text[2 * GT_ERROR_CAPACITY];
    struct {
        gt_error error;
        char behind[16];
    } room = {.behind = "untouched"};
    memset(text, 'x', sizeof text - 1);
    gt_error_set(&room.error, GT_FAILED, "%s", text);
    assert_int_equal(strlen(room.error.message), GT_ERROR_CAPACITY - 1);
    assert_memory_equal(room.error.message, text, GT_ERROR_CAPACITY - 1);
    assert_string_equal(room.behind, "untouched");
}

/* Lines go in whole or not at all, and what is left out is counted. */
static void lines_without_room_are_counted(void **state) {
    (void)state;
    gt_error error = {0};
    enum { LINES = 1000, WIDTH = 20 };
    for (int i = 0; i < LINES; i++)
        gt_error_add(&error, GT_USAGE, "this is line no. %03d", i);
    size_t length = strlen(error.message);
    assert_true(length < GT_ERROR_CAPACITY);
    int kept = 0;
    for (const char *line = error.message; line != NULL; kept++) {
        const char *end = strchr(line, '\n');
        assert_int_equal(end != NULL ? end - line : (long)strlen(line), WIDTH);
        line = end != NULL ? end + 1 : NULL;
    }
    assert_in_range(kept, GT_ERROR_CAPACITY / (WIDTH + 1) - 1, GT_ERROR_CAPACITY / (WIDTH + 1) + 1);
    assert_int_equal(kept + error.dropped, LINES);

    gt_error_set(&error, GT_FAILED, "anew");
    assert_int_equal(error.dropped, 0);
    assert_string_equal(error.message, "anew");
}

/* They are the exit statuses that the manual promises. */
static void statuses_are_exit_statuses(void **state) {
    (void)state;
    const struct {
        gt_status status;
        int value;
    } expected[] = {{GT_OK, 0}, {GT_FAILED, 1}, {GT_USAGE, 2}, {GT_DIVERGED, 3}, {GT_STOPPED, 128}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(expected[i].status, expected[i].value);
#define COUNT_ROW(name, value, meaning) +1
    assert_int_equal(0 GT_STATUSES(COUNT_ROW), sizeof expected / sizeof *expected);
#undef COUNT_ROW
#define CHECK_MEANING(name, value, meaning) assert_true(strlen(meaning) > 0);
    GT_STATUSES(CHECK_MEANING)
#undef CHECK_MEANING
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_set_with_its_status),
        cmocka_unit_test(nobody_need_listen),
        cmocka_unit_test(lines_are_added_below_one_another),
        cmocka_unit_test(a_long_message_is_cut_at_the_capacity),
        cmocka_unit_test(lines_without_room_are_counted),
        cmocka_unit_test(statuses_are_exit_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
