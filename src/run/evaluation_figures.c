/* The table of figures: the one place where a figure, its JSON key, its place in the text and what
 * it means are written. */
#include <math.h>
#include <string.h>

#include "run/evaluation_state.h"

#define AT(field) .name = #field, .offset = offsetof(gt_evaluation, field)
#define REAL(field) .beside = #field, .of = "real images"

static const gt_evaluation_figure figures[] = {
    {AT(parzen), .metric = METRIC_PARZEN, .format = "%.2f", REAL(parzen_real),
     .help = "Parzen log-likelihood, nats (more is better)", .column = "parzen", .better = 1},
    {AT(parzen_se), .metric = METRIC_PARZEN, .format = "%.2f", REAL(parzen_real_se),
     .help = "  its standard error", .column = "parzen_se"},
    {AT(parzen_sigma), .metric = METRIC_PARZEN, .format = "%.3f", REAL(parzen_real_sigma),
     .help = "  sigma, chosen on validation images", .column = "parzen_sigma"},
    {AT(parzen_real), .metric = METRIC_PARZEN, .format = "%.2f", .column = "parzen_real"},
    {AT(parzen_real_se), .metric = METRIC_PARZEN, .format = "%.2f"},
    {AT(parzen_real_sigma), .metric = METRIC_PARZEN, .format = "%.3f"},
    {AT(frechet), .metric = METRIC_FRECHET, .format = "%.3f", REAL(frechet_real),
     .help = "Frechet distance of features (less is better)", .column = "frechet", .better = -1},
    {AT(frechet_real), .metric = METRIC_FRECHET, .format = "%.3f", .column = "frechet_real"},
    {AT(score), .metric = METRIC_SCORE, .format = "%.3f", REAL(score_real),
     .help = "classifier score, 1 to the number of classes", .column = "score", .better = 1},
    {AT(score_real), .metric = METRIC_SCORE, .format = "%.3f", .column = "score_real"},
    {AT(missing_classes), .metric = METRIC_SCORE, .format = "%.0f", REAL(missing_classes_real),
     .help = "classes that no sample is of", .column = "missing_classes", .better = -1},
    {AT(missing_classes_real), .metric = METRIC_SCORE, .format = "%.0f"},
    {AT(class_divergence), .metric = METRIC_SCORE, .format = "%.5f", REAL(class_divergence_real),
     .help = "KL of the classes to the real ones, nats", .column = "class_divergence",
     .better = -1},
    {AT(class_divergence_real), .metric = METRIC_SCORE, .format = "%.5f"},
    {AT(classes), .metric = METRIC_SCORE, .is_list = true, .format = "%.3f", REAL(classes_real),
     .help = "share of each class"},
    {AT(classes_real), .metric = METRIC_SCORE, .is_list = true, .format = "%.3f"},
    {AT(precision), .metric = METRIC_MANIFOLD, .format = "%.4f", REAL(precision_real),
     .help = "precision: samples that lie among real images", .column = "precision", .better = 1},
    {AT(recall), .metric = METRIC_MANIFOLD, .format = "%.4f", REAL(recall_real),
     .help = "recall: real images that lie among samples", .column = "recall", .better = 1},
    {AT(density), .metric = METRIC_MANIFOLD, .format = "%.4f", REAL(density_real),
     .help = "density: how deep among real images", .column = "density", .better = 1},
    {AT(coverage), .metric = METRIC_MANIFOLD, .format = "%.4f", REAL(coverage_real),
     .help = "coverage: real images with a sample near by", .column = "coverage", .better = 1},
    {AT(precision_real), .metric = METRIC_MANIFOLD, .format = "%.4f", .column = "precision_real"},
    {AT(recall_real), .metric = METRIC_MANIFOLD, .format = "%.4f", .column = "recall_real"},
    {AT(density_real), .metric = METRIC_MANIFOLD, .format = "%.4f", .column = "density_real"},
    {AT(coverage_real), .metric = METRIC_MANIFOLD, .format = "%.4f", .column = "coverage_real"},
    {AT(nearest_samples), .metric = METRIC_NEAREST, .format = "%.3f", .beside = "nearest_test",
     .of = "test images", .help = "distance to the nearest training image (median)",
     .column = "nearest_samples"},
    {AT(nearest_test), .metric = METRIC_NEAREST, .format = "%.3f", .column = "nearest_test"},
    {AT(value), .metric = METRIC_VALUE, .format = "%.4f", .beside = "value_at_optimum",
     .of = "-log 4", .help = "V(G, D) on test images", .column = "value_held_out"},
    {AT(value_at_optimum), .metric = METRIC_VALUE, .format = "%.4f"},
    {AT(jsd_lower_bound), .metric = METRIC_VALUE, .format = "%.4f",
     .help = "Jensen-Shannon divergence, at least", .column = "jsd_lower_bound"},
    {AT(classifier_accuracy), .metric = -1, .format = "%.4f",
     .help = "accuracy of the classifier on test images"},
    {AT(classifier_checksum), .metric = -1, .format = "%.0f", .help = "checksum of the classifier"},
    {AT(samples), .metric = -1, .format = "%.0f", REAL(real_images), .help = "images measured"},
    {AT(real_images), .metric = -1, .format = "%.0f"},
    {AT(held_out_images), .metric = -1, .format = "%.0f", .help = "images they are compared with"},
    {AT(epoch), .metric = -1, .format = "%.0f", .help = "epoch of the checkpoint"},
    {AT(step), .metric = -1, .format = "%.0f", .help = "step of the checkpoint"},
    {AT(seconds), .metric = -1, .format = "%.1f", .help = "seconds it took"},
};

enum { FIGURE_COUNT = sizeof figures / sizeof *figures };

const gt_evaluation_figure *gt_evaluation_figure_at(int index) {
    return index < FIGURE_COUNT ? &figures[index] : NULL;
}

const gt_evaluation_figure *gt_evaluation_figure_find(const char *name) {
    for (int i = 0; i < FIGURE_COUNT; i++)
        if (strcmp(figures[i].name, name) == 0)
            return &figures[i];
    return NULL;
}

const char *gt_evaluation_goal_name(int index) {
    for (int i = 0; i < FIGURE_COUNT; i++)
        if (figures[i].better != 0 && index-- == 0)
            return figures[i].name;
    return NULL;
}

bool gt_evaluation_is_better(const gt_evaluation_figure *figure, double number, double best) {
    return !isnan(number) && (isnan(best) || figure->better * number > figure->better * best);
}

void gt_evaluation_clear(gt_evaluation *evaluation) {
    *evaluation = (gt_evaluation){0};
    for (int i = 0; i < FIGURE_COUNT; i++)
        if (!figures[i].is_list)
            *(double *)(void *)((char *)evaluation + figures[i].offset) = NAN;
}

double gt_evaluation_number(const gt_evaluation *evaluation, const gt_evaluation_figure *figure) {
    return *(const double *)(const void *)((const char *)evaluation + figure->offset);
}

const gt_class_list *gt_evaluation_list(const gt_evaluation *evaluation,
                                        const gt_evaluation_figure *figure) {
    return (const gt_class_list *)(const void *)((const char *)evaluation + figure->offset);
}
