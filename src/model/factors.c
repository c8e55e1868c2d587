/* Factor analysis within each component. Small matrices are in double, row by row. */
#include "model/factors.h"

#include <math.h>
#include <string.h>

#include "gantrain/nn/gemm.h"
#include "model/cholesky.h"

void factors_carve(gt_gaussians *gaussians, gt_arena *arena, int max_rows, bool to_fit) {
    const size_t rows = (size_t)max_rows, pixels = (size_t)gaussians->pixels;
    const size_t components = (size_t)gaussians->components, factors = (size_t)gaussians->factors;
    const size_t all = components * factors, moments = (factors + 1) * (factors + 1);
    gt_factors *of = &gaussians->of_factors;
    of->x = gt_arena_take(arena, rows * pixels, sizeof(gt_real));
    of->projection = gt_arena_take(arena, all * pixels, sizeof(gt_real));
    of->offset = gt_arena_take(arena, all, sizeof(double));
    of->root = gt_arena_take(arena, all * factors, sizeof(double));
    of->scores = gt_arena_take(arena, rows * all, sizeof(gt_real));
    of->column = gt_arena_take(arena, factors + 1, sizeof(double));
    if (!to_fit)
        return;
    of->products = gt_arena_take(arena, all * pixels, sizeof(gt_real));
    of->sums = gt_arena_take(arena, all * pixels, sizeof(double));
    of->moments = gt_arena_take(arena, components * moments, sizeof(double));
}

/* --- E step --- */

/* Sets root to C of component k. */
static void find_root(double *root, const gt_gaussians *gaussians, long k) {
    const long factors = gaussians->factors, pixels = gaussians->pixels;
    const long variances = gt_gaussians_variances(gaussians);
    const gt_real *loading = gaussians->loading + k * factors * pixels;
    for (long a = 0; a < factors; a++)
        for (long b = 0; b <= a; b++) {
            double sum = a == b;
            for (long i = 0; i < pixels; i++)
                sum += (double)loading[a * pixels + i] * (double)loading[b * pixels + i] /
                       (double)gaussians->variance[k * variances + i % variances];
            root[a * factors + b] = sum;
        }
    cholesky_factor(root, factors, 0);
}

void factors_refresh(gt_gaussians *gaussians) {
    const long factors = gaussians->factors, pixels = gaussians->pixels;
    const long variances = gt_gaussians_variances(gaussians);
    gt_factors *of = &gaussians->of_factors;
    memset(of->offset, 0, (size_t)(gaussians->components * factors) * sizeof(double));
    for (long k = 0; k < gaussians->components; k++) {
        double *root = of->root + k * factors * factors;
        find_root(root, gaussians, k);
        for (long a = 0; a < factors; a++)
            gaussians->constant[k] -= log(root[a * factors + a]);
        for (long i = 0; i < pixels; i++) {
            double variance = (double)gaussians->variance[k * variances + i % variances];
            double mean = (double)gaussians->mean[k * pixels + i] - (double)gaussians->centre[i];
            for (long a = 0; a < factors; a++)
                of->column[a] =
                    (double)gaussians->loading[(k * factors + a) * pixels + i] / variance;
            cholesky_solve_down(of->column, root, factors);
            for (long a = 0; a < factors; a++) {
                of->projection[(k * factors + a) * pixels + i] = (gt_real)of->column[a];
                of->offset[k * factors + a] += of->column[a] * mean;
            }
        }
    }
}

void factors_expect(gt_real *log_densities, gt_gaussians *gaussians, const gt_compute *compute,
                    int rows) {
    const long components = gaussians->components, factors = gaussians->factors;
    const size_t image = (size_t)gaussians->pixels;
    gt_factors *of = &gaussians->of_factors;
    for (long row = 0; row < rows; row++)
        memcpy(of->x + row * gaussians->pixels, gaussians->statistics + row * 2 * gaussians->pixels,
               image * sizeof(gt_real));
    gt_gemm_forward(compute, of->scores, of->x, of->projection, NULL, (gt_epilogue){0}, rows,
                    gaussians->components * gaussians->factors, gaussians->pixels);
    for (long at = 0; at < rows * components; at++) {
        const double *offset = of->offset + at % components * factors;
        gt_real *scores = of->scores + at * factors;
        double square = 0;
        for (long a = 0; a < factors; a++) {
            double score = (double)scores[a] - offset[a];
            scores[a] = (gt_real)score;
            square += score * score;
        }
        log_densities[at] += (gt_real)(square / 2);
    }
}

