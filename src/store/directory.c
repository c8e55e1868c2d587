/* The run directory: made, locked, listed and kept tidy. Nothing in it is ever overwritten by
 * another run. */
#include "gantrain/store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/base/text.h"
#include "gantrain/store/tensorboard.h"

#define SUFFIX ".safetensors"
#define LATEST "checkpoints/latest" SUFFIX

const char *gt_run_file(char path[GT_PATH_CAPACITY], const gt_run_directory *run,
                        const char *name) {
    if (!gt_path_join(path, run->path, name))
        path[0] = '\0';
    return path;
}

/* The reasons of file systems that do not have something: SMB, exFAT, NFS without a lock service,
 * FUSE. ENOTSUP and EOPNOTSUPP are one number on Linux and two on macOS. */
static bool is_lacking(int reason) {
    return reason == ENOTSUP || reason == EOPNOTSUPP || /* NOLINT(misc-redundant-expression) */
           reason == ENOSYS || reason == EINVAL || reason == ENOLCK;
}

/* A lock of the process: it goes when the process goes, however that happens. */
static gt_status take_lock(gt_run_directory *run, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    run->lock =
        open(gt_run_file(path, run, "lock"), O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
    if (run->lock < 0)
        return gt_error_set(error, GT_FAILED,
                            "%s: cannot be written: %s; name another directory with --out",
                            run->path, strerror(errno));
    if (fcntl(run->lock, F_SETLK, &lock) == 0)
        return GT_OK;
    int reason = errno;
    if (is_lacking(reason)) {
        gt_error_add(&run->caution, GT_FAILED,
                     "%.800s: this file system has no locks (%s): see to it that no two runs write "
                     "here at once",
                     run->path, strerror(reason));
        return GT_OK;
    }
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
        bool taken;
        if (length >= GT_PATH_CAPACITY)
            break;
        if (gt_file_exists(&taken, to, error) != GT_OK)
            return GT_FAILED;
        if (taken)
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
    return status == GT_OK ? gt_directory_make(gt_run_file(path, run, "checkpoints"), error)
                           : status;
}

/* Learns what the file system does not have, and notes what follows from that. */
static void find_lacks(gt_run_directory *run) {
    char path[GT_PATH_CAPACITY];
    if (fsync(run->lock) != 0 && is_lacking(errno))
        gt_error_add(&run->caution, GT_FAILED,
                     "%.800s: this file system cannot sync files (%s): after a power cut, the "
                     "newest may be lost",
                     run->path, strerror(errno));
    gt_run_file(path, run, LATEST GT_FILE_TEMPORARY);
    unlink(path);
    run->has_links = symlink("lock", path) == 0 || (errno != EPERM && !is_lacking(errno));
    if (!run->has_links)
        gt_error_add(&run->caution, GT_FAILED,
                     "%.800s: this file system has no symbolic links (%s): " LATEST
                     " is a copy of the newest checkpoint",
                     run->path, strerror(errno));
    unlink(path);
}

/* Removes what a killed process left half written. */
static void sweep(gt_run_directory *run) {
    static const struct {
        const char *folder, *suffix; /* NULL: the run's own */
    } places[] = {{NULL, ".ini"},
                  {NULL, ".csv"},
                  {NULL, ".html"},
                  {"samples", ".png"},
                  {"checkpoints", SUFFIX}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char path[GT_PATH_CAPACITY];
        const char *folder =
            places[i].folder != NULL ? gt_run_file(path, run, places[i].folder) : run->path;
        gt_error detail = {0};
        if (gt_directory_sweep(folder, places[i].suffix, &detail) != GT_OK)
            gt_error_add(&run->caution, GT_FAILED, "%s", detail.message);
    }
}

/* Moves links out of the way that stand where the run appends: what they point to is no file of the
 * run, and who made the directory may be a stranger. */
static void move_links(gt_run_directory *run) {
    static const char *const appended[] = {"log.txt", "events.jsonl", GT_TENSORBOARD_FILE};
    for (size_t i = 0; i < sizeof appended / sizeof *appended; i++) {
        char path[GT_PATH_CAPACITY], moved[GT_PATH_CAPACITY];
        struct stat status;
        gt_error detail = {0};
        if (lstat(gt_run_file(path, run, appended[i]), &status) != 0 || !S_ISLNK(status.st_mode))
            continue;
        if (gt_run_move_aside(moved, path, &detail) == GT_OK)
            gt_error_set(&detail, GT_FAILED,
                         "%.1000s: was a link, and nothing is written to where it points: the link "
                         "is now %.1000s",
                         path, moved);
        gt_error_add(&run->caution, GT_FAILED, "%s", detail.message);
    }
}

/* A directory of which only the outline was made, by a run that then failed to begin, holds
 * none. */
gt_status gt_run_find(bool *found, const gt_run_directory *run, gt_error *error) {
    bool has_checkpoints = false;
    char path[GT_PATH_CAPACITY];
    gt_status status = gt_file_exists(found, gt_run_file(path, run, "config.ini"), error);
    if (status == GT_OK && !*found)
        status = gt_file_exists(found, gt_run_file(path, run, "metrics.csv"), error);
    if (status == GT_OK && !*found)
        status = gt_file_exists(&has_checkpoints, gt_run_file(path, run, "checkpoints"), error);
    if (status == GT_OK && has_checkpoints) {
        gt_run_checkpoint *list;
        int count;
        status = gt_run_list_checkpoints(&list, &count, run, error);
        *found = count > 0;
        free(list);
    }
    return status;
}

/* Sets *found to whether the directory holds a run, and refuses one where none may be. */
static gt_status find_run(bool *found, const gt_run_directory *run, gt_run_mode mode,
                          gt_error *error) {
    gt_status status = gt_run_find(found, run, error);
    if (status != GT_OK || !*found || mode != GT_RUN_NEW)
        return status;
    return gt_error_set(error, GT_FAILED,
                        "%s: already holds a run; continue it (--resume), move it aside "
                        "(--force), or name another directory (--out DIR)",
                        run->path);
}

/* Opens the directory at run->path. */
static gt_status open_mode(gt_run_directory *run, gt_run_mode mode, gt_error *error) {
    bool found = false;
    gt_status status = make_and_lock(run, error);
    if (status == GT_OK)
        status = find_run(&found, run, mode, error);
    if (status == GT_OK && found && mode == GT_RUN_FORCE) {
        status = gt_run_move_aside(run->moved_to, run->path, error);
        gt_run_close(run);
        if (status == GT_OK)
            status = make_and_lock(run, error);
    }
    return status == GT_OK ? make_subdirectories(run, error) : status;
}

/* Sets the path of a run that is not open. */
static gt_status name_run(gt_run_directory *run, const char *path, gt_error *error) {
    *run = (gt_run_directory){.lock = -1};
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length + sizeof ".old-9999" > sizeof run->path)
        return gt_error_set(error, GT_FAILED, "%.60s...: the path is over-long", path);
    memcpy(run->path, path, length);
    return GT_OK;
}

