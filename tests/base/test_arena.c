/* The arena: measuring and carving agree, pieces are aligned, zeroed and apart, and sums that no
 * machine can hold are refused with both numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gantrain/base/arena.h"

enum { PIECES = 6 };
static const size_t counts[PIECES] = {1, 0, 64, 65, 1000, 3};
static const size_t sizes[PIECES] = {1, 8, 1, 1, 4, 24};

static void take_all(unsigned char *pieces[PIECES], gt_arena *arena) {
    for (int i = 0; i < PIECES; i++)
        pieces[i] = gt_arena_take(arena, counts[i], sizes[i]);
}

static void measuring_gives_no_memory(void **state) {
    (void)state;
    gt_arena arena = {0};
    unsigned char *pieces[PIECES];
    take_all(pieces, &arena);
    size_t sum = 0;
    for (int i = 0; i < PIECES; i++) {
        assert_null(pieces[i]);
        sum += counts[i] * sizes[i];
    }
    assert_null(arena.memory);
    assert_in_range(arena.used, sum, sum + PIECES * 64);
    gt_arena_release(&arena);
}

static void what_was_measured_is_what_is_carved(void **state) {
    (void)state;
    gt_arena arena = {0};
    unsigned char *pieces[PIECES];
    take_all(pieces, &arena);
    size_t measured = arena.used;
    assert_int_equal(gt_arena_reserve(&arena, NULL), GT_OK);
    assert_non_null(arena.memory);
    assert_int_equal(arena.capacity, measured);
    assert_int_equal(arena.used, 0);
    take_all(pieces, &arena);
    assert_int_equal(arena.used, measured);
    gt_arena_release(&arena);
}

static void pieces_are_aligned_zeroed_and_apart(void **state) {
    (void)state;
    gt_arena arena = {0};
    unsigned char *pieces[PIECES];
    take_all(pieces, &arena);
    assert_int_equal(gt_arena_reserve(&arena, NULL), GT_OK);
    take_all(pieces, &arena);
    for (int i = 0; i < PIECES; i++) {
        size_t bytes = counts[i] * sizes[i];
        assert_int_equal((uintptr_t)pieces[i] % 64, 0);
        assert_true(pieces[i] >= arena.memory);
        assert_true(pieces[i] + bytes <= arena.memory + arena.capacity);
        for (size_t k = 0; k < bytes; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], i + 1, bytes);
    }
    for (int i = 0; i < PIECES; i++)
        for (size_t k = 0; k < counts[i] * sizes[i]; k++)
            assert_int_equal(pieces[i][k], i + 1);
    gt_arena_release(&arena);
}

static void an_empty_arena_is_reserved_and_released(void **state) {
    (void)state;
    gt_arena arena = {0};
    gt_arena_release(&arena);
    assert_int_equal(gt_arena_reserve(&arena, NULL), GT_OK);
    gt_arena_release(&arena);
    assert_null(arena.memory);
    assert_int_equal(arena.used, 0);
    assert_int_equal(arena.capacity, 0);
    gt_arena_release(&arena);
}

static void assert_is_refused(gt_arena *arena) {
    gt_error error = {0};
    assert_int_equal(gt_arena_reserve(arena, &error), GT_FAILED);
    assert_int_equal(error.status, GT_FAILED);
    if (strstr(error.message, "memory") == NULL || strstr(error.message, "GB") == NULL ||
        strstr(error.message, "smaller") == NULL)
        fail_msg("'%s' does not say what is wrong and what to do", error.message);
    assert_null(arena->memory);
    gt_arena_release(arena);
}

static void more_than_the_machine_has_is_refused(void **state) {
    (void)state;
    size_t memory = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGE_SIZE);
    gt_arena arena = {0};
    gt_arena_take(&arena, 3, memory);
    char needed[64], there[64];
    snprintf(needed, sizeof needed, "needs %.1f GB", 3 * (double)memory / 1e9);
    snprintf(there, sizeof there, "has %.1f GB", (double)memory / 1e9);
    gt_error error = {0};
    assert_int_equal(gt_arena_reserve(&arena, &error), GT_FAILED);
    if (strstr(error.message, needed) == NULL || strstr(error.message, there) == NULL)
        fail_msg("'%s' does not say '%s' and '%s'", error.message, needed, there);
    assert_is_refused(&arena);
}

static void sizes_that_overflow_are_refused(void **state) {
    (void)state;
    const struct {
        size_t count, size;
    } takes[][3] = {
        {{SIZE_MAX, 2}},
        {{SIZE_MAX / 2 + 1, 2}},
        {{SIZE_MAX, SIZE_MAX}},
        {{SIZE_MAX, 1}},
        {{SIZE_MAX - 63, 1}},
        {{1, SIZE_MAX / 2}, {1, SIZE_MAX / 2}, {1, SIZE_MAX / 2}},
        {{1, SIZE_MAX / 2}, {1, SIZE_MAX / 2 + 1}, {1, 1}},
        {{SIZE_MAX, 2}, {1, 1}, {SIZE_MAX, 2}},
    };
    for (size_t i = 0; i < sizeof takes / sizeof *takes; i++) {
        gt_arena arena = {0};
        for (int k = 0; k < 3; k++)
            assert_null(gt_arena_take(&arena, takes[i][k].count, takes[i][k].size));
        if (arena.used < SIZE_MAX / 2)
            fail_msg("sum %zu wrapped around to %zu bytes", i, arena.used);
        assert_is_refused(&arena);
    }
}

/* In a process of its own: the assert that fails is the C library's. */
static void carving_more_than_was_measured_fails_an_assert(void **state) {
    (void)state;
#ifdef NDEBUG
    skip();
#endif
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        gt_arena arena = {0};
        signal(SIGABRT, SIG_DFL);
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(3);
        gt_arena_take(&arena, 10, 10);
        if (gt_arena_reserve(&arena, NULL) != GT_OK)
            _exit(4);
        gt_arena_take(&arena, 10, 10);
        gt_arena_take(&arena, 1, 1);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measuring_gives_no_memory),
        cmocka_unit_test(what_was_measured_is_what_is_carved),
        cmocka_unit_test(pieces_are_aligned_zeroed_and_apart),
        cmocka_unit_test(an_empty_arena_is_reserved_and_released),
        cmocka_unit_test(more_than_the_machine_has_is_refused),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(carving_more_than_was_measured_fails_an_assert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
