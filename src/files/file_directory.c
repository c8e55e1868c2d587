/* Directories: made, synced, listed, and rid of what killed processes left in them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/system.h"
#include "gantrain/base/text.h"
#include "gantrain/files/file.h"

gt_status gt_directory_sync(const char *path, gt_error *error) {
    int descriptor = system_open(path, O_RDONLY | O_DIRECTORY, 0);
    /* A directory one may write but not list cannot be opened, and so not be synced, by anybody in
     * our place; its file system still orders the names by itself. */
    if (descriptor < 0 && errno == EACCES)
        return GT_OK;
    int reason = descriptor < 0 ? errno : system_sync(descriptor);
    if (descriptor >= 0)
        close(descriptor);
    if (reason != 0)
        return gt_error_set(error, GT_FAILED, "%s: the directory cannot be synced: %s%s", path,
                            strerror(reason), system_advice(reason));
    return GT_OK;
}

/* Makes one directory whose parent is there; one that is there already is fine. */
static gt_status make_one(const char *path, gt_error *error) {
    if (mkdir(path, 0777) == 0) {
        char parent[GT_PATH_CAPACITY];
        system_parent(parent, path);
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
                        strerror(reason), system_advice(reason));
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

gt_status gt_directory_visit(const char *path,
                             gt_status (*visit)(void *context, const char *name, gt_error *error),
                             void *context, gt_error *error) {
    gt_status status = GT_OK;
    DIR *directory = opendir(path);
    int reason = directory == NULL ? errno : 0;
    while (status == GT_OK && reason == 0) {
        errno = 0; /* readdir returns NULL both at the end and when it fails */
        const struct dirent *entry = readdir(directory);
        if (entry == NULL) {
            reason = errno;
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = visit(context, entry->d_name, error);
    }
    if (directory != NULL)
        closedir(directory);
    if (reason != 0)
        return gt_error_set(error, GT_FAILED, "%s: the directory cannot be read: %s%s", path,
                            strerror(reason), system_advice(reason));
    return status;
}

/* A directory that is rid of temporary files. */
struct sweep {
    const char *path, *suffix;
};

static bool ends_in(const char *name, const char *suffix) {
    size_t length = strlen(name), end = strlen(suffix);
    return length >= end && strcmp(name + length - end, suffix) == 0;
}

static gt_status sweep_name(void *context, const char *name, gt_error *error) {
    const struct sweep *sweep = context;
    char path[GT_PATH_CAPACITY];
    if (!ends_in(name, sweep->suffix) || !gt_path_join(path, sweep->path, name))
        return GT_OK;
    int reason = system_remove_abandoned(path);
    if (reason != 0 && reason != EAGAIN && reason != ENOENT && reason != EISDIR)
        return gt_error_set(error, GT_FAILED,
                            "%s: a file left by a killed process cannot be removed: %s%s", path,
                            strerror(reason), system_advice(reason));
    return GT_OK;
}

gt_status gt_directory_sweep(const char *path, const char *suffix, gt_error *error) {
    char whole[64];
    snprintf(whole, sizeof whole, "%s" GT_FILE_TEMPORARY, suffix);
    return gt_directory_visit(path, sweep_name, &(struct sweep){path, whole}, error);
}

bool gt_path_join(char path[GT_PATH_CAPACITY], const char *directory, const char *name) {
    size_t length = strlen(directory);
    if (length == 0 || name[0] == '/')
        return gt_text_copy(path, GT_PATH_CAPACITY, name);
    const char *separator = directory[length - 1] == '/' ? "" : "/";
    return snprintf(path, GT_PATH_CAPACITY, "%s%s%s", directory, separator, name) <
           GT_PATH_CAPACITY;
}