gt_status gt_run_check(gt_run_directory *run, const char *path, gt_run_mode mode, gt_error *error) {
    struct stat there;
    bool exists, found;
    gt_status status = name_run(run, path, error);
    if (status == GT_OK)
        status = gt_file_exists(&exists, run->path, error);
    if (status != GT_OK || !exists)
        return status;
    if (stat(run->path, &there) == 0 && !S_ISDIR(there.st_mode))
        return gt_error_set(error, GT_FAILED, "%s: is a file; name another directory with --out",
                            run->path);
    if (access(run->path, R_OK | W_OK | X_OK) != 0)
        return gt_error_set(error, GT_FAILED,
                            "%s: cannot be written: %s; name another directory with --out",
                            run->path, strerror(errno));
    if (gt_run_is_in_use(run->path))
        return gt_error_set(error, GT_FAILED,
                            "%s: in use by another process; wait for it, or name another "
                            "directory with --out",
                            run->path);
    return find_run(&found, run, mode, error);
}

gt_status gt_run_open(gt_run_directory *run, const char *path, gt_run_mode mode, gt_error *error) {
    gt_status status = name_run(run, path, error);
    if (status != GT_OK)
        return status;
    status = open_mode(run, mode, error);
    if (status == GT_OK) {
        find_lacks(run);
        sweep(run);
        move_links(run);
    } else {
        gt_run_close(run);
    }
    return status;
}

void gt_run_close(gt_run_directory *run) {
    if (run->lock >= 0)
        close(run->lock);
    run->lock = -1;
}

