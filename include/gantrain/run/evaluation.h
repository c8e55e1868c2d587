/* How good samples are: every metric in one go, beside what real images get.
 *
 * A metric puts samples where data belong, so beside it stands the same figure for real images in
 * the place of the samples: as many training images, none of them among those that both are
 * compared with. These are the test images or, where there are none, validation images: the 10,000
 * behind the training range or, where there are fewer, the last 10,000 within it (half of it at
 * most). The classifier was trained on the training images, so in its features the real ones are
 * not quite what images it has not seen would be.
 *
 * Two tables: the metrics, which can be asked for by name, and their figures, from which the JSON
 * object, the text and the help are made.
 *
 *   src/run/evaluation.c              what happens in which order; the table of metrics
 *   src/run/evaluation_data.c         images: training, validation, test, samples
 *   src/run/evaluation_classifier.c   the classifier and where it is kept
 *   src/run/evaluation_metrics.c      the metrics
 *   src/run/evaluation_figures.c      the table of figures */
#ifndef GANTRAIN_RUN_EVALUATION_H
#define GANTRAIN_RUN_EVALUATION_H

#include "gantrain/metrics/class_score.h"
#include "gantrain/run/config.h"

enum {
    GT_EVALUATION_METRICS = 6,
    GT_EVALUATION_MOST = 100000, /* samples */
    GT_EVALUATION_HELD_OUT = 10000
};

/* A figure that is a list: one number for each class. */
typedef struct gt_class_list {
    int count;
    double values[GT_CLASSES_MOST];
} gt_class_list;

/* All figures; what each is, is said in the table. NAN, and lists of count 0: not measured. */
typedef struct gt_evaluation {
    double samples, real_images, held_out_images;
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
    double classifier_accuracy; /* on the test images */
    double classifier_checksum; /* gt_classifier_checksum */
    double seconds;
} gt_evaluation;

/* A row of the table of figures. */
typedef struct gt_evaluation_figure {
    const char *name; /* of the JSON key */
    int metric;       /* which it belongs to; -1: none */
    size_t offset;    /* in gt_evaluation: of a double, or of a gt_class_list */
    bool is_list;
    const char *format; /* of the number, for printf */
    const char *beside; /* the figure that stands beside it; NULL: none */
    const char *of;     /* what that one is of: "real images" */
    const char *help;   /* what it is, in a few words; NULL: it stands beside another */
    const char *column; /* in metrics.csv; NULL: it has none */
    int better;         /* 1: more of it is better, -1: less, 0: neither */
} gt_evaluation_figure;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL. */
const gt_evaluation_figure *gt_evaluation_figure_at(int index);
const gt_evaluation_figure *gt_evaluation_figure_find(const char *name);

/* The name of the figure number `index` of those of which more or less is better; NULL past the
 * last. */
const char *gt_evaluation_goal_name(int index);

/* Whether a number of a figure is better than the best so far; any number is better than NAN. */
bool gt_evaluation_is_better(const gt_evaluation_figure *figure, double number, double best);

/* Sets all figures to what says that they were not measured. */
void gt_evaluation_clear(gt_evaluation *evaluation);

/* Opens all images that a config names for evaluations and closes them again: whatever is wrong
 * with them, or missing for the figure metrics.best, is said before anything is waited for. Errors
 * as in gt_evaluate. */
gt_status gt_evaluation_check(const gt_config *config, gt_error *error);

/* The number of a figure that is no list. */
double gt_evaluation_number(const gt_evaluation *evaluation, const gt_evaluation_figure *figure);

/* The list of one that is. */
const gt_class_list *gt_evaluation_list(const gt_evaluation *evaluation,
                                        const gt_evaluation_figure *figure);

/* The name of a metric and a line on it; NULL past the end of the table. */
const char *gt_evaluation_metric_name(int metric);
const char *gt_evaluation_metric_help(int metric);

/* Reads names of metrics, or of figures for the metrics they belong to, separated by commas: sets
 * bit m for metric m. Fails with GT_USAGE. */
gt_status gt_evaluation_metrics_parse(unsigned *metrics, const char *text, gt_error *error);

/* What is told while it goes on. Any may be NULL. */
typedef struct gt_evaluation_observer {
    void (*stage)(void *context, const char *what, int number, int count); /* begins now */
    void (*note)(void *context, const char *text); /* what is left out, and why */
    void *context;
} gt_evaluation_observer;

/* What is to be evaluated. */
typedef struct gt_evaluation_request {
    const char *checkpoint; /* a path; or NULL, and */
    const char *images;     /* the path of samples from elsewhere: IDX or NPY */
    const gt_config
        *config;      /* data, seed, threads, backend; the networks are the checkpoint's own */
    unsigned metrics; /* bits */
    bool all_must; /* a metric that lacks something is an error; else it is left out with a note */
    uint32_t samples;  /* drawn from a checkpoint; at most so many are taken of images */
    uint64_t seed;     /* of the samples: those that gantrain sample draws for it */
    bool raw;          /* samples by the last weights, where the checkpoint has averaged ones too */
    const char *cache; /* directory that keeps classifiers, made if need be; NULL: none */
    gt_evaluation_observer observer;
} gt_evaluation_request;

/* Measures. Fails with GT_USAGE for what was asked for and cannot be (data.test_images or labels
 * that are missing, too few samples), GT_FAILED for data and checkpoints that cannot be read, do
 * not belong together, or need more memory than there is. */
gt_status gt_evaluate(gt_evaluation *evaluation, const gt_evaluation_request *request,
                      gt_error *error);

#endif
