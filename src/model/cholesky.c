/* Row by row, so that each element is one sum over what is already there. */
#include "model/cholesky.h"

#include <math.h>

void cholesky_factor(double *a, long n, double least) {
    for (long i = 0; i < n; i++)
        for (long j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (long k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            if (i == j)
                a[i * n + i] = sum <= least ? 0 : sqrt(sum);
            else
                a[i * n + j] = a[j * n + j] == 0 ? 0 : sum / a[j * n + j];
        }
}

void cholesky_solve_down(double *b, const double *c, long n) {
    for (long i = 0; i < n; i++) {
        for (long k = 0; k < i; k++)
            b[i] -= c[i * n + k] * b[k];
        b[i] /= c[i * n + i];
    }
}

void cholesky_solve_up(double *b, const double *c, long n) {
    for (long i = n - 1; i >= 0; i--) {
        for (long k = i + 1; k < n; k++)
            b[i] -= c[k * n + i] * b[k];
        b[i] /= c[i * n + i];
    }
}
