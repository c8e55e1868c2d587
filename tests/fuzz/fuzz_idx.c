/* IDX files, raw and gzipped, and what a data set makes of them. */
#include "fuzz/fuzz.h"
#include "fuzz/images.h"

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_idx idx;
    gt_error error = {0};
    fuzz_put(bytes, size);
    gt_status status = gt_idx_read(&idx, fuzz_path(), &error);
    return fuzz_check_images(&idx, status, &error);
}
