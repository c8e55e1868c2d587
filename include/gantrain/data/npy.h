/* NumPy's array file, written only: format version 1.0 (numpy/lib/format.py), unsigned bytes, C
 * order. */
#ifndef GANTRAIN_DATA_NPY_H
#define GANTRAIN_DATA_NPY_H

#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/data/file.h"

/* Writes the header of a uint8 array of the given shape to a file that is being made; the caller
 * appends the elements and commits. rank 1 to 4. */
gt_status gt_npy_write_header(gt_file_writer *writer, int rank, const uint32_t *sizes,
                              gt_error *error);

#endif
