/* The measures: which sets of images each one compares. */
#include <stdlib.h>
#include <string.h>

#include "gantrain/data/batches.h"
#include "gantrain/metrics/class_score.h"
#include "gantrain/metrics/frechet.h"
#include "gantrain/metrics/manifold.h"
#include "gantrain/metrics/nearest.h"
#include "gantrain/metrics/parzen.h"
#include "gantrain/model/condition.h"
#include "gantrain/nn/loss.h"
#include "eval/evaluator.h"

static gt_vectors pixels_of(const gt_dataset *images) {
    return (gt_vectors){.bytes = images->images, .count = images->count, .width = images->pixels};
}

static gt_vectors features_of(const struct view *view, const gt_dataset *images) {
    return (gt_vectors){
        .reals = view->features, .count = images->count, .width = GT_CLASSIFIER_FEATURES};
}

/* --- Of pixels --- */

gt_status measure_parzen(struct evaluator *evaluator, gt_error *error) {
    gt_scores *scores = evaluator->scores;
    gt_vectors validation = pixels_of(&evaluator->validation), test = pixels_of(&evaluator->test);
    gt_vectors samples = pixels_of(&evaluator->samples), real = pixels_of(&evaluator->real);
    gt_parzen of_samples, of_real;
    gt_status status =
        gt_parzen_estimate(&of_samples, &evaluator->compute, &samples, &validation, &test, error);
    if (status == GT_OK)
        status =
            gt_parzen_estimate(&of_real, &evaluator->compute, &real, &validation, &test, error);
    if (status != GT_OK)
        return status;
    scores->parzen = of_samples.mean;
    scores->parzen_se = of_samples.standard_error;
    scores->parzen_sigma = of_samples.sigma;
    scores->parzen_real = of_real.mean;
    scores->parzen_real_se = of_real.standard_error;
    scores->parzen_real_sigma = of_real.sigma;
    return GT_OK;
}

/* Each query meets every training image, which takes longer than all other metrics together; the
 * median of 5,000 has settled to a fiftieth of the distances' spread. */
gt_status measure_nearest(struct evaluator *evaluator, gt_error *error) {
    enum { QUERIES = 5000 };
    gt_vectors training = pixels_of(&evaluator->training);
    gt_vectors samples = pixels_of(&evaluator->samples), test = pixels_of(&evaluator->held_out);
    samples.count = samples.count < QUERIES ? samples.count : QUERIES;
    test.count = test.count < QUERIES ? test.count : QUERIES;
    gt_status status = gt_nearest_median(&evaluator->scores->nearest_samples, &evaluator->compute,
                                         &samples, &training, error);
    if (status == GT_OK)
        status = gt_nearest_median(&evaluator->scores->nearest_test, &evaluator->compute, &test,
                                   &training, error);
    return status;
}

/* --- Of what the classifier sees --- */

gt_status measure_frechet(struct evaluator *evaluator, gt_error *error) {
    gt_scores *scores = evaluator->scores;
    const struct view *views[] = {&evaluator->held_out_view, &evaluator->samples_view,
                                  &evaluator->real_view};
    const gt_dataset *images[] = {&evaluator->held_out, &evaluator->samples, &evaluator->real};
    gt_moments moments[3] = {0};
    gt_status status = GT_OK;
    for (int i = 0; i < 3 && status == GT_OK; i++)
        status = gt_moments_take(&moments[i], &evaluator->compute, views[i]->features,
                                 images[i]->count, GT_CLASSIFIER_FEATURES, error);
    if (status == GT_OK)
        status = gt_frechet_distance(&scores->frechet, &evaluator->compute, &moments[1],
                                     &moments[0], error);
    if (status == GT_OK)
        status = gt_frechet_distance(&scores->frechet_real, &evaluator->compute, &moments[2],
                                     &moments[0], error);
    for (int i = 0; i < 3; i++)
        gt_moments_free(&moments[i]);
    return status;
}

static void list_shares(gt_class_list *list, const gt_class_score *score) {
    list->count = score->classes;
    memcpy(list->values, score->shares, sizeof list->values);
}

gt_status measure_score(struct evaluator *evaluator, gt_error *error) {
    (void)error;
    gt_scores *scores = evaluator->scores;
    int classes = evaluator->classifier.classes;
    gt_class_score samples, real, held_out;
    gt_class_score_take(&samples, evaluator->samples_view.probabilities, classes,
                        evaluator->samples.count);
    gt_class_score_take(&real, evaluator->real_view.probabilities, classes, evaluator->real.count);
    gt_class_score_take(&held_out, evaluator->held_out_view.probabilities, classes,
                        evaluator->held_out.count);
    scores->score = samples.score;
    scores->score_real = real.score;
    scores->missing_classes = samples.missing;
    scores->missing_classes_real = real.missing;
    scores->class_divergence = gt_class_score_divergence(&samples, &held_out);
    scores->class_divergence_real = gt_class_score_divergence(&real, &held_out);
    list_shares(&scores->classes, &samples);
    list_shares(&scores->classes_real, &real);
    return GT_OK;
}

