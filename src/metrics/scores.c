/* The table of scores: the one place where a score, its JSON key, its place in the text and its
 * meaning are written. */
#include "gantrain/metrics/scores.h"

#include <math.h>
#include <string.h>

#define AT(field) .name = #field, .offset = offsetof(gt_scores, field)
#define REAL(field) .beside = #field, .of = "real images"
#define REAL_POINTS(field) .beside = #field, .of = "real points"

static const gt_score rows[] = {
    {AT(parzen), .measure = GT_MEASURE_PARZEN, .format = "%.2f", REAL(parzen_real),
     .help = "Parzen log-likelihood, nats (more is better)", .column = "parzen", .better = 1},
    {AT(parzen_se), .measure = GT_MEASURE_PARZEN, .format = "%.2f", REAL(parzen_real_se),
     .help = "  its standard error", .column = "parzen_se"},
    {AT(parzen_sigma), .measure = GT_MEASURE_PARZEN, .format = "%.3f", REAL(parzen_real_sigma),
     .help = "  sigma, chosen on validation images", .column = "parzen_sigma"},
    {AT(parzen_real), .measure = GT_MEASURE_PARZEN, .format = "%.2f", .column = "parzen_real"},
    {AT(parzen_real_se), .measure = GT_MEASURE_PARZEN, .format = "%.2f"},
    {AT(parzen_real_sigma), .measure = GT_MEASURE_PARZEN, .format = "%.3f"},
    {AT(frechet), .measure = GT_MEASURE_FRECHET, .format = "%.3f", REAL(frechet_real),
     .help = "Frechet distance of features (less is better)", .column = "frechet", .better = -1},
    {AT(frechet_real), .measure = GT_MEASURE_FRECHET, .format = "%.3f", .column = "frechet_real"},
    {AT(score), .measure = GT_MEASURE_SCORE, .format = "%.3f", REAL(score_real),
     .help = "classifier score, 1 to the number of classes", .column = "score", .better = 1,
     .needs_coverage = true},
    {AT(score_real), .measure = GT_MEASURE_SCORE, .format = "%.3f", .column = "score_real"},
    {AT(missing_classes), .measure = GT_MEASURE_SCORE, .format = "%.0f", REAL(missing_classes_real),
     .help = "classes that no sample is of", .column = "missing_classes", .better = -1,
     .needs_coverage = true},
    {AT(missing_classes_real), .measure = GT_MEASURE_SCORE, .format = "%.0f"},
    {AT(class_divergence), .measure = GT_MEASURE_SCORE, .format = "%.5f",
     REAL(class_divergence_real), .help = "KL of the classes to the real ones, nats",
     .column = "class_divergence", .better = -1, .needs_coverage = true},
    {AT(class_divergence_real), .measure = GT_MEASURE_SCORE, .format = "%.5f"},
    {AT(classes), .measure = GT_MEASURE_SCORE, .is_list = true, .format = "%.3f",
     REAL(classes_real), .help = "share of each class"},
    {AT(classes_real), .measure = GT_MEASURE_SCORE, .is_list = true, .format = "%.3f"},
    {AT(precision), .measure = GT_MEASURE_MANIFOLD, .format = "%.4f", REAL(precision_real),
     .help = "precision: samples that lie among real images", .column = "precision", .better = 1,
     .needs_coverage = true},
    {AT(recall), .measure = GT_MEASURE_MANIFOLD, .format = "%.4f", REAL(recall_real),
     .help = "recall: real images that lie among samples", .column = "recall", .better = 1},
    {AT(density), .measure = GT_MEASURE_MANIFOLD, .format = "%.4f", REAL(density_real),
     .help = "density: how deep among real images", .column = "density", .better = 1,
     .needs_coverage = true},
    {AT(coverage), .measure = GT_MEASURE_MANIFOLD, .format = "%.4f", REAL(coverage_real),
     .help = "coverage: real images with a sample near by", .column = "coverage", .better = 1},
    {AT(precision_real), .measure = GT_MEASURE_MANIFOLD, .format = "%.4f",
     .column = "precision_real"},
    {AT(recall_real), .measure = GT_MEASURE_MANIFOLD, .format = "%.4f", .column = "recall_real"},
    {AT(density_real), .measure = GT_MEASURE_MANIFOLD, .format = "%.4f", .column = "density_real"},
    {AT(coverage_real), .measure = GT_MEASURE_MANIFOLD, .format = "%.4f",
     .column = "coverage_real"},
    {AT(nearest_samples), .measure = GT_MEASURE_NEAREST, .format = "%.3f", .beside = "nearest_test",
     .of = "test images", .help = "distance to the nearest training image (median)",
     .column = "nearest_samples"},
    {AT(nearest_test), .measure = GT_MEASURE_NEAREST, .format = "%.3f", .column = "nearest_test"},
    {AT(value), .measure = GT_MEASURE_VALUE, .format = "%.4f", .beside = "value_at_optimum",
     .of = "-log 4", .help = "V(G, D) on test images", .column = "value_held_out"},
    {AT(value_at_optimum), .measure = GT_MEASURE_VALUE, .format = "%.4f"},
    {AT(jsd_lower_bound), .measure = GT_MEASURE_VALUE, .format = "%.4f",
     .help = "Jensen-Shannon divergence, at least", .column = "jsd_lower_bound"},
    {AT(elbo), .measure = GT_MEASURE_LIKELIHOOD, .needs_bound = true, .format = "%.2f",
     .beside = "elbo_training", .of = "training images",
     .help = "evidence lower bound of an image, nats (more is better)", .column = "elbo",
     .better = 1},
    {AT(elbo_se), .measure = GT_MEASURE_LIKELIHOOD, .needs_bound = true, .format = "%.2f",
     .help = "  its standard error"},
    {AT(elbo_training), .measure = GT_MEASURE_LIKELIHOOD, .needs_bound = true, .format = "%.2f",
     .column = "elbo_training"},
    {AT(active_components), .measure = GT_MEASURE_LIKELIHOOD, .needs_bound = true, .format = "%.0f",
     .help = "latent components with a KL of more than 0.01 nats", .column = "active_components"},
    {AT(component_kl), .measure = GT_MEASURE_LIKELIHOOD, .needs_bound = true, .is_list = true,
     .format = "%.3f", .help = "KL of each latent component to the prior, nats"},
    {AT(log_likelihood), .measure = GT_MEASURE_LIKELIHOOD, .format = "%.2f",
     .help = "log-likelihood of an image, nats (more is better)", .column = "log_likelihood",
     .better = 1},
    {AT(log_likelihood_se), .measure = GT_MEASURE_LIKELIHOOD, .format = "%.2f",
     .help = "  its standard error"},
    {AT(bits_per_dimension), .measure = GT_MEASURE_LIKELIHOOD, .format = "%.4f",
     .help = "  in bits per pixel and colour, of pixels in [0, 1] (less is better)",
     .column = "bits_per_dimension"},
    {AT(modes), .measure = GT_MEASURE_MODES, .format = "%.0f", REAL(modes_real),
     .help = "combinations of classes that stacked images show", .column = "modes", .better = 1},
    {AT(modes_real), .measure = GT_MEASURE_MODES, .format = "%.0f", .column = "modes_real"},
    {AT(mode_divergence), .measure = GT_MEASURE_MODES, .format = "%.4f", REAL(mode_divergence_real),
     .help = "KL of the combinations to those of the data, nats", .column = "mode_divergence",
     .better = -1},
    {AT(mode_divergence_real), .measure = GT_MEASURE_MODES, .format = "%.4f",
     .column = "mode_divergence_real"},
    {AT(class_accuracy), .measure = GT_MEASURE_WITHIN, .format = "%.4f", REAL(class_accuracy_real),
     .help = "samples that the classifier takes for their class", .column = "class_accuracy",
     .better = 1, .needs_coverage = true},
    {AT(class_accuracy_real), .measure = GT_MEASURE_WITHIN, .format = "%.4f"},
    {AT(frechet_within), .measure = GT_MEASURE_WITHIN, .format = "%.3f", REAL(frechet_within_real),
     .help = "Frechet distance within a class, their mean (less is better)",
     .column = "frechet_within", .better = -1},
    {AT(frechet_within_real), .measure = GT_MEASURE_WITHIN, .format = "%.3f"},
    {AT(frechet_worst), .measure = GT_MEASURE_WITHIN, .format = "%.3f", REAL(frechet_worst_real),
     .help = "  that of the worst class", .column = "frechet_worst"},
    {AT(frechet_worst_real), .measure = GT_MEASURE_WITHIN, .format = "%.3f"},
    {AT(taught_accuracy), .measure = GT_MEASURE_TAUGHT, .format = "%.4f",
     .help = "accuracy on real images of a classifier that saw samples alone",
     .column = "taught_accuracy", .better = 1},
    {AT(modes_found), .measure = GT_MEASURE_POINTS, .format = "%.0f", REAL_POINTS(modes_found_real),
     .help = "modes with a sample within 3 deviations", .column = "modes_found", .better = 1},
    {AT(modes_found_real), .measure = GT_MEASURE_POINTS, .format = "%.0f",
     .column = "modes_found_real"},
    {AT(good_samples), .measure = GT_MEASURE_POINTS, .format = "%.4f",
     REAL_POINTS(good_samples_real), .help = "share of samples within 3 deviations of a mode",
     .column = "good_samples", .better = 1, .needs_coverage = true},
    {AT(good_samples_real), .measure = GT_MEASURE_POINTS, .format = "%.4f",
     .column = "good_samples_real"},
    {AT(jsd), .measure = GT_MEASURE_POINTS, .format = "%.4f", REAL_POINTS(jsd_real),
     .help = "Jensen-Shannon divergence, counted (less is better)", .column = "jsd", .better = -1},
    {AT(jsd_real), .measure = GT_MEASURE_POINTS, .format = "%.4f", .column = "jsd_real"},
    {AT(classifier_accuracy), .measure = -1, .format = "%.4f",
     .help = "accuracy of the classifier on test images"},
    {AT(classifier_checksum), .measure = -1, .format = "%.0f",
     .help = "checksum of the classifier"},
    {AT(samples), .measure = -1, .format = "%.0f", REAL(real_images), .help = "images measured"},
    {AT(real_images), .measure = -1, .format = "%.0f"},
    {AT(real_sets), .measure = -1, .format = "%.0f",
     .help = "sets of real images, none of which is in two"},
    {AT(held_out_images), .measure = -1, .format = "%.0f", .help = "images they are compared with"},
    {AT(epoch), .measure = -1, .format = "%.0f", .help = "epoch of the checkpoint"},
    {AT(step), .measure = -1, .format = "%.0f", .help = "step of the checkpoint"},
    {AT(seconds), .measure = -1, .format = "%.1f", .help = "seconds it took"},
};

