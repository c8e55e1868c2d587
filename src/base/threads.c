/* The team: workers that wait for a new loop by its number, first spinning, then asleep. */
#include "gantrain/base/threads.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

enum {
    MOST_THREADS = 1024,
    SPINS = 4000 /* looks at a variable before going to sleep: about 0.1 ms */
};

/* The loop under way. Written by the caller before `number` announces it, read by workers after. */
static struct {
    gt_loop_body body;
    void *context;
    long count, unit;
} loop;

static pthread_t workers[MOST_THREADS];
static int team_size = 1; /* the caller and team_size - 1 workers */
static atomic_bool ending;

static atomic_uint number;    /* of the loop under way: a new one wakes the workers */
static atomic_int unfinished; /* workers that still have a part of it */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards only the sleep */
static pthread_cond_t begun = PTHREAD_COND_INITIALIZER, finished = PTHREAD_COND_INITIALIZER;

static inline void pause_briefly(void) {
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#endif
}

static void do_part(int part) {
    long units = (loop.count + loop.unit - 1) / loop.unit;
    long first = units * part / team_size * loop.unit;
    long last = units * (part + 1) / team_size * loop.unit;
    if (last > loop.count)
        last = loop.count;
    if (first < last)
        loop.body(loop.context, first, last);
}

/* Returns when the number of the loop is no longer `seen`. */
static void wait_for_loop(unsigned seen) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&number) != seen)
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&mutex);
    while (atomic_load(&number) == seen)
        pthread_cond_wait(&begun, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void announce_loop(void) {
    atomic_store(&unfinished, team_size - 1);
    /* Under the mutex, so that no worker can miss it between its last look and its sleep. */
    pthread_mutex_lock(&mutex);
    atomic_fetch_add(&number, 1);
    pthread_cond_broadcast(&begun);
    pthread_mutex_unlock(&mutex);
}

static void wait_for_workers(void) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&unfinished) == 0)
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&mutex);
    while (atomic_load(&unfinished) != 0)
        pthread_cond_wait(&finished, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void *work(void *argument) {
    int part = (int)(intptr_t)argument;
    unsigned seen = 0;
    for (;;) {
        wait_for_loop(seen);
        seen++;
        if (atomic_load(&ending))
            return NULL;
        do_part(part);
        if (atomic_fetch_sub(&unfinished, 1) == 1) {
            pthread_mutex_lock(&mutex);
            pthread_cond_signal(&finished);
            pthread_mutex_unlock(&mutex);
        }
    }
}

static void dismiss_workers(void) {
    atomic_store(&ending, true);
    announce_loop();
    for (int i = 1; i < team_size; i++)
        pthread_join(workers[i], NULL);
    atomic_store(&ending, false);
    atomic_store(&number, 0);
    team_size = 1;
}

int gt_threads_set(int count) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (count == 0)
        count = processors > 0 ? (int)processors : 1;
    if (count > MOST_THREADS)
        count = MOST_THREADS;
    if (count == team_size)
        return team_size;
    dismiss_workers();
    /* Workers first look at team_size when a loop has begun. */
    int size = 1;
    while (size < count && pthread_create(&workers[size], NULL, work, (void *)(intptr_t)size) == 0)
        size++;
    team_size = size;
    return team_size;
}

int gt_threads_count(void) {
    return team_size;
}

void gt_threads_for(gt_loop_body body, void *context, long count, long unit, bool parallel) {
    assert(unit >= 1);
    if (!parallel || team_size == 1) {
        if (count > 0)
            body(context, 0, count);
        return;
    }
    loop.body = body;
    loop.context = context;
    loop.count = count;
    loop.unit = unit;
    announce_loop();
    do_part(0);
    wait_for_workers();
}
