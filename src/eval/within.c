/* What is measured class by class, of samples that were asked for by class. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/evaluator.h"
#include "gantrain/metrics/class_score.h"
#include "gantrain/metrics/frechet.h"

/* The share of images whose likeliest class is their label. */
static double accuracy(const struct view *view, const gt_dataset *images, int classes) {
    uint32_t right = 0;
    for (size_t i = 0; i < images->count; i++) {
        const gt_real *p = view->probabilities + i * (size_t)classes;
        right += gt_likeliest_class(p, classes) == images->labels[i];
    }
    return (double)right / images->count;
}

/* Sets rows to the features of images of a class. Returns how many there are. */
static uint32_t gather(gt_real *rows, const struct view *view, const gt_dataset *images,
                       int label) {
    uint32_t count = 0;
    for (size_t i = 0; i < images->count; i++)
        if (images->labels[i] == label)
            memcpy(rows + (size_t)count++ * GT_CLASSIFIER_FEATURES,
                   view->features + i * GT_CLASSIFIER_FEATURES,
                   GT_CLASSIFIER_FEATURES * sizeof *rows);
    return count;
}

/* Sets *distance to that of a class of two sets of images, NAN if one has fewer than two of them.
 * rows is room for the features of either set. */
static gt_status measure_class(double *distance, gt_real *rows, const struct evaluator *evaluator,
                               const struct view *view, const gt_dataset *images, int label,
                               gt_error *error) {
    gt_moments moments[2] = {{0}, {0}};
    gt_status status = GT_OK;
    *distance = NAN;
    for (int i = 0; i < 2 && status == GT_OK; i++) {
        uint32_t count = gather(rows, i == 0 ? view : &evaluator->held_out_view,
                                i == 0 ? images : &evaluator->held_out, label);
        if (count < 2)
            break;
        status = gt_moments_take(&moments[i], &evaluator->compute, rows, count,
                                 GT_CLASSIFIER_FEATURES, error);
    }
    if (status == GT_OK && moments[1].mean != NULL)
        status =
            gt_frechet_distance(distance, &evaluator->compute, &moments[0], &moments[1], error);
    for (int i = 0; i < 2; i++)
        gt_moments_free(&moments[i]);
    return status;
}

/* Sets *mean and *worst of the distances of all classes. */
static gt_status measure_classes(double *mean, double *worst, gt_real *rows,
                                 const struct evaluator *evaluator, const struct view *view,
                                 const gt_dataset *images, gt_error *error) {
    gt_status status = GT_OK;
    double sum = 0, most = 0;
    int measured = 0;
    for (int c = 0; c < evaluator->classifier.classes && status == GT_OK; c++) {
        double distance;
        status = measure_class(&distance, rows, evaluator, view, images, c, error);
        if (status == GT_OK)
            status = gt_stop_check(evaluator->compute.stop, error);
        if (status != GT_OK || isnan(distance))
            continue;
        sum += distance;
        most = fmax(most, distance);
        measured++;
    }
    *mean = measured > 0 ? sum / measured : NAN;
    *worst = measured > 0 ? most : NAN;
    return status;
}

gt_status measure_within(struct evaluator *evaluator, gt_error *error) {
    gt_scores *scores = evaluator->scores;
    const gt_dataset *samples = &evaluator->samples, *real = &evaluator->real;
    const int classes = evaluator->classifier.classes;
    uint32_t most =
        samples->count > evaluator->held_out.count ? samples->count : evaluator->held_out.count;
    gt_real *rows = malloc((size_t)most * GT_CLASSIFIER_FEATURES * sizeof *rows);
    if (rows == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for the features of a class");
    scores->class_accuracy = accuracy(&evaluator->samples_view, samples, classes);
    scores->class_accuracy_real = accuracy(&evaluator->real_view, real, classes);
    gt_status status = measure_classes(&scores->frechet_within, &scores->frechet_worst, rows,
                                       evaluator, &evaluator->samples_view, samples, error);
    if (status == GT_OK)
        status = measure_classes(&scores->frechet_within_real, &scores->frechet_worst_real, rows,
                                 evaluator, &evaluator->real_view, real, error);
    free(rows);
    return status;
}

/* The classification accuracy score of Ravuri and Vinyals 2019, "Classification Accuracy Score for
 * Conditional Generative Models", arXiv 1905.10887: it falls with every class, and every part of
 * one, that samples leave out. */
gt_status measure_taught(struct evaluator *evaluator, gt_error *error) {
    const gt_classifier *real = &evaluator->classifier;
    gt_classifier classifier;
    gt_status status = gt_classifier_open(&classifier, real->shape, real->classes,
                                          evaluator->samples.count, &evaluator->compute, error);
    if (status != GT_OK)
        return status;
    status = gt_classifier_train(&classifier, &evaluator->samples, error);
    if (status == GT_OK)
        evaluator->scores->taught_accuracy =
            gt_classifier_accuracy(&classifier, &evaluator->held_out);
    gt_classifier_close(&classifier);
    return status;
}
