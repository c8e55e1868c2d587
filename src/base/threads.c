/* The size of the one team of threads, and how work is cut for it. */
#include "gantrain/base/threads.h"

#include <omp.h>

int gt_threads_set(int count) {
    int threads = count > 0 ? count : omp_get_num_procs();
    omp_set_num_threads(threads);
    return threads;
}

int gt_threads_split(int part, int parts, int total, int unit) {
    int units = (total + unit - 1) / unit;
    int first = (int)((long)units * part / parts) * unit;
    return first < total ? first : total;
}
