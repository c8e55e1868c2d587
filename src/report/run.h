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
    json_t *problems;       /* a list of lines for the reader of the page */
};

/* Reads the directory at a path. Returns an object that the caller owns. */
json_t *run_to_json(struct json_builder *builder, const char *path,
                    const gt_report_options *options);

/* GT_FAILED if there is no directory at a path. report.c */
gt_status run_check_directory(const char *path, gt_error *error);

/* In a word what has become of the run at a path. is_training: this process trains it. */
const char *run_find_state(const char *path, bool is_training, const gt_events *events);

/* The seconds that a run of so many epochs has left, by the mean time of its last ones; 0 if that
 * cannot be told. */
double run_seconds_left(const gt_history_table *table, int64_t epochs);

/* Adds a line to its problems. */
void run_note(struct run *run, const char *line);

/* Adds its pictures: "pictures", a list, each with its "frame" in a run on points, and "real",
 * "nearest", "plane" and "points", the frame of the data. pictures.c */
void put_pictures(struct run *run, json_t *object);

/* What the columns of metrics.csv mean, by their names: the stats of a kind, and the scores.
 * columns.c */
json_t *describe_columns(struct json_builder *builder, const gt_model_settings *settings);

#endif
