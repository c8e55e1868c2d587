/* The file is cut into fields in place; every check of a line leaves out that line alone. */
#include "gantrain/store/history_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/files/file.h"

/* A place in the text. */
struct reader {
    gt_history_table *table;
    const char *path;
    char *next; /* NULL past the last line */
    int line;   /* number of the line read last */
};

/* Adds "PATH: line N: what" to the table's problems. */
static void note(struct reader *reader, const char *what) {
    gt_error_add(&reader->table->problems, GT_FAILED, "%.400s: line %d: %s", reader->path,
                 reader->line, what);
}

/* The next line, ended by a zero byte; NULL past the last. *whole: it has an end of line. */
static char *read_line(struct reader *reader, bool *whole) {
    char *line = reader->next;
    if (line == NULL || *line == '\0')
        return NULL;
    char *end = strchr(line, '\n');
    *whole = end != NULL;
    reader->next = *whole ? end + 1 : NULL;
    reader->line++;
    if (*whole)
        *end = '\0';
    size_t length = strlen(line);
    if (length > 0 && line[length - 1] == '\r')
        line[length - 1] = '\0';
    return line;
}

/* Cuts a line at its commas. Returns the number of fields, `most` + 1 if there are more than
 * that. */
static int split(const char **fields, char *line, int most) {
    int count = 0;
    for (char *field = line; field != NULL; count++) {
        if (count == most)
            return most + 1;
        fields[count] = field;
        field = strchr(field, ',');
        if (field != NULL)
            *field++ = '\0';
    }
    return count;
}

static gt_status read_heading(struct reader *reader, gt_error *error) {
    gt_history_table *table = reader->table;
    bool whole;
    char *line = read_line(reader, &whole);
    if (line == NULL)
        return gt_error_set(error, GT_FAILED, "%s: is empty", reader->path);
    table->column_count = split(table->names, line, GT_HISTORY_TABLE_COLUMNS);
    if (table->column_count > GT_HISTORY_TABLE_COLUMNS)
        return gt_error_set(error, GT_FAILED, "%s: has more than %d columns", reader->path,
                            GT_HISTORY_TABLE_COLUMNS);
    table->epoch_column = gt_history_table_column(table, "epoch");
    if (table->epoch_column < 0)
        return gt_error_set(error, GT_FAILED, "%s: has no column named epoch: is it a metrics.csv?",
                            reader->path);
    return GT_OK;
}

/* An infinity is as little to be drawn as a NaN. */
static double read_field(struct reader *reader, int column, const char *field) {
    double value;
    if (field[0] == '\0')
        return NAN;
    if (gt_text_to_real(&value, field))
        return value;
    char excerpt[GT_EXCERPT], name[GT_EXCERPT], what[3 * GT_EXCERPT];
    snprintf(what, sizeof what, "%s = %s is not a number",
             gt_text_excerpt(name, reader->table->names[column]), gt_text_excerpt(excerpt, field));
    note(reader, what);
    return NAN;
}

/* Reads a line into the row that is next. */
static void read_row(struct reader *reader, char *line) {
    gt_history_table *table = reader->table;
    const char *fields[GT_HISTORY_TABLE_COLUMNS];
    int count = split(fields, line, table->column_count), column = table->epoch_column;
    if (count != table->column_count) {
        note(reader, "left out: it has more or fewer fields than the heading");
        return;
    }
    double *row = table->values + (size_t)table->row_count * (size_t)table->column_count;
    for (int i = 0; i < count; i++)
        row[i] = read_field(reader, i, fields[i]);
    bool is_first = table->row_count == 0;
    if (isnan(row[column]) || (!is_first && !(row[column] > (row - count)[column])))
        note(reader, "left out: its epoch is not after that of the line before");
    else
        table->row_count++;
}

static int count_lines(const char *text) {
    int lines = 0;
    for (; text != NULL && *text != '\0'; lines++) {
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    return lines;
}

static gt_status read_table(struct reader *reader, gt_error *error) {
    gt_history_table *table = reader->table;
    gt_status status = read_heading(reader, error);
    if (status != GT_OK)
        return status;
    size_t rows = (size_t)count_lines(reader->next) + 1;
    table->values = calloc(rows * (size_t)table->column_count, sizeof *table->values);
    if (table->values == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory to read it", reader->path);
    char *line;
    bool whole;
    while ((line = read_line(reader, &whole)) != NULL)
        if (!whole)
            note(reader, "left out: it is cut short");
        else if (line[0] != '\0')
            read_row(reader, line);
    return GT_OK;
}

gt_status gt_history_table_load(gt_history_table *table, const char *path, gt_error *error) {
    size_t size;
    *table = (gt_history_table){0};
    gt_status status = gt_file_check_regular(path, error);
    if (status == GT_OK)
        status = gt_file_load(&table->text, &size, path, GT_HISTORY_TABLE_BYTES, error);
    if (status != GT_OK)
        return status;
    struct reader reader = {.table = table, .path = path, .next = table->text};
    status = strlen(table->text) == size
                 ? read_table(&reader, error)
                 : gt_error_set(error, GT_FAILED, "%s: holds zero bytes: it is not text", path);
    if (status != GT_OK)
        gt_history_table_free(table);
    return status;
}

void gt_history_table_free(gt_history_table *table) {
    free(table->values);
    free(table->text);
    *table = (gt_history_table){0};
}

int gt_history_table_column(const gt_history_table *table, const char *name) {
    for (int i = 0; i < table->column_count; i++)
        if (strcmp(table->names[i], name) == 0)
            return i;
    return -1;
}

double gt_history_table_at(const gt_history_table *table, int row, int column) {
    return table->values[(size_t)row * (size_t)table->column_count + (size_t)column];
}
