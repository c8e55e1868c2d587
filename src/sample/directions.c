/* Directions: the first layer's weights w give the matrix w^T w, whose eigenvectors are the right
 * singular vectors of w. It is as small as z is long, whatever the layer's width. */
#include "gantrain/sample/directions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/eigen.h"

void gt_direction_set(gt_real *z, const gt_real *vector, double coordinate, int dim) {
    double now = 0;
    for (int i = 0; i < dim; i++)
        now += (double)z[i] * (double)vector[i];
    for (int i = 0; i < dim; i++)
        z[i] += (gt_real)((coordinate - now) * (double)vector[i]);
}

/* --- The first layer --- */

/* Weights of the first layer: number `row` of what goes out, number `column` of z. */
struct weights {
    const gt_real *values;
    int rows;
    size_t row_stride, column_stride;
};

/* A layer that hands on a vector as it is, with a class after it or without. */
static bool is_passive(const gt_layer *layer) {
    return layer->out.height == 1 && layer->out.width == 1 &&
           (layer->kind == &gt_layer_image || layer->kind == &gt_layer_flatten ||
            layer->kind == &gt_layer_dropout || layer->kind == &gt_layer_one_hot ||
            layer->kind == &gt_layer_embedding);
}

static const gt_network *find_generator(const gt_model *model) {
    for (int i = 0; i < model->trained_count; i++)
        if (model->trained[i].generates && model->trained[i].network->in == model->latent_dim)
            return model->trained[i].network;
    return NULL;
}

static gt_status find_weights(struct weights *weights, const gt_model *model, gt_error *error) {
    const gt_network *network = find_generator(model);
    int first = 0, inputs = model->latent_dim; /* of the first layer: z, then perhaps a class */
    *weights = (struct weights){0};
    if (network == NULL)
        return gt_error_set(error, GT_USAGE, "the model %s has no generator that takes z",
                            model->kind->name);
    while (is_passive(&network->layers[first]))
        inputs = network->layers[first++].out.channels;
    const gt_layer *layer = &network->layers[first];
    const gt_layer_tensor *weight = layer->tensors;
    bool is_drawn = layer->tensor_count > 0 && weight->drawn;
    if (is_drawn && gt_layer_tensor_columns(weight) == inputs) {
        weights->rows = weight->sizes[0];
        weights->row_stride = (size_t)inputs;
        weights->column_stride = 1;
    } else if (is_drawn && layer->kind == &gt_layer_deconv && weight->sizes[0] == inputs) {
        weights->rows = gt_layer_tensor_columns(weight);
        weights->row_stride = 1;
        weights->column_stride = (size_t)weights->rows;
    } else {
        return gt_error_set(error, GT_USAGE,
                            "the generator's first layer, '%s', does not take z as a vector: give "
                            "--components",
                            layer->kind->name);
    }
    gt_network_pass_tensor(&weights->values, network, first, 0);
    return GT_OK;
}

/* Adds w^T w of a row of weights to a matrix (dim, dim). */
static void add_product(double *matrix, double *row, const struct weights *weights, int number,
                        int dim) {
    const gt_real *values = weights->values + (size_t)number * weights->row_stride;
    for (int i = 0; i < dim; i++)
        row[i] = (double)values[(size_t)i * weights->column_stride];
    for (int i = 0; i < dim; i++)
        for (int k = 0; k < dim; k++)
            matrix[(size_t)i * (size_t)dim + (size_t)k] += row[i] * row[k];
}

/* matrix = map^T matrix, all (dim, dim); work (dim, dim) is room. */
static void multiply_by_map(double *matrix, const gt_real *map, double *work, size_t dim) {
    memcpy(work, matrix, dim * dim * sizeof *work);
    memset(matrix, 0, dim * dim * sizeof *matrix);
    for (size_t i = 0; i < dim; i++)
        for (size_t row = 0; row < dim; row++)
            for (size_t k = 0; k < dim; k++)
                matrix[row * dim + k] += (double)map[i * dim + row] * work[i * dim + k];
}

static void transpose(double *matrix, size_t dim) {
    for (size_t i = 0; i < dim; i++)
        for (size_t k = 0; k < i; k++) {
            double number = matrix[i * dim + k];
            matrix[i * dim + k] = matrix[k * dim + i];
            matrix[k * dim + i] = number;
        }
}

/* Where the first layer gets codes, a matrix times z, w^T w becomes (w map)^T (w map), a symmetric
 * matrix again. */
static gt_status follow_codes(double *matrix, gt_sampler *sampler, gt_error *error) {
    const size_t dim = (size_t)sampler->model.latent_dim;
    gt_real *map = malloc((dim + 1) * dim * sizeof *map);
    double *work = malloc(dim * dim * sizeof *work);
    gt_status status = map != NULL && work != NULL
                           ? GT_OK
                           : gt_error_set(error, GT_FAILED, "no memory for %zu directions", dim);
    if (status == GT_OK && gt_sampler_code_map(map, map + dim * dim, sampler))
        for (int side = 0; side < 2; side++) {
            multiply_by_map(matrix, map, work, dim);
            transpose(matrix, dim);
        }
    free(work);
    free(map);
    return status;
}

/* Copies an eigenvector with its largest component positive. */
static void copy_vector(gt_real *to, const double *from, int dim) {
    int largest = 0;
    for (int i = 1; i < dim; i++)
        if (fabs(from[i]) > fabs(from[largest]))
            largest = i;
    for (int i = 0; i < dim; i++)
        to[i] = (gt_real)(from[largest] < 0 ? -from[i] : from[i]);
}

