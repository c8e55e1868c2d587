/* batchnorm: every channel is brought to mean 0 and variance 1 over the minibatch and all pixels,
 * then scaled and shifted (Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 1 and section 3.2).
 * A vector is an image of one pixel, so each of its numbers is a channel. Running means and
 * variances of the minibatches are kept as state and take the minibatch's place when sampling.
 * Names, momentum and epsilon are those of torch.nn.BatchNorm1d and BatchNorm2d. */
#include <tgmath.h>

#include "gantrain/base/team.h"
#include "gantrain/nn/layer.h"

enum { WEIGHT, BIAS, RUNNING_MEAN, RUNNING_VARIANCE };
/* What each process sums for each of the channels; after all of them comes its number of rows. */
enum { MEAN, SQUARE, GRADIENT, PRODUCT, SUMS };
enum { COLUMNS = 64 }; /* channels worked on together: their sums fit in registers and cache */

static const gt_real epsilon = (gt_real)1e-5, momentum = (gt_real)0.1;

static gt_status shape_batchnorm(gt_layer *layer, gt_error *error) {
    (void)error;
    const int width = layer->in.channels;
    layer->tensor_count = 4;
    layer->sums = SUMS * (size_t)width + 1;
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
    double *sums; /* (SUMS, width), then rows: of all processes; NULL: this one has all rows */
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

/* --- Rows of other processes --- */

/* Sets this process's sums of the channels of a block. With n rows of mean a and variance v they
 * are n a and n (v + a^2), from which those of all rows follow, in double; and, on the way back,
 * the sums of dy and of dy x. */
static void sum_block(const struct pass *pass, long first, int columns) {
    gt_real mean[COLUMNS], variance[COLUMNS], sum[COLUMNS] = {0}, product[COLUMNS] = {0};
    const double n = (double)pass->rows;
    const long width = pass->width;
    double *sums = pass->sums + first;
    measure(mean, variance, pass, first, columns);
    for (long row = 0; row < pass->rows && pass->dy != NULL; row++) {
        long at = row * width + first;
        for (int i = 0; i < columns; i++) {
            sum[i] += pass->dy[at + i];
            product[i] += pass->dy[at + i] * (pass->x[at + i] - mean[i]);
        }
    }
    for (int i = 0; i < columns; i++) {
        const double a = (double)mean[i];
        sums[MEAN * width + i] = n * a;
        sums[SQUARE * width + i] = n * ((double)variance[i] + a * a);
        /* dy is of the mean loss of this process's own rows, and weighs as they do. */
        sums[GRADIENT * width + i] = n * (double)sum[i];
        sums[PRODUCT * width + i] = n * ((double)product[i] + a * (double)sum[i]);
    }
}

/* Mean and variance over the rows of all processes. */
static void take_moments(gt_real mean[COLUMNS], gt_real variance[COLUMNS], const struct pass *pass,
                         long first, int columns) {
    const double *sums = pass->sums + first, n = pass->sums[SUMS * pass->width];
    for (int i = 0; i < columns; i++) {
        const double a = sums[MEAN * pass->width + i] / n;
        mean[i] = (gt_real)a;
        variance[i] = (gt_real)fmax(sums[SQUARE * pass->width + i] / n - a * a, 0.0);
    }
}

/* The sums of dy and of dy u over the rows of all processes, for dy of the mean loss of this
 * process's own rows. */
static void take_gradients(gt_real sum[COLUMNS], gt_real product[COLUMNS], const gt_real *inverse,
                           const struct pass *pass, long first, int columns) {
    const long width = pass->width;
    const double *sums = pass->sums + first, own = (double)pass->rows;
    for (int i = 0; i < columns; i++) {
        const double mean = sums[MEAN * width + i] / pass->sums[SUMS * width];
        const double dy = sums[GRADIENT * width + i];
        sum[i] = (gt_real)(dy / own);
        product[i] = (gt_real)((sums[PRODUCT * width + i] - mean * dy) * (double)inverse[i] / own);
    }
}

static double whole_rows(const struct pass *pass) {
    return pass->sums != NULL ? pass->sums[SUMS * pass->width] : (double)pass->rows;
}

static void find_moments(gt_real mean[COLUMNS], gt_real variance[COLUMNS], const struct pass *pass,
                         long first, int columns) {
    if (pass->sums != NULL)
        take_moments(mean, variance, pass, first, columns);
    else
        measure(mean, variance, pass, first, columns);
}

/* --- */

/* running = (1 - momentum) running + momentum batch, with the unbiased variance. */
static void remember(const struct pass *pass, const gt_real *mean, const gt_real *variance,
                     long first, int columns) {
    gt_real *running_mean = pass->memory->values[RUNNING_MEAN] + first;
    gt_real *running_variance = pass->memory->values[RUNNING_VARIANCE] + first;
    const gt_real n = (gt_real)whole_rows(pass), unbiased = n > 1 ? n / (n - 1) : 1;
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
        find_moments(mean, variance, pass, first, columns);
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
    const gt_real n = (gt_real)whole_rows(pass);
    find_moments(mean, variance, pass, first, columns);
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
    if (pass->sums != NULL)
        take_gradients(sum, product, inverse, pass, first, columns);
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

static void sum_rows(void *context, long first, long last) {
    for (; first < last; first += COLUMNS)
        sum_block(context, first, last - first < COLUMNS ? (int)(last - first) : COLUMNS);
}

static void run(gt_loop_body body, struct pass *pass) {
    long count = pass->rows * pass->width;
    gt_team_run(pass->memory->compute->team, body, pass, pass->width, GT_LOOP_UNIT,
                count > GT_LOOP_WORTH);
}

/* In training, sums over all processes what both directions need. */
static void share(struct pass *pass) {
    const size_t count = SUMS * (size_t)pass->width;
    if (pass->memory->processes == NULL || !pass->training)
        return;
    pass->sums = pass->memory->sums;
    run(sum_rows, pass);
    pass->sums[count] = (double)pass->rows;
    gt_processes_sum(pass->memory->processes, pass->sums, count + 1);
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
    share(&forward);
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
                            .width = layer->in.channels,
                            .training = true};
    share(&backward);
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
