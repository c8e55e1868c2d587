/* IDX files, the format of MNIST: a magic number (two zero bytes, element type, rank), one
 * big-endian 32-bit size per dimension, then the elements. Source:
 * http://yann.lecun.com/exdb/mnist/, "the IDX file format". Read with or without gzip, told apart
 * by content; only unsigned bytes are taken. */
#ifndef GANTRAIN_DATA_IDX_H
#define GANTRAIN_DATA_IDX_H

#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/files/file.h"

enum { GT_IDX_RANK = 4 };

/* An array of unsigned bytes, last dimension fastest. */
typedef struct gt_idx {
    int rank;
    uint32_t sizes[GT_IDX_RANK]; /* unused ones are 1 */
    uint8_t *bytes;              /* owned: gt_idx_free; (sizes[0], sizes[1], ...) */
} gt_idx;

/* Reads a file whole. Memory grows with what the file holds, never with what its header claims: a
 * file with less behind it fails without that allocation having been made. Fails, in one line that
 * begins with the path, on: a missing or unreadable file, a directory, a file that is not IDX, an
 * element type other than unsigned byte, a rank outside 1 to GT_IDX_RANK, a zero size, sizes whose
 * product does not fit or exceeds 2^40, a file shorter or longer than its header says (both counts
 * are named), a damaged or cut gzip stream. After a failure *idx is {0}. */
gt_status gt_idx_read(gt_idx *idx, const char *path, gt_error *error);

void gt_idx_free(gt_idx *idx);

/* Writes the magic number and sizes of an IDX array of unsigned bytes to a file that is being made;
 * the caller appends the elements and commits. */
gt_status gt_idx_write_header(gt_file_writer *writer, int rank, const uint32_t *sizes,
                              gt_error *error);

#endif
