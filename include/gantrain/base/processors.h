/* How many processors this process may use, and so how many threads it should start; and what they
 * are called. */
#ifndef GANTRAIN_BASE_PROCESSORS_H
#define GANTRAIN_BASE_PROCESSORS_H

#include <stddef.h>

/* The processors of the affinity mask (taskset, a batch system), and no more than the CPU quota of
 * the process's cgroup, rounded up (a container). At least 1. */
int gt_processors(void);

/* How many threads to start if `asked` are wanted: no more than gt_processors(), since a thread
 * that waits for a processor makes all others wait for it. asked 0: as many as that, or as the
 * environment's OMP_NUM_THREADS if those are fewer. */
int gt_processors_threads(int asked);

/* Writes the processor's name, as "AMD EPYC 7B13"; its architecture where the system does not tell.
 * Returns name. */
const char *gt_processor_name(char *name, size_t capacity);

#endif
