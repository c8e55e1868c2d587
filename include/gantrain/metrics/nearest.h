/* The nearest neighbours of vectors, and how far they are. */
#ifndef GANTRAIN_METRICS_NEAREST_H
#define GANTRAIN_METRICS_NEAREST_H

#include <stdbool.h>

#include "gantrain/metrics/distances.h"

/* Finds the k nearest references of each query, nearest first; of equally near ones the first.
 *
 *   squared   (queries, k)  squared distances, as exact as gt_distance_squared
 *   indices   (queries, k)  which reference
 *   is_same   true: queries and references are the same set, and no vector is its own neighbour
 *
 * The k are chosen by the distances of gt_distances_visit, so two references whose distances differ
 * by less than the rounding may change places. A thousand queries or more of many wide references
 * are compared by a few principal components first, which is several times as fast where these say
 * most of a vector, as of images of one kind; then the k are those of gt_distance_squared.
 *
 * Fails with GT_FAILED if there are fewer than k neighbours, and as gt_distances_visit does.
 * Memory: that of gt_distances_visit, and with many wide references 256 bytes a vector and at most
 * 19 MB: 36 MB for 5,000 and 60,000 images. */
gt_status gt_nearest_find(double *squared, uint32_t *indices, const gt_compute *compute,
                          const gt_vectors *queries, const gt_vectors *references, int k,
                          bool is_same, gt_error *error);

/* Sets squared (vectors.count) to each vector's squared distance to its k-th nearest neighbour
 * among the others. Errors: those of gt_nearest_find. */
gt_status gt_nearest_radii(double *squared, const gt_compute *compute, const gt_vectors *vectors,
                           int k, gt_error *error);

/* The median over queries of the distance (not squared) to the nearest reference: of samples to
 * training images it is near 0 if the samples are copies. The median of an even number of them is
 * the mean of the middle two. Errors: those of gt_nearest_find. */
gt_status gt_nearest_median(double *median, const gt_compute *compute, const gt_vectors *queries,
                            const gt_vectors *references, gt_error *error);

#endif
