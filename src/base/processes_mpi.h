/* What processes.c needs of MPI: by processes_mpi.c, or by processes_alone.c in a build without
 * it. */
#ifndef GANTRAIN_SRC_BASE_PROCESSES_MPI_H
#define GANTRAIN_SRC_BASE_PROCESSES_MPI_H

#include "gantrain/base/processes.h"

/* Starts MPI, and sets number, count, on_host and is_open. */
gt_status mpi_open(gt_processes *processes, gt_error *error);
void mpi_close(void);

/* The functions below are called only where there are several processes. */

void mpi_sum_reals(gt_real *numbers, size_t count);
void mpi_sum(double *numbers, size_t count);
int mpi_most(int number);

/* bytes of process `from` to all. */
void mpi_copy(void *bytes, size_t count, int from);

/* Returns once all processes have called it; sleeps meanwhile. */
void mpi_wait(void);

#endif
