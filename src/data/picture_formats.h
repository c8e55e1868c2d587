/* The formats of pictures: a table in picture.c, a row from each file. */
#ifndef DATA_PICTURE_FORMATS_H
#define DATA_PICTURE_FORMATS_H

#include "gantrain/data/picture.h"

struct picture_format {
    const char *name;
    bool (*is)(const void *bytes, size_t size);
    /* As gt_picture_read_head and gt_picture_decode, but without orientation, which they set: 1 to
     * 8, see orientation.h. */
    gt_status (*read_head)(gt_picture_head *head, int *orientation, const void *bytes, size_t size,
                           gt_error *error);
    gt_status (*decode)(gt_bitmap *bitmap, int *orientation, const void *bytes, size_t size,
                        int width, int height, gt_error *error);
};

extern const struct picture_format picture_png, picture_jpeg;

/* Fails for a picture of more pixels than a bitmap can have, or none. */
gt_status picture_check_size(uint64_t width, uint64_t height, gt_error *error);

#endif
