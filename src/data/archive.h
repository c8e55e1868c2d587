/* Entries of zip archives, by libzip. */
#ifndef DATA_ARCHIVE_H
#define DATA_ARCHIVE_H

#include <zip.h>

#include "data/source.h"

/* Opens an archive for reading. *archive is owned by the caller (zip_discard); NULL after a
 * failure. */
gt_status archive_open(zip_t **archive, const char *path, gt_error *error);

/* Reads the first `most` bytes of an entry, or all, of which there must be `size`, with a zero byte
 * after them; the checksum is verified where all are read. *bytes is owned by the caller (free);
 * NULL after a failure, whose message is a reason. */
gt_status archive_load(unsigned char **bytes, size_t *got, zip_t *archive, uint64_t number,
                       uint64_t size, size_t most, gt_error *error);

/* Whether a file begins as a zip archive does. */
bool archive_is(const struct probe *probe);

#endif
