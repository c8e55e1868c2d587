/* conv and deconv: a convolution with a square kernel, and its transpose. Both are products with
 * patches (nn/patches.h): conv goes from an image to the grid of its patches, deconv from a grid to
 * the image whose patches lie on it, so that each is the other's backward pass. */
#include <math.h>

#include "gantrain/nn/layer.h"
#include "nn/affine.h"
#include "nn/layer_arguments.h"
#include "nn/patches.h"
#include "nn/spectral_norm.h"

enum { CHANNELS, SIZE, STRIDE, PAD, SPECTRAL_NORM };
enum { MOST_SIZE = 64 };

/* PAD left out: the padding that lets the stride divide or multiply the size exactly, if any
 * does. */
int gt_layer_pad(const gt_layer *layer) {
    const int size = (int)layer->arguments[SIZE], stride = (int)layer->arguments[STRIDE];
    if (layer->arguments[PAD] >= 0)
        return (int)layer->arguments[PAD];
    return size > stride ? (size - stride + (stride > 1)) / 2 : 0;
}

static struct patches patches_of(const gt_layer *layer, gt_shape image, gt_shape grid) {
    return (struct patches){.image = image,
                            .grid = grid,
                            .size = (int)layer->arguments[SIZE],
                            .stride = (int)layer->arguments[STRIDE],
                            .pad = gt_layer_pad(layer)};
}

/* A patch of padding alone would have no input. */
static gt_status check_pad(const gt_layer *layer, gt_error *error) {
    const int size = (int)layer->arguments[SIZE], pad = gt_layer_pad(layer);
    if (pad >= size)
        return gt_error_set(error, GT_USAGE, "pad %d with SIZE %d: at most %d", pad, size,
                            size - 1);
    return GT_OK;
}

/* Positions of patches along a side of an image; less than 1: none fits. */
static int positions(const gt_layer *layer, int side) {
    const int size = (int)layer->arguments[SIZE], room = side + 2 * gt_layer_pad(layer) - size;
    return room < 0 ? 0 : room / (int)layer->arguments[STRIDE] + 1;
}

static gt_status shape_conv(gt_layer *layer, gt_error *error) {
    const int size = (int)layer->arguments[SIZE], pad = gt_layer_pad(layer);
    const gt_shape in = layer->in;
    const int side = in.height < in.width ? in.height : in.width;
    char text[GT_SHAPE_TEXT];
    layer->out = (gt_shape){(int)layer->arguments[CHANNELS], positions(layer, in.height),
                            positions(layer, in.width)};
    gt_status status = check_pad(layer, error);
    if (status != GT_OK)
        return status;
    if (layer->out.height < 1 || layer->out.width < 1)
        return gt_error_set(error, GT_USAGE,
                            "a kernel of %dx%d is larger than its input %s with pad %d: SIZE at "
                            "most %d, or pad at least %d%s",
                            size, size, gt_shape_format(text, in), pad, side + 2 * pad,
                            (size - side + 1) / 2,
                            side == 1 ? "; 'image CxHxW' makes an image of a vector" : "");
    struct patches patches = patches_of(layer, in, layer->out);
    patches_shape_layer(layer, &patches, layer->out.channels);
    if (layer->arguments[SPECTRAL_NORM] != 0)
        spectral_norm_shape(layer, layer->out.channels, 1);
    const double area = (double)size * size, steps = pow(layer->arguments[STRIDE], 2);
    layer->fan_in = in.channels * area;
    layer->fan_out = layer->out.channels * area / steps;
    return GT_OK;
}

/* The side of the image on which `positions` patches lie. With PAD left out it is exactly STRIDE
 * times as large (torch.nn.ConvTranspose2d calls what may be missing output_padding). */
static int side_of_image(const gt_layer *layer, int positions) {
    const int size = (int)layer->arguments[SIZE], stride = (int)layer->arguments[STRIDE];
    if (layer->arguments[PAD] < 0 && stride > 1)
        return positions * stride;
    return (positions - 1) * stride + size - 2 * gt_layer_pad(layer);
}

