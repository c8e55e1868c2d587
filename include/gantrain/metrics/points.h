/* Points counted against the distribution that they should have: how many lie where it puts them,
 * which of its modes they show, and how far their histogram is from its density. */
#ifndef GANTRAIN_METRICS_POINTS_H
#define GANTRAIN_METRICS_POINTS_H

#include <stdint.h>

#include "gantrain/data/distribution.h"

/* Cells that the window of a distribution is divided into: 128 on a line, 32 x 32 in a plane. */
enum { GT_POINT_CELLS = 1024 };

typedef struct gt_point_counts {
    int side, cells;                 /* along a component; in all, at most GT_POINT_CELLS */
    double masses[GT_POINT_CELLS];   /* of each cell: gt_distribution_masses */
    uint32_t counts[GT_POINT_CELLS]; /* points in each cell */
    uint32_t count;                  /* of all points, those out of the window too */
    uint32_t good; /* points within 3 deviations of the mode they are nearest to */
    int modes;     /* modes that a good point is nearest to */
} gt_point_counts;

/* Counts points (count, components), count at least 1; nearest is by deviations. Srivastava et al.
 * 2017 (VEEGAN, arXiv 1705.07761, section 4.1) count samples of high quality, and modes captured,
 * so: of real points in a plane a share of 1 - exp(-9/2) = 0.9889 is good, on a line 0.9973. What
 * is not finite is not good and in no cell. */
void gt_points_count(gt_point_counts *counts, const gt_distribution *distribution,
                     const gt_real *points, uint32_t count);

/* The Jensen-Shannon divergence of the counts from the masses, in nats, 0 to log 2; what is out of
 * the window is one cell more. Cells are wide, so it is at most that of the densities; chance adds
 * about (cells with points - 1) / (8 count) to it. */
double gt_points_divergence(const gt_point_counts *counts);

#endif
