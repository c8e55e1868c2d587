/* The numbers of an epoch: the columns of metrics.csv, and the lines that people see. */
#ifndef GANTRAIN_TRAIN_EPOCH_H
#define GANTRAIN_TRAIN_EPOCH_H

#include "gantrain/metrics/scores.h"
#include "gantrain/model/model.h"
#include "gantrain/store/history.h"

struct epoch {
    uint64_t number, step;        /* finished */
    double stats[GT_MODEL_STATS]; /* means over the epoch's steps, as the model lists them */
    double diversity;             /* of generated images over that of real ones */
    double images_per_second;     /* real images, over this epoch */
    double seconds;               /* this session spent on this epoch */
    gt_scores scores;             /* of the model at the end of the epoch */
};

/* The columns of metrics.csv: the model's stats, diversity and speed, then the scores that have a
 * column; those within classes only of a conditional model. */
gt_history_columns epoch_columns(const gt_model *model);

/* The row of an epoch under these columns. */
gt_history_row epoch_row(const struct epoch *epoch, const gt_model *model);

/* Where an epoch stands among those that the best checkpoint is chosen from, by its row: rounded as
 * the row is, so that a resumed run, which reads rows, chooses as one that was not stopped. */
gt_standing epoch_standing(const gt_history_row *row, const gt_model *model, const gt_score *goal);

enum { EPOCH_LINE = 100 }; /* most characters of the line of an epoch */

/* Writes the line of an epoch: "epoch 3/20  G loss 0.7164 ...  5.5 s". Whatever would make it
 * longer than EPOCH_LINE is left out. */
void epoch_format_line(char *text, size_t capacity, const struct epoch *epoch,
                       const gt_model *model, uint64_t epochs);

/* Writes the line of its scores, and how long they took:
 * "epoch 3:  frechet 5.210 (real images 1.394)  ...  (in 9.8 s)". */
void epoch_format_scores(char *text, size_t capacity, const struct epoch *epoch);

#endif
