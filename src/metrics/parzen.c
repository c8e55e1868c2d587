/* log sum exp as it streams by: a query keeps its smallest distance so far, which carries the
 * largest term of every width, and per width the sum of all terms relative to that one. */
#include "gantrain/metrics/parzen.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/elementary.h"
#include "gantrain/base/team.h"
#include "metrics/sharing.h"

struct sums {
    int sigma_count;
    double scales[GT_PARZEN_SIGMAS]; /* 1 / (2 sigma^2) */
    gt_real *smallest;               /* (queries): squared distance */
    double *terms; /* (queries, sigma_count): sum of exp(-scale (distance - smallest)) */
};

/* Of the numbers and `smallest`. In lanes, because a minimum over floats is no reduction that every
 * compiler makes vector instructions of. */
static gt_real find_smallest(const gt_real *numbers, int count, gt_real smallest) {
    gt_real lanes[GT_LOOP_UNIT];
    int i = 0;
    for (int k = 0; k < GT_LOOP_UNIT; k++)
        lanes[k] = smallest;
    for (; i + GT_LOOP_UNIT <= count; i += GT_LOOP_UNIT)
        for (int k = 0; k < GT_LOOP_UNIT; k++)
            lanes[k] = numbers[i + k] < lanes[k] ? numbers[i + k] : lanes[k];
    for (int k = 0; k < GT_LOOP_UNIT; k++)
        smallest = lanes[k] < smallest ? lanes[k] : smallest;
    for (; i < count; i++)
        smallest = numbers[i] < smallest ? numbers[i] : smallest;
    return smallest;
}

static void add_rows(void *context, const gt_distances *block, long first, long last) {
    const struct sums *sums = context;
    for (long row = first; row < last; row++) {
        const gt_real *squared = block->squared + row * block->references;
        size_t query = (size_t)block->first_query + (size_t)row;
        double *terms = sums->terms + query * (size_t)sums->sigma_count;
        gt_real before = sums->smallest[query];
        gt_real smallest = find_smallest(squared, block->references, before);
        for (int k = 0; k < sums->sigma_count; k++) {
            gt_real scale = (gt_real)sums->scales[k], added = 0;
#pragma omp simd reduction(+ : added)
            for (int i = 0; i < block->references; i++)
                added += real_exp(scale * (smallest - squared[i]));
            if (smallest < before)
                terms[k] *= exp(sums->scales[k] * ((double)smallest - (double)before));
            terms[k] += (double)added;
        }
        sums->smallest[query] = smallest;
    }
}

