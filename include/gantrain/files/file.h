/* Files that are either complete or not there: written under a temporary name beside their place,
 * synced, then renamed over it, and the directory synced. Also the few directory calls that the
 * program needs. */
#ifndef GANTRAIN_FILES_FILE_H
#define GANTRAIN_FILES_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "gantrain/base/error.h"

enum { GT_PATH_CAPACITY = 4096 };

/* A file on its way to its place. */
typedef struct gt_file_writer {
    FILE *stream; /* owned; NULL when there is nothing to commit or abort */
    char path[GT_PATH_CAPACITY];
    char temporary[GT_PATH_CAPACITY]; /* PATH.tmp */
} gt_file_writer;

/* Opens PATH.tmp (made anew; one left by a crash is replaced). Fails if path does not fit, is
 * something other than a regular file (a directory, a device), or PATH.tmp cannot be opened. After
 * a failure there is nothing to abort. */
gt_status gt_file_begin(gt_file_writer *writer, const char *path, gt_error *error);

/* Appends size bytes. On failure the error names the path and the reason; the caller then aborts.
 */
gt_status gt_file_write(gt_file_writer *writer, const void *bytes, size_t size, gt_error *error);

/* Flushes and syncs what was written so far, so that it can be read back from writer->temporary. */
gt_status gt_file_sync(gt_file_writer *writer, gt_error *error);

/* Flushes, syncs, closes, renames over path and syncs the directory. On failure the temporary file
 * is removed, and whatever stood at path is still there; only if syncing the directory is what
 * fails, the new file stands at path already. */
gt_status gt_file_commit(gt_file_writer *writer, gt_error *error);

/* Closes and removes the temporary file. Does nothing after a commit or a failed begin. */
void gt_file_abort(gt_file_writer *writer);

/* begin, write, commit in one. */
gt_status gt_file_save(const char *path, const void *bytes, size_t size, gt_error *error);

/* Reads a whole file of at most limit bytes. *bytes is owned by the caller (free) and has a zero
 * byte behind it that *size does not count. Fails if the file is larger than limit, a directory, or
 * unreadable. */
gt_status gt_file_load(char **bytes, size_t *size, const char *path, size_t limit, gt_error *error);

/* Makes a directory and its missing parents, and syncs the directories these were made in; one that
 * is there already is fine. */
gt_status gt_directory_make(const char *path, gt_error *error);

/* Joins directory and name into path[GT_PATH_CAPACITY]: name itself if it is absolute or
 * directory is "". Returns false if it does not fit. */
bool gt_path_join(char path[GT_PATH_CAPACITY], const char *directory, const char *name);

/* Syncs a directory, so that names just made or renamed in it survive a power cut. */
gt_status gt_directory_sync(const char *path, gt_error *error);

#endif
