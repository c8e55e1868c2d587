/* The state of a training run, shared by the files that make it: trainer.c (the loop), start.c
 * (from config to first step), summary.c (what it prints before), together.c (several processes),
 * branch.c (a checkpoint that is named), init_from.c (weights of another run), evaluate.c
 * (evaluations during the run), output.c (pictures, checkpoints, lines), page.c (events and the
 * page that shows them), points.c (what a run on points shows), board.c (the event file for
 * TensorBoard), held.c (what could not be written yet), missing.c and unmeasured.c (and not by
 * the run before, either). */
#ifndef GANTRAIN_TRAIN_STATE_H
#define GANTRAIN_TRAIN_STATE_H

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "gantrain/store/checkpoint.h"
#include "gantrain/store/directory.h"
#include "gantrain/store/events.h"
#include "gantrain/store/history.h"
#include "gantrain/store/tensorboard.h"
#include "gantrain/train/trainer.h"
#include "gantrain/train/watch.h"
#include "train/epoch.h"
#include "train/setup.h"

/* Points that are drawn of a model of points: what pictures show is the first of them. */
enum { TRAINER_POINTS = 10000, TRAINER_POINTS_SHOWN = 2000 };
/* Pictures of a run; PRIu64 of the epoch or the step. */
#define TRAINER_EPOCH_GRID "samples/epoch-%04" PRIu64 ".png"
#define TRAINER_STEP_GRID "samples/step-%07" PRIu64 ".png"
#define TRAINER_NEAREST "samples/nearest.png"
#define TRAINER_PLANE "samples/plane.png"
/* The checkpoint that stands best by metrics.best. */
#define TRAINER_BEST "checkpoints/best.safetensors"

struct trainer {
    struct setup setup;
    const gt_config *config; /* &setup.config */
    const gt_train_options *options;
    const gt_reporter *reporter;
    gt_processes *processes; /* that train together; NULL: this one is alone */
    bool stop_is_agreed;     /* one of several processes was asked to stop, and all know it */
    gt_history_columns columns;
    gt_run_directory run;
    FILE *log;       /* log.txt; NULL in a dry run */
    uint8_t *pixels; /* owned: room for the images of a grid, and of the diversity */
    gt_real *points; /* owned: TRAINER_POINTS of them, of a run on points; else NULL */

    uint64_t epoch, step;      /* finished */
    gt_epoch_sums sums;        /* of the current epoch */
    double epoch_start;        /* when this session began the current epoch, in seconds */
    uint64_t epoch_first_step; /* and where */
    double real_diversity;     /* of the training images */
    gt_collapse collapse;      /* seen in the epoch before: each is reported when it begins */
    bool model_warned;         /* in the epoch before, by the model: the same */
    gt_standing best;          /* by metrics.best, so far; number NAN: none */
    uint64_t best_epoch;       /* of the best checkpoint, if there is a best standing */
    int64_t evaluations_since_best;
    bool in_summary;                    /* messages of now are kept: */
    char summary[GT_ERROR_CAPACITY];    /* of the run: a line for each thing */
    char data_notes[GT_ERROR_CAPACITY]; /* what was left out or taken for granted; begins with \n */
    bool notes_said;                    /* of evaluations: what is left out, and why */
    double evaluation_seconds;          /* that the last evaluation took; 0: there was none yet */
    uint64_t saved_step;                /* of the newest good checkpoint that this session wrote */
    gt_checkpoint init;                 /* train.init_from, while it is open */
    bool init_is_open;
    char last_checkpoint[GT_PATH_CAPACITY]; /* the newest good one; "" if there is none */

    struct {
        char *rows;                    /* owned: of metrics.csv, as text; NULL if there are none */
        struct held_picture *pictures; /* owned: a list, oldest first */
    } held;                            /* what could not be written yet: see held.c */

    gt_tensorboard board; /* the event file; {0} without one */

