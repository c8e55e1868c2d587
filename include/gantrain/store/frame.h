/* What a page shows of an epoch of a run on points: a small JSON file next to the picture of the
 * epoch. samples/real.json is the same of the data. */
#ifndef GANTRAIN_STORE_FRAME_H
#define GANTRAIN_STORE_FRAME_H

#include <jansson.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/base/real.h"

enum { GT_FRAME_SIDE = 128, GT_FRAME_POINTS = 10000 };

/* All borrowed; what is NULL is left out. Cells divide the window, `low` to `high` along each
 * component, into side^components equal ones; the first component changes fastest. */
typedef struct gt_frame {
    int components; /* of a point: 1 or 2 */
    double low, high;
    int side;
    const gt_real *points; /* (point_count, components) */
    int point_count;
    const double *density;  /* (cells): the probability of each, of data */
    const uint32_t *counts; /* (cells): samples in each, of `counted` in all */
    uint32_t counted;
    const double *judged; /* (cells): D of the middle of each, 0 to 1 */
    const gt_real
        *lattice; /* (lattice_side^latent_dim, components): where G maps a lattice of z whose
                               lines are as likely apart from each other; latent_dim 1 or 2 */
    int lattice_side, latent_dim;
} gt_frame;

/* Writes it as JSON: points and lattice to hundredths, D in thousandths. Returns a text that the
 * caller owns (free), or NULL if there is no memory. */
char *gt_frame_to_text(const gt_frame *frame);

/* Reads a file back as JSON, with the keys that gt_frame_to_text writes: each list is as long as
 * the others say, and holds numbers, or null for what was not finite. *frame is the caller's
 * (json_decref). Fails with GT_FAILED if it cannot be read, or is no frame; then *frame is NULL. */
gt_status gt_frame_load(json_t **frame, const char *path, gt_error *error);

#endif
