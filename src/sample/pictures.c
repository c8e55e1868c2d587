/* Every picture is a function from the number of a cell to the latent vector of its image. */
#include "gantrain/sample/pictures.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/files/grid.h"
#include "gantrain/metrics/nearest.h"

/* Gets the memory for a picture's images, once they are known to fit into a picture. */
static gt_status begin(uint8_t **images, const gt_picture *picture, uint64_t count,
                       gt_error *error) {
    const gt_sampler *sampler = picture->sampler;
    *images = NULL;
    /* More than 2^32 are too many for any picture, and so are 2^32 - 1. */
    gt_status status =
        gt_grid_check(picture->path, count < UINT32_MAX ? (uint32_t)count : UINT32_MAX,
                      picture->columns, sampler->shape, error);
    if (status != GT_OK)
        return status;
    *images = malloc((size_t)count * (size_t)sampler->pixels);
    if (*images == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for %" PRIu64 " images in one picture",
                            picture->path, count);
    return GT_OK;
}

static uint64_t cells(const gt_picture *picture) {
    return (uint64_t)picture->rows * (uint64_t)picture->columns;
}

gt_status gt_picture_samples(const gt_picture *picture, uint32_t count, gt_error *error) {
    uint8_t *images;
    gt_status status = begin(&images, picture, count, error);
    if (status == GT_OK) {
        gt_sampler_draw(images, picture->sampler, picture->seed, 0, count);
        status = gt_grid_write(picture->path, images, count, picture->columns,
                               picture->sampler->shape, picture->sampler->compute.stop, error);
    }
    free(images);
    return status;
}

/* --- Nearest training images --- */

/* Moves rows of samples to their places in the picture, and appends a neighbour to each. */
static void place_neighbours(uint8_t *images, int rows, int columns, const gt_neighbour *neighbours,
                             const gt_dataset *dataset) {
    size_t pixels = (size_t)dataset->pixels, stride = (size_t)columns * pixels;
    for (int row = rows; row-- > 0;) {
        uint8_t *to = images + (size_t)row * stride;
        memmove(to, images + (size_t)row * (stride - pixels), stride - pixels);
        memcpy(to + stride - pixels, dataset->images + neighbours[row].image * pixels, pixels);
    }
}

/* The neighbours of samples, of which there are columns - 1 to a row. */
static gt_status find_neighbours(gt_neighbour *neighbours, const uint8_t *samples, int rows,
                                 int columns, const gt_compute *compute, const gt_dataset *dataset,
                                 gt_error *error) {
    size_t count = (size_t)rows, pixels = (size_t)dataset->pixels;
    uint8_t *asked = malloc(count * pixels);
    double *squared = malloc(count * sizeof *squared);
    uint32_t *found = malloc(count * sizeof *found);
    gt_status status = asked != NULL && squared != NULL && found != NULL
                           ? GT_OK
                           : gt_error_set(error, GT_FAILED, "no memory for %zu neighbours", count);
    for (size_t row = 0; status == GT_OK && row < count; row++) {
        neighbours[row].sample = (uint32_t)((row + 1) * (size_t)(columns - 1) - 1);
        memcpy(asked + row * pixels, samples + neighbours[row].sample * pixels, pixels);
    }
    gt_vectors queries = {.bytes = asked, .count = (uint32_t)rows, .width = dataset->pixels};
    gt_vectors references = {
        .bytes = dataset->images, .count = dataset->count, .width = dataset->pixels};
    if (status == GT_OK)
        status = gt_nearest_find(squared, found, compute, &queries, &references, 1, false, error);
    for (size_t row = 0; status == GT_OK && row < count; row++) {
        neighbours[row].image = found[row];
        neighbours[row].distance = sqrt(squared[row]);
    }
    free(asked);
    free(squared);
    free(found);
    return status;
}

gt_status gt_picture_place_nearest(gt_neighbour *neighbours, uint8_t *cells, int rows, int columns,
                                   const gt_compute *compute, const gt_dataset *dataset,
                                   gt_error *error) {
    assert(columns >= 2);
    gt_status status = find_neighbours(neighbours, cells, rows, columns, compute, dataset, error);
    if (status == GT_OK)
        place_neighbours(cells, rows, columns, neighbours, dataset);
    return status;
}

