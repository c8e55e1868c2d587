/* The three products, each a loop over blocks of images on the team of threads. */
#include "nn/winograd.h"

#include "nn/affine.h"
#include "nn/gemm_backend.h"
#include "nn/winograd_tiles.h"
#include "nn/winograd_weights.h"

enum {
    LEAST_LINE = 64,           /* numbers of a line of pixels, */
    LEAST_FEATURES = 32,       /* features */
    LEAST_OUTPUTS = 3,         /* and outputs along a side, for products that outweigh sums */
    PARTS_PER_THREAD = 2,      /* of the gradient, if there are so many features */
    BLOCK_NUMBERS = 64 * 1024, /* of a block of tiles: 256 KB in float */
    SLICE_NUMBERS = 256,       /* of a row of a block, if a line of pixels is not longer */
    LEAST_ROWS = 32,
    MOST_ROWS = 1024,
    GAP = 16 /* after a row, so that rows differ in their cache sets */
};

/* How the work is cut: by sizes alone, but that the threads share images out where no sum depends on
 * it. */
struct cut {
    int line;       /* numbers of a line of pixels: stride x channels */
    int lines;      /* of a slice of the inner dimension */
    int image_row;  /* numbers from a row of summed pixels to the next */
    int grid_row;   /* the same of the grid */
    int rows;       /* most rows of a block */
    int images;     /* of a block */
    int tiles_down; /* rows of tiles in an image */
    int tile_rows;  /* of a block: all, or some if images is 1 */
};

static int least(int a, int b) {
    return a < b ? a : b;
}

static int divide_up(int a, int b) {
    return (a + b - 1) / b;
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
    cut.image_row = width + GAP;
    cut.grid_row = features + GAP;
    cut.rows = clamp(BLOCK_NUMBERS / (width > features ? width : features), LEAST_ROWS, MOST_ROWS);
    cut.tile_rows = clamp(cut.rows / along, 1, down);
    cut.images = clamp(cut.rows / (down * along), 1, MOST_ROWS);
    cut.rows = cut.images * cut.tile_rows * along;
    return cut;
}

static bool kernel_fits(const struct patches *patches) {
    const gt_shape grid = patches->grid;
    return patches->size == 2 * patches->stride &&
           patches->stride * patches->image.channels >= LEAST_LINE &&
           grid.channels >= LEAST_FEATURES && grid.height >= LEAST_OUTPUTS &&
           grid.width >= LEAST_OUTPUTS;
}

bool winograd_fits(const struct patches *patches, gt_precision precision) {
    return precision == GT_FP32 && kernel_fits(patches);
}

