/* metrics.csv: read strictly enough to be cut at a row, and appended to a row at a time. */
#include "gantrain/store/history.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/files/file.h"

enum { ROW_CAPACITY = 48 + GT_HISTORY_COLUMNS * 32, FILE_LIMIT = 1 << 28 };

static void format_heading(char text[ROW_CAPACITY], const gt_history_columns *columns) {
    size_t used = (size_t)snprintf(text, ROW_CAPACITY, "epoch,step");
    for (int i = 0; i < columns->count && used < ROW_CAPACITY; i++)
        used += (size_t)snprintf(text + used, ROW_CAPACITY - used, ",%s", columns->names[i]);
    if (used < ROW_CAPACITY)
        snprintf(text + used, ROW_CAPACITY - used, "\n");
}

static void format_row(char text[ROW_CAPACITY], const gt_history_columns *columns,
                       const gt_history_row *row) {
    size_t used =
        (size_t)snprintf(text, ROW_CAPACITY, "%" PRIu64 ",%" PRIu64, row->epoch, row->step);
    for (int i = 0; i < columns->count && used < ROW_CAPACITY; i++)
        used += (size_t)snprintf(text + used, ROW_CAPACITY - used,
                                 isnan(row->values[i]) ? "," : ",%.9g", row->values[i]);
    if (used < ROW_CAPACITY)
        snprintf(text + used, ROW_CAPACITY - used, "\n");
}

/* The length of what stays of a file: its heading and the whole rows of up to `epoch` epochs. */
static size_t kept_length(const char *text, size_t heading, uint64_t epoch) {
    const char *row = text + heading, *end;
    while ((end = strchr(row, '\n')) != NULL && strtoull(row, NULL, 10) <= epoch)
        row = end + 1;
    return (size_t)(row - text);
}

gt_status gt_history_open(const char *path, const gt_history_columns *columns, uint64_t epoch,
                          gt_error *error) {
    char heading[ROW_CAPACITY], *text;
    size_t size;
    format_heading(heading, columns);
    size_t length = strlen(heading);
    if (access(path, F_OK) != 0)
        return gt_file_save(path, heading, length, error);
    gt_status status = gt_file_load(&text, &size, path, FILE_LIMIT, error);
    if (status != GT_OK)
        return status;
    if (size > 0 && strncmp(text, heading, length) != 0)
        status = gt_error_set(
            error, GT_FAILED,
            "%s: has other columns than this program writes: move it away to go on", path);
    else if (size == 0)
        status = gt_file_save(path, heading, length, error);
    else
        status = gt_file_save(path, text, kept_length(text, length, epoch), error);
    free(text);
    return status;
}

/* The text of field `index` of a row. */
static const char *field_of(const char *row, int index) {
    while (index > 0 && *row != '\0' && *row != '\n')
        if (*row++ == ',')
            index--;
    return row;
}

/* Where a column stands in a row. */
static int index_of(const gt_history_columns *columns, const char *name) {
    int index = 0;
    while (index < columns->count && strcmp(columns->names[index], name) != 0)
        index++;
    return 2 + index; /* after epoch and step */
}

gt_status gt_history_best(double *best, uint64_t *epoch, const char *path,
                          const gt_history_columns *columns, const char *name, int better,
                          gt_error *error) {
    char *text;
    size_t size;
    int index = index_of(columns, name);
    *best = NAN;
    *epoch = 0;
    gt_status status = gt_file_load(&text, &size, path, FILE_LIMIT, error);
    if (status != GT_OK)
        return status;
    for (const char *row = strchr(text, '\n'); row != NULL; row = strchr(row, '\n')) {
        row++;
        const char *field = field_of(row, index);
        bool empty = *field == ',' || *field == '\n' || *field == '\0';
        double number = empty ? NAN : strtod(field, NULL);
        if (isnan(number) || !(isnan(*best) || better * number > better * *best))
            continue;
        *best = number;
        *epoch = strtoull(row, NULL, 10);
    }
    free(text);
    return GT_OK;
}

gt_status gt_history_append(const char *path, const gt_history_columns *columns,
                            const gt_history_row *row, gt_error *error) {
    char text[ROW_CAPACITY];
    format_row(text, columns, row);
    FILE *file = fopen(path, "a");
    struct stat before;
    bool known = file != NULL && fstat(fileno(file), &before) == 0;
    bool written =
        file != NULL && fputs(text, file) >= 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    int reason = errno;
    if (file != NULL && fclose(file) != 0 && written) {
        written = false;
        reason = errno;
    }
    /* Half a row would be the beginning of the next. */
    if (!written && known && S_ISREG(before.st_mode) && truncate(path, before.st_size) != 0)
        reason = errno;
    if (!written)
        return gt_error_set(error, GT_FAILED, "%s: cannot be written: %s", path, strerror(reason));
    return GT_OK;
}
