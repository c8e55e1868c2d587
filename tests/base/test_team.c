/* The team: every item is done once, runs are cut as promised whatever the sizes, whoever is free
 * takes the next run, and loops one after the other, with or without a pause in which workers fall
 * asleep, lose nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gantrain/base/processors.h"
#include "gantrain/base/team.h"

enum { MOST_RUNS = 64 };

/* What the runs of one loop were. */
struct record {
    atomic_int runs;
    long first[MOST_RUNS], last[MOST_RUNS];
    atomic_int done[1000]; /* how often each of the first items was done */
};

static void record_run(void *context, long first, long last) {
    struct record *record = context;
    int run = atomic_fetch_add(&record->runs, 1);
    if (run >= MOST_RUNS)
        abort();
    record->first[run] = first;
    record->last[run] = last;
    for (long i = first; i < last && i < 1000; i++)
        atomic_fetch_add(&record->done[i], 1);
}

/* The run that begins at `first`. */
static int run_from(const struct record *record, long first) {
    for (int run = 0; run < record->runs; run++)
        if (record->first[run] == first)
            return run;
    fail_msg("no run begins at item %ld", first);
    return -1;
}

/* Runs the loop and checks all that the header says of its runs; leaves them in order. */
static void check_loop(struct record *record, gt_team *team, long count, long unit) {
    memset(record, 0, sizeof *record);
    gt_team_run(team, record_run, record, count, unit, true);
    assert_in_range(record->runs, count > 0, MOST_RUNS);
    for (long i = 0; i < 1000; i++)
        assert_int_equal(record->done[i], i < count);
    long shortest = count, longest = 0, next = 0;
    while (next < count) {
        int run = run_from(record, next);
        long length = record->last[run] - next;
        assert_true(length > 0);
        next = record->last[run];
        if (next < count) {
            assert_int_equal(next % unit, 0);
            shortest = length < shortest ? length : shortest;
        }
        longest = length > longest ? length : longest;
    }
    assert_int_equal(next, count);
    if (count >= gt_team_size(team) * unit) {
        assert_true(record->runs >= gt_team_size(team));
        assert_true(longest - shortest <= unit);
    }
}

static void no_team_is_the_caller_alone(void **state) {
    (void)state;
    assert_null(gt_team_open(1));
    assert_int_equal(gt_team_size(NULL), 1);
    struct record *record = calloc(1, sizeof *record);
    gt_team_run(NULL, record_run, record, 100, 1, true);
    assert_int_equal(record->runs, 1);
    gt_team_close(NULL);
    free(record);
}

static void a_team_has_the_size_that_was_asked_for(void **state) {
    (void)state;
    for (int size = 2; size <= 5; size++) {
        gt_team *team = gt_team_open(size);
        assert_int_equal(gt_team_size(team), size);
        gt_team_close(team);
    }
    gt_team *team = gt_team_open(0);
    assert_int_equal(gt_team_size(team), gt_processors_threads(0));
    gt_team_close(team);
}

static void every_item_is_done_once(void **state) {
    (void)state;
    struct record *record = calloc(1, sizeof *record);
    const long counts[] = {0, 1, 2, 3, 15, 16, 17, 31, 100, 784, 999, 1000};
    const long units[] = {1, 2, 16, 64, 5000};
    for (int size = 1; size <= 5; size++) {
        gt_team *team = gt_team_open(size);
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            for (size_t k = 0; k < sizeof units / sizeof *units; k++)
                check_loop(record, team, counts[i], units[k]);
        check_loop(record, team, 5000000000, 16);
        check_loop(record, team, 5000000001, 1);
        gt_team_close(team);
    }
    free(record);
}

/* A loop in which one run lasts until all items of the others are done. */
struct hold {
    long count;
    atomic_flag begun;
    atomic_long done; /* items */
};

static void hold_first(void *context, long first, long last) {
    struct hold *hold = context;
    if (!atomic_flag_test_and_set(&hold->begun))
        while (atomic_load(&hold->done) < hold->count - (last - first))
            sched_yield();
    atomic_fetch_add(&hold->done, last - first);
}

static void work_flows_to_whoever_is_free(void **state) {
    (void)state;
    for (int size = 2; size <= 3; size++) {
        gt_team *team = gt_team_open(size);
        for (int i = 0; i < 200; i++) {
            struct hold hold = {.count = 300, .begun = ATOMIC_FLAG_INIT};
            gt_team_run(team, hold_first, &hold, hold.count, 1, true);
            assert_int_equal(hold.done, hold.count);
        }
        gt_team_close(team);
    }
}

