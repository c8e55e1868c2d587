/* The arena: pieces are rounded up to cache lines, so no two of them share one. */
#include "gantrain/base/arena.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20 };

void *gt_arena_take(gt_arena *arena, size_t count, size_t item_size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, item_size, &bytes) || bytes > SIZE_MAX / 2 ||
        arena->used > SIZE_MAX / 2) {
        assert(arena->memory == NULL);
        arena->used = SIZE_MAX;
        return NULL;
    }
    size_t offset = arena->used;
    arena->used += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (arena->memory == NULL)
        return NULL;
    assert(arena->used <= arena->capacity);
    return arena->memory + offset;
}

size_t gt_memory_size(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGE_SIZE);
    return pages > 0 && page_size > 0 ? (size_t)pages * (size_t)page_size : SIZE_MAX;
}

gt_status gt_arena_reserve(gt_arena *arena, gt_error *error) {
    assert(arena->memory == NULL);
    size_t limit = gt_memory_size();
    if (arena->used > limit)
        return gt_error_set(error, GT_FAILED,
                            "memory: this needs %.1f GB and the machine has %.1f GB; make the "
                            "layers or the batch smaller",
                            (double)arena->used / 1e9, (double)limit / 1e9);
    size_t capacity = arena->used > 0 ? arena->used : ALIGNMENT;
    bool large = capacity >= HUGE_PAGE;
    void *memory = NULL;
    if (posix_memalign(&memory, large ? HUGE_PAGE : ALIGNMENT, capacity) != 0)
        return gt_error_set(error, GT_FAILED,
                            "memory: cannot get %.1f GB; make the layers or the batch smaller",
                            (double)capacity / 1e9);
#ifdef MADV_HUGEPAGE
    /* Training sweeps over tens of megabytes each step; with 4 KB pages it would stall on TLB
     * misses. Only a hint; failure is harmless. */
    if (large)
        madvise(memory, capacity, MADV_HUGEPAGE);
#endif
    memset(memory, 0, capacity);
    *arena = (gt_arena){.memory = memory, .capacity = capacity, .used = 0};
    return GT_OK;
}

gt_status gt_arena_build(gt_arena *arena, void (*carve)(void *context, gt_arena *arena),
                         void *context, gt_error *error) {
    carve(context, arena);
    gt_status status = gt_arena_reserve(arena, error);
    if (status == GT_OK)
        carve(context, arena);
    return status;
}

void gt_arena_release(gt_arena *arena) {
    free(arena->memory);
    *arena = (gt_arena){0};
}
