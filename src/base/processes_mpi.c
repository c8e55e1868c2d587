/* The processes of MPI, and the only file that includes its header. Errors of MPI are fatal by
 * default: they end all processes with MPI's own message. */
#include <mpi.h>
#include <time.h>

#include "base/processes_mpi.h"

enum { PART = 1 << 28 }; /* numbers of one call, which counts them in an int */

gt_status mpi_open(gt_processes *processes, gt_error *error) {
    MPI_Comm host;
    int provided;
    /* Threads compute, but only the one that trains calls MPI. */
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
        return gt_error_set(error, GT_FAILED, "MPI cannot be started");
    processes->is_open = true;
    MPI_Comm_rank(MPI_COMM_WORLD, &processes->number);
    MPI_Comm_size(MPI_COMM_WORLD, &processes->count);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
    MPI_Comm_size(host, &processes->on_host);
    MPI_Comm_free(&host);
    return GT_OK;
}

void mpi_close(void) {
    MPI_Finalize();
}

static void sum(void *numbers, size_t size, MPI_Datatype type, size_t count) {
    for (size_t first = 0; first < count; first += PART) {
        int part = count - first < PART ? (int)(count - first) : PART;
        MPI_Allreduce(MPI_IN_PLACE, (char *)numbers + first * size, part, type, MPI_SUM,
                      MPI_COMM_WORLD);
    }
}

void mpi_sum_reals(gt_real *numbers, size_t count) {
    sum(numbers, sizeof *numbers, sizeof *numbers == sizeof(float) ? MPI_FLOAT : MPI_DOUBLE, count);
}

void mpi_sum(double *numbers, size_t count) {
    sum(numbers, sizeof *numbers, MPI_DOUBLE, count);
}

int mpi_most(int number) {
    int most = number;
    MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    return most;
}

void mpi_copy(void *bytes, size_t count, int from) {
    for (size_t first = 0; first < count; first += PART) {
        int part = count - first < PART ? (int)(count - first) : PART;
        MPI_Bcast((char *)bytes + first, part, MPI_BYTE, from, MPI_COMM_WORLD);
    }
}

void mpi_wait(void) {
    const struct timespec nap = {.tv_nsec = 500000};
    MPI_Request request;
    int done = 0;
    MPI_Ibarrier(MPI_COMM_WORLD, &request);
    for (MPI_Test(&request, &done, MPI_STATUS_IGNORE); !done;
         MPI_Test(&request, &done, MPI_STATUS_IGNORE))
        nanosleep(&nap, NULL);
}
