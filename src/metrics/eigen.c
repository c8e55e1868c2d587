/* The symmetric eigen-solver. Its result is read by columns, as Fortran has it, so in C each row is
 * a vector; which triangle it reads does not matter, since both are the same. */
#include "metrics/eigen.h"

#include <stdlib.h>

/* Of LAPACK, which comes with OpenBLAS; the lengths at the end are those of the two texts. */
extern void dsyev_(const char *job, const char *triangle, const int *size, double *matrix,
                   const int *stride, double *values, double *work, const int *work_size,
                   int *failed, size_t job_length, size_t triangle_length);

bool eigen_decompose(double *values, double *matrix, int size) {
    double best_size;
    int failed, work_size = -1; /* only asks for the best size */
    dsyev_("V", "U", &size, matrix, &size, values, &best_size, &work_size, &failed, 1, 1);
    if (failed != 0)
        return false;
    work_size = (int)best_size;
    double *work = malloc((size_t)work_size * sizeof *work);
    if (work == NULL)
        return false;
    dsyev_("V", "U", &size, matrix, &size, values, work, &work_size, &failed, 1, 1);
    free(work);
    return failed == 0;
}
