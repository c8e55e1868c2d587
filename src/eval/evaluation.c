/* An evaluation from its request to its scores. It first finds out what can be measured, so that a
 * missing file is reported before the long work. */
#include "gantrain/eval/evaluation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gantrain/base/profile.h"
#include "gantrain/base/text.h"
#include "gantrain/base/team.h"
#include "gantrain/metrics/manifold.h"
#include "gantrain/metrics/modes.h"
#include "eval/evaluator.h"

static bool has_discriminator(const gt_model_kind *kind) {
    return kind->judge != NULL;
}

static bool has_likelihood(const gt_model_kind *kind) {
    return kind->bound != NULL || kind->log_likelihood != NULL;
}

/* The metrics, in the order of GT_MEASURE_PARZEN and so on. */
static const struct metric {
    const char *name, *help;
    bool needs_test, needs_labels;
    bool needs_classes; /* samples must have been asked for by class */
    bool needs_stacks;  /* other metrics that look at classes need images that are none */
    bool needs_points;  /* of a known distribution */
    bool takes_points;  /* as well as images */
    uint32_t fewest;    /* images of each kind */
    /* What it asks of a checkpoint's model; NULL: nothing, and samples without a checkpoint do. */
    bool (*suits)(const gt_model_kind *kind);
    const char *without; /* what a model lacks that does not suit */
    bool needs_odds;     /* the discriminator's output must be a logit */
    gt_status (*measure)(struct evaluator *evaluator, gt_error *error);
} metrics[] = {
    [GT_MEASURE_PARZEN] = {"parzen", "Parzen-window log-likelihood of the test images",
                           .needs_test = true, .fewest = 1, .measure = measure_parzen},
    [GT_MEASURE_FRECHET] = {"frechet", "Frechet distance in the features of a classifier",
                            .needs_labels = true, .fewest = 2, .measure = measure_frechet},
    [GT_MEASURE_SCORE] = {"score", "classifier score and the classes of the samples",
                          .needs_labels = true, .fewest = 1, .measure = measure_score},
    [GT_MEASURE_MANIFOLD] = {"manifold", "precision, recall, density and coverage, k = 5",
                             .needs_labels = true, .fewest = GT_MANIFOLD_NEIGHBOURS + 1,
                             .measure = measure_manifold},
    [GT_MEASURE_NEAREST] = {"nearest", "distance to the nearest training image: copies are near",
                            .needs_test = true, .fewest = 1, .measure = measure_nearest},
    [GT_MEASURE_VALUE] = {"value", "V(G, D) on test images", .needs_test = true, .fewest = 1,
                          .suits = has_discriminator, .without = "discriminator",
                          .takes_points = true, .needs_odds = true, .measure = measure_value},
    [GT_MEASURE_LIKELIHOOD] = {"likelihood", "how likely the model finds the test images",
                               .fewest = 1, .suits = has_likelihood,
                               .without = "likelihood of images", .takes_points = true,
                               .measure = measure_likelihood},
    [GT_MEASURE_MODES] = {"modes", "combinations of classes that 25,600 stacked images show",
                          .needs_stacks = true, .fewest = 1, .measure = measure_modes},
    [GT_MEASURE_WITHIN] = {"within", "whether samples are of the class asked for, and how good",
                           .needs_labels = true, .needs_classes = true, .fewest = 2,
                           .measure = measure_within},
    [GT_MEASURE_TAUGHT] = {"taught",
                           "what a classifier learns from samples and their classes alone",
                           .needs_labels = true, .needs_classes = true, .fewest = 2,
                           .measure = measure_taught},
    [GT_MEASURE_POINTS] = {"points", "points against the distribution that they should have",
                           .needs_points = true, .fewest = 1, .measure = measure_points},
};

_Static_assert(sizeof metrics / sizeof *metrics == GT_MEASURES, "one row each");

const char *gt_measure_name(int measure) {
    return measure < GT_MEASURES ? metrics[measure].name : NULL;
}

const char *gt_measure_help(int measure) {
    return measure < GT_MEASURES ? metrics[measure].help : NULL;
}

/* What other programs call measures, and what they are called here. */
static const struct {
    const char *word, *name;
} other_names[] = {
    {"fid", "frechet"},          {"is", "score"},
    {"inception", "score"},      {"inception_score", "score"},
    {"prdc", "manifold"},        {"pr", "manifold"},
    {"nll", "likelihood"},       {"bpd", "likelihood"},
    {"memorization", "nearest"}, {"loss", "value"},
};

/* What is called so elsewhere, for a message; NULL: nothing. */
static const char *name_here(const char *word) {
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (strcasecmp(other_names[i].word, word) == 0)
            return other_names[i].name;
    return NULL;
}

