/* metrics.csv as a table: every number of a whole file, and of a damaged one all but what is
 * damaged, which is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>

#include "gantrain/store/history_table.h"
#include "helpers.h"

static const char *path(void) {
    return in_folder("metrics.csv");
}

static gt_history_table load(const char *text) {
    gt_history_table table;
    gt_error error = {0};
    put_file(path(), text, strlen(text));
    if (gt_history_table_load(&table, path(), &error) != GT_OK)
        fail_msg("%s", error.message);
    return table;
}

static void assert_row(const gt_history_table *table, int row, double epoch, double loss) {
    int column = gt_history_table_column(table, "d_loss");
    assert_true(gt_history_table_at(table, row, table->epoch_column) == epoch);
    double value = gt_history_table_at(table, row, column);
    if (isnan(loss) ? !isnan(value) : value != loss)
        fail_msg("row %d: %g instead of %g", row, value, loss);
}

static void test_a_whole_file(void **state) {
    (void)state;
    gt_history_table table = load("epoch,step,d_loss,frechet\n1,30,0.5,\n2,60,-2.5e-3,7\n");
    assert_int_equal(table.column_count, 4);
    assert_int_equal(table.row_count, 2);
    assert_row(&table, 0, 1, 0.5);
    assert_row(&table, 1, 2, -2.5e-3);
    int frechet = gt_history_table_column(&table, "frechet");
    assert_true(isnan(gt_history_table_at(&table, 0, frechet)));
    assert_true(gt_history_table_at(&table, 1, frechet) == 7);
    assert_int_equal(gt_history_table_column(&table, "kl"), -1);
    assert_string_equal(table.problems.message, "");
    gt_history_table_free(&table);
}

static void test_a_file_of_another_order_and_line_ends(void **state) {
    (void)state;
    gt_history_table table = load("d_loss,epoch\r\n3,1\r\n4,5\r\n");
    assert_int_equal(table.row_count, 2);
    assert_row(&table, 0, 1, 3);
    assert_row(&table, 1, 5, 4);
    assert_string_equal(table.problems.message, "");
    gt_history_table_free(&table);
}

static void test_a_run_without_rows(void **state) {
    (void)state;
    gt_history_table table = load("epoch,d_loss\n");
    assert_int_equal(table.row_count, 0);
    gt_history_table_free(&table);
}

static void test_damaged_lines_are_left_out_and_named(void **state) {
    (void)state;
    gt_history_table table = load("epoch,d_loss\n"
                                  "1,1\n"
                                  "2,1,1\n" /* 3 */
                                  "3\n"     /* 4 */
                                  "4,x\n"   /* 5 */
                                  "4,2\n"   /* 6 */
                                  ",2\n"    /* 7 */
                                  "inf,2\n" /* 8 */
                                  "6,nan\n" /* 9 */
                                  "7,5");   /* 10 */
    assert_int_equal(table.row_count, 3);
    assert_row(&table, 0, 1, 1);
    assert_row(&table, 1, 4, NAN);
    assert_row(&table, 2, 6, NAN);
    static const char *const problems[] = {
        "line 3: left out: it has more or fewer fields",
        "line 4: left out: it has more or fewer fields",
        "line 5: d_loss = x is not a number",
        "line 6: left out: its epoch is not after",
        "line 7: left out: its epoch is not after",
        "line 8: epoch = inf is not a number",
        "line 8: left out: its epoch is not after",
        "line 9: d_loss = nan is not a number",
        "line 10: left out: it is cut short",
    };
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        assert_contains(table.problems.message, problems[i]);
    gt_history_table_free(&table);
}

static void test_what_is_no_history_is_refused(void **state) {
    (void)state;
    gt_history_table table;
    char many[3 * GT_HISTORY_TABLE_COLUMNS] = "epoch";
    for (int i = 0; i < GT_HISTORY_TABLE_COLUMNS; i++)
        strcat(many, ",x");
    const char *const texts[] = {"", "a,b\n1,2\n", "\n", many};
    const char *const messages[] = {"is empty", "no column named epoch", "no column named epoch",
                                    "more than 256 columns"};
    for (int i = 0; i < 4; i++) {
        gt_error error = {0};
        put_file(path(), texts[i], strlen(texts[i]));
        assert_int_equal(gt_history_table_load(&table, path(), &error), GT_FAILED);
        assert_names_path(error.message, path());
        assert_contains(error.message, messages[i]);
    }
    gt_error error = {0};
    put_file(path(), "epoch\n\0\n", 8);
    assert_int_equal(gt_history_table_load(&table, path(), &error), GT_FAILED);
    assert_contains(error.message, "zero bytes");
    assert_int_equal(gt_history_table_load(&table, in_folder("none"), &error), GT_FAILED);
    assert_names_path(error.message, in_folder("none"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_file),
        cmocka_unit_test(test_a_file_of_another_order_and_line_ends),
        cmocka_unit_test(test_a_run_without_rows),
        cmocka_unit_test(test_damaged_lines_are_left_out_and_named),
        cmocka_unit_test(test_what_is_no_history_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
