/* One team of threads for all loops and products of the process.
 *
 * Training is a few dozen short loops per iteration, so a team must start and end a loop in about a
 * microsecond, and must get out of the way when the machine has something else to do. A thread
 * without work spins for about a tenth of a millisecond, then sleeps. (OpenMP runtimes spin far
 * longer: with one other busy process on the machine an iteration took four times as long as it
 * does with this team.) */
#ifndef GANTRAIN_BASE_THREADS_H
#define GANTRAIN_BASE_THREADS_H

#include <stdbool.h>

/* Sets the size of the team: count, or one thread per processor if count is 0. Returns the size,
 * which is smaller if the system gives no more threads. Until the first call, and after
 * gt_threads_set(1), loops run on the caller alone. Not to be called from a loop's body, nor by two
 * threads at once. */
int gt_threads_set(int count);

/* How many threads the team has. */
int gt_threads_count(void);

/* For loops over plain numbers: what their runs are a multiple of (a vector of floats), and how
 * many numbers are worth waking the team for. */
enum { GT_LOOP_UNIT = 16, GT_LOOP_WORTH = 16 * 1024 };

/* The body of a loop: does the items first to last - 1. */
typedef void (*gt_loop_body)(void *context, long first, long last);

/* Does `count` items: cuts them into nearly equal runs, one for each thread, every run but the last
 * a multiple of `unit`, and returns when all are done. How they are cut depends on the sizes and
 * the team alone, so the same loop gives the same result every time.
 *
 *   parallel  false: too little to do; the caller does it all
 *
 * Allocates nothing. Not to be called from a loop's body, nor by two threads at once. */
void gt_threads_for(gt_loop_body body, void *context, long count, long unit, bool parallel);

#endif