static gt_status find(double *log_likelihoods, const gt_compute *compute, const gt_vectors *queries,
                      const gt_vectors *samples, const double *sigmas, int sigma_count,
                      gt_error *error) {
    const double pi = 3.14159265358979323846;
    size_t count = queries->count;
    struct sums sums = {.sigma_count = sigma_count, .terms = log_likelihoods};
    sums.smallest = malloc(count * sizeof *sums.smallest);
    if (sums.smallest == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for a Parzen estimate");
    for (int k = 0; k < sigma_count; k++)
        sums.scales[k] = 1 / (2 * sigmas[k] * sigmas[k]);
    for (size_t i = 0; i < count; i++)
        sums.smallest[i] = INFINITY;
    for (size_t i = 0; i < count * (size_t)sigma_count; i++)
        sums.terms[i] = 0;
    gt_status status = gt_distances_visit(compute, queries, samples, add_rows, &sums, error);
    for (size_t i = 0; status == GT_OK && i < count; i++)
        for (int k = 0; k < sigma_count; k++) {
            double *value = log_likelihoods + i * (size_t)sigma_count + (size_t)k;
            *value = log(*value) - sums.scales[k] * (double)sums.smallest[i] -
                     log((double)samples->count) - queries->width * log(sigmas[k] * sqrt(2 * pi));
        }
    free(sums.smallest);
    return status;
}

/* The blocks of a share. */
enum { QUERIES, SAMPLES, LOG_LIKELIHOODS };

gt_status parzen_share_work(const struct share *share, const gt_compute *compute, gt_rows rows,
                            gt_error *error) {
    const struct share_block *blocks = share->blocks;
    const gt_vectors all = share_block_vectors(&blocks[QUERIES]);
    const gt_vectors samples = share_block_vectors(&blocks[SAMPLES]);
    const gt_vectors queries = share_part(&all, rows);
    const int sigma_count = (int)share->integers[0];
    double *log_likelihoods =
        (double *)blocks[LOG_LIKELIHOODS].bytes + (size_t)rows.first * (size_t)sigma_count;
    return find(log_likelihoods, compute, &queries, &samples, share->numbers, sigma_count, error);
}

gt_status gt_parzen_log_likelihoods(double *log_likelihoods, const gt_compute *compute,
                                    const gt_vectors *queries, const gt_vectors *samples,
                                    const double *sigmas, int sigma_count, gt_error *error) {
    assert(sigma_count >= 1 && sigma_count <= GT_PARZEN_SIGMAS);
    if (!share_is_possible(compute, queries->count))
        return find(log_likelihoods, compute, queries, samples, sigmas, sigma_count, error);
    struct share share = {
        .kind = SHARE_PARZEN, .count = queries->count, .unit = 1, .integers = {sigma_count}};
    memcpy(share.numbers, sigmas, (size_t)sigma_count * sizeof *sigmas);
    share.blocks[QUERIES] = share_vectors(queries);
    share.blocks[SAMPLES] = share_vectors(samples);
    share.blocks[LOG_LIKELIHOODS] = share_result(
        log_likelihoods, (size_t)sigma_count * sizeof *log_likelihoods, queries->count);
    return share_out(&share, compute, error);
}

_Static_assert((int)GT_PARZEN_SIGMAS <= (int)SHARE_NUMBERS, "a share carries all widths");

/* Mean of every stride-th of the values. */
static double find_mean(const double *values, size_t stride, uint32_t count) {
    double sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += values[i * stride];
    return sum / count;
}

static gt_status choose_sigma(gt_parzen *estimate, double *values, const gt_compute *compute,
                              const gt_vectors *samples, const gt_vectors *validation,
                              gt_error *error) {
    gt_status status = gt_parzen_log_likelihoods(values, compute, validation, samples,
                                                 estimate->sigmas, GT_PARZEN_SIGMAS, error);
    if (status != GT_OK)
        return status;
    int best = 0;
    for (int k = 0; k < GT_PARZEN_SIGMAS; k++) {
        estimate->validation[k] = find_mean(values + k, GT_PARZEN_SIGMAS, validation->count);
        if (estimate->validation[k] > estimate->validation[best])
            best = k;
    }
    estimate->sigma = estimate->sigmas[best];
    return GT_OK;
}

gt_status gt_parzen_estimate(gt_parzen *estimate, const gt_compute *compute,
                             const gt_vectors *samples, const gt_vectors *validation,
                             const gt_vectors *tests, gt_error *error) {
    gt_vectors some = *validation;
    if (some.count > GT_PARZEN_VALIDATION)
        some.count = GT_PARZEN_VALIDATION;
    *estimate = (gt_parzen){0};
    for (int k = 0; k < GT_PARZEN_SIGMAS; k++)
        estimate->sigmas[k] = pow(10, (double)k / (GT_PARZEN_SIGMAS - 1) - 1);
    size_t tried = (size_t)some.count * GT_PARZEN_SIGMAS, count = tests->count;
    double *values = malloc((tried > count ? tried : count) * sizeof *values);
    if (values == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for a Parzen estimate");
    gt_status status = choose_sigma(estimate, values, compute, samples, &some, error);
    if (status == GT_OK)
        status =
            gt_parzen_log_likelihoods(values, compute, tests, samples, &estimate->sigma, 1, error);
    if (status == GT_OK) {
        double variance = 0;
        estimate->mean = find_mean(values, 1, tests->count);
        for (size_t i = 0; i < count; i++)
            variance += pow(values[i] - estimate->mean, 2) / (double)count;
        estimate->standard_error = sqrt(variance / (double)count);
    }
    free(values);
    return status;
}
