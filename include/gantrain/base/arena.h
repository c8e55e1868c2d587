/* One block of memory, measured, reserved and carved: so that training allocates nothing per step
 * and the summary can say how much memory a run takes before it starts.
 *
 * The code that lays memory out runs twice. The first time the arena has no memory: every take
 * returns NULL and only counts. gt_arena_reserve then gets the block, and the same code runs again
 * to receive its pieces. gt_arena_build does all three. */
#ifndef GANTRAIN_BASE_ARENA_H
#define GANTRAIN_BASE_ARENA_H

#include "gantrain/base/error.h"

/* Initialise with {0}. */
typedef struct gt_arena {
    unsigned char *memory; /* owned; NULL while measuring */
    size_t capacity;       /* bytes reserved */
    size_t used;           /* bytes measured or carved so far; SIZE_MAX after an overflow */
} gt_arena;

/* Takes count items of item_size bytes, aligned to 64 bytes and zeroed. Returns NULL while
 * measuring; the memory belongs to the arena. Carving more than was measured is a caller bug and
 * fails an assert. */
void *gt_arena_take(gt_arena *arena, size_t count, size_t item_size);

/* Allocates what was measured and gets ready to carve. Fails with GT_FAILED if the sum does not fit
 * in the machine's memory: the message gives both numbers. */
gt_status gt_arena_reserve(gt_arena *arena, gt_error *error);

/* Runs carve(context, arena) to measure, reserves, and runs it again to carve. arena must be {0}.
 * Errors as in gt_arena_reserve. */
gt_status gt_arena_build(gt_arena *arena, void (*carve)(void *context, gt_arena *arena),
                         void *context, gt_error *error);

/* Bytes of memory the machine has; SIZE_MAX where it does not say. */
size_t gt_memory_size(void);

/* Frees the block and all that was carved from it. An arena that is {0} is left alone. */
void gt_arena_release(gt_arena *arena);

#endif
