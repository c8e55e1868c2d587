/* The numbers of an epoch: its columns, its row and the lines that people see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "train/epoch.h"

static const char heading[] =
    "d_loss,g_loss,value,d_real,d_fake,diversity,images_per_second,seconds,"
    "parzen,parzen_se,parzen_sigma,parzen_real,frechet,frechet_real,score,score_real,"
    "missing_classes,class_divergence,precision,recall,density,coverage,precision_real,"
    "recall_real,density_real,coverage_real,nearest_samples,nearest_test,value_held_out,"
    "jsd_lower_bound,";

static const gt_model model = {.kind = &gt_model_gan, .stats = gt_model_gan.stats};

static struct epoch measured(void) {
    struct epoch epoch = {.number = 2,
                          .step = 60,
                          .stats = {0.1, 1e-30, -1.386294361, 0.5, 1},
                          .diversity = 0.8,
                          .images_per_second = 123456.789,
                          .seconds = 0.25};
    gt_scores_clear(&epoch.scores);
    epoch.scores.frechet = 5.25;
    return epoch;
}

/* Names and order stay: files of earlier versions go on. */
static void the_columns_of_a_gan_are_those_of_old_files(void **state) {
    (void)state;
    char text[1024] = "";
    gt_history_columns columns = epoch_columns(&model);
    for (int i = 0; i < columns.count; i++)
        strcat(strcat(text, columns.names[i]), ",");
    assert_string_equal(text, heading);
}

static void a_row_has_a_number_for_each_column(void **state) {
    (void)state;
    struct epoch epoch = measured();
    gt_history_columns columns = epoch_columns(&model);
    gt_history_row row = epoch_row(&epoch, &model);
    assert_int_equal(row.epoch, 2);
    assert_int_equal(row.step, 60);
    for (int i = 0; i < 5; i++)
        assert_true(row.values[i] == epoch.stats[i]);
    assert_true(row.values[5] == 0.8 && row.values[6] == 123456.789 && row.values[7] == 0.25);
    for (int i = 8; i < columns.count; i++)
        if (strcmp(columns.names[i], "frechet") == 0)
            assert_true(row.values[i] == 5.25);
        else
            assert_true(isnan(row.values[i]));
}

static void the_line_fits_a_terminal(void **state) {
    (void)state;
    char text[512], cut[24];
    struct epoch epoch = measured();
    epoch_format_line(text, sizeof text, &epoch, &model, 20);
    assert_string_equal(text, "epoch 2/20  G loss 0.0000  V(G,D) -1.3863  D(x) 0.500  "
                              "D(G(z)) 1.000  diversity 0.80  0.2 s");
    for (size_t capacity = 1; capacity <= sizeof cut; capacity++) {
        epoch_format_line(cut, capacity, &epoch, &model, 20);
        assert_int_equal(strlen(cut), capacity - 1);
        assert_int_equal(strncmp(text, cut, capacity - 1), 0);
    }
    epoch.number = 1000;
    epoch.stats[1] = epoch.stats[2] = -12345.678;
    epoch_format_line(text, sizeof text, &epoch, &model, 1000000);
    assert_true(strlen(text) <= 100);
    assert_string_equal(text, "epoch 1000/1000000  G loss -12345.6780  V(G,D) -12345.6780  "
                              "D(x) 0.500  D(G(z)) 1.000  0.2 s");
}

static void the_line_of_scores(void **state) {
    (void)state;
    char text[512];
    struct epoch epoch = measured();
    epoch.scores.frechet_real = 1.5;
    epoch.scores.value = -1.25;
    epoch.scores.value_at_optimum = -1.5;
    epoch.scores.seconds = 9.81;
    epoch_format_scores(text, sizeof text, &epoch);
    assert_string_equal(text, "epoch 2:  frechet 5.250 (real images 1.500)  value_held_out -1.2500"
                              "  (in 9.8 s)");
    for (size_t capacity = 1; capacity < 40; capacity++) {
        epoch_format_scores(text, capacity, &epoch);
        assert_true(strlen(text) < capacity);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_columns_of_a_gan_are_those_of_old_files),
        cmocka_unit_test(a_row_has_a_number_for_each_column),
        cmocka_unit_test(the_line_fits_a_terminal),
        cmocka_unit_test(the_line_of_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