/* --- M step --- */

void factors_begin_sums(gt_gaussians *gaussians) {
    const size_t all = (size_t)gaussians->components * (size_t)gaussians->factors;
    const size_t side = (size_t)gaussians->factors + 1;
    memset(gaussians->of_factors.sums, 0, all * (size_t)gaussians->pixels * sizeof(double));
    memset(gaussians->of_factors.moments, 0,
           (size_t)gaussians->components * side * side * sizeof(double));
}

/* Adds the share times (s, 1)(s, 1)^T + I of the factors, the lower triangle, and scales the scores
 * by the share. */
static void add_moments(double *moments, gt_real *scores, double share, long factors) {
    const long side = factors + 1;
    for (long a = 0; a < factors; a++) {
        const double scaled = share * (double)scores[a];
        for (long b = 0; b <= a; b++)
            moments[a * side + b] += scaled * (double)scores[b];
        moments[a * side + a] += share;
        moments[factors * side + a] += scaled;
    }
    moments[factors * side + factors] += share;
    for (long a = 0; a < factors; a++)
        scores[a] = (gt_real)(share * (double)scores[a]);
}

void factors_add(gt_gaussians *gaussians, const gt_compute *compute, int rows) {
    const long components = gaussians->components, factors = gaussians->factors;
    const long numbers = components * factors * gaussians->pixels;
    gt_factors *of = &gaussians->of_factors;
    for (long at = 0; at < rows * components; at++) {
        double *moments = of->moments + at % components * (factors + 1) * (factors + 1);
        add_moments(moments, of->scores + at * factors, (double)gaussians->shares[at], factors);
    }
    gt_gemm_weight_gradient(compute, of->products, of->scores, of->x, 0, rows,
                            gaussians->components * gaussians->factors, gaussians->pixels);
    for (long i = 0; i < numbers; i++)
        of->sums[i] += (double)of->products[i];
}

void factors_share_sums(gt_gaussians *gaussians, gt_processes *processes) {
    const size_t components = (size_t)gaussians->components, factors = (size_t)gaussians->factors;
    gt_factors *of = &gaussians->of_factors;
    gt_processes_sum(processes, of->sums, components * factors * (size_t)gaussians->pixels);
    gt_processes_sum(processes, of->moments, components * (factors + 1) * (factors + 1));
}

/* The regression of a pixel on (y, 1) has the weights w = moments^-1 sums, and leaves the variance
 * (sum of x^2 - w . sums) / count. In z, of which y is C^T z, the loading is L = W C^T. */
void factors_maximise(double *variances, gt_gaussians *gaussians, long component) {
    const long factors = gaussians->factors, side = factors + 1, pixels = gaussians->pixels;
    gt_factors *of = &gaussians->of_factors;
    const double *root = of->root + component * factors * factors;
    const double *sums = of->sums + component * factors * pixels;
    const double *of_x = gaussians->sums + component * 2 * pixels, *of_square = of_x + pixels;
    double *moments = of->moments + component * side * side, *w = of->column;
    cholesky_factor(moments, side, 0);
    for (long i = 0; i < pixels; i++) {
        double explained = 0;
        for (long a = 0; a < factors; a++)
            w[a] = sums[a * pixels + i];
        w[factors] = of_x[i];
        cholesky_solve_down(w, moments, side);
        for (long a = 0; a < side; a++) /* w . sums = |C^-1 sums|^2 */
            explained += w[a] * w[a];
        cholesky_solve_up(w, moments, side);
        variances[i] = (of_square[i] - explained) / gaussians->counts[component];
        gaussians->mean[component * pixels + i] =
            (gt_real)(w[factors] + (double)gaussians->centre[i]);
        for (long q = 0; q < factors; q++) {
            double sum = 0;
            for (long a = 0; a <= q; a++)
                sum += w[a] * root[q * factors + a];
            gaussians->loading[(component * factors + q) * pixels + i] = (gt_real)sum;
        }
    }
}
