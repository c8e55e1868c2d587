/* Work on many vectors or images that process 0 shares out among all processes: it alone evaluates,
 * and the others help where an evaluation takes its time, which is comparing vectors (nearest
 * neighbours, Parzen windows, precision and recall) and looking at images with the classifier.
 *
 * Each process has a part of the rows. With the native backend a row is the same bytes whoever
 * computes it, so no score depends on how many there are; other backends may round differently.
 *
 * Process 0 sets compute->helpers and calls what it always calls; what is shared out sends the
 * helpers all that they need, as they have no data of an evaluation. */
#ifndef GANTRAIN_METRICS_SHARING_H
#define GANTRAIN_METRICS_SHARING_H

#include "gantrain/base/processes.h"
#include "gantrain/nn/compute.h"

/* Does this process's part of all that process 0 shares out, until that calls gt_sharing_end. Call
 * it on every process but the first.
 *
 *   compute  whose team is used, and whose stop ends a part early
 *   backend  as process 0's
 *
 * What fails here fails on process 0, too, in the function that shared it out. */
void gt_sharing_help(gt_processes *processes, const gt_compute *compute, const char *backend);

/* Sends the helpers back to what they did. Called by process 0. */
void gt_sharing_end(gt_processes *processes);

#endif
