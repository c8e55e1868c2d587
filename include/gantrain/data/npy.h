/* NumPy's array file (numpy/lib/format.py): unsigned bytes in C order; format version 1.0 is
 * written, 1.0, 2.0 and 3.0 are read. */
#ifndef GANTRAIN_DATA_NPY_H
#define GANTRAIN_DATA_NPY_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/files/file.h"
#include "gantrain/data/idx.h"

/* Writes the header of a uint8 array of the given shape to a file that is being made; the caller
 * appends the elements and commits. rank 1 to 4. */
gt_status gt_npy_write_header(gt_file_writer *writer, int rank, const uint32_t *sizes,
                              gt_error *error);

/* Whether a file begins as a NumPy array does. false also if it cannot be read. */
bool gt_npy_is(const char *path);

/* Reads a file whole, into what an IDX file would become. Memory is what the file holds, never what
 * its header claims. Fails, in one line that begins with the path, on: a file that gt_file_load
 * refuses, a damaged header, elements other than unsigned bytes, Fortran order, a rank outside 1
 * to GT_IDX_RANK, a zero size, sizes over 2^40 in all, a file shorter or longer than its header
 * says (both counts are named). After a failure *array is {0}; gt_idx_free ends it. */
gt_status gt_npy_read(gt_idx *array, const char *path, gt_error *error);

#endif
