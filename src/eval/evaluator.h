/* State shared by the files of an evaluation. */
#ifndef GANTRAIN_EVAL_EVALUATOR_H
#define GANTRAIN_EVAL_EVALUATOR_H

#include "gantrain/metrics/classifier.h"
#include "gantrain/metrics/distances.h"
#include "gantrain/store/checkpoint.h"
#include "gantrain/eval/evaluation.h"
#include "gantrain/sample/sampler.h"

/* The classifier's output for a set of images. */
struct view {
    gt_real *features;      /* owned, (count, GT_CLASSIFIER_FEATURES) */
    gt_real *probabilities; /* owned, (count, classes) */
};

struct evaluator {
    const gt_evaluation_request *request;
    gt_scores *scores;
    gt_compute compute; /* fp32, on the request's team */
    /* Data that are read; training, learned, validation, held_out and real may be parts
     * of them. */
    gt_dataset whole, behind, test, samples;
    gt_dataset training, validation;
    gt_dataset learned;  /* what the classifier learns from */
    gt_dataset held_out; /* what samples are compared with */
    gt_dataset real;     /* used in place of the samples */
    gt_sampler sampler;  /* of a checkpoint */
    bool has_test;
    uint32_t validation_within; /* validation images that are the last of the training images */
    uint32_t most_real;         /* training images that may be real ones: the first */
    gt_classifier classifier;
    bool has_classifier;
    struct view samples_view, real_view, held_out_view;
};

/* Opens the images that the config names: whole, training, learned, validation, test, held_out. */
gt_status evaluator_open_data(struct evaluator *evaluator, gt_error *error);

/* Draws or reads the samples, then sets real. */
gt_status evaluator_open_samples(struct evaluator *evaluator, gt_error *error);

/* Hands a note to the observer of the request, if there is one. */
void evaluator_note(const struct evaluator *evaluator, const char *text);

/* The images whose classes the classifier learns. */
const gt_dataset *evaluator_classified(const struct evaluator *evaluator);

/* Takes the classifier from the cache, or trains it and puts it there. */
gt_status evaluator_open_classifier(struct evaluator *evaluator, gt_error *error);

/* Whether the cache has the classifier, as far as can be told without opening it. */
bool evaluator_has_cached(const struct evaluator *evaluator);

/* Sets the views of the three sets of images. */
gt_status evaluator_look(struct evaluator *evaluator, gt_error *error);

/* Sets condition (rows, classes) to the labels of images `first` and so on, for a model that is
 * told classes. Returns condition, or NULL if the model is told none. */
const gt_real *evaluator_condition(gt_real *condition, const struct evaluator *evaluator,
                                   const gt_dataset *images, uint32_t first, int rows);

/* The measures: each sets its scores. */
gt_status measure_parzen(struct evaluator *evaluator, gt_error *error);
gt_status measure_frechet(struct evaluator *evaluator, gt_error *error);
gt_status measure_score(struct evaluator *evaluator, gt_error *error);
gt_status measure_manifold(struct evaluator *evaluator, gt_error *error);
gt_status measure_nearest(struct evaluator *evaluator, gt_error *error);
gt_status measure_modes(struct evaluator *evaluator, gt_error *error);
gt_status measure_value(struct evaluator *evaluator, gt_error *error);
gt_status measure_likelihood(struct evaluator *evaluator, gt_error *error);
gt_status measure_within(struct evaluator *evaluator, gt_error *error);
gt_status measure_taught(struct evaluator *evaluator, gt_error *error);
gt_status measure_points(struct evaluator *evaluator, gt_error *error);

#endif
