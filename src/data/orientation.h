/* Which way up a picture is: the EXIF tag Orientation (Exif 2.3, 4.6.4 A, tag 0x0112), by which
 * telephones save a picture as the sensor lay and say how to turn it. */
#ifndef DATA_ORIENTATION_H
#define DATA_ORIENTATION_H

#include <stdbool.h>
#include <stddef.h>

#include "gantrain/data/fit.h"

/* The orientation that EXIF data (from its TIFF header on) state, 1 to 8; 1, upright, for data that
 * are damaged or state none. */
int orientation_read(const unsigned char *exif, size_t size);

/* Whether width and height change places. */
bool orientation_is_sideways(int orientation);

/* Turns a bitmap upright. Returns false, with bitmap as it was, without memory. */
bool orientation_undo(gt_bitmap *bitmap, int orientation);

#endif
