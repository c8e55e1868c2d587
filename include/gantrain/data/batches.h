/* Minibatches without replacement, addressed by number.
 *
 * Minibatch number b belongs to pass b / (count / batch) over the data; every pass has an order of
 * its own, a function of the seed and the pass. So the minibatch stream has no state to save: the
 * number of discriminator updates made so far says what comes next. Images left over at the end of
 * a pass (fewer than a batch) are left out of that pass only. */
#ifndef GANTRAIN_DATA_BATCHES_H
#define GANTRAIN_DATA_BATCHES_H

#include <stdint.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/real.h"
#include "gantrain/base/team.h"
#include "gantrain/data/dataset.h"

typedef struct gt_batches {
    const gt_dataset *dataset; /* borrowed */
    gt_team *team;             /* borrowed */
    int batch;
    int first, rows;   /* of each minibatch, those that are shown: all, or gt_batches_share */
    uint32_t count;    /* images in one pass: dataset->count, twice that if it is mirrored */
    uint64_t per_pass; /* minibatches in one pass: count / batch */
    uint64_t seed;
    uint64_t pass;         /* whose order is in `order`; UINT64_MAX: none yet */
    uint32_t *order;       /* (count), in the arena; from dataset->count on, reflections */
    gt_real *chances;      /* (batch, pixels), in the arena: of a set that is sampled; or NULL */
    uint16_t *labels;      /* (batch), in the arena: of the last minibatch; NULL: there are none */
    gt_real scale, offset; /* pixel 0..255 becomes scale pixel / 255 + offset */
} gt_batches;

/* Carves what minibatches need from the arena (call it once while measuring, once more to carve).
 * batch must be 1 to the images in a pass. Pixels 0 to 255 are mapped linearly onto [low, high]; 0
 * becomes low and 255 becomes high exactly, for [-1, 1] and [0, 1]. Of points, 0 is mapped onto low
 * and 1 onto high. */
void gt_batches_init(gt_batches *batches, gt_team *team, gt_arena *arena, const gt_dataset *dataset,
                     int batch, gt_real low, gt_real high, uint64_t seed);

/* From now on shows only rows `first` and so on of each minibatch, `rows` of them: those that one
 * of several processes has. */
void gt_batches_share(gt_batches *batches, int first, int rows);

/* Sets images (rows, pixels) to minibatch number `number`, or to the rows of it that are shown;
 * pixels are black or white where the data set says so. Borrows images; allocates nothing. */
void gt_batches_get(gt_batches *batches, gt_real *images, uint64_t number);

/* Which images minibatch `number` consists of: (batch), all of its rows, numbers within the data
 * set; from its count on, number - count is shown reflected. Borrowed from batches, valid until a
 * minibatch of another pass is asked for. */
const uint32_t *gt_batches_indices(gt_batches *batches, uint64_t number);

/* The labels of the rows that are shown of minibatch `number`: (rows), or NULL if the images have
 * none. Borrowed from batches, valid until the next call. */
const uint16_t *gt_batches_labels(gt_batches *batches, uint64_t number);

/* Sets images (rows, pixels) to images `first` and so on of a set, as minibatches show them; a
 * sampled pixel is the same every time.
 *
 *   chances  (rows, pixels)  memory, for a set that is sampled */
void gt_images_get(gt_real *images, const gt_dataset *dataset, gt_real *chances, gt_real low,
                   gt_real high, uint64_t seed, uint32_t first, int rows);

#endif
