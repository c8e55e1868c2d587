/* System calls, tried again after EINTR. */
#include "files/system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/base/text.h"

const char *system_advice(int reason) {
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

int system_open(const char *path, int flags, mode_t mode) {
    int descriptor;
    do
        descriptor = open(path, flags | O_CLOEXEC, mode);
    while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

int system_sync(int descriptor) {
    int result;
    do
        result = fsync(descriptor);
    while (result != 0 && errno == EINTR);
    return result == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : errno;
}

int system_lock(int descriptor) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int result;
    do
        result = fcntl(descriptor, F_SETLK, &lock);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno == EACCES ? EAGAIN : errno;
}

int system_remove_abandoned(const char *path) {
    /* O_NONBLOCK, because it may be a pipe. */
    int descriptor = system_open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);
    if (descriptor < 0 && errno != ELOOP && errno != ENXIO) /* a link, a socket: not ours */
        return errno;
    int reason = 0;
    if (descriptor >= 0 && system_lock(descriptor) == EAGAIN)
        reason = EAGAIN;
    else if (unlink(path) != 0)
        reason = errno;
    if (descriptor >= 0)
        close(descriptor);
    return reason;
}

void system_parent(char parent[GT_PATH_CAPACITY], const char *path) {
    gt_text_copy(parent, GT_PATH_CAPACITY, path);
    char *slash = strrchr(parent, '/');
    if (slash == NULL)
        gt_text_copy(parent, GT_PATH_CAPACITY, ".");
    else
        slash[slash == parent ? 1 : 0] = '\0';
}
