/* CRC-32C, the checksum with Castagnoli's polynomial: RFC 3720, section 12.1. zlib has CRC-32
 * only. */
#ifndef GANTRAIN_FILES_CRC32C_H
#define GANTRAIN_FILES_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The CRC-32C of size bytes. */
uint32_t gt_crc32c(const void *bytes, size_t size);

#endif
