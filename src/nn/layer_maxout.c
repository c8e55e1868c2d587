/* maxout and channel_max: every unit is the largest of several affine pieces (Goodfellow et al.
 * 2013, "Maxout networks", arXiv 1302.4389, eq. 1). Pieces lie piece by piece, so that both the map
 * before and the maximum run over neighbours in memory. maxout is such a map, of UNITS PIECES rows,
 * and the maximum; channel_max is the maximum alone, at every pixel, for any map: `conv 128 4,
 * channel_max 2` is a maxout of 64 feature maps. */
#include <math.h>
#include <stdint.h>

#include "gantrain/base/team.h"
#include "gantrain/nn/layer.h"
#include "nn/affine.h"
#include "nn/layer_arguments.h"

enum { MOST_PIECES = 64 };

static int piece_count(const gt_layer *layer) {
    return (int)layer->arguments[1];
}

/* Workspace per example: the affine map's rows in forward, their gradients in backward, and which
 * piece won each unit. The rows of all examples come first, then all winners, so that the offset of
 * the winners does not depend on how many rows a pass has. */
static gt_status shape_maxout(gt_layer *layer, gt_error *error) {
    (void)error;
    int units = (int)layer->arguments[0], rows = units * piece_count(layer);
    layer->out = gt_shape_of_vector(units);
    affine_shape(layer, rows);
    layer->workspace = (size_t)rows * sizeof(gt_real) + (size_t)units;
    return GT_OK;
}

/* The arguments of the loops over rows: the maximum over pieces, and its backward. */
struct maximum {
    gt_real *z;      /* (rows, pieces, units) */
    uint8_t *winner; /* (rows, units) */
    gt_real *y;      /* (rows, units) */
    const gt_real *dy;
    int units, pieces;
};

static struct maximum in_workspace(const gt_layer *layer, const gt_layer_memory *memory) {
    int units = gt_shape_size(layer->out), pieces = piece_count(layer);
    gt_real *z = memory->workspace;
    return (struct maximum){.z = z,
                            .winner = (uint8_t *)(z + (long)memory->max_batch * units * pieces),
                            .units = units,
                            .pieces = pieces};
}

/* A NaN wins whichever piece it comes from, and is seen in the loss. */
static void take_largest(void *context, long first, long last) {
    const struct maximum *job = context;
    const int units = job->units;
    for (long row = first; row < last; row++) {
        const gt_real *z = job->z + row * units * job->pieces;
        gt_real *y = job->y + row * units;
        uint8_t *winner = job->winner + row * units;
        for (int i = 0; i < units; i++) {
            y[i] = z[i];
            winner[i] = 0;
        }
        for (int piece = 1; piece < job->pieces; piece++) {
            z += units;
#pragma omp simd
            for (int i = 0; i < units; i++) {
                bool wins = z[i] > y[i] || isnan(z[i]);
                winner[i] = wins ? (uint8_t)piece : winner[i];
                y[i] = wins ? z[i] : y[i];
            }
        }
    }
}

static void take_winner(void *context, long first, long last) {
    const struct maximum *job = context;
    const int units = job->units;
    for (long row = first; row < last; row++)
        for (int i = 0; i < units; i++) {
            long piece = row * job->pieces + job->winner[row * units + i];
            job->y[row * units + i] = job->z[piece * units + i];
        }
}

static void give_to_winner(void *context, long first, long last) {
    const struct maximum *job = context;
    const int units = job->units;
    for (long row = first; row < last; row++) {
        const gt_real *dy = job->dy + row * units;
        const uint8_t *winner = job->winner + row * units;
        for (int piece = 0; piece < job->pieces; piece++) {
            gt_real *dz = job->z + (row * job->pieces + piece) * units;
#pragma omp simd
            for (int i = 0; i < units; i++)
                dz[i] = winner[i] == piece ? dy[i] : 0;
        }
    }
}

static void for_rows(gt_loop_body body, struct maximum *job, long rows,
                     const gt_layer_memory *memory) {
    gt_team_run(memory->compute->team, body, job, rows, 1,
                rows * job->units * job->pieces > GT_LOOP_WORTH);
}

/* --- maxout --- */

static void forward_maxout(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                           const gt_layer_memory *memory, const gt_pass *pass) {
    (void)pass;
    struct maximum job = in_workspace(layer, memory);
    job.y = y;
    affine_forward(job.z, x, batch, layer, memory);
    for_rows(take_largest, &job, batch, memory);
}

static void backward_maxout(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                            int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    (void)y;
    struct maximum job = in_workspace(layer, memory);
    job.dy = dy;
    for_rows(give_to_winner, &job, batch, memory);
    affine_backward(dx, job.z, x, batch, layer, memory);
}

static void tangent_maxout(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                           const gt_layer_memory *memory) {
    struct maximum job = in_workspace(layer, memory);
    job.y = ty;
    affine_tangent(job.z, tx, batch, layer, memory);
    for_rows(take_winner, &job, batch, memory);
}

#define PIECES WHOLE_ARGUMENT("PIECES", 2, MOST_PIECES)

const gt_layer_kind gt_layer_maxout = {
    .name = "maxout",
    .help = "y = the largest of PIECES affine maps, UNITS of them",
    .arguments = {WHOLE_ARGUMENT("UNITS", 1, GT_LAYER_UNITS), PIECES},
    .shape = shape_maxout,
    .forward = forward_maxout,
    .backward = backward_maxout,
    .tangent = tangent_maxout,
};

/* --- channel_max: a row is a pixel --- */

static gt_status shape_channel_max(gt_layer *layer, gt_error *error) {
    const int pieces = (int)layer->arguments[0], channels = layer->in.channels;
    if (channels % pieces != 0)
        return gt_error_set(error, GT_USAGE,
                            "PIECES %d does not divide the %d channels of its input", pieces,
                            channels);
    layer->out.channels = channels / pieces;
    layer->workspace = (size_t)gt_shape_size(layer->out);
    return GT_OK;
}

static long pixels_of(const gt_layer *layer, int batch) {
    return (long)batch * layer->in.height * layer->in.width;
}

static struct maximum over_channels(const gt_layer *layer, const gt_layer_memory *memory) {
    return (struct maximum){.winner = memory->workspace,
                            .units = layer->out.channels,
                            .pieces = (int)layer->arguments[0]};
}

static void forward_channel_max(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                                const gt_layer_memory *memory, const gt_pass *pass) {
    (void)pass;
    struct maximum job = over_channels(layer, memory);
    job.z = (gt_real *)x; /* only read */
    job.y = y;
    for_rows(take_largest, &job, pixels_of(layer, batch), memory);
}

static void backward_channel_max(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                                 int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    (void)x, (void)y;
    struct maximum job = over_channels(layer, memory);
    job.z = dx;
    job.dy = dy;
    if (dx != NULL)
        for_rows(give_to_winner, &job, pixels_of(layer, batch), memory);
}

static void tangent_channel_max(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                                const gt_layer_memory *memory) {
    struct maximum job = over_channels(layer, memory);
    job.z = (gt_real *)tx; /* only read */
    job.y = ty;
    for_rows(take_winner, &job, pixels_of(layer, batch), memory);
}

const gt_layer_kind gt_layer_channel_max = {
    .name = "channel_max",
    .help = "y = the largest of PIECES channels, of each pixel: maxout after conv or deconv",
    .arguments = {PIECES},
    .shape = shape_channel_max,
    .forward = forward_channel_max,
    .backward = backward_channel_max,
    .tangent = tangent_channel_max,
};
