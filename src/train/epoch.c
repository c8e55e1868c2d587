/* One list of the numbers of an epoch besides the model's stats, from which the columns, the rows
 * and the line are made. */
#include "train/epoch.h"

#include "gantrain/base/text.h"
#include "gantrain/train/watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/eval/evaluation.h"

#define AT(field) offsetof(struct epoch, field)

static const struct {
    const char *name;
    const char *format; /* of its part of the line; NULL: it is not there */
    size_t offset;
} numbers[] = {
    {"diversity", "diversity %.2f", AT(diversity)},
    {"images_per_second", NULL, AT(images_per_second)},
    {"seconds", "%.1f s", AT(seconds)},
};

enum { NUMBER_COUNT = sizeof numbers / sizeof *numbers };

static double number_of(const struct epoch *epoch, int index) {
    double value;
    memcpy(&value, (const char *)epoch + numbers[index].offset, sizeof value);
    return value;
}

/* Whether a run has a column for a score. */
static bool has_column(const gt_model *model, const gt_score *score) {
    bool is_missing = score->measure == GT_MEASURE_MODES && !model->spec.stacked;
    return score->column != NULL && !is_missing && gt_score_suits_data(score, model->spec.points) &&
           gt_score_suits(score, model->kind, model->classes > 0);
}

gt_history_columns epoch_columns(const gt_model *model) {
    gt_history_columns columns = {0};
    const gt_score *score;
    for (int i = 0; i < gt_model_stat_count(model->kind); i++)
        columns.names[columns.count++] = model->stats[i].name;
    for (int i = 0; i < NUMBER_COUNT; i++)
        columns.names[columns.count++] = numbers[i].name;
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++)
        if (has_column(model, score))
            columns.names[columns.count++] = score->column;
    return columns;
}

gt_history_row epoch_row(const struct epoch *epoch, const gt_model *model) {
    gt_history_row row = {.epoch = epoch->number, .step = epoch->step};
    const gt_score *score;
    int count = 0;
    for (int i = 0; i < gt_model_stat_count(model->kind); i++)
        row.values[count++] = epoch->stats[i];
    for (int i = 0; i < NUMBER_COUNT; i++)
        row.values[count++] = number_of(epoch, i);
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++)
        if (has_column(model, score))
            row.values[count++] = gt_score_number(&epoch->scores, score);
    return row;
}

gt_standing epoch_standing(const gt_history_row *row, const gt_model *model, const gt_score *goal) {
    gt_history_columns columns = epoch_columns(model);
    gt_scores scores;
    double diversity = NAN;
    gt_scores_clear(&scores);
    for (int i = 0; i < columns.count; i++) {
        const gt_score *score = gt_score_find_column(columns.names[i]);
        double value = gt_history_number(row->values[i]);
        if (score != NULL)
            gt_score_set(&scores, score, value);
        else if (strcmp(columns.names[i], "diversity") == 0)
            diversity = value;
    }
    const bool collapsed =
        model->kind->against_collapse != NULL && gt_collapse_find(diversity) != GT_COLLAPSE_NONE;
    return gt_score_standing(goal, &scores, collapsed);
}

/* Appends a part, unless the line would become too long for a terminal. */
static size_t append(char *text, size_t capacity, size_t used, const char *part) {
    if (used + strlen("  ") + strlen(part) > EPOCH_LINE || used >= capacity)
        return used;
    return used + (size_t)snprintf(text + used, capacity - used, "  %s", part);
}

void epoch_format_line(char *text, size_t capacity, const struct epoch *epoch,
                       const gt_model *model, uint64_t epochs) {
    char part[64], number[32];
    size_t used =
        (size_t)snprintf(text, capacity, "epoch %" PRIu64 "/%" PRIu64, epoch->number, epochs);
    for (int i = 0; i < gt_model_stat_count(model->kind); i++) {
        if (model->stats[i].only_in_history)
            continue;
        snprintf(number, sizeof number, model->stats[i].format, epoch->stats[i]);
        snprintf(part, sizeof part, "%s %s", model->stats[i].label, number);
        used = append(text, capacity, used, part);
    }
    for (int i = 0; i < NUMBER_COUNT; i++) {
        if (numbers[i].format == NULL || isnan(number_of(epoch, i)))
            continue;
        snprintf(part, sizeof part, numbers[i].format, number_of(epoch, i));
        used = append(text, capacity, used, part);
    }
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
        used = gt_text_append(text, capacity, used, "  %s %s%s", score->column, value, beside);
    }
    if (used < capacity)
        snprintf(text + used, capacity - used, "  (in %.1f s)", epoch->scores.seconds);
}
