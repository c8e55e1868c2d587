/* Complete files or none. A file is written under a temporary name next to its place, synced, and
 * renamed over it; a rename within a directory is atomic, so a reader sees the old file or the new
 * one and never a part. What is not a regular file (a device, a pipe) cannot be replaced this way
 * and is refused.
 *
 * The writer holds a lock on its temporary file. So a second writer of the same path learns that it
 * is one, and a file that a killed process left is told from one that is being written. */
#include "gantrain/files/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/system.h"
#include "gantrain/base/text.h"

enum { FIRST_READ = 64 * 1024, LOCK_TRIES = 100 };

static gt_status fail_writing(const char *path, int reason, gt_error *error) {
    return gt_error_set(error, GT_FAILED, "%s: cannot be written: %s%s", path, strerror(reason),
                        reason == ENOENT ? ": make its directory first" : system_advice(reason));
}

static gt_status fail_reading(const char *path, int reason, gt_error *error) {
    return gt_error_set(error, GT_FAILED, "%s: cannot be read: %s%s", path, strerror(reason),
                        system_advice(reason));
}

/* Writes all of it. Returns 0 or the reason. */
static int write_all(int descriptor, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : EIO;
        bytes += written;
        size -= (size_t)written;
    }
    return 0;
}

/* --- Writing --- */

/* What a path is that is not a regular file. */
static gt_status refuse_kind(const char *path, mode_t mode, gt_error *error) {
    return gt_error_set(error, GT_FAILED, "%s: cannot be written: it is %s: choose another name",
                        path, S_ISDIR(mode) ? "a directory" : "not a regular file");
}

/* Whether the file that is open has that name; a name can pass to another file meanwhile. */
static bool has_name(int descriptor, const char *path) {
    struct stat open_file, named;
    return fstat(descriptor, &open_file) == 0 && lstat(path, &named) == 0 &&
           open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

static gt_status fail_busy(const char *path, gt_error *error) {
    return gt_error_set(error, GT_FAILED,
                        "%s: another process is writing it: wait for that, or choose another name",
                        path);
}

/* Makes the temporary file and locks it. It is always a new file, so that nothing is written
 * through a link or into a pipe of that name. */
static gt_status create_temporary(gt_file_writer *writer, gt_error *error) {
    const char *path = writer->temporary;
    for (int i = 0; i < LOCK_TRIES; i++) {
        writer->descriptor = system_open(path, O_RDWR | O_CREAT | O_EXCL, 0666);
        if (writer->descriptor >= 0) {
            if (system_lock(writer->descriptor) != EAGAIN && has_name(writer->descriptor, path))
                return GT_OK;
            close(writer->descriptor); /* another process took it for one that was left behind */
            continue;
        }
        if (errno != EEXIST)
            return fail_writing(writer->path, errno, error);
        int reason = system_remove_abandoned(path);
        if (reason == EAGAIN)
            return fail_busy(writer->path, error);
        if (reason != 0 && reason != ENOENT)
            return fail_writing(path, reason, error);
    }
    return fail_busy(writer->path, error);
}

gt_status gt_file_begin(gt_file_writer *writer, const char *path, gt_error *error) {
    writer->is_open = writer->failed = false;
    bool fits = gt_text_copy(writer->path, sizeof writer->path, path);
    int length =
        snprintf(writer->temporary, sizeof writer->temporary, "%s" GT_FILE_TEMPORARY, path);
    if (!fits || length >= (int)sizeof writer->temporary)
        return gt_error_set(error, GT_FAILED,
                            "%.64s...: cannot be written: the path has more than %d bytes", path,
                            GT_PATH_CAPACITY - 5);
    if (path[0] == '\0')
        return gt_error_set(error, GT_FAILED, "an empty path cannot be written: give it a name");

    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return refuse_kind(path, status.st_mode, error);
    gt_status result = create_temporary(writer, error);
    writer->is_open = result == GT_OK;
    return result;
}

gt_status gt_file_write(gt_file_writer *writer, const void *bytes, size_t size, gt_error *error) {
    int reason = write_all(writer->descriptor, bytes, size);
    if (reason == 0)
        return GT_OK;
    writer->failed = true;
    return fail_writing(writer->path, reason, error);
}

gt_status gt_file_seek(gt_file_writer *writer, uint64_t offset, gt_error *error) {
    if (lseek(writer->descriptor, (off_t)offset, SEEK_SET) >= 0)
        return GT_OK;
    writer->failed = true;
    return fail_writing(writer->path, errno, error);
}

gt_status gt_file_sync(gt_file_writer *writer, gt_error *error) {
    int reason = system_sync(writer->descriptor);
    return reason == 0 ? GT_OK : fail_writing(writer->path, reason, error);
}

gt_status gt_file_commit(gt_file_writer *writer, gt_error *error) {
    /* A failed write whose error the caller overlooked must not be committed. */
    int reason = writer->failed ? EIO : system_sync(writer->descriptor);
    /* The name is moved while the lock is held, or another writer could take the file for one that
     * was left behind. */
    if (reason == 0 && rename(writer->temporary, writer->path) != 0)
        reason = errno;
    if (reason != 0)
        unlink(writer->temporary);
    close(writer->descriptor); /* what is synced is not lost by a close that fails */
    writer->is_open = false;
    if (reason != 0)
        return fail_writing(writer->path, reason, error);
    char parent[GT_PATH_CAPACITY];
    system_parent(parent, writer->path);
    return gt_directory_sync(parent, error);
}

void gt_file_abort(gt_file_writer *writer) {
    if (!writer->is_open)
        return;
    unlink(writer->temporary);
    close(writer->descriptor);
    writer->is_open = false;
}

gt_status gt_file_save(const char *path, const void *bytes, size_t size, gt_error *error) {
    gt_file_writer writer;
    gt_status status = gt_file_begin(&writer, path, error);
    if (status != GT_OK)
        return status;
    status = gt_file_write(&writer, bytes, size, error);
    if (status != GT_OK) {
        gt_file_abort(&writer);
        return status;
    }
    return gt_file_commit(&writer, error);
}

gt_status gt_file_append(const char *path, const void *bytes, size_t size, gt_error *error) {
    struct stat before;
    /* O_NONBLOCK: a pipe must not make us wait. */
    int descriptor = system_open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0666);
    if (descriptor < 0)
        return fail_writing(path, errno, error);
    int reason = fstat(descriptor, &before) != 0 ? errno : 0;
    if (reason == 0 && !S_ISREG(before.st_mode)) {
        close(descriptor);
        return refuse_kind(path, before.st_mode, error);
    }
    if (reason == 0) {
        reason = write_all(descriptor, bytes, size);
        if (reason == 0)
            reason = system_sync(descriptor);
        /* A part of it would be taken for the beginning of what is appended next. */
        if (reason != 0 && ftruncate(descriptor, before.st_size) != 0)
            reason = errno;
    }
    close(descriptor);
    return reason == 0 ? GT_OK : fail_writing(path, reason, error);
}

