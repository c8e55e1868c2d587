/* Epochs that the run before could not measure: measured from their checkpoints, as far as these are
 * kept, so that rows, events and the best checkpoint are those of a run to which nothing happened.
 *
 * An epoch's row is written last. A run that is killed before that measures the epoch again. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "train/state.h"

static bool has_scores(const gt_history_row *row, const gt_history_columns *columns) {
    for (int i = 0; i < columns->count; i++)
        if (gt_score_find_column(columns->names[i]) != NULL && !isnan(row->values[i]))
            return true;
    return false;
}

/* A walk over the rows of metrics.csv. */
struct walk {
    struct trainer *trainer;
    const gt_run_checkpoint *kept;
    int kept_count;
    uint64_t epoch; /* the row that is looked for */
    gt_history_row row;
    bool is_found;
    uint64_t first_lost; /* of the due rows without scores and checkpoint */
    int lost, measured;
    gt_standing best; /* of all rows, with `row` in its place */
    uint64_t best_epoch;
};

static gt_status visit_rows(struct walk *walk, gt_history_visitor visit, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    return gt_history_visit(gt_run_file(path, &walk->trainer->run, "metrics.csv"),
                            &walk->trainer->columns, visit, walk, error);
}

static void find_row(void *context, const gt_history_row *row) {
    struct walk *walk = context;
    if (row->epoch != walk->epoch)
        return;
    walk->is_found = true;
    walk->row = *row;
}

static void count_lost(void *context, const gt_history_row *row) {
    struct walk *walk = context;
    if (has_scores(row, &walk->trainer->columns)) {
        walk->measured++;
        return;
    }
    bool is_kept = !trainer_evaluation_is_due(walk->trainer, row->epoch);
    for (int i = 0; i < walk->kept_count; i++)
        is_kept = is_kept || (walk->kept[i].epoch == row->epoch && walk->kept[i].step == 0);
    if (!is_kept && walk->lost++ == 0)
        walk->first_lost = row->epoch;
}

static void find_best(void *context, const gt_history_row *row) {
    struct walk *walk = context;
    const gt_score *goal = gt_score_find(walk->trainer->config->metrics.best);
    const gt_standing standing = epoch_standing(row->epoch == walk->epoch ? &walk->row : row,
                                                &walk->trainer->setup.model, goal);
    if (gt_standing_is_better(&standing, &walk->best, goal)) {
        walk->best = standing;
        walk->best_epoch = row->epoch;
    }
}

/* Whether a checkpoint is of an epoch that was to be measured, by the config it was made with. */
static gt_status is_due(bool *due, const struct trainer *trainer, const gt_run_checkpoint *place,
                        const char *path, gt_error *error) {
    gt_checkpoint checkpoint;
    *due = place->step == 0 && place->epoch > 0 && place->epoch <= trainer->epoch &&
           trainer_evaluation_is_due(trainer, place->epoch);
    if (!*due)
        return GT_OK;
    gt_status status = gt_checkpoint_open(&checkpoint, path, error);
    if (status != GT_OK)
        return status;
    const uint64_t every = (uint64_t)checkpoint.info.config.metrics.every;
    *due = every > 0 && place->epoch % every == 0;
    gt_checkpoint_close(&checkpoint);
    return GT_OK;
}

/* Puts the scores of an epoch into its row, and its checkpoint in the place of the best one if it
 * is that. */
static gt_status put(struct walk *walk, const gt_scores *scores, const char *checkpoint,
                     gt_error *error) {
    struct trainer *trainer = walk->trainer;
    char path[GT_PATH_CAPACITY];
    const gt_score *score;
    for (int i = 0; i < trainer->columns.count; i++)
        if ((score = gt_score_find_column(trainer->columns.names[i])) != NULL)
            walk->row.values[i] = gt_score_number(scores, score);
    walk->best = (gt_standing){.number = NAN};
    gt_status status = visit_rows(walk, find_best, error);
    if (status == GT_OK && walk->best_epoch == walk->epoch)
        status = gt_file_copy(gt_run_file(path, &trainer->run, TRAINER_BEST), checkpoint, error);
    if (status == GT_OK)
        status = trainer_cut_board(trainer, walk->epoch - 1, error);
    if (status == GT_OK)
        status = gt_history_amend(gt_run_file(path, &trainer->run, "metrics.csv"),
                                  &trainer->columns, &walk->row, error);
    return status;
}

/* Measures one checkpoint, if its epoch has no scores and should have. */
static gt_status measure_one(struct walk *walk, const gt_run_checkpoint *place, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    struct epoch epoch = {.number = place->epoch};
    bool due;
    gt_run_checkpoint_path(path, &walk->trainer->run, place);
    gt_status status = is_due(&due, walk->trainer, place, path, error);
    if (status != GT_OK || !due)
        return status;
    walk->epoch = place->epoch;
    walk->is_found = false;
    status = visit_rows(walk, find_row, error);
    if (status != GT_OK || !walk->is_found || has_scores(&walk->row, &walk->trainer->columns))
        return status;
    status = trainer_measure(&epoch.scores, walk->trainer, path, error);
    if (status == GT_OK)
        status = put(walk, &epoch.scores, path, error);
    if (status == GT_OK)
        trainer_report_scores(walk->trainer, &epoch);
    return status;
}

static void say_lost(struct walk *walk) {
    if (visit_rows(walk, count_lost, NULL) != GT_OK || walk->lost == 0 || walk->measured == 0)
        return;
    trainer_say(walk->trainer,
                "metrics.csv has no scores of %d epoch%s, %s%" PRIu64
                ", whose checkpoint%s no longer there",
                walk->lost, walk->lost == 1 ? "" : "s", walk->lost == 1 ? "" : "the first is ",
                walk->first_lost, walk->lost == 1 ? " is" : "s are");
}

gt_status trainer_measure_missing(struct trainer *trainer, gt_error *error) {
    gt_run_checkpoint *list;
    int count;
    if (trainer->config->metrics.every == 0 || trainer->epoch == 0)
        return GT_OK;
    gt_status status = gt_run_list_checkpoints(&list, &count, &trainer->run, error);
    if (status != GT_OK)
        return status;
    struct walk walk = {.trainer = trainer, .kept = list, .kept_count = count};
    gt_error detail = {0};
    for (int i = count - 1; i >= 0 && status == GT_OK; i--)
        status = measure_one(&walk, &list[i], &detail);
    if (status == GT_FAILED) {
        trainer->output_failed = true;
        trainer_warn(trainer, &detail,
                     "training continues without the scores of an epoch; --resume tries again");
        status = GT_OK;
    } else if (status != GT_OK) {
        *error = detail;
    } else {
        say_lost(&walk);
    }
    free(list);
    return status;
}
