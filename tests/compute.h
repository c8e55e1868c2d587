/* The compute that the networks of a test run on: OpenBLAS, in fp32, or in double for gradient
 * checks. A test's main calls use_threads first. Include it after cmocka.h. */
#ifndef TESTS_COMPUTE_H
#define TESTS_COMPUTE_H

#include <stdlib.h>

#include "gantrain/nn/compute.h"

static gt_compute test_compute;

/* Gives the compute a team of that size. What borrows the compute may go on using it. */
static inline void use_threads(int threads) {
    gt_compute_close(&test_compute);
    if (gt_compute_open(&test_compute, threads, "openblas", "fp32", NULL) != GT_OK)
        abort();
}

#endif
