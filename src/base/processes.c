/* Processes that train together, on the few calls of MPI in processes_mpi.h. */
#include "gantrain/base/processes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/processes_mpi.h"
#include "gantrain/base/profile.h"

/* Whether a launcher of MPI has started this process. Without one nothing of MPI runs, so that the
 * program is what it is in a build without MPI. */
static bool is_launched(void) {
    /* Open MPI's mpirun; MPICH's, and Slurm's srun; srun --mpi=pmix. */
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMIX_RANK"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]) != NULL)
            return true;
    return false;
}

gt_status gt_processes_open(gt_processes *processes, gt_error *error) {
    *processes = (gt_processes){.count = 1, .on_host = 1};
    return is_launched() ? mpi_open(processes, error) : GT_OK;
}

void gt_processes_close(gt_processes *processes) {
    if (gt_processes_are_several(processes))
        mpi_wait();
    if (processes->is_open)
        mpi_close();
    *processes = (gt_processes){0};
}

bool gt_processes_are_several(const gt_processes *processes) {
    return processes != NULL && processes->count > 1;
}

bool gt_processes_is_first(const gt_processes *processes) {
    return processes == NULL || processes->number == 0;
}

gt_rows gt_processes_rows(const gt_processes *processes, int batch) {
    if (!gt_processes_are_several(processes))
        return (gt_rows){0, batch};
    const int64_t number = processes->number, count = processes->count;
    const int first = (int)(number * batch / count), end = (int)((number + 1) * batch / count);
    return (gt_rows){first, end - first};
}

static void note_sum(gt_processes *processes, double start, size_t bytes) {
    processes->sum_seconds += gt_profile_now() - start;
    processes->sum_bytes += (double)bytes;
    processes->sums++;
}

void gt_processes_sum_reals(gt_processes *processes, gt_real *numbers, size_t count) {
    if (!gt_processes_are_several(processes))
        return;
    const double start = gt_profile_now();
    mpi_sum_reals(numbers, count);
    note_sum(processes, start, count * sizeof *numbers);
}

void gt_processes_sum(gt_processes *processes, double *numbers, size_t count) {
    if (!gt_processes_are_several(processes))
        return;
    const double start = gt_profile_now();
    mpi_sum(numbers, count);
    note_sum(processes, start, count * sizeof *numbers);
}

int gt_processes_most(gt_processes *processes, int number) {
    return gt_processes_are_several(processes) ? mpi_most(number) : number;
}

void gt_processes_copy(gt_processes *processes, void *bytes, size_t count) {
    gt_processes_copy_from(processes, bytes, count, 0);
}

void gt_processes_copy_from(gt_processes *processes, void *bytes, size_t count, int from) {
    if (gt_processes_are_several(processes))
        mpi_copy(bytes, count, from);
}

void gt_processes_wait(gt_processes *processes) {
    if (gt_processes_are_several(processes))
        mpi_wait();
}

gt_status gt_processes_copy_text(gt_processes *processes, char **text, gt_error *error) {
    if (!gt_processes_are_several(processes))
        return GT_OK;
    const bool is_first = gt_processes_is_first(processes);
    uint64_t size = is_first && *text != NULL ? strlen(*text) + 1 : 0;
    char *copy = is_first ? *text : NULL;
    mpi_copy(&size, sizeof size, 0);
    if (!is_first && size > 0)
        copy = malloc(size);
    gt_status status =
        size == 0 || copy != NULL ? GT_OK : gt_error_set(error, GT_FAILED, "no memory for a text");
    status = gt_processes_agree(processes, status, error);
    if (status == GT_OK)
        mpi_copy(copy, size, 0);
    if (is_first)
        return status;
    free(*text);
    *text = copy;
    return status;
}

gt_status gt_processes_agree(gt_processes *processes, gt_status status, gt_error *error) {
    gt_error learned = {0};
    if (!gt_processes_are_several(processes))
        return status;
    mpi_wait();
    const int number = processes->number, count = processes->count;
    const int first = -mpi_most(status == GT_OK ? -count : -number);
    if (first == count)
        return GT_OK;
    if (number == first && error != NULL)
        learned = *error;
    if (number == first && number > 0) /* whose terminal nobody sees */
        gt_error_set(&learned, status, "process %d of %d: %.4000s", number, count,
                     error != NULL ? error->message : "");
    learned.status = status;
    mpi_copy(&learned, sizeof learned, first);
    if (error != NULL)
        *error = learned;
    return learned.status;
}