bool gt_score_suits(const gt_score *score, const gt_model_kind *kind, bool conditional) {
    const struct metric *metric = &metrics[score->measure];
    return (metric->suits == NULL || metric->suits(kind)) &&
           (!score->needs_bound || kind->bound != NULL) && (conditional || !metric->needs_classes);
}

static bool suits_data(const struct metric *metric, bool of_points) {
    return of_points ? metric->needs_points || metric->takes_points : !metric->needs_points;
}

bool gt_score_suits_data(const gt_score *score, bool of_points) {
    return suits_data(&metrics[score->measure], of_points);
}

/* The metric of that name, or of the score of that name; -1: none. */
static int find_metric(const char *name, gt_guess *guess) {
    const gt_score *score;
    for (int m = 0; m < GT_MEASURES; m++) {
        if (strcmp(metrics[m].name, name) == 0)
            return m;
        gt_guess_consider(guess, metrics[m].name);
    }
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++) {
        if (score->measure < 0)
            continue;
        if (strcmp(score->name, name) == 0)
            return score->measure;
        gt_guess_consider(guess, score->name);
    }
    return -1;
}

static gt_status refuse_metric(const char *text, const char *name, const gt_guess *nearest,
                               gt_error *error) {
    char excerpt[GT_EXCERPT];
    gt_guess guess = *nearest, unused = {.word = ""};
    const char *meant = name_here(name);
    gt_text_excerpt(excerpt, text);
    if (meant != NULL)
        return gt_error_set(error, GT_USAGE, "--metrics %s: unknown metric '%s': use %s, %s",
                            excerpt, name, meant, metrics[find_metric(meant, &unused)].help);
    return gt_error_set(error, GT_USAGE,
                        "--metrics %s: unknown metric '%s'%s (gantrain help metrics lists them)",
                        excerpt, name, gt_guess_phrase(&guess));
}

gt_status gt_measures_parse(unsigned *chosen, const char *text, gt_error *error) {
    *chosen = 0;
    for (const char *rest = text;; rest++) {
        char name[GT_EXCERPT];
        rest += strspn(rest, " ");
        size_t length = strcspn(rest, ","), trimmed = length;
        while (trimmed > 0 && rest[trimmed - 1] == ' ')
            trimmed--;
        snprintf(name, sizeof name, "%.*s", (int)(trimmed < GT_EXCERPT ? trimmed : GT_EXCERPT),
                 rest);
        gt_guess guess = {.word = name};
        int metric = find_metric(name, &guess);
        if (metric < 0)
            return refuse_metric(text, name, &guess, error);
        *chosen |= 1u << metric;
        rest += length;
        if (*rest == '\0')
            return GT_OK;
    }
}

/* --- What can be measured --- */

void evaluator_note(const struct evaluator *evaluator, const char *text) {
    const gt_evaluation_observer *observer = &evaluator->request->observer;
    if (observer->note != NULL)
        observer->note(observer->context, text);
}

static void stage(const struct evaluator *evaluator, const char *what, int number, int count) {
    const gt_evaluation_observer *observer = &evaluator->request->observer;
    if (observer->stage != NULL)
        observer->stage(observer->context, what, number, count);
}

/* Whether the model is told classes: the checkpoint's, or the one that a config will train. */
static bool is_told_classes(const struct evaluator *evaluator) {
    return evaluator->request->checkpoint != NULL ? evaluator->sampler.model.classes > 0
                                                  : evaluator->request->config->train.conditional;
}

/* What data a metric lacks, and what to do about it; NULL: none. */
static const char *lack(const struct evaluator *evaluator, const struct metric *metric) {
    const bool of_points = evaluator->training.points != NULL;
    if (!suits_data(metric, of_points))
        return of_points ? "it takes images, and the data are points: use jsd"
                         : "it takes points of a known distribution, such as builtin:ring";
    if (metric->needs_test && !evaluator->has_test)
        return "it takes test images: set data.test_images";
    if (metric->needs_stacks && !evaluator->training.stacked)
        return "it takes stacked images: set data.stack = yes";
    if (metric->needs_labels && evaluator->training.stacked)
        return "stacked images have no classes of their own: use modes";
    if ((metric->needs_labels || metric->needs_stacks) &&
        evaluator_classified(evaluator)->labels == NULL)
        return "it takes labels of the training images: set data.labels";
    if (metric->needs_stacks &&
        gt_classifier_classes(evaluator_classified(evaluator)) > GT_MODES_CLASSES)
        return "it takes images of at most 10 classes";
    const bool told = is_told_classes(evaluator);
    if (metric->needs_classes && !told)
        return "it takes a model that is told classes: set train.conditional = yes";
    const bool shows_images = metric->suits != NULL && told; /* to the model, with their classes */
    if (shows_images && evaluator->training.labels == NULL)
        return "it takes labels of the training images: set data.labels";
    if ((metric->needs_classes || shows_images) && evaluator->held_out.labels == NULL)
        return "it takes labels of the test images: set data.test_labels";
    return NULL;
}

