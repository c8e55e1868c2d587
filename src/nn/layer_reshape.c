/* image and flatten: a vector becomes an image, and an image a vector.
 *
 * The vector has channels first, as torch.nn.Flatten leaves it, so that the weights of a dense
 * layer next to one of these are those of the same torch.nn.Sequential. Images have channels
 * last. */

#include "gantrain/base/team.h"
#include "gantrain/nn/layer.h"
#include "nn/layer_arguments.h"

enum { MOST_SIDE = 4096, BLOCK = 16 /* channels copied together: a cache line */ };

/* The arguments of the loops over examples. */
struct copy {
    gt_real *to;
    const gt_real *from;
    int channels, pixels;
};

static void to_channels_last(void *context, long first, long last) {
    const struct copy *copy = context;
    const int channels = copy->channels, pixels = copy->pixels;
    for (long row = first; row < last; row++) {
        const gt_real *from = copy->from + row * channels * pixels;
        gt_real *to = copy->to + row * channels * pixels;
        for (int block = 0; block < channels; block += BLOCK) {
            const int end = channels - block < BLOCK ? channels : block + BLOCK;
            for (int pixel = 0; pixel < pixels; pixel++)
                for (int i = block; i < end; i++)
                    to[(long)pixel * channels + i] = from[(long)i * pixels + pixel];
        }
    }
}

static void to_channels_first(void *context, long first, long last) {
    const struct copy *copy = context;
    const int channels = copy->channels, pixels = copy->pixels;
    for (long row = first; row < last; row++) {
        const gt_real *from = copy->from + row * channels * pixels;
        gt_real *to = copy->to + row * channels * pixels;
        for (int block = 0; block < channels; block += BLOCK) {
            const int end = channels - block < BLOCK ? channels : block + BLOCK;
            for (int pixel = 0; pixel < pixels; pixel++)
                for (int i = block; i < end; i++)
                    to[(long)i * pixels + pixel] = from[(long)pixel * channels + i];
        }
    }
}

static void run(gt_loop_body body, gt_real *to, const gt_real *from, gt_shape image, int batch,
                const gt_layer_memory *memory) {
    struct copy copy = {to, from, image.channels, image.height * image.width};
    gt_team_run(memory->compute->team, body, &copy, batch, 1,
                (long)batch * gt_shape_size(image) > GT_LOOP_WORTH);
}

static gt_status shape_image(gt_layer *layer, gt_error *error) {
    const double *sizes = layer->arguments;
    const int numbers = gt_shape_size(layer->in);
    if (sizes[0] * sizes[1] * sizes[2] != numbers) {
        char text[GT_SHAPE_TEXT];
        return gt_error_set(error, GT_USAGE,
                            "%gx%gx%g has %g numbers, and its input %s has %d: 'dense %g' in front "
                            "of it would fit",
                            sizes[0], sizes[1], sizes[2], sizes[0] * sizes[1] * sizes[2],
                            gt_shape_format(text, layer->in), numbers,
                            sizes[0] * sizes[1] * sizes[2]);
    }
    layer->out = (gt_shape){(int)sizes[0], (int)sizes[1], (int)sizes[2]};
    return GT_OK;
}

static gt_status shape_flatten(gt_layer *layer, gt_error *error) {
    (void)error;
    layer->out = gt_shape_of_vector(gt_shape_size(layer->in));
    return GT_OK;
}

static void tangent_image(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                          const gt_layer_memory *memory) {
    run(to_channels_last, ty, tx, layer->out, batch, memory);
}

static void forward_image(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                          const gt_layer_memory *memory, const gt_pass *pass) {
    (void)pass;
    tangent_image(y, x, batch, layer, memory);
}

static void backward_image(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                           int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    (void)x, (void)y;
    if (dx != NULL)
        run(to_channels_first, dx, dy, layer->out, batch, memory);
}

static void tangent_flatten(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                            const gt_layer_memory *memory) {
    run(to_channels_first, ty, tx, layer->in, batch, memory);
}

static void forward_flatten(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                            const gt_layer_memory *memory, const gt_pass *pass) {
    (void)pass;
    tangent_flatten(y, x, batch, layer, memory);
}

static void backward_flatten(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                             int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    (void)x, (void)y;
    if (dx != NULL)
        run(to_channels_last, dx, dy, layer->in, batch, memory);
}

const gt_layer_kind gt_layer_image = {
    .name = "image",
    .help = "a vector becomes an image of these channels, height and width",
    .arguments = {WHOLE_ARGUMENT("CHANNELS", 1, GT_LAYER_UNITS),
                  WHOLE_ARGUMENT("HEIGHT", 1, MOST_SIDE), WHOLE_ARGUMENT("WIDTH", 1, MOST_SIDE)},
    .joined = true,
    .shape = shape_image,
    .forward = forward_image,
    .backward = backward_image,
    .tangent = tangent_image,
};

const gt_layer_kind gt_layer_flatten = {
    .name = "flatten",
    .help = "an image becomes a vector, channel by channel",
    .shape = shape_flatten,
    .forward = forward_flatten,
    .backward = backward_flatten,
    .tangent = tangent_flatten,
};
