/* The words that belong to the columns of metrics.csv, from the tables they were written by. */
#include "report/run.h"

#include <stdio.h>

#include "gantrain/metrics/scores.h"

/* The digits after the point of a printf format. */
static json_t *decimals_of(const char *format) {
    int decimals = 3;
    sscanf(format, "%%.%d", &decimals);
    return json_integer(decimals);
}

static json_t *describe_stat(struct json_builder *builder, const gt_stat *stat) {
    json_t *column = json_object();
    json_put(builder, column, "label", json_text(stat->label));
    json_put(builder, column, "decimals", decimals_of(stat->format));
    if (stat->reference != NULL) {
        json_put(builder, column, "reference", json_text(stat->reference));
        json_put(builder, column, "reference_value", json_number(stat->reference_value));
    }
    return column;
}

/* of: whose score stands next to it; real: the column that has that score, if one has. */
static json_t *describe_score(struct json_builder *builder, const gt_score *score) {
    const gt_score *beside = score->beside != NULL ? gt_score_find(score->beside) : NULL;
    json_t *column = json_object();
    json_put(builder, column, "label", json_text(score->help));
    json_put(builder, column, "decimals", decimals_of(score->format));
    json_put(builder, column, "score", json_text(score->name));
    json_put(builder, column, "better", json_integer(score->better));
    if (beside != NULL) {
        json_put(builder, column, "of", json_text(score->of));
        json_put(builder, column, "real", json_text(beside->column));
    }
    return column;
}

json_t *describe_columns(struct json_builder *builder, const gt_model_settings *settings) {
    const gt_stat *stats = gt_model_stats(settings);
    const gt_score *score;
    json_t *columns = json_object();
    for (int i = 0; i < gt_model_stat_count(settings->kind); i++)
        json_put(builder, columns, stats[i].name, describe_stat(builder, &stats[i]));
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++)
        if (score->column != NULL)
            json_put(builder, columns, score->column, describe_score(builder, score));
    return columns;
}
