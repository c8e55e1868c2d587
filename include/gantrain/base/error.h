/* How functions report errors.
 *
 * The library never prints and never exits. A function that can fail returns a gt_status and fills
 * a gt_error with a sentence for the user: where, what, and what to do. The status of a failure is
 * the exit status of the program, so no layer translates it; only GT_STOPPED has the number of the
 * signal added. */
#ifndef GANTRAIN_BASE_ERROR_H
#define GANTRAIN_BASE_ERROR_H

#include <stddef.h>

/* The one list of statuses: name, value (also the exit status), meaning. */
#define GT_STATUSES(row)                                                                           \
    row(GT_OK, 0, "done") row(GT_FAILED, 1, "failed: a file, the data, the disk or the memory")    \
        row(GT_USAGE, 2, "the command line or the config is wrong")                                \
            row(GT_DIVERGED, 3, "training diverged: a loss or a weight is not a number")           \
                row(GT_STOPPED, 128,                                                               \
                    "plus N: stopped by signal N: 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP")

typedef enum gt_status {
#define GT_STATUS_VALUE(name, value, meaning) name = value,
    GT_STATUSES(GT_STATUS_VALUE)
#undef GT_STATUS_VALUE
} gt_status;

enum { GT_ERROR_CAPACITY = 4096 };

/* What went wrong, in words. Initialise with {0}; it owns no memory. */
typedef struct gt_error {
    gt_status status;
    int dropped; /* lines that gt_error_add found no room for */
    char message[GT_ERROR_CAPACITY];
} gt_error;

/* Replaces the message. Returns status, so that a caller can `return gt_error_set(...)`.
 *
 *   error   NULL: nothing is recorded
 *
 * A message longer than the capacity is cut. */
gt_status gt_error_set(gt_error *error, gt_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a line to the message, for checks that report everything they find at once. A line that no
 * longer fits is counted in `dropped`. Returns status. */
gt_status gt_error_add(gt_error *error, gt_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
