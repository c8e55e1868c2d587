/* pool, global_pool and upsample: squares of pixels become one pixel, and the other way round. Each
 * works on every channel alone. Squares lie side by side; pixels at the right and lower edge that
 * do not fill one are left out, as torch.nn.MaxPool2d does. */
#include <math.h>
#include <stdint.h>

#include "gantrain/base/team.h"
#include "gantrain/nn/layer.h"
#include "nn/layer_arguments.h"

enum { AVERAGE, MAX };     /* the second argument of pool */
enum { MOST_FACTOR = 15 }; /* so that the place of a pixel in its square fits in a byte */

/* The arguments of the loops over lines: each is a line of the small images of the minibatch. */
struct squares {
    gt_real *small, *large; /* one of them is only read */
    uint8_t *winners;       /* (batch, small): which pixel of the square was the largest */
    gt_shape small_shape, large_shape;
    int height, width; /* of a square */
    gt_real scale;     /* of a sum: 1 / pixels for an average */
};

/* The pixel of large in the upper left corner of a square. */
static long corner_of(const struct squares *squares, long line, int x) {
    const gt_shape large = squares->large_shape;
    const long image = line / squares->small_shape.height, y = line % squares->small_shape.height;
    return ((image * large.height + y * squares->height) * large.width + (long)x * squares->width) *
           large.channels;
}

/* The number of a square's pixel (row, column), counted from its corner. */
static long pixel_in(const struct squares *squares, int row, int column) {
    return ((long)row * squares->large_shape.width + column) * squares->large_shape.channels;
}

static long small_at(const struct squares *squares, long line, int x) {
    return (line * squares->small_shape.width + x) * squares->small_shape.channels;
}

/* small = scale times the sum of a square. */
static void add_up(void *context, long first, long last) {
    const struct squares *squares = context;
    const int channels = squares->small_shape.channels;
    for (long line = first; line < last; line++)
        for (int x = 0; x < squares->small_shape.width; x++) {
            gt_real *to = squares->small + small_at(squares, line, x);
            const gt_real *corner = squares->large + corner_of(squares, line, x);
            for (int i = 0; i < channels; i++)
                to[i] = 0;
            for (int row = 0; row < squares->height; row++)
                for (int column = 0; column < squares->width; column++) {
                    const gt_real *from = corner + pixel_in(squares, row, column);
#pragma omp simd
                    for (int i = 0; i < channels; i++)
                        to[i] += from[i];
                }
            for (int i = 0; i < channels; i++)
                to[i] *= squares->scale;
        }
}

/* Every pixel of a square = scale times small. */
static void spread(void *context, long first, long last) {
    const struct squares *squares = context;
    const int channels = squares->small_shape.channels;
    for (long line = first; line < last; line++)
        for (int x = 0; x < squares->small_shape.width; x++) {
            const gt_real *from = squares->small + small_at(squares, line, x);
            gt_real *corner = squares->large + corner_of(squares, line, x);
            for (int row = 0; row < squares->height; row++)
                for (int column = 0; column < squares->width; column++) {
                    gt_real *to = corner + pixel_in(squares, row, column);
#pragma omp simd
                    for (int i = 0; i < channels; i++)
                        to[i] = squares->scale * from[i];
                }
        }
}

/* A NaN wins wherever it is, and is seen in the loss. */
static void take_largest(void *context, long first, long last) {
    const struct squares *squares = context;
    const int channels = squares->small_shape.channels;
    for (long line = first; line < last; line++)
        for (int x = 0; x < squares->small_shape.width; x++) {
            const long at = small_at(squares, line, x);
            gt_real *to = squares->small + at;
            uint8_t *winner = squares->winners + at;
            const gt_real *corner = squares->large + corner_of(squares, line, x);
            for (int i = 0; i < channels; i++) {
                to[i] = corner[i];
                winner[i] = 0;
            }
            for (int pixel = 1; pixel < squares->height * squares->width; pixel++) {
                const gt_real *from =
                    corner + pixel_in(squares, pixel / squares->width, pixel % squares->width);
                for (int i = 0; i < channels; i++) {
                    bool wins = from[i] > to[i] || isnan(from[i]);
                    winner[i] = wins ? (uint8_t)pixel : winner[i];
                    to[i] = wins ? from[i] : to[i];
                }
            }
        }
}

/* small = the pixel that was the largest in forward. */
static void take_winner(void *context, long first, long last) {
    const struct squares *squares = context;
    for (long line = first; line < last; line++)
        for (int x = 0; x < squares->small_shape.width; x++) {
            const long at = small_at(squares, line, x), corner = corner_of(squares, line, x);
            for (int i = 0; i < squares->small_shape.channels; i++) {
                const int pixel = squares->winners[at + i];
                squares->small[at + i] =
                    squares
                        ->large[corner + i +
                                pixel_in(squares, pixel / squares->width, pixel % squares->width)];
            }
        }
}

static void give_to_winner(void *context, long first, long last) {
    const struct squares *squares = context;
    for (long line = first; line < last; line++)
        for (int x = 0; x < squares->small_shape.width; x++) {
            const long at = small_at(squares, line, x);
            gt_real *corner = squares->large + corner_of(squares, line, x);
            for (int pixel = 0; pixel < squares->height * squares->width; pixel++) {
                gt_real *to =
                    corner + pixel_in(squares, pixel / squares->width, pixel % squares->width);
                for (int i = 0; i < squares->small_shape.channels; i++)
                    to[i] = squares->winners[at + i] == pixel ? squares->small[at + i] : 0;
            }
        }
}

