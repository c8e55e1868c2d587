/* From any picture to the shape of a model's images: size, colour, transparency.
 *
 * A pixel of the result is the mean of the part of the picture that it covers (area averaging),
 * which neither blurs nor aliases when pictures are made smaller. All of it is done in whole
 * numbers, so every machine and compiler makes the same bytes of a picture: a resumed run knows its
 * images by their checksum. */
#ifndef GANTRAIN_DATA_FIT_H
#define GANTRAIN_DATA_FIT_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/shape.h"

/* A decoded picture: (height, width, channels), rows from the top, channels fastest. */
typedef struct gt_bitmap {
    int width, height;
    int channels;    /* 1 grey, 3 red-green-blue, 4 with alpha: 0 transparent, 255 opaque */
    uint8_t *pixels; /* owned: gt_bitmap_free */
} gt_bitmap;

/* The most pixels that a bitmap can have. */
enum { GT_BITMAP_PIXELS = 1 << 26 };

void gt_bitmap_free(gt_bitmap *bitmap);

/* What becomes of a picture whose sides are not in the proportion that is asked for. */
typedef enum gt_fit_mode {
    GT_FIT_CROP,   /* its middle is taken */
    GT_FIT_PAD,    /* all of it is taken, and background fills the rest */
    GT_FIT_STRETCH /* it is distorted */
} gt_fit_mode;

/* The name of a mode, NULL past the last; the mode of a name that is one. */
const char *gt_fit_mode_name(int mode);
gt_fit_mode gt_fit_mode_find(const char *name);

/* What every picture is to become. */
typedef struct gt_fit {
    gt_shape shape; /* 1 channel: grey by Rec. 601 (.299 R + .587 G + .114 B); or 3 */
    gt_fit_mode mode;
    uint8_t background[3]; /* red, green, blue: shows through what is transparent */
} gt_fit;

/* Sets image, of the shape of fit, to the bitmap. Borrows all. Returns false if there is no memory
 * for a few rows. */
bool gt_fit_bitmap(uint8_t *image, const gt_bitmap *bitmap, const gt_fit *fit);

#endif
