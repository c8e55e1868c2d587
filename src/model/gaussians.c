/* Expectation and maximisation of normal distributions, on two products. */
#include "gantrain/model/gaussians.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "gantrain/nn/gemm.h"
#include "model/factors.h"

static const double log_2_pi = 1.8378770664093453;

void gt_gaussians_carve(gt_gaussians *gaussians, gt_arena *arena, int max_rows, bool to_fit) {
    const size_t rows = (size_t)max_rows, components = (size_t)gaussians->components;
    const size_t pixels = (size_t)gaussians->pixels;
    gaussians->max_rows = max_rows;
    gaussians->centre = gt_arena_take(arena, pixels, sizeof(gt_real));
    gaussians->natural = gt_arena_take(arena, components * 2 * pixels, sizeof(gt_real));
    gaussians->constant = gt_arena_take(arena, components, sizeof(double));
    gaussians->statistics = gt_arena_take(arena, rows * 2 * pixels, sizeof(gt_real));
    gaussians->shares = gt_arena_take(arena, rows * components, sizeof(gt_real));
    if (gaussians->factors > 0)
        factors_carve(gaussians, arena, max_rows, to_fit);
    if (!to_fit)
        return;
    gaussians->variances = gt_arena_take(arena, pixels, sizeof(double));
    gaussians->products = gt_arena_take(arena, components * 2 * pixels, sizeof(gt_real));
    gaussians->sums = gt_arena_take(arena, components * 2 * pixels, sizeof(double));
    gaussians->counts = gt_arena_take(arena, components, sizeof(double));
}

int gt_gaussians_variances(const gt_gaussians *gaussians) {
    return gaussians->is_spherical ? 1 : gaussians->pixels;
}

/* --- E step --- */

static void find_centre(gt_gaussians *gaussians) {
    const long pixels = gaussians->pixels;
    for (long i = 0; i < pixels; i++) {
        double sum = 0;
        for (long k = 0; k < gaussians->components; k++)
            sum += (double)gaussians->weight[k] * (double)gaussians->mean[k * pixels + i];
        gaussians->centre[i] = (gt_real)sum;
    }
}

void gt_gaussians_refresh(gt_gaussians *gaussians) {
    const long pixels = gaussians->pixels, variances = gt_gaussians_variances(gaussians);
    find_centre(gaussians);
    for (long k = 0; k < gaussians->components; k++) {
        gt_real *of_x = gaussians->natural + k * 2 * pixels, *of_square = of_x + pixels;
        double sum = (double)pixels * log_2_pi;
        for (long i = 0; i < pixels; i++) {
            double variance = (double)gaussians->variance[k * variances + i % variances];
            double mean = (double)gaussians->mean[k * pixels + i] - (double)gaussians->centre[i];
            of_x[i] = (gt_real)(mean / variance);
            of_square[i] = (gt_real)(-0.5 / variance);
            sum += log(variance) + mean * mean / variance;
        }
        gaussians->constant[k] = log((double)gaussians->weight[k]) - sum / 2;
    }
    if (gaussians->factors > 0)
        factors_refresh(gaussians);
}

static void set_statistics(gt_gaussians *gaussians, const gt_real *images, int rows) {
    const long pixels = gaussians->pixels;
    const gt_real *centre = gaussians->centre;
    for (long row = 0; row < rows; row++) {
        const gt_real *image = images + row * pixels;
        gt_real *x = gaussians->statistics + row * 2 * pixels, *square = x + pixels;
#pragma omp simd
        for (long i = 0; i < pixels; i++) {
            x[i] = image[i] - centre[i];
            square[i] = x[i] * x[i];
        }
    }
}

/* Turns the log densities of the components, but for their constants, into shares, and returns the
 * log of the sum of the densities. */
static double share_out(gt_real *shares, const double *constant, int components) {
    double largest = -INFINITY, sum = 0;
    for (int k = 0; k < components; k++)
        largest = fmax(largest, (double)shares[k] + constant[k]);
    for (int k = 0; k < components; k++) {
        double density = exp((double)shares[k] + constant[k] - largest);
        shares[k] = (gt_real)density;
        sum += density;
    }
    const gt_real scale = (gt_real)(1 / sum);
    for (int k = 0; k < components; k++)
        shares[k] *= scale;
    return largest + log(sum);
}

