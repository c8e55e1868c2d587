/* How a number changes over a training run: one table, a row per curve. Each is a function of the
 * step alone, so a resumed run needs no state for it. */
#ifndef GANTRAIN_NN_SCHEDULE_H
#define GANTRAIN_NN_SCHEDULE_H

#include <stdint.h>

/* A curve from a first value to a last one. A row of the table. */
typedef struct gt_schedule {
    const char *name;
    const char *help; /* a line: the curve */
    /* The share of the first value at a progress of 0 to 1, and 1 at 0; NULL: always 1. */
    double (*share)(double progress);
} gt_schedule;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL. */
const gt_schedule *gt_schedule_at(int index);
const gt_schedule *gt_schedule_find(const char *name);

/* The value at a step, counting from 0, of a run of `steps` steps: last + share (first - last).
 *
 *   schedule  NULL: as constant
 *   steps     after as many the value is `last`, and stays there; 0: it stays at `first` */
double gt_schedule_value(const gt_schedule *schedule, double first, double last, uint64_t step,
                         uint64_t steps);

#endif
