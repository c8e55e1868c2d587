/* Minibatches: every image once a pass, an order for every pass, nothing remembered but where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "gantrain/data/batches.h"

/* Images of a few pixels that carry their own number in the first three. */
typedef struct numbered {
    gt_dataset dataset;
    gt_batches batches;
    gt_arena arena;
    gt_real *images; /* one minibatch */
} numbered;

static numbered *open_numbered(uint32_t count, int pixels, int batch, uint64_t seed) {
    numbered *data = calloc(1, sizeof *data);
    size_t bytes = (size_t)count * (size_t)pixels;
    uint8_t *memory = malloc(bytes);
    for (size_t i = 0; i < bytes; i++)
        memory[i] = (uint8_t)(i * 7 + i / 251);
    for (uint32_t i = 0; i < count; i++)
        for (int part = 0; part < 3; part++)
            memory[(size_t)i * (size_t)pixels + (size_t)part] = (uint8_t)(i >> (8 * part));
    data->dataset =
        (gt_dataset){.count = count, .pixels = pixels, .images = memory, .image_memory = memory};
    gt_batches_init(&data->batches, NULL, &data->arena, &data->dataset, batch, 0, 255, seed);
    assert_null(data->batches.order);
    assert_int_equal(gt_arena_reserve(&data->arena, NULL), GT_OK);
    gt_batches_init(&data->batches, NULL, &data->arena, &data->dataset, batch, 0, 255, seed);
    assert_non_null(data->batches.order);
    data->images = malloc((size_t)batch * (size_t)pixels * sizeof *data->images);
    return data;
}

static void close_numbered(numbered *data) {
    free(data->images);
    gt_arena_release(&data->arena);
    gt_dataset_free(&data->dataset);
    free(data);
}

/* Gets a minibatch and says which images are in it, having checked all their pixels. */
static void get_numbers(uint32_t *numbers, numbered *data, uint64_t minibatch) {
    int pixels = data->dataset.pixels;
    gt_batches_get(&data->batches, data->images, minibatch);
    for (int row = 0; row < data->batches.batch; row++) {
        const gt_real *image = data->images + (size_t)row * (size_t)pixels;
        uint32_t number =
            (uint32_t)image[0] + ((uint32_t)image[1] << 8) + ((uint32_t)image[2] << 16);
        assert_true(number < data->dataset.count);
        for (int i = 0; i < pixels; i++)
            assert_true(image[i] ==
                        data->dataset.images[(size_t)number * (size_t)pixels + (size_t)i]);
        numbers[row] = number;
    }
}

static void test_every_image_once_a_pass(void **state) {
    (void)state;
    enum { COUNT = 1000, BATCH = 7, PER_PASS = COUNT / BATCH, PASSES = 20 };
    numbered *data = open_numbered(COUNT, 3, BATCH, 5);
    assert_int_equal(data->batches.per_pass, PER_PASS);
    int seen_ever[COUNT] = {0};
    for (int pass = 0; pass < PASSES; pass++) {
        int seen[COUNT] = {0};
        for (int i = 0; i < PER_PASS; i++) {
            uint32_t numbers[BATCH];
            get_numbers(numbers, data, (uint64_t)(pass * PER_PASS + i));
            for (int row = 0; row < BATCH; row++) {
                assert_int_equal(seen[numbers[row]]++, 0);
                seen_ever[numbers[row]]++;
            }
        }
    }
    /* What a pass leaves over, other passes take. */
    for (int i = 0; i < COUNT; i++)
        assert_in_range(seen_ever[i], PASSES - 3, PASSES);
    close_numbered(data);
}

static void test_orders_differ(void **state) {
    (void)state;
    enum { COUNT = 500 };
    numbered *data = open_numbered(COUNT, 3, COUNT, 5), *other = open_numbered(COUNT, 3, COUNT, 6);
    uint32_t orders[4][COUNT];
    for (int pass = 0; pass < 3; pass++)
        get_numbers(orders[pass], data, (uint64_t)pass);
    get_numbers(orders[3], other, 0);
    for (int a = 0; a < 4; a++) {
        int in_place = 0;
        for (uint32_t i = 0; i < COUNT; i++)
            in_place += orders[a][i] == i;
        assert_in_range(in_place, 0, 8);
        for (int b = 0; b < a; b++) {
            int same = 0;
            for (int i = 0; i < COUNT; i++)
                same += orders[a][i] == orders[b][i];
            assert_in_range(same, 0, 8);
        }
    }
    close_numbered(data);
    close_numbered(other);
}

