/* one_hot and embedding: what is told of the class of an example, next to its numbers (Mirza and
 * Osindero 2014, "Conditional Generative Adversarial Nets", arXiv 1411.1784, section 3.2). one_hot
 * puts the condition there, embedding numbers of the class that are learned: the condition times a
 * matrix. To a dense layer these are more inputs; to a convolution they are more channels, each the
 * same everywhere. */
#include <assert.h>
#include <string.h>

#include "gantrain/base/team.h"
#include "gantrain/nn/layer.h"
#include "nn/layer_arguments.h"

/* The arguments of the loops over examples. */
struct copy {
    gt_real *to;
    const gt_real *from;
    const gt_real *told; /* (rows, numbers); NULL: 0 */
    int channels, numbers, pixels;
};

static void put_next_to(void *context, long first, long last) {
    const struct copy *copy = context;
    const long channels = copy->channels, numbers = copy->numbers;
    for (long row = first; row < last; row++) {
        const gt_real *told = copy->told != NULL ? copy->told + row * numbers : NULL;
        for (long pixel = row * copy->pixels; pixel < (row + 1) * copy->pixels; pixel++) {
            gt_real *to = copy->to + pixel * (channels + numbers);
            memcpy(to, copy->from + pixel * channels, (size_t)channels * sizeof *to);
            if (told != NULL)
                memcpy(to + channels, told, (size_t)numbers * sizeof *to);
            else
                memset(to + channels, 0, (size_t)numbers * sizeof *to);
        }
    }
}

static void take_away(void *context, long first, long last) {
    const struct copy *copy = context;
    const long channels = copy->channels, numbers = copy->numbers;
    for (long pixel = first * copy->pixels; pixel < last * copy->pixels; pixel++)
        memcpy(copy->to + pixel * channels, copy->from + pixel * (channels + numbers),
               (size_t)channels * sizeof *copy->to);
}

static void run(gt_loop_body body, gt_real *to, const gt_real *from, const gt_real *told, int batch,
                const gt_layer *layer, const gt_layer_memory *memory) {
    struct copy copy = {.to = to,
                        .from = from,
                        .told = told,
                        .channels = layer->in.channels,
                        .numbers = layer->out.channels - layer->in.channels,
                        .pixels = layer->in.height * layer->in.width};
    gt_team_run(memory->compute->team, body, &copy, batch, 1,
                (long)batch * gt_shape_size(layer->out) > GT_LOOP_WORTH);
}

static gt_status shape_one_hot(gt_layer *layer, gt_error *error) {
    (void)error;
    layer->out.channels = layer->in.channels + (int)layer->arguments[0];
    return GT_OK;
}

static void forward_one_hot(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                            const gt_layer_memory *memory, const gt_pass *pass) {
    assert(pass->condition != NULL);
    run(put_next_to, y, x, pass->condition, batch, layer, memory);
}

/* What is told does not depend on x: of both kinds dx is dy without it, and their derivatives there
 * are 0. */
static void backward_one_hot(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                             int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    (void)x, (void)y;
    if (dx != NULL)
        run(take_away, dx, dy, NULL, batch, layer, memory);
}

static void tangent_told(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                         const gt_layer_memory *memory) {
    run(put_next_to, ty, tx, NULL, batch, layer, memory);
}

const gt_layer_kind gt_layer_one_hot = {
    .name = "one_hot",
    .help = "puts the class next to x: CLASSES numbers (of an image: channels), 1 at its own, else "
            "0; takes train.conditional = yes",
    .arguments = {CLASSES_ARGUMENT},
    .takes_class = true,
    .shape = shape_one_hot,
    .forward = forward_one_hot,
    .backward = backward_one_hot,
    .tangent = tangent_told,
};

/* --- embedding --- */

/* The workspace holds the condition (max_batch, classes), then what is told (max_batch,
 * numbers). */
static gt_real *told_of(const gt_layer *layer, const gt_layer_memory *memory) {
    return (gt_real *)memory->workspace + (long)memory->max_batch * (long)layer->arguments[0];
}

