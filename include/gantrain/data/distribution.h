/* Distributions of points whose density is known: mixtures of normal distributions on a line or in
 * a plane, so that what a generator has learned can be held against the truth.
 *
 * One table, in src/data/distribution.c: each mode with its mean, deviation and weight. */
#ifndef GANTRAIN_DATA_DISTRIBUTION_H
#define GANTRAIN_DATA_DISTRIBUTION_H

#include <stdint.h>

#include "gantrain/base/real.h"
#include "gantrain/base/team.h"

enum { GT_POINT_COMPONENTS = 2, GT_DISTRIBUTION_MODES = 64 };

/* A normal distribution with the same variance along each component. */
typedef struct gt_mode {
    double mean[GT_POINT_COMPONENTS]; /* on a line, the second is 0 */
    double deviation;
    double weight; /* its share of the points; those of all modes add up to 1 */
} gt_mode;

/* A row of the table. */
typedef struct gt_distribution {
    const char *name; /* data.images: "builtin:ring" */
    const char *help;
    int components;   /* of a point: 1 or 2 */
    int modes;        /* at most GT_DISTRIBUTION_MODES */
    double low, high; /* of the window that pictures show, along each component */
    gt_mode (*mode)(int index);
} gt_distribution;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL. */
const gt_distribution *gt_distribution_at(int index);
const gt_distribution *gt_distribution_find(const char *name);

/* Draws points number first to first + count - 1 of the endless series that belongs to seed.
 *
 *   points  (count, components)  set, to multiples of 2^-16, so that they are the same numbers on
 *                                every processor
 *
 * Point i is a function of (seed, first + i) alone. Memory: borrows points. team may be NULL. */
void gt_distribution_draw(gt_real *points, gt_team *team, const gt_distribution *distribution,
                          uint64_t seed, uint32_t first, uint32_t count);

/* The density at a point (components). */
double gt_distribution_density(const gt_distribution *distribution, const double *point);

/* Sets masses (side^components) to the probability of each cell when the window is divided into
 * `side` equal parts along each component; the first component changes fastest. side is at most
 * GT_DISTRIBUTION_SIDE. Exact: what falls out of the window is missing from their sum. */
enum { GT_DISTRIBUTION_SIDE = 128 };
void gt_distribution_masses(double *masses, const gt_distribution *distribution, int side);

#endif
