/* The table and the JSON object of gantrain compare: both walk the table of scores. */
#include "cli/comparison.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/settings.h"
#include "gantrain/metrics/scores_json.h"

enum { CELL = 32 };

/* Whether a score is a column: one that can be ranked, and that some checkpoint has. */
static bool is_column(const struct comparison *comparison, const gt_score *score) {
    if (score->better == 0)
        return false;
    for (int i = 0; i < comparison->count; i++)
        if (!isnan(gt_score_number(&comparison->entries[i].scores, score)))
            return true;
    return false;
}

static bool is_likelihood(const gt_score *score) {
    return score->measure == GT_MEASURE_LIKELIHOOD;
}

/* Whether a score ranks two checkpoints. A mixture's likelihood is a density of grey values, a
 * vae's a probability of pixels: only those of the same model can be compared. */
static bool is_comparable(const struct entry *one, const struct entry *other,
                          const gt_score *score) {
    return !is_likelihood(score) || one->kind == other->kind;
}

/* Whether no comparable checkpoint is better: as the best checkpoint of a run is chosen, so that
 * one whose samples cover little has no best precision. */
static bool is_best(const struct comparison *comparison, const gt_score *score, int index) {
    const struct entry *entry = &comparison->entries[index];
    const gt_standing own = gt_score_standing(score, &entry->scores, false);
    for (int i = 0; i < comparison->count; i++) {
        if (!is_comparable(entry, &comparison->entries[i], score))
            continue;
        gt_standing other = gt_score_standing(score, &comparison->entries[i].scores, false);
        if (gt_standing_is_better(&other, &own, score))
            return false;
    }
    return !isnan(own.number);
}

/* The same score of real images; NAN: they have none. */
static double real_number(const struct comparison *comparison, const gt_score *score) {
    double number = NAN;
    if (score->beside == NULL || strcmp(score->of, "real images") != 0)
        return NAN;
    for (int i = 0; i < comparison->count && isnan(number); i++)
        number = gt_score_number(&comparison->entries[i].scores, gt_score_find(score->beside));
    return number;
}

/* --- The table --- */

/* Row `row` of a column; the one past the last checkpoint is that of real images. */
static void format_cell(char cell[CELL], const struct comparison *comparison, const gt_score *score,
                        int row) {
    const bool is_real = row == comparison->count;
    double number = is_real ? real_number(comparison, score)
                            : gt_score_number(&comparison->entries[row].scores, score);
    char text[CELL - 1] = "-";
    if (!isnan(number))
        snprintf(text, sizeof text, score->format, number);
    snprintf(cell, CELL, "%s%c", text, !is_real && is_best(comparison, score, row) ? '*' : ' ');
}

static int width_of(const struct comparison *comparison, const gt_score *score) {
    char cell[CELL];
    size_t width = strlen(score->name) + 1;
    for (int row = 0; row <= comparison->count; row++) {
        format_cell(cell, comparison, score, row);
        if (strlen(cell) > width)
            width = strlen(cell);
    }
    return (int)width;
}

static void print_row(const struct comparison *comparison, int row) {
    const gt_score *score;
    const bool is_real = row == comparison->count;
    printf("%-12s", is_real ? "" : comparison->entries[row].kind->name);
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++) {
        char cell[CELL];
        if (!is_column(comparison, score))
            continue;
        format_cell(cell, comparison, score, row);
        printf(" %*s", width_of(comparison, score), cell);
    }
    printf("  %s\n", is_real ? "real images" : comparison->entries[row].path);
}

static bool is_less_better(const gt_score *score) {
    return score->better < 0;
}

static bool needs_coverage(const gt_score *score) {
    return score->needs_coverage;
}

/* Prints a text and the columns that are meant; nothing if there are none. */
static void print_names(const struct comparison *comparison, const char *text,
                        bool (*is_meant)(const gt_score *score)) {
    const gt_score *score;
    const char *joint = text;
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++)
        if (is_column(comparison, score) && is_meant(score)) {
            printf("%s%s", joint, score->name);
            joint = ", ";
        }
    if (joint != text)
        printf("\n");
}

void comparison_print_table(const struct comparison *comparison) {
    const gt_score *score;
    printf("%-12s", "model");
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++)
        if (is_column(comparison, score))
            printf(" %*s ", width_of(comparison, score) - 1, score->name);
    printf("  checkpoint\n");
    for (int row = 0; row <= comparison->count; row++)
        print_row(comparison, row);
    printf("\n* the best of its column; more is better unless said otherwise\n");
    print_names(comparison, "less is better: ", is_less_better);
    print_names(comparison,
                "until samples cover half as much as real images do, more coverage is better: ",
                needs_coverage);
    print_names(comparison, "compared between checkpoints of the same model only: ", is_likelihood);
}

/* --- JSON --- */

static json_t *entry_to_json(const struct entry *entry) {
    return json_pack("{s:s, s:s, s:o}", "checkpoint", entry->path, "model", entry->kind->name,
                     "scores", gt_scores_to_json(&entry->scores));
}

/* The numbers in the list of models of those that are best. */
static json_t *best_to_json(const struct comparison *comparison, const gt_score *score) {
    json_t *best = json_array();
    for (int i = 0; i < comparison->count; i++)
        if (is_best(comparison, score, i))
            json_array_append_new(best, json_integer(i));
    return best;
}

gt_status comparison_print_json(const struct comparison *comparison, gt_error *error) {
    const gt_score *score;
    json_t *models = json_array(), *real = json_object(), *best = json_object();
    bool failed = false;
    for (int i = 0; i < comparison->count; i++)
        failed |= json_array_append_new(models, entry_to_json(&comparison->entries[i])) != 0;
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++) {
        double number = real_number(comparison, score);
        if (!is_column(comparison, score))
            continue;
        failed |= json_object_set_new(best, score->name, best_to_json(comparison, score)) != 0;
        if (!isnan(number))
            failed |= json_object_set_new(real, score->name, json_real(number)) != 0;
    }
    json_t *object =
        json_pack("{s:o, s:o, s:o}", "models", models, "real_images", real, "best", best);
    if (failed) {
        json_decref(object);
        object = NULL;
    }
    return settings_print_json(object, 9, error);
}
