/* one_hot: the class of an example next to its numbers, by which a network is told the class (Mirza
 * and Osindero 2014, "Conditional Generative Adversarial Nets", arXiv 1411.1784, section 3.2). To a
 * dense layer these are CLASSES more inputs; to a convolution they are as many more channels, each 1
 * or 0 everywhere. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "gantrain/base/team.h"
#include "gantrain/nn/layer.h"

enum { MOST_CLASSES = 1000 };

/* The arguments of the loops over examples. */
struct copy {
    gt_real *to;
    const gt_real *from;
    const gt_real *condition; /* (rows, classes); NULL: 0 */
    int channels, classes, pixels;
};

static void put_next_to(void *context, long first, long last) {
    const struct copy *copy = context;
    const long channels = copy->channels, classes = copy->classes;
    for (long row = first; row < last; row++) {
        const gt_real *condition = copy->condition != NULL ? copy->condition + row * classes : NULL;
        for (long pixel = row * copy->pixels; pixel < (row + 1) * copy->pixels; pixel++) {
            gt_real *to = copy->to + pixel * (channels + classes);
            memcpy(to, copy->from + pixel * channels, (size_t)channels * sizeof *to);
            if (condition != NULL)
                memcpy(to + channels, condition, (size_t)classes * sizeof *to);
            else
                memset(to + channels, 0, (size_t)classes * sizeof *to);
        }
    }
}

static void take_away(void *context, long first, long last) {
    const struct copy *copy = context;
    const long channels = copy->channels, classes = copy->classes;
    for (long pixel = first * copy->pixels; pixel < last * copy->pixels; pixel++)
        memcpy(copy->to + pixel * channels, copy->from + pixel * (channels + classes),
               (size_t)channels * sizeof *copy->to);
}

static void run(gt_loop_body body, gt_real *to, const gt_real *from, const gt_real *condition,
                int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    struct copy copy = {.to = to,
                        .from = from,
                        .condition = condition,
                        .channels = layer->in.channels,
                        .classes = (int)layer->arguments[0],
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

static void backward_one_hot(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                             int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    (void)x, (void)y;
    if (dx != NULL)
        run(take_away, dx, dy, NULL, batch, layer, memory);
}

/* The class stays where it is when x moves. */
static void tangent_one_hot(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                            const gt_layer_memory *memory) {
    run(put_next_to, ty, tx, NULL, batch, layer, memory);
}

const gt_layer_kind gt_layer_one_hot = {
    .name = "one_hot",
    .help = "puts the class next to x: CLASSES numbers (of an image: channels), 1 at its own, else "
            "0; takes train.conditional = yes",
    .arguments =
        {{.name = "CLASSES", .lowest = 1, .highest = MOST_CLASSES, .fallback = NAN, .whole = true}},
    .shape = shape_one_hot,
    .forward = forward_one_hot,
    .backward = backward_one_hot,
    .tangent = tangent_one_hot,
};
