/* The three products, each a loop over blocks of images on the team of threads. */
#include "nn/winograd.h"

#include "nn/affine.h"
#include "nn/gemm_backend.h"
#include "nn/winograd_tiles.h"
#include "nn/winograd_weights.h"

enum {
    LEAST_CHANNELS = 16,       /* of image and grid, for products that outweigh sums */
    BLOCK_NUMBERS = 32 * 1024, /* of a block of tiles: 128 KB in float */
    SLICE_NUMBERS = 256,       /* of a row of a block, if a line of pixels is not longer */
    LEAST_ROWS = 32,
    MOST_ROWS = 1024,
    GAP = 16 /* after a row, so that rows differ in their cache sets */
};

/* How the work is cut: nothing here depends on the number of threads. */
struct cut {
    int line;       /* numbers of a line of pixels: stride x channels */
    int lines;      /* of a slice of the inner dimension */
    int rows;       /* most rows of a block */
    int images;     /* of a block */
    int tiles_down; /* rows of tiles in an image */
    int tile_rows;  /* of a block: all, or some if images is 1 */
};

static int least(int a, int b) {
    return a < b ? a : b;
}

static int clamp(int value, int low, int high) {
    return value < low ? low : least(value, high);
}

static struct cut cut_of(const struct patches *patches) {
    const int features = patches->grid.channels;
    const int down = winograd_tiles_along(patches->grid.height, 0);
    const int along = winograd_tiles_along(patches->grid.width, 0);
    struct cut cut = {.line = patches->stride * patches->image.channels, .tiles_down = down};
    cut.lines = clamp(SLICE_NUMBERS / cut.line, 1, patches->stride);
    const int width = cut.line * cut.lines;
    cut.rows = clamp(BLOCK_NUMBERS / (width > features ? width : features), LEAST_ROWS, MOST_ROWS);
    cut.tile_rows = clamp(cut.rows / along, 1, down);
    cut.images = clamp(cut.rows / (down * along), 1, MOST_ROWS);
    cut.rows = cut.images * cut.tile_rows * along;
    return cut;
}

static bool kernel_fits(const struct patches *patches) {
    return patches->size == 2 * patches->stride && patches->image.channels >= LEAST_CHANNELS &&
           patches->grid.channels >= LEAST_CHANNELS && patches->grid.height > 1 &&
           patches->grid.width > 1;
}

bool winograd_fits(const struct patches *patches, gt_precision precision) {
    return precision == GT_FP32 && kernel_fits(patches);
}

void winograd_shape_layer(gt_layer *layer, const struct patches *patches) {
    if (!kernel_fits(patches))
        return;
    const struct cut cut = cut_of(patches);
    const size_t scratch = WINOGRAD_PRODUCTS * (size_t)winograd_weights_of_product(patches);
    const size_t width = (size_t)(cut.line * cut.lines + GAP);
    const size_t own = (size_t)cut.rows * (width + (size_t)patches->grid.channels + GAP);
    if (layer->scratch < scratch * sizeof(gt_real))
        layer->scratch = scratch * sizeof(gt_real);
    if (layer->thread_scratch < own * sizeof(gt_real))
        layer->thread_scratch = own * sizeof(gt_real);
}

/* --- Loops over blocks --- */

struct job {
    struct patches patches;
    struct cut cut;
    struct plane images, grid;
    const gt_layer_memory *memory;
    const gt_real *bias;
    gt_epilogue then;
    long batch;
};

static struct job make_job(gt_real *images, gt_real *grid, int batch, const struct patches *patches,
                           const gt_layer_memory *memory) {
    return (struct job){
        .patches = *patches,
        .cut = cut_of(patches),
        .images = {images, patches->image, patches->stride, patches->pad, winograd_of_images},
        .grid = {grid, patches->grid, 1, 0, winograd_of_grid},
        .memory = memory,
        .batch = batch};
}

/* A thread's room: sums of images, and of the grid. */
struct room {
    gt_real *images; /* (rows, width + GAP) */
    gt_real *grid;   /* (rows, features + GAP) */
};

static struct room own_room(const struct job *job) {
    const size_t start = (size_t)gt_team_thread() * job->memory->thread_stride;
    const size_t width = (size_t)(job->cut.line * job->cut.lines + GAP);
    gt_real *images = (gt_real *)(void *)((char *)job->memory->thread_scratch + start);
    return (struct room){images, images + (size_t)job->cut.rows * width};
}

