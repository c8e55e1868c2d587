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
    const gt_real *scale; /* (latent_dim), by which z is multiplied before it; NULL: 1 */
};

/* A layer that hands on a vector as it is. */
static bool is_passive(const gt_layer *layer) {
    return layer->tensor_count == 0 && layer->out.height == 1 && layer->out.width == 1 &&
           (layer->kind == &gt_layer_image || layer->kind == &gt_layer_flatten ||
            layer->kind == &gt_layer_dropout);
}

/* An autoencoder multiplies z by the deviations of its codes. */
static const gt_real *find_scale(const gt_model *model) {
    for (int i = 0; i < model->tensor_count; i++)
        if (strcmp(model->tensors[i].name, "codes.deviation") == 0)
            return *model->tensors[i].values;
    return NULL;
}

static const gt_network *find_generator(const gt_model *model) {
    for (int i = 0; i < model->trained_count; i++)
        if (model->trained[i].generates && model->trained[i].network->in == model->latent_dim)
            return model->trained[i].network;
    return NULL;
}

static gt_status find_weights(struct weights *weights, const gt_model *model, gt_error *error) {
    const gt_network *network = find_generator(model);
    const int latent_dim = model->latent_dim;
    int first = 0;
    *weights = (struct weights){.scale = find_scale(model)};
    if (network == NULL)
        return gt_error_set(error, GT_USAGE, "the model %s has no generator that takes z",
                            model->kind->name);
    while (is_passive(&network->layers[first]))
        first++;
    const gt_layer *layer = &network->layers[first];
    const gt_layer_tensor *weight = layer->tensors;
    bool is_drawn = layer->tensor_count > 0 && weight->drawn;
    if (is_drawn && gt_layer_tensor_columns(weight) == latent_dim) {
        weights->rows = weight->sizes[0];
        weights->row_stride = (size_t)latent_dim;
        weights->column_stride = 1;
    } else if (is_drawn && layer->kind == &gt_layer_deconv && weight->sizes[0] == latent_dim) {
        weights->rows = gt_layer_tensor_columns(weight);
        weights->row_stride = 1;
        weights->column_stride = (size_t)weights->rows;
    } else {
        return gt_error_set(error, GT_USAGE,
                            "the generator's first layer, '%s', does not take z as a vector: give "
                            "--components",
                            layer->kind->name);
    }
    weights->values = gt_network_tensor(network, weight);
    return GT_OK;
}

/* Adds w^T w of a row of weights to a matrix (dim, dim). */
static void add_product(double *matrix, double *row, const struct weights *weights, int number,
                        int dim) {
    const gt_real *values = weights->values + (size_t)number * weights->row_stride;
    for (int i = 0; i < dim; i++) {
        row[i] = (double)values[(size_t)i * weights->column_stride];
        if (weights->scale != NULL)
            row[i] *= (double)weights->scale[i];
    }
    for (int i = 0; i < dim; i++)
        for (int k = 0; k < dim; k++)
            matrix[(size_t)i * (size_t)dim + (size_t)k] += row[i] * row[k];
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

static gt_status find_singular_vectors(gt_directions *directions, const gt_model *model,
                                       gt_error *error) {
    struct weights weights;
    gt_status status = find_weights(&weights, model, error);
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
    if (!eigen_decompose(values, matrix, dim))
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
    const gt_real *latents; /* (GT_SAMPLER_BATCH / 2, dim) of the images: drawn once, since drawing
                               costs more than the product with the first layer */
    const gt_real *vector;
    int dim;
};

static void try_direction(void *context, gt_real *z, uint32_t index) {
    const struct trial *trial = context;
    size_t dim = (size_t)trial->dim;
    memcpy(z, trial->latents + index / 2 * dim, dim * sizeof *z);
    gt_direction_set(z, trial->vector, index % 2 == 0 ? -1 : 1, trial->dim);
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

static gt_status rank(gt_directions *directions, gt_sampler *sampler, uint64_t seed,
                      const gt_data_observer *observer, gt_error *error) {
    const int dim = directions->count, pairs = GT_SAMPLER_BATCH / 2;
    uint8_t *images = malloc((size_t)GT_SAMPLER_BATCH * (size_t)sampler->pixels);
    gt_real *latents = malloc((size_t)pairs * (size_t)dim * sizeof *latents);
    bool has_memory = images != NULL && latents != NULL;
    for (uint32_t i = 0; has_memory && i < (uint32_t)pairs; i++)
        gt_sampler_latent(latents + (size_t)i * (size_t)dim, sampler, seed, i);
    for (int i = 0; has_memory && i < dim; i++) {
        struct trial trial = {latents, directions->vectors + (size_t)i * (size_t)dim, dim};
        gt_sampler_draw_from(images, sampler, try_direction, &trial, 0, GT_SAMPLER_BATCH);
        double change = mean_change(images, pairs, (size_t)sampler->pixels);
        directions->ranked[i] = (gt_direction){i, change, trial.vector};
        if (observer != NULL && observer->progress != NULL)
            observer->progress(observer->context, "comparing directions", (uint64_t)i + 1,
                               (uint64_t)dim);
    }
    qsort(directions->ranked, (size_t)dim, sizeof *directions->ranked, compare_directions);
    free(latents);
    free(images);
    return has_memory ? GT_OK : gt_error_set(error, GT_FAILED, "no memory to compare directions");
}

gt_status gt_directions_find(gt_directions *directions, gt_sampler *sampler, gt_direction_kind kind,
                             uint64_t seed, const gt_data_observer *observer, gt_error *error) {
    *directions = (gt_directions){0};
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
        status = find_singular_vectors(directions, &sampler->model, error);
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
