/* A team of threads that share the work of a loop.
 *
 * Training is a few dozen short loops per iteration, so a team must start and end a loop in about a
 * microsecond, and must get out of the way when the machine has something else to do. So a loop is
 * cut into more parts than there are threads, and whichever thread is free takes the next one. A
 * thread without work spins for about a tenth of a millisecond, then sleeps; and sleeps almost at
 * once where other processes want the processors.
 *
 * Teams do not know each other: two threads may each use a team of their own at the same time. */
#ifndef GANTRAIN_BASE_TEAM_H
#define GANTRAIN_BASE_TEAM_H

#include <stdbool.h>

typedef struct gt_team gt_team;

/* Opens a team of `size` threads, the caller counted, or of gt_processors_threads(0) if size is 0.
 * It is smaller if the system gives no more threads. Returns NULL if there is no memory, or if size
 * is 1: wherever a team is asked for, NULL is the caller alone. */
gt_team *gt_team_open(int size);

/* Ends the threads. team may be NULL. */
void gt_team_close(gt_team *team);

/* How many threads the team has; 1 for NULL. */
int gt_team_size(const gt_team *team);

/* For loops over plain numbers: runs are a multiple of GT_LOOP_UNIT (a vector of floats), and fewer
 * than GT_LOOP_WORTH numbers are not worth waking the team. */
enum { GT_LOOP_UNIT = 16, GT_LOOP_WORTH = 16 * 1024 };

/* The body of a loop: does the items first to last - 1. */
typedef void (*gt_loop_body)(void *context, long first, long last);

/* Does `count` items: cuts them into nearly equal runs, a few for each thread, every run but the
 * last a multiple of `unit`, and returns when all are done. The cuts depend on the sizes and the
 * team alone, but any thread may take any run, and more than one of them.
 *
 *   team      NULL: the caller does everything
 *   parallel  false: there is too little to do, and the caller does everything
 *
 * Allocates nothing. A team runs one loop at a time: calling this from a loop's body, or from two
 * threads at once, fails an assert. */
void gt_team_run(gt_team *team, gt_loop_body body, void *context, long count, long unit,
                 bool parallel);

/* Within the body of a loop: which thread of the team runs it, 0 to size - 1. So each thread can
 * have memory of its own, whichever runs it takes. */
int gt_team_thread(void);

/* Runs a body once on every thread of the team, the caller among them. */
void gt_team_visit(gt_team *team, void (*body)(void));

#endif
