/* batchnorm: every channel is brought to mean 0 and variance 1 over the minibatch and all pixels,
 * then scaled and shifted (Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 1 and section 3.2). A
 * vector is an image of one pixel, so each of its numbers is a channel. Running means and variances
 * of the minibatches are kept as state and take the minibatch's place when sampling. Names, momentum
 * and epsilon are those of torch.nn.BatchNorm1d and BatchNorm2d. */
#include <tgmath.h>

#include "gantrain/base/team.h"
#include "gantrain/nn/layer.h"

enum { WEIGHT, BIAS, RUNNING_MEAN, RUNNING_VARIANCE };
enum { COLUMNS = 64 }; /* channels worked on together: their sums fit in registers and cache */

static const gt_real epsilon = (gt_real)1e-5, momentum = (gt_real)0.1;

static gt_status shape_batchnorm(gt_layer *layer, gt_error *error) {
    (void)error;
    const int width = layer->in.channels;
    layer->tensor_count = 4;
    layer->tensors[WEIGHT] = (gt_layer_tensor){
        .name = "weight", .rank = 1, .sizes = {width}, .trained = true, .value = 1};
    layer->tensors[BIAS] =
        (gt_layer_tensor){.name = "bias", .rank = 1, .sizes = {width}, .trained = true};
    layer->tensors[RUNNING_MEAN] =
        (gt_layer_tensor){.name = "running_mean", .rank = 1, .sizes = {width}};
    layer->tensors[RUNNING_VARIANCE] =
        (gt_layer_tensor){.name = "running_var", .rank = 1, .sizes = {width}, .value = 1};
    return GT_OK;
}

/* A pass over a block of channels of all pixels of all examples: they are the rows. */
struct pass {
    gt_real *y, *dx;
    const gt_real *x, *dy;
    const gt_layer_memory *memory;
    long rows;
    int width;
    bool training;
};

/* Mean and variance over the minibatch of `columns` channels from channel `first` on. */
static void measure(gt_real mean[COLUMNS], gt_real variance[COLUMNS], const struct pass *pass,
                    long first, int columns) {
    const gt_real share = 1 / (gt_real)pass->rows;
    for (int i = 0; i < columns; i++)
        mean[i] = variance[i] = 0;
    for (long row = 0; row < pass->rows; row++) {
        const gt_real *x = pass->x + row * pass->width + first;
        for (int i = 0; i < columns; i++)
            mean[i] += x[i] * share;
    }
    for (long row = 0; row < pass->rows; row++) {
        const gt_real *x = pass->x + row * pass->width + first;
        for (int i = 0; i < columns; i++)
            variance[i] += (x[i] - mean[i]) * (x[i] - mean[i]) * share;
    }
}

/* running = (1 - momentum) running + momentum batch, with the unbiased variance. */
static void remember(const struct pass *pass, const gt_real *mean, const gt_real *variance,
                     long first, int columns) {
    gt_real *running_mean = pass->memory->values[RUNNING_MEAN] + first;
    gt_real *running_variance = pass->memory->values[RUNNING_VARIANCE] + first;
    const gt_real n = (gt_real)pass->rows, unbiased = n > 1 ? n / (n - 1) : 1;
    for (int i = 0; i < columns; i++) {
        running_mean[i] += momentum * (mean[i] - running_mean[i]);
        running_variance[i] += momentum * (variance[i] * unbiased - running_variance[i]);
    }
}

static void normalise_block(const struct pass *pass, long first, int columns) {
    gt_real mean[COLUMNS], variance[COLUMNS], scale[COLUMNS];
    const gt_real *weight = pass->memory->values[WEIGHT] + first;
    const gt_real *bias = pass->memory->values[BIAS] + first;
    if (pass->training) {
        measure(mean, variance, pass, first, columns);
        remember(pass, mean, variance, first, columns);
    } else {
        for (int i = 0; i < columns; i++) {
            mean[i] = pass->memory->values[RUNNING_MEAN][first + i];
            variance[i] = pass->memory->values[RUNNING_VARIANCE][first + i];
        }
    }
    for (int i = 0; i < columns; i++)
        scale[i] = weight[i] / sqrt(variance[i] + epsilon);
    for (long row = 0; row < pass->rows; row++) {
        const gt_real *x = pass->x + row * pass->width + first;
        gt_real *y = pass->y + row * pass->width + first;
        for (int i = 0; i < columns; i++)
            y[i] = (x[i] - mean[i]) * scale[i] + bias[i];
    }
}

