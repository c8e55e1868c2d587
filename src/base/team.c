/* The parts of a loop are handed out by a ticket: a number that says which loop it is and how many
 * of its parts nobody has taken yet. Workers wait for a ticket with parts left, first spinning,
 * then asleep.
 *
 * A loop ends when its parts are done, not when all workers have looked at it: a worker that the
 * system keeps from running holds up nobody unless it has a part in hand. So a worker may come
 * late, when the next loop has already begun. It reads what the loop is only after it has taken a
 * part, and a loop cannot end while a part of it is in hand. */
#include "gantrain/base/team.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "gantrain/base/processors.h"

#include "gantrain/base/profile.h"

enum {
    MOST_THREADS = 1024,
    PARTS_PER_THREAD = 4,
    /* Looks at a variable before going to sleep: about 0.1 ms, or 0.003 ms while other processes
     * want the processors. */
    SPINS = 4000,
    SPINS_IF_SHARED = 100,
    LOOPS_UNTIL_ALONE = 500 /* without a long wait, until the processors count as ours again */
};

/* Seconds of a wait after which the thread that is waited for must have lost its processor: loops
 * follow each other faster, but a process that is preempted waits for some milliseconds. */
static const double LONG_WAIT = 0.5e-3;

struct worker {
    gt_team *team;
    pthread_t thread;
    int number;
};

struct gt_team {
    /* The current loop: written by the caller before the ticket shows it. */
    gt_loop_body body;
    void *context;
    long count, unit, parts;

    int size;                    /* the caller and size - 1 workers */
    atomic_flag busy;            /* a loop is running */
    atomic_uint_fast64_t ticket; /* number of the loop times 2^32, plus its parts not yet taken */
    atomic_long unfinished;      /* parts not yet done */
    atomic_long calm_loops;      /* since a thread last waited long */
    atomic_bool ending;
    pthread_mutex_t mutex; /* guards only the sleep */
    pthread_cond_t begun, finished;
    struct worker workers[]; /* (size - 1) */
};

static _Thread_local int thread_number;

int gt_team_thread(void) {
    return thread_number;
}

static inline void pause_briefly(void) {
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#endif
}

static uint32_t parts_left(uint64_t ticket) {
    return (uint32_t)ticket;
}

static void do_part(gt_team *team, long part) {
    long units = (team->count + team->unit - 1) / team->unit;
    long first = units * part / team->parts * team->unit;
    long last = units * (part + 1) / team->parts * team->unit;
    team->body(team->context, first, last < team->count ? last : team->count);
    if (atomic_fetch_sub(&team->unfinished, 1) == 1) {
        pthread_mutex_lock(&team->mutex);
        pthread_cond_signal(&team->finished);
        pthread_mutex_unlock(&team->mutex);
    }
}

/* Takes parts and does them, until none is left to take. */
static void take_parts(gt_team *team) {
    uint64_t ticket = atomic_load(&team->ticket);
    while (parts_left(ticket) > 0)
        if (atomic_compare_exchange_weak(&team->ticket, &ticket, ticket - 1)) {
            do_part(team, (long)parts_left(ticket) - 1);
            ticket = atomic_load(&team->ticket);
        }
}

static bool has_work(gt_team *team) {
    return parts_left(atomic_load(&team->ticket)) > 0 || atomic_load(&team->ending);
}

static bool is_finished(gt_team *team) {
    return atomic_load(&team->unfinished) == 0;
}

/* Returns when what is waited for has come about, which the condition variable announces. Spinning
 * spares the system calls of a sleep, which is a tenth of an iteration where threads are alone.
 * Where they are not, it spends their share of the processor, and the system then makes them wait
 * longer: next to one busy process an iteration takes 1.5 to 1.8 times as long as alone, and 2.3 if
 * all waits spin for long. */
static void wait_for(gt_team *team, bool (*has_come)(gt_team *team), pthread_cond_t *announced) {
    bool alone = atomic_load(&team->calm_loops) >= LOOPS_UNTIL_ALONE;
    for (int i = 0; i < (alone ? SPINS : SPINS_IF_SHARED); i++) {
        if (has_come(team))
            return;
        pause_briefly();
    }
    double start = gt_profile_now();
    pthread_mutex_lock(&team->mutex);
    while (!has_come(team))
        pthread_cond_wait(announced, &team->mutex);
    pthread_mutex_unlock(&team->mutex);
    if (gt_profile_now() - start > LONG_WAIT)
        atomic_store(&team->calm_loops, 0);
}

static void *work(void *argument) {
    const struct worker *worker = argument;
    gt_team *team = worker->team;
    thread_number = worker->number;
    while (!atomic_load(&team->ending)) {
        take_parts(team);
        wait_for(team, has_work, &team->begun);
    }
    return NULL;
}

/* Under the mutex, so that no worker can miss it between its last look and its sleep. */
static void wake_workers(gt_team *team) {
    pthread_mutex_lock(&team->mutex);
    pthread_cond_broadcast(&team->begun);
    pthread_mutex_unlock(&team->mutex);
}

static void start_workers(gt_team *team, int size) {
    for (team->size = 1; team->size < size; team->size++) {
        struct worker *worker = &team->workers[team->size - 1];
        *worker = (struct worker){.team = team, .number = team->size};
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
    atomic_init(&team->calm_loops, LOOPS_UNTIL_ALONE);
    start_workers(team, size);
    return team;
}

void gt_team_close(gt_team *team) {
    if (team == NULL)
        return;
    atomic_store(&team->ending, true);
    wake_workers(team);
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
    if (count <= 0)
        return;
    if (!parallel || gt_team_size(team) == 1) {
        body(context, 0, count);
        return;
    }
    bool entered_twice = atomic_flag_test_and_set(&team->busy);
    assert(!entered_twice);
    (void)entered_twice;
    long units = (count + unit - 1) / unit, most = (long)team->size * PARTS_PER_THREAD;
    team->body = body;
    team->context = context;
    team->count = count;
    team->unit = unit;
    team->parts = units < most ? units : most;
    atomic_store(&team->unfinished, team->parts);
    uint64_t number = atomic_load(&team->ticket) >> 32;
    atomic_store(&team->ticket, (number + 1) << 32 | (uint64_t)team->parts);
    if (atomic_load(&team->calm_loops) < LOOPS_UNTIL_ALONE)
        atomic_fetch_add(&team->calm_loops, 1);
    wake_workers(team);
    take_parts(team);
    wait_for(team, is_finished, &team->finished);
    atomic_flag_clear(&team->busy);
}

/* A body that is to run once on every thread. */
struct visit {
    void (*body)(void);
    atomic_long missing; /* threads that have not run it yet */
};

/* One item is one thread. It waits for the others, so that none takes a second item. */
static void visit_thread(void *context, long first, long last) {
    struct visit *visit = context;
    visit->body();
    atomic_fetch_sub(&visit->missing, last - first);
    while (atomic_load(&visit->missing) > 0)
        sched_yield();
}

void gt_team_visit(gt_team *team, void (*body)(void)) {
    struct visit visit = {.body = body};
    atomic_init(&visit.missing, gt_team_size(team));
    gt_team_run(team, visit_thread, &visit, gt_team_size(team), 1, true);
}
