/* Moments and the distance of two Gaussians, in double throughout: the distance is a small
 * difference of large traces. Its few small products are loops for that reason; those of nn/gemm.h
 * are in gt_real. */
#include "gantrain/metrics/frechet.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/eigen.h"
#include "gantrain/base/team.h"
#include "gantrain/nn/gemm.h"

/* Rows whose differences from the mean are made at a time, so that they stay in a cache. */
enum { BLOCK = 64 };

/* Moments on their way. */
struct taking {
    gt_team *team;
    gt_moments *moments;
    const gt_real *features;
    uint32_t count;
    double *centred; /* (count of a block, width) */
    int rows;
};

static void add_means(void *context, long first, long last) {
    const struct taking *taking = context;
    int width = taking->moments->width;
    double *mean = taking->moments->mean;
    for (uint32_t i = 0; i < taking->count; i++)
        for (long j = first; j < last; j++)
            mean[j] += (double)taking->features[(size_t)i * (size_t)width + (size_t)j];
    for (long j = first; j < last; j++)
        mean[j] /= taking->count;
}

/* Adds a block's products to rows first to last - 1 of the covariance: below its diagonal only. */
static void add_products(void *context, long first, long last) {
    const struct taking *taking = context;
    int width = taking->moments->width;
    for (long j = first; j < last; j++) {
        double *row = taking->moments->covariance + j * width;
        for (int i = 0; i < taking->rows; i++) {
            const double *x = taking->centred + (long)i * width;
            for (long k = 0; k <= j; k++)
                row[k] += x[j] * x[k];
        }
    }
}

static void add_covariances(struct taking *taking) {
    int width = taking->moments->width;
    for (uint32_t done = 0; done < taking->count; done += BLOCK) {
        taking->rows = taking->count - done < BLOCK ? (int)(taking->count - done) : BLOCK;
        const gt_real *from = taking->features + (size_t)done * (size_t)width;
        for (int i = 0; i < taking->rows; i++)
            for (int j = 0; j < width; j++)
                taking->centred[i * width + j] =
                    (double)from[i * width + j] - taking->moments->mean[j];
        gt_team_run(taking->team, add_products, taking, width, 1,
                    (long)taking->rows * width * width > GT_LOOP_WORTH);
    }
    double *covariance = taking->moments->covariance;
    for (int j = 0; j < width; j++)
        for (int k = 0; k <= j; k++) {
            covariance[j * width + k] /= (double)taking->count - 1;
            covariance[k * width + j] = covariance[j * width + k];
        }
}

gt_status gt_moments_take(gt_moments *moments, const gt_compute *compute, const gt_real *features,
                          uint32_t count, int width, gt_error *error) {
    assert(count >= 2 && width >= 1);
    size_t size = (size_t)width;
    *moments = (gt_moments){.width = width,
                            .mean = calloc(size, sizeof(double)),
                            .covariance = calloc(size * size, sizeof(double))};
    struct taking taking = {.team = compute->team,
                            .moments = moments,
                            .features = features,
                            .count = count,
                            .centred = calloc(BLOCK * size, sizeof(double))};
    if (moments->mean == NULL || moments->covariance == NULL || taking.centred == NULL) {
        free(taking.centred);
        gt_moments_free(moments);
        return gt_error_set(error, GT_FAILED, "no memory for the covariance of %d features", width);
    }
    gt_team_run(compute->team, add_means, &taking, width, GT_LOOP_UNIT,
                (long)count * width > GT_LOOP_WORTH);
    add_covariances(&taking);
    free(taking.centred);
    return GT_OK;
}

void gt_moments_free(gt_moments *moments) {
    free(moments->mean);
    free(moments->covariance);
    *moments = (gt_moments){0};
}

/* Sets c (size, size) to a b^T, of matrices of that size. */
static void multiply_transposed(double *c, const double *a, const double *b, int size) {
    for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++) {
            double sum = 0;
            for (int k = 0; k < size; k++)
                sum += a[i * size + k] * b[j * size + k];
            c[i * size + j] = sum;
        }
}

/* The trace of (A^1/2 B A^1/2)^1/2. With A = V^T L V that matrix has the eigenvalues of
 * R B R^T, R = L^1/2 V, whose roots are summed up. What rounding made negative is 0. Overwrites a;
 * spare and product are room for a matrix each. Negative: it failed. */
static double trace_of_root(double *a, const double *b, double *spare, double *product,
                            double *values, int size) {
    if (!eigen_decompose(values, a, size))
        return -1;
    for (int k = 0; k < size; k++) {
        double root = sqrt(fmax(values[k], 0));
        for (int j = 0; j < size; j++)
            a[k * size + j] *= root;
    }
    multiply_transposed(spare, a, b, size); /* b is symmetric: R B */
    multiply_transposed(product, spare, a, size);
    if (!eigen_decompose(values, product, size))
        return -1;
    double trace = 0;
    for (int k = 0; k < size; k++)
        trace += sqrt(fmax(values[k], 0));
    return trace;
}

gt_status gt_frechet_distance(double *distance, const gt_compute *compute, const gt_moments *a,
                              const gt_moments *b, gt_error *error) {
    (void)compute; /* only that it is open: LAPACK must not wake threads of its own */
    assert(a->width == b->width);
    int width = a->width;
    size_t size = (size_t)width * (size_t)width;
    double sum = 0;
    for (int j = 0; j < width; j++) {
        double difference = a->mean[j] - b->mean[j];
        sum +=
            difference * difference + a->covariance[j * width + j] + b->covariance[j * width + j];
    }
    if (!isfinite(sum)) /* then some number is not, or all are too large to go on with */
        return gt_error_set(
            error, GT_FAILED,
            "the Frechet distance cannot be taken: a feature is not a finite number");
    double *room = malloc((3 * size + (size_t)width) * sizeof *room);
    double trace = -1;
    if (room != NULL) {
        memcpy(room, a->covariance, size * sizeof *room);
        trace = trace_of_root(room, b->covariance, room + size, room + 2 * size, room + 3 * size,
                              width);
    }
    free(room);
    if (trace < 0)
        return gt_error_set(error, GT_FAILED,
                            "the Frechet distance cannot be taken: no memory for the roots of two "
                            "%d x %d matrices, or their eigenvalues did not converge",
                            width, width);
    *distance = fmax(sum - 2 * trace, 0);
    return GT_OK;
}
