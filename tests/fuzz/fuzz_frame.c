/* Frames of a run on points: a page is made of what is taken, as it is. */
#include "fuzz/fuzz.h"

#include "gantrain/store/frame.h"

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_error error = {0};
    json_t *frame;
    fuzz_put(bytes, size);
    gt_status status = gt_frame_load(&frame, fuzz_path(), &error);
    fuzz_check_file_message(status, &error);
    fuzz_require((status == GT_OK) == (frame != NULL), "a frame that is none");
    json_decref(frame);
    return status == GT_OK;
}
