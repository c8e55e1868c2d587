/* Animated GIF files, by giflib. A program that is built without it has these functions too:
 * gt_gif_begin then fails and says so. */
#ifndef GANTRAIN_FILES_GIF_H
#define GANTRAIN_FILES_GIF_H

#include <stdint.h>

#include "gantrain/files/file.h"

enum { GT_GIF_SIDE = 65535, GT_GIF_DELAY = 655350 /* milliseconds */ };

/* How an animation is shown. */
typedef struct gt_gif_options {
    int scale;              /* a pixel becomes scale x scale pixels */
    int delay_milliseconds; /* of a frame, rounded to hundredths of a second */
    int plays;              /* 0: it goes on for ever */
} gt_gif_options;

/* A GIF that is being written. Initialise with {0}. */
typedef struct gt_gif {
    gt_file_writer writer;
    gt_error failure; /* of the writer */
    int width, height, channels;
    gt_gif_options options;
    struct GifFileType *encoder; /* owned */
    uint8_t *work;               /* owned */
} gt_gif;

/* Begins a file of frames of width x height pixels, channels 1 (grey) or 3 (RGB). Fails if the file
 * cannot be written, a side has more than GT_GIF_SIDE pixels after scaling, or there is no memory.
 * gt_gif_abort ends what has begun. */
gt_status gt_gif_begin(gt_gif *gif, const char *path, int width, int height, int channels,
                       const gt_gif_options *options, gt_error *error);

/* Appends a frame, pixels (height, width, channels). Grey frames are exact. Colours are reduced to
 * the 256 that suit the frame best. */
gt_status gt_gif_add(gt_gif *gif, const uint8_t *pixels, gt_error *error);

/* Ends the file and puts it at its path (see file.h). */
gt_status gt_gif_commit(gt_gif *gif, gt_error *error);

/* Frees what is left, and removes the file if it was not committed. */
void gt_gif_abort(gt_gif *gif);

#endif