gt_status gt_picture_nearest(gt_neighbour *neighbours, const gt_picture *picture,
                             const gt_compute *compute, const gt_dataset *dataset,
                             gt_error *error) {
    const gt_sampler *sampler = picture->sampler;
    uint8_t *images;
    assert(picture->columns >= 2);
    if (dataset->points != NULL || !gt_shape_equal(dataset->shape, sampler->shape)) {
        char of_data[GT_SHAPE_TEXT], of_generator[GT_SHAPE_TEXT];
        return gt_error_set(error, GT_FAILED,
                            "the data set's images are %s and the generator's %s: it was not "
                            "trained on these",
                            gt_shape_format_image(of_data, dataset->shape),
                            gt_shape_format_image(of_generator, sampler->shape));
    }
    gt_status status = begin(&images, picture, cells(picture), error);
    if (status == GT_OK) {
        gt_sampler_draw(images, picture->sampler, picture->seed, 0,
                        (uint32_t)(cells(picture) - (uint64_t)picture->rows));
        status = gt_picture_place_nearest(neighbours, images, picture->rows, picture->columns,
                                          compute, dataset, error);
    }
    if (status == GT_OK)
        status =
            gt_grid_write_marked(picture->path, images, (uint32_t)cells(picture), picture->columns,
                                 sampler->shape, sampler->compute.stop, error);
    free(images);
    return status;
}

/* --- Paths --- */

static void go_straight(gt_real *z, const gt_real *a, const gt_real *b, double part,
                        int latent_dim) {
    for (int i = 0; i < latent_dim; i++)
        z[i] = (gt_real)((1 - part) * (double)a[i] + part * (double)b[i]);
}

/* z = (sin((1 - t) angle) a + sin(t angle) b) / sin angle, with the angle between a and b (Shoemake
 * 1985). */
static void go_round(gt_real *z, const gt_real *a, const gt_real *b, double part, int latent_dim) {
    double a_square = 0, b_square = 0, product = 0;
    for (int i = 0; i < latent_dim; i++) {
        a_square += (double)a[i] * (double)a[i];
        b_square += (double)b[i] * (double)b[i];
        product += (double)a[i] * (double)b[i];
    }
    double cosine = product / sqrt(a_square * b_square);
    double sine = sqrt(fmax(0, 1 - cosine * cosine));
    if (!(sine > 1e-6)) { /* in line with the origin there is no circle, or too many */
        go_straight(z, a, b, part, latent_dim);
        return;
    }
    double angle = acos(cosine);
    double of_a = sin((1 - part) * angle) / sine, of_b = sin(part * angle) / sine;
    for (int i = 0; i < latent_dim; i++)
        z[i] = (gt_real)(of_a * (double)a[i] + of_b * (double)b[i]);
}

enum { LINE, CIRCLE, PATH_COUNT };

static const gt_path paths[PATH_COUNT] = {
    [LINE] = {"line", go_straight},
    [CIRCLE] = {"circle", go_round},
};

const gt_path *gt_path_at(int index) {
    return index < PATH_COUNT ? &paths[index] : NULL;
}

const gt_path *gt_path_find(const char *name) {
    for (int i = 0; i < PATH_COUNT; i++)
        if (strcmp(paths[i].name, name) == 0)
            return &paths[i];
    return NULL;
}

const gt_path *gt_path_of_prior(const gt_prior *prior) {
    return &paths[prior->is_round ? CIRCLE : LINE];
}

struct journey {
    const gt_picture *picture;
    const gt_path *path;
    int last_class;
    gt_real *end; /* (latent_dim) */
};

static void travel(void *context, gt_real *z, gt_real *condition, uint32_t index) {
    const struct journey *journey = context;
    const gt_picture *picture = journey->picture;
    uint32_t columns = (uint32_t)picture->columns, row = index / columns;
    double part = (double)(index % columns) / (double)(columns - 1);
    gt_sampler_latent(z, picture->sampler, picture->seed, 2 * row);
    gt_sampler_latent(journey->end, picture->sampler, picture->seed, 2 * row + 1);
    journey->path->go(z, z, journey->end, part, picture->sampler->model.latent_dim);
    int last = journey->last_class;
    if (last == GT_CLASS_DRAWN)
        last = gt_sampler_class(picture->sampler, picture->seed, 2 * row + 1);
    gt_sampler_mix(condition, picture->sampler,
                   gt_sampler_class(picture->sampler, picture->seed, 2 * row), last, part);
}

