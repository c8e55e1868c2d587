/* The table of scores of a run: those of its last evaluation and of its best epoch, and what they
 * are compared with. */
#include "report/columns.h"
#include "report/run.h"

/* The last row that has a number; -1 if none does. */
static int last_row(const json_t *values) {
    int row = (int)json_array_size(values) - 1;
    while (row >= 0 && !json_is_number(json_array_get(values, (size_t)row)))
        row--;
    return row;
}

/* The value at a row; null if there is none. */
static json_t *value_at(const json_t *values, int row) {
    json_t *value = row >= 0 ? json_array_get(values, (size_t)row) : NULL;
    return value != NULL ? json_incref(value) : json_null();
}

static json_t *score_to_json(const struct run *run, const struct column *column,
                             const json_t *values) {
    const int last = last_row(values);
    json_t *row = json_object(), *numbers = json_array(), *beside = json_null();
    if (column->beside != NULL)
        beside = value_at(json_object_get(run->history, column->beside), last);
    else if (column->level_name != NULL)
        beside = json_number(column->level);
    json_put(run->builder, row, "title", json_title(column->label));
    json_put(run->builder, row, "decimals", json_integer(column->decimals));
    json_put(run->builder, row, "of", json_text(json_is_null(beside) ? NULL : column->score->of));
    json_add(run->builder, numbers, value_at(values, last));
    json_add(run->builder, numbers, value_at(values, run->best_row));
    json_add(run->builder, numbers, beside);
    json_put(run->builder, row, "numbers", numbers);
    return row;
}

void put_scores(struct run *run, json_t *object) {
    const char *name;
    json_t *values, *rows = json_array();
    json_object_foreach(run->history, name, values) {
        const struct column column = column_find(&run->config, name);
        if (column.score != NULL && column.score->help != NULL)
            json_add(run->builder, rows, score_to_json(run, &column, values));
    }
    json_put(run->builder, object, "scores", rows);
}
