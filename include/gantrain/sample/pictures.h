/* Pictures that show what a generator has learned, as PNG grids: samples; samples next to the
 * nearest training images (figure 2 of Goodfellow et al. 2014, arXiv 1406.2661), paths through
 * latent space (figure 3 there), the effect of directions in it, and all of one that is a plane.
 *
 * All but the last start from images of the series of a seed, as gt_sampler_draw draws it. */
#ifndef GANTRAIN_SAMPLE_PICTURES_H
#define GANTRAIN_SAMPLE_PICTURES_H

#include "gantrain/data/dataset.h"
#include "gantrain/nn/gemm.h"
#include "gantrain/sample/directions.h"

/* Where a picture goes and what of. Errors of all pictures: those of gt_grid_write, and no
 * memory. */
typedef struct gt_picture {
    const char *path; /* of the PNG */
    gt_sampler *sampler;
    uint64_t seed;
    int rows, columns; /* images */
} gt_picture;

/* Images 0 to count - 1 of the series, columns to a row; picture->rows is not read. */
gt_status gt_picture_samples(const gt_picture *picture, uint32_t count, gt_error *error);

/* The training image nearest to a sample. */
typedef struct gt_neighbour {
    uint32_t sample; /* number in the series */
    uint32_t image;  /* number in the data set */
    double distance; /* Euclidean, pixels in [0, 1] */
} gt_neighbour;

/* Samples, and in a marked last column the training image nearest to the last sample of the row:
 * a model that had memorised images would show the same image twice.
 *
 *   neighbours  (rows)   set
 *   compute              in fp32
 *   columns of picture    of samples and of training images together: at least 2
 *
 * Fails with GT_FAILED too if the data set's images are of another size than the generator's. */
gt_status gt_picture_nearest(gt_neighbour *neighbours, const gt_picture *picture,
                             const gt_compute *compute, const gt_dataset *dataset, gt_error *error);

/* Makes the cells of such a picture from samples that were drawn elsewhere.
 *
 *   neighbours  (rows)  set
 *   cells       (rows columns, shape)  holds rows (columns - 1) samples of the data set's shape,
 *               and becomes the cells of the picture, row by row
 *   compute     in fp32 */
gt_status gt_picture_place_nearest(gt_neighbour *neighbours, uint8_t *cells, int rows, int columns,
                                   const gt_compute *compute, const gt_dataset *dataset,
                                   gt_error *error);

/* A path from one latent vector to another. A row of a table. */
typedef struct gt_path {
    const char *name; /* "line", or "circle": a great circle */
    /* Sets z (latent_dim) to the point at `part` of the way from a to b, 0 to 1; z may be a. */
    void (*go)(gt_real *z, const gt_real *a, const gt_real *b, double part, int latent_dim);
} gt_path;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL; the row whose points
 * stay likely under a prior. Where likelihood depends on the length alone, as for the normal prior,
 * that is a great circle: nearly all vectors of many components have the same length, and the
 * middle of a straight line is shorter by a factor of sqrt 2. A line between points of a cube stays
 * in the cube. */
const gt_path *gt_path_at(int index);
const gt_path *gt_path_find(const char *name);
const gt_path *gt_path_of_prior(const gt_prior *prior);

/* Row r goes in equal steps from image 2 r to image 2 r + 1 of the series, both shown. At least 2
 * columns. Between classes conditions are mixed in the same steps.
 *
 *   last_class  of the last column, in a conditional model; GT_CLASS_DRAWN: the class that image
 *               2 r + 1 has */
gt_status gt_picture_interpolate(const gt_picture *picture, const gt_path *path, int last_class,
                                 gt_error *error);

/* A row for each of the directions that change images most, the strongest first: image 0 of the
 * series with its coordinate along this direction going from -reach to reach of the prior. At least
 * 2 columns; as many rows as there are directions at most, or GT_USAGE. */
gt_status gt_picture_traverse(const gt_picture *picture, const gt_directions *directions,
                              gt_error *error);

/* Whether a model's latent space is a plane: z has two components. */
bool gt_plane_exists(const gt_model *model);

/* Sets z (2) to the place of cell `index` of such a picture: component 0 grows to the right and
 * component 1 upwards, as on a plot. Each cell has the middle, by probability, of a part of the
 * plane into which as many samples fall as into any other (Kingma and Welling 2014, "Auto-encoding
 * variational Bayes", arXiv 1312.6114, appendix A). */
void gt_plane_latent(gt_real *z, const gt_prior *prior, uint32_t index, int rows, int columns);

/* A latent space of two components: an image at every place of it. In a conditional model they are
 * of sampler->chosen_class, and of class 0 if it is none. picture->seed is not read. Fails with
 * GT_USAGE if the latent space is no plane. */
gt_status gt_picture_plane(const gt_picture *picture, gt_error *error);

#endif
