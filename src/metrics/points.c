/* One pass over the points: the nearest mode and the cell of each. */
#include "gantrain/metrics/points.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { SIDE_OF_LINE = 128, SIDE_OF_PLANE = 32 };

static const double good_within = 3; /* deviations */

/* The mode nearest to a point, with the distance in its deviations. */
static int nearest_mode(double *distance, const gt_mode *modes, int count, const gt_real *point,
                        int components) {
    int nearest = 0;
    *distance = INFINITY;
    for (int k = 0; k < count; k++) {
        double square = 0;
        for (int c = 0; c < components; c++)
            square += pow(((double)point[c] - modes[k].mean[c]) / modes[k].deviation, 2);
        if (sqrt(square) < *distance) {
            *distance = sqrt(square);
            nearest = k;
        }
    }
    return nearest;
}

/* The cell of a point; -1: it is out of the window. */
static int find_cell(const gt_distribution *distribution, int side, const gt_real *point) {
    int cell = 0;
    for (int c = distribution->components - 1; c >= 0; c--) {
        const double part =
            ((double)point[c] - distribution->low) / (distribution->high - distribution->low);
        if (!(part >= 0 && part < 1))
            return -1;
        cell = cell * side + (int)(part * side);
    }
    return cell;
}

void gt_points_count(gt_point_counts *counts, const gt_distribution *distribution,
                     const gt_real *points, uint32_t count) {
    const int components = distribution->components;
    const int side = components == 1 ? SIDE_OF_LINE : SIDE_OF_PLANE;
    gt_mode modes[GT_DISTRIBUTION_MODES];
    bool shown[GT_DISTRIBUTION_MODES] = {false};
    assert(count >= 1);
    *counts = (gt_point_counts){
        .side = side, .cells = components == 1 ? side : side * side, .count = count};
    gt_distribution_masses(counts->masses, distribution, side);
    for (int k = 0; k < distribution->modes; k++)
        modes[k] = distribution->mode(k);
    for (uint32_t i = 0; i < count; i++) {
        const gt_real *point = points + (size_t)i * (size_t)components;
        double distance;
        const int mode = nearest_mode(&distance, modes, distribution->modes, point, components);
        const int cell = find_cell(distribution, side, point);
        if (cell >= 0)
            counts->counts[cell]++;
        if (distance <= good_within) {
            counts->good++;
            counts->modes += !shown[mode];
            shown[mode] = true;
        }
    }
}

/* p log(p / ((p + q) / 2)) */
static double half_term(double p, double q) {
    return p > 0 ? p * log(2 * p / (p + q)) : 0;
}

double gt_points_divergence(const gt_point_counts *counts) {
    double sum = 0, p_out = 1, q_out = 1;
    for (int k = 0; k < counts->cells; k++) {
        const double p = counts->masses[k], q = (double)counts->counts[k] / counts->count;
        sum += half_term(p, q) + half_term(q, p);
        p_out -= p;
        q_out -= q;
    }
    /* Rounding leaves what is out a little above or below 0. */
    p_out = fmax(p_out, 0);
    q_out = q_out > 0.5 / counts->count ? q_out : 0;
    return (sum + half_term(p_out, q_out) + half_term(q_out, p_out)) / 2;
}
