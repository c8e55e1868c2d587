/* Which checkpoint is the best: by no score that can be chosen does a generator that has collapsed
 * win against one that covers the data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "gantrain/metrics/scores.h"

/* Scores of 2,000 images next to MNIST, as `gantrain eval` measured them. */
static const struct set {
    const char *name;
    bool alike; /* by their diversity in pixels */
    double parzen, frechet, score, missing_classes, class_divergence;
    double precision, recall, density, coverage;
} real = {"real images", false, 150.7, 3.39, 9.87, 0, .0016, .955, .930, .949, .5306},
  noisy = {"images with noise", false, -.025, 50.5, 7.22, 0, .0528, .898, .572, .577, .2545},
  collapsed[] = {
      {"black", true, -264, 796, 1, 9, 2.276, 0, 0, 0, 0},
      {"one image", true, -264, 614, 1, 9, 2.169, 1, .0001, 1.2, .0006},
      {"ten images", false, -169, 128, 8.54, 1, .133, 1, .001, 1.14, .0057},
      {"ten images, one of each class", false, -169, 128, 10, 0, 0, 1, .001, 1.14, .0057},
      {"ones", false, -132, 372, 1.11, 4, 2.061, 1, .1725, 1.21, .1204},
      {"a blurred mean", true, 10, 45, 1, 9, 2.2, 0, 0, 0, 0},
};

enum { COLLAPSED = sizeof collapsed / sizeof *collapsed };

/* Likelihood is measured on test images, so that a collapse is seen in the score itself: a VAE whose
 * decoder says the mean image of MNIST whatever the code has a bound of -206 nats. */
static double likelihood_of(const struct set *set) {
    if (set >= collapsed && set < collapsed + COLLAPSED)
        return -206;
    return set == &noisy ? -150 : -100;
}

/* Of the 1,000 combinations of stacked images: what is collapsed shows few. */
static double modes_of(const struct set *set) {
    if (set >= collapsed && set < collapsed + COLLAPSED)
        return 10;
    return set == &noisy ? 950 : 1000;
}

/* Of eight modes of a distribution, and samples that lie within one: a collapse has few, and all of them. */
static void set_points(gt_scores *scores, const struct set *set) {
    const bool is_collapsed = set >= collapsed && set < collapsed + COLLAPSED;
    scores->modes_found_real = 8;
    scores->modes_found = is_collapsed ? 1 : set == &noisy ? 7 : 8;
    scores->good_samples = is_collapsed ? 1 : set == &noisy ? 0.7 : 0.99;
    scores->jsd = is_collapsed ? 0.45 : set == &noisy ? 0.1 : 0.002;
}

static gt_standing standing_of(const struct set *set, const gt_score *goal) {
    gt_scores scores;
    gt_scores_clear(&scores);
    scores.parzen = set->parzen;
    scores.frechet = set->frechet;
    scores.score = set->score;
    scores.missing_classes = set->missing_classes;
    scores.class_divergence = set->class_divergence;
    scores.precision = set->precision;
    scores.recall = set->recall;
    scores.density = set->density;
    scores.coverage = set->coverage;
    scores.coverage_real = real.coverage;
    scores.modes = modes_of(set);
    scores.mode_divergence = log(1001 / scores.modes);
    scores.elbo = scores.log_likelihood = likelihood_of(set);
    /* Within classes the same holds as for all images: one good image of a class is right and near, and a
     * classifier learns from it no more than it covers. */
    scores.class_accuracy = set->precision;
    scores.frechet_within = set->frechet;
    scores.taught_accuracy = set->recall;
    set_points(&scores, set);
    return gt_score_standing(goal, &scores, set->alike);
}

static bool is_better(const struct set *one, const struct set *other, const gt_score *goal) {
    gt_standing a = standing_of(one, goal), b = standing_of(other, goal);
    return gt_standing_is_better(&a, &b, goal);
}

static void no_collapse_wins(void **state) {
    (void)state;
    const char *name;
    int goals = 0;
    for (; (name = gt_score_goal_name(goals)) != NULL; goals++) {
        const gt_score *goal = gt_score_find(name);
        for (int i = 0; i < COLLAPSED; i++)
            if (!is_better(&noisy, &collapsed[i], goal) || is_better(&collapsed[i], &noisy, goal))
                fail_msg("%s: %s win", name, collapsed[i].name);
    }
    assert_true(goals >= 9);
}

/* Once enough is covered, the score itself decides. */
static void the_score_decides(void **state) {
    (void)state;
    for (int g = 0; gt_score_goal_name(g) != NULL; g++) {
        const gt_score *goal = gt_score_find(gt_score_goal_name(g));
        if (strcmp(goal->name, "missing_classes") != 0) /* a tie */
            assert_true(is_better(&real, &noisy, goal));
        assert_false(is_better(&noisy, &real, goal));
        assert_false(is_better(&real, &real, goal));
    }
    struct set precise = real, covering = real;
    precise.precision = .99;
    precise.coverage = .3;
    covering.coverage = .5;
    assert_true(is_better(&precise, &covering, gt_score_find("precision")));
    precise.coverage = .1;
    assert_false(is_better(&precise, &covering, gt_score_find("precision")));
}

static void what_is_not_measured_is_never_better(void **state) {
    (void)state;
    const gt_score *goal = gt_score_find("parzen");
    struct set none = real, unknown = real;
    none.parzen = NAN;
    assert_false(is_better(&none, &noisy, goal));
    assert_false(is_better(&none, &none, goal));
    assert_true(is_better(&noisy, &none, goal));
    unknown.coverage = NAN; /* too few samples for it */
    assert_true(is_better(&unknown, &noisy, gt_score_find("score")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_collapse_wins),
        cmocka_unit_test(the_score_decides),
        cmocka_unit_test(what_is_not_measured_is_never_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
