/* The digits are digits: a function of seed and number alone, varied, centred, and told apart by a
 * classifier as simple as can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "gantrain/data/digits.h"

enum { COUNT = 6000, DIGITS = 10 };

static uint8_t images[COUNT][GT_DIGIT_PIXELS];
static uint16_t labels[COUNT];

static int draw_all(void **state) {
    (void)state;
    gt_digits_draw(images[0], labels, NULL, 1, 0, COUNT);
    return 0;
}

/* Also that threads change nothing: one image at a time is drawn by one thread. */
static void test_function_of_seed_and_number(void **state) {
    (void)state;
    for (uint32_t number = 0; number < 200; number++) {
        uint8_t image[GT_DIGIT_PIXELS];
        uint16_t label;
        gt_digits_draw(image, &label, NULL, 1, number, 1);
        assert_memory_equal(image, images[number], sizeof image);
        assert_int_equal(label, labels[number]);
    }
    static uint8_t part[300][GT_DIGIT_PIXELS];
    static uint16_t part_labels[300];
    gt_digits_draw(part[0], part_labels, NULL, 1, 100, 300);
    assert_memory_equal(part, images[100], sizeof part);
    assert_memory_equal(part_labels, labels + 100, sizeof part_labels);
}

static void test_seeds_differ(void **state) {
    (void)state;
    static uint8_t others[500][GT_DIGIT_PIXELS];
    static uint16_t other_labels[500];
    gt_digits_draw(others[0], other_labels, NULL, 2, 0, 500);
    int same_labels = 0;
    for (int i = 0; i < 500; i++) {
        assert_memory_not_equal(others[i], images[i], GT_DIGIT_PIXELS);
        same_labels += other_labels[i] == labels[i];
    }
    assert_in_range(same_labels, 20, 90);
}

static void test_labels_equally_likely_in_random_order(void **state) {
    (void)state;
    int counts[DIGITS] = {0}, repeats = 0;
    for (int i = 0; i < COUNT; i++) {
        assert_in_range(labels[i], 0, 9);
        counts[labels[i]]++;
        repeats += i > 0 && labels[i] == labels[i - 1];
    }
    for (int digit = 0; digit < DIGITS; digit++)
        assert_in_range(counts[digit], 500, 700);
    assert_in_range(repeats, 500, 700);
}

/* White on black, about 20 pixels high, near the centre, clear of the border, smooth-edged. */
static void test_look(void **state) {
    (void)state;
    double height_sum = 0;
    for (int i = 0; i < COUNT; i++) {
        int top = GT_DIGIT_SIDE, bottom = -1, left = GT_DIGIT_SIDE, right = -1;
        int full = 0, between = 0;
        for (int row = 0; row < GT_DIGIT_SIDE; row++)
            for (int column = 0; column < GT_DIGIT_SIDE; column++) {
                int ink = images[i][row * GT_DIGIT_SIDE + column];
                full += ink == 255;
                between += ink > 0 && ink < 255;
                if (ink < 128)
                    continue;
                top = row < top ? row : top;
                bottom = row;
                left = column < left ? column : left;
                right = column > right ? column : right;
            }
        assert_in_range(bottom + 1 - top, 14, 24);
        assert_true(left >= 1 && right <= 26 && top >= 1 && bottom <= 26);
        assert_in_range(left + right, 27 - 6, 27 + 6);
        assert_in_range(top + bottom, 27 - 6, 27 + 6);
        assert_true(full > 10 && between > 20);
        height_sum += bottom + 1 - top;
    }
    double height = height_sum / COUNT;
    assert_true(height > 18.5 && height < 21.5);
}

static int compare_images(const void *a, const void *b) {
    return memcmp(a, b, GT_DIGIT_PIXELS);
}

static void test_all_different(void **state) {
    (void)state;
    static uint8_t sorted[COUNT][GT_DIGIT_PIXELS];
    memcpy(sorted, images, sizeof sorted);
    qsort(sorted, COUNT, GT_DIGIT_PIXELS, compare_images);
    for (int i = 1; i < COUNT; i++)
        assert_memory_not_equal(sorted[i - 1], sorted[i], GT_DIGIT_PIXELS);
}

static long distance(const uint8_t *a, const uint8_t *b) {
    long sum = 0;
    for (int i = 0; i < GT_DIGIT_PIXELS; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

/* The nearest of 5,000 neighbours has the right label for nearly all of the rest, of every digit.
 */
static void test_told_apart(void **state) {
    (void)state;
    enum { KNOWN = 5000 };
    int wrong[DIGITS] = {0}, asked[DIGITS] = {0};
    for (int i = KNOWN; i < COUNT; i++) {
        int nearest = 0;
        long nearest_distance = distance(images[i], images[0]);
        for (int j = 1; j < KNOWN; j++) {
            long to = distance(images[i], images[j]);
            if (to < nearest_distance) {
                nearest_distance = to;
                nearest = j;
            }
        }
        asked[labels[i]]++;
        wrong[labels[i]] += labels[nearest] != labels[i];
    }
    for (int digit = 0; digit < DIGITS; digit++) {
        assert_true(asked[digit] > 50);
        assert_true(wrong[digit] * 20 <= asked[digit]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_function_of_seed_and_number),
        cmocka_unit_test(test_seeds_differ),
        cmocka_unit_test(test_labels_equally_likely_in_random_order),
        cmocka_unit_test(test_look),
        cmocka_unit_test(test_all_different),
        cmocka_unit_test(test_told_apart),
    };
    return cmocka_run_group_tests(tests, draw_all, NULL);
}
