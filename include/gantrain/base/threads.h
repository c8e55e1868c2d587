/* One team of threads for all loops and products: OpenMP's. */
#ifndef GANTRAIN_BASE_THREADS_H
#define GANTRAIN_BASE_THREADS_H

/* Sets the size of the team for this process: count, or one thread per processor if count is 0.
 * Returns the size. Call it from the thread that will train. */
int gt_threads_set(int count);

/* The first item of part `part` when `total` items are cut into `parts` nearly equal runs, each a
 * multiple of `unit` but for the last. Part p is [gt_threads_split(p), gt_threads_split(p + 1)). */
int gt_threads_split(int part, int parts, int total, int unit);

#endif
