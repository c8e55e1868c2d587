/* The table of scores, walked once. */
#include "gantrain/metrics/scores_json.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static json_t *list_to_json(const gt_class_list *list) {
    json_t *array = json_array();
    for (int c = 0; c < list->count; c++)
        if (json_array_append_new(array, json_real(list->values[c])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *number_to_json(double number, const char *format) {
    if (!isfinite(number))
        return json_null();
    bool whole = strcmp(format, "%.0f") == 0 && number == floor(number);
    return whole ? json_integer((json_int_t)number) : json_real(number);
}

json_t *gt_scores_to_json(const gt_scores *scores) {
    const gt_score *score;
    json_t *object = json_object();
    bool failed = object == NULL;
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++) {
        bool measured = score->is_list ? gt_score_list(scores, score)->count > 0
                                       : !isnan(gt_score_number(scores, score));
        if (!measured)
            continue;
        json_t *value = score->is_list
                            ? list_to_json(gt_score_list(scores, score))
                            : number_to_json(gt_score_number(scores, score), score->format);
        failed |= json_object_set_new(object, score->name, value) != 0;
    }
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}
