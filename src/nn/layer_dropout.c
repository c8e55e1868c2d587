/* dropout: while training, each number is set to 0 with probability P and otherwise scaled by
 * 1 / (1 - P), so that sampling needs no scaling (Srivastava et al. 2014, section 10, "inverted").
 * With by_channel a channel of an image is dropped as a whole (Tompson et al. 2015, arXiv
 * 1411.4280, section 3.2). Which ones are dropped is a function of the pass's address. */
#include <math.h>
#include <string.h>

#include "gantrain/base/team.h"
#include "gantrain/nn/layer.h"

enum { PROBABILITY, BY_CHANNEL };

/* Factors of an example: one for each number, or for each channel. */
static int factor_count(const gt_layer *layer) {
    return layer->arguments[BY_CHANNEL] != 0 ? layer->in.channels : gt_shape_size(layer->in);
}

static gt_status shape_dropout(gt_layer *layer, gt_error *error) {
    (void)error;
    layer->workspace = (size_t)factor_count(layer) * sizeof(gt_real);
    return GT_OK;
}

/* The arguments of a loop that multiplies numbers by their factors; forward makes the factors from
 * random numbers. */
struct sweep {
    gt_real *to;
    const gt_real *from;
    gt_real *factors;     /* 0 or 1 / (1 - P); random numbers in (0, 1] before */
    gt_real dropped;      /* P */
    int channels, pixels; /* of an example, if factors are by channel */
};

static void scale_by_new_factors(void *context, long first, long last) {
    const struct sweep *sweep = context;
    const gt_real dropped = sweep->dropped, scale = 1 / (1 - dropped);
    gt_real *to = sweep->to, *factors = sweep->factors;
    const gt_real *from = sweep->from;
#pragma omp simd
    for (long i = first; i < last; i++) {
        factors[i] = factors[i] > dropped ? scale : 0;
        to[i] = from[i] * factors[i];
    }
}

static void scale_by_factors(void *context, long first, long last) {
    const struct sweep *sweep = context;
    gt_real *to = sweep->to;
    const gt_real *from = sweep->from, *factors = sweep->factors;
#pragma omp simd
    for (long i = first; i < last; i++)
        to[i] = from[i] * factors[i];
}

/* Factors from random numbers, where a loop over examples will use them. */
static void make_factors(void *context, long first, long last) {
    const struct sweep *sweep = context;
    const gt_real dropped = sweep->dropped, scale = 1 / (1 - dropped);
    gt_real *factors = sweep->factors;
    for (long i = first; i < last; i++)
        factors[i] = factors[i] > dropped ? scale : 0;
}

/* Of examples. */
static void scale_channels(void *context, long first, long last) {
    const struct sweep *sweep = context;
    const int channels = sweep->channels;
    for (long row = first; row < last; row++)
        for (long pixel = row * sweep->pixels; pixel < (row + 1) * sweep->pixels; pixel++) {
            const gt_real *factors = sweep->factors + row * channels;
            const gt_real *from = sweep->from + pixel * channels;
            gt_real *to = sweep->to + pixel * channels;
#pragma omp simd
            for (int i = 0; i < channels; i++)
                to[i] = from[i] * factors[i];
        }
}

static void run_by_channel(struct sweep *sweep, int batch, const gt_layer *layer,
                           const gt_layer_memory *memory) {
    sweep->channels = layer->in.channels;
    sweep->pixels = layer->in.height * layer->in.width;
    gt_team_run(memory->compute->team, scale_channels, sweep, batch, 1,
                (long)batch * gt_shape_size(layer->in) > GT_LOOP_WORTH);
}

static void run(gt_loop_body body, struct sweep *sweep, int batch, int width,
                const gt_layer_memory *memory) {
    long count = (long)batch * width;
    gt_team_run(memory->compute->team, body, sweep, count, GT_LOOP_UNIT, count > GT_LOOP_WORTH);
}

static void copy(void *context, long first, long last) {
    const struct sweep *sweep = context;
    if (sweep->to != sweep->from)
        memcpy(sweep->to + first, sweep->from + first, (size_t)(last - first) * sizeof(gt_real));
}

static void forward_dropout(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                            const gt_layer_memory *memory, const gt_pass *pass) {
    struct sweep sweep = {.to = y,
                          .from = x,
                          .factors = memory->workspace,
                          .dropped = (gt_real)layer->arguments[PROBABILITY]};
    if (!pass->training) {
        run(copy, &sweep, batch, gt_shape_size(layer->out), memory);
        return;
    }
    gt_pass_uniform(sweep.factors, memory->compute->team, pass, 0, 1, batch, factor_count(layer));
    if (layer->arguments[BY_CHANNEL] != 0) {
        make_factors(&sweep, 0, (long)batch * factor_count(layer));
        run_by_channel(&sweep, batch, layer, memory);
        return;
    }
    run(scale_by_new_factors, &sweep, batch, gt_shape_size(layer->out), memory);
}

static void backward_dropout(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                             int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    (void)x, (void)y;
    struct sweep sweep = {.to = dx, .from = dy, .factors = memory->workspace};
    if (dx == NULL)
        return;
    if (layer->arguments[BY_CHANNEL] != 0)
        run_by_channel(&sweep, batch, layer, memory);
    else
        run(scale_by_factors, &sweep, batch, gt_shape_size(layer->out), memory);
}

const gt_layer_kind gt_layer_dropout = {
    .name = "dropout",
    .help = "while training: y = 0 with probability P, else x / (1 - P); y = x when sampling",
    .arguments = {[PROBABILITY] = {.name = "P", .highest = 0.999, .fallback = NAN},
                  [BY_CHANNEL] =
                      {.name = "by_channel", .keyword = "by_channel", .highest = 1, .flag = true}},
    .element_wise = true,
    .shape = shape_dropout,
    .forward = forward_dropout,
    .backward = backward_dropout,
};
