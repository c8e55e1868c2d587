/* Blocks of vectors as centred numbers, so that features and images meet the same product. */
#ifndef GANTRAIN_SRC_METRICS_BLOCK_H
#define GANTRAIN_SRC_METRICS_BLOCK_H

#include <stdbool.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/team.h"
#include "gantrain/metrics/distances.h"

/* Some vectors of a set, as many as there is room for. */
struct block {
    const gt_vectors *set;
    const gt_real *mean; /* (width), of some set */
    int capacity;        /* vectors */
    uint32_t first;      /* of the set */
    uint32_t step;       /* from one to the next; block_carve sets it to 1 */
    int count;           /* vectors in it now */
    gt_real *values;     /* (capacity, width): the vectors, less mean */
    gt_real *norms;      /* (capacity): squared */
    gt_real *bias;       /* (capacity): -norms / 2, what a product is added to */
};

/* Sets mean (set->width) to the mean of a set. */
void block_mean(gt_real *mean, gt_team *team, const gt_vectors *set);

/* Takes room for at most `most` vectors, or as many as make 17 MB. */
void block_carve(struct block *block, gt_arena *arena, const gt_vectors *set, const gt_real *mean,
                 int most);

/* Fills the block with vectors first, first + step, ... of its set. Returns whether all of them can
 * be compared: a norm that is not a number, or so large that a distance could overflow, would spoil
 * every pair of its vector unseen. */
bool block_fill(struct block *block, gt_team *team, uint32_t first);

#endif
