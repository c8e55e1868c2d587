/* What the reader and the writer of safetensors share: the limit of a header, where the checksum is
 * in it, and how texts that are not UTF-8 are stored. */
#ifndef GANTRAIN_FILES_SAFETENSORS_HEADER_H
#define GANTRAIN_FILES_SAFETENSORS_HEADER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/files/safetensors.h"

#define METADATA_KEY "__metadata__"
#define CHECKSUM_KEY "crc32"
#define CHECKSUM_BLANK "00000000"

/* The most bytes of a header. The parser takes 80 bytes of memory for each: a stranger's file must
 * not take all of it. Three networks of 64 layers with 4 tensors, each with 3 more of optimizer
 * state and average, have 3,072 entries of about 150 bytes: half of this. */
enum { HEADER_LIMIT = 1 << 20 };

/* Where in a header of `size` bytes the eight hexadecimal digits of the checksum begin; 0 if there
 * are none. */
size_t find_checksum(const char *header, size_t size);

/* Sets the digits at `digits`. */
void write_checksum(char *digits, uint32_t checksum);

/* Adds a text to the metadata, and undoes for all of the metadata what that did to texts that are
 * not UTF-8. Return false if there is no memory. */
bool encode_metadata(json_t *metadata, const char *key, const char *text);
bool decode_metadata(json_t *metadata);

/* Reads and checks a file that is open, as gt_safetensors_open does. */
gt_status read_safetensors(gt_safetensors *tensors, int descriptor, const char *path,
                           gt_error *error);

#endif
