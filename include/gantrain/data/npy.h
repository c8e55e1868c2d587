/* NumPy's array file (numpy/lib/format.py), in C order: format version 1.0 with unsigned bytes is
 * written; 1.0, 2.0 and 3.0 with integers, float32 and float64 are read, raw or gzipped. */
#ifndef GANTRAIN_DATA_NPY_H
#define GANTRAIN_DATA_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/files/file.h"

enum { GT_NPY_RANK = 4, GT_NPY_HEADER = 192 };

/* Sets header to that of an array of the given element type ("|u1", "<u2") and shape; its elements
 * follow it in the file. rank 1 to 4. Returns its size in bytes, a multiple of 64. */
size_t gt_npy_make_header(char header[GT_NPY_HEADER], const char *type, int rank,
                          const uint32_t *sizes);

/* Writes the header of a uint8 array of the given shape to a file that is being made; the caller
 * appends the elements and commits. rank 1 to 4. */
gt_status gt_npy_write_header(gt_file_writer *writer, int rank, const uint32_t *sizes,
                              gt_error *error);

/* The same of a float32 array, whose elements are little-endian. */
gt_status gt_npy_write_float_header(gt_file_writer *writer, int rank, const uint32_t *sizes,
                                    gt_error *error);

/* An array of numbers, last dimension fastest. */
typedef struct gt_npy {
    int rank;
    uint32_t sizes[GT_NPY_RANK]; /* unused ones are 1 */
    size_t count;                /* elements: the product of sizes */
    char kind;                   /* of an element: b truth value, u unsigned, i signed, f float */
    int item_size;               /* bytes of an element */
    bool is_swapped;             /* in the byte order of another machine */
    const uint8_t *bytes;        /* (count, item_size) */
    size_t offset;               /* of bytes in memory */
    uint8_t *memory;             /* owned: gt_npy_free */
} gt_npy;

/* Whether bytes begin as an NPY file does. */
bool gt_npy_is(const void *bytes, size_t size);

/* Reads a file whole. Memory is what the file holds, never what its header claims. Fails, in one
 * line that begins with the path, on: a file that cannot be read, a damaged header, other elements,
 * Fortran order, a rank outside 1 to GT_NPY_RANK, a zero size, more than 2^40 bytes, a file shorter
 * or longer than its header says (both counts are named). After a failure *array is {0}. */
gt_status gt_npy_read(gt_npy *array, const char *path, gt_error *error);

/* The same from memory (malloc), which is taken over and freed after a failure; name stands for the
 * path in messages. */
gt_status gt_npy_take(gt_npy *array, uint8_t *bytes, size_t size, const char *name,
                      gt_error *error);

void gt_npy_free(gt_npy *array);

/* Element `index` of an array. */
double gt_npy_at(const gt_npy *array, size_t index);

#endif
