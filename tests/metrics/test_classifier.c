/* The classifier learns built-in digits that it has not seen, does so the same way each time, and
 * sees the same in an image whatever stands next to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/data/digits.h"
#include "gantrain/metrics/classifier.h"

enum { TRAINED = 1500, TESTED = 300, SIDE = 7, PIXELS = SIDE * SIDE };

/* Digits at a quarter of their height and width: learning takes a fraction of the time. */
static gt_dataset small_digits(uint32_t first, uint32_t count) {
    static uint8_t large[TRAINED * GT_DIGIT_PIXELS];
    gt_dataset set = {.count = count, .shape = {1, SIDE, SIDE}, .pixels = PIXELS};
    set.image_memory = malloc((size_t)count * PIXELS);
    set.label_memory = malloc(count * sizeof *set.label_memory);
    gt_digits_draw(large, set.label_memory, NULL, 1, first, count);
    for (uint32_t i = 0; i < count; i++)
        for (int pixel = 0; pixel < PIXELS; pixel++) {
            int sum = 0;
            for (int y = 0; y < 4; y++)
                for (int x = 0; x < 4; x++)
                    sum += large[i * GT_DIGIT_PIXELS +
                                 (uint32_t)((pixel / SIDE * 4 + y) * GT_DIGIT_SIDE +
                                            pixel % SIDE * 4 + x)];
            set.image_memory[i * PIXELS + (uint32_t)pixel] = (uint8_t)(sum / 16);
        }
    set.images = set.image_memory;
    set.labels = set.label_memory;
    return set;
}

static void train(gt_classifier *classifier, const gt_dataset *digits) {
    gt_error error = {0};
    if (gt_classifier_open(classifier, (gt_shape){1, SIDE, SIDE}, 10, digits->count, &test_compute,
                           &error) != GT_OK ||
        gt_classifier_train(classifier, digits, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static void it_learns_and_repeats(void **state) {
    (void)state;
    gt_dataset digits = small_digits(0, TRAINED), unseen = small_digits(TRAINED, TESTED);
    gt_classifier classifier, again;
    assert_int_equal(gt_classifier_classes(&digits), 10);
    train(&classifier, &digits);
    assert_true(gt_classifier_accuracy(&classifier, &digits) > 0.99);
    double accuracy = gt_classifier_accuracy(&classifier, &unseen);
    if (!(accuracy > 0.85 && accuracy <= 1))
        fail_msg("it is right on %.3f of unseen digits", accuracy);
    train(&again, &digits);
    assert_int_equal(gt_classifier_checksum(&classifier), gt_classifier_checksum(&again));
    again.head.parameters[3] += 1;
    assert_int_not_equal(gt_classifier_checksum(&classifier), gt_classifier_checksum(&again));
    gt_classifier_close(&again);
    gt_classifier_close(&classifier);
    gt_dataset_free(&digits);
    gt_dataset_free(&unseen);
}

/* 300 images are more than a block. What is seen does not depend on the parameters' origin. */
static void features_and_probabilities_are_of_the_image(void **state) {
    (void)state;
    enum { ROW = 270 };
    gt_dataset digits = small_digits(0, TESTED);
    gt_classifier classifier;
    assert_int_equal(
        gt_classifier_open(&classifier, (gt_shape){1, SIDE, SIDE}, 10, TESTED, &test_compute, NULL),
        GT_OK);
    for (size_t i = 0; i < classifier.features.parameter_count; i++)
        classifier.features.parameters[i] = (gt_real)(i * 7919 % 101) / 500 - (gt_real)0.1;
    for (size_t i = 0; i < classifier.head.parameter_count; i++)
        classifier.head.parameters[i] = (gt_real)(i * 7907 % 103) / 500 - (gt_real)0.1;
    gt_real *features = malloc(TESTED * GT_CLASSIFIER_FEATURES * sizeof *features);
    gt_real *probabilities = malloc(TESTED * 10 * sizeof *probabilities);
    gt_real alone[GT_CLASSIFIER_FEATURES], of_alone[10];
    gt_classifier_apply(features, probabilities, &classifier, digits.images, TESTED);
    gt_classifier_apply(alone, of_alone, &classifier, digits.images + ROW * PIXELS, 1);
    for (int j = 0; j < GT_CLASSIFIER_FEATURES; j++) {
        assert_true(alone[j] >= 0);
        assert_true(fabs((double)alone[j] - (double)features[ROW * GT_CLASSIFIER_FEATURES + j]) <
                    1e-4);
    }
    for (int i = 0; i < TESTED; i++) {
        double sum = 0;
        for (int c = 0; c < 10; c++)
            sum += (double)probabilities[i * 10 + c];
        assert_true(fabs(sum - 1) < 1e-5);
    }
    for (int c = 0; c < 10; c++)
        assert_true(fabs((double)of_alone[c] - (double)probabilities[ROW * 10 + c]) < 1e-4);
    /* Either may be left out. */
    gt_real *rest = malloc(TESTED * 10 * sizeof *rest);
    gt_classifier_apply(NULL, rest, &classifier, digits.images, TESTED);
    assert_memory_equal(rest, probabilities, TESTED * 10 * sizeof *rest);
    free(rest);
    free(features);
    free(probabilities);
    gt_classifier_close(&classifier);
    gt_dataset_free(&digits);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_learns_and_repeats),
        cmocka_unit_test(features_and_probabilities_are_of_the_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
