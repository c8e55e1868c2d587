/* Files that are either complete or not there: written under a temporary name next to their place,
 * synced, then renamed over it, and the directory synced. Also the few directory calls that the
 * program needs. */
#ifndef GANTRAIN_FILES_FILE_H
#define GANTRAIN_FILES_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/error.h"

enum { GT_PATH_CAPACITY = 4096 };

#define GT_FILE_TEMPORARY ".tmp"

/* A file that is being written. Initialise with {0}. */
typedef struct gt_file_writer {
    bool is_open;   /* there is something to commit or abort */
    bool failed;    /* a write failed */
    int descriptor; /* owned; of the temporary file, open for reading, too */
    char path[GT_PATH_CAPACITY];
    char temporary[GT_PATH_CAPACITY]; /* PATH.tmp */
} gt_file_writer;

/* Opens PATH.tmp, a new file that no other process can write (one left by a crash is replaced).
 * Fails if path does not fit, is something other than a regular file (a directory, a device), is
 * being written by another process, or PATH.tmp cannot be opened. After a failure there is nothing
 * to abort. */
gt_status gt_file_begin(gt_file_writer *writer, const char *path, gt_error *error);

/* Appends size bytes. On failure the error names the path and the reason; the caller then aborts.
 */
gt_status gt_file_write(gt_file_writer *writer, const void *bytes, size_t size, gt_error *error);

/* Goes to a place in the file, in bytes from its beginning: the next write replaces what is
 * there. */
gt_status gt_file_seek(gt_file_writer *writer, uint64_t offset, gt_error *error);

/* Syncs what was written so far. */
gt_status gt_file_sync(gt_file_writer *writer, gt_error *error);

/* Syncs, renames over path, closes and syncs the directory. On failure the temporary file is
 * removed, and what was at path is still there; only if syncing the directory fails, the new file
 * is at path already. */
gt_status gt_file_commit(gt_file_writer *writer, gt_error *error);

/* Closes and removes the temporary file. Does nothing after a commit or a failed begin. */
void gt_file_abort(gt_file_writer *writer);

/* begin, write, commit in one. */
gt_status gt_file_save(const char *path, const void *bytes, size_t size, gt_error *error);

/* Appends to a file, making it if need be, and syncs it: all of the bytes or none. Fails if path is
 * not a regular file: it never waits for a pipe. */
gt_status gt_file_append(const char *path, const void *bytes, size_t size, gt_error *error);

/* Makes path a copy of the file `from`, as gt_file_save does. */
gt_status gt_file_copy(const char *path, const char *from, gt_error *error);

/* Sets *exists to whether there is a file, directory or link of that name. Fails if the system
 * cannot tell. */
gt_status gt_file_exists(bool *exists, const char *path, gt_error *error);

/* Reads a whole file of at most limit bytes. *bytes is owned by the caller (free) and has a zero
 * byte after it that *size does not count. Fails if the file is larger than limit, a directory, or
 * unreadable. */
gt_status gt_file_load(char **bytes, size_t *size, const char *path, size_t limit, gt_error *error);

/* Refuses what is there but not a regular file: a pipe, of which gt_file_load would wait for the
 * writer. What is not there is left to gt_file_load. */
gt_status gt_file_check_regular(const char *path, gt_error *error);

/* Makes a directory and its missing parents, and syncs the directories these were made in; one that
 * is there already is fine. */
gt_status gt_directory_make(const char *path, gt_error *error);

/* Joins directory and name into path[GT_PATH_CAPACITY]: name itself if it is absolute or
 * directory is "". Returns false if it does not fit. */
bool gt_path_join(char path[GT_PATH_CAPACITY], const char *directory, const char *name);

/* Syncs a directory, so that names just made or renamed in it survive a power cut. */
gt_status gt_directory_sync(const char *path, gt_error *error);

/* Calls visit for each name in a directory, in no order, until it fails. Fails as visit does, or if
 * the directory cannot be read to its end: a directory that cannot be read is not an empty one. */
gt_status gt_directory_visit(const char *path,
                             gt_status (*visit)(void *context, const char *name, gt_error *error),
                             void *context, gt_error *error);

/* Removes the temporary files of a directory whose names end in suffix (".png") and .tmp, and that
 * no process is writing. */
gt_status gt_directory_sweep(const char *path, const char *suffix, gt_error *error);

#endif
