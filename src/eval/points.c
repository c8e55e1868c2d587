/* The measure of points whose distribution is known. */
#include "eval/evaluator.h"
#include "gantrain/metrics/points.h"

gt_status measure_points(struct evaluator *evaluator, gt_error *error) {
    const gt_distribution *distribution = evaluator->training.distribution;
    const gt_dataset *samples = &evaluator->samples, *real = &evaluator->real;
    gt_scores *scores = evaluator->scores;
    gt_point_counts counts;
    (void)error;
    gt_points_count(&counts, distribution, samples->points, samples->count);
    scores->modes_found = counts.modes;
    scores->good_samples = (double)counts.good / counts.count;
    scores->jsd = gt_points_divergence(&counts);
    gt_points_count(&counts, distribution, real->points, real->count);
    scores->modes_found_real = counts.modes;
    scores->good_samples_real = (double)counts.good / counts.count;
    scores->jsd_real = gt_points_divergence(&counts);
    return GT_OK;
}
