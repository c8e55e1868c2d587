/* Pictures as people have them: PNG (libspng) and JPEG (libjpeg-turbo), told apart by content.
 *
 * Messages here are reasons ("is cut short"), which the caller puts after the picture's name. */
#ifndef GANTRAIN_DATA_PICTURE_H
#define GANTRAIN_DATA_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "gantrain/base/error.h"
#include "gantrain/data/fit.h"

/* What stands at the head of a picture. */
typedef struct gt_picture_head {
    const char *format; /* "PNG", "JPEG" */
    int width, height;  /* pixels, as the picture is shown: after its EXIF orientation */
    bool is_colour;     /* something other than grey can occur */
    bool has_alpha;
} gt_picture_head;

/* Whether bytes begin as a picture of a known format does. */
bool gt_picture_is(const void *bytes, size_t size);

/* Reads the head of a picture. `bytes` may be the beginning of the file; a failure then only says
 * that more is needed. Fails for what cannot be decoded by its head: a damaged one, CMYK, more than
 * GT_BITMAP_PIXELS pixels (both sides are named). */
gt_status gt_picture_read_head(gt_picture_head *head, const void *bytes, size_t size,
                               gt_error *error);

/* Decodes a whole picture: palettes and 1 to 16 bits become 8 bits, and its EXIF orientation is
 * undone.
 *
 *   bitmap  owns its pixels, gt_bitmap_free; {0} after a failure
 *   width, height  what it will be reduced to: a JPEG of more than twice that is decoded at a half,
 *           a quarter or an eighth of its size, which is many times as fast. 0: at its own size
 *
 * Fails for a picture that is damaged or cut short anywhere. Memory: at most 8 bytes a pixel in
 * addition to the bitmap. */
gt_status gt_picture_decode(gt_bitmap *bitmap, const void *bytes, size_t size, int width,
                            int height, gt_error *error);

#endif