enum { OBSTACLE_CAPACITY = 160 };

/* Why a metric cannot be measured, and what to do about it; "": it can. */
static void find_obstacle(char text[OBSTACLE_CAPACITY], const struct evaluator *evaluator,
                          const struct metric *metric) {
    const char *lacking = lack(evaluator, metric);
    text[0] = '\0';
    if (metric->suits != NULL && evaluator->request->checkpoint == NULL)
        snprintf(text, OBSTACLE_CAPACITY, "it takes a checkpoint, whose model has a %s",
                 metric->without);
    else if (metric->suits != NULL && !metric->suits(evaluator->sampler.model.kind))
        snprintf(text, OBSTACLE_CAPACITY, "the model %s has no %s",
                 evaluator->sampler.model.kind->name, metric->without);
    else if (metric->needs_odds && !evaluator->sampler.model.gives_odds)
        snprintf(text, OBSTACLE_CAPACITY,
                 "by its train.loss, what the discriminator says is no probability");
    else if (lacking != NULL)
        snprintf(text, OBSTACLE_CAPACITY, "%s", lacking);
    else if (metric->needs_classes && evaluator->samples.labels == NULL)
        snprintf(text, OBSTACLE_CAPACITY, "it takes a checkpoint, from which classes are drawn");
    else if (evaluator->samples.count < metric->fewest)
        snprintf(text, OBSTACLE_CAPACITY, "it takes %" PRIu32 " samples or more", metric->fewest);
    else if (evaluator->held_out.count < metric->fewest || evaluator->real.count < metric->fewest)
        snprintf(text, OBSTACLE_CAPACITY,
                 "it takes %" PRIu32 " or more training images, and as many to compare with",
                 metric->fewest);
}

static gt_status nothing_to_measure(gt_error *error) {
    return gt_error_set(error, GT_USAGE,
                        "nothing can be measured: set data.test_images, data.labels, or both");
}

/* Sets *possible to the bits of those that were asked for and can be measured. */
static gt_status settle(unsigned *possible, const struct evaluator *evaluator, gt_error *error) {
    *possible = 0;
    for (int m = 0; m < GT_MEASURES; m++) {
        char text[256], why[OBSTACLE_CAPACITY];
        bool is_foreign = (metrics[m].needs_stacks && !evaluator->training.stacked) ||
                          !suits_data(&metrics[m], evaluator->training.points != NULL);
        if (!(evaluator->request->measures >> m & 1) ||
            (is_foreign && !evaluator->request->all_must))
            continue;
        find_obstacle(why, evaluator, &metrics[m]);
        if (why[0] == '\0') {
            *possible |= 1u << m;
            continue;
        }
        if (evaluator->request->all_must)
            return gt_error_set(error, GT_USAGE, "%s cannot be measured: %s", metrics[m].name, why);
        snprintf(text, sizeof text, "%s is left out: %s", metrics[m].name, why);
        evaluator_note(evaluator, text);
    }
    return *possible == 0 ? nothing_to_measure(error) : GT_OK;
}

/* --- Measuring --- */

/* Says what keeps the number of images low. */
static void note_limit(const struct evaluator *evaluator) {
    char text[256];
    const bool of_points = evaluator->training.points != NULL;
    const char *kind = of_points ? "points" : "images";
    uint32_t samples = evaluator->samples.count, held_out = evaluator->held_out.count;
    if (samples < evaluator->request->samples && samples == evaluator->most_real) {
        snprintf(text, sizeof text,
                 "%" PRIu32 " samples are measured, not %" PRIu32
                 ": there are no more real %s to measure next to them",
                 samples, evaluator->request->samples, kind);
        evaluator_note(evaluator, text);
    }
    uint32_t fewest = samples < held_out ? samples : held_out;
    if (fewest < GT_EVALUATION_FEW) {
        snprintf(text, sizeof text,
                 "scores of %" PRIu32 " %s vary%s: compare them only with those of as many", fewest,
                 kind, of_points ? "" : ", and Frechet distances of so few are larger");
        evaluator_note(evaluator, text);
    }
}

static gt_status open_all(struct evaluator *evaluator, gt_error *error) {
    const gt_config *config = evaluator->request->config;
    gt_status status = gt_compute_share(&evaluator->compute, evaluator->request->compute,
                                        config->train.backend, "fp32", error);
    if (status == GT_OK)
        status = evaluator_open_data(evaluator, error);
    if (status == GT_OK)
        status = gt_stop_check(evaluator->compute.stop, error);
    if (status == GT_OK)
        status = evaluator_open_samples(evaluator, error);
    return status;
}