static void test_function_of_number(void **state) {
    (void)state;
    enum { BATCH = 8, TOTAL = 60 };
    numbered *data = open_numbered(100, 3, BATCH, 9);
    uint32_t in_order[TOTAL][BATCH], numbers[BATCH];
    for (int i = 0; i < TOTAL; i++)
        get_numbers(in_order[i], data, (uint64_t)i);
    for (int i = 0; i < TOTAL; i++) {
        int number = i * 37 % TOTAL;
        get_numbers(numbers, data, (uint64_t)number);
        assert_memory_equal(numbers, in_order[number], sizeof numbers);
    }
    close_numbered(data);

    /* And of nothing remembered: anew, beginning in the middle; far away works too. */
    data = open_numbered(100, 3, BATCH, 9);
    get_numbers(numbers, data, TOTAL - 1);
    assert_memory_equal(numbers, in_order[TOTAL - 1], sizeof numbers);
    get_numbers(numbers, data, (uint64_t)1 << 60);
    close_numbered(data);
}

/* Enough pixels that several threads gather. */
static void test_large_minibatch(void **state) {
    (void)state;
    enum { BATCH = 300 };
    numbered *data = open_numbered(70000, 784, BATCH, 1);
    uint32_t numbers[BATCH], largest = 0;
    for (uint64_t i = 0; i < 3; i++) {
        get_numbers(numbers, data, i);
        for (int row = 0; row < BATCH; row++)
            largest = numbers[row] > largest ? numbers[row] : largest;
    }
    assert_true(largest > 65535);
    close_numbered(data);
}

static void test_all_orders_equally_likely(void **state) {
    (void)state;
    enum { COUNT = 4, ORDERS = 24, PASSES = 24000 };
    numbered *data = open_numbered(COUNT, 3, COUNT, 3);
    int seen[256] = {0}, orders = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        uint32_t numbers[COUNT];
        get_numbers(numbers, data, (uint64_t)pass);
        seen[numbers[0] << 6 | numbers[1] << 4 | numbers[2] << 2 | numbers[3]]++;
    }
    for (int i = 0; i < 256; i++)
        if (seen[i] > 0) {
            orders++;
            assert_in_range(seen[i], PASSES / ORDERS - 160, PASSES / ORDERS + 160);
        }
    assert_int_equal(orders, ORDERS);
    close_numbered(data);
}

static void test_scale(void **state) {
    (void)state;
    uint8_t pixels[256];
    gt_real images[256];
    for (int i = 0; i < 256; i++)
        pixels[i] = (uint8_t)i;
    gt_dataset dataset = {.count = 1, .pixels = 256, .images = pixels};
    gt_arena arena = {0};
    gt_batches batches;
    const gt_real lows[] = {-1, 0}, highs[] = {1, 1};
    for (int i = 0; i < 2; i++) {
        arena.used = 0;
        gt_batches_init(&batches, NULL, &arena, &dataset, 1, lows[i], highs[i], 1);
        if (arena.memory == NULL) {
            assert_int_equal(gt_arena_reserve(&arena, NULL), GT_OK);
            gt_batches_init(&batches, NULL, &arena, &dataset, 1, lows[i], highs[i], 1);
        }
        gt_batches_get(&batches, images, 12);
        assert_true(images[0] == lows[i]);
        assert_true(images[255] == highs[i]);
        for (int pixel = 0; pixel < 256; pixel++) {
            double exact = (double)lows[i] + (double)(highs[i] - lows[i]) * pixel / 255;
            double wrong = (double)images[pixel] - exact;
            assert_true(wrong < 1e-7 && wrong > -1e-7);
        }
    }
    gt_arena_release(&arena);
}

/* The rows that one of several processes has are those of the whole minibatch. */
static void test_share_of_rows(void **state) {
    (void)state;
    enum { PIXELS = 20, BATCH = 10, FIRST = 3, ROWS = 4 };
    numbered *whole = open_numbered(40, PIXELS, BATCH, 5),
             *own = open_numbered(40, PIXELS, BATCH, 5);
    gt_batches_share(&own->batches, FIRST, ROWS);
    gt_batches_get(&whole->batches, whole->images, 6);
    gt_batches_get(&own->batches, own->images, 6);
    assert_memory_equal(own->images, whole->images + (size_t)FIRST * PIXELS,
                        (size_t)ROWS * PIXELS * sizeof(gt_real));
    assert_memory_equal(gt_batches_indices(&own->batches, 6),
                        gt_batches_indices(&whole->batches, 6), BATCH * sizeof(uint32_t));
    close_numbered(whole);
    close_numbered(own);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_image_once_a_pass),
        cmocka_unit_test(test_orders_differ),
        cmocka_unit_test(test_function_of_number),
        cmocka_unit_test(test_large_minibatch),
        cmocka_unit_test(test_all_orders_equally_likely),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_share_of_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
