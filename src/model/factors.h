/* Factors of normal distributions, for gaussians.c: directions in which the pixels of a component
 * vary together. With loadings L (pixels, factors) and variances v,
 *
 *   x = m + L z + e,   z ~ N(0, I), e ~ N(0, v)
 *
 * so that the covariance is L L^T + v: a mixture of factor analysers (Ghahramani and Hinton 1996,
 * "The EM Algorithm for Mixtures of Factor Analyzers"), or, with a spherical v, of probabilistic
 * principal components (Tipping and Bishop 1999).
 *
 * Let M = I + L^T v^-1 L = C C^T (Cholesky) and s = C^-1 L^T v^-1 (x - m), the scores. Then
 *
 *   log N(x; m, L L^T + v) = log N(x; m, v) + |s|^2 / 2 - log det C
 *   z | x ~ N(C^-T s, M^-1),   so y = C^T z has mean s and covariance I
 *
 * and the M step is a linear regression of x on (y, 1). Scores are a product of nn/gemm.h, and so
 * are the sums of scores times images. */
#ifndef GANTRAIN_SRC_MODEL_FACTORS_H
#define GANTRAIN_SRC_MODEL_FACTORS_H

#include "gantrain/model/gaussians.h"

/* The functions of gaussians.h for what factors add to them. There must be factors. */
void factors_carve(gt_gaussians *gaussians, gt_arena *arena, int max_rows, bool to_fit);

/* After the centre is set: also adds to the constant of each component. */
void factors_refresh(gt_gaussians *gaussians);

/* Adds to log densities (rows, components), and sets the scores. */
void factors_expect(gt_real *log_densities, gt_gaussians *gaussians, const gt_compute *compute,
                    int rows);

void factors_begin_sums(gt_gaussians *gaussians);

/* With gaussians->shares; the scores are lost. */
void factors_add(gt_gaussians *gaussians, const gt_compute *compute, int rows);

/* Sums over processes what factors_add has summed. */
void factors_share_sums(gt_gaussians *gaussians, gt_processes *processes);

/* Sets mean, loading, and variances (pixels), which no floor limits yet, of a component. */
void factors_maximise(double *variances, gt_gaussians *gaussians, long component);

#endif
