/* A number that every training step reports: a column of metrics.csv and a word of the epoch's
 * line. */
#ifndef GANTRAIN_MODEL_STAT_H
#define GANTRAIN_MODEL_STAT_H

#include <stdbool.h>

enum { GT_MODEL_STATS = 12 };

typedef struct gt_stat {
    const char *name;      /* "d_loss"; NULL ends the list */
    const char *label;     /* "D loss" */
    const char *format;    /* for printf */
    const char *reference; /* the name of a number to compare it with: "-log 4"; NULL: none */
    double reference_value;
    bool in_progress;     /* also on the progress line */
    bool only_in_history; /* not on the line of an epoch, which has little room */
} gt_stat;

#endif
