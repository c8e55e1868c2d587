/* Workers wait for a new loop by its sequence number, first spinning, then asleep. */
#include "gantrain/base/team.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "gantrain/base/processors.h"

enum {
    MOST_THREADS = 1024,
    SPINS = 4000 /* looks at a variable before going to sleep: about 0.1 ms */
};

struct worker {
    gt_team *team;
    pthread_t thread;
    int part;
};

struct gt_team {
    /* The current loop. Written by the caller before `number` announces it, read by workers after. */
    gt_loop_body body;
    void *context;
    long count, unit;

    int size; /* the caller and size - 1 workers */
    bool ending;
    atomic_flag busy;      /* a loop is running */
    atomic_uint number;    /* of the current loop; workers wake when it changes */
    atomic_int unfinished; /* workers that still have a part of it */
    pthread_mutex_t mutex; /* guards only the sleep */
    pthread_cond_t begun, finished;
    struct worker workers[]; /* (size - 1) */
};

static inline void pause_briefly(void) {
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#endif
}

static void do_part(const gt_team *team, int part) {
    long units = (team->count + team->unit - 1) / team->unit;
    long first = units * part / team->size * team->unit;
    long last = units * (part + 1) / team->size * team->unit;
    if (last > team->count)
        last = team->count;
    if (first < last)
        team->body(team->context, first, last);
}

/* Returns when the number of the loop is no longer `seen`. */
static void wait_for_loop(gt_team *team, unsigned seen) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&team->number) != seen)
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&team->mutex);
    while (atomic_load(&team->number) == seen)
        pthread_cond_wait(&team->begun, &team->mutex);
    pthread_mutex_unlock(&team->mutex);
}

static void announce_loop(gt_team *team) {
    atomic_store(&team->unfinished, team->size - 1);
    /* Under the mutex, so that no worker can miss it between its last look and its sleep. */
    pthread_mutex_lock(&team->mutex);
    atomic_fetch_add(&team->number, 1);
    pthread_cond_broadcast(&team->begun);
    pthread_mutex_unlock(&team->mutex);
}

static void wait_for_workers(gt_team *team) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&team->unfinished) == 0)
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&team->mutex);
    while (atomic_load(&team->unfinished) != 0)
        pthread_cond_wait(&team->finished, &team->mutex);
    pthread_mutex_unlock(&team->mutex);
}

static void *work(void *argument) {
    const struct worker *worker = argument;
    gt_team *team = worker->team;
    unsigned seen = 0;
    for (;;) {
        wait_for_loop(team, seen);
        seen++;
        if (team->ending)
            return NULL;
        do_part(team, worker->part);
        if (atomic_fetch_sub(&team->unfinished, 1) == 1) {
            pthread_mutex_lock(&team->mutex);
            pthread_cond_signal(&team->finished);
            pthread_mutex_unlock(&team->mutex);
        }
    }
}

/* Workers read the team's size only after a loop has begun. */
static void start_workers(gt_team *team, int size) {
    for (team->size = 1; team->size < size; team->size++) {
        struct worker *worker = &team->workers[team->size - 1];
        *worker = (struct worker){.team = team, .part = team->size};
        if (pthread_create(&worker->thread, NULL, work, worker) != 0)
            return;
    }
}

gt_team *gt_team_open(int size) {
    if (size == 0)
        size = gt_processors_threads(0);
    if (size > MOST_THREADS)
        size = MOST_THREADS;
    if (size <= 1)
        return NULL;
    gt_team *team = calloc(1, sizeof *team + (size_t)(size - 1) * sizeof *team->workers);
    if (team == NULL)
        return NULL;
    atomic_flag_clear(&team->busy);
    pthread_mutex_init(&team->mutex, NULL);
    pthread_cond_init(&team->begun, NULL);
    pthread_cond_init(&team->finished, NULL);
    start_workers(team, size);
    return team;
}

void gt_team_close(gt_team *team) {
    if (team == NULL)
        return;
    team->ending = true;
    announce_loop(team);
    for (int i = 0; i < team->size - 1; i++)
        pthread_join(team->workers[i].thread, NULL);
    pthread_mutex_destroy(&team->mutex);
    pthread_cond_destroy(&team->begun);
    pthread_cond_destroy(&team->finished);
    free(team);
}

int gt_team_size(const gt_team *team) {
    return team != NULL ? team->size : 1;
}

void gt_team_run(gt_team *team, gt_loop_body body, void *context, long count, long unit,
                 bool parallel) {
    assert(unit >= 1);
    if (!parallel || gt_team_size(team) == 1) {
        if (count > 0)
            body(context, 0, count);
        return;
    }
    bool entered_twice = atomic_flag_test_and_set(&team->busy);
    assert(!entered_twice);
    (void)entered_twice;
    team->body = body;
    team->context = context;
    team->count = count;
    team->unit = unit;
    announce_loop(team);
    do_part(team, 0);
    wait_for_workers(team);
    atomic_flag_clear(&team->busy);
}
