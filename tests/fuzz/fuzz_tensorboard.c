/* The event file for TensorBoard. Opened at a step it loses the events past that step, or past damage, and
 * nothing else, so opening it again changes nothing. */
#include "fuzz/fuzz.h"

#include "gantrain/files/file.h"
#include "gantrain/store/tensorboard.h"

enum { STEP = 300, LIMIT = 1 << 24 };

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_tensorboard file = {0}, again = {0};
    gt_error error = {0};
    char *left;
    size_t left_size;
    if (!gt_tensorboard_is_built()) /* the seeds that are taken are whole records */
        return size > 0 && bytes[0] == 0x18;
    fuzz_put(bytes, size);
    gt_status status = gt_tensorboard_open(&file, fuzz_path(), STEP, &error);
    fuzz_check_file_message(status, &error);
    if (status != GT_OK)
        return false;
    fuzz_require(file.step <= STEP, "a step past the last one");
    if (gt_file_load(&left, &left_size, fuzz_path(), LIMIT, &error) != GT_OK)
        fuzz_require(false, error.message);
    fuzz_require(left_size == file.size && left_size <= size, "the file is not as it was cut");
    fuzz_require(size == 0 || memcmp(left, bytes, left_size) == 0, "what stays is changed");
    free(left);
    status = gt_tensorboard_open(&again, fuzz_path(), STEP, &error);
    fuzz_require(status == GT_OK && again.events == file.events && again.size == file.size,
                 "a file that was opened changes when it is opened again");
    gt_tensorboard_free(&file);
    gt_tensorboard_free(&again);
    return left_size == size && size > 0;
}
