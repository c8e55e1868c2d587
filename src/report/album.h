/* The sample grids of a run, by the names of their files. */
#ifndef GANTRAIN_REPORT_ALBUM_H
#define GANTRAIN_REPORT_ALBUM_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/data/fit.h"

enum { PICTURE_BYTES = 1 << 26, PICTURE_NAME = 64 };

/* A sample grid, of the end of an epoch or of a step within one. */
struct picture {
    bool is_step;
    uint64_t number;
};

/* The pictures of a directory. Initialise with {0}. */
struct album {
    struct picture *list; /* owned; epochs first, then steps, each in order */
    int count;
    bool has_real, has_nearest, has_plane;
};

/* Lists a directory of samples. After a failure the album holds what was read. */
gt_status album_read(struct album *album, const char *directory, gt_error *error);

/* Reads a picture. bitmap owns its pixels, gt_bitmap_free: of 1 or 3 channels if it is opaque, as
 * sample grids are. Fails with GT_FAILED; the message begins with the path. */
gt_status album_load(gt_bitmap *bitmap, const char *path, gt_error *error);

void album_free(struct album *album);

/* Writes the name of a picture's file. Returns name. */
const char *picture_name(char name[PICTURE_NAME], struct picture picture);

#endif
