/* Where time goes: a table of phases, to which the measured code adds its time.
 *
 * gt_model_set_profile hands a profile to networks and optimizers; where it is NULL, nothing is
 * measured, at no cost. */
#ifndef GANTRAIN_BASE_PROFILE_H
#define GANTRAIN_BASE_PROFILE_H

#include <stdint.h>

enum { GT_PROFILE_PHASES = 64, GT_PROFILE_LABEL = 64 };

/* The sum of all times added under one label. */
typedef struct gt_profile_phase {
    char label[GT_PROFILE_LABEL];
    double seconds;
    double flops; /* of matrix products; 0 for other work */
} gt_profile_phase;

/* Initialise with {0}. */
typedef struct gt_profile {
    int count;
    gt_profile_phase phases[GT_PROFILE_PHASES]; /* in the order of their first appearance */
} gt_profile;

/* Seconds on a clock that only goes forward. */
double gt_profile_now(void);

/* Adds the time since `start` (seconds of gt_profile_now) and flops to the phase of that label. A
 * phase too many goes to the last one. */
void gt_profile_add(gt_profile *profile, const char *label, double start, double flops);

#endif