/* The arguments of the loops over numbers of the matrix's rows. */
struct embedding {
    gt_real *to;         /* told (rows, numbers), or the gradient of the matrix */
    const gt_real *from; /* the matrix, or dy (rows, pixels, channels + numbers) */
    const gt_real *condition;
    gt_real keep;
    long rows, classes, numbers, channels, pixels;
};

static void look_up(void *context, long first, long last) {
    const struct embedding *look = context;
    for (long row = first; row < last; row++) {
        gt_real *told = look->to + row * look->numbers;
        memset(told, 0, (size_t)look->numbers * sizeof *told);
        for (long c = 0; c < look->classes; c++) {
            const gt_real share = look->condition[row * look->classes + c];
            for (long k = 0; k < look->numbers && share != 0; k++)
                told[k] += share * look->from[c * look->numbers + k];
        }
    }
}

static void add_gradient(void *context, long first, long last) {
    const struct embedding *look = context;
    const long width = look->channels + look->numbers;
    for (long k = first; k < last; k++) {
        for (long c = 0; c < look->classes && look->keep == 0; c++)
            look->to[c * look->numbers + k] = 0;
        for (long row = 0; row < look->rows; row++) {
            gt_real sum = 0;
            for (long pixel = row * look->pixels; pixel < (row + 1) * look->pixels; pixel++)
                sum += look->from[pixel * width + look->channels + k];
            for (long c = 0; c < look->classes; c++)
                look->to[c * look->numbers + k] += look->condition[row * look->classes + c] * sum;
        }
    }
}

static struct embedding embedding_of(const gt_layer *layer, const gt_layer_memory *memory,
                                     int batch) {
    return (struct embedding){.condition = memory->workspace,
                              .keep = memory->keep,
                              .rows = batch,
                              .classes = (long)layer->arguments[0],
                              .numbers = (long)layer->arguments[1],
                              .channels = layer->in.channels,
                              .pixels = (long)layer->in.height * layer->in.width};
}

/* A fan of 1 makes the initial deviation 1, as torch.nn.Embedding has it, before anything but an
 * activation. */
static gt_status shape_embedding(gt_layer *layer, gt_error *error) {
    const int classes = (int)layer->arguments[0], numbers = (int)layer->arguments[1];
    (void)error;
    layer->out.channels = layer->in.channels + numbers;
    layer->fan_in = layer->fan_out = 1;
    layer->workspace = (size_t)(classes + numbers) * sizeof(gt_real);
    layer->tensor_count = 1;
    layer->tensors[0] = (gt_layer_tensor){.name = "weight",
                                          .rank = 2,
                                          .sizes = {classes, numbers},
                                          .trained = true,
                                          .drawn = true,
                                          .is_offset = true};
    return GT_OK;
}

static void forward_embedding(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                              const gt_layer_memory *memory, const gt_pass *pass) {
    struct embedding look = embedding_of(layer, memory, batch);
    assert(pass->condition != NULL);
    memcpy(memory->workspace, pass->condition,
           (size_t)batch * (size_t)look.classes * sizeof(gt_real));
    look.to = told_of(layer, memory);
    look.from = memory->values[0];
    gt_team_run(memory->compute->team, look_up, &look, batch, 1,
                batch * look.classes > GT_LOOP_WORTH);
    run(put_next_to, y, x, look.to, batch, layer, memory);
}

static void backward_embedding(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                               int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    struct embedding look = embedding_of(layer, memory, batch);
    look.to = memory->gradients[0];
    look.from = dy;
    if (look.to != NULL)
        gt_team_run(memory->compute->team, add_gradient, &look, look.numbers, GT_LOOP_UNIT,
                    batch * look.numbers * look.pixels > GT_LOOP_WORTH);
    backward_one_hot(dx, dy, x, y, batch, layer, memory);
}

const gt_layer_kind gt_layer_embedding = {
    .name = "embedding",
    .help =
        "puts the class next to x: NUMBERS numbers that are learned for each of CLASSES classes; "
        "takes train.conditional = yes",
    .arguments = {CLASSES_ARGUMENT, WHOLE_ARGUMENT("NUMBERS", 1, GT_LAYER_UNITS)},
    .takes_class = true,
    .shape = shape_embedding,
    .forward = forward_embedding,
    .backward = backward_embedding,
    .tangent = tangent_told,
};
