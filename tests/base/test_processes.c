/* Processes that train together: whose rows are whose, and that one alone has all and waits for nobody.
 * What several do is seen by cli.mpi. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gantrain/base/processes.h"

static void rows_are_shared_without_gap_or_overlap(void **state) {
    (void)state;
    for (int count = 1; count <= 9; count++)
        for (int batch = count; batch <= 40; batch++) {
            int next = 0;
            for (int number = 0; number < count; number++) {
                const gt_processes processes = {.number = number, .count = count};
                const gt_rows rows = gt_processes_rows(&processes, batch);
                assert_int_equal(rows.first, next);
                assert_true(rows.count == batch / count || rows.count == batch / count + 1);
                next += rows.count;
            }
            assert_int_equal(next, batch);
        }
}

static void rows_of_a_large_minibatch(void **state) {
    (void)state;
    const int batch = 65536;
    const gt_processes processes = {.number = 99999, .count = 100000};
    const gt_rows rows = gt_processes_rows(&processes, batch);
    assert_int_equal(rows.first + rows.count, batch);
}

static void one_alone_has_all(void **state) {
    (void)state;
    gt_processes alone = {.count = 1}, *none[] = {NULL, &alone};
    for (int i = 0; i < 2; i++) {
        gt_real reals[] = {1, 2};
        double numbers[] = {3, 4};
        char bytes[] = "abc", *text = NULL;
        gt_error error = {0};
        const gt_rows rows = gt_processes_rows(none[i], 7);
        assert_false(gt_processes_are_several(none[i]));
        assert_true(gt_processes_is_first(none[i]));
        assert_int_equal(rows.first, 0);
        assert_int_equal(rows.count, 7);
        gt_processes_sum_reals(none[i], reals, 2);
        gt_processes_sum(none[i], numbers, 2);
        gt_processes_copy(none[i], bytes, sizeof bytes);
        gt_processes_copy_from(none[i], bytes, sizeof bytes, 0);
        gt_processes_wait(none[i]);
        assert_true(reals[0] == 1 && reals[1] == 2 && numbers[0] == 3 && numbers[1] == 4);
        assert_string_equal(bytes, "abc");
        assert_int_equal(gt_processes_most(none[i], 5), 5);
        assert_int_equal(gt_processes_copy_text(none[i], &text, &error), GT_OK);
        assert_null(text);
        assert_int_equal(gt_processes_agree(none[i], GT_FAILED, &error), GT_FAILED);
        assert_int_equal(gt_processes_agree(none[i], GT_OK, &error), GT_OK);
    }
}

static void without_a_launcher_nothing_is_started(void **state) {
    (void)state;
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK",
                                        "PMIX_RANK"};
    gt_processes processes;
    gt_error error = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    assert_int_equal(gt_processes_open(&processes, &error), GT_OK);
    assert_false(processes.is_open);
    assert_int_equal(processes.number, 0);
    assert_int_equal(processes.count, 1);
    gt_processes_close(&processes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_shared_without_gap_or_overlap),
        cmocka_unit_test(rows_of_a_large_minibatch),
        cmocka_unit_test(one_alone_has_all),
        cmocka_unit_test(without_a_launcher_nothing_is_started),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
