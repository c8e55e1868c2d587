/* Complete files or none. A file is written beside its place, synced, and renamed over it; a rename
 * within a directory is atomic, so a reader sees the old file or the new one and never a part. What
 * is not a regular file (a device, a pipe) cannot be replaced this way and is refused. */
#include "gantrain/files/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/base/text.h"

enum { FIRST_READ = 64 * 1024 };

/* What the user can do about a reason, as the end of a sentence. */
static const char *advice(int reason) {
    switch (reason) {
    case ENOSPC:
    case EDQUOT:
        return ": free some space";
    case EACCES:
    case EPERM:
        return ": check the permissions of the file and its directory";
    case EROFS:
        return ": choose another directory";
    case ENOENT:
        return ": check the path";
    default:
        return "";
    }
}

static gt_status fail_writing(const char *path, int reason, gt_error *error) {
    return gt_error_set(error, GT_FAILED, "%s: cannot be written: %s%s", path, strerror(reason),
                        reason == ENOENT ? ": make its directory first" : advice(reason));
}

static gt_status fail_reading(const char *path, int reason, gt_error *error) {
    return gt_error_set(error, GT_FAILED, "%s: cannot be read: %s%s", path, strerror(reason),
                        advice(reason));
}

static int open_again(const char *path, int flags, mode_t mode) {
    int descriptor;
    do
        descriptor = open(path, flags | O_CLOEXEC, mode);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

/* Returns 0 or the reason. A file system without fsync says EINVAL or ENOTSUP: it has nothing that
 * a sync could save, so that is no failure. */
static int sync_descriptor(int descriptor) {
    int result;
    do
        result = fsync(descriptor);
    while (result != 0 && errno == EINTR);
    return result == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : errno;
}

/* The directory that holds path's last name. */
static void parent_directory(char parent[GT_PATH_CAPACITY], const char *path) {
    gt_text_copy(parent, GT_PATH_CAPACITY, path);
    char *slash = strrchr(parent, '/');
    if (slash == NULL)
        gt_text_copy(parent, GT_PATH_CAPACITY, ".");
    else
        slash[slash == parent ? 1 : 0] = '\0';
}

gt_status gt_directory_sync(const char *path, gt_error *error) {
    int descriptor = open_again(path, O_RDONLY | O_DIRECTORY, 0);
    /* A directory one may write but not list cannot be opened, and so not be synced, by anybody in
     * our place; its file system still orders the names by itself. */
    if (descriptor < 0 && errno == EACCES)
        return GT_OK;
    int reason = descriptor < 0 ? errno : sync_descriptor(descriptor);
    if (descriptor >= 0)
        close(descriptor);
    if (reason != 0)
        return gt_error_set(error, GT_FAILED, "%s: the directory cannot be synced: %s%s", path,
                            strerror(reason), advice(reason));
    return GT_OK;
}

gt_status gt_file_begin(gt_file_writer *writer, const char *path, gt_error *error) {
    writer->stream = NULL;
    bool fits = gt_text_copy(writer->path, sizeof writer->path, path);
    int length = snprintf(writer->temporary, sizeof writer->temporary, "%s.tmp", path);
    if (!fits || length >= (int)sizeof writer->temporary)
        return gt_error_set(error, GT_FAILED,
                            "%.64s...: cannot be written: the path has more than %d bytes", path,
                            GT_PATH_CAPACITY - 5);
    if (path[0] == '\0')
        return gt_error_set(error, GT_FAILED, "an empty path cannot be written: give it a name");

    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return gt_error_set(error, GT_FAILED,
                            "%s: cannot be written: it is %s: choose another name", path,
                            S_ISDIR(status.st_mode) ? "a directory" : "not a regular file");

    /* Made anew, so that nothing is written through a link or into a pipe of that name. */
    unlink(writer->temporary);
    int descriptor = open_again(writer->temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (descriptor < 0)
        return fail_writing(errno == EEXIST ? writer->temporary : path, errno, error);
    writer->stream = fdopen(descriptor, "wb");
    if (writer->stream == NULL) {
        int reason = errno;
        close(descriptor);
        unlink(writer->temporary);
        return fail_writing(path, reason, error);
    }
    return GT_OK;
}

gt_status gt_file_write(gt_file_writer *writer, const void *bytes, size_t size, gt_error *error) {
    errno = 0;
    if (size > 0 && fwrite(bytes, 1, size, writer->stream) != size)
        return fail_writing(writer->path, errno != 0 ? errno : EIO, error);
    return GT_OK;
}

gt_status gt_file_sync(gt_file_writer *writer, gt_error *error) {
    errno = 0;
    int reason = 0;
    if (fflush(writer->stream) != 0)
        reason = errno != 0 ? errno : EIO;
    if (reason == 0)
        reason = sync_descriptor(fileno(writer->stream));
    return reason == 0 ? GT_OK : fail_writing(writer->path, reason, error);
}

gt_status gt_file_commit(gt_file_writer *writer, gt_error *error) {
    errno = 0;
    int reason = 0;
    /* ferror remembers a failed write whose error the caller overlooked. */
    if (fflush(writer->stream) != 0 || ferror(writer->stream))
        reason = errno != 0 ? errno : EIO;
    if (reason == 0)
        reason = sync_descriptor(fileno(writer->stream));
    if (fclose(writer->stream) != 0 && reason == 0)
        reason = errno;
    writer->stream = NULL;
    if (reason == 0 && rename(writer->temporary, writer->path) != 0)
        reason = errno;
    if (reason != 0) {
        unlink(writer->temporary);
        return fail_writing(writer->path, reason, error);
    }
    char parent[GT_PATH_CAPACITY];
    parent_directory(parent, writer->path);
    return gt_directory_sync(parent, error);
}

void gt_file_abort(gt_file_writer *writer) {
    if (writer->stream == NULL)
        return;
    fclose(writer->stream);
    writer->stream = NULL;
    unlink(writer->temporary);
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
        /* One byte to notice the end or an excess, one for the zero behind. */
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
    int descriptor = open_again(path, O_RDONLY, 0);
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

/* Makes one directory whose parent is there; one that is there already is fine. */
static gt_status make_one(const char *path, gt_error *error) {
    if (mkdir(path, 0777) == 0) {
        char parent[GT_PATH_CAPACITY];
        parent_directory(parent, path);
        return gt_directory_sync(parent, error);
    }
    int reason = errno;
    struct stat status;
    if (stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return GT_OK;
        return gt_error_set(error, GT_FAILED,
                            "%s: cannot be made: there is a file of that name: choose another name",
                            path);
    }
    return gt_error_set(error, GT_FAILED, "%s: the directory cannot be made: %s%s", path,
                        strerror(reason), advice(reason));
}

gt_status gt_directory_make(const char *path, gt_error *error) {
    char prefix[GT_PATH_CAPACITY];
    if (path[0] == '\0')
        return gt_error_set(error, GT_FAILED, "an empty path cannot be made: give it a name");
    if (!gt_text_copy(prefix, sizeof prefix, path))
        return gt_error_set(error, GT_FAILED,
                            "%.64s...: cannot be made: the path has more than %d bytes", path,
                            GT_PATH_CAPACITY - 1);
    for (char *end = prefix + strlen(prefix); end > prefix + 1 && end[-1] == '/'; end--)
        end[-1] = '\0';
    for (char *slash = prefix; (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        gt_status status = make_one(prefix, error);
        *slash = '/';
        if (status != GT_OK)
            return status;
    }
    return make_one(prefix, error);
}

bool gt_path_join(char path[GT_PATH_CAPACITY], const char *directory, const char *name) {
    size_t length = strlen(directory);
    if (length == 0 || name[0] == '/')
        return gt_text_copy(path, GT_PATH_CAPACITY, name);
    const char *separator = directory[length - 1] == '/' ? "" : "/";
    return snprintf(path, GT_PATH_CAPACITY, "%s%s%s", directory, separator, name) <
           GT_PATH_CAPACITY;
}
