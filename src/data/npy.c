/* The header of a NumPy file: a Python dictionary as text, padded with spaces so that the elements
 * begin at a multiple of 64 bytes and can be mapped into memory. */
#include "gantrain/data/npy.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAGIC_LENGTH = 8, PREFIX_LENGTH = MAGIC_LENGTH + 2, ALIGNMENT = 64, MOST_RANK = 4 };

gt_status gt_npy_write_header(gt_file_writer *writer, int rank, const uint32_t *sizes,
                              gt_error *error) {
    assert(rank >= 1 && rank <= MOST_RANK);
    char text[2 * ALIGNMENT];
    int used = snprintf(text, sizeof text, "{'descr': '|u1', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < rank; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%" PRIu32, i > 0 ? ", " : "",
                         sizes[i]);
    /* A tuple of one is written (n,) in Python. */
    used += snprintf(text + used, sizeof text - (size_t)used, "%s), }", rank == 1 ? "," : "");

    enum { CAPACITY = 3 * ALIGNMENT };
    char header[CAPACITY] = "\x93NUMPY\x01";
    int total = (PREFIX_LENGTH + used + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    assert(total <= CAPACITY);
    int length = total - PREFIX_LENGTH;
    header[MAGIC_LENGTH] = (char)(length & 0xff);
    header[MAGIC_LENGTH + 1] = (char)(length >> 8);
    memcpy(header + PREFIX_LENGTH, text, (size_t)used);
    memset(header + PREFIX_LENGTH + used, ' ', (size_t)(length - used - 1));
    header[total - 1] = '\n';
    return gt_file_write(writer, header, (size_t)total, error);
}
