/* How a run speaks: the library hands over lines and numbers, the program decides where they go. */
#ifndef GANTRAIN_TRAIN_REPORTER_H
#define GANTRAIN_TRAIN_REPORTER_H

#include <stdint.h>

#include "gantrain/base/stop.h"
#include "gantrain/model/model.h"

/* Where training stands, for a progress line. */
typedef struct gt_progress {
    uint64_t epoch, epochs;   /* the current one, from 1; how many there will be */
    uint64_t step, last_step; /* steps finished; how many there will be */
    const gt_model *model;    /* whose stats these are: */
    const double *stats;      /* of the last step, as model->stats lists them */
    double images_per_second;
    double seconds_left; /* estimated from this epoch's pace and the last evaluation's time */
} gt_progress;

/* How much a line matters. */
typedef enum gt_line_kind { GT_LINE_NEWS, GT_LINE_WARNING } gt_line_kind;

/* Any function may be NULL. */
typedef struct gt_reporter {
    /* A line of text, without its end of line. */
    void (*line)(void *context, gt_line_kind kind, const char *text);
    /* Called after every step; the receiver decides how often it shows something. */
    void (*progress)(void *context, const gt_progress *progress);
    /* Called while images are read: `done` of `count` files are. */
    void (*reading)(void *context, const char *what, uint64_t done, uint64_t count);
    /* Called in an evaluation when part `number` (from 0) of `count` begins. */
    void (*stage)(void *context, const char *what, int number, int count);
    void *context;
    /* Asks the run to save and stop, which it does after the current step; held as long as the
     * run has something to save. NULL: nobody will ask. */
    gt_stop *stop;
} gt_reporter;

#endif
