/* projection: a linear map to one number, to which the class adds one of its own (Miyato and Koyama
 * 2018, "cGANs with Projection Discriminator", arXiv 1802.05637, eq. 3 and section 3):
 *
 *   y = (w + e) x + b,   e = sum over classes of condition times the class's row of embedding
 *
 * The embedding begins at 0: a class makes no difference until one is learned. An image is a vector
 * here, as to a dense layer. */
#include <assert.h>
#include <string.h>

#include "gantrain/base/team.h"
#include "gantrain/nn/layer.h"
#include "nn/layer_arguments.h"

enum { WEIGHT, BIAS, EMBEDDING };

/* The arguments of the loops. */
struct projection {
    gt_real *to;              /* y, dx or ty */
    const gt_real *x, *dy;    /* x or tx */
    const gt_real *condition; /* (rows, classes): forward leaves it in the workspace */
    const gt_layer_memory *memory;
    long batch, in, classes;
};

/* w + e of a row, a component at a time. */
static gt_real weight_of(const struct projection *run, long row, long i) {
    const gt_real *const *values = (const gt_real *const *)run->memory->values;
    gt_real weight = values[WEIGHT][i];
    for (long c = 0; c < run->classes; c++) {
        const gt_real share = run->condition[row * run->classes + c];
        if (share != 0)
            weight += share * values[EMBEDDING][c * run->in + i];
    }
    return weight;
}

static void project_rows(void *context, long first, long last) {
    const struct projection *run = context;
    for (long row = first; row < last; row++) {
        gt_real sum = 0;
        for (long i = 0; i < run->in; i++)
            sum += weight_of(run, row, i) * run->x[row * run->in + i];
        run->to[row] = sum;
    }
}

static void carry_rows_back(void *context, long first, long last) {
    const struct projection *run = context;
    for (long row = first; row < last; row++)
        for (long i = 0; i < run->in; i++)
            run->to[row * run->in + i] = run->dy[row] * weight_of(run, row, i);
}

/* Adds to the gradients of w and the embedding, for some components of x. */
static void add_gradients(void *context, long first, long last) {
    const struct projection *run = context;
    gt_real *dw = run->memory->gradients[WEIGHT], *de = run->memory->gradients[EMBEDDING];
    const gt_real keep = run->memory->keep;
    for (long i = first; i < last; i++) {
        dw[i] = keep == 0 ? 0 : dw[i];
        for (long c = 0; c < run->classes && keep == 0; c++)
            de[c * run->in + i] = 0;
    }
    for (long row = 0; row < run->batch; row++)
        for (long i = first; i < last; i++) {
            const gt_real product = run->dy[row] * run->x[row * run->in + i];
            dw[i] += product;
            for (long c = 0; c < run->classes; c++) {
                const gt_real share = run->condition[row * run->classes + c];
                if (share != 0)
                    de[c * run->in + i] += share * product;
            }
        }
}

static struct projection run_of(const gt_layer *layer, const gt_layer_memory *memory, int batch) {
    return (struct projection){.condition = memory->workspace,
                               .memory = memory,
                               .batch = batch,
                               .in = gt_shape_size(layer->in),
                               .classes = (long)layer->arguments[0]};
}

static void run_rows(gt_loop_body body, struct projection *run) {
    gt_team_run(run->memory->compute->team, body, run, run->batch, 1,
                run->batch * run->in > GT_LOOP_WORTH);
}

static gt_status shape_projection(gt_layer *layer, gt_error *error) {
    const int classes = (int)layer->arguments[0], in = gt_shape_size(layer->in);
    (void)error;
    layer->out = gt_shape_of_vector(1);
    layer->fan_in = in;
    layer->fan_out = 1;
    layer->workspace = (size_t)classes * sizeof(gt_real);
    layer->tensor_count = 3;
    layer->tensors[WEIGHT] = (gt_layer_tensor){
        .name = "weight", .rank = 2, .sizes = {1, in}, .trained = true, .drawn = true};
    layer->tensors[BIAS] =
        (gt_layer_tensor){.name = "bias", .rank = 1, .sizes = {1}, .trained = true};
    layer->tensors[EMBEDDING] =
        (gt_layer_tensor){.name = "embedding", .rank = 2, .sizes = {classes, in}, .trained = true};
    return GT_OK;
}

static void forward_projection(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                               const gt_layer_memory *memory, const gt_pass *pass) {
    struct projection run = run_of(layer, memory, batch);
    assert(pass->condition != NULL);
    memcpy(memory->workspace, pass->condition, (size_t)batch * layer->workspace);
    run.to = y;
    run.x = x;
    run_rows(project_rows, &run);
    for (int row = 0; row < batch; row++)
        y[row] += memory->values[BIAS][0];
}

static void backward_projection(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                                int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    struct projection run = run_of(layer, memory, batch);
    gt_real *db = memory->gradients[BIAS];
    (void)y;
    run.to = dx;
    run.x = x;
    run.dy = dy;
    if (memory->gradients[WEIGHT] != NULL)
        gt_team_run(memory->compute->team, add_gradients, &run, run.in, GT_LOOP_UNIT,
                    run.batch * run.in > GT_LOOP_WORTH);
    if (db != NULL && memory->keep == 0)
        *db = 0;
    for (int row = 0; row < batch && db != NULL; row++)
        *db += dy[row];
    if (dx != NULL)
        run_rows(carry_rows_back, &run);
}

static void tangent_projection(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                               const gt_layer_memory *memory) {
    struct projection run = run_of(layer, memory, batch);
    run.to = ty;
    run.x = tx;
    run_rows(project_rows, &run);
}

const gt_layer_kind gt_layer_projection = {
    .name = "projection",
    .help = "y = (w + e) x + b, one number; e: of CLASSES rows of numbers that of the class; takes "
            "train.conditional = yes",
    .arguments = {CLASSES_ARGUMENT},
    .takes_class = true,
    .shape = shape_projection,
    .forward = forward_projection,
    .backward = backward_projection,
    .tangent = tangent_projection,
};
