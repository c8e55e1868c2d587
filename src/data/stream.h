/* The bytes of a data file, gunzipped if they are gzipped (told apart by content). Nothing that a
 * file claims decides how much memory is taken: room grows as bytes arrive. */
#ifndef DATA_STREAM_H
#define DATA_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/error.h"

struct stream;

/* Opens a regular file; *size, if not NULL, is its size as it lies on disk. Fails, in one line that
 * begins with the path, if it is missing, unreadable, a directory, a pipe or a device. *stream is
 * owned by the caller (stream_close); NULL after a failure. */
gt_status stream_open(struct stream **stream, uint64_t *size, const char *path, gt_error *error);

/* stream may be NULL. */
void stream_close(struct stream *stream);

bool stream_is_gzip(const struct stream *stream);

/* Reads up to size bytes; *got < size only at the end. Fails for a damaged or cut gzip stream. */
gt_status stream_read(struct stream *stream, void *bytes, size_t size, size_t *got,
                      gt_error *error);

/* Reads `total` bytes, for a header that promised so many. *bytes is owned by the caller (free),
 * and *got < total only at the end; memory doubles as they arrive and never exceeds the machine's.
 * After a failure *bytes is NULL. */
gt_status stream_read_promised(uint8_t **bytes, size_t *got, struct stream *stream, size_t total,
                               gt_error *error);

/* Opens a file and reads all of it, as stream_read_promised does, with a zero byte after it that
 * *size does not count. Errors: those of both. */
gt_status stream_read_file(uint8_t **bytes, size_t *size, const char *path, gt_error *error);

#endif
