#include "report/columns.h"

#include <stdio.h>
#include <string.h>

#include "gantrain/model/objective.h"

/* The digits after the point of a printf format. */
static int decimals_of(const char *format) {
    int decimals = 3;
    sscanf(format, "%%.%d", &decimals);
    return decimals;
}

const gt_stat *column_stat(const gt_config *config, const char *name) {
    const gt_model_settings settings = gt_config_model_settings(config);
    const gt_stat *stats = gt_model_stats(&settings);
    for (int i = 0; i < gt_model_stat_count(settings.kind); i++)
        if (strcmp(stats[i].name, name) == 0)
            return &stats[i];
    return NULL;
}

static struct column describe_stat(const gt_stat *stat) {
    return (struct column){
        .label = stat->label,
        .decimals = decimals_of(stat->format),
        .level_name = stat->reference,
        .level = stat->reference_value,
    };
}

/* A score stands next to that of real images, if that has a column; V next to a constant. */
static struct column describe_score(const gt_score *score) {
    const gt_score *beside = score->beside != NULL ? gt_score_find(score->beside) : NULL;
    struct column column = {
        .label = score->help != NULL ? score->help : score->column,
        .decimals = decimals_of(score->format),
        .score = score,
        .beside = beside != NULL ? beside->column : NULL,
    };
    if (beside != NULL && strcmp(beside->name, "value_at_optimum") == 0) {
        column.level_name = score->of;
        column.level = GT_VALUE_AT_OPTIMUM;
    }
    return column;
}

struct column column_find(const gt_config *config, const char *name) {
    const gt_score *score = gt_score_find_column(name);
    const gt_stat *stat = column_stat(config, name);
    if (score != NULL)
        return describe_score(score);
    if (stat != NULL)
        return describe_stat(stat);
    const bool is_speed = strcmp(name, "images_per_second") == 0;
    return (struct column){.label = is_speed ? "images/second" : name, .decimals = 3};
}
