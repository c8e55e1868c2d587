/* The evaluation of samples: every measure, and next to each score the same score of real images.
 *
 * Samples and data are compared with the test images, or with validation images if there are none:
 * the 10,000 after the training range, or its last 10,000 (half of the range at most). Next to a
 * score stands that of as many training images in place of the samples: the first of them, which
 * limit how many samples are measured. The classifier has seen neither these nor the images that
 * both are compared with, as it has not seen the samples: it learns from the training images after
 * the first 10,000 (after the first half, if they are fewer than 20,000).
 *
 * Two tables: the measures, which --metrics chooses from, and their scores, from which the JSON
 * object, the text and the help are made.
 *
 *   src/eval/evaluation.c         the order of things; the table of measures
 *   src/eval/images.c             images: training, validation, test, samples
 *   src/eval/classifier_cache.c   the classifier, and the file that keeps it
 *   src/eval/measures.c           the measures
 *   src/eval/sets.c               mean and spread of several evaluations
 *   src/eval/likelihood.c         the one of models that know how likely images are
 *   src/eval/points.c             the one of points whose distribution is known
 *   src/metrics/scores.c          the table of scores */
#ifndef GANTRAIN_EVAL_EVALUATION_H
#define GANTRAIN_EVAL_EVALUATION_H

#include "gantrain/metrics/scores.h"
#include "gantrain/config/config.h"

enum {
    GT_EVALUATION_HELD_OUT = 10000,
    GT_EVALUATION_DRAWS = 5000,
    GT_EVALUATION_FEW = 1000 /* scores of fewer images come with a warning */
};

/* Opens all images that a config names for evaluations and closes them again, so that bad or
 * missing data is reported before training starts; so are data that the score metrics.best needs.
 * cache as in gt_evaluation_request. Errors as in gt_evaluate. */
gt_status gt_evaluation_check(const gt_config *config, const char *cache, gt_error *error);

/* The name of a measure and a line about it; NULL past the end of the table. */
const char *gt_measure_name(int measure);
const char *gt_measure_help(int measure);

/* Whether a model of that kind, which is told classes if it is conditional, has what a score asks
 * about: V(G, D) takes a discriminator. */
bool gt_score_suits(const gt_score *score, const gt_model_kind *kind, bool conditional);

/* Whether a score is of points, or of images: of whichever the data are. */
bool gt_score_suits_data(const gt_score *score, bool of_points);

/* Reads names of metrics, or of scores for the metrics they belong to, separated by commas: sets
 * bit m for metric m. Fails with GT_USAGE. */
gt_status gt_measures_parse(unsigned *chosen, const char *text, gt_error *error);

/* Called during an evaluation. Any may be NULL. */
typedef struct gt_evaluation_observer {
    void (*stage)(void *context, const char *what, int number, int count); /* begins now */
    void (*note)(void *context, const char *text); /* what is left out, and why */
    void *context;
} gt_evaluation_observer;

/* What is to be evaluated. */
typedef struct gt_evaluation_request {
    const gt_compute *compute; /* borrowed: lends its team and its stop */
    const char *checkpoint;    /* a path; or NULL, and */
    const char *images;        /* the path of samples from elsewhere: IDX or NPY */
    const gt_config
        *config;       /* data, seed, threads, backend; the networks are the checkpoint's own */
    unsigned measures; /* bits */
    bool all_must; /* a metric that lacks something is an error; else it is left out with a note */
    uint32_t samples; /* drawn from a checkpoint; at most so many are taken of images */
    int draws;     /* of latent vectors an image, where its likelihood is estimated; 0: it is not */
    uint64_t seed; /* of the samples: those that gantrain sample draws for it */
    int sets;      /* of gt_evaluate_sets; 0: one */
    int set;       /* which of them gt_evaluate measures: 0 to sets - 1 */
    bool raw;      /* samples by the last weights, where the checkpoint has averaged ones too */
    /* Images after the training range came after the run began: they validate nothing. */
    bool has_grown;
    /* What the checkpoint's own config says; NULL: it names no data. Of images whose path is from
     * there, messages show nothing (sample/named_images.h). */
    const gt_config *named;
    const char *cache; /* directory that keeps classifiers, made if need be; NULL: none */
    gt_evaluation_observer observer;
} gt_evaluation_request;

/* Measures. Fails with GT_USAGE for what was asked for and cannot be (data.test_images or labels
 * that are missing, too few samples), GT_FAILED for data and checkpoints that cannot be read, do
 * not belong together, or need more memory than there is, GT_STOPPED within a second or so after
 * compute->stop asks for it. */
gt_status gt_evaluate(gt_scores *scores, const gt_evaluation_request *request, gt_error *error);

enum { GT_EVALUATION_SETS = 100 };

/* Measures request->sets times, 1 to GT_EVALUATION_SETS. Set k is of the samples of seed + k, or of
 * the k-th images of request->images. Each has real images of its own as long as there are enough:
 * the score real_sets says for how many. Sets `means`, and `spreads` to sample standard deviations
 * (NAN where there is one number). Errors as in gt_evaluate. */
gt_status gt_evaluate_sets(gt_scores *means, gt_scores *spreads,
                           const gt_evaluation_request *request, gt_error *error);

#endif
