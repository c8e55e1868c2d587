/* Signs of a collapse: the Helvetica scenario of Goodfellow et al. 2014, section 6, in which G maps
 * too many values of z to the same x. A model's own signs are in its row (gt_model_kind.warn). */
#ifndef GANTRAIN_TRAIN_WATCH_H
#define GANTRAIN_TRAIN_WATCH_H

#include <stddef.h>

/* Kinds of collapse. */
typedef enum gt_collapse {
    GT_COLLAPSE_NONE,
    GT_COLLAPSE_EQUAL, /* all generated images are the same */
    GT_COLLAPSE_ALIKE  /* they differ far less than real ones */
} gt_collapse;

/* Which kind a diversity shows: that of generated images over that of real ones. NAN, for real
 * images that are all equal, shows none. */
gt_collapse gt_collapse_find(double diversity);

/* Writes what a collapse shows and what to try: the remedy of the model's kind. */
void gt_collapse_describe(char *text, size_t capacity, gt_collapse collapse, double diversity,
                          const char *remedy);

#endif
