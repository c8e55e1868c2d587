/* The safetensors format, strictly read: 8 bytes of little-endian header length, a JSON header, raw
 * tensors. Source: https://huggingface.co/docs/safetensors, "Format".
 *
 * A file is checked whole before anything of it is used: sizes, offsets, overlaps, gaps, dtypes,
 * duplicate names. Our own files also carry "crc32" in their metadata: the CRC-32 of the whole
 * file, taken with eight zeros in the place of its own digits, so that a flipped bit in a name, a
 * shape or the config is found as well as one in a tensor. */
#ifndef GANTRAIN_FILES_SAFETENSORS_H
#define GANTRAIN_FILES_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/error.h"

enum { GT_SAFETENSORS_RANK = 8 };

/* A tensor of a file. */
typedef struct gt_safetensors_entry {
    const char *name;  /* borrowed from the file's header */
    const char *dtype; /* "F32", ... */
    int rank;
    uint64_t shape[GT_SAFETENSORS_RANK];
    uint64_t offset;            /* of bytes, from the end of the header */
    const unsigned char *bytes; /* borrowed from the file */
    size_t size;                /* of bytes */
} gt_safetensors_entry;

/* An open file. */
typedef struct gt_safetensors {
    char *file; /* owned: the whole file, read and not mapped: a mapping of a file that another
                   process cuts short ends the process when it is read */
    size_t file_size;
    struct json_t *header;         /* owned */
    gt_safetensors_entry *entries; /* owned; (count), in the order of their bytes */
    int count;
    bool has_checksum, checksum_matches;
    bool damaged; /* opening failed because of the file's contents: trying again would not help */
} gt_safetensors;

/* Reads and checks a file. A wrong checksum is not an error here: see checksum_matches. Fails with
 * GT_FAILED; the message begins with the path. After a failure *tensors is {0} but for `damaged`,
 * which tells contents that are wrong from a file that could not be read. */
gt_status gt_safetensors_open(gt_safetensors *tensors, const char *path, gt_error *error);

void gt_safetensors_close(gt_safetensors *tensors);

/* The entry of that name, or NULL. */
const gt_safetensors_entry *gt_safetensors_find(const gt_safetensors *tensors, const char *name);

/* Compares the dtype and shape of the entry of that name, then copies it to values.
 *
 *   values  the entry's size; NULL: only compares
 *   sizes   (rank)
 *
 * Fails with GT_FAILED; the message names the tensor, and not the file. */
gt_status gt_safetensors_take(void *values, const gt_safetensors *tensors, const char *name,
                              const char *dtype, int rank, const int *sizes, gt_error *error);

/* The text under that key of the file's metadata, or NULL. Borrowed from the file. */
const char *gt_safetensors_metadata(const gt_safetensors *tensors, const char *key);

/* A file to be written: metadata and tensors are added, then written in one go. */
typedef struct gt_safetensors_writer {
    struct json_t *header; /* owned */
    struct gt_safetensors_piece {
        const void *bytes; /* borrowed */
        size_t size;
    } * pieces; /* owned; (count), in the order of the file */
    int count;
    size_t data_size; /* bytes of all pieces */
    bool out_of_memory;
} gt_safetensors_writer;

/* Begins a writer; gt_safetensors_end ends it, whether the file was written or not. */
void gt_safetensors_begin(gt_safetensors_writer *writer);
void gt_safetensors_end(gt_safetensors_writer *writer);

/* Adds a text to the metadata. Copies both. A text that is not UTF-8, which JSON cannot hold, is
 * stored under KEY:latin1, each byte as the character of that number; reading undoes that. */
void gt_safetensors_add_metadata(gt_safetensors_writer *writer, const char *key, const char *text);

/* Adds a tensor.
 *
 *   dtype  "F32" or "F64"
 *   sizes  (rank)
 *   bytes  its numbers, borrowed: they must stay as they are until the file is written */
void gt_safetensors_add(gt_safetensors_writer *writer, const char *name, const char *dtype,
                        int rank, const int *sizes, const void *bytes);

/* Writes the file, all or nothing (files/file.h), and reads it back before it takes its place.
 * Fails with GT_FAILED, also if there was no memory for what was added. */
gt_status gt_safetensors_write(gt_safetensors_writer *writer, const char *path, gt_error *error);

#endif
