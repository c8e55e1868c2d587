/* Several evaluations of one generator, each of other samples: their mean says how good it is,
 * their spread how far a single one can be trusted. */
#include <math.h>
#include <stdlib.h>

#include "gantrain/eval/evaluation.h"

/* Whether it is the score that another is compared with, such as that of real images. */
static bool is_reference(const gt_score *score) {
    const gt_score *other;
    for (int i = 0; (other = gt_score_at(i)) != NULL; i++)
        if (other->beside != NULL && gt_score_find(other->beside) == score)
            return true;
    return false;
}

/* Mean and sample standard deviation; the latter NAN for one number. */
static void reduce_numbers(gt_scores *means, gt_scores *spreads, const gt_scores *each, int sets,
                           const gt_score *score) {
    double sum = 0, squares = 0;
    for (int k = 0; k < sets; k++)
        sum += gt_score_number(&each[k], score);
    const double mean = sum / sets;
    for (int k = 0; k < sets; k++)
        squares += pow(gt_score_number(&each[k], score) - mean, 2);
    gt_score_set(means, score, mean);
    gt_score_set(spreads, score, sets > 1 ? sqrt(squares / (sets - 1)) : NAN);
}

static void reduce_lists(gt_scores *means, const gt_scores *each, int sets, const gt_score *score) {
    gt_class_list *list = (gt_class_list *)(void *)((char *)means + score->offset);
    list->count = gt_score_list(&each[0], score)->count;
    for (int c = 0; c < list->count; c++) {
        list->values[c] = 0;
        for (int k = 0; k < sets; k++)
            list->values[c] += gt_score_list(&each[k], score)->values[c] / sets;
    }
}

static void reduce(gt_scores *means, gt_scores *spreads, const gt_scores *each, int sets) {
    const gt_score *score;
    gt_scores_clear(spreads);
    gt_scores_clear(means);
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++) {
        const int used = sets > 1 && is_reference(score) ? (int)each[0].real_sets : sets;
        if (score->is_list)
            reduce_lists(means, each, used, score);
        else
            reduce_numbers(means, spreads, each, used, score);
    }
    means->seconds *= sets;
    spreads->seconds = NAN;
}

gt_status gt_evaluate_sets(gt_scores *means, gt_scores *spreads,
                           const gt_evaluation_request *request, gt_error *error) {
    gt_scores *each = calloc((size_t)request->sets, sizeof *each);
    gt_status status = GT_OK;
    if (each == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for the scores of %d sets", request->sets);
    for (int k = 0; k < request->sets && status == GT_OK; k++) {
        gt_evaluation_request one = *request;
        one.set = k;
        if (k > 0)
            one.observer.note = NULL; /* they are the same for each set */
        one.seed = request->seed + (uint64_t)k;
        status = gt_evaluate(&each[k], &one, error);
    }
    if (status == GT_OK)
        reduce(means, spreads, each, request->sets);
    free(each);
    return status;
}
