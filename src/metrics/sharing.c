/* How a share travels. First comes its head, which says how large the blocks are, and then the
 * blocks that are read. At the end each process sends its rows of the results. Before each of the
 * last two all processes agree that none has failed, so that none waits for one that has. */
#include "metrics/sharing.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const share_work works[SHARE_KINDS] = {
    [SHARE_NEAREST] = nearest_share_work,
    [SHARE_PARZEN] = parzen_share_work,
    [SHARE_PAIRS] = manifold_share_work,
    [SHARE_LOOK] = classifier_share_work,
};

bool share_is_possible(const gt_compute *compute, uint32_t count) {
    const gt_processes *helpers = compute->helpers;
    return gt_processes_are_several(helpers) && count >= (uint32_t)helpers->count &&
           count <= INT_MAX;
}

struct share_block share_given(const void *bytes, size_t row_bytes, size_t rows) {
    return (struct share_block){
        .bytes = (void *)bytes, .row_bytes = row_bytes, .rows = (uint32_t)rows};
}

struct share_block share_result(void *bytes, size_t row_bytes, uint32_t rows) {
    return (struct share_block){
        .bytes = bytes, .row_bytes = row_bytes, .rows = rows, .is_result = true};
}

struct share_block share_vectors(const gt_vectors *vectors) {
    const size_t width = (size_t)vectors->width;
    struct share_block block =
        vectors->reals != NULL
            ? share_given(vectors->reals, width * sizeof(gt_real), vectors->count)
            : share_given(vectors->bytes, width, vectors->count);
    block.has_reals = vectors->reals != NULL;
    return block;
}

gt_vectors share_block_vectors(const struct share_block *block) {
    const size_t size = block->has_reals ? sizeof(gt_real) : 1;
    return (gt_vectors){.reals = block->has_reals ? block->bytes : NULL,
                        .bytes = block->has_reals ? NULL : block->bytes,
                        .count = block->rows,
                        .width = (int)(block->row_bytes / size)};
}

gt_vectors share_part(const gt_vectors *vectors, gt_rows rows) {
    const size_t first = (size_t)rows.first * (size_t)vectors->width;
    gt_vectors part = *vectors;
    part.count = (uint32_t)rows.count;
    if (part.reals != NULL)
        part.reals += first;
    else
        part.bytes += first;
    return part;
}

/* The rows that a process computes: whole units, of which the last may be smaller. */
static gt_rows rows_of(const struct share *share, const gt_processes *processes, int number) {
    const gt_processes process = {.number = number, .count = processes->count};
    const int64_t unit = share->unit, count = share->count;
    const gt_rows units = gt_processes_rows(&process, (int)((count + unit - 1) / unit));
    const int64_t first = units.first * unit, end = first + units.count * unit;
    return (gt_rows){(int)first, (int)((end < count ? end : count) - first)};
}

/* What all processes do of a share once its head is known; status is that of this one so far. */
static gt_status take_part(const struct share *share, gt_processes *processes,
                           const gt_compute *compute, gt_status status, gt_error *error) {
    status = gt_processes_agree(processes, status, error);
    if (status != GT_OK)
        return status;
    for (int i = 0; i < SHARE_BLOCKS; i++) {
        const struct share_block *block = &share->blocks[i];
        if (!block->is_result)
            gt_processes_copy(processes, block->bytes, block->rows * block->row_bytes);
    }
    const gt_rows own = rows_of(share, processes, processes->number);
    if (own.count > 0)
        status = works[share->kind](share, compute, own, error);
    status = gt_processes_agree(processes, status, error);
    for (int i = 0; i < SHARE_BLOCKS && status == GT_OK; i++) {
        const struct share_block *block = &share->blocks[i];
        for (int number = 0; block->is_result && number < processes->count; number++) {
            const gt_rows rows = rows_of(share, processes, number);
            gt_processes_copy_from(processes,
                                   (char *)block->bytes + (size_t)rows.first * block->row_bytes,
                                   (size_t)rows.count * block->row_bytes, number);
        }
    }
    return status;
}

static void copy_head(struct share *share, gt_processes *processes) {
    gt_processes_wait(processes);
    gt_processes_copy(processes, share, sizeof *share);
}

gt_status share_out(const struct share *to_do, const gt_compute *compute, gt_error *error) {
    struct share head = *to_do;
    copy_head(&head, compute->helpers);
    return take_part(to_do, compute->helpers, compute, GT_OK, error);
}

/* Memory for the blocks of a share that process 0 has begun; of none where a pointer is NULL. */
static gt_status take_memory(struct share *share, gt_error *error) {
    gt_status status = GT_OK;
    for (int i = 0; i < SHARE_BLOCKS; i++) {
        struct share_block *block = &share->blocks[i];
        block->bytes = block->rows > 0 ? calloc(block->rows, block->row_bytes) : NULL;
        if (block->rows > 0 && block->bytes == NULL)
            status = gt_error_set(error, GT_FAILED,
                                  "no memory to help an evaluation: it takes %" PRIu32
                                  " vectors of %zu bytes",
                                  block->rows, block->row_bytes);
    }
    return status;
}

void gt_sharing_help(gt_processes *processes, const gt_compute *compute, const char *backend) {
    gt_compute own;
    gt_error open_error = {0};
    const gt_status opened = gt_compute_share(&own, compute, backend, "fp32", &open_error);
    for (;;) {
        struct share share;
        gt_error error = open_error;
        memset(&share, 0, sizeof share);
        copy_head(&share, processes);
        if (share.kind == SHARE_END)
            break;
        gt_status status = take_memory(&share, &error);
        if (opened != GT_OK)
            status = opened;
        take_part(&share, processes, &own, status, &error);
        for (int i = 0; i < SHARE_BLOCKS; i++)
            free(share.blocks[i].bytes);
    }
    gt_compute_close(&own);
}

void gt_sharing_end(gt_processes *processes) {
    struct share end;
    memset(&end, 0, sizeof end);
    copy_head(&end, processes);
}