static atomic_int visits;
static pthread_key_t visited;

static atomic_int visits_of[5];

static void visit(void) {
    atomic_fetch_add(&visits, 1);
    atomic_fetch_add(&visits_of[gt_team_thread()], 1);
    if (pthread_getspecific(visited) != NULL)
        abort();
    pthread_setspecific(visited, &visits);
}

static void a_visit_comes_to_each_thread_once(void **state) {
    (void)state;
    for (int size = 1; size <= 5; size++) {
        assert_int_equal(pthread_key_create(&visited, NULL), 0);
        gt_team *team = gt_team_open(size);
        atomic_store(&visits, 0);
        gt_team_visit(team, visit);
        assert_int_equal(visits, size);
        for (int thread = 0; thread < size; thread++) /* each number is one thread's */
            assert_int_equal(atomic_exchange(&visits_of[thread], 0), 1);
        gt_team_close(team);
        pthread_key_delete(visited);
    }
}

static void a_loop_is_cut_the_same_way_every_time(void **state) {
    (void)state;
    struct record *record = calloc(1, sizeof *record), *again = calloc(1, sizeof *again);
    gt_team *team = gt_team_open(3);
    check_loop(record, team, 777, 16);
    for (int i = 0; i < 100; i++) {
        check_loop(again, team, 777, 16);
        assert_int_equal(again->runs, record->runs);
        for (int run = 0; run < record->runs; run++) {
            int same = run_from(again, record->first[run]);
            assert_int_equal(again->last[same], record->last[run]);
        }
    }
    gt_team_close(team);
    free(record);
    free(again);
}

static void a_small_loop_stays_with_the_caller(void **state) {
    (void)state;
    struct record *record = calloc(1, sizeof *record);
    gt_team *team = gt_team_open(3);
    gt_team_run(team, record_run, record, 500, 16, false);
    assert_int_equal(record->runs, 1);
    assert_int_equal(record->first[0], 0);
    assert_int_equal(record->last[0], 500);
    record->runs = 0;
    gt_team_run(team, record_run, record, 0, 16, false);
    assert_int_equal(record->runs, 0);
    gt_team_close(team);
    free(record);
}

enum { ITEMS = 64 };

/* Each loop works on what the one before it left: a run that is late or early shows in the sum. */
static void move_on(void *context, long first, long last) {
    long(*numbers)[ITEMS] = context;
    for (long i = first; i < last; i++)
        numbers[0][i] = numbers[1][(i + 1) % ITEMS] + 1;
}

static void check_loops_in_a_row(int size, int loops, long pause_nanoseconds) {
    long numbers[2][ITEMS] = {{0}};
    gt_team *team = gt_team_open(size);
    for (int i = 0; i < loops; i++) {
        gt_team_run(team, move_on, numbers, ITEMS, 1, true);
        memcpy(numbers[1], numbers[0], sizeof numbers[0]);
        if (pause_nanoseconds > 0)
            nanosleep(&(struct timespec){.tv_nsec = pause_nanoseconds}, NULL);
    }
    for (int i = 0; i < ITEMS; i++)
        assert_int_equal(numbers[0][i], loops);
    gt_team_close(team);
}

static void loops_follow_one_another(void **state) {
    (void)state;
    check_loops_in_a_row(2, 3000, 0);
    check_loops_in_a_row(4, 300, 0);
}

static void sleeping_workers_wake_up(void **state) {
    (void)state;
    check_loops_in_a_row(2, 200, 500000);
    check_loops_in_a_row(3, 200, 20000);
}

/* Sums up numbers on a team of its own, again and again. */
static void *sum_up(void *argument) {
    const int *size = argument;
    check_loops_in_a_row(*size, 2000, 0);
    return NULL;
}

static void two_teams_work_at_once(void **state) {
    (void)state;
    const int sizes[] = {2, 3};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sum_up, (void *)&sizes[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_team_is_the_caller_alone),
        cmocka_unit_test(a_team_has_the_size_that_was_asked_for),
        cmocka_unit_test(every_item_is_done_once),
        cmocka_unit_test(work_flows_to_whoever_is_free),
        cmocka_unit_test(a_visit_comes_to_each_thread_once),
        cmocka_unit_test(a_loop_is_cut_the_same_way_every_time),
        cmocka_unit_test(a_small_loop_stays_with_the_caller),
        cmocka_unit_test(loops_follow_one_another),
        cmocka_unit_test(sleeping_workers_wake_up),
        cmocka_unit_test(two_teams_work_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
