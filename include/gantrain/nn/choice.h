/* Which backend makes which product: measured, so that each product is made by what is fastest at
 * its shape on this machine; and kept as text, so that a run that is resumed makes the same bytes
 * whatever would be measured then. */
#ifndef GANTRAIN_NN_CHOICE_H
#define GANTRAIN_NN_CHOICE_H

#include "gantrain/nn/gemm.h"

/* Products of one shape, and the engine that makes them: an index of compute->engines. */
typedef struct gt_choice {
    gt_gemm_shape shape;
    int engine;
} gt_choice;

/* Times products on every engine of a compute.
 *
 *   seconds  (count, GT_ENGINES)  set to the fastest of some runs; 0: there is no such engine, or
 *                                 the time was over
 *   shapes   (count)
 *   limit    seconds that all of it may take, about
 *
 * Weights come from memory rather than from the core's own cache, as they do in training. Fails
 * with GT_FAILED if there is no memory. */
gt_status gt_choice_measure(double (*seconds)[GT_ENGINES], gt_compute *compute,
                            const gt_gemm_shape *shapes, int count, double limit, gt_error *error);

/* Chooses an engine for each of the shapes, in less than 0.2 seconds. The first engine makes what
 * there was no time to measure, what no other makes 5 % faster, and products that take some
 * microseconds only. Does nothing if the compute was opened for one backend. Errors: as above, and
 * those of opening a backend. */
gt_status gt_choice_make(gt_compute *compute, const gt_gemm_shape *shapes, int count,
                         gt_error *error);

/* The choices as text, "forward 64 512 784 native" for each shape with semicolons between; the
 * caller frees it. "": there are none. NULL: no memory. */
char *gt_choice_to_text(const gt_compute *compute);

/* Takes the choices of such a text in place of those there are. Does nothing if the compute was
 * opened for one backend. Fails with GT_USAGE, and the choices as they were, if the text names a
 * backend that this build on this machine does not have, or is not such a text. */
gt_status gt_choice_from_text(gt_compute *compute, const char *text, gt_error *error);

#endif