static gt_status shape_deconv(gt_layer *layer, gt_error *error) {
    const int size = (int)layer->arguments[SIZE];
    const gt_shape in = layer->in;
    char text[GT_SHAPE_TEXT];
    layer->out = (gt_shape){(int)layer->arguments[CHANNELS], side_of_image(layer, in.height),
                            side_of_image(layer, in.width)};
    gt_status status = check_pad(layer, error);
    if (status != GT_OK)
        return status;
    if (layer->out.height < 1 || layer->out.width < 1)
        return gt_error_set(error, GT_USAGE,
                            "pad %d leaves nothing of its input %s: a smaller pad, or a larger "
                            "SIZE or stride",
                            gt_layer_pad(layer), gt_shape_format(text, in));
    struct patches patches = patches_of(layer, layer->out, in);
    patches_shape_layer(layer, &patches, layer->out.channels);
    if (layer->arguments[SPECTRAL_NORM] != 0)
        spectral_norm_shape(layer, layer->out.channels, in.channels);
    const double area = (double)size * size, steps = pow(layer->arguments[STRIDE], 2);
    layer->fan_in = in.channels * area / steps;
    layer->fan_out = layer->out.channels * area;
    return GT_OK;
}

static void forward_conv(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                         const gt_layer_memory *memory, const gt_pass *pass) {
    const struct patches patches = patches_of(layer, layer->in, layer->out);
    (void)pass;
    patches_to_grid(y, x, memory->values[AFFINE_BIAS], memory->then, batch, &patches, memory);
}

static void tangent_conv(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                         const gt_layer_memory *memory) {
    const struct patches patches = patches_of(layer, layer->in, layer->out);
    patches_to_grid(ty, tx, NULL, (gt_epilogue){0}, batch, &patches, memory);
}

static void backward_conv(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                          int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    const struct patches patches = patches_of(layer, layer->in, layer->out);
    const gt_shape out = layer->out;
    (void)y;
    patches_weight_gradient(x, dy, batch, &patches, memory);
    affine_bias_gradient(dy, (long)batch * out.height * out.width, out.channels, memory);
    if (dx != NULL)
        patches_to_images(dx, dy, NULL, (gt_epilogue){0}, batch, &patches, memory);
}

static void forward_deconv(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                           const gt_layer_memory *memory, const gt_pass *pass) {
    const struct patches patches = patches_of(layer, layer->out, layer->in);
    (void)pass;
    patches_to_images(y, x, memory->values[AFFINE_BIAS], memory->then, batch, &patches, memory);
}

static void tangent_deconv(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                           const gt_layer_memory *memory) {
    const struct patches patches = patches_of(layer, layer->out, layer->in);
    patches_to_images(ty, tx, NULL, (gt_epilogue){0}, batch, &patches, memory);
}

static void backward_deconv(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                            int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    const struct patches patches = patches_of(layer, layer->out, layer->in);
    const gt_shape out = layer->out;
    (void)y;
    patches_weight_gradient(dy, x, batch, &patches, memory);
    affine_bias_gradient(dy, (long)batch * out.height * out.width, out.channels, memory);
    if (dx != NULL)
        patches_to_grid(dx, dy, NULL, (gt_epilogue){0}, batch, &patches, memory);
}

#define ARGUMENTS                                                                                  \
    {                                                                                              \
        [CHANNELS] = WHOLE_ARGUMENT("CHANNELS", 1, GT_LAYER_UNITS),                                \
        [SIZE] = WHOLE_ARGUMENT("SIZE", 1, MOST_SIZE),                                             \
        [STRIDE] = {.name = "S",                                                                   \
                    .keyword = "stride",                                                           \
                    .lowest = 1,                                                                   \
                    .highest = MOST_SIZE,                                                          \
                    .fallback = 1,                                                                 \
                    .whole = true},                                                                \
        [PAD] = {.name = "P",                                                                      \
                 .keyword = "pad",                                                                 \
                 .highest = MOST_SIZE - 1,                                                         \
                 .fallback = -1,                                                                   \
                 .whole = true},                                                                   \
        [SPECTRAL_NORM] = SPECTRAL_NORM_ARGUMENT,                                                  \
    }

const gt_layer_kind gt_layer_conv = {
    .name = "conv",
    .help = "convolution, kernel SIZE x SIZE; without pad, stride S divides height and width by S",
    .arguments = ARGUMENTS,
    .ends_in_product = true,
    .shape = shape_conv,
    .forward = forward_conv,
    .backward = backward_conv,
    .tangent = tangent_conv,
};

const gt_layer_kind gt_layer_deconv = {
    .name = "deconv",
    .help = "transposed convolution; without pad, stride S multiplies height and width by S",
    .arguments = ARGUMENTS,
    .ends_in_product = true,
    .shape = shape_deconv,
    .forward = forward_deconv,
    .backward = backward_deconv,
    .tangent = tangent_deconv,
};
