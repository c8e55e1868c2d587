#include "nn/winograd_tiles.h"

#include <string.h>

const signed char winograd_of_images[WINOGRAD_POINTS][WINOGRAD_POINTS] = {
    {1, -1, 0}, {0, 1, 0}, {0, -1, 1}};
const signed char winograd_of_grid[WINOGRAD_POINTS][WINOGRAD_POINTS] = {
    {1, 0, 0}, {1, 1, 0}, {0, 1, 0}};

enum { MOST_TERMS = 4 }; /* of a sum: two along each dimension */

int winograd_tiles_along(int outputs, int point) {
    return (outputs + (point < WINOGRAD_POINTS - 1)) / WINOGRAD_OUTPUTS;
}

/* A sum of stretches of the plane, one for each term. */
struct sum {
    int terms;
    gt_real sign[MOST_TERMS];
    gt_real *line[MOST_TERMS]; /* the first number of its line of pixels, which is in the plane */
    int step[MOST_TERMS];      /* along the width */
};

/* The terms of a line of a row of tiles, in a fixed order. */
static struct sum terms_of(const struct plane *plane, const struct tiles *tiles, long image,
                           int row, int line) {
    const signed char *down = plane->terms[tiles->product / WINOGRAD_POINTS];
    const signed char *along = plane->terms[tiles->product % WINOGRAD_POINTS];
    const long width = (long)plane->shape.width * plane->shape.channels;
    struct sum sum = {0};
    for (int r = 0; r < WINOGRAD_POINTS; r++) {
        const int y = plane->stride * (WINOGRAD_OUTPUTS * row + r) + line - plane->pad;
        if (down[r] == 0 || y < 0 || y >= plane->shape.height)
            continue;
        for (int c = 0; c < WINOGRAD_POINTS; c++)
            if (along[c] != 0) {
                sum.sign[sum.terms] = (gt_real)(down[r] * along[c]);
                sum.line[sum.terms] = plane->numbers + (image * plane->shape.height + y) * width;
                sum.step[sum.terms++] = c;
            }
    }
    return sum;
}

/* Where a term's stretch begins in its line; may be before the line or end after it. */
static int start_of(const struct plane *plane, const struct sum *sum, int term, int column) {
    int step = WINOGRAD_OUTPUTS * column + sum->step[term];
    return (plane->stride * step - plane->pad) * plane->shape.channels;
}

static void add_one(gt_real *to, const gt_real *const *from, const gt_real *sign, int count) {
#pragma omp simd
    for (int i = 0; i < count; i++)
        to[i] = sign[0] * from[0][i];
}

static void add_two(gt_real *to, const gt_real *const *from, const gt_real *sign, int count) {
#pragma omp simd
    for (int i = 0; i < count; i++)
        to[i] = sign[0] * from[0][i] + sign[1] * from[1][i];
}

static void add_four(gt_real *to, const gt_real *const *from, const gt_real *sign, int count) {
#pragma omp simd
    for (int i = 0; i < count; i++)
        to[i] = sign[0] * from[0][i] + sign[1] * from[1][i] + sign[2] * from[2][i] +
                sign[3] * from[3][i];
}

/* to = the sum, where every stretch lies in its line. */
static void add_whole(gt_real *to, const struct sum *sum, const int *start, int count) {
    const gt_real *from[MOST_TERMS];
    for (int term = 0; term < sum->terms; term++)
        from[term] = sum->line[term] + start[term];
    if (sum->terms == 1)
        add_one(to, from, sum->sign, count);
    else if (sum->terms == 2)
        add_two(to, from, sum->sign, count);
    else
        add_four(to, from, sum->sign, count);
}

/* The part of a stretch that lies in its line: numbers first to past - 1 of it. */
struct part {
    int first, past;
};

static struct part part_of(int start, int count, int width) {
    return (struct part){start < 0 ? -start : 0, start + count > width ? width - start : count};
}

/* to = the sum. */
static void gather_sum(gt_real *to, const struct sum *sum, const int *start, int count, int width) {
    bool whole = sum->terms > 0;
    for (int term = 0; term < sum->terms; term++)
        whole = whole && start[term] >= 0 && start[term] + count <= width;
    if (whole) {
        add_whole(to, sum, start, count);
        return;
    }
    memset(to, 0, (size_t)count * sizeof *to);
    for (int term = 0; term < sum->terms; term++) {
        const struct part part = part_of(start[term], count, width);
        const gt_real *line = sum->line[term];
        const gt_real sign = sum->sign[term];
#pragma omp simd
        for (int i = part.first; i < part.past; i++)
            to[i] += sign * line[start[term] + i];
    }
}

/* Adds to the stretches what came of their sum. */
static void spread_sum(gt_real *from, const struct sum *sum, const int *start, int count,
                       int width) {
    for (int term = 0; term < sum->terms; term++) {
        const struct part part = part_of(start[term], count, width);
        gt_real *line = sum->line[term];
        const gt_real sign = sum->sign[term];
#pragma omp simd
        for (int i = part.first; i < part.past; i++)
            line[start[term] + i] += sign * from[i];
    }
}

/* What is done with a sum: `row` is its place in the matrix. */
typedef void sum_body(gt_real *row, const struct sum *sum, const int *start, int count, int width);

/* Goes through the lines of all tiles. */
static inline void walk(gt_real *matrix, const struct plane *plane, const struct tiles *tiles,
                        sum_body *body) {
    const int channels = plane->shape.channels, count = plane->stride * channels;
    const int width = plane->shape.width * channels;
    for (long image = tiles->image; image < tiles->image + tiles->images; image++)
        for (int row = tiles->first_row; row < tiles->last_row; row++) {
            for (int line = tiles->first_line; line < tiles->last_line; line++) {
                const struct sum sum = terms_of(plane, tiles, image, row, line);
                gt_real *numbers = matrix + (line - tiles->first_line) * count;
                for (int column = 0; column < tiles->columns; column++) {
                    int start[MOST_TERMS] = {0};
                    for (int term = 0; term < sum.terms; term++)
                        start[term] = start_of(plane, &sum, term, column);
                    body(numbers, &sum, start, count, width);
                    numbers += tiles->row_stride;
                }
            }
            matrix += (long)tiles->columns * tiles->row_stride;
        }
}

void winograd_gather(gt_real *matrix, const struct plane *plane, const struct tiles *tiles) {
    walk(matrix, plane, tiles, gather_sum);
}

void winograd_spread(const struct plane *plane, const gt_real *matrix, const struct tiles *tiles) {
    walk((gt_real *)matrix, plane, tiles, spread_sum); /* only read */
}
