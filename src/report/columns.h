/* What is known of the columns of metrics.csv, from the tables they were written by. */
#ifndef GANTRAIN_REPORT_COLUMNS_H
#define GANTRAIN_REPORT_COLUMNS_H

#include "gantrain/config/config.h"
#include "gantrain/metrics/scores.h"

struct column {
    const char *label; /* in a few words; its name, if it is in no table */
    int decimals;
    const gt_score *score;  /* NULL: it is none */
    const char *beside;     /* of a score: the column to compare it with; NULL: none */
    const char *level_name; /* of a number to compare it with; NULL: none */
    double level;
};

/* The stat of that name of a config's model; NULL if it has none. */
const gt_stat *column_stat(const gt_config *config, const char *name);

/* A column of a run of that config; the label may point to the name. */
struct column column_find(const gt_config *config, const char *name);

#endif
