/* A run at a glance, as text: its state, its curves and its last sample grid, from its directory
 * alone, so also that of another process. */
#ifndef GANTRAIN_REPORT_VIEW_H
#define GANTRAIN_REPORT_VIEW_H

#include "gantrain/config/config.h"
#include "gantrain/report/canvas.h"
#include "gantrain/store/directory.h"
#include "gantrain/store/history_table.h"

/* What is shown. */
typedef struct gt_view {
    char path[GT_PATH_CAPACITY]; /* of the run directory */
    bool is_training;            /* the caller trains this run, and holds its lock */
    const char *state;           /* in a word */
    gt_config config;
    gt_history_table table;       /* owned; without columns if there is none */
    gt_bitmap picture;            /* owned; {0}: none */
    char picture_file[96];        /* within the run directory */
    int64_t picture_time[2];      /* when it was written: seconds, nanoseconds */
    char note[GT_ERROR_CAPACITY]; /* what is damaged or missing: its first line; "" for nothing */
} gt_view;

/* Begins to watch the run at a path. Fails with GT_FAILED if there is no directory. */
gt_status gt_view_open(gt_view *view, const char *path, bool is_training, gt_error *error);

/* Reads the directory again. What cannot be read is noted, and the rest is shown. */
void gt_view_read(gt_view *view);

/* Whether a process trains the run. */
bool gt_view_is_running(const gt_view *view);

/* Draws all over a canvas.
 *
 *   first_panel  of the panels of curves, which ones to begin with, if not all have room
 *   keys         what the user can press, for the last row; "" for nothing */
void gt_view_draw(gt_canvas *canvas, const gt_view *view, int first_panel, const char *keys);

/* Writes the numbers of a row of metrics.csv as a line: "epoch 3/20  D loss 0.6421  ...". */
void gt_view_format_row(char *text, size_t capacity, const gt_view *view, int row);

void gt_view_free(gt_view *view);

#endif
