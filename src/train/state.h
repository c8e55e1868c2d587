/* The state of a training run, shared by the files that make it: trainer.c (the loop),
 * trainer_start.c (from config to first step), trainer_evaluation.c (evaluations on the way),
 * trainer_output.c (pictures, checkpoints, lines). */
#ifndef GANTRAIN_TRAIN_STATE_H
#define GANTRAIN_TRAIN_STATE_H

#include <stdio.h>

#include "gantrain/data/batches.h"
#include "gantrain/store/checkpoint.h"
#include "gantrain/train/watch.h"
#include "gantrain/store/directory.h"
#include "gantrain/train/trainer.h"

struct trainer {
    const gt_config *config; /* the caller's, then `effective` */
    gt_config effective;     /* with the precision that "auto" came to: it may not change */
    const gt_train_options *options;
    const gt_reporter *reporter;
    gt_run_directory run;
    FILE *log; /* log.txt; NULL in a dry run */

    gt_dataset dataset;
    gt_batches batches;
    gt_compute compute;
    gt_gan gan;
    gt_arena arena;
    uint8_t *grid_pixels; /* (grid images, pixels), in the arena */
    double *marginals;    /* (pixels), in the arena: means of the images; NULL: not asked for */

    uint64_t iterations_per_epoch;
    uint64_t epoch, step;      /* finished */
    gt_epoch_sums sums;        /* of the epoch under way */
    double epoch_start;        /* when this session began the epoch under way, in seconds */
    uint64_t epoch_first_step; /* and where */
    double real_diversity;     /* of the training images */
    double diversity;          /* of the fake images at the end of the epoch, over that */
    gt_collapse collapse;      /* seen in the epoch before: each is said when it begins */
    double best;               /* number of the score metrics.best so far; NAN: none */
    bool notes_said;           /* of evaluations: what is left out, and why */
    double evaluation_seconds; /* that the last evaluation took; 0: there was none yet */
    uint64_t saved_step;       /* of the newest good checkpoint that this session wrote */
    char last_checkpoint[GT_PATH_CAPACITY]; /* the newest good one; "" if there is none */

    /* What could not be written. Training goes on, and the run ends with GT_FAILED. */
    bool checkpoint_failed; /* the last try did */
    bool output_failed;     /* a picture or a row of metrics is missing */
};

/* --- trainer_start.c --- */

/* Opens the data, lays out the networks and the memory. */
gt_status trainer_build(struct trainer *trainer, gt_error *error);

/* Opens the run directory, then either draws the initial weights or takes up a checkpoint. */
gt_status trainer_begin(struct trainer *trainer, gt_error *error);

/* Says what is about to be trained, on what, with what. */
void trainer_summarise(struct trainer *trainer);

/* --- trainer_evaluation.c --- */

/* Sees that evaluations, if there are to be any, will find their data: GT_USAGE or GT_FAILED. */
gt_status trainer_check_evaluations(struct trainer *trainer, gt_error *error);

/* Finds the best score of the rows there are, if the best checkpoint is the one that it is of;
 * else that is moved aside. */
gt_status trainer_begin_evaluations(struct trainer *trainer, gt_error *error);

/* Measures the samples of the epoch just finished, if it is one of every metrics.every: sets the
 * row's evaluation and leaves the checkpoint that was measured behind, for trainer_keep_best. What
 * goes wrong is said and remembered; GT_DIVERGED as in trainer_save. */
gt_status trainer_evaluate(struct trainer *trainer, gt_epoch_row *row, gt_error *error);

/* What the evaluations to come will take, if each takes as long as the last. */
double trainer_evaluation_seconds_left(const struct trainer *trainer);

/* Makes the checkpoint that was measured the best one, or removes it. */
void trainer_keep_best(struct trainer *trainer, const gt_epoch_row *row);

/* --- trainer_output.c --- */

/* Hands a line to the reporter and the log. */
void trainer_say(struct trainer *trainer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says what went wrong, and what follows from it. */
void trainer_warn(struct trainer *trainer, const gt_error *error, const char *consequence);

/* Write pictures; what goes wrong is said and remembered. */
void trainer_draw_real(struct trainer *trainer);
void trainer_draw_samples(struct trainer *trainer, const char *name);

/* Compares how different the last iteration's fake images are with how different real ones are. */
void trainer_measure_diversity(struct trainer *trainer);

/* Says so if an epoch shows a collapse that the one before did not. */
void trainer_watch_collapse(struct trainer *trainer, const gt_epoch_row *row);

/* Writes a checkpoint of where the run stands to a path. Errors as in gt_checkpoint_save; the
 * message of GT_DIVERGED names the step. */
gt_status trainer_write_checkpoint(struct trainer *trainer, const char *path, gt_error *error);

/* Writes a checkpoint of where the run stands into its place. What goes wrong with the file is said
 * and remembered; GT_DIVERGED if the weights are no longer numbers. */
gt_status trainer_save(struct trainer *trainer, gt_error *error);

#endif