gt_status measure_manifold(struct evaluator *evaluator, gt_error *error) {
    gt_scores *scores = evaluator->scores;
    gt_vectors data = features_of(&evaluator->held_out_view, &evaluator->held_out);
    gt_vectors samples = features_of(&evaluator->samples_view, &evaluator->samples);
    gt_vectors real = features_of(&evaluator->real_view, &evaluator->real);
    gt_manifold of_samples, of_real;
    gt_status status = gt_manifold_measure(&of_samples, &evaluator->compute, &data, &samples,
                                           GT_MANIFOLD_NEIGHBOURS, error);
    if (status == GT_OK)
        status = gt_manifold_measure(&of_real, &evaluator->compute, &data, &real,
                                     GT_MANIFOLD_NEIGHBOURS, error);
    if (status != GT_OK)
        return status;
    scores->precision = of_samples.precision;
    scores->recall = of_samples.recall;
    scores->density = of_samples.density;
    scores->coverage = of_samples.coverage;
    scores->precision_real = of_real.precision;
    scores->recall_real = of_real.recall;
    scores->density_real = of_real.density;
    scores->coverage_real = of_real.coverage;
    return GT_OK;
}

/* --- Of the discriminator --- */

/* The sum over rows of log D(x), target 1, or of log(1 - D(x)), target 0. */
static double judge_rows(gt_model *model, const gt_real *images, const gt_real *condition,
                         gt_real target, int rows) {
    gt_real logits[GT_SAMPLER_BATCH];
    model->kind->judge(logits, model, images, condition, rows);
    return -gt_loss_logistic(logits, logits, target, 1, rows) * rows;
}

/* E log D(x) over the test images; `images` and `chances` are room for (GT_SAMPLER_BATCH, pixels).
 * Not over all of them if a stop was asked for: the measure is then given up. */
static double judge_test(struct evaluator *evaluator, gt_real *images, gt_real *chances) {
    const gt_dataset *test = &evaluator->test;
    gt_model *model = &evaluator->sampler.model;
    const gt_stop *stop = evaluator->compute.stop;
    double sum = 0;
    for (uint32_t done = 0; done < test->count && !gt_stop_asked(stop); done += GT_SAMPLER_BATCH) {
        uint32_t left = test->count - done;
        int rows = left < GT_SAMPLER_BATCH ? (int)left : GT_SAMPLER_BATCH;
        gt_images_get(images, test, chances, model->low, model->high, evaluator->request->seed,
                      done, rows);
        const gt_real *condition = /* the sampler's room, which no sample needs yet */
            evaluator_condition(evaluator->sampler.condition, evaluator, test, done, rows);
        sum += judge_rows(model, images, condition, 1, rows);
    }
    return sum / test->count;
}

/* E log(1 - D(G(z))) over the samples as they are before they are rounded to bytes: real pixels are
 * multiples of 1/255, so rounding the samples would hide exactly what D uses to tell them apart. */
static double judge_samples(struct evaluator *evaluator) {
    gt_sampler *sampler = &evaluator->sampler;
    const gt_stop *stop = evaluator->compute.stop;
    uint32_t count = evaluator->samples.count;
    double sum = 0;
    for (uint32_t done = 0; done < count && !gt_stop_asked(stop); done += GT_SAMPLER_BATCH) {
        int rows = count - done < GT_SAMPLER_BATCH ? (int)(count - done) : GT_SAMPLER_BATCH;
        const gt_real *images = gt_sampler_draw_block(sampler, evaluator->request->seed, done);
        sum += judge_rows(&sampler->model, images,
                          gt_condition_row(sampler->condition, sampler->model.classes, 0), 0, rows);
    }
    return sum / count;
}

gt_status measure_value(struct evaluator *evaluator, gt_error *error) {
    gt_scores *scores = evaluator->scores;
    size_t pixels = (size_t)evaluator->training.pixels;
    gt_real *images = malloc(2 * (size_t)GT_SAMPLER_BATCH * pixels * sizeof *images);
    if (images == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for %d images", GT_SAMPLER_BATCH);
    scores->value = judge_test(evaluator, images, images + GT_SAMPLER_BATCH * pixels) +
                    judge_samples(evaluator);
    scores->value_at_optimum = GT_VALUE_AT_OPTIMUM;
    /* For the best D, V = -log 4 + 2 JSD(p_data || p_g), theorem 1; any other D has a lower one. */
    scores->jsd_lower_bound = (scores->value - GT_VALUE_AT_OPTIMUM) / 2;
    free(images);
    return GT_OK;
}
