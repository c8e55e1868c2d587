/* Each file of a run directory is read on its own: one that is damaged or missing costs its part of
 * the page, and a line that says so. */
#include "report/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gantrain/base/text.h"
#include "gantrain/store/events.h"
#include "report/charts.h"

void run_note(struct run *run, const char *line) {
    json_add(run->builder, run->problems, json_text(line));
}

void run_mark(struct run *run, const char *words, int row) {
    if (row < 0)
        return;
    json_t *mark = json_array();
    json_add(run->builder, mark, json_text(words));
    json_add(run->builder, mark, json_integer(row));
    json_add(run->builder, run->marks, mark);
}

json_t *run_place(bool is_step, uint64_t number) {
    return json_sprintf("%s %llu", is_step ? "step" : "epoch", (unsigned long long)number);
}

/* Notes each line of a message. */
static void note_lines(struct run *run, const gt_error *error) {
    char line[GT_ERROR_CAPACITY];
    for (const char *from = error->message; *from != '\0';) {
        size_t length = strcspn(from, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, from);
        run_note(run, line);
        from += length + (from[length] == '\n');
    }
    if (error->dropped > 0) {
        snprintf(line, sizeof line, "and %d more like these", error->dropped);
        run_note(run, line);
    }
}

/* --- metrics.csv --- */

int run_row_of_epoch(const gt_history_table *table, double epoch) {
    int row = table->row_count - 1;
    while (row >= 0 && gt_history_table_at(table, row, table->epoch_column) != epoch)
        row--;
    return row;
}

int run_row_at_step(const gt_history_table *table, double step) {
    const int steps = gt_history_table_column(table, "step");
    const int column = steps >= 0 ? steps : table->epoch_column;
    int row = table->row_count - 1;
    while (row >= 0 && !(gt_history_table_at(table, row, column) <= step))
        row--;
    return row;
}

/* A number for a page; NaN for none. Those near the largest that there are cannot be drawn, either:
 * their differences overflow. */
static double number_at(const gt_history_table *table, int row, int column) {
    const double value = gt_history_table_at(table, row, column);
    return fabs(value) < 1e300 ? value : NAN;
}

/* NULL if the column holds no number. */
static json_t *column_to_json(const struct run *run, int column) {
    json_t *values = json_array();
    bool any = column == run->table.epoch_column;
    for (int row = 0; row < run->table.row_count; row++) {
        any |= !isnan(gt_history_table_at(&run->table, row, column));
        json_add(run->builder, values, json_number(number_at(&run->table, row, column)));
    }
    if (any)
        return values;
    json_decref(values);
    return NULL;
}

/* The seconds of training up to the end of each row. */
static json_t *times_to_json(const struct run *run) {
    const int column = gt_history_table_column(&run->table, "seconds");
    json_t *times = json_array();
    double time = 0;
    for (int row = 0; row < run->table.row_count; row++) {
        const double seconds = column >= 0 ? number_at(&run->table, row, column) : NAN;
        time += isnan(seconds) ? 0 : seconds;
        json_add(run->builder, times, json_number(time));
    }
    return times;
}

/* Where the rows lie along each axis; an older run has no steps. */
static void put_axes(const struct run *run, json_t *object) {
    const int step = gt_history_table_column(&run->table, "step");
    json_t *axes = json_object(), *epochs = column_to_json(run, run->table.epoch_column);
    json_t *steps = step >= 0 ? column_to_json(run, step) : NULL;
    json_put(run->builder, axes, "step", steps != NULL ? steps : json_incref(epochs));
    json_put(run->builder, axes, "epoch", epochs);
    json_put(run->builder, axes, "time", times_to_json(run));
    json_put(run->builder, object, "axes", axes);
}

