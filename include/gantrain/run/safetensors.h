/* The safetensors format, strictly read: 8 bytes of little-endian header length, a JSON header, raw
 * tensors. Source: https://huggingface.co/docs/safetensors, "Format".
 *
 * A file is checked whole before anything of it is used: sizes, offsets, overlaps, gaps, dtypes,
 * duplicate names. Our own files also carry "crc32" in their metadata: the CRC-32 of the whole
 * file, taken with eight zeros in the place of its own digits, so that a flipped bit in a name, a
 * shape or the config is found as well as one in a tensor. */
#ifndef GANTRAIN_RUN_SAFETENSORS_H
#define GANTRAIN_RUN_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/nn/tensors.h"

enum { GT_SAFETENSORS_RANK = 8 };

/* A tensor of a file. */
typedef struct gt_safetensors_entry {
    const char *name;  /* borrowed from the file's header */
    const char *dtype; /* "F32", ... */
    int rank;
    uint64_t shape[GT_SAFETENSORS_RANK];
    const unsigned char *bytes; /* borrowed from the file */
    size_t size;                /* of bytes */
} gt_safetensors_entry;

/* An open file. */
typedef struct gt_safetensors {
    const char *file; /* owned: a mapping of the whole file */
    size_t file_size;
    struct json_t *header;         /* owned */
    gt_safetensors_entry *entries; /* owned; (count), in the order of their bytes */
    int count;
    bool has_checksum, checksum_matches;
} gt_safetensors;

/* Reads and checks a file. A wrong checksum is not an error here: see checksum_matches. Fails with
 * GT_FAILED; the message begins with the path. After a failure *tensors is {0}. */
gt_status gt_safetensors_open(gt_safetensors *tensors, const char *path, gt_error *error);

void gt_safetensors_close(gt_safetensors *tensors);

/* The entry of that name, or NULL. */
const gt_safetensors_entry *gt_safetensors_find(const gt_safetensors *tensors, const char *name);

/* The text under that key of the file's metadata, or NULL. Borrowed from the file. */
const char *gt_safetensors_metadata(const gt_safetensors *tensors, const char *key);

/* Compares the dtype and shape of the entry of that name (rank 1 where columns is 0, else 2), then
 * copies it to values; values NULL: only compares. Fails with GT_FAILED; the message names the
 * tensor, and not the file. */
gt_status gt_safetensors_take(void *values, const gt_safetensors *tensors, const char *name,
                              const char *dtype, int rows, int columns, gt_error *error);

/* A file that is being put together: metadata and tensors first, then written in one go. */
typedef struct gt_safetensors_builder {
    struct json_t *header; /* owned */
    size_t data_size;
    bool out_of_memory;
} gt_safetensors_builder;

/* Starts a builder; gt_safetensors_builder_free ends it, whether it was written or not. */
void gt_safetensors_begin(gt_safetensors_builder *builder);
void gt_safetensors_builder_free(gt_safetensors_builder *builder);

/* Adds a text to the metadata. Copies both. */
void gt_safetensors_add_metadata(gt_safetensors_builder *builder, const char *key,
                                 const char *text);

/* Announces the next tensor: dtype "F32" or "F64", rank 1 (columns 0) or 2. */
void gt_safetensors_add_tensor(gt_safetensors_builder *builder, const char *name, const char *dtype,
                               int rows, int columns);

/* Where a builder's tensors come from: calls take(taker, bytes, size) for each announced tensor, in
 * order, until one does not return GT_OK, and returns what the last returned. */
typedef gt_status (*gt_safetensors_taker)(void *taker, const void *bytes, size_t size,
                                          gt_error *error);
typedef gt_status (*gt_safetensors_source)(void *context, gt_safetensors_taker take, void *taker,
                                           gt_error *error);

/* Where a source's tensors go, and a visitor (nn/tensors.h) that hands over what it is shown; its
 * context is a gt_safetensors_sink. */
typedef struct gt_safetensors_sink {
    gt_safetensors_taker take;
    void *taker;
} gt_safetensors_sink;

gt_status gt_safetensors_give(void *sink, const gt_tensor *tensor, gt_error *error);

/* Writes the file, all or nothing (files/file.h). The source is run twice: for the checksum, and to
 * write. */
gt_status gt_safetensors_write(gt_safetensors_builder *builder, const char *path,
                               gt_safetensors_source source, void *context, gt_error *error);

#endif
