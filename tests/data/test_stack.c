/* Stacked sets: each channel of a stack is the image of the set that its address chooses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"

#include "gantrain/data/dataset.h"
#include "gantrain/data/stack.h"

enum { IMAGES = 40 };

static void open_digits(gt_dataset *dataset, bool stack) {
    gt_error error = {0};
    const gt_data_options options = {
        .images = GT_BUILTIN_DIGITS, .range = {5, 5 + IMAGES}, .seed = 3, .stack = stack};
    if (gt_dataset_open(dataset, NULL, &options, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static void channels_are_the_images_that_are_chosen(void **state) {
    (void)state;
    gt_dataset digits, stacks;
    open_digits(&digits, false);
    open_digits(&stacks, true);
    assert_int_equal(stacks.count, IMAGES);
    assert_int_equal(stacks.shape.channels, 3);
    assert_int_equal(stacks.pixels, 3 * digits.pixels);
    assert_true(stacks.stacked && !digits.stacked);
    assert_null(stacks.labels);
    for (uint32_t i = 0; i < IMAGES; i++) {
        uint32_t chosen[GT_STACK_CHANNELS];
        gt_stack_choose(chosen, 3, 0, i, IMAGES);
        for (int c = 0; c < 3; c++)
            for (int k = 0; k < digits.pixels; k++)
                assert_int_equal(
                    stacks.images[(size_t)i * (size_t)stacks.pixels + (size_t)(3 * k + c)],
                    digits.images[chosen[c] * (size_t)digits.pixels + (size_t)k]);
    }
    gt_dataset_free(&digits);
    gt_dataset_free(&stacks);
}

/* All images are drawn about equally often, channels independently, series apart. */
static void choices_are_even_and_independent(void **state) {
    (void)state;
    enum { STACKS = 30000, KINDS = 3 };
    int counts[KINDS * KINDS * KINDS] = {0}, same = 0;
    for (uint32_t i = 0; i < STACKS; i++) {
        uint32_t chosen[GT_STACK_CHANNELS], other[GT_STACK_CHANNELS];
        gt_stack_choose(chosen, 7, 0, i, KINDS);
        gt_stack_choose(other, 7, 1, i, KINDS);
        counts[(chosen[0] * KINDS + chosen[1]) * KINDS + chosen[2]]++;
        same += chosen[0] == other[0];
    }
    for (int k = 0; k < KINDS * KINDS * KINDS; k++)
        assert_in_range(counts[k], STACKS / 27 - 170, STACKS / 27 + 170); /* five deviations */
    assert_in_range(same, STACKS / 3 - 410, STACKS / 3 + 410);
}

static void images_in_colour_are_refused(void **state) {
    (void)state;
    gt_dataset dataset;
    gt_error error = {0};
    const gt_data_options options = {
        .images = GT_BUILTIN_DIGITS, .range = {0, IMAGES}, .channels = 3, .stack = true};
    assert_int_equal(gt_dataset_open(&dataset, NULL, &options, &error), GT_USAGE);
    assert_contains(error.message, "builtin:digits has images in colour");
    assert_null(dataset.images);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channels_are_the_images_that_are_chosen),
        cmocka_unit_test(choices_are_even_and_independent),
        cmocka_unit_test(images_in_colour_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
