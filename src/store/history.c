/* metrics.csv: read strictly enough to be cut at a row, and appended to a row at a time. */
#include "gantrain/store/history.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/base/text.h"
#include "gantrain/files/file.h"

static void format_heading(char text[GT_HISTORY_ROW], const gt_history_columns *columns) {
    size_t used = (size_t)snprintf(text, GT_HISTORY_ROW, "epoch,step");
    for (int i = 0; i < columns->count && used < GT_HISTORY_ROW; i++)
        used = gt_text_append(text, GT_HISTORY_ROW, used, ",%s", columns->names[i]);
    if (used < GT_HISTORY_ROW)
        snprintf(text + used, GT_HISTORY_ROW - used, "\n");
}

double gt_history_number(double value) {
    char text[32];
    snprintf(text, sizeof text, "%.9g", value);
    return strtod(text, NULL);
}

void gt_history_format(char text[GT_HISTORY_ROW], const gt_history_columns *columns,
                       const gt_history_row *row) {
    size_t used =
        (size_t)snprintf(text, GT_HISTORY_ROW, "%" PRIu64 ",%" PRIu64, row->epoch, row->step);
    for (int i = 0; i < columns->count && used < GT_HISTORY_ROW; i++)
        used = gt_text_append(text, GT_HISTORY_ROW, used, isnan(row->values[i]) ? "," : ",%.9g",
                              row->values[i]);
    if (used < GT_HISTORY_ROW)
        snprintf(text + used, GT_HISTORY_ROW - used, "\n");
}

/* The length of what stays of a file: its heading and the whole rows of up to `epoch` epochs. */
static size_t kept_length(const char *text, size_t heading, uint64_t epoch) {
    const char *row = text + heading, *end;
    while ((end = strchr(row, '\n')) != NULL && strtoull(row, NULL, 10) <= epoch)
        row = end + 1;
    return (size_t)(row - text);
}

/* Sets *size to that of the file; 0 if there is none. To wait for what is not a regular file could
 * take for ever. */
static gt_status find_size(uint64_t *size, const char *path, gt_error *error) {
    struct stat status;
    *size = 0;
    if (stat(path, &status) != 0)
        return errno == ENOENT ? GT_OK
                               : gt_error_set(error, GT_FAILED, "%s: cannot be read: %s", path,
                                              strerror(errno));
    if (!S_ISREG(status.st_mode))
        return gt_error_set(error, GT_FAILED, "%s: is not a regular file: move it away", path);
    *size = (uint64_t)status.st_size;
    return GT_OK;
}

/* Reads the file; if there is none, "". *size is that of the file, which may have had CR LF at the
 * ends of its lines from a spreadsheet; the text has LF. */
static gt_status load(char **text, size_t *size, const char *path, gt_error *error) {
    uint64_t found;
    *text = NULL;
    *size = 0;
    gt_status status = find_size(&found, path, error);
    if (status != GT_OK)
        return status;
    if (found == 0)
        return (*text = calloc(1, 1)) != NULL
                   ? GT_OK
                   : gt_error_set(error, GT_FAILED, "%s: no memory to read it", path);
    status = gt_file_load(text, size, path, SIZE_MAX, error);
    if (status != GT_OK)
        return status;
    char *to = *text;
    for (const char *from = *text; from < *text + *size; from++) {
        while (*from == '\n' && to > *text && to[-1] == '\r')
            to--;
        *to++ = *from;
    }
    *to = '\0';
    return GT_OK;
}

gt_status gt_history_open(const char *path, const gt_history_columns *columns, uint64_t epoch,
                          gt_error *error) {
    char heading[GT_HISTORY_ROW], *text;
    size_t size;
    format_heading(heading, columns);
    size_t length = strlen(heading);
    gt_status status = load(&text, &size, path, error);
    if (status != GT_OK)
        return status;
    if (size > 0 && strncmp(text, heading, length) != 0)
        status = gt_error_set(
            error, GT_FAILED,
            "%s: has other columns than this program writes: move it away to go on", path);
    else if (size == 0)
        status = gt_file_save(path, heading, length, error);
    else if ((length = kept_length(text, length, epoch)) != size)
        status = gt_file_save(path, text, length, error);
    free(text);
    return status;
}