/* The tiles of a block for a product: of its images, from a row of tiles on. */
static struct tiles tiles_of(const struct job *job, long image, int first_row, int product) {
    const gt_shape grid = job->patches.grid;
    const int rows = winograd_tiles_along(grid.height, product / WINOGRAD_POINTS);
    const long left = job->batch - image;
    return (struct tiles){
        .image = image,
        .images = left < job->cut.images ? left : job->cut.images,
        .first_row = least(first_row, rows),
        .last_row = least(first_row + job->cut.tile_rows, rows),
        .columns = winograd_tiles_along(grid.width, product % WINOGRAD_POINTS),
        .product = product,
    };
}

static int rows_of(const struct tiles *tiles) {
    return (int)tiles->images * (tiles->last_row - tiles->first_row) * tiles->columns;
}

/* The same tiles of the grid, as a matrix whose rows are features. */
static struct tiles tiles_of_grid(const struct job *job, struct tiles tiles) {
    tiles.first_line = 0;
    tiles.last_line = 1;
    tiles.row_stride = job->patches.grid.channels + GAP;
    return tiles;
}

/* The same tiles of the images, some lines of each step. */
static struct tiles tiles_of_images(const struct job *job, struct tiles tiles, int line,
                                    int lines) {
    tiles.first_line = line;
    tiles.last_line = least(line + lines, job->patches.stride);
    tiles.row_stride = job->cut.line * job->cut.lines + GAP;
    return tiles;
}

/* The summed weights of a product, from a line of each step on: (features, stride lines). */
static gt_real *summed_weights(const struct job *job, int product, int line) {
    return (gt_real *)job->memory->scratch + product * winograd_weights_of_product(&job->patches) +
           line * job->cut.line;
}

static void multiply(const struct job *job, const struct product *product) {
    const gt_engine *engine = &job->memory->compute->engines[0];
    if (product->rows > 0)
        engine->backend->multiply(engine, product);
}

/* The numbers of a block's images in a plane begin as the bias, or 0. */
static void begin(const struct job *job, const struct plane *plane, const struct tiles *tiles) {
    const long pixels = (long)plane->shape.height * plane->shape.width;
    affine_begin(plane->numbers + tiles->image * gt_shape_size(plane->shape), job->bias,
                 tiles->images * pixels, plane->shape.channels);
}

static void finish(const struct job *job, const struct plane *plane, const struct tiles *tiles) {
    const long size = gt_shape_size(plane->shape);
    if (job->then.body != NULL)
        job->then.body(job->then.context, tiles->image * size,
                       (tiles->image + tiles->images) * size);
}

/* Adds what a product makes of a block. */
typedef void block_body(const struct job *job, const struct room *room, struct tiles block);

/* Makes all of a plane: items are blocks of images. */
static void make_plane(const struct job *job, const struct plane *plane, block_body *add_block,
                       long first, long last) {
    const struct room room = own_room(job);
    for (long item = first; item < last; item++) {
        const struct tiles whole = tiles_of(job, item * job->cut.images, 0, 0);
        begin(job, plane, &whole);
        for (int row = 0; row < job->cut.tiles_down; row += job->cut.tile_rows)
            for (int product = 0; product < WINOGRAD_PRODUCTS; product++)
                add_block(job, &room, tiles_of(job, whole.image, row, product));
        finish(job, plane, &whole);
    }
}

static void run_images(gt_loop_body body, struct job *job, const gt_real *bias, gt_epilogue then) {
    const gt_layer_memory *memory = job->memory;
    job->bias = bias;
    job->then = then;
    winograd_sum_weights(&job->patches, memory);
    gt_team_run(memory->compute->team, body, job,
                (job->batch + job->cut.images - 1) / job->cut.images, 1, true);
}

/* --- From images to the grid --- */

/* What a product makes of a block for the outputs of its tiles. */
static void add_to_grid(const struct job *job, const struct room *room, struct tiles block) {
    const int features = job->patches.grid.channels, row = job->patches.stride * job->cut.line;
    const struct tiles grid = tiles_of_grid(job, block);
    struct product part = {.c = room->grid,
                           .a = room->images,
                           .b_transposed = true,
                           .rows = rows_of(&block),
                           .columns = features,
                           .c_stride = grid.row_stride,
                           .b_stride = row};
    for (int line = 0; line < job->patches.stride; line += job->cut.lines) {
        const struct tiles images = tiles_of_images(job, block, line, job->cut.lines);
        winograd_gather(room->images, &job->images, &images);
        part.b = summed_weights(job, block.product, line);
        part.inner = (images.last_line - line) * job->cut.line;
        part.a_stride = images.row_stride;
        part.keep = line > 0;
        multiply(job, &part);
    }
    winograd_spread(&job->grid, room->grid, &grid);
}

