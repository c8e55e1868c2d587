/* PNG files: stb_image_write makes them, zlib compresses them. */
#ifndef GANTRAIN_FILES_PNG_H
#define GANTRAIN_FILES_PNG_H

#include <stdint.h>

#include "gantrain/base/stop.h"

/* The largest picture: pixels a side, bytes in all. */
enum { GT_PNG_SIDE = 1 << 20, GT_PNG_BYTES = 1 << 28 };

/* Writes pixels (height, width, channels), 8 bits each, channels 1 (grey) or 3 (RGB), to path, all
 * or nothing (see file.h). Fails if the file cannot be written, or the picture is over GT_PNG_BYTES
 * or a side over GT_PNG_SIDE. Memory: borrows pixels.
 *
 *   stop  held while there is a temporary file, not while a large picture is compressed, which
 *         takes seconds; GT_STOPPED if a stop was asked for before. NULL: the caller holds its
 *         own */
gt_status gt_png_write(const char *path, const uint8_t *pixels, int height, int width, int channels,
                       gt_stop *stop, gt_error *error);

#endif
