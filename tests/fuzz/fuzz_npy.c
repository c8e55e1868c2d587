/* NumPy files. */
#include "fuzz/fuzz.h"
#include "gantrain/data/npy.h"

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_npy array;
    gt_error error = {0};
    fuzz_put(bytes, size);
    gt_status status = gt_npy_read(&array, fuzz_path(), &error);
    fuzz_check_file_message(status, &error);
    fuzz_require((status == GT_OK) == (array.bytes != NULL), "bytes and status do not fit");
    if (status == GT_OK) {
        fuzz_require(array.rank >= 1 && array.rank <= GT_NPY_RANK && array.count > 0, "the shape");
        fuzz_touch(array.bytes, array.count * (size_t)array.item_size);
        (void)gt_npy_at(&array, array.count - 1);
    }
    gt_npy_free(&array);
    return status == GT_OK;
}