    /* What could not be written. Training continues, and the run ends with GT_FAILED. */
    bool checkpoint_failed; /* the last try did */
    bool keep_failed;       /* the last try to link the newest and remove old checkpoints did */
    bool is_cut;            /* a stop cut the drawing of a picture short: --resume draws it again */
    bool output_failed;     /* a picture, a row, an evaluation or an event is missing for good */
    json_t *frames;         /* owned: what the last page of a run on points was made of */
    bool page_failed;       /* the last try to write report.html did */
    bool board_failed;      /* the last try to write events for TensorBoard did */
    bool has_begun;         /* its event is written, that of its end is not yet */
    bool events_failed;     /* one could not be written: said once */
};

/* --- together.c --- */

/* Whether this process writes the run: the only one, or the first of several. */
bool trainer_is_writer(const struct trainer *trainer);

/* Whether training is to stop. Several processes have the same answer at the same step. */
bool trainer_stop_asked(const struct trainer *trainer);

/* One step. Sets stats, which are those of all processes, and agrees on whether to stop after it.
 * False: the step was given up for a stop, and the run stands where it stood. */
bool trainer_step(struct trainer *trainer, double *stats, const gt_minibatch_source *source);

/* From call to dismissal, the writer's evaluation is shared out among all processes: the others,
 * which call trainer_help at the end of the same epoch, do their parts of it. */
void trainer_call_helpers(struct trainer *trainer);
void trainer_dismiss_helpers(struct trainer *trainer);
void trainer_help(struct trainer *trainer);

/* After what the writer alone has done, with this status: gives all processes its status, where the
 * run stands, and whether to stop. The others wait here for it. */
gt_status trainer_agree(struct trainer *trainer, gt_status status, gt_error *error);

/* Gives all processes the weights that the run begins with, and all else that the first has. */
gt_status trainer_share_start(struct trainer *trainer, gt_error *error);

/* --- start.c --- */

/* Opens the run directory, then either draws the initial weights or takes up a checkpoint. */
gt_status trainer_begin(struct trainer *trainer, gt_error *error);

/* Sees whether trainer_begin would be refused by what the run directory holds, and says what a
 * resumed run would continue from. Writes nothing. */
gt_status trainer_check_begin(struct trainer *trainer, gt_error *error);

/* Compares data and config with those of a checkpoint, and takes it up. */
gt_status trainer_take_up(struct trainer *trainer, const gt_checkpoint *checkpoint,
                          const char *path, gt_error *error);

/* Moves checkpoints out of the way that are newer than what was taken up: damaged ones, or those of
 * a branch that is left. Else the next --resume would meet them again. */
gt_status trainer_set_aside_newer(struct trainer *trainer, gt_error *error);

/* --- summary.c --- */

/* Reports what is about to be trained, on which data, with which products. */
void trainer_summarise(struct trainer *trainer);

/* --- branch.c --- */

/* Whether a file lies among the checkpoints of a run directory. */
bool branch_is_own(const char *path, const char *run_directory);

/* Whether a checkpoint can be used at all: before a run directory is made for it. */
gt_status branch_check(const char *path, gt_error *error);

/* What the checkpoint that a run will go on from says about it; {0} if there is none or it cannot
 * be read now. Without a checksum if the config says by a range which images are meant. */
struct setup_past branch_find_past(const gt_config *config, const gt_train_options *options);

/* Takes up the checkpoint that --resume names. If a plain --resume would not find it, it gets a
 * copy in this run, and a checkpoint of another branch that has the copy's name is moved aside. */
gt_status branch_take_up(struct trainer *trainer, gt_error *error);

/* --- init_from.c --- */

/* Sees that a run that begins will find weights in train.init_from: GT_USAGE or GT_FAILED. */
gt_status trainer_check_init(struct trainer *trainer, gt_error *error);

/* Draws the initial weights, or takes them from train.init_from. Errors as above. */
gt_status trainer_init(struct trainer *trainer, gt_error *error);

/* Closes train.init_from, if a run that was refused has not come to take its weights. */
void trainer_close_init(struct trainer *trainer);

