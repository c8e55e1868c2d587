/* NumPy files, and what a data set makes of them. */
#include "fuzz/fuzz.h"
#include "fuzz/images.h"
#include "gantrain/data/npy.h"

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_idx array;
    gt_error error = {0};
    fuzz_put(bytes, size);
    gt_status status = gt_npy_read(&array, fuzz_path(), &error);
    fuzz_require(status != GT_OK || gt_npy_is(fuzz_path()), "read, and yet not an NPY file");
    return fuzz_check_images(&array, status, &error);
}
