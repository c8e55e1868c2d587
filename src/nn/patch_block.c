/* Both directions go line by line: the columns of a block are cut into stretches that lie in one
 * line of a patch, and for each of these all rows are done, so that what is the same for all rows
 * is worked out once. */
#include "nn/patch_block.h"

#include <string.h>

/* Columns of the matrix that lie in one line of a patch. */
struct stretch {
    int line;  /* of the patch */
    int from;  /* numbers of the line before it */
    int count; /* numbers */
    int column;
};

/* The stretch that begins at a column. */
static struct stretch stretch_at(const struct patch_block *block, int column) {
    const int span = block->patches->size * block->patches->image.channels;
    const int from = column % span, rest = block->last - column;
    return (struct stretch){.line = column / span,
                            .from = from,
                            .count = span - from < rest ? span - from : rest,
                            .column = column - block->first};
}

/* A walk over the rows of a block. */
struct walk {
    const struct patches *patches;
    struct stretch stretch;
    int width; /* numbers of a line of the image */
    long image;
    int grid_row, grid_column;
    /* Of the current row: */
    int before, inside; /* numbers left of the image, and within it */
    long at;            /* the first of those within it */
};

static void find_numbers(struct walk *walk) {
    const struct patches *patches = walk->patches;
    const int line = walk->grid_row * patches->stride - patches->pad + walk->stretch.line;
    const int start =
        (walk->grid_column * patches->stride - patches->pad) * patches->image.channels +
        walk->stretch.from;
    const int end = start + walk->stretch.count;
    const int first = start > 0 ? start : 0, past = end < walk->width ? end : walk->width;
    const bool meets = line >= 0 && line < patches->image.height && past > first;
    walk->before = meets ? first - start : 0;
    walk->inside = meets ? past - first : 0;
    walk->at = meets ? (walk->image * patches->image.height + line) * walk->width + first : 0;
}

static struct walk begin_walk(const struct patch_block *block, struct stretch stretch) {
    const struct patches *patches = block->patches;
    const int positions = patches->grid.height * patches->grid.width;
    const int position = (int)(block->row % positions);
    struct walk walk = {.patches = patches,
                        .stretch = stretch,
                        .width = patches->image.width * patches->image.channels,
                        .image = block->row / positions,
                        .grid_row = position / patches->grid.width,
                        .grid_column = position % patches->grid.width};
    find_numbers(&walk);
    return walk;
}

static void next_row(struct walk *walk) {
    if (++walk->grid_column == walk->patches->grid.width) {
        walk->grid_column = 0;
        walk->grid_row++;
    }
    if (walk->grid_row == walk->patches->grid.height) {
        walk->grid_row = 0;
        walk->image++;
    }
    find_numbers(walk);
}

/* Numbers outside of the image are 0. */
static void put(gt_real *to, const gt_real *images, const struct walk *walk) {
    const int count = walk->stretch.count, inside = walk->inside;
    if (inside < count)
        memset(to, 0, (size_t)count * sizeof *to);
    const gt_real *from = images + walk->at;
    to += walk->before;
    if (inside > GT_LOOP_UNIT)
        memcpy(to, from, (size_t)inside * sizeof *to);
    else /* too few for the call to be worth it */
        for (int i = 0; i < inside; i++)
            to[i] = from[i];
}

static void put_rounded(gt_bf16 *to, const gt_real *images, const struct walk *walk) {
    const int count = walk->stretch.count;
    if (walk->inside < count)
        memset(to, 0, (size_t)count * sizeof *to);
    if (walk->inside > 0)
        gt_bf16_round(to + walk->before, images + walk->at, walk->inside);
}

void patch_block_gather(void *to, const gt_real *images, bool rounded,
                        const struct patch_block *block) {
    struct stretch stretch;
    for (int column = block->first; column < block->last; column += stretch.count) {
        stretch = stretch_at(block, column);
        struct walk walk = begin_walk(block, stretch);
        for (int row = 0; row < block->rows; row++, next_row(&walk)) {
            long index = (long)row * block->stride + stretch.column;
            if (rounded)
                put_rounded((gt_bf16 *)to + index, images, &walk);
            else
                put((gt_real *)to + index, images, &walk);
        }
    }
}

void patch_block_scatter(gt_real *images, const gt_real *from, const struct patch_block *block) {
    struct stretch stretch;
    for (int column = block->first; column < block->last; column += stretch.count) {
        stretch = stretch_at(block, column);
        struct walk walk = begin_walk(block, stretch);
        for (int row = 0; row < block->rows; row++, next_row(&walk)) {
            const gt_real *numbers =
                from + (long)row * block->stride + stretch.column + walk.before;
            gt_real *pixels = images + walk.at;
#pragma omp simd
            for (int i = 0; i < walk.inside; i++)
                pixels[i] += numbers[i];
        }
    }
}
