/* Random numbers by address: Philox is Philox, every field of an address counts, a number does not
 * depend on what is drawn beside it, and the distributions are what they are called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "gantrain/base/rng.h"
#include "gantrain/base/team.h"

/* Known answers of philox4x32-10 from the Random123 distribution (kat_vectors), which also pin how
 * an address becomes a counter and a key: runs that were saved must go on with the same numbers. */
static void known_answers(void **state) {
    (void)state;
    const struct {
        gt_address address;
        uint32_t block;
        uint32_t bits[4];
    } known[] = {
        {{0, (gt_purpose)0, 0, 0}, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{UINT64_MAX, (gt_purpose)0xff, UINT64_MAX, UINT32_MAX},
         0xffffff,
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x299f31d0a4093822, (gt_purpose)0x24, 0x0370734413198a2e, 0x85a308d3},
         0x3f6a88,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t bits[4];
        gt_random_bits(bits, known[i].address, known[i].block);
        assert_memory_equal(bits, known[i].bits, sizeof bits);
    }
}

static void every_field_of_an_address_counts(void **state) {
    (void)state;
    const gt_address plain = {7, GT_PURPOSE_LATENT_D, 11, 13};
    gt_address addresses[8] = {plain, plain, plain, plain, plain, plain, plain, plain};
    addresses[1].seed ^= 1;
    addresses[2].seed ^= (uint64_t)1 << 63;
    addresses[3].purpose = GT_PURPOSE_LATENT_G;
    addresses[4].step ^= 1;
    addresses[5].step ^= (uint64_t)1 << 63;
    addresses[6].example ^= 1;
    addresses[7].example ^= (uint32_t)1 << 31;
    uint32_t bits[16][4];
    for (int i = 0; i < 16; i++)
        gt_random_bits(bits[i], addresses[i / 2], i % 2 == 0 ? 0 : (1u << 24) - 1);
    for (int i = 0; i < 16; i++)
        for (int k = 0; k < i; k++)
            assert_memory_not_equal(bits[i], bits[k], sizeof bits[i]);
}

static void whole_numbers_stay_below_their_bound(void **state) {
    (void)state;
    const gt_address address = {1, GT_PURPOSE_SHUFFLE, 0, 0};
    const uint32_t bounds[] = {1, 2, 3, 10, 1000, 1u << 31, UINT32_MAX};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        for (uint32_t index = 0; index < 1000; index++)
            assert_true(gt_random_below(address, index, bounds[i]) < bounds[i]);
    gt_random_below(address, (1u << 26) - 1, 10);

    enum { BOUND = 10, DRAWS = 100000 };
    int seen[BOUND] = {0}, seen_after[BOUND][BOUND] = {{0}};
    uint32_t before = 0;
    for (uint32_t index = 0; index < DRAWS; index++) {
        uint32_t number = gt_random_below(address, index, BOUND);
        seen[number]++;
        seen_after[before][number]++;
        before = number;
    }
    /* Five standard deviations of a binomial distribution: 95 and 31.5. */
    for (int i = 0; i < BOUND; i++) {
        assert_in_range(seen[i], DRAWS / BOUND - 475, DRAWS / BOUND + 475);
        for (int k = 0; k < BOUND; k++)
            assert_in_range(seen_after[i][k], DRAWS / BOUND / BOUND - 158,
                            DRAWS / BOUND / BOUND + 158);
    }
}

enum { ROWS = 2000, COLUMNS = 1001 };
static gt_real numbers[ROWS][COLUMNS];

/* The number that 24 bits of a word stand for; above 1/2 a float has no place for the last one. */
static double unit(uint32_t word) {
    return (double)(gt_real)(((word >> 8) + 0.5) / (1 << 24));
}

/* Numbers made many blocks at a time against Random123's blocks, one by one. The normals' error is
 * that of a logarithm, a root, a sine and two products. */
static void numbers_are_made_of_their_own_words(void **state) {
    (void)state;
    const gt_address address = {0x0123456789abcdef, GT_PURPOSE_LATENT_D, 0xfedcba9876543210, 77};
    enum { WIDE = 259 };
    static gt_real uniform[3][WIDE], normal[3][WIDE];
    gt_random_uniform(&uniform[0][0], NULL, address, 0, 1, 3, WIDE);
    gt_random_normal(&normal[0][0], NULL, address, 3, WIDE);
    for (uint32_t row = 0; row < 3; row++)
        for (uint32_t i = 0; i < WIDE; i++) {
            gt_address at = address;
            uint32_t bits[4];
            at.example += row;
            gt_random_bits(bits, at, i / 4);
            assert_true((double)uniform[row][i] == unit(bits[i % 4]));
            double radius = sqrt(-2 * log(unit(bits[i % 4 / 2 * 2])));
            double angle = 6.283185307179586 * unit(bits[i % 4 / 2 * 2 + 1]);
            double exact = radius * (i % 2 == 0 ? cos(angle) : sin(angle));
            assert_true(fabs((double)normal[row][i] - exact) <= 4e-7 * fabs(exact) + 1e-15);
        }
}

/* Mean, variance and fourth moment (in units of the variance squared). */
static void moments(double *mean, double *variance, double *kurtosis) {
    double n = (double)ROWS * COLUMNS, sums[3] = {0};
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < COLUMNS; i++)
            sums[0] += (double)numbers[row][i];
    *mean = sums[0] / n;
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < COLUMNS; i++) {
            double square = pow((double)numbers[row][i] - *mean, 2);
            sums[1] += square;
            sums[2] += square * square;
        }
    *variance = sums[1] / n;
    *kurtosis = sums[2] / n / *variance / *variance;
}

