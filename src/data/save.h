/* Files that are being written: what the formats of save.c share. */
#ifndef DATA_SAVE_H
#define DATA_SAVE_H

#include "gantrain/data/save.h"

/* An array in the memory of its owner. */
struct save_array {
    const char *name; /* in an archive */
    const char *type; /* of an element, as NPY files call it */
    int rank;
    uint32_t sizes[4];
    const void *elements;
    size_t size; /* of elements, bytes */
};

/* Writes a part at a time, between which it looks whether to stop. */
gt_status save_bytes(gt_file_writer *writer, const void *bytes, size_t size, const gt_stop *stop,
                     gt_error *error);

/* Writes an NPZ archive of arrays. */
gt_status save_npz(const char *path, const struct save_array *arrays, int count,
                   const gt_stop *stop, gt_error *error);

#endif
