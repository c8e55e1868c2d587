/* The run directory: made, locked, listed and kept tidy. Nothing in it is ever overwritten by
 * another run. */
#include "gantrain/store/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/base/text.h"

#define SUFFIX ".safetensors"
#define LATEST "checkpoints/latest" SUFFIX

const char *gt_run_file(char path[GT_PATH_CAPACITY], const gt_run_directory *run,
                        const char *name) {
    if (!gt_path_join(path, run->path, name))
        path[0] = '\0';
    return path;
}

/* A lock of the process: it goes when the process goes, however that happens. */
static gt_status take_lock(gt_run_directory *run, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    run->lock = open(gt_run_file(path, run, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (run->lock < 0)
        return gt_error_set(error, GT_FAILED,
                            "%s: cannot be written: %s; name another directory with --out",
                            run->path, strerror(errno));
    if (fcntl(run->lock, F_SETLK, &lock) == 0)
        return GT_OK;
    int reason = errno;
    bool taken = (reason == EACCES || reason == EAGAIN) && fcntl(run->lock, F_GETLK, &lock) == 0 &&
                 lock.l_type != F_UNLCK;
    gt_run_close(run);
    if (taken)
        return gt_error_set(error, GT_FAILED,
                            "%s: in use by process %ld; wait for it, or name another directory "
                            "with --out",
                            run->path, (long)lock.l_pid);
    return gt_error_set(error, GT_FAILED, "%s: cannot be locked: %s", run->path, strerror(reason));
}

gt_status gt_run_move_aside(char to[GT_PATH_CAPACITY], const char *path, gt_error *error) {
    for (int n = 1; n < 10000; n++) {
        int length = snprintf(to, GT_PATH_CAPACITY, "%s.old-%d", path, n);
        if (length >= GT_PATH_CAPACITY)
            break;
        if (access(to, F_OK) == 0)
            continue;
        if (rename(path, to) == 0)
            return GT_OK;
        return gt_error_set(error, GT_FAILED,
                            "%s: cannot be moved to %s: %s; move it yourself, or choose another",
                            path, to, strerror(errno));
    }
    return gt_error_set(error, GT_FAILED, "%s: there is no free name to move it to", path);
}

static gt_status make_and_lock(gt_run_directory *run, gt_error *error) {
    gt_status status = gt_directory_make(run->path, error);
    return status == GT_OK ? take_lock(run, error) : status;
}

static gt_status make_subdirectories(gt_run_directory *run, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    gt_status status = gt_directory_make(gt_run_file(path, run, "samples"), error);
    if (status == GT_OK)
        status = gt_directory_make(gt_run_file(path, run, "checkpoints"), error);
    if (status != GT_OK)
        gt_run_close(run);
    return status;
}

/* A directory of which only the outline was made, by a run that then failed to begin, holds none.
 */
static bool holds_run(const gt_run_directory *run) {
    gt_run_checkpoint *list;
    char path[GT_PATH_CAPACITY];
    int count;
    gt_run_list_checkpoints(&list, &count, run, NULL);
    free(list);
    return count > 0 || access(gt_run_file(path, run, "config.ini"), F_OK) == 0 ||
           access(gt_run_file(path, run, "metrics.csv"), F_OK) == 0;
}

gt_status gt_run_open(gt_run_directory *run, const char *path, gt_run_mode mode, gt_error *error) {
    *run = (gt_run_directory){.lock = -1};
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length + sizeof ".old-9999" > sizeof run->path)
        return gt_error_set(error, GT_FAILED, "%.60s...: the path is over-long", path);
    memcpy(run->path, path, length);

    gt_status status = make_and_lock(run, error);
    if (status == GT_OK && holds_run(run) && mode == GT_RUN_NEW) {
        gt_run_close(run);
        return gt_error_set(error, GT_FAILED,
                            "%s: already holds a run; go on with it (--resume), move it aside "
                            "(--force), or name another directory (--out DIR)",
                            run->path);
    }
    if (status == GT_OK && holds_run(run) && mode == GT_RUN_FORCE) {
        status = gt_run_move_aside(run->moved_to, run->path, error);
        gt_run_close(run);
        if (status == GT_OK)
            status = make_and_lock(run, error);
    }
    return status == GT_OK ? make_subdirectories(run, error) : status;
}

void gt_run_close(gt_run_directory *run) {
    if (run->lock >= 0)
        close(run->lock);
    run->lock = -1;
}

void gt_run_checkpoint_name(gt_run_checkpoint *checkpoint, uint64_t epoch, uint64_t step) {
    *checkpoint = (gt_run_checkpoint){.epoch = epoch, .step = step};
    if (step > 0)
        snprintf(checkpoint->name, sizeof checkpoint->name,
                 "epoch-%04" PRIu64 "-step-%07" PRIu64 SUFFIX, epoch, step);
    else
        snprintf(checkpoint->name, sizeof checkpoint->name, "epoch-%04" PRIu64 SUFFIX, epoch);
}

/* Reads a name back; false if it is not that of a checkpoint. */
static bool parse_name(gt_run_checkpoint *checkpoint, const char *name) {
    uint64_t epoch, step = 0;
    int length = 0;
    if (sscanf(name, "epoch-%" SCNu64 "%n", &epoch, &length) != 1)
        return false;
    if (strncmp(name + length, "-step-", 6) == 0)
        sscanf(name + length, "-step-%" SCNu64, &step);
    gt_run_checkpoint_name(checkpoint, epoch, step);
    return strcmp(checkpoint->name, name) == 0;
}

/* Newest first. Within an epoch steps ascend, and its end, epoch N with step 0, is where epoch N +
 * 1 begins. */
static int compare_age(const void *a, const void *b) {
    const gt_run_checkpoint *first = a, *second = b;
    if (first->epoch != second->epoch)
        return first->epoch > second->epoch ? -1 : 1;
    return (first->step < second->step) - (first->step > second->step);
}

gt_status gt_run_list_checkpoints(gt_run_checkpoint **list, int *count, const gt_run_directory *run,
                                  gt_error *error) {
    char path[GT_PATH_CAPACITY];
    struct dirent *entry;
    gt_status status = GT_OK;
    *list = NULL;
    *count = 0;
    DIR *directory = opendir(gt_run_file(path, run, "checkpoints"));
    if (directory == NULL)
        return gt_error_set(error, GT_FAILED, "%s: cannot be read: %s", path, strerror(errno));
    while (status == GT_OK && (entry = readdir(directory)) != NULL) {
        gt_run_checkpoint checkpoint;
        if (!parse_name(&checkpoint, entry->d_name))
            continue;
        gt_run_checkpoint *longer = realloc(*list, (size_t)(*count + 1) * sizeof **list);
        if (longer == NULL) {
            status = gt_error_set(error, GT_FAILED, "%s: no memory to list it", path);
        } else {
            *list = longer;
            (*list)[(*count)++] = checkpoint;
        }
    }
    closedir(directory);
    if (status == GT_OK && *count > 0)
        qsort(*list, (size_t)*count, sizeof **list, compare_age);
    return status;
}

static gt_status link_latest(const gt_run_directory *run, const char *name, gt_error *error) {
    char path[GT_PATH_CAPACITY], temporary[GT_PATH_CAPACITY];
    gt_run_file(path, run, LATEST);
    gt_run_file(temporary, run, LATEST ".tmp");
    unlink(temporary);
    if (symlink(name, temporary) != 0 || rename(temporary, path) != 0) {
        gt_error_set(error, GT_FAILED, "%s: cannot be made: %s", path, strerror(errno));
        unlink(temporary);
        return GT_FAILED;
    }
    return gt_directory_sync(gt_run_file(path, run, "checkpoints"), error);
}

/* The path of a checkpoint. */
static const char *checkpoint_path(char path[GT_PATH_CAPACITY], const gt_run_directory *run,
                                   const gt_run_checkpoint *checkpoint) {
    char name[sizeof checkpoint->name + 16];
    snprintf(name, sizeof name, "checkpoints/%s", checkpoint->name);
    return gt_run_file(path, run, name);
}

gt_status gt_run_keep(const gt_run_directory *run, const gt_run_checkpoint *newest, int keep,
                      gt_error *error) {
    gt_run_checkpoint *list = NULL;
    char path[GT_PATH_CAPACITY];
    int count;
    gt_status status = link_latest(run, newest->name, error);
    if (status == GT_OK)
        status = gt_run_list_checkpoints(&list, &count, run, error);
    for (int i = keep; status == GT_OK && i < count; i++)
        if (strcmp(list[i].name, newest->name) != 0 &&
            unlink(checkpoint_path(path, run, &list[i])) != 0)
            status =
                gt_error_set(error, GT_FAILED, "%s: cannot be removed: %s", path, strerror(errno));
    free(list);
    return status;
}

gt_status gt_run_set_aside_newer(int *count, const gt_run_directory *run, uint64_t epoch,
                                 uint64_t step, gt_error *error) {
    gt_run_checkpoint *list, place = {.epoch = epoch, .step = step};
    char path[GT_PATH_CAPACITY], moved[GT_PATH_CAPACITY];
    int listed;
    *count = 0;
    gt_status status = gt_run_list_checkpoints(&list, &listed, run, error);
    for (int i = 0; status == GT_OK && i < listed && compare_age(&list[i], &place) < 0; i++) {
        status = gt_run_move_aside(moved, checkpoint_path(path, run, &list[i]), error);
        *count += status == GT_OK;
    }
    free(list);
    return status;
}
