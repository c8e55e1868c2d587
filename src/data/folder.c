/* A folder of pictures, at any depth. Links are followed, but not back into a folder that they are
 * in. What cannot be listed or opened is a bad file with its reason, and never looks empty; nothing
 * but regular files is opened, so that a pipe cannot hold us up. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/album.h"
#include "gantrain/files/file.h"

/* A folder on the way down from the album's own. */
struct level {
    const struct level *above;
    dev_t device;
    ino_t inode;
};

/* Names, in a list that grows. */
struct names {
    char **items;
    size_t count, capacity;
};

static bool add_name(struct names *names, const char *name) {
    if (names->count == names->capacity) {
        size_t capacity = names->capacity == 0 ? 256 : names->capacity * 2;
        char **items = realloc(names->items, capacity * sizeof *items);
        if (items == NULL)
            return false;
        names->items = items;
        names->capacity = capacity;
    }
    names->items[names->count] = strdup(name);
    return names->items[names->count++] != NULL;
}

static void free_names(struct names *names) {
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}

/* Returns 0 or the reason. */
static int read_names(struct names *names, const char *path) {
    DIR *directory = opendir(path);
    if (directory == NULL)
        return errno;
    int reason = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL) { /* the end, or an error: errno tells */
            reason = errno;
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!add_name(names, entry->d_name)) {
            reason = ENOMEM;
            break;
        }
    }
    closedir(directory);
    return reason;
}

static bool is_above(const struct level *level, const struct stat *status) {
    for (; level != NULL; level = level->above)
        if (level->device == status->st_dev && level->inode == status->st_ino)
            return true;
    return false;
}

/* Files that systems leave everywhere. */
static bool is_hidden(const char *name) {
    return name[0] == '.' || strcmp(name, "__MACOSX") == 0;
}

static gt_status list_folder(struct album *album, const char *inside, const struct level *above,
                             gt_error *error);

/* Adds what a name stands for. `inside`: the path within the album. */
static gt_status add_entry(struct album *album, const char *inside, const char *name,
                           const struct level *level, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    struct stat status;
    bool fits = gt_path_join(path, album->path, inside);
    int reason = !fits ? ENAMETOOLONG : stat(path, &status) != 0 ? errno : 0;
    bool is_folder = reason == 0 && S_ISDIR(status.st_mode);
    if (is_folder && !is_hidden(name) && !is_above(level, &status))
        return list_folder(album, inside, level, error);
    struct album_file *file = album_add(album, inside);
    if (file == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for the names in it", album->path);
    if (is_hidden(name) || (reason == 0 && !S_ISREG(status.st_mode)))
        file->state = FILE_OTHER;
    else if (reason != 0)
        album_refuse(file, strerror(reason));
    else {
        file->size = (uint64_t)status.st_size;
        file->seconds = status.st_mtim.tv_sec;
        file->nanoseconds = status.st_mtim.tv_nsec;
    }
    return GT_OK;
}

/* A folder that cannot be listed. */
static gt_status refuse_folder(struct album *album, const char *inside, int reason,
                               gt_error *error) {
    if (inside[0] == '\0')
        return gt_error_set(error, GT_FAILED, "%s: cannot be listed: %s", album->path,
                            strerror(reason));
    struct album_file *file = album_add(album, inside);
    if (file == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for the names in it", album->path);
    album_refuse(file, strerror(reason));
    return GT_OK;
}

static gt_status list_folder(struct album *album, const char *inside, const struct level *above,
                             gt_error *error) {
    char path[GT_PATH_CAPACITY];
    struct names names = {0};
    struct stat status;
    struct level level = {.above = above};
    gt_status result = gt_stop_check(album->options->observer.stop, error);
    bool fits = inside[0] == '\0'
                    ? snprintf(path, sizeof path, "%s", album->path) < (int)sizeof path
                    : gt_path_join(path, album->path, inside);
    int reason = !fits ? ENAMETOOLONG : stat(path, &status) != 0 ? errno : 0;
    if (reason == 0) {
        level.device = status.st_dev;
        level.inode = status.st_ino;
        reason = read_names(&names, path);
    }
    if (reason != 0 && result == GT_OK)
        result = refuse_folder(album, inside, reason, error);
    for (size_t i = 0; reason == 0 && result == GT_OK && i < names.count; i++) {
        char name[GT_PATH_CAPACITY];
        if (gt_path_join(name, inside, names.items[i]))
            result = add_entry(album, name, names.items[i], &level, error);
        else
            result = refuse_folder(album, inside, ENAMETOOLONG, error);
    }
    free_names(&names);
    return result;
}

static gt_status list(struct album *album, gt_error *error) {
    return list_folder(album, "", NULL, error);
}

/* Reads up to size bytes. Returns 0 or the reason. */
static int read_bytes(unsigned char *bytes, size_t *got, int descriptor, size_t size) {
    *got = 0;
    while (*got < size) {
        ssize_t count = read(descriptor, bytes + *got, size - *got);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return errno;
        if (count == 0)
            break;
        *got += (size_t)count;
    }
    return 0;
}

static gt_status load_descriptor(unsigned char **bytes, size_t *size, int descriptor, size_t most,
                                 gt_error *error) {
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return gt_error_set(error, GT_FAILED, "%s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return gt_error_set(error, GT_FAILED, "is no longer a regular file");
    if (status.st_size > MOST_PICTURE_BYTES)
        return gt_error_set(error, GT_FAILED,
                            "has %" PRId64 " bytes, more than the %d that can be read",
                            (int64_t)status.st_size, MOST_PICTURE_BYTES);
    size_t wanted = (size_t)status.st_size < most ? (size_t)status.st_size : most;
    *bytes = malloc(wanted + 1);
    if (*bytes == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for its %zu bytes", wanted);
    int reason = read_bytes(*bytes, size, descriptor, wanted);
    return reason == 0 ? GT_OK : gt_error_set(error, GT_FAILED, "%s", strerror(reason));
}

static gt_status load(unsigned char **bytes, size_t *size, struct album *album,
                      const struct album_file *file, size_t most, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    *bytes = NULL;
    *size = 0;
    gt_path_join(path, album->path, file->name); /* it fitted when it was listed */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return gt_error_set(error, GT_FAILED, "%s", strerror(errno));
    gt_status status = load_descriptor(bytes, size, descriptor, most, error);
    close(descriptor);
    if (status != GT_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    return status;
}

static void close_folder(struct album *album) {
    (void)album;
}

static bool is_folder(const struct probe *probe) {
    return probe->is_directory;
}

static gt_status open_folder(gt_dataset *dataset, const struct source_request *request,
                             gt_error *error) {
    static const struct album_kind kind = {"folder", list, load, close_folder};
    return album_open(dataset, &kind, request, error);
}

const struct source source_folder = {"a folder of pictures", true, is_folder, open_folder};
