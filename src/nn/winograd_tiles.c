#include "nn/winograd_tiles.h"

#include <limits.h>
#include <string.h>

winograd_factors winograd_of_images = {
    {{1, -1}, {0, 1}, {0, -1, 1}},
    {{1, 0, -1}, {0, 1, 1}, {0, -1, 0, 1}, {0, -1, 1}},
};
winograd_factors winograd_of_grid = {
    {{2, 0}, {2, 2}, {0, 2}},
    {{2, 0, 0}, {1, 1, 1}, {0, 0, 2}, {1, -1, 1}},
};

enum { DIFFERENCE = WINOGRAD_SUMS - 1, MOST_TERMS = 9 /* of a sum: three along each dimension */ };

int winograd_threes(int outputs) {
    return outputs % 2;
}

int winograd_tiles_along(int outputs, int sum) {
    return sum == DIFFERENCE ? winograd_threes(outputs) : outputs / 2;
}

int winograd_sums_along(int outputs) {
    return winograd_threes(outputs) > 0 ? WINOGRAD_SUMS : DIFFERENCE;
}

/* The first output, and step, of a tile. */
static int start_of_tile(int tile, int threes) {
    return 2 * tile + (tile < threes ? tile : threes);
}

/* A sum of stretches of an image, one for each term. */
struct sum {
    int terms;
    gt_real factor[MOST_TERMS];
    long line[MOST_TERMS]; /* from the image's first number to that of a line, which is in it */
    int start[MOST_TERMS]; /* in that line, for a tile at the step 0: may lie outside of it */
    int first, last;       /* the least start, and the greatest */
};

/* The terms of a line of pixels of one kind of tiles in a row, in a fixed order. */
static struct sum terms_of(const struct plane *plane, const struct tiles *tiles, int row, int line,
                           bool three) {
    const signed char *down = (*plane->factors)[row < tiles->threes_down][tiles->sum_down];
    const signed char *along = (*plane->factors)[three][tiles->sum_along];
    const int step = start_of_tile(row, tiles->threes_down), channels = plane->shape.channels;
    struct sum sum = {.first = INT_MAX, .last = INT_MIN};
    for (int r = 0; r < WINOGRAD_STEPS; r++) {
        const int y = plane->stride * (step + r) + line - plane->pad;
        if (down[r] == 0 || y < 0 || y >= plane->shape.height)
            continue;
        for (int c = 0; c < WINOGRAD_STEPS; c++)
            if (along[c] != 0) {
                const int start = (plane->stride * c - plane->pad) * channels;
                sum.factor[sum.terms] = (gt_real)(down[r] * along[c]) * plane->scale;
                sum.line[sum.terms] = (long)y * plane->shape.width * channels;
                sum.start[sum.terms++] = start;
                sum.first = start < sum.first ? start : sum.first;
                sum.last = start > sum.last ? start : sum.last;
            }
    }
    return sum;
}

/* Stretches of `count` numbers in lines of `width`, `shift` further along than those of the step
 * 0. */
struct stretches {
    gt_real *image;
    int shift, count, width;
};

/* to = keep to + the terms from `first` on; their number is constant, so that its loop vanishes. */
static inline __attribute__((always_inline)) void add(gt_real *to, bool keep, const struct sum *sum,
                                                      const struct stretches *of, int first,
                                                      const int terms) {
    const gt_real *from[MOST_TERMS];
    for (int term = 0; term < terms; term++)
        from[term] = of->image + sum->line[first + term] + sum->start[first + term] + of->shift;
    const gt_real *factor = sum->factor + first;
#pragma omp simd
    for (int i = 0; i < of->count; i++) {
        gt_real total = keep ? to[i] : 0;
        for (int term = 0; term < terms; term++)
            total += factor[term] * from[term][i];
        to[i] = total;
    }
}

