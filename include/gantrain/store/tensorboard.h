/* The event file that TensorBoard reads: an event an epoch, with the numbers of its row of
 * metrics.csv and its sample grid.
 *
 * Nothing is in it that metrics.csv and the pictures do not hold, but for wall times: so it is not
 * repaired but cut at the first event that is not whole, and what is missing is added again.
 *
 * A file is a chain of records: the length of the data (64 bits), a masked CRC-32C of these 8
 * bytes, the data, a masked CRC-32C of it; all numbers little-endian. The data is a message Event
 * of src/store/tensorboard.proto. (tensorflow/core/lib/io/record_writer.h in
 * https://github.com/tensorflow/tensorflow) */
#ifndef GANTRAIN_STORE_TENSORBOARD_H
#define GANTRAIN_STORE_TENSORBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/store/history.h"

/* TensorBoard knows its files by "tfevents". One name for all sessions of a run: a resumed run goes
 * on in the same file. */
#define GT_TENSORBOARD_FILE "events.out.tfevents.gantrain"

/* Whether this build can write event files: it takes protobuf-c. If not, the functions below
 * fail. */
bool gt_tensorboard_is_built(void);

/* A file, and events that are to be written to it. Initialise with {0}. */
typedef struct gt_tensorboard {
    uint64_t events;  /* in the file; the first one names the format's version */
    uint64_t step;    /* of the last of them */
    uint64_t size;    /* of the file, in bytes */
    uint8_t *pending; /* owned: records to be written */
    size_t pending_size, pending_capacity;
    uint64_t pending_events, pending_step; /* as events and step, once they are written */
} gt_tensorboard;

/* Cuts a file to its whole events of steps up to last_step, and forgets what is pending. A file
 * that is not there has no events. Fails with GT_FAILED if it cannot be read or cut, or is not a
 * regular file. */
gt_status gt_tensorboard_open(gt_tensorboard *file, const char *path, uint64_t last_step,
                              gt_error *error);

/* Whether the file still has the size that this process left it with. */
bool gt_tensorboard_is_unchanged(const gt_tensorboard *file, const char *path);

/* What an event says. */
typedef struct gt_tensorboard_event {
    double time;   /* seconds since 1970 */
    uint64_t step; /* not below that of the event before it */
    /* Scalars: "scores/NAME" for a column that is a score, "stats/NAME" for all others; a NAN is
     * left out. */
    const gt_history_columns *columns;
    const gt_history_row *row; /* NULL: none */
    const void *png; /* a picture, "samples"; what is no PNG of 8 bits, grey or RGB, is left out */
    size_t png_size;
} gt_tensorboard_event;

/* Adds an event to those that are pending, before it the one that begins a file if there is none.
 * GT_FAILED: no memory. */
gt_status gt_tensorboard_add(gt_tensorboard *file, const gt_tensorboard_event *event,
                             gt_error *error);

/* Appends what is pending to the file, all of it or none, and syncs it. Then nothing is pending any
 * more: after a failure too. */
gt_status gt_tensorboard_write(gt_tensorboard *file, const char *path, gt_error *error);

void gt_tensorboard_free(gt_tensorboard *file);

#endif
