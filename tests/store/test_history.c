/* metrics.csv: a heading, a row an epoch, exact scores; on resume the rows past the checkpoint and
 * a line that a crash cut short are gone, and nothing else; a file with other columns is left
 * alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "helpers.h"

#include "gantrain/store/history.h"

/* The columns that a model and two scores give. */
static const gt_history_columns columns = {
    .count = 5, .names = {"d_loss", "value", "diversity", "frechet", "coverage"}};

#define HEADING "epoch,step,d_loss,value,diversity,frechet,coverage\n"

static const char *path(void) {
    return in_folder("metrics.csv");
}

static void put_text(const char *text) {
    put_file(path(), text, strlen(text));
}

static void assert_holds(const char *expected) {
    size_t size;
    char *text = (char *)get_file(&size, path());
    text[size] = '\0';
    assert_string_equal(text, expected);
    assert_int_equal(strlen(expected), size);
    free(text);
}

static void open_at(uint64_t epoch) {
    gt_error error = {0};
    if (gt_history_open(path(), &columns, epoch, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(access(in_folder("metrics.csv.tmp"), F_OK), -1);
}

/* Opening a file of that text at that epoch leaves `expected`, and doing it again changes nothing.
 */
static void assert_leaves(const char *text, uint64_t epoch, const char *expected) {
    put_text(text);
    open_at(epoch);
    assert_holds(expected);
    open_at(epoch);
    assert_holds(expected);
}

static void assert_refused(const char *text) {
    gt_error error = {0};
    put_text(text);
    assert_int_equal(gt_history_open(path(), &columns, 1, &error), GT_FAILED);
    assert_names_path(error.message, path());
    assert_contains(error.message, "other columns");
    assert_holds(text);
}

static void append(const gt_history_row *row) {
    char text[GT_HISTORY_ROW];
    gt_error error = {0};
    gt_history_format(text, &columns, row);
    if (gt_history_append(path(), &columns, text, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static const gt_history_row row_2 = {
    .epoch = 2, .step = 60, .values = {0.1, -1.386294361, 123456.789, 5.25, NAN}};

#define ROW_2 "2,60,0.1,-1.38629436,123456.789,5.25,\n"

static void test_new_files_get_a_heading_and_rows(void **state) {
    (void)state;
    unlink(path());
    open_at(0);
    assert_holds(HEADING);
    append(&row_2);
    assert_holds(HEADING ROW_2);
    append(&row_2);
    assert_holds(HEADING ROW_2 ROW_2);
    assert_leaves("", 5, HEADING);
}

/* Nine digits tell any two single-precision numbers apart. */
static void test_numbers_keep_nine_digits(void **state) {
    (void)state;
    gt_history_row row = row_2;
    unlink(path());
    open_at(0);
    float value = 1.0f;
    for (int i = 0; i < 200; i++) {
        size_t size;
        row.values[0] = value;
        unlink(path());
        append(&row);
        char *text = (char *)get_file(&size, path());
        text[size] = '\0';
        assert_true(strtof(text + strlen(HEADING "2,60,"), NULL) == value);
        free(text);
        value = nextafterf(value * 1.1f, INFINITY);
    }
}

static void amend(uint64_t epoch, const char *expected) {
    gt_error error = {0};
    gt_history_row row = row_2;
    row.epoch = epoch;
    if (gt_history_amend(path(), &columns, &row, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_holds(expected);
}

static void test_a_row_is_changed_in_its_place(void **state) {
    (void)state;
    put_file(path(), HEADING "1,30,a\n2,b\n12,c\n", strlen(HEADING "1,30,a\n2,b\n12,c\n"));
    amend(2, HEADING "1,30,a\n" ROW_2 "12,c\n");
    amend(3, HEADING "1,30,a\n" ROW_2 "12,c\n");
    amend(12, HEADING "1,30,a\n" ROW_2 "1" ROW_2);
    put_file(path(), HEADING, strlen(HEADING));
    amend(2, HEADING);
    put_file(path(), HEADING "2,1", strlen(HEADING "2,1"));
    amend(2, HEADING "2,1");
}

static void test_rows_past_the_epoch_are_cut(void **state) {
    (void)state;
#define ROWS_1_TO_3 HEADING "1,30,a\n" ROW_2 "3,90,b\n"
    assert_leaves(ROWS_1_TO_3, 3, ROWS_1_TO_3);
    assert_leaves(ROWS_1_TO_3, 9, ROWS_1_TO_3);
    assert_leaves(ROWS_1_TO_3, 2, HEADING "1,30,a\n" ROW_2);
    assert_leaves(ROWS_1_TO_3, 1, HEADING "1,30,a\n");
    assert_leaves(ROWS_1_TO_3, 0, HEADING);
    assert_leaves(HEADING, 0, HEADING);
    assert_leaves(HEADING "9,1\n10,2\n11,3\n", 10, HEADING "9,1\n10,2\n");
}

static void test_torn_last_lines_are_cut(void **state) {
    (void)state;
    static const char whole[] = HEADING "1,30,0.5\n";
    for (size_t length = 0; length < strlen(ROW_2); length++) {
        char text[512];
        snprintf(text, sizeof text, "%s%.*s", whole, (int)length, ROW_2);
        assert_leaves(text, 2, whole);
        assert_leaves(text, 1, whole);
    }
    put_text(HEADING "1,30,0.5\n2,6");
    open_at(1);
    append(&row_2);
    assert_holds(HEADING "1,30,0.5\n" ROW_2);
}

static void test_other_columns_are_refused_and_kept(void **state) {
    (void)state;
    assert_refused("epoch,loss\n1,2\n");
    assert_refused("\n" HEADING);
    assert_refused("epoch,step\n");
    assert_refused("epoch,step,d_loss,value,diversity,frechet,fid\n");
    assert_refused("x");
}

static void test_numbers_are_read_back_as_they_are_compared(void **state) {
    (void)state;
    assert_true(gt_history_number(0.12345678912) == 0.123456789);
    assert_true(gt_history_number(0.12345678912) == gt_history_number(0.12345678913));
    assert_true(isnan(gt_history_number(NAN)));
}

static void test_rows_are_told_from_other_text(void **state) {
    (void)state;
    assert_true(gt_history_are_rows(ROW_2));
    assert_true(gt_history_are_rows(ROW_2 "3,90,nan,-inf,1e+20,,\n"));
    assert_int_equal(gt_history_first(ROW_2 "3,90,1,2,3,4,5\n"), 2);
    assert_false(gt_history_are_rows(""));
    assert_false(gt_history_are_rows("2,60"));
    assert_false(gt_history_are_rows("0,60\n"));
    assert_false(gt_history_are_rows("-2,60\n"));
    assert_false(gt_history_are_rows("2,60,\033[2J\n"));
}

static void test_what_cannot_be_used_is_said(void **state) {
    (void)state;
    gt_error error = {0};
    assert_int_equal(gt_history_open(test_folder, &columns, 0, &error), GT_FAILED);
    assert_names_path(error.message, test_folder);
    assert_int_equal(gt_history_open(in_folder("no/metrics.csv"), &columns, 0, &error), GT_FAILED);
    assert_names_path(error.message, in_folder("no/metrics.csv"));
    assert_int_equal(gt_history_append(in_folder("no/metrics.csv"), &columns, ROW_2, &error),
                     GT_FAILED);
    assert_names_path(error.message, in_folder("no/metrics.csv"));
}

/* Nobody writes to this one: whoever waited for it would wait for ever. */
static void test_a_pipe_is_refused_at_once(void **state) {
    (void)state;
    gt_error error = {0};
    uint64_t epoch;
    const char *pipe_path = in_folder("pipe");
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    alarm(10);
    assert_int_equal(gt_history_open(pipe_path, &columns, 0, &error), GT_FAILED);
    assert_names_path(error.message, pipe_path);
    assert_contains(error.message, "not a regular file");
    assert_int_equal(gt_history_append(pipe_path, &columns, ROW_2, &error), GT_FAILED);
    assert_int_equal(gt_history_visit(pipe_path, &columns, NULL, NULL, &error), GT_FAILED);
    assert_int_equal(gt_history_last(&epoch, pipe_path, &error), GT_FAILED);
    alarm(0);
}

static void test_a_file_that_was_removed_gets_its_heading_again(void **state) {
    (void)state;
    unlink(path());
    append(&row_2);
    append(&row_2);
    assert_holds(HEADING ROW_2 ROW_2);
    put_text("");
    append(&row_2);
    assert_holds(HEADING ROW_2);
}

/* The rows that visit has shown. */
struct shown {
    int count;
    gt_history_row rows[8];
};

static void show(void *context, const gt_history_row *row) {
    struct shown *shown = context;
    assert_true(shown->count < 8);
    shown->rows[shown->count++] = *row;
}

static struct shown visit(void) {
    struct shown shown = {0};
    assert_int_equal(gt_history_visit(path(), &columns, show, &shown, NULL), GT_OK);
    return shown;
}

/* As spreadsheets save it. */
static void test_ends_of_lines_with_cr(void **state) {
    (void)state;
    char text[1024], *to = text;
    for (const char *from = HEADING "1,30,0.5,,,9,\n" ROW_2 "3,90"; *from != '\0'; from++) {
        if (*from == '\n')
            *to++ = '\r';
        *to++ = *from;
    }
    *to = '\0';
    assert_leaves(text, 2, HEADING "1,30,0.5,,,9,\n" ROW_2);
    put_text(text);
    struct shown shown = visit();
    assert_int_equal(shown.count, 3);
    assert_true(isnan(shown.rows[1].values[columns.count - 1])); /* empty, CR or not */
}

static void assert_last(const char *text, uint64_t expected) {
    uint64_t epoch;
    put_text(text);
    assert_int_equal(gt_history_last(&epoch, path(), NULL), GT_OK);
    assert_int_equal(epoch, expected);
}

static void test_the_last_row(void **state) {
    (void)state;
    uint64_t epoch = 7;
    unlink(path());
    assert_int_equal(gt_history_last(&epoch, path(), NULL), GT_OK);
    assert_int_equal(epoch, 0);
    assert_last("", 0);
    assert_last(HEADING, 0);
    assert_last(HEADING ROW_2, 2);
    assert_last(HEADING ROW_2 "3,90,b\n", 3);
    assert_last(HEADING ROW_2 "3,90", 2); /* torn */
}

/* More than 256 MB were refused. This file takes no space; what follows the row is a torn line. */
static void test_long_histories(void **state) {
    (void)state;
    put_text(HEADING ROW_2);
    if (truncate(path(), ((off_t)1 << 28) + 100) != 0)
        skip();
    open_at(2);
    assert_holds(HEADING ROW_2);
}

/* Nor is a long one written again at every resume. */
static void test_a_file_that_is_right_is_left_alone(void **state) {
    (void)state;
    struct stat before, after;
    put_text(HEADING ROW_2);
    assert_int_equal(stat(path(), &before), 0);
    open_at(2);
    assert_int_equal(stat(path(), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
}

static void test_rows_are_read_back(void **state) {
    (void)state;
    gt_history_row row = row_2;
    unlink(path());
    assert_int_equal(visit().count, 0);
    open_at(0);
    assert_int_equal(visit().count, 0);
    const double numbers[] = {7.5, 1 / 3.0, NAN, -INFINITY};
    for (int i = 0; i < 4; i++) {
        row.values[3] = numbers[i];
        row.epoch = 10 + (uint64_t)i;
        append(&row);
    }
    struct shown shown = visit();
    assert_int_equal(shown.count, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(shown.rows[i].epoch, 10 + i);
        assert_int_equal(shown.rows[i].step, row_2.step);
        double got = shown.rows[i].values[3];
        assert_true(isnan(numbers[i]) ? isnan(got) : got == gt_history_number(numbers[i]));
    }
    assert_true(shown.rows[1].values[3] != 1 / 3.0);
}

static void test_odd_rows_lack_numbers(void **state) {
    (void)state;
    put_text(HEADING "\n5\nx,y,z\n6, \n7,70,1e3,nan,,8");
    struct shown shown = visit();
    assert_int_equal(shown.count, 5);
    static const uint64_t epochs[] = {0, 5, 0, 6, 7};
    for (int i = 0; i < 5; i++)
        assert_int_equal(shown.rows[i].epoch, epochs[i]);
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < columns.count; k++)
            assert_true(isnan(shown.rows[i].values[k]));
    assert_int_equal(shown.rows[4].step, 70);
    assert_true(shown.rows[4].values[0] == 1000 && isnan(shown.rows[4].values[1]));
    assert_true(isnan(shown.rows[4].values[2]) && shown.rows[4].values[3] == 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_files_get_a_heading_and_rows),
        cmocka_unit_test(test_numbers_keep_nine_digits),
        cmocka_unit_test(test_a_row_is_changed_in_its_place),
        cmocka_unit_test(test_rows_past_the_epoch_are_cut),
        cmocka_unit_test(test_rows_are_read_back),
        cmocka_unit_test(test_odd_rows_lack_numbers),
        cmocka_unit_test(test_torn_last_lines_are_cut),
        cmocka_unit_test(test_other_columns_are_refused_and_kept),
        cmocka_unit_test(test_numbers_are_read_back_as_they_are_compared),
        cmocka_unit_test(test_rows_are_told_from_other_text),
        cmocka_unit_test(test_what_cannot_be_used_is_said),
        cmocka_unit_test(test_a_pipe_is_refused_at_once),
        cmocka_unit_test(test_a_file_that_was_removed_gets_its_heading_again),
        cmocka_unit_test(test_ends_of_lines_with_cr),
        cmocka_unit_test(test_the_last_row),
        cmocka_unit_test(test_long_histories),
        cmocka_unit_test(test_a_file_that_is_right_is_left_alone),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
