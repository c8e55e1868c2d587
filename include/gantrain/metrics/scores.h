/* The scores of an evaluation: one table, from which the JSON object, the text, the help and the
 * columns of metrics.csv are made, and by which the best checkpoint is chosen.
 *
 * A score places samples where data belong; next to it stands the same score of real images. */
#ifndef GANTRAIN_METRICS_SCORES_H
#define GANTRAIN_METRICS_SCORES_H

#include <stdbool.h>
#include <stddef.h>

#include "gantrain/data/dataset.h"

enum { GT_SCORES_SAMPLES_MOST = 100000 };

/* The measures: each takes one pass over the images and gives several scores. */
typedef enum gt_measure {
    GT_MEASURE_PARZEN,
    GT_MEASURE_FRECHET,
    GT_MEASURE_SCORE,
    GT_MEASURE_MANIFOLD,
    GT_MEASURE_NEAREST,
    GT_MEASURE_VALUE,
    GT_MEASURE_LIKELIHOOD,
    GT_MEASURE_MODES,
    GT_MEASURE_WITHIN,
    GT_MEASURE_TAUGHT,
    GT_MEASURE_POINTS,
    GT_MEASURES
} gt_measure;

/* A score that is a list: one number for each class, or for each component of the latent vector, of
 * which the first GT_CLASSES_MOST are kept. */
typedef struct gt_class_list {
    int count;
    double values[GT_CLASSES_MOST];
} gt_class_list;

/* All scores; the table describes them. NAN, or a list of count 0: not measured. */
typedef struct gt_scores {
    double samples, real_images, held_out_images;
    double real_sets;   /* of several evaluations: those with real images of their own */
    double epoch, step; /* of the checkpoint */
    double parzen, parzen_se, parzen_sigma, parzen_real, parzen_real_se, parzen_real_sigma;
    double frechet, frechet_real;
    double score, score_real, missing_classes, missing_classes_real;
    double class_divergence, class_divergence_real;
    gt_class_list classes, classes_real;
    double precision, recall, density, coverage;
    double precision_real, recall_real, density_real, coverage_real;
    double nearest_samples, nearest_test;
    double value, value_at_optimum, jsd_lower_bound;
    double elbo, elbo_se, elbo_training, active_components;
    gt_class_list component_kl;
    double log_likelihood, log_likelihood_se, bits_per_dimension;
    double modes, modes_real, mode_divergence, mode_divergence_real;
    double class_accuracy, class_accuracy_real;
    double frechet_within, frechet_within_real, frechet_worst, frechet_worst_real;
    double taught_accuracy;
    double modes_found, modes_found_real, good_samples, good_samples_real, jsd, jsd_real;
    double classifier_accuracy; /* on the test images */
    double classifier_checksum; /* gt_classifier_checksum */
    double seconds;
} gt_scores;

/* A row of the table. */
typedef struct gt_score {
    const char *name; /* also the JSON key */
    int measure;      /* the gt_measure that gives it; -1: none */
    size_t offset;    /* in gt_scores: of a double, or of a gt_class_list */
    bool is_list;
    const char *format;  /* of the number, for printf */
    const char *beside;  /* the score to compare it with; NULL: none */
    const char *of;      /* whose score that is: "real images" */
    const char *help;    /* a few words; NULL: it is only shown next to another */
    const char *column;  /* in metrics.csv; NULL: it has none */
    int better;          /* 1: more is better, -1: less is better, 0: neither */
    bool needs_coverage; /* alone it may be best after a collapse: see gt_score_standing */
    bool needs_bound;    /* of a model that has a lower bound of the likelihood */
} gt_score;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL. */
const gt_score *gt_score_at(int index);
const gt_score *gt_score_find(const char *name);

/* The row that has that column in metrics.csv, or NULL. */
const gt_score *gt_score_find_column(const char *column);

/* The name of score `index` among those of which more or less is better; NULL past the last. */
const char *gt_score_goal_name(int index);

/* Where a checkpoint stands among those that the best is chosen from. */
typedef struct gt_standing {
    bool alike;     /* its samples are nearly the same: worse than any whose are not */
    double covered; /* below 1: its coverage, or modes found, over half of those of real images or
                       points, which then decides */
    double number;  /* of the score that is the goal; NAN: not measured */
} gt_standing;

/* Where the scores of a checkpoint place it. A generator that has collapsed to a few good images
 * has the best precision there is, and one that has a good image of each class the best classifier
 * score: so these count only once samples cover at least half as much as real images do, and until
 * then the checkpoint that covers more is the better one. */
gt_standing gt_score_standing(const gt_score *goal, const gt_scores *scores, bool alike);

/* Whether a standing is better than the best so far; any measured one is better than none. */
bool gt_standing_is_better(const gt_standing *standing, const gt_standing *best,
                           const gt_score *goal);

/* Sets all scores to "not measured". */
void gt_scores_clear(gt_scores *scores);

/* The number of a score that is no list. */
double gt_score_number(const gt_scores *scores, const gt_score *score);

/* Sets the number of a score that is no list. */
void gt_score_set(gt_scores *scores, const gt_score *score, double number);

/* The list of a score that is one. */
const gt_class_list *gt_score_list(const gt_scores *scores, const gt_score *score);

#endif
