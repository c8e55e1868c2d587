/* System calls as this room makes them: tried again after EINTR, and with what a user can do about
 * their errors. Shared by the sources of files/file.h and the readers. */
#ifndef GANTRAIN_FILES_SYSTEM_H
#define GANTRAIN_FILES_SYSTEM_H

#include <sys/types.h>

#include "gantrain/files/file.h"

/* What the user can do about a reason, as the end of a sentence; may be "". */
const char *system_advice(int reason);

/* open with O_CLOEXEC. */
int system_open(const char *path, int flags, mode_t mode);

/* fsync. Returns 0 or the reason. A file system without fsync (EINVAL, ENOTSUP) is no failure: it
 * has nothing that a sync could save. */
int system_sync(int descriptor);

/* Locks an open file against other processes, without waiting. Returns 0; EAGAIN if another process
 * has it; or why there are no locks here. */
int system_lock(int descriptor);

/* Removes a temporary file unless a process holds its lock. Returns 0; EAGAIN if one does; or why
 * it cannot be removed. */
int system_remove_abandoned(const char *path);

/* The directory that holds path's last name. */
void system_parent(char parent[GT_PATH_CAPACITY], const char *path);

#endif
