/* The table of phases: few enough to be searched by name. */
#include "gantrain/base/profile.h"

#include <string.h>
#include <time.h>

#include "gantrain/base/text.h"

double gt_profile_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void gt_profile_add(gt_profile *profile, const char *label, double start, double flops) {
    double seconds = gt_profile_now() - start;
    int i = 0;
    while (i < profile->count && strcmp(profile->phases[i].label, label) != 0)
        i++;
    if (i == GT_PROFILE_PHASES)
        i--;
    gt_profile_phase *phase = &profile->phases[i];
    if (i == profile->count) {
        gt_text_copy(phase->label, sizeof phase->label, label);
        profile->count++;
    }
    phase->seconds += seconds;
    phase->flops += flops;
}