enum { ROW_COUNT = sizeof rows / sizeof *rows };

const gt_score *gt_score_at(int index) {
    return index < ROW_COUNT ? &rows[index] : NULL;
}

const gt_score *gt_score_find(const char *name) {
    for (int i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

const gt_score *gt_score_find_column(const char *column) {
    for (int i = 0; i < ROW_COUNT; i++)
        if (rows[i].column != NULL && strcmp(rows[i].column, column) == 0)
            return &rows[i];
    return NULL;
}

const char *gt_score_goal_name(int index) {
    for (int i = 0; i < ROW_COUNT; i++)
        if (rows[i].better != 0 && index-- == 0)
            return rows[i].name;
    return NULL;
}

gt_standing gt_score_standing(const gt_score *goal, const gt_scores *scores, bool alike) {
    gt_standing standing = {alike, 1, gt_score_number(scores, goal)};
    const double enough = scores->coverage_real / 2, modes_enough = scores->modes_found_real / 2;
    if (goal->needs_coverage && scores->coverage < enough) /* not of NANs */
        standing.covered = scores->coverage / enough;
    if (goal->needs_coverage && scores->modes_found < modes_enough) /* the same of points */
        standing.covered = scores->modes_found / modes_enough;
    return standing;
}

bool gt_standing_is_better(const gt_standing *standing, const gt_standing *best,
                           const gt_score *goal) {
    if (isnan(standing->number) || isnan(best->number))
        return !isnan(standing->number);
    if (standing->alike != best->alike)
        return best->alike;
    if (standing->covered != best->covered)
        return standing->covered > best->covered;
    return goal->better * standing->number > goal->better * best->number;
}

void gt_scores_clear(gt_scores *scores) {
    *scores = (gt_scores){0};
    for (int i = 0; i < ROW_COUNT; i++)
        if (!rows[i].is_list)
            gt_score_set(scores, &rows[i], NAN);
}

void gt_score_set(gt_scores *scores, const gt_score *score, double number) {
    *(double *)(void *)((char *)scores + score->offset) = number;
}

double gt_score_number(const gt_scores *scores, const gt_score *score) {
    return *(const double *)(const void *)((const char *)scores + score->offset);
}

const gt_class_list *gt_score_list(const gt_scores *scores, const gt_score *score) {
    return (const gt_class_list *)(const void *)((const char *)scores + score->offset);
}