static void run(gt_loop_body body, struct squares *squares, int batch,
                const gt_layer_memory *memory) {
    gt_team_run(memory->compute->team, body, squares, (long)batch * squares->small_shape.height, 1,
                (long)batch * gt_shape_size(squares->large_shape) > GT_LOOP_WORTH);
}

/* Pixels that are in no square get no gradient. */
static void clear_edges(gt_real *dx, const struct squares *squares, int batch) {
    const gt_shape small = squares->small_shape, large = squares->large_shape;
    if (small.height * squares->height == large.height &&
        small.width * squares->width == large.width)
        return;
    for (long i = 0; i < (long)batch * gt_shape_size(large); i++)
        dx[i] = 0;
}

/* Squares of factor x factor pixels; 0: the whole image is one. */
static struct squares squares_of(gt_shape small, gt_shape large, int factor) {
    return (struct squares){.small_shape = small,
                            .large_shape = large,
                            .height = factor > 0 ? factor : large.height,
                            .width = factor > 0 ? factor : large.width,
                            .scale = 1};
}

/* --- pool and global_pool --- */

static struct squares of_pool(const gt_layer *layer, const gt_layer_memory *memory) {
    struct squares squares = squares_of(layer->out, layer->in, (int)layer->arguments[0]);
    squares.winners = memory->workspace;
    squares.scale = 1 / (gt_real)(squares.height * squares.width);
    return squares;
}

static bool takes_largest(const gt_layer *layer) {
    return layer->workspace > 0;
}

static gt_status shape_pool(gt_layer *layer, gt_error *error) {
    const int factor = (int)layer->arguments[0];
    const gt_shape in = layer->in;
    layer->out = (gt_shape){in.channels, in.height / factor, in.width / factor};
    if (layer->out.height < 1 || layer->out.width < 1) {
        char text[GT_SHAPE_TEXT];
        return gt_error_set(
            error, GT_USAGE, "squares of %dx%d leave nothing of its input %s: FACTOR at most %d",
            factor, factor, gt_shape_format(text, in), in.height < in.width ? in.height : in.width);
    }
    if (layer->arguments[1] == MAX)
        layer->workspace = (size_t)gt_shape_size(layer->out);
    return GT_OK;
}

static gt_status shape_global_pool(gt_layer *layer, gt_error *error) {
    (void)error;
    layer->out = gt_shape_of_vector(layer->in.channels);
    return GT_OK;
}

static void forward_pool(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                         const gt_layer_memory *memory, const gt_pass *pass) {
    struct squares squares = of_pool(layer, memory);
    (void)pass;
    squares.small = y;
    squares.large = (gt_real *)x; /* only read */
    run(takes_largest(layer) ? take_largest : add_up, &squares, batch, memory);
}

static void backward_pool(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                          int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    struct squares squares = of_pool(layer, memory);
    (void)x, (void)y;
    if (dx == NULL)
        return;
    squares.small = (gt_real *)dy; /* only read */
    squares.large = dx;
    clear_edges(dx, &squares, batch);
    run(takes_largest(layer) ? give_to_winner : spread, &squares, batch, memory);
}

static void tangent_pool(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                         const gt_layer_memory *memory) {
    struct squares squares = of_pool(layer, memory);
    squares.small = ty;
    squares.large = (gt_real *)tx; /* only read */
    run(takes_largest(layer) ? take_winner : add_up, &squares, batch, memory);
}

/* --- upsample --- */

static gt_status shape_upsample(gt_layer *layer, gt_error *error) {
    const int factor = (int)layer->arguments[0];
    const gt_shape in = layer->in;
    (void)error;
    layer->out = (gt_shape){in.channels, in.height * factor, in.width * factor};
    return GT_OK;
}

static struct squares of_upsample(const gt_layer *layer) {
    return squares_of(layer->in, layer->out, (int)layer->arguments[0]);
}

static void tangent_upsample(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                             const gt_layer_memory *memory) {
    struct squares squares = of_upsample(layer);
    squares.small = (gt_real *)tx; /* only read */
    squares.large = ty;
    run(spread, &squares, batch, memory);
}

static void forward_upsample(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                             const gt_layer_memory *memory, const gt_pass *pass) {
    (void)pass;
    tangent_upsample(y, x, batch, layer, memory);
}

static void backward_upsample(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                              int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    struct squares squares = of_upsample(layer);
    (void)x, (void)y;
    squares.small = dx;
    squares.large = (gt_real *)dy; /* only read */
    if (dx != NULL)
        run(add_up, &squares, batch, memory);
}

#define FACTOR WHOLE_ARGUMENT("FACTOR", 2, MOST_FACTOR)

const gt_layer_kind gt_layer_pool = {
    .name = "pool",
    .help = "a square of FACTOR x FACTOR pixels becomes its average, or with 'max' its largest",
    .arguments = {FACTOR,
                  {.name = "average|max", .fallback = AVERAGE, .words = {"average", "max"}}},
    .shape = shape_pool,
    .forward = forward_pool,
    .backward = backward_pool,
    .tangent = tangent_pool,
};

const gt_layer_kind gt_layer_global_pool = {
    .name = "global_pool",
    .help = "an image becomes a vector: the average of each channel",
    .shape = shape_global_pool,
    .forward = forward_pool,
    .backward = backward_pool,
    .tangent = tangent_pool,
};

const gt_layer_kind gt_layer_upsample = {
    .name = "upsample",
    .help = "a pixel becomes FACTOR x FACTOR pixels of the same value",
    .arguments = {FACTOR, {.name = "nearest", .words = {"nearest"}}},
    .shape = shape_upsample,
    .forward = forward_upsample,
    .backward = backward_upsample,
    .tangent = tangent_upsample,
};