/* --- evaluate.c --- */

/* Whether the samples of that epoch are to be measured. */
bool trainer_evaluation_is_due(const struct trainer *trainer, uint64_t epoch);

/* Sees that evaluations, if there are to be any, will find their data: GT_USAGE or GT_FAILED. */
gt_status trainer_check_evaluations(struct trainer *trainer, gt_error *error);

/* Finds the best score of the rows there are, if the best checkpoint is the one that it is of;
 * else that is moved aside. */
gt_status trainer_begin_evaluations(struct trainer *trainer, gt_error *error);

/* Measures the samples of the epoch just finished, if it is one of every metrics.every: sets the
 * epoch's scores and leaves the checkpoint that was measured behind, for trainer_keep_best. A
 * failure is printed and remembered; GT_DIVERGED as in trainer_save. */
gt_status trainer_evaluate(struct trainer *trainer, struct epoch *epoch, gt_error *error);

/* Measures a checkpoint, a second time after a failure. Errors as in gt_evaluate. */
gt_status trainer_measure(gt_scores *scores, struct trainer *trainer, const char *path,
                          gt_error *error);

/* Says the scores of an epoch, and notes them in events.jsonl. */
void trainer_report_scores(struct trainer *trainer, const struct epoch *epoch);

/* What the evaluations to come will take, if each takes as long as the last. */
double trainer_evaluation_seconds_left(const struct trainer *trainer);

/* Whether as many evaluations as train.patience have passed without a better score. */
bool trainer_is_out_of_patience(const struct trainer *trainer);

/* Says why a run has stopped before its last epoch, if it has. */
void trainer_say_impatience(struct trainer *trainer);

/* Makes the checkpoint that was measured the best one, or removes it. */
void trainer_keep_best(struct trainer *trainer, const struct epoch *epoch);

/* --- unmeasured.c --- */

/* Measures the epochs whose rows should have scores and do not, and whose checkpoints are kept. A
 * failure is printed and remembered; fails only for a run directory that cannot be listed. */
gt_status trainer_measure_missing(struct trainer *trainer, gt_error *error);

/* --- held.c --- */

/* Holds rows of metrics.csv, whole lines, after those that are held. GT_FAILED: no memory. */
gt_status held_add_rows(struct trainer *trainer, const char *rows);

/* Write what is held, if there is any. After GT_FAILED it is still held. */
gt_status held_write_rows(struct trainer *trainer, gt_error *error);
gt_status held_write_pictures(struct trainer *trainer, gt_error *error);

/* Writes a picture of count images, and those that are held; if it cannot be written, says so and
 * holds a copy of it. */
void held_or_write_picture(struct trainer *trainer, const char *name, const uint8_t *pixels,
                           uint32_t count);

/* The same of a text that is a file of its own. */
void held_or_write_text(struct trainer *trainer, const char *name, const char *text);

/* Names what is still not written, as the end of a sentence: ": 1 picture, the first is ..."; "" if
 * that is only what is lost. */
void held_describe(char *text, size_t capacity, const struct trainer *trainer);

void held_free(struct trainer *trainer);

/* --- missing.c --- */

/* Draws the grids that should be there and are not: of where the run stands, and of the checkpoints
 * before it. Fails only if the checkpoint that the run continues from can no longer be read. */
gt_status trainer_draw_missing(struct trainer *trainer, gt_error *error);

/* --- points.c: of a run on points --- */

/* Write the picture of the data or of samples, with the frame next to it: the same name, but .json.
 * A failure is printed and remembered. */
void points_draw_real(struct trainer *trainer, const char *name);
void points_draw_samples(struct trainer *trainer, const char *name);

/* Whether the frame of a picture should be there and is not. */
bool points_are_missing(const struct trainer *trainer, const char *picture);

/* --- page.c --- */

/* Notes an event in events.jsonl. scores may be NULL. A failure is a warning once, and is
 * remembered. */
