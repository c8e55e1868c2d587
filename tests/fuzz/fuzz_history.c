/* metrics.csv. Opened at an epoch it loses the rows past that epoch and nothing else, so opening it
 * again changes nothing. */
#include "fuzz/fuzz.h"

#include "gantrain/files/file.h"
#include "gantrain/store/history.h"

enum { EPOCH = 2, LIMIT = 1 << 24 };

static const gt_history_columns columns = {3, {"d_loss", "frechet", "seconds"}};

static char *load(size_t *size) {
    char *text;
    gt_error error = {0};
    if (gt_file_load(&text, size, fuzz_path(), LIMIT, &error) != GT_OK)
        fuzz_require(false, error.message);
    return text;
}

static void check_row(void *context, const gt_history_row *row) {
    (void)context;
    fuzz_require(row->epoch <= EPOCH, "a row that was dropped is shown");
}

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_error error = {0};
    fuzz_put(bytes, size);
    gt_status status = gt_history_open(fuzz_path(), &columns, EPOCH, &error);
    fuzz_check_file_message(status, &error);
    if (status != GT_OK)
        return false;
    size_t first_size, second_size;
    char *first = load(&first_size);
    gt_history_open(fuzz_path(), &columns, EPOCH, NULL);
    char *second = load(&second_size);
    fuzz_require(first_size == second_size && memcmp(first, second, first_size) == 0,
                 "a history that was opened changes when it is opened again");
    free(first);
    free(second);
    status = gt_history_visit(fuzz_path(), &columns, check_row, NULL, &error);
    fuzz_check_file_message(status, &error);
    return status == GT_OK;
}
