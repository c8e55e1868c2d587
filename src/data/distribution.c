/* The table of distributions, and what follows from a row: points, densities, masses of cells. */
#include "gantrain/data/distribution.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "gantrain/base/rng.h"

#define PI 3.14159265358979323846

/* --- The table --- */

static gt_mode mode_of_line(int index) {
    static const gt_mode modes[] = {
        {{-2.0, 0}, .deviation = 0.3, .weight = 0.3},
        {{0.0, 0}, .deviation = 0.2, .weight = 0.2},
        {{1.5, 0}, .deviation = 0.4, .weight = 0.5},
    };
    return modes[index];
}

/* Eight on a circle of radius 2 (as in Metz et al. 2017, arXiv 1611.02163, section 3.1, with a
 * larger deviation). */
static gt_mode mode_of_ring(int index) {
    const double angle = 2 * PI * index / 8;
    return (gt_mode){{2 * cos(angle), 2 * sin(angle)}, .deviation = 0.1, .weight = 1.0 / 8};
}

/* Five by five, a distance of 1 apart. */
static gt_mode mode_of_grid(int index) {
    const int column = index % 5, row = index / 5;
    return (gt_mode){{column - 2, row - 2}, .deviation = 0.1, .weight = 1.0 / 25};
}

/* One and a half turns, from radius 0.4 to 2.4, as a chain of modes that overlap. Along an
 * Archimedean spiral the length grows with the square of the radius: hence the root. */
static gt_mode mode_of_spiral(int index) {
    const double inner = 0.4, outer = 2.4, part = (index + 0.5) / GT_DISTRIBUTION_MODES;
    const double radius = sqrt(inner * inner + part * (outer * outer - inner * inner));
    const double angle = 3 * PI * (radius - inner) / (outer - inner);
    return (gt_mode){{radius * cos(angle), radius * sin(angle)},
                     .deviation = 0.1,
                     .weight = 1.0 / GT_DISTRIBUTION_MODES};
}

static const gt_distribution rows[] = {
    {"builtin:line", "three normal distributions of different widths and weights on a line", 1, 3,
     -4, 4, mode_of_line},
    {"builtin:ring", "eight normal distributions on a circle", 2, 8, -3, 3, mode_of_ring},
    {"builtin:grid", "twenty-five normal distributions, five by five", 2, 25, -3, 3, mode_of_grid},
    {"builtin:spiral", "a spiral of sixty-four normal distributions that overlap", 2,
     GT_DISTRIBUTION_MODES, -3, 3, mode_of_spiral},
};

enum { ROW_COUNT = sizeof rows / sizeof *rows };

const gt_distribution *gt_distribution_at(int index) {
    return index < ROW_COUNT ? &rows[index] : NULL;
}

const gt_distribution *gt_distribution_find(const char *name) {
    for (int i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

/* --- Points --- */

/* 32 bits as a number in (0, 1). */
static double open_unit(uint32_t word) {
    return (word + 0.5) * 0x1p-32;
}

static gt_mode choose_mode(const gt_distribution *distribution, double part) {
    int index = 0;
    gt_mode mode = distribution->mode(0);
    while (part > mode.weight && index < distribution->modes - 1) {
        part -= mode.weight;
        mode = distribution->mode(++index);
    }
    return mode;
}

/* The arguments of the loop over points. */
struct drawing {
    gt_real *points;
    const gt_distribution *distribution;
    uint64_t seed;
    uint32_t first;
};

/* Box and Muller's transform, in double and then rounded: the last bits of logarithms and cosines
 * depend on the processor. */
static void draw_points(void *context, long first, long last) {
    const struct drawing *drawing = context;
    const int components = drawing->distribution->components;
    for (long i = first; i < last; i++) {
        uint32_t words[4];
        const gt_address address = {.seed = drawing->seed,
                                    .purpose = GT_PURPOSE_POINTS,
                                    .example = drawing->first + (uint32_t)i};
        gt_random_bits(words, address, 0);
        const gt_mode mode = choose_mode(drawing->distribution, open_unit(words[0]));
        const double radius = sqrt(-2 * log(open_unit(words[1])));
        const double angle = 2 * PI * open_unit(words[2]);
        const double normal[GT_POINT_COMPONENTS] = {radius * cos(angle), radius * sin(angle)};
        for (int c = 0; c < components; c++)
            drawing->points[i * components + c] =
                (gt_real)(round((mode.mean[c] + mode.deviation * normal[c]) * 0x1p16) * 0x1p-16);
    }
}

void gt_distribution_draw(gt_real *points, gt_team *team, const gt_distribution *distribution,
                          uint64_t seed, uint32_t first, uint32_t count) {
    struct drawing drawing = {points, distribution, seed, first};
    gt_team_run(team, draw_points, &drawing, count, 1, true);
}

/* --- Density --- */

double gt_distribution_density(const gt_distribution *distribution, const double *point) {
    double density = 0;
    for (int k = 0; k < distribution->modes; k++) {
        const gt_mode mode = distribution->mode(k);
        double p = mode.weight;
        for (int c = 0; c < distribution->components; c++) {
            const double away = (point[c] - mode.mean[c]) / mode.deviation;
            p *= exp(-away * away / 2) / (mode.deviation * sqrt(2 * PI));
        }
        density += p;
    }
    return density;
}

/* Sets parts (side) to how much of a normal distribution falls into each part of the window. */
static void divide(double parts[GT_DISTRIBUTION_SIDE], const gt_distribution *distribution,
                   double mean, double deviation, int side) {
    double below = 0;
    for (int i = 0; i <= side; i++) {
        const double edge = distribution->low + (distribution->high - distribution->low) * i / side;
        const double until = erfc((mean - edge) / (deviation * sqrt(2))) / 2;
        if (i > 0)
            parts[i - 1] = until - below;
        below = until;
    }
}

void gt_distribution_masses(double *masses, const gt_distribution *distribution, int side) {
    double across[GT_DISTRIBUTION_SIDE], up[GT_DISTRIBUTION_SIDE] = {1};
    const int lines = distribution->components == 1 ? 1 : side;
    assert(side >= 1 && side <= GT_DISTRIBUTION_SIDE);
    memset(masses, 0, (size_t)side * (size_t)lines * sizeof *masses);
    for (int k = 0; k < distribution->modes; k++) {
        const gt_mode mode = distribution->mode(k);
        divide(across, distribution, mode.mean[0], mode.deviation, side);
        if (distribution->components > 1)
            divide(up, distribution, mode.mean[1], mode.deviation, side);
        for (int y = 0; y < lines; y++)
            for (int x = 0; x < side; x++)
                masses[y * side + x] += mode.weight * across[x] * up[y];
    }
}
