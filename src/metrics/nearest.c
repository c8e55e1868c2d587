/* Neighbours are chosen in one of two ways, and both end in exact distances. A walk over all pairs
 * chooses by the distances of blocks, and then measures the few pairs of each query again, so that
 * a copy is at a distance of exactly 0. Many wide vectors are sketched first: then a walk over the
 * sketches, for images of 784 pixels a twelfth of the work, gives a lower bound of each distance,
 * and only pairs that it does not rule out are measured, one in some hundreds. */
#include "gantrain/metrics/nearest.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "gantrain/base/team.h"
#include "metrics/sharing.h"
#include "metrics/sketch.h"

struct search {
    double *squared;   /* (queries, k), nearest first */
    uint32_t *indices; /* (queries, k) */
    const gt_vectors *queries, *references;
    int k;
    bool is_same;
    uint32_t first; /* if so: which reference query 0 is */
};

/* A search by sketches. */
struct pruning {
    struct search search;
    struct sketches sketches;
    double rounding;        /* r: the most that it is of the sum of both norms */
    uint32_t done;          /* queries before those of the walk */
    atomic_ullong measured; /* pairs, of the walk */
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

/* |x - w|^2, of bytes by sums of integers: ten times as fast, and equal but for the last digits. */
static double measure_quickly(const gt_vectors *a, uint32_t i, const gt_vectors *b, uint32_t j) {
    enum { MOST = 255 * 255 };
    const size_t width = (size_t)a->width;
    if (a->bytes == NULL || b->bytes == NULL || width > INT_MAX / MOST)
        return gt_distance_squared(a, i, b, j);
    const uint8_t *x = a->bytes + i * width, *w = b->bytes + j * width;
    int sum = 0;
    for (size_t k = 0; k < width; k++) {
        const short difference = (short)(x[k] - w[k]);
        sum += difference * difference;
    }
    return (double)sum / MOST;
}

/* Keeps a reference that is nearer to a query than the k-th so far. References come in order, so of
 * equally near ones the first is kept. */
static void measure(const struct pruning *pruning, uint32_t query, uint32_t reference) {
    const struct search *search = &pruning->search;
    const size_t k = (size_t)search->k;
    double *squared = search->squared + query * k;
    const double farthest = squared[k - 1];
    const double quick = measure_quickly(search->queries, query, search->references, reference);
    if (quick * (1 - 1e-9) >= farthest)
        return;
    const double exact = gt_distance_squared(search->queries, query, search->references, reference);
    if (exact < farthest)
        insert(squared, search->indices + query * k, (int)k - 1, exact, reference);
}

/* The distance of sketches from which on a pair is ruled out. What rounding adds to one is far
 * below r (|x|^2 + |w|^2), r = width x 2^-23, of vectors less a mean; and that is at most
 * 3 r (|x|^2 + |x - w|^2), of which only the query need be known. */
static gt_real find_limit(const struct pruning *pruning, uint32_t query, double norm) {
    const size_t k = (size_t)pruning->search.k;
    const double farthest = pruning->search.squared[query * k + k - 1];
    return (gt_real)(farthest + 3 * pruning->rounding * (norm + farthest));
}

/* Measures the pairs of a query that are not ruled out, and returns how many. Nearly all are, so
 * 32 are looked at together first. */
static unsigned prune(const struct pruning *pruning, const gt_distances *block, long row) {
    enum { AT_ONCE = 32 };
    const struct search *search = &pruning->search;
    const uint32_t query = pruning->done + block->first_query + (uint32_t)row;
    const gt_real *distances = block->squared + row * block->references;
    /* Of the vector and of its sketch, which are less means that may differ. */
    const double norm = (double)pruning->sketches.norms[query] + (double)block->query_norms[row];
    gt_real limit = find_limit(pruning, query, norm);
    unsigned measured = 0;
    for (int from = 0, to; from < block->references; from = to) {
        int any = 0;
        to = block->references - from < AT_ONCE ? block->references : from + AT_ONCE;
        for (int i = from; i < to; i++)
            any |= distances[i] < limit;
        for (int i = from; any && i < to; i++) {
            const uint32_t reference = block->first_reference + (uint32_t)i;
            if (distances[i] < limit && !(search->is_same && reference == search->first + query)) {
                measure(pruning, query, reference);
                limit = find_limit(pruning, query, norm);
                measured++;
            }
        }
    }
    return measured;
}

static void prune_rows(void *context, const gt_distances *block, long first, long last) {
    struct pruning *pruning = context;
    unsigned long long measured = 0;
    for (long row = first; row < last; row++)
        measured += prune(pruning, block, row);
    atomic_fetch_add(&pruning->measured, measured);
}

/* Finds the neighbours of the first queries by sketches, and sets `done` to how many these are: how
 * many pairs are left to measure depends on the data (images of noise are about equally far from
 * all others), so sketches are tried on a few queries and then on ever more, as long as at most one
 * pair in 16 is measured. */
static gt_status find_by_sketches(uint32_t *done, const struct search *search,
                                  const gt_compute *compute, gt_error *error) {
    const uint32_t count = search->queries->count, references = search->references->count;
    struct pruning pruning = {.search = *search,
                              .rounding = search->references->width * (double)FLT_EPSILON};
    gt_status status = GT_OK;
    bool pays = sketches_make(&pruning.sketches, compute, search->queries, search->references);
    for (uint32_t rows = 16; status == GT_OK && pays && pruning.done < count; rows *= 8) {
        const uint32_t left = count - pruning.done, now = rows < left ? rows : left;
        const gt_vectors queries =
            share_part(&pruning.sketches.queries, (gt_rows){(int)pruning.done, (int)now});
        pruning.measured = 0;
        status = gt_distances_visit(compute, &queries, &pruning.sketches.references, prune_rows,
                                    &pruning, error);
        pays = (double)pruning.measured <= (double)now * references / 16;
        pruning.done += now;
    }
    sketches_free(&pruning.sketches);
    *done = pruning.done;
    return status;
}

/* Whether sketches may pay: to make and to try them costs as much as some hundreds of queries. */
static bool may_sketch(const struct search *search) {
    const uint32_t count = search->queries->count;
    return search->references->width >= 4 * SKETCH_WIDTH && count >= 1000 && count <= INT_MAX &&
           search->references->count >= 16384;
}

static gt_status find(const struct search *search, const gt_compute *compute, gt_error *error) {
    const uint32_t count = search->queries->count;
    const size_t k = (size_t)search->k, found = count * k;
    for (size_t i = 0; i < found; i++) {
        search->squared[i] = INFINITY;
        search->indices[i] = UINT32_MAX;
    }
    uint32_t done = 0;
    gt_status status = may_sketch(search) ? find_by_sketches(&done, search, compute, error) : GT_OK;
    if (status != GT_OK || done == count)
        return status;
    const gt_vectors queries =
        share_part(search->queries, (gt_rows){(int)done, (int)(count - done)});
    struct search rest = *search;
    rest.queries = &queries;
    rest.squared += done * k;
    rest.indices += done * k;
    rest.first += done;
    status = gt_distances_visit(compute, &queries, search->references, search_rows, &rest, error);
    if (status == GT_OK)
        gt_team_run(compute->team, refine, &rest, queries.count, 1,
                    (double)queries.count * (double)k * queries.width > (double)GT_LOOP_WORTH);
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
