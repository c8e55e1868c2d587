#include "report/charts.h"

#include "report/columns.h"
#include "report/panels.h"

void charts_init(struct charts *charts, struct json_builder *builder) {
    *charts = (struct charts){builder, json_object(), json_object(), json_object(), 0};
}

static void add_level(struct json_builder *builder, json_t *levels, const char *name,
                      double value) {
    if (name == NULL)
        return;
    json_t *level = json_array();
    json_add(builder, level, json_text(name));
    json_add(builder, level, json_number(value));
    json_add(builder, levels, level);
}

/* A chart without curves; what the panel leaves open is as its first column has it. */
static json_t *chart_to_json(struct json_builder *builder, const struct panel *panel,
                             const struct column *first) {
    json_t *chart = json_object(), *levels = json_array();
    add_level(builder, levels, panel->level_name, panel->level);
    add_level(builder, levels, first->level_name, first->level);
    json_put(builder, chart, "title",
             panel->title != NULL ? json_text(panel->title) : json_title(first->label));
    json_put(builder, chart, "words", json_text(panel->words));
    json_put(builder, chart, "decimals",
             json_integer(panel->decimals >= 0 ? panel->decimals : first->decimals));
    json_put(builder, chart, "levels", levels);
    json_put(builder, chart, "sparse", json_boolean(first->score != NULL));
    json_put(builder, chart, "series", json_array());
    return chart;
}

/* The title of the chart of a score says which one it is, so its labels say whose. */
static const char *label_of(const struct run *run, const struct panel *panel,
                            const struct column *first, int index) {
    if (first->score == NULL)
        return column_find(&run->config, panel->columns[index]).label;
    return index == 0 ? "samples" : first->score->of;
}

/* Adds the curves that a run has of a panel to its chart in a list. */
static void add_panel(struct charts *charts, json_t *list, const struct run *run,
                      const struct panel *panel) {
    struct json_builder *builder = charts->builder;
    const char *key = panel->columns[0];
    const struct column first = column_find(&run->config, key);
    for (int i = 0; i < PANEL_CURVES && panel->columns[i] != NULL; i++) {
        json_t *values = json_object_get(run->history, panel->columns[i]);
        if (values == NULL)
            continue;
        if (json_object_get(list, key) == NULL)
            json_put(builder, list, key, chart_to_json(builder, panel, &first));
        json_t *series = json_object_get(json_object_get(list, key), "series");
        json_t *curve = json_object();
        json_put(builder, curve, "run", json_integer(charts->run_count));
        json_put(builder, curve, "column", json_text(panel->columns[i]));
        json_put(builder, curve, "label", json_text(label_of(run, panel, &first, i)));
        json_put(builder, curve, "values", json_incref(values));
        json_add(builder, series, curve);
    }
}

void charts_add(struct charts *charts, const struct run *run) {
    const struct panel *panel;
    const char *name;
    json_t *values;
    json_object_foreach(run->history, name, values) {
        const struct column column = column_find(&run->config, name);
        const gt_score *score = column.score;
        const struct panel own = {.columns = {name, column.beside}, .decimals = -1};
        if (score == NULL && !panel_shares(name))
            add_panel(charts, charts->own, run, &own);
        else if (score != NULL && score->help != NULL &&
                 (score->better != 0 || column.level_name != NULL))
            add_panel(charts, charts->scores, run, &own);
    }
    for (int i = 0; (panel = panel_at(i)) != NULL; i++)
        add_panel(charts, charts->shared, run, panel);
    charts->run_count++;
}

/* Moves the charts of an object to a list. */
static void move_all(struct json_builder *builder, json_t *list, json_t *object) {
    const char *key;
    json_t *chart;
    json_object_foreach(object, key, chart) json_add(builder, list, json_incref(chart));
    json_decref(object);
}

void charts_put(struct charts *charts, json_t *data) {
    json_t *curves = json_array(), *scores = json_array();
    move_all(charts->builder, curves, charts->own);
    move_all(charts->builder, curves, charts->shared);
    move_all(charts->builder, scores, charts->scores);
    json_put(charts->builder, data, "curves", curves);
    json_put(charts->builder, data, "scores", scores);
}
