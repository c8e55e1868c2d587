/* A request to stop, made by another thread (the program's comes from a signal). Long computations
 * ask for it between their parts. */
#ifndef GANTRAIN_BASE_STOP_H
#define GANTRAIN_BASE_STOP_H

#include <stdatomic.h>

#include "gantrain/base/error.h"

/* Initialise with {0}. */
typedef struct gt_stop {
    atomic_int signal; /* the number of the signal that asked to stop; 0: none did */
    atomic_int holds;  /* how many parts of the process have something to save or to remove first;
                          while it is 0, whoever asks to stop may end the process at once */
} gt_stop;

/* The number of the signal that asked to stop; 0: none did, or stop is NULL. */
int gt_stop_asked(const gt_stop *stop);

/* GT_OK, or GT_STOPPED if a stop was asked for. */
gt_status gt_stop_check(const gt_stop *stop, gt_error *error);

/* From hold to release, whoever asks to stop leaves it to the holder to notice and to end. Holds
 * may be nested. After gt_stop_hold, look at gt_stop_asked before there is something to lose: the
 * request may have come just before the hold. stop may be NULL. */
void gt_stop_hold(gt_stop *stop);
void gt_stop_release(gt_stop *stop);

#endif
