/* A preloaded library that takes something away from a program: what a file system may lack, and memory. Errors are
 * given as numbers of errno.
 *
 *   NO_SYMLINK=1 (EPERM: exFAT, SMB)   NO_LOCK=37 (ENOLCK: NFS), 38 (ENOSYS: Lustre)   NO_FSYNC=22 (EINVAL: FUSE)
 *   NO_MEMORY=N   the N-th allocation fails, counted from the first thread that the program starts
 *   COUNT_MEMORY= how many allocations there were goes to stderr
 *
 * cc -shared -fPIC -o preload.so preload.c */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Sets errno to what the environment says under that name, and returns it. */
static int lacks(const char *name) {
    const char *text = getenv(name);
    errno = text != NULL ? atoi(text) : 0;
    return errno;
}

int symlink(const char *to, const char *path) {
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "symlink");
    return lacks("NO_SYMLINK") ? -1 : real(to, path);
}

int fsync(int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    return lacks("NO_FSYNC") ? -1 : real(file);
}

int fcntl(int file, int command, ...) {
    int (*real)(int, int, ...) = dlsym(RTLD_NEXT, "fcntl");
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return (command == F_SETLK || command == F_GETLK) && lacks("NO_LOCK")
               ? -1
               : real(file, command, argument);
}

/* --- Memory --- */

static long allocations, failing; /* failing: 0 before it is known */

/* Counts an allocation; whether it is the one that fails. */
static int is_out_of_memory(void) {
    if (failing == 0 || ++allocations != failing)
        return 0;
    errno = ENOMEM;
    return 1;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *context) {
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
        dlsym(RTLD_NEXT, "pthread_create");
    const char *text = getenv("NO_MEMORY");
    int result = real(thread, attributes, run, context);
    if (failing == 0)
        failing = text != NULL ? atol(text) : -1;
    return result;
}

void *malloc(size_t size) {
    static void *(*real)(size_t);
    if (real == NULL)
        real = dlsym(RTLD_NEXT, "malloc");
    return is_out_of_memory() ? NULL : real(size);
}

void *realloc(void *old, size_t size) {
    static void *(*real)(void *, size_t);
    if (real == NULL)
        real = dlsym(RTLD_NEXT, "realloc");
    return is_out_of_memory() ? NULL : real(old, size);
}

void *calloc(size_t count, size_t size) {
    static void *(*real)(size_t, size_t);
    static int is_looking;
    if (real == NULL && is_looking) /* dlsym itself wants memory, and can do without */
        return NULL;
    if (real == NULL) {
        is_looking = 1;
        real = dlsym(RTLD_NEXT, "calloc");
        is_looking = 0;
    }
    return is_out_of_memory() ? NULL : real(count, size);
}

__attribute__((destructor)) static void tell(void) {
    if (getenv("COUNT_MEMORY") != NULL)
        fprintf(stderr, "%ld allocations\n", allocations);
}