/* The epoch of the last row and its speed; 0 and null if there is none. */
static void put_last(const struct run *run, json_t *object) {
    const gt_history_table *table = &run->table;
    const int speed = gt_history_table_column(table, "images_per_second");
    const int last = table->row_count - 1;
    json_put(run->builder, object, "epoch",
             json_number(last >= 0 ? number_at(table, last, table->epoch_column) : 0));
    json_put(run->builder, object, "images_per_second",
             json_number(last >= 0 && speed >= 0 ? number_at(table, last, speed) : NAN));
}

double run_seconds_left(const gt_history_table *table, int64_t epochs) {
    enum { EPOCHS = 20 };
    const int column = gt_history_table_column(table, "seconds"), last = table->row_count - 1;
    double sum = 0;
    int count = 0;
    for (int row = last; column >= 0 && row >= 0 && count < EPOCHS; row--) {
        const double seconds = gt_history_table_at(table, row, column);
        sum += isfinite(seconds) ? seconds : 0;
        count++;
    }
    if (count == 0)
        return 0;
    const double left =
        sum / count * ((double)epochs - gt_history_table_at(table, last, table->epoch_column));
    return left > 0 && left < 1e9 ? left : 0;
}

static void put_history(struct run *run, json_t *object) {
    char path[GT_PATH_CAPACITY];
    gt_error error = {0};
    gt_run_file(path, &run->directory, "metrics.csv");
    if (gt_history_table_load(&run->table, path, &error) != GT_OK)
        run_note(run, error.message);
    note_lines(run, &run->table.problems);
    for (int i = 0; i < run->table.column_count; i++) {
        json_t *values = column_to_json(run, i);
        json_t *name = json_text(run->table.names[i]); /* a key must be UTF-8, too */
        if (values != NULL)
            json_put(run->builder, run->history, json_string_value(name), values);
        json_decref(name);
    }
    put_axes(run, object);
    put_last(run, object);
    json_put(run->builder, object, "seconds_left",
             json_number(run_seconds_left(&run->table, run->config.train.epochs)));
}

/* --- config.ini --- */

/* Every key: what the run has, and the default where it is another. */
static json_t *keys_to_json(const struct run *run) {
    const gt_config_key *key;
    gt_config defaults;
    json_t *keys = json_array();
    gt_config_init(&defaults);
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
        char name[GT_CONFIG_KEY_NAME], value[GT_CONFIG_TEXT], fallback[GT_CONFIG_TEXT];
        snprintf(name, sizeof name, "%s.%s", key->section, key->name);
        gt_config_format(value, &run->config, key);
        gt_config_format(fallback, &defaults, key);
        json_t *row = json_object();
        json_put(run->builder, row, "key", json_text(name));
        json_put(run->builder, row, "value", json_text(value));
        json_put(run->builder, row, "help", json_text(key->help));
        if (strcmp(value, fallback) != 0)
            json_put(run->builder, row, "default", json_text(fallback));
        json_add(run->builder, keys, row);
    }
    return keys;
}

static void put_config(struct run *run, json_t *object) {
    char path[GT_PATH_CAPACITY];
    gt_error error = {0};
    gt_config_init(&run->config);
    gt_run_file(path, &run->directory, "config.ini");
    if (gt_file_check_regular(path, &error) != GT_OK ||
        gt_config_read_file(&run->config, path, &error) != GT_OK)
        note_lines(run, &error);
    const gt_config *config = &run->config;
    const gt_model_settings settings = gt_config_model_settings(config);
    const gt_score *best = gt_score_find(config->metrics.best);
    json_put(run->builder, object, "config", keys_to_json(run));
    json_put(run->builder, object, "epochs", json_integer(config->train.epochs));
    json_put(run->builder, object, "seed",
             json_sprintf("%llu", (unsigned long long)config->train.seed));
    json_put(run->builder, object, "model", json_text(settings.kind->name));
    json_put(run->builder, object, "goal", json_text(best->help));
}

/* --- events.jsonl, and the state that follows from them --- */

/* The state after the last start, resume or end of a run. A run that has none of its own words says
 * "running", which a process that was killed can no longer take back: its lock can. */