static void make_grid(void *context, long first, long last) {
    const struct job *job = context;
    make_plane(job, &job->grid, add_to_grid, first, last);
}

void winograd_to_grid(gt_real *grid, const gt_real *images, const gt_real *bias, gt_epilogue then,
                      int batch, const struct patches *patches, const gt_layer_memory *memory) {
    struct job job = make_job((gt_real *)images, grid, batch, patches, memory); /* images: read */
    run_images(make_grid, &job, bias, then);
}

/* --- From the grid to images --- */

/* What a product makes of a block for the pixels of its tiles. */
static void add_to_images(const struct job *job, const struct room *room, struct tiles block) {
    const int features = job->patches.grid.channels, row = job->patches.stride * job->cut.line;
    const struct tiles grid = tiles_of_grid(job, block);
    struct product part = {.c = room->images,
                           .a = room->grid,
                           .rows = rows_of(&block),
                           .inner = features,
                           .a_stride = grid.row_stride,
                           .b_stride = row};
    winograd_gather(room->grid, &job->grid, &grid);
    for (int line = 0; line < job->patches.stride; line += job->cut.lines) {
        const struct tiles images = tiles_of_images(job, block, line, job->cut.lines);
        part.b = summed_weights(job, block.product, line);
        part.columns = (images.last_line - line) * job->cut.line;
        part.c_stride = images.row_stride;
        multiply(job, &part);
        winograd_spread(&job->images, room->images, &images);
    }
}

static void make_images(void *context, long first, long last) {
    const struct job *job = context;
    make_plane(job, &job->images, add_to_images, first, last);
}

void winograd_to_images(gt_real *images, const gt_real *grid, const gt_real *bias, gt_epilogue then,
                        int batch, const struct patches *patches, const gt_layer_memory *memory) {
    struct job job = make_job(images, (gt_real *)grid, batch, patches, memory); /* grid: read */
    run_images(make_images, &job, bias, then);
}

/* --- The gradient of the weights --- */

/* What a block gives to a product's gradient, in the columns of some lines. */
static void add_to_gradient(const struct job *job, const struct room *room, struct tiles block,
                            int line, int lines, bool keep) {
    const struct tiles grid = tiles_of_grid(job, block);
    const struct tiles images = tiles_of_images(job, block, line, lines);
    const struct product part = {.c = summed_weights(job, block.product, line),
                                 .a = room->grid,
                                 .b = room->images,
                                 .a_transposed = true,
                                 .keep = keep,
                                 .rows = job->patches.grid.channels,
                                 .columns = lines * job->cut.line,
                                 .inner = rows_of(&block),
                                 .c_stride = job->patches.stride * job->cut.line,
                                 .a_stride = grid.row_stride,
                                 .b_stride = images.row_stride};
    if (part.inner == 0)
        return;
    winograd_gather(room->grid, &job->grid, &grid);
    winograd_gather(room->images, &job->images, &images);
    multiply(job, &part);
}

/* Items are the lines of each product. Whoever makes one goes through all blocks in order, with
 * several lines at once, if they fit, so that the grid is gathered once for them. */
static void make_gradient(void *context, long first, long last) {
    const struct job *job = context;
    const struct room room = own_room(job);
    const int stride = job->patches.stride;
    for (int item = (int)first, lines; item < last; item += lines) {
        const int product = item / stride, line = item % stride;
        lines = least(job->cut.lines, least(stride - line, (int)last - item));
        for (long image = 0; image < job->batch; image += job->cut.images)
            for (int row = 0; row < job->cut.tiles_down; row += job->cut.tile_rows)
                add_to_gradient(job, &room, tiles_of(job, image, row, product), line, lines,
                                image > 0 || row > 0);
    }
}

void winograd_weight_gradient(const gt_real *images, const gt_real *grid, int batch,
                              const struct patches *patches, const gt_layer_memory *memory) {
    struct job job = make_job((gt_real *)images, (gt_real *)grid, batch, patches, memory);
    gt_team_run(memory->compute->team, make_gradient, &job, WINOGRAD_PRODUCTS * patches->stride, 1,
                true);
    winograd_add_gradient(patches, memory);
}
