/* Philox. The counter is (component block and purpose, example, step low, step high),
 * the key is the seed: every field has its own bits, so two addresses never meet.
 *
 * Rows are filled a fixed number of blocks at a time, in loops that the compiler vectorises;
 * numbers past the end of a row are thrown away. So every number comes from the same instructions,
 * whatever else is drawn. */
#include "gantrain/base/rng.h"

#include <Random123/philox.h>
#include <assert.h>
#include <string.h>
#include <tgmath.h>

#include "gantrain/base/elementary.h"
#include "gantrain/base/team.h"

enum {
    BLOCK_BITS = 24,
    LANES = 16,       /* blocks that are made at a time */
    STRIP = 4 * LANES /* and the numbers in them */
};

/* Fewer are not worth waking the team for. */
enum { PARALLEL_NUMBERS = 1024 };

static philox4x32_ctr_t random_block(gt_address address, uint32_t block) {
    philox4x32_ctr_t counter = {{block | (uint32_t)address.purpose << BLOCK_BITS, address.example,
                                 (uint32_t)address.step, (uint32_t)(address.step >> 32)}};
    philox4x32_key_t key = {{(uint32_t)address.seed, (uint32_t)(address.seed >> 32)}};
    return philox4x32(counter, key);
}

void gt_random_bits(uint32_t bits[4], gt_address address, uint32_t block) {
    assert(block >> BLOCK_BITS == 0);
    philox4x32_ctr_t words = random_block(address, block);
    for (int i = 0; i < 4; i++)
        bits[i] = words.v[i];
}

uint32_t gt_random_below(gt_address address, uint32_t index, uint32_t bound) {
    assert(bound >= 1 && index / 4 >> BLOCK_BITS == 0);
    uint32_t word = random_block(address, index / 4).v[index % 4];
    return (uint32_t)(((uint64_t)word * bound) >> 32);
}

/* 24 bits of a word as a number in (0, 1]: never 0, so that its logarithm is finite. */
static inline gt_real open_unit(uint32_t word) {
    return ((gt_real)(int32_t)(word >> 8) + (gt_real)0.5) * (gt_real)0x1p-24;
}

/* The arguments of a loop that fills rows. */
struct fill {
    gt_real *out;
    gt_address address;
    int columns;
    /* Makes a strip of numbers from as many words. */
    void (*transform)(gt_real numbers[STRIP], const uint32_t words[STRIP], const struct fill *fill);
    gt_real low, high; /* of uniform numbers */
};

/* Words of LANES blocks, one block after the other. */
static void make_words(uint32_t words[STRIP], gt_address address, uint32_t first_block) {
#pragma omp simd
    for (uint32_t lane = 0; lane < LANES; lane++) {
        philox4x32_ctr_t block = random_block(address, first_block + lane);
        for (int i = 0; i < 4; i++)
            words[4 * lane + i] = block.v[i];
    }
}

/* sqrt(-2 log u) (cos, sin)(2 pi v): two independent standard normals from two uniforms. */
static void make_normal(gt_real numbers[STRIP], const uint32_t words[STRIP],
                        const struct fill *fill) {
    (void)fill;
#pragma omp simd
    for (int i = 0; i < STRIP; i += 2) {
        gt_real radius = sqrt(-2 * real_log(open_unit(words[i])));
        gt_real cosine, sine;
        real_circle(&cosine, &sine, open_unit(words[i + 1]));
        numbers[i] = radius * cosine;
        numbers[i + 1] = radius * sine;
    }
}

static void make_uniform(gt_real numbers[STRIP], const uint32_t words[STRIP],
                         const struct fill *fill) {
    const gt_real low = fill->low, width = fill->high - fill->low;
#pragma omp simd
    for (int i = 0; i < STRIP; i++)
        numbers[i] = low + width * open_unit(words[i]);
}

static void fill_rows(void *context, long first_row, long last_row) {
    const struct fill *fill = context;
    uint32_t words[STRIP];
    gt_real numbers[STRIP];
    for (long row = first_row; row < last_row; row++) {
        gt_address address = fill->address;
        address.example += (uint32_t)row;
        gt_real *out = fill->out + row * fill->columns;
        for (int first = 0; first < fill->columns; first += STRIP) {
            int count = fill->columns - first < STRIP ? fill->columns - first : STRIP;
            make_words(words, address, (uint32_t)first / 4);
            fill->transform(numbers, words, fill);
            memcpy(out + first, numbers, (size_t)count * sizeof *out);
        }
    }
}

static void run(gt_team *team, struct fill *fill, int rows) {
    assert(fill->columns <= 4 << BLOCK_BITS);
    gt_team_run(team, fill_rows, fill, rows, 1, (long)rows * fill->columns > PARALLEL_NUMBERS);
}

void gt_random_normal(gt_real *out, gt_team *team, gt_address address, int rows, int columns) {
    run(team, &(struct fill){out, address, columns, make_normal, 0, 0}, rows);
}

void gt_random_uniform(gt_real *out, gt_team *team, gt_address address, gt_real low, gt_real high,
                       int rows, int columns) {
    run(team, &(struct fill){out, address, columns, make_uniform, low, high}, rows);
}
