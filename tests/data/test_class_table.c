/* The table of classes: what is counted, its text, and names that people type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "gantrain/data/class_table.h"

static const uint16_t labels[] = {2, 0, 2, 2, 1};

static void open_table(gt_class_table *table, const gt_dataset *dataset) {
    gt_error error = {0};
    assert_int_equal(gt_class_table_of(table, dataset, &error), GT_OK);
}

/* The text, and the text of what is read from it. */
static void assert_text(const gt_class_table *table, const char *expected) {
    gt_class_table again;
    gt_error error = {0};
    char *text = gt_class_table_to_text(table);
    assert_string_equal(text, expected);
    assert_int_equal(gt_class_table_from_text(&again, text, &error), GT_OK);
    char *second = gt_class_table_to_text(&again);
    assert_string_equal(second, expected);
    assert_int_equal(again.names != NULL, table->names != NULL);
    gt_class_table_free(&again);
    free(text);
    free(second);
}

static void classes_are_counted_and_named(void **state) {
    (void)state;
    char *names[] = {"a cat", "do\ng", "3"};
    gt_dataset dataset = {.count = 5, .labels = labels, .class_count = 3, .class_names = names};
    gt_class_table table;
    open_table(&table, &dataset);
    assert_int_equal(table.count, 3);
    assert_int_equal(table.images[2], 3);
    assert_text(&table, "1 a cat\n1 do?g\n3 3\n");
    gt_class_table_free(&table);

    dataset.class_count = 0;
    open_table(&table, &dataset);
    assert_null(table.names);
    assert_text(&table, "1\n1\n3\n");
    gt_class_table_free(&table);

    dataset.labels = NULL;
    open_table(&table, &dataset);
    assert_int_equal(table.count, 0);
    gt_class_table_free(&table);
}

static void a_class_is_found_by_name_then_by_number(void **state) {
    (void)state;
    char *names[] = {"cat", "2", "dog"};
    const gt_dataset dataset = {
        .count = 5, .labels = labels, .class_count = 3, .class_names = names};
    static const struct {
        const char *name;
        int label;
    } found[] = {{"cat", 0}, {"2", 1}, {"dog", 2}, {"0", 0}};
    gt_class_table table;
    char text[16];
    int label = -1;
    open_table(&table, &dataset);
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        assert_int_equal(gt_class_table_find(&label, &table, found[i].name, NULL), GT_OK);
        assert_int_equal(label, found[i].label);
    }
    gt_error error = {0};
    assert_int_equal(gt_class_table_find(&label, &table, "dig", &error), GT_USAGE);
    assert_string_equal(error.message, "unknown class 'dig'; did you mean 'dog'? (classes: 0 to 2: "
                                       "cat, 2, dog)");
    assert_int_equal(gt_class_table_find(&label, &table, "3", NULL), GT_USAGE);
    assert_int_equal(gt_class_table_check(&table, &dataset, NULL), GT_OK);
    const uint16_t beyond[] = {0, 3};
    const gt_dataset other = {.count = 2, .labels = beyond}, unlabelled = {.count = 2};
    assert_int_equal(gt_class_table_check(&table, &other, &error), GT_FAILED);
    assert_string_equal(error.message, "image 1 is of class 3, and the model knows only 0 to 2");
    assert_int_equal(gt_class_table_check(&table, &unlabelled, NULL), GT_FAILED);
    assert_string_equal(gt_class_table_name(text, &table, 2), "dog");
    gt_class_table_free(&table);
}

static void damaged_texts_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",       "no end",          "x cat\n",       "1 cat\n2\n",
        "0\n0\n", "4294967295\n1\n", "99999999999\n", "1cat\n",
    };
    gt_class_table table;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gt_error error = {0};
        if (gt_class_table_from_text(&table, texts[i], &error) != GT_FAILED)
            fail_msg("'%s' is taken", texts[i]);
        assert_int_equal(table.count, 0);
        assert_true(error.message[0] != '\0');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_counted_and_named),
        cmocka_unit_test(a_class_is_found_by_name_then_by_number),
        cmocka_unit_test(damaged_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
