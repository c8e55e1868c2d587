/* What a function of this room needs to share its rows out. */
#ifndef GANTRAIN_SRC_METRICS_SHARING_H
#define GANTRAIN_SRC_METRICS_SHARING_H

#include "gantrain/base/processes.h"
#include "gantrain/metrics/distances.h"
#include "gantrain/metrics/sharing.h"

enum { SHARE_BLOCKS = 6, SHARE_NUMBERS = 10 };

/* Memory that a share reads or sets: (rows, row_bytes). */
struct share_block {
    void *bytes;
    size_t row_bytes;
    uint32_t rows;  /* 0: there is no such block */
    bool is_result; /* has a row for each that is shared out; else all processes get it whole */
    bool has_reals; /* of vectors: they are reals, not bytes */
};

/* The rows of a call that are shared out. */
struct share {
    int kind;       /* of enum share_kind */
    uint32_t count; /* of rows */
    uint32_t unit;  /* rows that belong together */
    int64_t integers[SHARE_NUMBERS];
    double numbers[SHARE_NUMBERS];
    struct share_block blocks[SHARE_BLOCKS];
};

/* Computes some rows of a share's results. */
typedef gt_status (*share_work)(const struct share *share, const gt_compute *compute, gt_rows rows,
                                gt_error *error);

enum share_kind { SHARE_END, SHARE_NEAREST, SHARE_PARZEN, SHARE_PAIRS, SHARE_LOOK, SHARE_KINDS };

gt_status nearest_share_work(const struct share *share, const gt_compute *compute, gt_rows rows,
                             gt_error *error);
gt_status parzen_share_work(const struct share *share, const gt_compute *compute, gt_rows rows,
                            gt_error *error);
gt_status manifold_share_work(const struct share *share, const gt_compute *compute, gt_rows rows,
                              gt_error *error);
gt_status classifier_share_work(const struct share *share, const gt_compute *compute, gt_rows rows,
                                gt_error *error);

/* Whether there are helpers, and rows for each. */
bool share_is_possible(const gt_compute *compute, uint32_t count);

/* Lets every process compute its rows, and sets the results. A failure of any of them is that of
 * this call, and results are then not set. */
gt_status share_out(const struct share *to_do, const gt_compute *compute, gt_error *error);

/* Blocks: what is read and not changed, rows of results, vectors. */
struct share_block share_given(const void *bytes, size_t row_bytes, size_t rows);
struct share_block share_result(void *bytes, size_t row_bytes, uint32_t rows);
struct share_block share_vectors(const gt_vectors *vectors);

/* The vectors of a block, and some of a set. */
gt_vectors share_block_vectors(const struct share_block *block);
gt_vectors share_part(const gt_vectors *vectors, gt_rows rows);

#endif