bool gt_run_is_in_use(const char *path) {
    char lock_path[GT_PATH_CAPACITY];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int descriptor = gt_path_join(lock_path, path, "lock")
                         ? open(lock_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) /* it may be a pipe */
                         : -1;
    if (descriptor < 0)
        return false;
    bool in_use = fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(descriptor);
    return in_use;
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

/* A list of checkpoints that grows. */
struct listing {
    gt_run_checkpoint *list;
    int count;
    const char *path;
};

static gt_status add_listed(void *context, const char *name, gt_error *error) {
    struct listing *listing = context;
    gt_run_checkpoint checkpoint;
    if (!parse_name(&checkpoint, name))
        return GT_OK;
    gt_run_checkpoint *longer =
        realloc(listing->list, (size_t)(listing->count + 1) * sizeof *longer);
    if (longer == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory to list it", listing->path);
    listing->list = longer;
    listing->list[listing->count++] = checkpoint;
    return GT_OK;
}

gt_status gt_run_list_checkpoints(gt_run_checkpoint **list, int *count, const gt_run_directory *run,
                                  gt_error *error) {
    char path[GT_PATH_CAPACITY];
    struct listing listing = {.path = gt_run_file(path, run, "checkpoints")};
    gt_status status = gt_directory_visit(path, add_listed, &listing, error);
    if (status == GT_OK && listing.count > 0)
        qsort(listing.list, (size_t)listing.count, sizeof *listing.list, compare_age);
    *list = listing.list;
    *count = listing.count;
    return status;
}

const char *gt_run_checkpoint_path(char path[GT_PATH_CAPACITY], const gt_run_directory *run,
                                   const gt_run_checkpoint *checkpoint) {
    char name[sizeof checkpoint->name + 16];
    snprintf(name, sizeof name, "checkpoints/%s", checkpoint->name);
    return gt_run_file(path, run, name);
}

static gt_status link_latest(const gt_run_directory *run, const gt_run_checkpoint *newest,
                             gt_error *error) {
    char path[GT_PATH_CAPACITY], temporary[GT_PATH_CAPACITY], from[GT_PATH_CAPACITY];
    gt_run_file(path, run, LATEST);
    if (!run->has_links)
        return gt_file_copy(path, gt_run_checkpoint_path(from, run, newest), error);
    gt_run_file(temporary, run, LATEST GT_FILE_TEMPORARY);
    unlink(temporary);
    if (symlink(newest->name, temporary) != 0 || rename(temporary, path) != 0) {
        gt_error_set(error, GT_FAILED, "%s: cannot be made: %s", path, strerror(errno));
        unlink(temporary);
        return GT_FAILED;
    }
    return gt_directory_sync(gt_run_file(path, run, "checkpoints"), error);
}

static gt_status remove_older(const gt_run_directory *run, const gt_run_checkpoint *newest,
                              int keep, gt_error *error) {
    gt_run_checkpoint *list;
    char path[GT_PATH_CAPACITY];
    int count;
    gt_status status = gt_run_list_checkpoints(&list, &count, run, error);
    for (int i = keep; status == GT_OK && i < count; i++)
        if (strcmp(list[i].name, newest->name) != 0 &&
            unlink(gt_run_checkpoint_path(path, run, &list[i])) != 0)
            status =
                gt_error_set(error, GT_FAILED, "%s: cannot be removed: %s", path, strerror(errno));
    free(list);
    return status;
}

gt_status gt_run_keep(const gt_run_directory *run, const gt_run_checkpoint *newest, int keep,
                      gt_error *error) {
    gt_status linked = link_latest(run, newest, error);
    /* A link that cannot be made must not let the disk fill up. */
    gt_status removed = remove_older(run, newest, keep, linked == GT_OK ? error : NULL);
    return linked == GT_OK ? removed : linked;
}

gt_status gt_run_set_aside_newer(int *count, const gt_run_directory *run, uint64_t epoch,
                                 uint64_t step, gt_error *error) {
    gt_run_checkpoint *list, place = {.epoch = epoch, .step = step};
    char path[GT_PATH_CAPACITY], moved[GT_PATH_CAPACITY];
    int listed;
    *count = 0;
    gt_status status = gt_run_list_checkpoints(&list, &listed, run, error);
    for (int i = 0; status == GT_OK && i < listed && compare_age(&list[i], &place) < 0; i++) {
        status = gt_run_move_aside(moved, gt_run_checkpoint_path(path, run, &list[i]), error);
        *count += status == GT_OK;
    }
    free(list);
    return status;
}
