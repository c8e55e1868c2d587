/* One list of the numbers of an epoch besides the model's stats, from which the columns, the rows and
 * the line are made. */
#include "train/epoch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct epoch, field)

static const struct {
    const char *name, *label, *format;
    size_t offset;
} numbers[] = {
    {"diversity", "diversity", "%.2f", AT(diversity)},
    {"images_per_second", "images/s", "%.0f", AT(images_per_second)},
    {"seconds", "seconds", "%.1f", AT(seconds)},
};

enum { NUMBER_COUNT = sizeof numbers / sizeof *numbers };

static double number_of(const struct epoch *epoch, int index) {
    double value;
    memcpy(&value, (const char *)epoch + numbers[index].offset, sizeof value);
    return value;
}

gt_history_columns epoch_columns(const gt_model_kind *kind) {
    gt_history_columns columns = {0};
    const gt_score *score;
    for (int i = 0; i < gt_model_stat_count(kind); i++)
        columns.names[columns.count++] = kind->stats[i].name;
    for (int i = 0; i < NUMBER_COUNT; i++)
        columns.names[columns.count++] = numbers[i].name;
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++)
        if (score->column != NULL)
            columns.names[columns.count++] = score->column;
    return columns;
}

gt_history_row epoch_row(const struct epoch *epoch, const gt_model_kind *kind) {
    gt_history_row row = {.epoch = epoch->number, .step = epoch->step};
    const gt_score *score;
    int count = 0;
    for (int i = 0; i < gt_model_stat_count(kind); i++)
        row.values[count++] = epoch->stats[i];
    for (int i = 0; i < NUMBER_COUNT; i++)
        row.values[count++] = number_of(epoch, i);
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++)
        if (score->column != NULL)
            row.values[count++] = gt_score_number(&epoch->scores, score);
    return row;
}

/* Appends "  LABEL NUMBER", and the reference that a stat may have. */
static size_t append(char *text, size_t capacity, size_t used, const char *label,
                     const char *format, double value, const gt_stat *stat) {
    char number[64], reference[64] = "", other[32];
    snprintf(number, sizeof number, format, value);
    if (stat != NULL && stat->reference != NULL) {
        snprintf(other, sizeof other, format, stat->reference_value);
        snprintf(reference, sizeof reference, " (%s = %s)", stat->reference, other);
    }
    if (used < capacity)
        used +=
            (size_t)snprintf(text + used, capacity - used, "  %s %s%s", label, number, reference);
    return used;
}

void epoch_format_line(char *text, size_t capacity, const struct epoch *epoch,
                       const gt_model_kind *kind, uint64_t epochs) {
    size_t used = (size_t)snprintf(text, capacity, "epoch %" PRIu64 "/%" PRIu64 "  step %" PRIu64,
                                   epoch->number, epochs, epoch->step);
    for (int i = 0; i < gt_model_stat_count(kind); i++)
        used = append(text, capacity, used, kind->stats[i].label, kind->stats[i].format,
                      epoch->stats[i], &kind->stats[i]);
    for (int i = 0; i < NUMBER_COUNT; i++)
        used = append(text, capacity, used, numbers[i].label, numbers[i].format,
                      number_of(epoch, i), NULL);
}

void epoch_format_scores(char *text, size_t capacity, const struct epoch *epoch) {
    const gt_score *score;
    size_t used = (size_t)snprintf(text, capacity, "epoch %" PRIu64 ":", epoch->number);
    for (int i = 0; (score = gt_score_at(i)) != NULL && used < capacity; i++) {
        double number = gt_score_number(&epoch->scores, score);
        /* Scores without words of their own are shown next to others. */
        if (score->column == NULL || score->help == NULL || isnan(number))
            continue;
        char value[64], beside[96] = "";
        snprintf(value, sizeof value, score->format, number);
        if (score->beside != NULL && score->better != 0) {
            char other[64];
            const gt_score *real = gt_score_find(score->beside);
            snprintf(other, sizeof other, real->format, gt_score_number(&epoch->scores, real));
            snprintf(beside, sizeof beside, " (%s %s)", score->of, other);
        }
        used += (size_t)snprintf(text + used, capacity - used, "  %s %s%s", score->column, value,
                                 beside);
    }
    if (used < capacity)
        snprintf(text + used, capacity - used, "  (in %.1f s)", epoch->scores.seconds);
}
