/* Black and white pixels: by a threshold, or at random with the grey value as the probability of white.
 * Each minibatch draws them again; the same minibatch always draws the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/data/batches.h"

enum { IMAGES = 256, PIXELS = 40, BATCH = 32 };

/* Image i has pixels of the grey value i. */
typedef struct greys {
    uint8_t bytes[IMAGES * PIXELS];
    gt_dataset dataset;
    gt_batches batches;
    gt_arena arena;
    gt_real images[IMAGES * PIXELS], again[IMAGES * PIXELS], chances[IMAGES * PIXELS];
} greys;

static greys *open_greys(const char *binarize, gt_real low, gt_real high, uint64_t seed) {
    greys *data = calloc(1, sizeof *data);
    for (int i = 0; i < IMAGES; i++)
        memset(data->bytes + i * PIXELS, i, PIXELS);
    data->dataset = (gt_dataset){.count = IMAGES,
                                 .shape = {1, 5, 8},
                                 .pixels = PIXELS,
                                 .images = data->bytes,
                                 .binarize = gt_binarize_find(binarize)};
    for (int pass = 0; pass < 2; pass++) {
        gt_batches_init(&data->batches, NULL, &data->arena, &data->dataset, BATCH, low, high, seed);
        if (pass == 0)
            assert_int_equal(gt_arena_reserve(&data->arena, NULL), GT_OK);
    }
    return data;
}

static void close_greys(greys *data) {
    gt_arena_release(&data->arena);
    free(data);
}

static void the_names(void **state) {
    (void)state;
    for (int i = 0; gt_binarize_name(i) != NULL; i++)
        assert_int_equal(gt_binarize_find(gt_binarize_name(i)), i);
    assert_string_equal(gt_binarize_name(GT_BINARIZE_NONE), "none");
    assert_string_equal(gt_binarize_name(GT_BINARIZE_SAMPLE), "sample");
}

static void a_threshold_is_between_127_and_128(void **state) {
    (void)state;
    greys *data = open_greys("threshold", -1, 1, 1);
    for (uint64_t number = 0; number < IMAGES / BATCH; number++) {
        gt_batches_get(&data->batches, data->images, number);
        const uint32_t *indices = gt_batches_indices(&data->batches, number);
        for (int i = 0; i < BATCH * PIXELS; i++)
            assert_true(data->images[i] == (indices[i / PIXELS] >= 128 ? 1 : -1));
    }
    close_greys(data);
}

/* How often each grey value is white, over many passes. */
static void the_grey_value_is_the_probability(void **state) {
    (void)state;
    enum { PASSES = 400 };
    const double count = PASSES * PIXELS;
    greys *data = open_greys("sample", 0, 1, 2);
    double white[IMAGES] = {0}, worst = 0;
    for (uint64_t number = 0; number < PASSES * IMAGES / BATCH; number++) {
        gt_batches_get(&data->batches, data->images, number);
        const uint32_t *indices = gt_batches_indices(&data->batches, number);
        for (int i = 0; i < BATCH * PIXELS; i++) {
            assert_true(data->images[i] == 0 || data->images[i] == 1);
            white[indices[i / PIXELS]] += (double)data->images[i];
        }
    }
    assert_true(white[0] == 0 && white[255] == count);
    for (int grey = 1; grey < 255; grey++) {
        double p = grey / 255.0, deviation = sqrt(p * (1 - p) / count);
        worst = fmax(worst, fabs(white[grey] / count - p) / deviation);
    }
    assert_true(worst > 1 && worst < 4.5); /* 254 standard normals reach 3 */
    close_greys(data);
}

static void a_draw_is_a_function_of_seed_and_number(void **state) {
    (void)state;
    const size_t bytes = BATCH * PIXELS * sizeof(gt_real);
    greys *data = open_greys("sample", 0, 1, 3), *other = open_greys("sample", 0, 1, 4);
    gt_batches_get(&data->batches, data->images, 5);
    gt_batches_get(&data->batches, data->again, 6);
    assert_memory_not_equal(data->images, data->again, bytes);
    gt_batches_get(&data->batches, data->again, 5);
    assert_memory_equal(data->images, data->again, bytes);
    gt_batches_get(&other->batches, other->images, 5);
    assert_memory_not_equal(data->images, other->images, bytes);
    close_greys(data);
    close_greys(other);
}

/* Images by number, for evaluations: however they are cut into blocks. */
static void images_by_number(void **state) {
    (void)state;
    greys *data = open_greys("sample", 0, 1, 3);
    const gt_dataset *set = &data->dataset;
    gt_images_get(data->images, set, data->chances, 0, 1, 9, 0, IMAGES);
    for (uint32_t first = 0; first < IMAGES; first += 64)
        gt_images_get(data->again + first * PIXELS, set, data->chances, 0, 1, 9, first, 64);
    assert_memory_equal(data->images, data->again, sizeof data->images);
    data->dataset.binarize = GT_BINARIZE_NONE;
    gt_images_get(data->images, set, NULL, -1, 1, 9, 10, 2);
    for (int i = 0; i < 2 * PIXELS; i++)
        assert_true(fabs((double)data->images[i] - (2 * (10 + i / PIXELS) / 255.0 - 1)) < 1e-6);
    close_greys(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_names),
        cmocka_unit_test(a_threshold_is_between_127_and_128),
        cmocka_unit_test(the_grey_value_is_the_probability),
        cmocka_unit_test(a_draw_is_a_function_of_seed_and_number),
        cmocka_unit_test(images_by_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
