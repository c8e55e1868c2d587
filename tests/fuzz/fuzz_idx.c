/* IDX files, raw and gzipped. */
#include "fuzz/fuzz.h"
#include "gantrain/data/idx.h"

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_idx idx;
    gt_error error = {0};
    fuzz_put(bytes, size);
    gt_status status = gt_idx_read(&idx, fuzz_path(), &error);
    fuzz_check_file_message(status, &error);
    fuzz_require((status == GT_OK) == (idx.bytes != NULL), "bytes and status do not fit");
    if (status == GT_OK) {
        uint64_t total = 1;
        fuzz_require(idx.rank >= 1 && idx.rank <= GT_IDX_RANK, "the rank");
        for (int i = 0; i < GT_IDX_RANK; i++)
            total *= idx.sizes[i];
        fuzz_require(total > 0, "an array of nothing");
        fuzz_touch(idx.bytes, total);
    }
    gt_idx_free(&idx);
    return status == GT_OK;
}
