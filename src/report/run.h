/* A run directory as JSON: what a page shows of it. */
#ifndef GANTRAIN_REPORT_RUN_H
#define GANTRAIN_REPORT_RUN_H

#include "gantrain/config/config.h"
#include "gantrain/report/report.h"
#include "gantrain/store/directory.h"
#include "gantrain/store/events.h"
#include "gantrain/store/history_table.h"
#include "report/json.h"

/* A directory that is being read. */
struct run {
    struct json_builder *builder;
    const gt_report_options *options;
    gt_run_directory directory; /* its path; no lock is held */
    gt_config config;
    gt_history_table table; /* empty if it cannot be read */
    json_t *history;  /* an object: the list of each column of it that holds a number; null: none */
    json_t *problems; /* a list of lines for the reader of the page */
    json_t *marks;    /* a list of rows to be marked on its curves: ["resumed", 3] */
    int best_row;     /* of the best epoch; -1: it has none */
};

struct charts;

/* Reads the directory at a path, and adds its curves to the charts. Returns an object that the
 * caller owns. */
json_t *run_to_json(struct charts *charts, const char *path, const gt_report_options *options);

/* GT_FAILED if there is no directory at a path. report.c */
gt_status run_check_directory(const char *path, gt_error *error);

/* In a word what has become of the run at a path. is_training: this process trains it. */
const char *run_find_state(const char *path, bool is_training, const gt_events *events);

/* The seconds that a run of so many epochs has left, by the mean time of its last ones; 0 if that
 * cannot be told. */
double run_seconds_left(const gt_history_table *table, int64_t epochs);

/* Adds a line to its problems. */
void run_note(struct run *run, const char *line);

/* Marks a row; -1: none. */
void run_mark(struct run *run, const char *words, int row);

/* The row of an epoch, and the last one up to a step; -1 if there is none. */
int run_row_of_epoch(const gt_history_table *table, double epoch);
int run_row_at_step(const gt_history_table *table, double step);

/* A place in a run, in words: "epoch 3", or "step 90" for one within an epoch. */
json_t *run_place(bool is_step, uint64_t number);

/* Adds its pictures in the order of the run: "pictures", a list, each with its "frame" in a run on
 * points, and "real", "nearest", "plane" and "points", the frame of the data. pictures.c */
void put_pictures(struct run *run, json_t *object);

/* Adds its checkpoints, each with the commands that take it, and marks the best epoch.
 * checkpoints.c */
void put_checkpoints(struct run *run, json_t *object);

/* Adds "scores", the rows of the table of scores. scores.c */
void put_scores(struct run *run, json_t *object);

#endif
