/* Each file of a run directory is read on its own: one that is damaged or missing costs its part of
 * the page, and a line that says so. */
#include "report/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gantrain/base/text.h"
#include "gantrain/store/checkpoint.h"
#include "gantrain/store/events.h"

void run_note(struct run *run, const char *line) {
    json_add(run->builder, run->problems, json_text(line));
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

/* Numbers near the largest that there are cannot be drawn, either: their differences overflow. */
static json_t *column_to_json(struct json_builder *builder, const gt_history_table *table,
                              int column) {
    json_t *values = json_array();
    bool any = false;
    for (int row = 0; row < table->row_count; row++) {
        double value = gt_history_table_at(table, row, column);
        any |= !isnan(value);
        json_add(builder, values, json_number(fabs(value) < 1e300 ? value : NAN));
    }
    if (any || column == table->epoch_column)
        return values;
    json_decref(values);
    return NULL;
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

/* An object with a list for each column that holds any number. */
static void put_history(struct run *run, json_t *object) {
    char path[GT_PATH_CAPACITY];
    gt_error error = {0};
    json_t *history = json_object();
    gt_run_file(path, &run->directory, "metrics.csv");
    if (gt_history_table_load(&run->table, path, &error) != GT_OK)
        run_note(run, error.message);
    note_lines(run, &run->table.problems);
    for (int i = 0; i < run->table.column_count; i++) {
        json_t *values = column_to_json(run->builder, &run->table, i);
        json_t *name = json_text(run->table.names[i]); /* a key must be UTF-8, too */
        if (values != NULL)
            json_put(run->builder, history, json_string_value(name), values);
        json_decref(name);
    }
    json_put(run->builder, object, "history", history);
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
    json_put(run->builder, object, "columns", describe_columns(run->builder, &settings));
    json_put(run->builder, object, "epochs", json_integer(config->train.epochs));
    json_put(run->builder, object, "seed",
             json_sprintf("%llu", (unsigned long long)config->train.seed));
    json_put(run->builder, object, "model", json_text(settings.kind->name));
    json_put(run->builder, object, "best_column", json_text(best->column));
}

/* --- checkpoints --- */

static json_t *checkpoint_to_json(struct run *run, const char *name) {
    char file[96], path[GT_PATH_CAPACITY];
    struct stat status;
    snprintf(file, sizeof file, "checkpoints/%s", name);
    json_t *row = json_object();
    json_put(run->builder, row, "file", json_text(file));
    if (stat(gt_run_file(path, &run->directory, file), &status) == 0)
        json_put(run->builder, row, "bytes", json_integer((json_int_t)status.st_size));
    return row;
}

/* The epoch of the best checkpoint, as it says itself; 0 if it cannot be read. */
static uint64_t best_epoch(const struct run *run, const char *path) {
    gt_checkpoint best;
    gt_error error = {0};
    uint64_t epoch = run->options->best_epoch;
    if (!run->options->is_training && gt_checkpoint_open(&best, path, &error) == GT_OK) {
        epoch = best.info.epoch;
        gt_checkpoint_close(&best);
    }
    return epoch;
}

static void put_best(struct run *run, json_t *object, json_t *rows) {
    char path[GT_PATH_CAPACITY];
    bool exists = false;
    gt_run_file(path, &run->directory, "checkpoints/best.safetensors");
    gt_file_exists(&exists, path, NULL);
    if (!exists)
        return;
    json_t *row = checkpoint_to_json(run, "best.safetensors");
    const uint64_t epoch = best_epoch(run, path);
    json_put(run->builder, row, "place",
             epoch > 0 ? json_sprintf("epoch %llu, the best", (unsigned long long)epoch)
                       : json_text("the best"));
    json_put(run->builder, object, "best_epoch", json_integer((json_int_t)epoch));
    json_add(run->builder, rows, row);
}

static void put_checkpoints(struct run *run, json_t *object) {
    gt_run_checkpoint *list;
    gt_error error = {0};
    int count;
    json_t *rows = json_array();
    if (gt_run_list_checkpoints(&list, &count, &run->directory, &error) != GT_OK)
        run_note(run, error.message);
    for (int i = 0; i < count; i++) {
        json_t *row = checkpoint_to_json(run, list[i].name);
        const bool is_step = list[i].step > 0;
        json_put(run->builder, row, "place",
                 json_sprintf("%s %llu", is_step ? "step" : "epoch",
                              (unsigned long long)(is_step ? list[i].step : list[i].epoch)));
        json_add(run->builder, rows, row);
    }
    free(list);
    put_best(run, object, rows);
    json_put(run->builder, object, "checkpoints", rows);
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
    for (int i = 0; i < events.count; i++)
        json_add(run->builder, rows, event_to_json(run->builder, &events.list[i]));
    json_put(run->builder, object, "events", rows);
    json_put(run->builder, object, "state",
             json_text(run_find_state(run->directory.path, run->options->is_training, &events)));
    gt_events_free(&events);
}

json_t *run_to_json(struct json_builder *builder, const char *path,
                    const gt_report_options *options) {
    struct run run = {.builder = builder, .options = options, .directory = {.lock = -1}};
    json_t *object = json_object();
    run.problems = json_array();
    gt_text_copy(run.directory.path, sizeof run.directory.path, path);
    json_put(builder, object, "path", json_text(path));
    put_config(&run, object);
    put_history(&run, object);
    put_events(&run, object);
    put_pictures(&run, object);
    put_checkpoints(&run, object);
    json_put(builder, object, "problems", run.problems);
    gt_history_table_free(&run.table);
    return object;
}