const char *run_find_state(const char *path, bool is_training, const gt_events *events) {
    const char *state = "unknown";
    bool in_use = is_training;
    for (int i = 0; i < events->count; i++) {
        gt_event_kind kind = events->list[i].kind;
        if (kind == GT_EVENT_START || kind == GT_EVENT_RESUME)
            state = "running";
        else if (kind != GT_EVENT_WARNING && kind != GT_EVENT_EVALUATION)
            state = gt_event_kind_name(kind);
    }
    if (!in_use) /* to open the lock of one's own run would release it */
        in_use = gt_run_is_in_use(path);
    if (in_use)
        return strcmp(state, "unknown") == 0 ? "running" : state;
    return strcmp(state, "running") == 0 ? "interrupted" : state;
}

/* Whether a list, if it is there, has numbers or null alone. */
static bool is_list(const json_t *list) {
    if (list != NULL && !json_is_array(list))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_is_number(json_array_get(list, i)) && !json_is_null(json_array_get(list, i)))
            return false;
    return true;
}

static json_t *event_to_json(struct json_builder *builder, const gt_event *event) {
    json_t *row = json_object();
    json_put(builder, row, "time", json_integer((json_int_t)event->time));
    json_put(builder, row, "kind", json_text(gt_event_kind_name(event->kind)));
    json_put(builder, row, "epoch", json_integer((json_int_t)event->epoch));
    json_put(builder, row, "step", json_integer((json_int_t)event->step));
    json_put(builder, row, "text", json_text(event->text));
    if (is_list(json_object_get(event->scores, "classes")) &&
        is_list(json_object_get(event->scores, "classes_real")) && event->scores != NULL)
        json_put(builder, row, "scores", json_incref(event->scores));
    return row;
}

static void put_events(struct run *run, json_t *object) {
    char path[GT_PATH_CAPACITY], line[128];
    gt_events events;
    gt_error error = {0};
    json_t *rows = json_array();
    if (gt_events_load(&events, gt_run_file(path, &run->directory, "events.jsonl"), &error) !=
        GT_OK)
        run_note(run, error.message);
    else if (events.count == 0)
        run_note(run, "events.jsonl is missing or empty: the run is of an older version, or its "
                      "events are lost");
    if (events.damaged > 0) {
        snprintf(line, sizeof line, "events.jsonl: %d damaged line%s left out", events.damaged,
                 events.damaged == 1 ? " is" : "s are");
        run_note(run, line);
    }
    for (int i = 0; i < events.count; i++) {
        const gt_event *event = &events.list[i];
        json_add(run->builder, rows, event_to_json(run->builder, event));
        if (event->kind == GT_EVENT_RESUME)
            run_mark(run, "resumed", run_row_at_step(&run->table, (double)event->step));
    }
    json_put(run->builder, object, "events", rows);
    json_put(run->builder, object, "state",
             json_text(run_find_state(run->directory.path, run->options->is_training, &events)));
    gt_events_free(&events);
}

json_t *run_to_json(struct charts *charts, const char *path, const gt_report_options *options) {
    struct json_builder *builder = charts->builder;
    struct run run = {
        .builder = builder,
        .options = options,
        .directory = {.lock = -1},
        .history = json_object(),
        .problems = json_array(),
        .marks = json_array(),
        .best_row = -1,
    };
    json_t *object = json_object();
    gt_text_copy(run.directory.path, sizeof run.directory.path, path);
    json_put(builder, object, "path", json_text(path));
    put_config(&run, object);
    put_history(&run, object);
    put_events(&run, object);
    put_pictures(&run, object);
    put_checkpoints(&run, object);
    put_scores(&run, object);
    charts_add(charts, &run);
    json_put(builder, object, "problems", run.problems);
    json_put(builder, object, "marks", run.marks);
    json_decref(run.history);
    gt_history_table_free(&run.table);
    return object;
}