static gt_status measure(struct evaluator *evaluator, gt_error *error) {
    unsigned possible;
    int number = 0, count = 0;
    gt_status status = settle(&possible, evaluator, error);
    if (status != GT_OK)
        return status;
    if (!evaluator->has_test && evaluator->request->config->data.test_labels[0] != '\0')
        evaluator_note(evaluator, "data.test_labels is not used: data.test_images is not set");
    if (!evaluator->has_test)
        evaluator_note(evaluator,
                       evaluator->validation_within > 0
                           ? "data.test_images is not set: samples are compared with the last "
                             "training images"
                           : "data.test_images is not set: samples are compared with validation "
                             "images");
    note_limit(evaluator);
    for (int m = 0; m < GT_MEASURES; m++)
        count += possible >> m & 1;
    for (int m = 0; m < GT_MEASURES && status == GT_OK; m++) {
        if (!(possible >> m & 1))
            continue;
        if ((metrics[m].needs_labels || metrics[m].needs_stacks) && !evaluator->has_classifier) {
            stage(evaluator,
                  evaluator_has_cached(evaluator) ? "features of a classifier"
                                                  : "training a classifier, once for these images",
                  number, count);
            status = evaluator_open_classifier(evaluator, error);
            if (status == GT_OK && metrics[m].needs_labels)
                status = evaluator_look(evaluator, error);
        }
        stage(evaluator, metrics[m].name, number++, count);
        if (status == GT_OK)
            status = metrics[m].measure(evaluator, error);
        if (status == GT_OK)
            status = gt_stop_check(evaluator->compute.stop, error);
    }
    return status;
}

static void close_all(struct evaluator *evaluator) {
    struct view *views[] = {&evaluator->samples_view, &evaluator->real_view,
                            &evaluator->held_out_view};
    gt_dataset *owned[] = {&evaluator->whole, &evaluator->behind, &evaluator->test,
                           &evaluator->samples, &evaluator->learned};
    for (int i = 0; i < 3; i++) {
        free(views[i]->features);
        free(views[i]->probabilities);
    }
    for (int i = 0; i < 5; i++)
        gt_dataset_free(owned[i]);
    if (evaluator->has_classifier)
        gt_classifier_close(&evaluator->classifier);
    gt_sampler_close(&evaluator->sampler);
    gt_compute_close(&evaluator->compute);
}

gt_status gt_evaluate(gt_scores *scores, const gt_evaluation_request *request, gt_error *error) {
    double start = gt_profile_now();
    struct evaluator evaluator = {.request = request, .scores = scores};
    gt_scores_clear(scores);
    gt_status status = open_all(&evaluator, error);
    if (status == GT_OK)
        status = measure(&evaluator, error);
    close_all(&evaluator);
    scores->seconds = gt_profile_now() - start;
    return status;
}

gt_status gt_evaluation_check(const gt_config *config, const char *cache, gt_error *error) {
    gt_scores unused;
    const gt_evaluation_request request = {.config = config, .cache = cache};
    struct evaluator evaluator = {.request = &request, .scores = &unused};
    gt_status status = evaluator_open_data(&evaluator, error);
    if (status == GT_OK && !evaluator.has_test && evaluator.training.points == NULL &&
        evaluator_classified(&evaluator)->labels == NULL)
        status = nothing_to_measure(error);
    const gt_score *goal = gt_score_find(config->metrics.best);
    const struct metric *metric = &metrics[goal->measure];
    const char *missing = status == GT_OK ? lack(&evaluator, metric) : NULL;
    const gt_model_kind *kind = gt_model_kind_find(config->train.model);
    if (status == GT_OK && !gt_score_suits(goal, kind, true))
        status = gt_error_set(error, GT_USAGE,
                              "metrics.best = %s: the model %s has no %s: choose another score",
                              goal->name, kind->name,
                              metric->suits(kind) ? "bound of the likelihood" : metric->without);
    if (status == GT_OK && goal->measure == GT_MEASURE_LIKELIHOOD && !goal->needs_bound &&
        !kind->likelihood_is_exact)
        status = gt_error_set(error, GT_USAGE,
                              "metrics.best = %s: evaluations of a run do not estimate it for the "
                              "model %s: set metrics.best = elbo",
                              goal->name, kind->name);
    if (missing != NULL)
        status = gt_error_set(error, GT_USAGE, "metrics.best = %s: %s, or choose another score",
                              goal->name, missing);
    close_all(&evaluator);
    return status;
}
