/* The curves along which rates and weights change. */
#include "gantrain/nn/schedule.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* Loshchilov and Hutter 2017 (arXiv 1608.03983), equation 5, without restarts. */
static double share_cosine(double progress) {
    return (1 + cos(pi * progress)) / 2;
}

static const gt_schedule schedules[] = {
    {"constant", "the first value all the time", NULL},
    {"cosine", "half a cosine from the first value to the last", share_cosine},
};

enum { SCHEDULE_COUNT = sizeof schedules / sizeof *schedules };

const gt_schedule *gt_schedule_at(int index) {
    return index < SCHEDULE_COUNT ? &schedules[index] : NULL;
}

const gt_schedule *gt_schedule_find(const char *name) {
    for (int i = 0; i < SCHEDULE_COUNT; i++)
        if (strcmp(schedules[i].name, name) == 0)
            return &schedules[i];
    return NULL;
}

double gt_schedule_value(const gt_schedule *schedule, double first, double last, uint64_t step,
                         uint64_t steps) {
    if (schedule == NULL || schedule->share == NULL || steps == 0)
        return first;
    if (step >= steps)
        return last;
    return last + schedule->share((double)step / (double)steps) * (first - last);
}
