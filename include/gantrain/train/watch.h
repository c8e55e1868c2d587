/* What a collapsed run looks like: the Helvetica scenario of Goodfellow et al. 2014, section 6, in
 * which G maps too many values of z to the same x, and its neighbours. */
#ifndef GANTRAIN_TRAIN_WATCH_H
#define GANTRAIN_TRAIN_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "gantrain/store/history.h"

/* The kinds of collapse, the plainest first: a table in src/train/watch.c. */
typedef enum gt_collapse {
    GT_COLLAPSE_NONE,
    GT_COLLAPSE_EQUAL, /* all fake images are the same */
    GT_COLLAPSE_ALIKE, /* they differ far less than real ones */
    GT_COLLAPSE_LOST   /* D tells real from fake for a whole epoch: G has nothing to learn from */
} gt_collapse;

/* Which kind an epoch shows. */
gt_collapse gt_collapse_find(const gt_epoch_row *row);

/* Writes a line that says what is seen, in numbers, and what to try. */
void gt_collapse_describe(char *text, size_t capacity, gt_collapse collapse,
                          const gt_epoch_row *row);

#endif
