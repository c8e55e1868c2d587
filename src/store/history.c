/* metrics.csv and the line an epoch, both walks over one table. */
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

#define AT(field) offsetof(gt_epoch_row, field)

/* The columns behind epoch and step; behind these, those of evaluations: name in the file, label
 * and format in the line. */
static const struct {
    const char *name, *label, *format;
    size_t offset;
} columns[] = {
    {"d_loss", "D loss", "%.4f", AT(stats.d_loss)},
    {"g_loss", "G loss", "%.4f", AT(stats.g_loss)},
    {"value", "V(G,D)", "%.4f (-log 4 = -1.3863)", AT(stats.value)},
    {"d_real", "D(x)", "%.3f", AT(stats.d_real)},
    {"d_fake", "D(G(z))", "%.3f", AT(stats.d_fake)},
    {"diversity", "diversity", "%.2f", AT(diversity)},
    {"images_per_second", "images/s", "%.0f", AT(images_per_second)},
    {"seconds", "seconds", "%.1f", AT(seconds)},
};

enum { COLUMN_COUNT = sizeof columns / sizeof *columns, ROW_CAPACITY = 1024, FILE_LIMIT = 1 << 28 };

static double column_value(const gt_epoch_row *row, int column) {
    double value;
    memcpy(&value, (const char *)row + columns[column].offset, sizeof value);
    return value;
}

void gt_history_format_line(char *text, size_t capacity, const gt_epoch_row *row, uint64_t epochs) {
    size_t used = (size_t)snprintf(text, capacity, "epoch %" PRIu64 "/%" PRIu64 "  step %" PRIu64,
                                   row->epoch, epochs, row->step);
    for (int i = 0; i < COLUMN_COUNT && used < capacity; i++) {
        used += (size_t)snprintf(text + used, capacity - used, "  %s ", columns[i].label);
        if (used < capacity)
            used += (size_t)snprintf(text + used, capacity - used, columns[i].format,
                                     column_value(row, i));
    }
}

/* The first score from number *index on that has a column: moves *index to it. NULL: no more. */
static const gt_score *next_column(int *index) {
    const gt_score *score;
    while ((score = gt_score_at(*index)) != NULL && score->column == NULL)
        ++*index;
    return score;
}

static void format_heading(char text[ROW_CAPACITY]) {
    const gt_score *score;
    size_t used = (size_t)snprintf(text, ROW_CAPACITY, "epoch,step");
    for (int i = 0; i < COLUMN_COUNT; i++)
        used += (size_t)snprintf(text + used, ROW_CAPACITY - used, ",%s", columns[i].name);
    for (int i = 0; (score = next_column(&i)) != NULL; i++)
        used += (size_t)snprintf(text + used, ROW_CAPACITY - used, ",%s", score->column);
    snprintf(text + used, ROW_CAPACITY - used, "\n");
}

static void format_row(char text[ROW_CAPACITY], const gt_epoch_row *row) {
    const gt_score *score;
    size_t used =
        (size_t)snprintf(text, ROW_CAPACITY, "%" PRIu64 ",%" PRIu64, row->epoch, row->step);
    for (int i = 0; i < COLUMN_COUNT; i++)
        used += (size_t)snprintf(text + used, ROW_CAPACITY - used, ",%.9g", column_value(row, i));
    for (int i = 0; (score = next_column(&i)) != NULL; i++) {
        double number = gt_score_number(&row->scores, score);
        used += (size_t)snprintf(text + used, ROW_CAPACITY - used, isnan(number) ? "," : ",%.9g",
                                 number);
    }
    snprintf(text + used, ROW_CAPACITY - used, "\n");
}

void gt_history_format_evaluation(char *text, size_t capacity, const gt_epoch_row *row) {
    const gt_score *score;
    size_t used = (size_t)snprintf(text, capacity, "epoch %" PRIu64 ":", row->epoch);
    for (int i = 0; (score = next_column(&i)) != NULL && used < capacity; i++) {
        double number = gt_score_number(&row->scores, score);
        if (isnan(number) || score->help == NULL) /* those stand beside others */
            continue;
        char value[64], beside[96] = "";
        snprintf(value, sizeof value, score->format, number);
        if (score->beside != NULL && score->better != 0) {
            char other[64];
            const gt_score *real = gt_score_find(score->beside);
            snprintf(other, sizeof other, real->format, gt_score_number(&row->scores, real));
            snprintf(beside, sizeof beside, " (%s %s)", score->of, other);
        }
        used += (size_t)snprintf(text + used, capacity - used, "  %s %s%s", score->column, value,
                                 beside);
    }
    if (used < capacity)
        snprintf(text + used, capacity - used, "  (in %.1f s)", row->scores.seconds);
}

/* The length of what stays of a file: its heading and the whole rows of up to `epoch` epochs. */
static size_t kept_length(const char *text, size_t heading, uint64_t epoch) {
    const char *row = text + heading, *end;
    while ((end = strchr(row, '\n')) != NULL && strtoull(row, NULL, 10) <= epoch)
        row = end + 1;
    return (size_t)(row - text);
}

gt_status gt_history_open(const char *path, uint64_t epoch, gt_error *error) {
    char heading[ROW_CAPACITY], *text;
    size_t size;
    format_heading(heading);
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

gt_status gt_history_best(double *best, uint64_t *epoch, const char *path, const gt_score *score,
                          gt_error *error) {
    const gt_score *column;
    char *text;
    size_t size;
    int index = 2 + COLUMN_COUNT;
    *best = NAN;
    *epoch = 0;
    for (int i = 0; (column = next_column(&i)) != NULL && column != score; i++)
        index++;
    gt_status status = gt_file_load(&text, &size, path, FILE_LIMIT, error);
    if (status != GT_OK)
        return status;
    for (const char *row = strchr(text, '\n'); row != NULL; row = strchr(row, '\n')) {
        row++;
        const char *field = field_of(row, index);
        bool empty = *field == ',' || *field == '\n' || *field == '\0';
        double number = empty ? NAN : strtod(field, NULL);
        if (!gt_score_is_better(score, number, *best))
            continue;
        *best = number;
        *epoch = strtoull(row, NULL, 10);
    }
    free(text);
    return GT_OK;
}

gt_status gt_history_append(const char *path, const gt_epoch_row *row, gt_error *error) {
    char text[ROW_CAPACITY];
    format_row(text, row);
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