/* Of numbers next to each other in a row (down = 0) or in a column (down = 1). */
static double correlation_of_neighbours(int down) {
    double sum = 0, count = 0;
    for (int row = 0; row + down < ROWS; row++)
        for (int i = 0; i + !down < COLUMNS; i++, count++)
            sum += (double)numbers[row][i] * (double)numbers[row + down][i + !down];
    return sum / count;
}

/* Tolerances are five standard deviations of the estimates from two million numbers. */
static void normal_numbers_are_standard_normal(void **state) {
    (void)state;
    const gt_address address = {3, GT_PURPOSE_LATENT_D, 5, 0};
    gt_random_normal(&numbers[0][0], NULL, address, ROWS, COLUMNS);
    double mean, variance, kurtosis, n = (double)ROWS * COLUMNS;
    moments(&mean, &variance, &kurtosis);
    assert_true(fabs(mean) < 5 / sqrt(n));
    assert_true(fabs(variance - 1) < 5 * sqrt(2 / n));
    assert_true(fabs(kurtosis - 3) < 5 * sqrt(24 / n));
    assert_true(fabs(correlation_of_neighbours(0)) < 5 / sqrt(n));
    assert_true(fabs(correlation_of_neighbours(1)) < 5 / sqrt(n));
    int beyond_1 = 0, beyond_3 = 0;
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < COLUMNS; i++) {
            double size = fabs((double)numbers[row][i]);
            assert_true(size < 7);
            beyond_1 += size > 1;
            beyond_3 += size > 3;
        }
    assert_true(fabs(beyond_1 / n - 0.317310507862914) < 5 * sqrt(0.3173 * 0.6827 / n));
    assert_true(fabs(beyond_3 / n - 0.002699796063260) < 5 * sqrt(0.0027 / n));
}

static void uniform_numbers_fill_their_range_evenly(void **state) {
    (void)state;
    const gt_address address = {3, GT_PURPOSE_LATENT_G, 5, 0};
    const gt_real root_3 = (gt_real)1.7320508075688772;
    gt_random_uniform(&numbers[0][0], NULL, address, -root_3, root_3, ROWS, COLUMNS);
    double mean, variance, kurtosis, n = (double)ROWS * COLUMNS;
    moments(&mean, &variance, &kurtosis);
    assert_true(fabs(mean) < 5 / sqrt(n));
    assert_true(fabs(variance - 1) < 5 * sqrt(0.8 / n));
    assert_true(fabs(kurtosis - 1.8) < 0.01);
    assert_true(fabs(correlation_of_neighbours(0)) < 5 / sqrt(n));
    assert_true(fabs(correlation_of_neighbours(1)) < 5 / sqrt(n));
    gt_real lowest = 0, highest = 0;
    for (int row = 0; row < ROWS; row++)
        for (int i = 0; i < COLUMNS; i++) {
            lowest = numbers[row][i] < lowest ? numbers[row][i] : lowest;
            highest = numbers[row][i] > highest ? numbers[row][i] : highest;
        }
    assert_true(lowest > -root_3 && lowest < -root_3 + (gt_real)1e-3);
    assert_true(highest <= root_3 && highest > root_3 - (gt_real)1e-3);
}

typedef void (*filler)(gt_real *out, gt_team *team, gt_address address, int rows, int columns);

static void fill_uniform(gt_real *out, gt_team *team, gt_address address, int rows, int columns) {
    gt_random_uniform(out, team, address, 0, 1, rows, columns);
}

static const filler fillers[] = {gt_random_normal, fill_uniform};

/* Rows and columns drawn alone, in any shape, are the numbers drawn together. */
static void a_number_depends_on_its_address_alone(void **state) {
    (void)state;
    const int widths[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 63, 64, 65, 100, 127, 128, 130};
    for (int kind = 0; kind < 2; kind++) {
        const gt_address address = {9, GT_PURPOSE_LATENT_GRID, 2, 100};
        fillers[kind](&numbers[0][0], NULL, address, ROWS, COLUMNS);
        for (int row = 0; row < ROWS; row += 331)
            for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
                size_t bytes = (size_t)widths[i] * sizeof(gt_real);
                gt_address at = address;
                at.example += (uint32_t)row;
                gt_real alone[2 * 130];
                fillers[kind](alone, NULL, at, 2, widths[i]);
                assert_memory_equal(alone, numbers[row], bytes);
                assert_memory_equal(alone + widths[i], numbers[row + 1], bytes);
            }
    }
}

static void the_size_of_the_team_changes_no_number(void **state) {
    (void)state;
    static gt_real other[ROWS][COLUMNS];
    for (int kind = 0; kind < 2; kind++) {
        const gt_address address = {4, GT_PURPOSE_LATENT_SAMPLE, 0, 0};
        fillers[kind](&numbers[0][0], NULL, address, ROWS, COLUMNS);
        for (int threads = 2; threads <= 3; threads++) {
            gt_team *team = gt_team_open(threads);
            memset(other, 0, sizeof other);
            fillers[kind](&other[0][0], team, address, ROWS, COLUMNS);
            gt_team_close(team);
            assert_memory_equal(other, numbers, sizeof other);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(every_field_of_an_address_counts),
        cmocka_unit_test(numbers_are_made_of_their_own_words),
        cmocka_unit_test(whole_numbers_stay_below_their_bound),
        cmocka_unit_test(normal_numbers_are_standard_normal),
        cmocka_unit_test(uniform_numbers_fill_their_range_evenly),
        cmocka_unit_test(a_number_depends_on_its_address_alone),
        cmocka_unit_test(the_size_of_the_team_changes_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
