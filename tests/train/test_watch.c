/* Which stats are called a collapse, and what is said of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "gantrain/train/watch.h"

#include "gantrain/model/model.h"

/* What the model gan warns of at these means of D(x) and D(G(z)). */
static const char *warning(char text[512], double d_real, double d_fake) {
    const double stats[GT_MODEL_STATS] = {0, 0, 0, d_real, d_fake};
    const gt_model model = {.gives_odds = true}, critic = {.gives_odds = false};
    gt_model_gan.warn(text, 512, &critic, stats); /* what D says is no probability */
    assert_string_equal(text, "");
    gt_model_gan.warn(text, 512, &model, stats);
    return text;
}

static const struct {
    double diversity, d_real, d_fake;
    gt_collapse collapse;
    const char *said, *warned; /* "": nothing */
} cases[] = {
    {0.98, 0.57, 0.43, GT_COLLAPSE_NONE, "", ""},
    {0.60, 0.80, 0.20, GT_COLLAPSE_NONE, "", ""},
    {0.98, 0.99, 0.10, GT_COLLAPSE_NONE, "", ""},
    {1.80, 0.94, 0.01, GT_COLLAPSE_NONE, "", ""},
    {0.98, 0.99, 0.01, GT_COLLAPSE_NONE, "", "D(x) 0.99, D(G(z)) 0.01"},
    {0.20, 0.57, 0.43, GT_COLLAPSE_ALIKE, "differ 20 % as much", ""},
    {0.20, 0.99, 0.01, GT_COLLAPSE_ALIKE, "Helvetica", "sure of all images"},
    {0.001, 0.57, 0.43, GT_COLLAPSE_EQUAL, "all fake images are the same", ""},
};
enum { CASES = sizeof cases / sizeof *cases };

static void each_sign_is_called_by_its_name(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++) {
        gt_collapse collapse = gt_collapse_find(cases[i].diversity);
        char text[512] = "";
        assert_int_equal(collapse, cases[i].collapse);
        if (collapse != GT_COLLAPSE_NONE) {
            gt_collapse_describe(text, sizeof text, collapse, cases[i].diversity, "another seed");
            assert_non_null(strstr(text, "try "));
        }
        if (strstr(text, cases[i].said) == NULL)
            fail_msg("'%s' does not say '%s'", text, cases[i].said);
        assert_true(strlen(text) < sizeof text - 1);
        warning(text, cases[i].d_real, cases[i].d_fake);
        assert_int_equal(text[0] == '\0', cases[i].warned[0] == '\0');
        assert_non_null(strstr(text, cases[i].warned));
    }
}

/* diversity, D(x) and D(G(z)) of 20 epochs of the networks of examples/mnist.ini, both rates .0002,
 * seed 0, one thread; and of the same without the average and the penalty. */
static const double healthy[][20][3] = {
    {{0.82, 0.620, 0.484}, {0.93, 0.560, 0.462}, {0.97, 0.563, 0.449}, {0.99, 0.549, 0.458},
     {0.99, 0.541, 0.464}, {0.99, 0.538, 0.467}, {1.00, 0.535, 0.469}, {1.01, 0.531, 0.473},
     {1.00, 0.527, 0.475}, {0.99, 0.524, 0.479}, {1.00, 0.522, 0.481}, {0.98, 0.520, 0.481},
     {0.97, 0.519, 0.483}, {1.03, 0.517, 0.485}, {1.01, 0.515, 0.486}, {1.01, 0.515, 0.486},
     {1.02, 0.514, 0.487}, {1.01, 0.513, 0.488}, {1.03, 0.513, 0.488}, {1.00, 0.512, 0.489}},
    {{0.71, 0.594, 0.530}, {0.83, 0.564, 0.477}, {0.89, 0.568, 0.456}, {0.92, 0.566, 0.450},
     {0.93, 0.562, 0.450}, {0.94, 0.560, 0.450}, {0.95, 0.562, 0.446}, {0.98, 0.563, 0.445},
     {0.95, 0.561, 0.447}, {0.98, 0.562, 0.444}, {0.96, 0.562, 0.443}, {0.92, 0.562, 0.443},
     {0.94, 0.563, 0.441}, {0.97, 0.564, 0.441}, {0.94, 0.565, 0.439}, {0.96, 0.565, 0.439},
     {0.98, 0.566, 0.437}, {0.96, 0.567, 0.437}, {0.93, 0.567, 0.436}, {0.98, 0.568, 0.435}},
};

static void healthy_runs_raise_no_alarm(void **state) {
    (void)state;
    for (int run = 0; run < 2; run++)
        for (int epoch = 0; epoch < 20; epoch++) {
            const double *stats = healthy[run][epoch];
            char text[512];
            assert_int_equal(gt_collapse_find(stats[0]), GT_COLLAPSE_NONE);
            assert_string_equal(warning(text, stats[1], stats[2]), "");
        }
}

static void a_line_is_cut_to_its_room(void **state) {
    (void)state;
    for (size_t capacity = 1; capacity < 64; capacity++) {
        char text[64];
        memset(text, 'x', sizeof text);
        gt_collapse_describe(text, capacity, GT_COLLAPSE_EQUAL, 0, "another seed");
        assert_int_equal(strlen(text), capacity - 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sign_is_called_by_its_name),
        cmocka_unit_test(healthy_runs_raise_no_alarm),
        cmocka_unit_test(a_line_is_cut_to_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
