/* The three products with patches, each a loop over blocks on the team of threads. */
#include "nn/patches.h"

#include "nn/affine.h"
#include "nn/gemm_backend.h"
#include "nn/patch_block.h"
#include "nn/weight_order.h"
#include "nn/winograd.h"

enum {
    BLOCK_NUMBERS = 64 * 1024, /* of a block of patches: 256 KB in float */
    MOST_COLUMNS = 256,        /* of a block: the longest run of a native product's sums */
    LEAST_ROWS = 32,
    MOST_ROWS = 1024,
    GAP = 16,                  /* after a row, so that rows differ in their cache sets */
    PARALLEL_WORK = 64 * 1024, /* multiply-adds that are worth waking the team */
    LEAST_FEATURES = 32,       /* of a part of dw */
    PARTS_PER_THREAD = 2       /* of dw, if it has so many features */
};

/* How the matrix of patches is cut: nothing here depends on the number of threads. */
struct cut {
    int columns; /* of the matrix: numbers of a patch */
    int width;   /* columns of a block */
    int rows;    /* rows of a block */
};

static int divide_up(int a, int b) {
    return (a + b - 1) / b;
}

static int positions_of(const struct patches *patches) {
    return patches->grid.height * patches->grid.width;
}

static struct cut cut_of(const struct patches *patches) {
    struct cut cut = {.columns = patches->image.channels * patches->size * patches->size};
    cut.width = divide_up(cut.columns, divide_up(cut.columns, MOST_COLUMNS));
    cut.width = divide_up(cut.width, GT_LOOP_UNIT) * GT_LOOP_UNIT;
    const int features = patches->grid.channels;
    cut.rows = BLOCK_NUMBERS / (cut.width > features ? cut.width : features);
    cut.rows = cut.rows < LEAST_ROWS ? LEAST_ROWS : cut.rows > MOST_ROWS ? MOST_ROWS : cut.rows;
    return cut;
}

/* A patch is a whole image, or one pixel is: rows of the matrix are the images' own numbers. */
static bool is_plain(const struct patches *patches) {
    const gt_shape image = patches->image;
    bool pixel = patches->size == 1 && patches->stride == 1;
    bool whole =
        patches->size == image.height && patches->size == image.width && positions_of(patches) == 1;
    return patches->pad == 0 && (pixel || whole);
}

void patches_shape_layer(gt_layer *layer, const struct patches *patches, int biases) {
    const int size = patches->size, features = patches->grid.channels;
    const struct cut cut = cut_of(patches);
    layer->tensor_count = 2;
    layer->tensors[AFFINE_WEIGHT] =
        (gt_layer_tensor){.name = "weight",
                          .rank = 4,
                          .sizes = {features, patches->image.channels, size, size},
                          .trained = true,
                          .drawn = true};
    layer->tensors[AFFINE_BIAS] =
        (gt_layer_tensor){.name = "bias", .rank = 1, .sizes = {biases}, .trained = true};
    layer->multiply_adds = (double)positions_of(patches) * features * cut.columns;
    layer->scratch = (size_t)features * (size_t)cut.columns * (sizeof(gt_real) + sizeof(gt_bf16));
    layer->thread_scratch = (size_t)cut.rows * (size_t)(cut.width + GAP) * sizeof(gt_real) +
                            (size_t)cut.rows * (size_t)features * sizeof(gt_bf16);
    winograd_shape_layer(layer, patches);
}

/* --- Loops over blocks --- */

struct job {
    struct patches patches;
    struct cut cut;
    const gt_layer_memory *memory;
    bool plain, bf16;
    const void *weights; /* (features, columns), in the order of patches */
    gt_real *images;     /* those that are not the result are only read */
    gt_real *grid;
    gt_real *dw; /* (features, columns) */
    bool keep;
    int slices; /* parts of dw along its columns */
    int piece;  /* features of a part of dw */
    const gt_real *bias;
    gt_epilogue then;
    long batch, rows; /* rows of the matrix */
};

static struct job make_job(const struct patches *patches, const gt_layer_memory *memory,
                           int batch) {
    return (struct job){.patches = *patches,
                        .cut = cut_of(patches),
                        .memory = memory,
                        .plain = is_plain(patches),
                        .bf16 = memory->compute->precision == GT_BF16,
                        .batch = batch,
                        .rows = (long)batch * positions_of(patches)};
}

/* Does `items` items of the job on the team. */
static void run(gt_loop_body body, struct job *job, long items) {
    double work = (double)job->rows * job->cut.columns * job->patches.grid.channels;
    gt_team_run(job->memory->compute->team, body, job, items, 1, work > PARALLEL_WORK);
}

static const void *item(const struct job *job, const void *factor, long index) {
    size_t size = job->bf16 ? sizeof(gt_bf16) : sizeof(gt_real);
    return (const char *)factor + (size_t)index * size;
}

