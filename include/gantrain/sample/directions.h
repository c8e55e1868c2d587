/* Directions in latent space, ranked by how much they change images. */
#ifndef GANTRAIN_SAMPLE_DIRECTIONS_H
#define GANTRAIN_SAMPLE_DIRECTIONS_H

#include "gantrain/data/dataset.h"
#include "gantrain/sample/sampler.h"

/* Which directions. */
typedef enum gt_direction_kind {
    /* The right singular vectors of the weights of the generator's first layer, which pass most of
     * a step along z on to the layers after it (Shen and Zhou 2021, "Closed-form factorization of
     * latent semantics in GANs", arXiv 2007.06600, section 3.2). */
    GT_DIRECTIONS_OF_WEIGHTS,
    GT_DIRECTIONS_COMPONENTS /* single components of z */
} gt_direction_kind;

/* A direction and how much it changes images: the mean, over 32 latent vectors and all pixels in
 * [0, 1], of the squared change when z goes from -1 to 1 along it, which is a standard deviation to
 * either side. */
typedef struct gt_direction {
    int number; /* of the component; of the singular value, 0 the largest */
    double change;
    const gt_real *vector; /* (latent_dim), of length 1 */
} gt_direction;

/* As many as z has components. */
typedef struct gt_directions {
    int count;
    gt_real *vectors;     /* (count, count), owned: row i is direction number i */
    gt_direction *ranked; /* (count), owned: those that change images most first */
} gt_directions;

/* Finds the directions of a kind, and ranks them by images 0 to 31 of the series of a seed. A
 * singular vector's sign is free: its largest component is positive here.
 *
 *   observer  its progress is told how many directions are compared; NULL: nobody
 *
 * Fails with GT_USAGE for a model without a latent vector, and for GT_DIRECTIONS_OF_WEIGHTS if the
 * first layer does not take a vector; with GT_FAILED for want of memory, or if LAPACK finds no
 * solution. After a failure there is nothing to free. */
gt_status gt_directions_find(gt_directions *directions, gt_sampler *sampler, gt_direction_kind kind,
                             uint64_t seed, const gt_data_observer *observer, gt_error *error);

/* Frees what is owned. One that is {0} is left alone. */
void gt_directions_free(gt_directions *directions);

/* Sets the coordinate of z (dim) along a vector (dim) of length 1, and leaves what is at right
 * angles to it. */
void gt_direction_set(gt_real *z, const gt_real *vector, double coordinate, int dim);

#endif