static gt_status find_singular_vectors(gt_directions *directions, gt_sampler *sampler,
                                       gt_error *error) {
    struct weights weights;
    gt_status status = find_weights(&weights, &sampler->model, error);
    if (status != GT_OK)
        return status;
    const int dim = directions->count;
    const size_t square = (size_t)dim * (size_t)dim;
    double *matrix = calloc(square + 2 * (size_t)dim, sizeof *matrix);
    if (matrix == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for %d directions", dim);
    double *values = matrix + square, *row = values + dim;
    for (int i = 0; i < weights.rows; i++)
        add_product(matrix, row, &weights, i, dim);
    status = follow_codes(matrix, sampler, error);
    if (status == GT_OK && !eigen_decompose(values, matrix, dim))
        status = gt_error_set(error, GT_FAILED, "LAPACK finds no singular vectors of the weights");
    for (int i = 0; status == GT_OK && i < dim; i++) /* values rise */
        copy_vector(directions->vectors + (size_t)i * (size_t)dim,
                    matrix + (size_t)(dim - 1 - i) * (size_t)dim, dim);
    free(matrix);
    return status;
}

/* --- Rank --- */

/* A series of pairs of images: pair i is image i of the seed at -1 and 1 along the direction. */
struct trial {
    const gt_real
        *latents; /* (PAIRS, latent_dim), of the images: drawing costs more than a product */
    const gt_real *vector;
    int latent_dim;
    const gt_sampler *sampler;
    int label; /* of all of them: that of image 0, which is then shown */
};

enum { PAIRS = GT_SAMPLER_BATCH / 2 };

static void try_direction(void *context, gt_real *z, gt_real *condition, uint32_t index) {
    const struct trial *trial = context;
    const size_t latent_dim = (size_t)trial->latent_dim;
    memcpy(z, trial->latents + index / 2 * latent_dim, latent_dim * sizeof *z);
    gt_direction_set(z, trial->vector, index % 2 == 0 ? -1 : 1, trial->latent_dim);
    gt_sampler_condition(condition, trial->sampler, trial->label);
}

static double mean_change(const uint8_t *pairs, int count, size_t pixels) {
    double sum = 0;
    for (int pair = 0; pair < count; pair++, pairs += 2 * pixels)
        for (size_t i = 0; i < pixels; i++) {
            double change = (pairs[i] - pairs[pixels + i]) / 255.0;
            sum += change * change;
        }
    return sum / ((double)count * (double)pixels);
}

static int compare_directions(const void *a, const void *b) {
    const gt_direction *x = a, *y = b;
    return x->change != y->change ? (x->change < y->change) - (x->change > y->change)
                                  : x->number - y->number;
}

/* Compares images at both ends of each direction. images (GT_SAMPLER_BATCH, pixels) and latents
 * (PAIRS, latent_dim) are room to work in. */
static void compare(gt_directions *directions, gt_sampler *sampler, uint8_t *images,
                    gt_real *latents, uint64_t seed, const gt_data_observer *observer) {
    const size_t count = (size_t)directions->count;
    for (uint32_t i = 0; i < PAIRS; i++)
        gt_sampler_latent(latents + i * count, sampler, seed, i);
    for (int i = 0; i < directions->count; i++) {
        const gt_real *vector = directions->vectors + (size_t)i * count;
        struct trial trial = {latents, vector, directions->count, sampler,
                              gt_sampler_class(sampler, seed, 0)};
        gt_sampler_draw_from(images, sampler, try_direction, &trial, 0, GT_SAMPLER_BATCH);
        double change = mean_change(images, PAIRS, (size_t)sampler->pixels);
        directions->ranked[i] = (gt_direction){i, change, vector};
        if (observer != NULL && observer->progress != NULL)
            observer->progress(observer->context, "comparing directions", (uint64_t)i + 1, count);
    }
}

static gt_status rank(gt_directions *directions, gt_sampler *sampler, uint64_t seed,
                      const gt_data_observer *observer, gt_error *error) {
    const size_t count = (size_t)directions->count;
    uint8_t *images = malloc((size_t)GT_SAMPLER_BATCH * (size_t)sampler->pixels);
    gt_real *latents = malloc(PAIRS * count * sizeof *latents);
    gt_status status = images != NULL && latents != NULL
                           ? GT_OK
                           : gt_error_set(error, GT_FAILED, "no memory to compare directions");
    if (status == GT_OK) {
        compare(directions, sampler, images, latents, seed, observer);
        qsort(directions->ranked, count, sizeof *directions->ranked, compare_directions);
    }
    free(images);
    free(latents);
    return status;
}

gt_status gt_directions_find(gt_directions *directions, gt_sampler *sampler, gt_direction_kind kind,
                             uint64_t seed, const gt_data_observer *observer, gt_error *error) {
    if (gt_sampler_check_latent(sampler, error) != GT_OK)
        return error->status;
    const size_t count = (size_t)sampler->model.latent_dim;
    *directions = (gt_directions){.count = sampler->model.latent_dim,
                                  .vectors = calloc(count * count, sizeof(gt_real)),
                                  .ranked = calloc(count, sizeof(gt_direction))};
    gt_status status = directions->vectors != NULL && directions->ranked != NULL
                           ? GT_OK
                           : gt_error_set(error, GT_FAILED, "no memory for %zu directions", count);
    if (status == GT_OK && kind == GT_DIRECTIONS_OF_WEIGHTS)
        status = find_singular_vectors(directions, sampler, error);
    for (size_t i = 0; status == GT_OK && kind == GT_DIRECTIONS_COMPONENTS && i < count; i++)
        directions->vectors[i * count + i] = 1;
    if (status == GT_OK)
        status = rank(directions, sampler, seed, observer, error);
    if (status != GT_OK)
        gt_directions_free(directions);
    return status;
}

void gt_directions_free(gt_directions *directions) {
    free(directions->vectors);
    free(directions->ranked);
    *directions = (gt_directions){0};
}
