/* Products of a matrix of weights with vectors, on the team of threads; every sum has a fixed
 * order. */
#include "nn/spectral_norm.h"

#include <math.h>

#include "gantrain/base/team.h"
#include "nn/affine.h"

enum { FIRST_ITERATIONS = 15 }; /* as torch.nn.utils.parametrizations.spectral_norm begins */

static const double SMALLEST = 1e-12; /* of what is divided by */

/* Below this share of |w v| u^T w v tells that u and v belong to other weights: after an update it
 * is near 1, and between random vectors near 1 / sqrt(rows). */
static const double LEAST_FIT = 0.5;

void spectral_norm_shape(gt_layer *layer, int rows, int groups) {
    gt_layer_tensor *weight = &layer->tensors[AFFINE_WEIGHT];
    const size_t size = gt_layer_tensor_size(weight);
    layer->norm_groups = groups;
    layer->norm_rows = rows;
    layer->norm_columns = (int)(size / (size_t)rows);
    weight->name = "weight_orig";
    layer->tensor_count = SPECTRAL_NORM_V + 1;
    layer->tensors[SPECTRAL_NORM_U] =
        (gt_layer_tensor){.name = "weight_u", .rank = 1, .sizes = {rows}, .value = 1};
    layer->tensors[SPECTRAL_NORM_V] =
        (gt_layer_tensor){.name = "weight_v", .rank = 1, .sizes = {layer->norm_columns}};
}

void spectral_norm_carve(gt_network *network, gt_arena *arena, bool training) {
    size_t rows = 0;
    for (int i = 0; i < network->layer_count; i++) {
        const gt_layer *layer = &network->layers[i];
        const size_t size = (size_t)layer->norm_rows * (size_t)layer->norm_columns;
        if (size == 0)
            continue;
        network->normalised[i] = gt_arena_take(arena, size, sizeof(gt_real));
        if (training)
            network->dnormalised[i] = gt_arena_take(arena, size, sizeof(gt_real));
        rows = (size_t)layer->norm_rows > rows ? (size_t)layer->norm_rows : rows;
    }
    network->norm_rows = gt_arena_take(arena, rows, sizeof(gt_real));
}

/* A matrix (rows, columns), and the arguments of the loops over it. Columns are cut into groups: a
 * line, `inner` numbers of one row in one group, lies at w + (group rows + row) inner. */
struct matrix {
    gt_team *team;
    const gt_real *w;
    int groups, rows, inner;
    gt_real *u, *v, *normalised, *dnormalised, *work; /* work (rows) */
    double sigma;
    /* Of a loop: */
    gt_real *to;
    const gt_real *other; /* of as many columns */
    long other_row, other_group;
    gt_real share;
};

static struct matrix matrix_of(const gt_network *network, int index) {
    const gt_layer *layer = &network->layers[index];
    return (struct matrix){
        .team = network->compute->team,
        .w = gt_network_tensor(network, &layer->tensors[AFFINE_WEIGHT]),
        .groups = layer->norm_groups,
        .rows = layer->norm_rows,
        .inner = layer->norm_columns / layer->norm_groups,
        .u = gt_network_tensor(network, &layer->tensors[SPECTRAL_NORM_U]),
        .v = gt_network_tensor(network, &layer->tensors[SPECTRAL_NORM_V]),
        .normalised = network->normalised[index],
        .dnormalised = network->dnormalised[index],
        .work = network->norm_rows,
        .sigma = network->norms[index],
    };
}

static int columns_of(const struct matrix *matrix) {
    return matrix->groups * matrix->inner;
}

static void run(gt_loop_body body, struct matrix *matrix, long items, long unit) {
    const double size = (double)matrix->rows * columns_of(matrix);
    gt_team_run(matrix->team, body, matrix, items, unit, size > GT_LOOP_WORTH);
}

/* Of rows: to = the product of a row of w and a row of `other`. */
static void multiply_rows(void *context, long first, long last) {
    const struct matrix *matrix = context;
    for (long row = first; row < last; row++) {
        gt_real sum = 0;
        for (long group = 0; group < matrix->groups; group++) {
            const gt_real *a = matrix->w + (group * matrix->rows + row) * matrix->inner;
            const gt_real *b =
                matrix->other + group * matrix->other_group + row * matrix->other_row;
#pragma omp simd reduction(+ : sum)
            for (int i = 0; i < matrix->inner; i++)
                sum += a[i] * b[i];
        }
        matrix->to[row] = sum;
    }
}

/* Of columns: v = w^T u. */
static void multiply_columns(void *context, long first, long last) {
    const struct matrix *matrix = context;
    const long inner = matrix->inner;
    while (first < last) {
        const long group = first / inner, past = (group + 1) * inner;
        const long count = (past < last ? past : last) - first;
        const gt_real *line = matrix->w + group * matrix->rows * inner + first % inner;
        gt_real *v = matrix->v + first;
        for (long i = 0; i < count; i++)
            v[i] = 0;
        for (int row = 0; row < matrix->rows; row++, line += inner) {
            const gt_real u = matrix->u[row];
#pragma omp simd
            for (long i = 0; i < count; i++)
                v[i] += u * line[i];
        }
        first += count;
    }
}

