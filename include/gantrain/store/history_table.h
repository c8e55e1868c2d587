/* metrics.csv as a table, to be shown: whatever its columns are, and as much of it as can be read.
 * To go on with a run takes the stricter store/history.h. */
#ifndef GANTRAIN_STORE_HISTORY_TABLE_H
#define GANTRAIN_STORE_HISTORY_TABLE_H

#include "gantrain/base/error.h"

enum { GT_HISTORY_TABLE_COLUMNS = 256, GT_HISTORY_TABLE_BYTES = 1 << 28 };

/* The rows of a file, by ascending epoch. Initialise with {0}. */
typedef struct gt_history_table {
    int column_count, row_count;
    const char *names[GT_HISTORY_TABLE_COLUMNS]; /* of the columns; they point into text */
    int epoch_column;
    double *values;    /* owned; (row_count, column_count); NAN: an empty field or no number */
    gt_error problems; /* a line for each damaged line of the file; "" if it is whole */
    char *text;        /* owned: the file */
} gt_history_table;

/* Reads a file. A line that is damaged (of another number of fields, cut short, or not after the
 * epoch before it) is left out; a field that is no number is NAN; `problems` names each. Fails with
 * GT_FAILED if the file cannot be read, has no column named "epoch", or too many; after that there
 * is nothing to free. */
gt_status gt_history_table_load(gt_history_table *table, const char *path, gt_error *error);

void gt_history_table_free(gt_history_table *table);

/* The number of the column of that name; -1 if there is none. */
int gt_history_table_column(const gt_history_table *table, const char *name);

/* The value at a row and a column. */
double gt_history_table_at(const gt_history_table *table, int row, int column);

#endif