gt_status gt_file_check_regular(const char *path, gt_error *error) {
    struct stat status;
    if (stat(path, &status) != 0 || S_ISREG(status.st_mode))
        return GT_OK;
    return gt_error_set(error, GT_FAILED, "%s: is not a regular file: move it away", path);
}

gt_status gt_file_copy(const char *path, const char *from, gt_error *error) {
    char bytes[FIRST_READ];
    gt_file_writer writer = {0};
    if (gt_file_check_regular(from, error) != GT_OK)
        return GT_FAILED;
    int descriptor = system_open(from, O_RDONLY, 0);
    if (descriptor < 0)
        return fail_reading(from, errno, error);
    gt_status status = gt_file_begin(&writer, path, error);
    while (status == GT_OK) {
        ssize_t got = read(descriptor, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = fail_reading(from, errno, error);
        if (got <= 0)
            break;
        status = gt_file_write(&writer, bytes, (size_t)got, error);
    }
    close(descriptor);
    if (status == GT_OK)
        status = gt_file_commit(&writer, error);
    gt_file_abort(&writer);
    return status;
}

gt_status gt_file_exists(bool *exists, const char *path, gt_error *error) {
    struct stat status;
    *exists = lstat(path, &status) == 0;
    return *exists || errno == ENOENT || errno == ENOTDIR ? GT_OK
                                                          : fail_reading(path, errno, error);
}

/* --- Reading --- */

/* Makes *bytes at least `needed` bytes large, doubling, but no larger than `most`. */
static bool grow(char **bytes, size_t *capacity, size_t needed, size_t most) {
    if (needed <= *capacity)
        return true;
    size_t larger = *capacity <= most / 2 ? *capacity * 2 : most;
    if (larger < needed)
        larger = needed;
    char *moved = realloc(*bytes, larger);
    if (moved == NULL)
        return false;
    *bytes = moved;
    *capacity = larger;
    return true;
}

static gt_status fail_larger(const char *path, size_t limit, gt_error *error) {
    return gt_error_set(error, GT_FAILED,
                        "%s: cannot be read: it is larger than the %zu bytes expected at most: "
                        "check that it is the right file",
                        path, limit);
}

/* Reads to the end. The size a file system states is a first guess; the end is where read returns
 * 0, so pipes and files that grow meanwhile are read right. */
static gt_status load_descriptor(char **bytes, size_t *size, int descriptor, size_t guess,
                                 const char *path, size_t limit, gt_error *error) {
    size_t used = 0, capacity = 0;
    for (size_t needed = guess + 2;; needed = used + 2) {
        /* One byte to notice the end or an excess, one for the zero after them. */
        if (!grow(bytes, &capacity, needed, limit + 2))
            return gt_error_set(error, GT_FAILED, "%s: no memory to read its %zu bytes", path,
                                needed - 2);
        ssize_t got = read(descriptor, *bytes + used, capacity - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_reading(path, errno, error);
        if (got == 0)
            break;
        used += (size_t)got;
        if (used > limit)
            return fail_larger(path, limit, error);
    }
    (*bytes)[used] = '\0';
    *size = used;
    return GT_OK;
}

gt_status gt_file_load(char **bytes, size_t *size, const char *path, size_t limit,
                       gt_error *error) {
    *bytes = NULL;
    *size = 0;
    if (limit > SIZE_MAX / 4)
        limit = SIZE_MAX / 4;
    int descriptor = system_open(path, O_RDONLY, 0);
    if (descriptor < 0)
        return fail_reading(path, errno, error);

    struct stat status;
    gt_status result;
    if (fstat(descriptor, &status) != 0)
        result = fail_reading(path, errno, error);
    else if (S_ISDIR(status.st_mode))
        result = gt_error_set(error, GT_FAILED, "%s: cannot be read: it is a directory, not a file",
                              path);
    else if (S_ISREG(status.st_mode) && (uint64_t)status.st_size > limit)
        result = fail_larger(path, limit, error);
    else {
        size_t guess = S_ISREG(status.st_mode) && status.st_size > 0 ? (size_t)status.st_size
                       : limit < FIRST_READ                          ? limit
                                                                     : FIRST_READ;
        result = load_descriptor(bytes, size, descriptor, guess, path, limit, error);
    }
    close(descriptor);
    if (result != GT_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return result;
}
