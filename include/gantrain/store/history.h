/* The numbers of an epoch: one table of columns, from which metrics.csv and the line an epoch are
 * written. */
#ifndef GANTRAIN_STORE_HISTORY_H
#define GANTRAIN_STORE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/model/objective.h"
#include "gantrain/metrics/scores.h"

/* A row. Stats are means over the epoch's iterations. */
typedef struct gt_epoch_row {
    uint64_t epoch, step; /* finished */
    gt_stats stats;
    double diversity; /* of the last fake images over that of real ones (metrics/diversity.h) */
    gt_scores scores; /* of the generator at the end of the epoch; not measured: no scores */
    double images_per_second; /* real images, over this epoch */
    double seconds;           /* this session spent on this epoch */
} gt_epoch_row;

/* Readies the metrics of a run that stands at `epoch` finished epochs: a new file gets its heading,
 * an old one loses the rows past that epoch and a last line that a crash cut short. Fails with
 * GT_FAILED, also if the file has other columns. */
gt_status gt_history_open(const char *path, uint64_t epoch, gt_error *error);

/* Sets *best to the best number of a score over the rows of a file, and *epoch to that row's; NAN
 * if there is none. Fails with GT_FAILED if the file cannot be read. */
gt_status gt_history_best(double *best, uint64_t *epoch, const char *path, const gt_score *score,
                          gt_error *error);

/* Appends a row and syncs the file. */
gt_status gt_history_append(const char *path, const gt_epoch_row *row, gt_error *error);

/* Writes a line of what was measured, and how long it took:
 * "epoch 3:  frechet 5.210 (real images 1.394)  ...  (in 9.8 s)". */
void gt_history_format_evaluation(char *text, size_t capacity, const gt_epoch_row *row);

/* Writes the line that people see: "epoch 3/20  step 2811  D loss 1.2 ...", V beside -log 4. */
void gt_history_format_line(char *text, size_t capacity, const gt_epoch_row *row, uint64_t epochs);

#endif
