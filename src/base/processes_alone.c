/* In place of processes_mpi.c in a build without MPI: there is one process. */
#include <stdlib.h>

#include "base/processes_mpi.h"

/* How many processes the launcher says it has started; 1 if it does not say. */
static long started(void) {
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]) != NULL)
            return strtol(getenv(names[i]), NULL, 10);
    return 1;
}

gt_status mpi_open(gt_processes *processes, gt_error *error) {
    (void)processes;
    return started() > 1
               ? gt_error_set(error, GT_USAGE,
                              "a launcher of MPI has started %ld processes, and this gantrain was "
                              "built without MPI: install the package libopenmpi-dev and build it "
                              "with -DGANTRAIN_MPI=ON",
                              started())
               : GT_OK;
}

void mpi_close(void) {
}

void mpi_sum_reals(gt_real *numbers, size_t count) {
    (void)numbers, (void)count;
}

void mpi_sum(double *numbers, size_t count) {
    (void)numbers, (void)count;
}

int mpi_most(int number) {
    return number;
}

void mpi_copy(void *bytes, size_t count, int from) {
    (void)bytes, (void)count, (void)from;
}

void mpi_wait(void) {
}