void trainer_record(struct trainer *trainer, gt_event_kind kind, const char *text,
                    const gt_scores *scores);

/* Notes that training begins, or goes on, if there is anything left to train; writes the page. */
void trainer_record_begin(struct trainer *trainer, bool resumed);

/* Notes how training ended, and writes the page for the last time. message: why it ended early. */
void trainer_end(struct trainer *trainer, gt_status status, const char *message);

/* Writes report.html, if the config asks for it. A failure is a warning, and is
 * remembered. */
void trainer_write_page(struct trainer *trainer);

/* --- board.c --- */

/* GT_USAGE if the config asks for events for TensorBoard and this build cannot write them. */
gt_status trainer_check_board(const struct trainer *trainer, gt_error *error);

/* Cuts the event file, if there is one, to what the run has done. */
gt_status trainer_open_board(struct trainer *trainer, gt_error *error);

/* Cuts it, if the config asks for one, to so many epochs: the rest is to be written again. */
gt_status trainer_cut_board(struct trainer *trainer, uint64_t epoch, gt_error *error);

/* Adds what is missing in the event file, if the config asks for one. A failure is a warning, and
 * is remembered; the next call tries again. */
void trainer_write_board(struct trainer *trainer);

/* --- output.c --- */

/* Hands a line to the reporter and the log. */
void trainer_say(struct trainer *trainer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says what went wrong, and what follows from it. */
void trainer_warn(struct trainer *trainer, const gt_error *error, const char *consequence);

/* Allocates room for the images of pictures, or for points. */
gt_status trainer_open_pixels(struct trainer *trainer, gt_error *error);

/* Says what the run must do without. */
void trainer_caution(struct trainer *trainer, const char *line);

/* The same, a line of a message at a time, which it cuts into lines. */
void trainer_caution_lines(struct trainer *trainer, gt_error *lines);

/* Columns of the sample grids: those of the config, or a column for each class, as far as there is
 * room, of a conditional model. */
int trainer_grid_columns(const struct trainer *trainer);

/* Write pictures. A failure is printed and remembered. */
void trainer_draw_real(struct trainer *trainer);
void trainer_draw_samples(struct trainer *trainer, const char *name);

/* Sets trainer->pixels, or trainer->points, to the first `count` of the grid's series. */
void trainer_generate(struct trainer *trainer, uint32_t count);

/* Whether the samples of an epoch are drawn. */
bool trainer_samples_are_due(const struct trainer *trainer, uint64_t epoch);

/* Whether there is no further epoch to train. */
bool trainer_is_done(const struct trainer *trainer);

/* Whether the epoch that the run stands at ends with samples/nearest.png. */
bool trainer_nearest_is_due(const struct trainer *trainer);

/* Writes samples/nearest.png: samples next to the training images nearest to them. */
void trainer_draw_nearest(struct trainer *trainer);

/* The same of samples/plane.png: the images of all of a latent space of two components. */
bool trainer_plane_is_due(const struct trainer *trainer);
void trainer_draw_plane(struct trainer *trainer);

/* How different generated images are from each other, over how different real ones are; NAN if
 * these are all equal. */
double trainer_measure_diversity(struct trainer *trainer);

/* Warns if an epoch shows a collapse, or what the model warns of, and the one before did not. */
void trainer_watch(struct trainer *trainer, const struct epoch *epoch);

/* Writes a checkpoint of where the run stands to a path. Errors as in gt_checkpoint_save; the
 * message of GT_DIVERGED names the step. */
gt_status trainer_write_checkpoint(struct trainer *trainer, const char *path, gt_error *error);

/* Links `newest` as the latest and removes old checkpoints, as output.keep says. What goes wrong is
 * said and remembered. */
void trainer_keep(struct trainer *trainer, const gt_run_checkpoint *newest);

/* Writes a checkpoint of where the run stands into its place. What goes wrong with the file is said
 * and remembered; GT_DIVERGED if the weights are no longer numbers. */
gt_status trainer_save(struct trainer *trainer, gt_error *error);

#endif
