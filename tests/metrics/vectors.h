/* Sets of vectors for the tests of eval. */
#ifndef GANTRAIN_TESTS_METRICS_VECTORS_H
#define GANTRAIN_TESTS_METRICS_VECTORS_H

#include <stdlib.h>

#include "compute.h"
#include "gantrain/base/rng.h"
#include "gantrain/base/team.h"
#include "gantrain/metrics/distances.h"

/* Standard normal numbers around `offset`. Free with free_vectors. */
static inline gt_vectors make_reals(uint64_t seed, uint32_t count, int width, gt_real offset) {
    size_t total = (size_t)count * (size_t)width;
    gt_real *reals = malloc(total * sizeof *reals);
    gt_random_normal(reals, NULL, (gt_address){seed, GT_PURPOSE_PASS, 0, 0}, (int)count, width);
    for (size_t i = 0; i < total; i++)
        reals[i] += offset;
    return (gt_vectors){.reals = reals, .count = count, .width = width};
}

/* Bytes of all values. Free with free_vectors. */
static inline gt_vectors make_bytes(uint64_t seed, uint32_t count, int width) {
    size_t total = (size_t)count * (size_t)width;
    uint8_t *bytes = malloc(total);
    for (size_t i = 0; i < total; i++)
        bytes[i] =
            (uint8_t)gt_random_below((gt_address){seed, GT_PURPOSE_PASS, 0, 0}, (uint32_t)i, 256);
    return (gt_vectors){.bytes = bytes, .count = count, .width = width};
}

static inline void free_vectors(gt_vectors *vectors) {
    free((void *)vectors->reals);
    free((void *)vectors->bytes);
}

/* |a_i - b_j|^2 by the plainest loop there is. */
static inline double plain_distance(const gt_vectors *a, uint32_t i, const gt_vectors *b,
                                    uint32_t j) {
    double sum = 0;
    for (int k = 0; k < a->width; k++) {
        size_t x = (size_t)i * (size_t)a->width + (size_t)k;
        size_t w = (size_t)j * (size_t)b->width + (size_t)k;
        double left = a->reals != NULL ? (double)a->reals[x] : a->bytes[x] / 255.0;
        double right = b->reals != NULL ? (double)b->reals[w] : b->bytes[w] / 255.0;
        sum += (left - right) * (left - right);
    }
    return sum;
}

/* A group's setup: more threads than parts divide by evenly. */
static inline int set_team(void **state) {
    (void)state;
    use_threads(3);
    return 0;
}

#endif
