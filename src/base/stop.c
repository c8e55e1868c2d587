/* A request to stop. All loads and stores are sequentially consistent: if a request and a hold come
 * at the same moment, at least one side sees the other. */
#include "gantrain/base/stop.h"

#include <stddef.h>

int gt_stop_asked(const gt_stop *stop) {
    return stop != NULL ? atomic_load(&stop->signal) : 0;
}

gt_status gt_stop_check(const gt_stop *stop, gt_error *error) {
    int number = gt_stop_asked(stop);
    return number == 0 ? GT_OK : gt_error_set(error, GT_STOPPED, "stopped by signal %d", number);
}

void gt_stop_hold(gt_stop *stop) {
    if (stop != NULL)
        atomic_fetch_add(&stop->holds, 1);
}

void gt_stop_release(gt_stop *stop) {
    if (stop != NULL)
        atomic_fetch_sub(&stop->holds, 1);
}