static void multiply(const struct job *job, const struct product *product) {
    const gt_engine *engine = &job->memory->compute->engines[0];
    engine->backend->multiply(engine, product);
}

/* A thread's room. */
struct room {
    int number;
    void *block;      /* (rows, width + GAP) */
    gt_bf16 *rounded; /* (rows, features) */
};

static struct room own_room(const struct job *job) {
    const gt_layer_memory *memory = job->memory;
    const size_t number = (size_t)gt_team_thread();
    const size_t block = (size_t)job->cut.rows * (size_t)(job->cut.width + GAP) * sizeof(gt_real);
    char *start = (char *)memory->thread_scratch + number * memory->thread_stride;
    return (struct room){(int)number, start, (gt_bf16 *)(void *)(start + block)};
}

/* Rows of the matrix from `row` on, their columns first to last - 1, as a factor of a product. Sets
 * its stride. */
static const void *gather(int *stride, const struct job *job, const struct room *room, long row,
                          int rows, int first, int last) {
    if (job->plain && !job->bf16) {
        *stride = job->cut.columns;
        return job->images + row * job->cut.columns + first;
    }
    *stride = job->cut.width + GAP;
    const struct patch_block block = {&job->patches, row, rows, first, last, *stride};
    patch_block_gather(room->block, job->images, job->bf16, &block);
    return room->block;
}

/* Rows of the grid from `row` on, their features first to last - 1, as a factor of a product. Sets
 * its stride. */
static const void *grid_factor(int *stride, const struct job *job, const struct room *room,
                               long row, int rows, int first, int last) {
    const int features = job->patches.grid.channels;
    const gt_real *from = job->grid + row * features + first;
    *stride = job->bf16 ? last - first : features;
    if (!job->bf16)
        return from;
    for (int r = 0; r < rows; r++)
        gt_bf16_round(room->rounded + (long)r * *stride, from + (long)r * features, last - first);
    return room->rounded;
}

/* --- From images to the grid --- */

/* Bias and epilogue of rows of `width` numbers. */
static void finish_rows(const struct job *job, gt_real *y, long row, long rows, int width) {
    for (long r = row; job->bias != NULL && r < row + rows; r++) {
        gt_real *numbers = y + r * width;
#pragma omp simd
        for (int i = 0; i < width; i++)
            numbers[i] += job->bias[i];
    }
    if (job->then.body != NULL)
        job->then.body(job->then.context, row * width, (row + rows) * width);
}

/* Items are blocks of rows. */
static void make_grid(void *context, long first, long last) {
    const struct job *job = context;
    const struct room room = own_room(job);
    const int features = job->patches.grid.channels, columns = job->cut.columns;
    for (long block = first; block < last; block++) {
        long row = block * job->cut.rows, left = job->rows - row;
        struct product part = {.c = job->grid + row * features,
                               .b_transposed = true,
                               .rows = left < job->cut.rows ? (int)left : job->cut.rows,
                               .columns = features,
                               .c_stride = features,
                               .b_stride = columns};
        for (int column = 0; column < columns; column += job->cut.width) {
            int end = column + job->cut.width < columns ? column + job->cut.width : columns;
            part.a = gather(&part.a_stride, job, &room, row, part.rows, column, end);
            part.b = item(job, job->weights, column);
            part.inner = end - column;
            part.keep = column > 0;
            multiply(job, &part);
        }
        finish_rows(job, job->grid, row, part.rows, features);
    }
}

void patches_to_grid(gt_real *grid, const gt_real *images, const gt_real *bias, gt_epilogue then,
                     int batch, const struct patches *patches, const gt_layer_memory *memory) {
    if (winograd_fits(patches, memory->compute->precision)) {
        winograd_to_grid(grid, images, bias, then, batch, patches, memory);
        return;
    }
    struct job job = make_job(patches, memory, batch);
    job.weights = weight_order_for_patches(patches, memory);
    job.images = (gt_real *)images; /* only read */
    job.grid = grid;
    job.bias = bias;
    job.then = then;
    run(make_grid, &job, (job.rows + job.cut.rows - 1) / job.cut.rows);
}

/* --- From the grid to images --- */

/* Every pixel starts as the bias. */
static void begin_images(const struct job *job, long image, long images) {
    const gt_shape shape = job->patches.image;
    affine_begin(job->images + image * gt_shape_size(shape), job->bias,
                 images * shape.height * shape.width, shape.channels);
}

/* What rows of the grid give to the images. */
static void spread_rows(const struct job *job, const struct room *room, long row, int rows) {
    const int columns = job->cut.columns, features = job->patches.grid.channels;
    struct product part = {.rows = rows,
                           .inner = features,
                           .c_stride = job->plain ? columns : job->cut.width + GAP,
                           .b_stride = columns};
    part.a = grid_factor(&part.a_stride, job, room, row, rows, 0, features);
    for (int column = 0; column < columns; column += job->cut.width) {
        int end = column + job->cut.width < columns ? column + job->cut.width : columns;
        part.c = job->plain ? job->images + row * columns + column : room->block;
        part.b = item(job, job->weights, column);
        part.columns = end - column;
        multiply(job, &part);
        const struct patch_block block = {&job->patches, row, rows, column, end, part.c_stride};
        if (!job->plain)
            patch_block_scatter(job->images, room->block, &block);
    }
}