/* Of numbers in memory. */
static void divide_by_norm(void *context, long first, long last) {
    const struct matrix *matrix = context;
    const gt_real *w = matrix->w;
    gt_real *normalised = matrix->normalised;
#pragma omp simd
    for (long i = first; i < last; i++)
        normalised[i] = w[i] * matrix->share;
}

/* Of lines: dw = (g - share u v^T) / sigma, where share = <g, w / sigma>. */
static void return_lines(void *context, long first, long last) {
    const struct matrix *matrix = context;
    const gt_real inverse = (gt_real)(1 / matrix->sigma);
    for (long line = first; line < last; line++) {
        const gt_real *g = matrix->dnormalised + line * matrix->inner;
        const gt_real *v = matrix->v + line / matrix->rows * matrix->inner;
        const gt_real share = matrix->share * matrix->u[line % matrix->rows];
        gt_real *dw = matrix->to + line * matrix->inner;
#pragma omp simd
        for (int i = 0; i < matrix->inner; i++)
            dw[i] = (g[i] - share * v[i]) * inverse;
    }
}

static double length_of(const gt_real *x, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

/* x divided by its length; 0 stays 0, and a NaN stays one. */
static void make_unit(gt_real *x, int count) {
    const double length = length_of(x, count);
    const gt_real scale = (gt_real)(1 / (length < SMALLEST ? SMALLEST : length));
    for (int i = 0; i < count; i++)
        x[i] *= scale;
}

static void multiply_by_v(gt_real *to, struct matrix *matrix) {
    matrix->to = to;
    matrix->other = matrix->v;
    matrix->other_row = 0;
    matrix->other_group = matrix->inner;
    run(multiply_rows, matrix, matrix->rows, 1);
}

static void iterate(struct matrix *matrix) {
    run(multiply_columns, matrix, columns_of(matrix), GT_LOOP_UNIT);
    make_unit(matrix->v, columns_of(matrix));
    multiply_by_v(matrix->u, matrix);
    make_unit(matrix->u, matrix->rows);
}

/* u^T w v, with w v in matrix->work. */
static double find_sigma(struct matrix *matrix) {
    double sigma = 0;
    multiply_by_v(matrix->work, matrix);
    for (int row = 0; row < matrix->rows; row++)
        sigma += (double)matrix->u[row] * (double)matrix->work[row];
    return sigma;
}

static void refresh(gt_network *network, int index) {
    struct matrix matrix = matrix_of(network, index);
    const long size = (long)matrix.rows * columns_of(&matrix);
    const double sigma = find_sigma(&matrix);
    network->norms[index] = sigma < SMALLEST ? SMALLEST : sigma;
    matrix.share = (gt_real)(1 / network->norms[index]);
    run(divide_by_norm, &matrix, size, GT_LOOP_UNIT);
    if (network->rounded != NULL)
        gt_bf16_round(network->rounded + network->layers[index].tensors[AFFINE_WEIGHT].offset,
                      matrix.normalised, size);
}

void spectral_norm_refresh(gt_network *network) {
    for (int i = 0; i < network->layer_count; i++)
        if (network->layers[i].norm_rows > 0)
            refresh(network, i);
}

void gt_network_fit_norms(gt_network *network) {
    for (int i = 0; i < network->layer_count; i++) {
        if (network->layers[i].norm_rows == 0)
            continue;
        struct matrix matrix = matrix_of(network, i);
        const double sigma = find_sigma(&matrix);
        if (sigma > LEAST_FIT * length_of(matrix.work, matrix.rows))
            continue;
        for (int row = 0; row < matrix.rows; row++)
            matrix.u[row] = network->layers[i].tensors[SPECTRAL_NORM_U].value;
        for (int k = 0; k < FIRST_ITERATIONS; k++)
            iterate(&matrix);
        refresh(network, i);
    }
}

void gt_network_updated(gt_network *network) {
    const double start = network->profile != NULL ? gt_profile_now() : 0;
    bool any = false;
    for (int i = 0; i < network->layer_count; i++) {
        if (network->layers[i].norm_rows == 0)
            continue;
        struct matrix matrix = matrix_of(network, i);
        iterate(&matrix);
        refresh(network, i);
        any = true;
    }
    if (any && network->profile != NULL)
        gt_profile_add(network->profile, "spectral_norm", start, 0);
}

void spectral_norm_return_gradients(gt_network *network) {
    for (int i = 0; i < network->layer_count; i++) {
        const gt_layer *layer = &network->layers[i];
        if (layer->norm_rows == 0)
            continue;
        struct matrix matrix = matrix_of(network, i);
        double share = 0;
        matrix.w = matrix.normalised;
        matrix.to = matrix.work;
        matrix.other = matrix.dnormalised;
        matrix.other_row = matrix.inner;
        matrix.other_group = (long)matrix.rows * matrix.inner;
        run(multiply_rows, &matrix, matrix.rows, 1);
        for (int row = 0; row < matrix.rows; row++)
            share += (double)matrix.work[row];
        matrix.share = (gt_real)share;
        matrix.to = network->gradients + layer->tensors[AFFINE_WEIGHT].offset;
        run(return_lines, &matrix, (long)matrix.groups * matrix.rows, 1);
    }
}
