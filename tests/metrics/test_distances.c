/* The walk over pairs against plain loops in double: every pair once, at sizes on both sides of a
 * block, for features, images and both together, far from the origin, for copies, and the same
 * whatever the team. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "metrics/vectors.h"
#include "compute.h"
#include "gantrain/base/team.h"

/* All distances of a walk. */
struct picture {
    const gt_vectors *queries, *references;
    gt_real *squared;    /* (queries, references) */
    unsigned char *seen; /* (queries, references): how often */
};

static void keep_rows(void *context, const gt_distances *block, long first, long last) {
    struct picture *picture = context;
    for (long row = first; row < last; row++)
        for (int i = 0; i < block->references; i++) {
            size_t place = (block->first_query + (size_t)row) * picture->references->count +
                           block->first_reference + (size_t)i;
            picture->squared[place] = block->squared[row * block->references + i];
            picture->seen[place]++;
        }
}

static gt_real *walk(const gt_vectors *queries, const gt_vectors *references) {
    size_t pairs = (size_t)queries->count * references->count;
    struct picture picture = {queries, references, calloc(pairs, sizeof(gt_real)),
                              calloc(pairs, 1)};
    gt_error error = {0};
    assert_int_equal(
        gt_distances_visit(&test_compute, queries, references, keep_rows, &picture, &error), GT_OK);
    for (size_t i = 0; i < pairs; i++)
        assert_int_equal(picture.seen[i], 1);
    free(picture.seen);
    return picture.squared;
}

/* `spread`: about the squared distance of a vector from the mean of all. */
static void check(gt_vectors queries, gt_vectors references, double spread) {
    gt_real *squared = walk(&queries, &references);
    for (uint32_t i = 0; i < queries.count; i++)
        for (uint32_t j = 0; j < references.count; j++) {
            double exact = plain_distance(&queries, i, &references, j);
            double got = (double)squared[(size_t)i * references.count + j];
            if (!(fabs(got - exact) <= 3e-6 * (spread + exact)) || got < 0)
                fail_msg("%u and %u of width %d: %.9g in place of %.9g", i, j, queries.width, got,
                         exact);
        }
    free(squared);
    free_vectors(&queries);
    free_vectors(&references);
}

static void every_pair_has_its_distance_at_awkward_sizes(void **state) {
    (void)state;
    const struct {
        uint32_t queries, references;
        int width;
    } sizes[] = {{1, 1, 1},    {1, 7, 3},    {7, 1, 784},     {31, 61, 17},
                 {2, 5000, 5}, {1100, 3, 2}, {1027, 2051, 3}, {13, 17, 65536}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint32_t queries = sizes[i].queries, references = sizes[i].references;
        int width = sizes[i].width;
        check(make_reals(1, queries, width, 0), make_reals(2, references, width, 0), width);
        if (i == 3) {
            check(make_bytes(1, queries, width), make_bytes(2, references, width), width);
            check(make_bytes(1, queries, width), make_reals(2, references, width, 0), width);
        }
    }
}

/* Wider than a block holds of either set, so that blocks are cut by width. */
static void wide_vectors_come_in_smaller_blocks(void **state) {
    (void)state;
    check(make_bytes(3, 3, 65536), make_bytes(4, 131, 65536), 65536 / 12.0);
}

/* Without a centre, |x|^2 = 1e4 per component would leave no digit of a distance of 2. */
static void an_offset_of_all_vectors_costs_no_digits(void **state) {
    (void)state;
    check(make_reals(1, 50, 11, 100), make_reals(2, 60, 11, 100), 11);
}

static void copies_are_at_zero(void **state) {
    (void)state;
    gt_vectors images = make_bytes(5, 300, 784);
    gt_real *squared = walk(&images, &images);
    for (uint32_t i = 0; i < images.count; i++) {
        assert_true((double)squared[(size_t)i * images.count + i] < 1e-4);
        assert_true(gt_distance_squared(&images, i, &images, i) == 0);
        assert_true(gt_distance_squared(&images, i, &images, 7) ==
                    gt_distance_squared(&images, 7, &images, i));
    }
    free(squared);
    free_vectors(&images);
}

static void the_same_walk_gives_the_same_numbers(void **state) {
    (void)state;
    gt_vectors queries = make_reals(1, 1100, 19, 0), references = make_bytes(2, 2100, 19);
    size_t size = (size_t)queries.count * references.count * sizeof(gt_real);
    gt_real *once = walk(&queries, &references), *twice = walk(&queries, &references);
    assert_memory_equal(once, twice, size);
    free(once);
    free(twice);
    free_vectors(&queries);
    free_vectors(&references);
}

static void ignore_rows(void *context, const gt_distances *block, long first, long last) {
    (void)context, (void)block, (void)first, (void)last;
}

static void what_cannot_be_compared_is_refused(void **state) {
    (void)state;
    const gt_real wrong[] = {NAN, INFINITY, -INFINITY, (gt_real)1e19};
    gt_vectors fine = make_reals(1, 40, 5, 0), spoilt = make_reals(2, 2100, 5, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ((gt_real *)spoilt.reals)[2099 * 5 + 3] = wrong[i];
        for (int side = 0; side < 2; side++) {
            gt_error error = {0};
            assert_int_equal(gt_distances_visit(&test_compute, side ? &fine : &spoilt,
                                                side ? &spoilt : &fine, ignore_rows, NULL, &error),
                             GT_FAILED);
            assert_non_null(strstr(error.message, "diverged"));
        }
    }
    free_vectors(&fine);
    free_vectors(&spoilt);
}

static int set_team_size(void **state) {
    use_threads(*(const int *)*state);
    return 0;
}

int main(void) {
    use_threads(1);
    int one = 1, three = 3;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(every_pair_has_its_distance_at_awkward_sizes,
                                                 set_team_size, NULL, &one),
        cmocka_unit_test_prestate_setup_teardown(every_pair_has_its_distance_at_awkward_sizes,
                                                 set_team_size, NULL, &three),
        cmocka_unit_test(wide_vectors_come_in_smaller_blocks),
        cmocka_unit_test(an_offset_of_all_vectors_costs_no_digits),
        cmocka_unit_test(copies_are_at_zero),
        cmocka_unit_test(the_same_walk_gives_the_same_numbers),
        cmocka_unit_test(what_cannot_be_compared_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