/* The number of the field that *at begins with, and *at after it; NAN for none. */
static double take_field(const char **at) {
    const char *field = *at;
    char *end;
    *at += strcspn(field, ",\n");
    double number = strtod(field, &end);
    bool valid = end > field && end <= *at;
    *at += **at == ',';
    return valid ? number : NAN;
}

/* The whole number of the field that *at begins with, and *at after it; 0 for none. */
static uint64_t take_count(const char **at) {
    uint64_t count = isdigit((unsigned char)**at) ? strtoull(*at, NULL, 10) : 0;
    take_field(at);
    return count;
}

/* Reads the row that text begins with. */
static void read_row(gt_history_row *row, const gt_history_columns *columns, const char *text) {
    row->epoch = take_count(&text);
    row->step = take_count(&text);
    for (int i = 0; i < columns->count; i++)
        row->values[i] = take_field(&text);
}

gt_status gt_history_visit(const char *path, const gt_history_columns *columns,
                           gt_history_visitor visit, void *context, gt_error *error) {
    char *text;
    size_t size;
    gt_status status = load(&text, &size, path, error);
    if (status != GT_OK)
        return status;
    for (const char *end = strchr(text, '\n'); end != NULL && end[1] != '\0';
         end = strchr(end + 1, '\n')) {
        gt_history_row row;
        read_row(&row, columns, end + 1);
        visit(context, &row);
    }
    free(text);
    return GT_OK;
}

gt_status gt_history_amend(const char *path, const gt_history_columns *columns,
                           const gt_history_row *row, gt_error *error) {
    char line[GT_HISTORY_ROW], *text, *whole = NULL;
    size_t size;
    gt_status status = load(&text, &size, path, error);
    if (status != GT_OK)
        return status;
    gt_history_format(line, columns, row);
    const char *at = strchr(text, '\n'), *end = NULL;
    while (at != NULL && (end = strchr(at + 1, '\n')) != NULL &&
           strtoull(at + 1, NULL, 10) != row->epoch)
        at = end;
    if (at != NULL && end != NULL) {
        const size_t before = (size_t)(at + 1 - text), after = strlen(end + 1);
        const size_t length = strlen(line);
        whole = malloc(before + length + after + 1);
        if (whole != NULL) {
            memcpy(whole, text, before);
            memcpy(whole + before, line, length);
            memcpy(whole + before + length, end + 1, after + 1);
        }
        status = whole != NULL
                     ? gt_file_save(path, whole, before + length + after, error)
                     : gt_error_set(error, GT_FAILED, "%s: no memory to change a row", path);
    }
    free(whole);
    free(text);
    return status;
}

bool gt_history_are_rows(const char *rows) {
    size_t length = strlen(rows);
    return length > 0 && rows[length - 1] == '\n' && rows[0] >= '1' && rows[0] <= '9' &&
           strspn(rows, "0123456789.,+-einfa\n") == length;
}

uint64_t gt_history_first(const char *rows) {
    return strtoull(rows, NULL, 10);
}

gt_status gt_history_last(uint64_t *epoch, const char *path, gt_error *error) {
    char *text;
    size_t size;
    *epoch = 0;
    gt_status status = load(&text, &size, path, error);
    if (status != GT_OK)
        return status;
    const char *row = strchr(text, '\n'), *end;
    while (row != NULL && (end = strchr(row + 1, '\n')) != NULL) {
        *epoch = strtoull(row + 1, NULL, 10);
        row = end;
    }
    free(text);
    return GT_OK;
}

gt_status gt_history_append(const char *path, const gt_history_columns *columns, const char *rows,
                            gt_error *error) {
    char heading[GT_HISTORY_ROW];
    uint64_t size;
    gt_status status = find_size(&size, path, error);
    if (status != GT_OK)
        return status;
    if (size == 0) { /* somebody removed it meanwhile */
        format_heading(heading, columns);
        status = gt_file_append(path, heading, strlen(heading), error);
    }
    return status == GT_OK ? gt_file_append(path, rows, strlen(rows), error) : status;
}