/* to = the sum, where every stretch lies in its line: of 1, 2, 4, 3, 6 or 9 terms. */
static void add_whole(gt_real *to, const struct sum *sum, const struct stretches *of) {
    switch (sum->terms) {
    case 1:
        add(to, false, sum, of, 0, 1);
        return;
    case 2:
        add(to, false, sum, of, 0, 2);
        return;
    case 4:
        add(to, false, sum, of, 0, 4);
        return;
    default:
        add(to, false, sum, of, 0, 3);
    }
    for (int first = 3; first < sum->terms; first += 3)
        add(to, true, sum, of, first, 3);
}

/* The part of a term's stretch that lies in its line: numbers first to past - 1 of it. */
struct part {
    gt_real *line;
    int start, first, past;
};

static struct part part_of(const struct sum *sum, const struct stretches *of, int term) {
    const int start = sum->start[term] + of->shift;
    return (struct part){of->image + sum->line[term], start, start < 0 ? -start : 0,
                         start + of->count > of->width ? of->width - start : of->count};
}

/* to = the sum. */
static void gather_sum(gt_real *to, const struct sum *sum, const struct stretches *of) {
    if (sum->terms > 0 && sum->first + of->shift >= 0 &&
        sum->last + of->shift + of->count <= of->width) {
        add_whole(to, sum, of);
        return;
    }
    memset(to, 0, (size_t)of->count * sizeof *to);
    for (int term = 0; term < sum->terms; term++) {
        const struct part part = part_of(sum, of, term);
        const gt_real factor = sum->factor[term];
#pragma omp simd
        for (int i = part.first; i < part.past; i++)
            to[i] += factor * part.line[part.start + i];
    }
}

/* Adds to the stretches what came of their sum. */
static void spread_sum(gt_real *from, const struct sum *sum, const struct stretches *of) {
    for (int term = 0; term < sum->terms; term++) {
        const struct part part = part_of(sum, of, term);
        const gt_real factor = sum->factor[term];
#pragma omp simd
        for (int i = part.first; i < part.past; i++)
            part.line[part.start + i] += factor * from[i];
    }
}

/* What is done with a sum: `row` is its place in the matrix. */
typedef void sum_body(gt_real *row, const struct sum *sum, const struct stretches *of);

/* Goes through the tiles first to past - 1 of a row, which are of one kind, in a line of pixels of
 * all images. */
static inline void walk_line(gt_real *numbers, const struct plane *plane, const struct tiles *tiles,
                             const struct sum *sum, int first, int past, sum_body *body) {
    const int channels = plane->shape.channels;
    const long rows = (long)(tiles->last_row - tiles->first_row) * tiles->columns;
    struct stretches of = {.count = plane->stride * channels,
                           .width = plane->shape.width * channels};
    for (long i = 0; i < tiles->images; i++) {
        of.image = plane->numbers + (tiles->image + i) * gt_shape_size(plane->shape);
        for (int column = first; column < past; column++) {
            of.shift = start_of_tile(column, tiles->threes_along) * of.count;
            body(numbers + (i * rows + column) * tiles->row_stride, sum, &of);
        }
    }
}

/* Goes through the lines of all tiles. */
static inline void walk(gt_real *matrix, const struct plane *plane, const struct tiles *tiles,
                        sum_body *body) {
    const int count = plane->stride * plane->shape.channels;
    const int threes = tiles->columns < tiles->threes_along ? tiles->columns : tiles->threes_along;
    for (int row = tiles->first_row; row < tiles->last_row; row++) {
        for (int line = tiles->first_line; line < tiles->last_line; line++) {
            gt_real *numbers = matrix + (line - tiles->first_line) * count;
            const struct sum of_threes = terms_of(plane, tiles, row, line, true);
            walk_line(numbers, plane, tiles, &of_threes, 0, threes, body);
            const struct sum of_twos = terms_of(plane, tiles, row, line, false);
            walk_line(numbers, plane, tiles, &of_twos, threes, tiles->columns, body);
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
