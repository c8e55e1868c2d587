/* The table of picture formats, and what they have in common. */
#include <inttypes.h>

#include "data/orientation.h"
#include "data/picture_formats.h"

static const struct picture_format *const formats[] = {&picture_png, &picture_jpeg};

enum { FORMATS = sizeof formats / sizeof *formats };

static const struct picture_format *find_format(const void *bytes, size_t size) {
    for (int i = 0; i < FORMATS; i++)
        if (formats[i]->is(bytes, size))
            return formats[i];
    return NULL;
}

static gt_status refuse(size_t size, gt_error *error) {
    if (size == 0)
        return gt_error_set(error, GT_FAILED, "is empty");
    return gt_error_set(error, GT_FAILED, "is neither a PNG nor a JPEG file");
}

bool gt_picture_is(const void *bytes, size_t size) {
    return find_format(bytes, size) != NULL;
}

gt_status picture_check_size(uint64_t width, uint64_t height, gt_error *error) {
    if (width == 0 || height == 0)
        return gt_error_set(error, GT_FAILED, "is damaged: it says that it has no pixels");
    if (width > GT_BITMAP_PIXELS || height > GT_BITMAP_PIXELS || width * height > GT_BITMAP_PIXELS)
        return gt_error_set(error, GT_FAILED,
                            "has %" PRIu64 " x %" PRIu64 " pixels, more than the %d that can be "
                            "read: make it smaller",
                            width, height, GT_BITMAP_PIXELS);
    return GT_OK;
}

gt_status gt_picture_read_head(gt_picture_head *head, const void *bytes, size_t size,
                               gt_error *error) {
    const struct picture_format *format = find_format(bytes, size);
    int orientation = 1;
    *head = (gt_picture_head){0};
    if (format == NULL)
        return refuse(size, error);
    gt_status status = format->read_head(head, &orientation, bytes, size, error);
    if (status != GT_OK) {
        *head = (gt_picture_head){0};
        return status;
    }
    head->format = format->name;
    if (orientation_is_sideways(orientation)) {
        int width = head->width;
        head->width = head->height;
        head->height = width;
    }
    return GT_OK;
}

gt_status gt_picture_decode(gt_bitmap *bitmap, const void *bytes, size_t size, int width,
                            int height, gt_error *error) {
    const struct picture_format *format = find_format(bytes, size);
    int orientation = 1;
    *bitmap = (gt_bitmap){0};
    if (format == NULL)
        return refuse(size, error);
    gt_status status = format->decode(bitmap, &orientation, bytes, size, width, height, error);
    if (status == GT_OK && !orientation_undo(bitmap, orientation))
        status = gt_error_set(error, GT_FAILED, "no memory for its pixels");
    if (status != GT_OK)
        gt_bitmap_free(bitmap);
    return status;
}
