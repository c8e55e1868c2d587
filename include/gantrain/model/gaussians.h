/* A weighted set of normal distributions, and the two steps by which it is fitted to images:
 * expectation-maximisation (Dempster, Laird and Rubin 1977, "Maximum Likelihood from Incomplete
 * Data via the EM Algorithm"; Bishop 2006, "Pattern Recognition and Machine Learning", section
 * 9.2).
 *
 * The log density of a component is linear in the statistics t(x) = (x, x^2) of an image:
 *
 *   log w_k + log N(x; m_k, v_k) = eta_k . t(x) + c_k,   eta_k = (m_k / v_k, -1 / (2 v_k))
 *
 * where v is a diagonal covariance. So the E step is a dense layer and a softmax, and the sums of
 * the M step are its weight gradient: both are products of nn/gemm.h. x is taken relative to the
 * mean of the set, so that a pixel that never changes adds nothing to cancel. Sums over
 * minibatches, and all that follows from them, are in double. */
#ifndef GANTRAIN_MODEL_GAUSSIANS_H
#define GANTRAIN_MODEL_GAUSSIANS_H

#include <stdbool.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/processes.h"
#include "gantrain/base/real.h"
#include "gantrain/nn/compute.h"

/* What factors add (src/model/factors.h); memory of gt_gaussians_carve. */
typedef struct gt_factors {
    gt_real *x;          /* (rows, pixels): relative to the mean of the set */
    gt_real *projection; /* (components, factors, pixels): from x to scores */
    double *offset;      /* (components, factors): scores of the component's mean */
    double *root;        /* (components, factors, factors): C */
    gt_real *scores;     /* (rows, components, factors) */
    double *column;      /* (factors + 1): of a small matrix */
    gt_real *products;   /* (components, factors, pixels): of one call; only to fit */
    double *sums;        /* the same over calls */
    double *moments;     /* (components, factors + 1, factors + 1), over calls */
} gt_factors;

typedef struct gt_gaussians {
    /* Set by the caller. */
    int components, pixels;
    bool is_spherical; /* one variance for all pixels of a component */
    int factors;       /* directions in which the pixels of a component vary together; 0: none */
    double floor;      /* of variances */

    /* What is fitted, in memory of the caller. */
    gt_real *weight;   /* (components) */
    gt_real *mean;     /* (components, pixels) */
    gt_real *variance; /* (components, pixels), or, if spherical, (components) */
    gt_real *loading;  /* (components, factors, pixels); NULL: no factors */

    /* Memory of gt_gaussians_carve. */
    int max_rows;
    gt_real *centre;     /* (pixels): the mean of the set */
    gt_real *natural;    /* (components, 2 pixels): eta */
    double *constant;    /* (components): c */
    gt_real *statistics; /* (rows, 2 pixels): t(x) */
    gt_real *shares;     /* (rows, components): of each component in each image */
    gt_real *products;   /* (components, 2 pixels): shares^T t(x) of one call; only to fit */
    double *sums;        /* the same over calls */
    double *counts;      /* (components): of images, over calls */
    double *variances;   /* (pixels): of one component */
    gt_factors of_factors;
} gt_gaussians;

/* Lays out memory for calls of up to max_rows images: once while measuring, once more to carve.
 * to_fit = false leaves out what only the M step needs. */
void gt_gaussians_carve(gt_gaussians *gaussians, gt_arena *arena, int max_rows, bool to_fit);

/* How many numbers `variance` holds for a component. */
int gt_gaussians_variances(const gt_gaussians *gaussians);

/* Recomputes what is derived from weight, mean and variance. Call it after they were changed by
 * other means than gt_gaussians_maximise. */
void gt_gaussians_refresh(gt_gaussians *gaussians);

/* The E step: sets log_densities (rows) to log p(x) in nats, and gaussians->shares to
 * w_k N(x; m_k, v_k) / p(x).
 *
 *   images  (rows, pixels)
 *
 * compute must be in fp32. Allocates nothing. */
void gt_gaussians_expect(double *log_densities, gt_gaussians *gaussians, const gt_compute *compute,
                         const gt_real *images, int rows);

/* The M step, in three parts: empty the sums; after each gt_gaussians_expect add its images; then
 * set weights, means and variances (of several processes each adds images of its own, and all share
 * their sums before that) to those that maximise the expected log-likelihood. A variance below the
 * floor becomes the floor, which is the best that is allowed. A component without images keeps its
 * mean and variance, with a weight of 0. */
void gt_gaussians_begin_sums(gt_gaussians *gaussians);
void gt_gaussians_add(gt_gaussians *gaussians, const gt_compute *compute, int rows);
void gt_gaussians_share_sums(gt_gaussians *gaussians, gt_processes *processes);
void gt_gaussians_maximise(gt_gaussians *gaussians);

#endif
