/* Where a file's checksum stands in its own header: shared by the reader and the writer of
 * safetensors. */
#ifndef GANTRAIN_FILES_SAFETENSORS_CHECKSUM_H
#define GANTRAIN_FILES_SAFETENSORS_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#define METADATA_KEY "__metadata__"
#define CHECKSUM_KEY "crc32"
#define CHECKSUM_BLANK "00000000"

/* Where in a header of `size` bytes the eight hexadecimal digits of the checksum begin; 0 if there
 * are none. */
size_t find_checksum(const char *header, size_t size);

/* Sets the digits at `digits`. */
void write_checksum(char *digits, uint32_t checksum);

#endif
