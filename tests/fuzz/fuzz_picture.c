/* PNG and JPEG files: decoded, turned upright and fitted. */
#include "fuzz/fuzz.h"
#include "gantrain/data/picture.h"

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    gt_picture_head head;
    gt_bitmap bitmap;
    gt_error error = {0}, refused = {0};
    uint8_t image[3 * 16 * 12];
    const gt_fit fit = {.shape = {3, 12, 16}, .mode = (gt_fit_mode)(size % 3)};
    gt_status status = gt_picture_read_head(&head, bytes, size, &error);
    fuzz_check_message(status, &error);
    /* Pictures that are large and valid only make it slow. */
    if (status == GT_OK && (int64_t)head.width * head.height > 1 << 18)
        return true;
    gt_status decoded = gt_picture_decode(&bitmap, bytes, size, 16, 12, &refused);
    fuzz_check_message(decoded, &refused);
    if (decoded != GT_OK)
        return false;
    fuzz_require(status == GT_OK, "decoded, though its head is refused");
    fuzz_require(gt_fit_bitmap(image, &bitmap, &fit), "no memory to fit a small picture");
    fuzz_touch(image, sizeof image);
    gt_bitmap_free(&bitmap);
    return true;
}
