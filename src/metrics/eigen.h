/* Eigenvalues of symmetric matrices: LAPACK's, which only src/metrics/eigen.c calls. */
#ifndef GANTRAIN_METRICS_EIGEN_H
#define GANTRAIN_METRICS_EIGEN_H

#include <stdbool.h>

/* Decomposes a symmetric matrix (size, size) of finite numbers: matrix = sum of
 * values[k] vector_k vector_k^T. Row k of matrix is set to vector_k, of length 1; values (size)
 * rise. Returns false if there is no memory for it or it does not converge. */
bool eigen_decompose(double *values, double *matrix, int size);

#endif
