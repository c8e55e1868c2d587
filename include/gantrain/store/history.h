/* metrics.csv: a row an epoch, under the columns that the caller names. */
#ifndef GANTRAIN_STORE_HISTORY_H
#define GANTRAIN_STORE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/error.h"

enum { GT_HISTORY_COLUMNS = 96, GT_HISTORY_ROW = 48 + GT_HISTORY_COLUMNS * 32 };

/* The columns of a file, after "epoch" and "step". */
typedef struct gt_history_columns {
    int count;
    const char *names[GT_HISTORY_COLUMNS]; /* borrowed */
} gt_history_columns;

/* A row. */
typedef struct gt_history_row {
    uint64_t epoch, step;              /* finished */
    double values[GT_HISTORY_COLUMNS]; /* one for each column; NAN: none, an empty field */
} gt_history_row;

/* Readies the history of a run that stands at `epoch` finished epochs: a new file gets its heading,
 * an old one loses the rows past that epoch and a last line that a crash cut short. Fails with
 * GT_FAILED, also if the file has other columns. */
gt_status gt_history_open(const char *path, const gt_history_columns *columns, uint64_t epoch,
                          gt_error *error);

/* Called with a row of a file. */
typedef void (*gt_history_visitor)(void *context, const gt_history_row *row);

/* Shows the rows of a file, the first first. A field that is empty or missing is NAN. Fails with
 * GT_FAILED if the file cannot be read. */
gt_status gt_history_visit(const char *path, const gt_history_columns *columns,
                           gt_history_visitor visit, void *context, gt_error *error);

/* Writes a row in the place of the file's row of that epoch; the other lines stay as they are.
 * Without such a row nothing changes. Fails with GT_FAILED, and then the file is as it was. */
gt_status gt_history_amend(const char *path, const gt_history_columns *columns,
                           const gt_history_row *row, gt_error *error);

/* Sets *epoch to that of the last whole row; 0 if there is no row or no file. */
gt_status gt_history_last(uint64_t *epoch, const char *path, gt_error *error);

/* Sets text to a row's line, with its line feed. */
void gt_history_format(char text[GT_HISTORY_ROW], const gt_history_columns *columns,
                       const gt_history_row *row);

/* A number as it is read back from a row: rounded to nine digits. */
double gt_history_number(double value);

/* Whether a text could be lines of gt_history_format. */
bool gt_history_are_rows(const char *rows);

/* The epoch of the first of such lines. */
uint64_t gt_history_first(const char *rows);

/* Appends lines of gt_history_format, all of them or none, and syncs the file; after the heading,
 * if the file is gone. */
gt_status gt_history_append(const char *path, const gt_history_columns *columns, const char *rows,
                            gt_error *error);

#endif
