/* Pixels are mixed with a colour by a share, one after the other: first the density, then the
 * points. */
#include "gantrain/sample/scatter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/files/png.h"

enum { SIDE = GT_SCATTER_SIDE, BARS = 64, BAR = SIDE / BARS };

typedef uint8_t colour[3];

static const colour of_data = {230, 120, 30}, of_points = {10, 80, 170};

/* Mixes a pixel, row 0 at the top, with a colour; share 1 is the colour alone. Out of the picture
 * there is nothing to mix. */
static void mix(uint8_t *picture, int x, int y, const colour with, double share) {
    if (x < 0 || x >= SIDE || y < 0 || y >= SIDE)
        return;
    uint8_t *pixel = picture + ((size_t)y * SIDE + (size_t)x) * 3;
    for (int c = 0; c < 3; c++)
        pixel[c] = (uint8_t)lround((1 - share) * pixel[c] + share * with[c]);
}

/* The pixel that a number falls on, from the low end; -1: none. */
static int place(double value, const gt_distribution *distribution) {
    const double part = (value - distribution->low) / (distribution->high - distribution->low);
    return part >= 0 && part < 1 ? (int)(part * SIDE) : -1;
}

/* --- In a plane --- */

/* Each cell of the density is two pixels wide; the root makes its edges visible. */
static void shade(uint8_t *picture, const gt_distribution *distribution, double *masses) {
    enum { CELLS = SIDE / 2 };
    double most = 0;
    gt_distribution_masses(masses, distribution, CELLS);
    for (int i = 0; i < CELLS * CELLS; i++)
        most = fmax(most, masses[i]);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            mix(picture, x, SIDE - 1 - y, of_data,
                0.8 * sqrt(masses[y / 2 * CELLS + x / 2] / most));
}

static void place_dots(uint8_t *picture, const gt_distribution *distribution, const gt_real *points,
                       uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const int x = place((double)points[2 * i], distribution);
        const int y = place((double)points[2 * i + 1], distribution);
        for (int k = 0; x >= 0 && y >= 0 && k < 4; k++)
            mix(picture, x + k % 2, SIDE - 1 - y - k / 2, of_points, 0.55);
    }
}

/* --- On a line --- */

static void draw_bars(uint8_t *picture, const gt_distribution *distribution, const gt_real *points,
                      uint32_t count, double most) {
    const double width = (distribution->high - distribution->low) / BARS;
    uint32_t counts[BARS] = {0};
    for (uint32_t i = 0; i < count; i++) {
        const int x = place((double)points[i], distribution);
        if (x >= 0)
            counts[x / BAR]++;
    }
    for (int x = 0; x < SIDE; x++) {
        const uint32_t counted = counts[x / BAR];
        const double density = counted / (count * width);
        const int top = (int)fmin(SIDE, SIDE * density / most);
        for (int y = 0; y < top; y++)
            mix(picture, x, SIDE - 1 - y, of_points, x % BAR == 0 ? 0.45 : 0.7);
    }
}

static void draw_curve(uint8_t *picture, const gt_distribution *distribution, double most) {
    int before = -1;
    for (int x = 0; x < SIDE; x++) {
        const double at =
            distribution->low + (distribution->high - distribution->low) * (x + 0.5) / SIDE;
        const int y = (int)(SIDE * gt_distribution_density(distribution, &at) / most);
        const int from = before < 0 || before > y ? y : before, to = before > y ? before : y;
        for (int k = from; k <= to + 1; k++)
            mix(picture, x, SIDE - 1 - k, of_data, 1);
        before = y;
    }
}

/* A tenth of the picture is left free above the density. */
static void draw_line(uint8_t *picture, const gt_distribution *distribution, const gt_real *points,
                      uint32_t count) {
    double most = 0;
    for (int k = 0; k < distribution->modes; k++) {
        const double at = distribution->mode(k).mean[0];
        most = fmax(most, gt_distribution_density(distribution, &at) / 0.9);
    }
    if (count > 0)
        draw_bars(picture, distribution, points, count, most);
    draw_curve(picture, distribution, most);
}

/* --- */

void gt_scatter_draw(uint8_t *picture, const gt_distribution *distribution, const gt_real *points,
                     uint32_t count) {
    double masses[GT_DISTRIBUTION_SIDE * GT_DISTRIBUTION_SIDE]; /* 128 kB */
    memset(picture, 255, GT_SCATTER_BYTES);
    if (distribution->components == 1) {
        draw_line(picture, distribution, points, count);
        return;
    }
    shade(picture, distribution, masses);
    place_dots(picture, distribution, points, count);
}

gt_status gt_scatter_write(const char *path, const gt_distribution *distribution,
                           const gt_real *points, uint32_t count, gt_error *error) {
    uint8_t *picture = malloc(GT_SCATTER_BYTES);
    if (picture == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for the picture", path);
    gt_scatter_draw(picture, distribution, points, count);
    gt_status status = gt_png_write(path, picture, SIDE, SIDE, 3, NULL, error);
    free(picture);
    return status;
}