void winograd_shape_layer(gt_layer *layer, const struct patches *patches) {
    if (!kernel_fits(patches))
        return;
    const struct cut cut = cut_of(patches);
    const size_t scratch =
        (size_t)winograd_products(patches) * (size_t)winograd_weights_stride(patches);
    const size_t own = (size_t)cut.rows * (size_t)(cut.image_row + cut.grid_row);
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

/* Images of a block where no sum depends on it: at most `images`, and so many that the blocks are a
 * multiple of the threads, or a few less. */
static int share_of(int batch, int images, int threads) {
    const int blocks = divide_up(divide_up(batch, images), threads) * threads;
    return divide_up(batch, blocks);
}

static struct job make_job(gt_real *images, gt_real *grid, int batch, const struct patches *patches,
                           const gt_layer_memory *memory) {
    struct job job = {
        .patches = *patches,
        .cut = cut_of(patches),
        .images = {images, patches->image, patches->stride, patches->pad, &winograd_of_images, 1},
        .grid = {grid, patches->grid, 1, 0, &winograd_of_grid, (gt_real)0.25},
        .memory = memory,
        .batch = batch};
    job.cut.images = share_of(batch, job.cut.images, gt_team_size(memory->compute->team));
    return job;
}

/* A thread's room: sums of images, and of the grid. */
struct room {
    gt_real *images; /* (rows, image_row) */
    gt_real *grid;   /* (rows, grid_row) */
};

static struct room own_room(const struct job *job) {
    const size_t start = (size_t)gt_team_thread() * job->memory->thread_stride;
    gt_real *images = (gt_real *)(void *)((char *)job->memory->thread_scratch + start);
    return (struct room){images, images + (long)job->cut.rows * job->cut.image_row};
}

/* The tiles of a block for a product: of its images, from a row of tiles on. */
static struct tiles tiles_of(const struct job *job, long image, int first_row, int product) {
    const gt_shape grid = job->patches.grid;
    const int sums_along = winograd_sums_along(grid.width);
    const int sum_down = product / sums_along, sum_along = product % sums_along;
    const int rows = winograd_tiles_along(grid.height, sum_down);
    const long left = job->batch - image;
    return (struct tiles){
        .image = image,
        .images = left < job->cut.images ? left : job->cut.images,
        .first_row = least(first_row, rows),
        .last_row = least(first_row + job->cut.tile_rows, rows),
        .columns = winograd_tiles_along(grid.width, sum_along),
        .threes_down = winograd_threes(grid.height),
        .threes_along = winograd_threes(grid.width),
        .sum_down = sum_down,
        .sum_along = sum_along,
    };
}

static int rows_of(const struct tiles *tiles) {
    return (int)tiles->images * (tiles->last_row - tiles->first_row) * tiles->columns;
}

/* The same tiles of the grid, as a matrix whose rows are features. */
static struct tiles tiles_of_grid(const struct job *job, struct tiles tiles) {
    tiles.first_line = 0;
    tiles.last_line = 1;
    tiles.row_stride = job->cut.grid_row;
    return tiles;
}

/* The same tiles of the images, some lines of each step. */
static struct tiles tiles_of_images(const struct job *job, struct tiles tiles, int line,
                                    int lines) {
    tiles.first_line = line;
    tiles.last_line = least(line + lines, job->patches.stride);
    tiles.row_stride = job->cut.image_row;
    return tiles;
}

/* The summed weights of a product, from a line of each step on: (features, stride lines). */
static gt_real *summed_weights(const struct job *job, int product, int line) {
    return (gt_real *)job->memory->scratch + product * winograd_weights_stride(&job->patches) +
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
typedef void block_body(const struct job *job, const struct room *room, struct tiles block,
                        int product);

/* Makes some blocks of images of a plane. */
static void make_plane(const struct job *job, const struct plane *plane, block_body *add_block,
                       long first, long last) {
    const struct room room = own_room(job);
    const int products = winograd_products(&job->patches);
    for (long item = first; item < last; item++) {
        const struct tiles whole = tiles_of(job, item * job->cut.images, 0, 0);
        begin(job, plane, &whole);
        for (int row = 0; row < job->cut.tiles_down; row += job->cut.tile_rows)
            for (int product = 0; product < products; product++)
                add_block(job, &room, tiles_of(job, whole.image, row, product), product);
        finish(job, plane, &whole);
    }
}

/* Makes all of a plane. The least product that fits is worth waking the team for. */
static void run_plane(gt_loop_body body, struct job *job, const gt_real *bias, gt_epilogue then) {
    const gt_layer_memory *memory = job->memory;
    job->bias = bias;
    job->then = then;
    winograd_sum_weights(&job->patches, memory);
    gt_team_run(memory->compute->team, body, job,
                (job->batch + job->cut.images - 1) / job->cut.images, 1, true);
}

/* --- From images to the grid --- */

/* What a product makes of a block for the outputs of its tiles. */
static void add_to_grid(const struct job *job, const struct room *room, struct tiles block,
                        int number) {
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
        part.b = summed_weights(job, number, line);
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
    run_plane(make_grid, &job, bias, then);
}

/* --- From the grid to images --- */

/* What a product makes of a block for the pixels of its tiles. */
static void add_to_images(const struct job *job, const struct room *room, struct tiles block,
                          int number) {
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
        part.b = summed_weights(job, number, line);
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
    run_plane(make_images, &job, bias, then);
}

/* --- The gradient of the weights --- */

/* A part of the gradient: some features of a product, in the columns of some lines. */
struct part {
    int product, feature, features, line, lines;
};

static void add_to_gradient(const struct job *job, const struct room *room, struct tiles block,
                            const struct part *part, bool keep) {
    const int row = job->patches.stride * job->cut.line;
    const struct tiles grid = tiles_of_grid(job, block);
    const struct tiles images = tiles_of_images(job, block, part->line, part->lines);
    const struct product product = {.c = summed_weights(job, part->product, part->line) +
                                         (long)part->feature * row,
                                    .a = room->grid + part->feature,
                                    .b = room->images,
                                    .a_transposed = true,
                                    .keep = keep,
                                    .rows = part->features,
                                    .columns = part->lines * job->cut.line,
                                    .inner = rows_of(&block),
                                    .c_stride = row,
                                    .a_stride = grid.row_stride,
                                    .b_stride = images.row_stride};
    if (product.inner == 0)
        return;
    winograd_gather(room->grid, &job->grid, &grid);
    winograd_gather(room->images, &job->images, &images);
    multiply(job, &product);
}

/* Features of a part: so many parts that all threads have some, which changes no sum. */
static int features_of_part(const struct job *job) {
    const int features = job->patches.grid.channels;
    const int parts = divide_up(PARTS_PER_THREAD * gt_team_size(job->memory->compute->team),
                                winograd_products(&job->patches) * job->patches.stride);
    return clamp(divide_up(features, parts), LEAST_FEATURES, features);
}

/* Items are the lines of each part of each product, the last product first: the team begins with
 * the last items, and the first products have the most tiles. Whoever makes an item goes through all
 * blocks in order, with several lines at once, if they fit, so that the grid is gathered once for
 * them. */
static void make_gradient(void *context, long first, long last) {
    const struct job *job = context;
    const struct room room = own_room(job);
    const int products = winograd_products(&job->patches);
    const int stride = job->patches.stride, features = job->patches.grid.channels;
    const int piece = features_of_part(job), pieces = divide_up(features, piece);
    struct part part;
    for (int item = (int)first; item < last; item += part.lines) {
        part.line = item % stride;
        part.lines = least(job->cut.lines, least(stride - part.line, (int)last - item));
        part.feature = item / stride % pieces * piece;
        part.features = least(piece, features - part.feature);
        part.product = products - 1 - item / stride / pieces;
        for (long image = 0; image < job->batch; image += job->cut.images)
            for (int row = 0; row < job->cut.tiles_down; row += job->cut.tile_rows)
                add_to_gradient(job, &room, tiles_of(job, image, row, part.product), &part,
                                image > 0 || row > 0);
    }
}

void winograd_weight_gradient(const gt_real *images, const gt_real *grid, int batch,
                              const struct patches *patches, const gt_layer_memory *memory) {
    struct job job = make_job((gt_real *)images, (gt_real *)grid, batch, patches, memory);
    job.cut.images = cut_of(patches).images; /* sums go over blocks: no threads in them */
    const long pieces = divide_up(patches->grid.channels, features_of_part(&job));
    gt_team_run(memory->compute->team, make_gradient, &job,
                winograd_products(patches) * pieces * patches->stride, 1, true);
    winograd_add_gradient(patches, memory);
}