void gt_gaussians_expect(double *log_densities, gt_gaussians *gaussians, const gt_compute *compute,
                         const gt_real *images, int rows) {
    const int components = gaussians->components;
    assert(rows <= gaussians->max_rows && compute->precision == GT_FP32);
    set_statistics(gaussians, images, rows);
    gt_gemm_forward(compute, gaussians->shares, gaussians->statistics, gaussians->natural, NULL,
                    (gt_epilogue){0}, rows, components, 2 * gaussians->pixels);
    if (gaussians->factors > 0)
        factors_expect(gaussians->shares, gaussians, compute, rows);
    for (long row = 0; row < rows; row++)
        log_densities[row] =
            share_out(gaussians->shares + row * components, gaussians->constant, components);
}

/* --- M step --- */

void gt_gaussians_begin_sums(gt_gaussians *gaussians) {
    const size_t components = (size_t)gaussians->components, pixels = (size_t)gaussians->pixels;
    memset(gaussians->sums, 0, components * 2 * pixels * sizeof(double));
    memset(gaussians->counts, 0, components * sizeof(double));
    if (gaussians->factors > 0)
        factors_begin_sums(gaussians);
}

void gt_gaussians_add(gt_gaussians *gaussians, const gt_compute *compute, int rows) {
    const long components = gaussians->components, numbers = components * 2 * gaussians->pixels;
    gt_gemm_weight_gradient(compute, gaussians->products, gaussians->shares, gaussians->statistics,
                            0, rows, gaussians->components, 2 * gaussians->pixels);
    for (long i = 0; i < numbers; i++)
        gaussians->sums[i] += (double)gaussians->products[i];
    for (long row = 0; row < rows; row++)
        for (long k = 0; k < components; k++)
            gaussians->counts[k] += (double)gaussians->shares[row * components + k];
    if (gaussians->factors > 0)
        factors_add(gaussians, compute, rows);
}

void gt_gaussians_share_sums(gt_gaussians *gaussians, gt_processes *processes) {
    const size_t components = (size_t)gaussians->components, pixels = (size_t)gaussians->pixels;
    gt_processes_sum(processes, gaussians->sums, components * 2 * pixels);
    gt_processes_sum(processes, gaussians->counts, components);
    if (gaussians->factors > 0)
        factors_share_sums(gaussians, processes);
}

/* Sets the mean of component k, and variances (pixels), which no floor limits yet, from its
 * sums. */
static void find_moments(double *variances, gt_gaussians *gaussians, long k) {
    const long pixels = gaussians->pixels;
    const double *of_x = gaussians->sums + k * 2 * pixels, *of_square = of_x + pixels;
    const double count = gaussians->counts[k];
    for (long i = 0; i < pixels; i++) {
        double mean = of_x[i] / count;
        variances[i] = of_square[i] / count - mean * mean;
        gaussians->mean[k * pixels + i] = (gt_real)(mean + (double)gaussians->centre[i]);
    }
}

static void maximise_component(gt_gaussians *gaussians, long k) {
    const long pixels = gaussians->pixels;
    const double floor = gaussians->floor;
    double *variances = gaussians->variances, total = 0;
    if (gaussians->factors > 0)
        factors_maximise(variances, gaussians, k);
    else
        find_moments(variances, gaussians, k);
    for (long i = 0; i < pixels; i++) {
        if (!gaussians->is_spherical)
            gaussians->variance[k * pixels + i] = (gt_real)fmax(variances[i], floor);
        total += variances[i];
    }
    if (gaussians->is_spherical)
        gaussians->variance[k] = (gt_real)fmax(total / (double)pixels, floor);
}

void gt_gaussians_maximise(gt_gaussians *gaussians) {
    /* Below this, in images, sums are rounding. */
    static const double fewest = 1e-6;
    double all = 0;
    for (long k = 0; k < gaussians->components; k++)
        all += gaussians->counts[k];
    for (long k = 0; k < gaussians->components; k++) {
        bool is_empty = gaussians->counts[k] < fewest;
        gaussians->weight[k] = is_empty ? 0 : (gt_real)(gaussians->counts[k] / all);
        if (!is_empty)
            maximise_component(gaussians, k);
    }
    gt_gaussians_refresh(gaussians);
}
