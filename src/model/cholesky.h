/* Small symmetric matrices by their Cholesky factor (Golub and Van Loan, "Matrix Computations",
 * section 4.2). Matrices are (n, n), row by row, in double; only their lower triangles are looked
 * at. */
#ifndef GANTRAIN_SRC_MODEL_CHOLESKY_H
#define GANTRAIN_SRC_MODEL_CHOLESKY_H

/* Replaces the lower triangle of A by C, C C^T = A. Where what is left of a diagonal element is
 * `least` or less, A is taken for singular: the column of C is set to 0. */
void cholesky_factor(double *a, long n, double least);

/* b = C^-1 b, and b = C^-T b, for vectors b (n) and a C without zeros on its diagonal. */
void cholesky_solve_down(double *b, const double *c, long n);
void cholesky_solve_up(double *b, const double *c, long n);

#endif