/* With u = (x - mean) / s, s = sqrt(variance + epsilon), over n rows:
 *
 *   db = sum dy,  dw = sum dy u,  dx = w / (n s) (n dy - db - u dw)
 */
static void return_block(const struct pass *pass, long first, int columns) {
    gt_real mean[COLUMNS], variance[COLUMNS], inverse[COLUMNS];
    gt_real sum[COLUMNS] = {0}, product[COLUMNS] = {0}; /* of dy, and of dy and u */
    const gt_real *weight = pass->memory->values[WEIGHT] + first;
    const gt_real n = (gt_real)pass->rows;
    measure(mean, variance, pass, first, columns);
    for (int i = 0; i < columns; i++)
        inverse[i] = 1 / sqrt(variance[i] + epsilon);
    for (long row = 0; row < pass->rows; row++) {
        long at = row * pass->width + first;
        for (int i = 0; i < columns; i++) {
            gt_real u = (pass->x[at + i] - mean[i]) * inverse[i];
            sum[i] += pass->dy[at + i];
            product[i] += pass->dy[at + i] * u;
        }
    }
    if (pass->memory->gradients[WEIGHT] != NULL) {
        gt_real *dw = pass->memory->gradients[WEIGHT] + first;
        gt_real *db = pass->memory->gradients[BIAS] + first;
        for (int i = 0; i < columns; i++) {
            dw[i] = (pass->memory->keep != 0 ? dw[i] : 0) + product[i];
            db[i] = (pass->memory->keep != 0 ? db[i] : 0) + sum[i];
        }
    }
    for (long row = 0; pass->dx != NULL && row < pass->rows; row++) {
        long at = row * pass->width + first;
        for (int i = 0; i < columns; i++) {
            gt_real u = (pass->x[at + i] - mean[i]) * inverse[i];
            pass->dx[at + i] =
                weight[i] * inverse[i] / n * (n * pass->dy[at + i] - sum[i] - u * product[i]);
        }
    }
}

static void normalise(void *context, long first, long last) {
    for (; first < last; first += COLUMNS)
        normalise_block(context, first, last - first < COLUMNS ? (int)(last - first) : COLUMNS);
}

static void go_back(void *context, long first, long last) {
    for (; first < last; first += COLUMNS)
        return_block(context, first, last - first < COLUMNS ? (int)(last - first) : COLUMNS);
}

static void run(gt_loop_body body, struct pass *pass) {
    long count = pass->rows * pass->width;
    gt_team_run(pass->memory->compute->team, body, pass, pass->width, GT_LOOP_UNIT,
                count > GT_LOOP_WORTH);
}

static long rows_of(const gt_layer *layer, int batch) {
    return (long)batch * layer->in.height * layer->in.width;
}

static void forward_batchnorm(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                              const gt_layer_memory *memory, const gt_pass *pass) {
    struct pass forward = {.y = y,
                           .x = x,
                           .memory = memory,
                           .rows = rows_of(layer, batch),
                           .width = layer->in.channels,
                           .training = pass->training};
    run(normalise, &forward);
}

static void backward_batchnorm(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                               int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    (void)y;
    struct pass backward = {.dx = dx,
                            .x = x,
                            .dy = dy,
                            .memory = memory,
                            .rows = rows_of(layer, batch),
                            .width = layer->in.channels};
    run(go_back, &backward);
}

const gt_layer_kind gt_layer_batchnorm = {
    .name = "batchnorm",
    .help = "y = w (x - mean) / deviation + b, by channel over the minibatch; when sampling, by "
            "running means",
    .couples_examples = true,
    .shape = shape_batchnorm,
    .forward = forward_batchnorm,
    .backward = backward_batchnorm,
};