/* Writes a picture whose cells are the images of a source. */
static gt_status write_source(const gt_picture *picture, gt_latent_source source, void *context,
                              gt_error *error) {
    uint8_t *images;
    gt_status status = begin(&images, picture, cells(picture), error);
    if (status == GT_OK) {
        gt_sampler_draw_from(images, picture->sampler, source, context, 0,
                             (uint32_t)cells(picture));
        status = gt_grid_write(picture->path, images, (uint32_t)cells(picture), picture->columns,
                               picture->sampler->shape, picture->sampler->compute.stop, error);
    }
    free(images);
    return status;
}

gt_status gt_picture_interpolate(const gt_picture *picture, const gt_path *path, int last_class,
                                 gt_error *error) {
    assert(picture->columns >= 2);
    if (gt_sampler_check_latent(picture->sampler, error) != GT_OK)
        return error->status;
    struct journey journey = {picture, path, last_class, NULL};
    journey.end = malloc((size_t)picture->sampler->model.latent_dim * sizeof(gt_real));
    gt_status status = journey.end != NULL ? write_source(picture, travel, &journey, error)
                                           : gt_error_set(error, GT_FAILED, "no memory");
    free(journey.end);
    return status;
}

/* --- Directions --- */

struct traverse {
    const gt_picture *picture;
    const gt_directions *directions;
};

static void move_along(void *context, gt_real *z, gt_real *condition, uint32_t index) {
    const struct traverse *traverse = context;
    const gt_picture *picture = traverse->picture;
    const gt_model *model = &picture->sampler->model;
    uint32_t columns = (uint32_t)picture->columns;
    double part = (double)(index % columns) / (double)(columns - 1);
    gt_sampler_latent(z, picture->sampler, picture->seed, 0);
    gt_sampler_condition(condition, picture->sampler,
                         gt_sampler_class(picture->sampler, picture->seed, 0));
    gt_direction_set(z, traverse->directions->ranked[index / columns].vector,
                     (double)model->prior->reach * (2 * part - 1), model->latent_dim);
}

gt_status gt_picture_traverse(const gt_picture *picture, const gt_directions *directions,
                              gt_error *error) {
    struct traverse traverse = {picture, directions};
    assert(picture->columns >= 2);
    if (picture->rows > directions->count)
        return gt_error_set(error, GT_USAGE,
                            "%d rows are too many: the generator has a latent_dim of %d; give "
                            "--rows %d or fewer",
                            picture->rows, directions->count, directions->count);
    return write_source(picture, move_along, &traverse, error);
}

/* --- The plane --- */

bool gt_plane_exists(const gt_model *model) {
    return model->latent_dim == 2 && !model->kind->lacks_latent_vector;
}

void gt_plane_latent(gt_real *z, const gt_prior *prior, uint32_t index, int rows, int columns) {
    const uint32_t column = index % (uint32_t)columns, row = index / (uint32_t)columns;
    z[0] = (gt_real)prior->quantile((column + 0.5) / columns);
    z[1] = (gt_real)prior->quantile(1 - (row + 0.5) / rows);
}

static void place_on_plane(void *context, gt_real *z, gt_real *condition, uint32_t index) {
    const gt_picture *picture = context;
    const gt_sampler *sampler = picture->sampler;
    gt_plane_latent(z, sampler->model.prior, index, picture->rows, picture->columns);
    gt_sampler_condition(condition, sampler,
                         sampler->chosen_class >= 0 ? sampler->chosen_class : 0);
}

gt_status gt_picture_plane(const gt_picture *picture, gt_error *error) {
    gt_picture context = *picture;
    const gt_model *model = &picture->sampler->model;
    if (gt_sampler_check_latent(picture->sampler, error) != GT_OK)
        return error->status;
    if (!gt_plane_exists(model))
        return gt_error_set(error, GT_USAGE,
                            "the generator has a latent_dim of %d, which makes no plane: train one "
                            "with generator.latent_dim = 2, or draw directions with gantrain "
                            "traverse",
                            model->latent_dim);
    return write_source(picture, place_on_plane, &context, error);
}
