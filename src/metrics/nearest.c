/* Neighbours are chosen by the distances of blocks and then measured again, one pair at a time: it
 * is a few pairs for each query, and a copy is at a distance of exactly 0. */
#include "gantrain/metrics/nearest.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "gantrain/base/team.h"
#include "metrics/sharing.h"

struct search {
    double *squared;   /* (queries, k), nearest first */
    uint32_t *indices; /* (queries, k) */
    const gt_vectors *queries, *references;
    int k;
    bool is_same;
    uint32_t first; /* if so: which reference query 0 is */
};

/* Puts a neighbour where it belongs among the `free` that are in order; place `free` itself is free
 * to be overwritten. Of equally near ones the lower index comes first. */
static void insert(double *squared, uint32_t *indices, int free, double distance, uint32_t index) {
    int place = free;
    for (; place > 0 && (squared[place - 1] > distance ||
                         (squared[place - 1] == distance && indices[place - 1] > index));
         place--) {
        squared[place] = squared[place - 1];
        indices[place] = indices[place - 1];
    }
    squared[place] = distance;
    indices[place] = index;
}

static void search_rows(void *context, const gt_distances *block, long first, long last) {
    const struct search *search = context;
    int k = search->k;
    for (long row = first; row < last; row++) {
        const gt_real *distances = block->squared + row * block->references;
        uint32_t query = block->first_query + (uint32_t)row;
        double *squared = search->squared + (size_t)query * (size_t)k;
        uint32_t *indices = search->indices + (size_t)query * (size_t)k;
        double farthest = squared[k - 1];
        for (int i = 0; i < block->references; i++) {
            uint32_t reference = block->first_reference + (uint32_t)i;
            if ((double)distances[i] < farthest &&
                !(search->is_same && reference == search->first + query)) {
                insert(squared, indices, k - 1, (double)distances[i], reference);
                farthest = squared[k - 1];
            }
        }
    }
}

/* Measures the neighbours of queries first to last - 1 again and puts them in order. */
static void refine(void *context, long first, long last) {
    const struct search *search = context;
    for (long query = first; query < last; query++) {
        double *squared = search->squared + query * search->k;
        uint32_t *indices = search->indices + query * search->k;
        for (int i = 0; i < search->k; i++)
            insert(squared, indices, i,
                   gt_distance_squared(search->queries, (uint32_t)query, search->references,
                                       indices[i]),
                   indices[i]);
    }
}

static gt_status find(struct search *search, const gt_compute *compute, gt_error *error) {
    const gt_vectors *queries = search->queries;
    size_t found = (size_t)queries->count * (size_t)search->k;
    for (size_t i = 0; i < found; i++) {
        search->squared[i] = INFINITY;
        search->indices[i] = UINT32_MAX;
    }
    gt_status status =
        gt_distances_visit(compute, queries, search->references, search_rows, search, error);
    if (status == GT_OK)
        gt_team_run(compute->team, refine, search, queries->count, 1,
                    (double)found * queries->width > (double)GT_LOOP_WORTH);
    return status;
}

/* The blocks of a share; without queries, these are the references. */
enum { QUERIES, REFERENCES, SQUARED, INDICES };

gt_status nearest_share_work(const struct share *share, const gt_compute *compute, gt_rows rows,
                             gt_error *error) {
    const struct share_block *blocks = share->blocks;
    const bool is_same = blocks[QUERIES].rows == 0;
    const gt_vectors references = share_block_vectors(&blocks[REFERENCES]);
    const gt_vectors all = is_same ? references : share_block_vectors(&blocks[QUERIES]);
    const gt_vectors queries = share_part(&all, rows);
    const int k = (int)share->integers[0];
    const size_t before = (size_t)rows.first * (size_t)k;
    struct search search = {.squared = (double *)blocks[SQUARED].bytes + before,
                            .indices = (uint32_t *)blocks[INDICES].bytes + before,
                            .queries = &queries,
                            .references = &references,
                            .k = k,
                            .is_same = is_same,
                            .first = (uint32_t)rows.first};
    return find(&search, compute, error);
}

gt_status gt_nearest_find(double *squared, uint32_t *indices, const gt_compute *compute,
                          const gt_vectors *queries, const gt_vectors *references, int k,
                          bool is_same, gt_error *error) {
    struct search search = {squared, indices, queries, references, k, is_same, 0};
    assert(k >= 1);
    if (references->count - is_same < (uint32_t)k)
        return gt_error_set(error, GT_FAILED,
                            "%d nearest neighbours take more than %" PRIu32 " vectors", k,
                            references->count);
    if (!share_is_possible(compute, queries->count))
        return find(&search, compute, error);
    const size_t row = (size_t)k;
    struct share share = {
        .kind = SHARE_NEAREST, .count = queries->count, .unit = 1, .integers = {k}};
    if (!is_same)
        share.blocks[QUERIES] = share_vectors(queries);
    share.blocks[REFERENCES] = share_vectors(references);
    share.blocks[SQUARED] = share_result(squared, row * sizeof *squared, queries->count);
    share.blocks[INDICES] = share_result(indices, row * sizeof *indices, queries->count);
    return share_out(&share, compute, error);
}

gt_status gt_nearest_radii(double *squared, const gt_compute *compute, const gt_vectors *vectors,
                           int k, gt_error *error) {
    size_t found = (size_t)vectors->count * (size_t)k;
    double *all = malloc(found * sizeof *all);
    uint32_t *indices = malloc(found * sizeof *indices);
    gt_status status =
        all == NULL || indices == NULL
            ? gt_error_set(error, GT_FAILED, "no memory for %d neighbours of %" PRIu32 " vectors",
                           k, vectors->count)
            : gt_nearest_find(all, indices, compute, vectors, vectors, k, true, error);
    for (uint32_t i = 0; status == GT_OK && i < vectors->count; i++)
        squared[i] = all[(size_t)i * (size_t)k + (size_t)k - 1];
    free(all);
    free(indices);
    return status;
}

static int compare_numbers(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

gt_status gt_nearest_median(double *median, const gt_compute *compute, const gt_vectors *queries,
                            const gt_vectors *references, gt_error *error) {
    uint32_t count = queries->count;
    double *squared = malloc(count * sizeof *squared);
    uint32_t *indices = malloc(count * sizeof *indices);
    gt_status status =
        squared == NULL || indices == NULL
            ? gt_error_set(error, GT_FAILED, "no memory for %" PRIu32 " distances", count)
            : gt_nearest_find(squared, indices, compute, queries, references, 1, false, error);
    if (status == GT_OK) {
        qsort(squared, count, sizeof *squared, compare_numbers);
        *median = (sqrt(squared[(count - 1) / 2]) + sqrt(squared[count / 2])) / 2;
    }
    free(squared);
    free(indices);
    return status;
}