/* Images that one item makes: as many as have the rows of a block, at least one. No two items add
 * to the same image. */
static long images_at_once(const struct job *job) {
    long images = job->cut.rows / positions_of(&job->patches);
    return images > 0 ? images : 1;
}

static void make_images(void *context, long first, long last) {
    const struct job *job = context;
    const struct room room = own_room(job);
    const gt_shape shape = job->patches.image;
    const long at_once = images_at_once(job), positions = positions_of(&job->patches);
    for (long image = first * at_once; image < last * at_once && image < job->batch;
         image += at_once) {
        long images = job->batch - image < at_once ? job->batch - image : at_once;
        long row = image * positions, end = (image + images) * positions;
        long pixels = (long)shape.height * shape.width;
        struct job finish = *job;
        if (!job->plain) {
            begin_images(job, image, images);
            finish.bias = NULL;
        }
        for (; row < end; row += job->cut.rows)
            spread_rows(job, &room, row,
                        end - row < job->cut.rows ? (int)(end - row) : job->cut.rows);
        finish_rows(&finish, job->images, image * pixels, images * pixels, shape.channels);
    }
}

void patches_to_images(gt_real *images, const gt_real *grid, const gt_real *bias, gt_epilogue then,
                       int batch, const struct patches *patches, const gt_layer_memory *memory) {
    if (winograd_fits(patches, memory->compute->precision)) {
        winograd_to_images(images, grid, bias, then, batch, patches, memory);
        return;
    }
    struct job job = make_job(patches, memory, batch);
    job.weights = weight_order_for_patches(patches, memory);
    job.images = images;
    job.grid = (gt_real *)grid; /* only read */
    job.bias = bias;
    job.then = then;
    run(make_images, &job, (batch + images_at_once(&job) - 1) / images_at_once(&job));
}

/* --- The gradient of the weights --- */

/* Features of a part of dw. For each part all patches are gathered again, so there are no more parts
 * than keep the threads busy; the cut changes no sum. */
static int features_of_part(const struct job *job) {
    const int features = job->patches.grid.channels;
    const int parts = PARTS_PER_THREAD * gt_team_size(job->memory->compute->team);
    const int piece = features / divide_up(parts, job->slices) / LEAST_FEATURES * LEAST_FEATURES;
    return piece > LEAST_FEATURES ? piece : LEAST_FEATURES;
}

/* Items are parts of dw, each some features by the columns of a block. Whoever makes one goes
 * through all rows in order. */
static void make_weight_gradient(void *context, long first, long last) {
    const struct job *job = context;
    const struct room room = own_room(job);
    const int features = job->patches.grid.channels, columns = job->cut.columns;
    for (long index = first; index < last; index++) {
        int column = (int)(index % job->slices) * job->cut.width;
        int feature = (int)(index / job->slices) * job->piece;
        int end = column + job->cut.width < columns ? column + job->cut.width : columns;
        int past = feature + job->piece < features ? feature + job->piece : features;
        struct product part = {.c = job->dw + (long)feature * columns + column,
                               .a_transposed = true,
                               .rows = past - feature,
                               .columns = end - column,
                               .c_stride = columns};
        for (long row = 0; row < job->rows; row += job->cut.rows) {
            part.inner = job->rows - row < job->cut.rows ? (int)(job->rows - row) : job->cut.rows;
            part.a = grid_factor(&part.a_stride, job, &room, row, part.inner, feature, past);
            part.b = gather(&part.b_stride, job, &room, row, part.inner, column, end);
            part.keep = job->keep || row > 0;
            multiply(job, &part);
        }
    }
}

void patches_weight_gradient(const gt_real *images, const gt_real *grid, int batch,
                             const struct patches *patches, const gt_layer_memory *memory) {
    struct job job = make_job(patches, memory, batch);
    const int features = patches->grid.channels;
    gt_real *dw = memory->gradients[AFFINE_WEIGHT];
    if (dw == NULL)
        return;
    if (winograd_fits(patches, memory->compute->precision)) {
        winograd_weight_gradient(images, grid, batch, patches, memory);
        return;
    }
    bool direct = weight_order_is_that_of_patches(patches);
    job.images = (gt_real *)images; /* both are only read */
    job.grid = (gt_real *)grid;
    job.dw = direct ? dw : memory->scratch;
    job.keep = direct && memory->keep != 0;
    job.slices = divide_up(job.cut.columns, job.cut.width);
    job.piece = features_of_part(&job);
    run(make_weight_gradient, &job, (long)job.slices * divide_up(features, job.piece));
    if (!direct)
        weight_order_add_gradient(patches, memory);
}
