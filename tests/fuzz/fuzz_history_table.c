/* metrics.csv, read to be shown: rows of whole epochs in order, every field there. */
#include "fuzz/fuzz.h"

#include <math.h>

#include "gantrain/store/history_table.h"

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_history_table table;
    gt_error error = {0};
    fuzz_put(bytes, size);
    gt_status status = gt_history_table_load(&table, fuzz_path(), &error);
    fuzz_check_file_message(status, &error);
    if (status != GT_OK)
        return false;
    double before = -INFINITY;
    for (int row = 0; row < table.row_count; row++) {
        double epoch = gt_history_table_at(&table, row, table.epoch_column);
        fuzz_require(epoch > before, "epochs that do not rise");
        before = epoch;
        for (int column = 0; column < table.column_count; column++)
            fuzz_require(!isinf(gt_history_table_at(&table, row, column)), "a number is infinite");
    }
    for (int column = 0; column < table.column_count; column++)
        fuzz_touch(table.names[column], strlen(table.names[column]));
    fuzz_check_message(table.problems.status, &table.problems);
    gt_history_table_free(&table);
    return true;
}
