/* Philox by address. The counter is (component block and purpose, example, step low, step high),
 * the key is the seed: every field has its own bits, so two addresses never meet. */
#include "gantrain/base/rng.h"

#include <Random123/philox.h>
#include <assert.h>
#include <tgmath.h>

#include "gantrain/base/threads.h"

enum { BLOCK_BITS = 24 };

/* Fewer are not worth waking the team for. */
enum { PARALLEL_NUMBERS = 1024 };

static philox4x32_ctr_t random_block(gt_address address, uint32_t block) {
    assert(block >> BLOCK_BITS == 0);
    philox4x32_ctr_t counter = {{block | (uint32_t)address.purpose << BLOCK_BITS, address.example,
                                 (uint32_t)address.step, (uint32_t)(address.step >> 32)}};
    philox4x32_key_t key = {{(uint32_t)address.seed, (uint32_t)(address.seed >> 32)}};
    return philox4x32(counter, key);
}

void gt_random_bits(uint32_t bits[4], gt_address address, uint32_t block) {
    philox4x32_ctr_t words = random_block(address, block);
    for (int i = 0; i < 4; i++)
        bits[i] = words.v[i];
}

uint32_t gt_random_below(gt_address address, uint32_t index, uint32_t bound) {
    assert(bound >= 1);
    uint32_t word = random_block(address, index / 4).v[index % 4];
    return (uint32_t)(((uint64_t)word * bound) >> 32);
}

/* 24 bits of a word as a number in (0, 1]: never 0, so that its logarithm is finite. */
static gt_real open_unit(uint32_t word) {
    return ((gt_real)(word >> 8) + (gt_real)0.5) * (gt_real)0x1p-24;
}

/* sqrt(-2 log u) (cos, sin)(2 pi v): two independent standard normals from two uniforms. */
static void box_muller(gt_real normals[2], uint32_t first, uint32_t second) {
    gt_real radius = sqrt(-2 * log(open_unit(first)));
    gt_real angle = (gt_real)6.283185307179586 * open_unit(second);
    normals[0] = radius * cos(angle);
    normals[1] = radius * sin(angle);
}

/* A block of numbers on its way to being filled. */
struct fill {
    gt_real *out;
    gt_address address;
    int columns;
    gt_real low, high;
};

static void fill_normal(void *context, long first_row, long last_row) {
    const struct fill *fill = context;
    for (long row = first_row; row < last_row; row++) {
        gt_address at = fill->address;
        at.example += (uint32_t)row;
        gt_real *out = fill->out + row * fill->columns;
        for (int first = 0; first < fill->columns; first += 4) {
            philox4x32_ctr_t words = random_block(at, (uint32_t)first / 4);
            gt_real normals[4];
            box_muller(normals, words.v[0], words.v[1]);
            box_muller(normals + 2, words.v[2], words.v[3]);
            for (int i = 0; i < 4 && first + i < fill->columns; i++)
                out[first + i] = normals[i];
        }
    }
}

static void fill_uniform(void *context, long first_row, long last_row) {
    const struct fill *fill = context;
    const gt_real width = fill->high - fill->low;
    for (long row = first_row; row < last_row; row++) {
        gt_address at = fill->address;
        at.example += (uint32_t)row;
        gt_real *out = fill->out + row * fill->columns;
        for (int first = 0; first < fill->columns; first += 4) {
            philox4x32_ctr_t words = random_block(at, (uint32_t)first / 4);
            for (int i = 0; i < 4 && first + i < fill->columns; i++)
                out[first + i] = fill->low + width * open_unit(words.v[i]);
        }
    }
}

void gt_random_normal(gt_real *out, gt_address address, int rows, int columns) {
    struct fill fill = {.out = out, .address = address, .columns = columns};
    gt_threads_for(fill_normal, &fill, rows, 1, (long)rows * columns > PARALLEL_NUMBERS);
}

void gt_random_uniform(gt_real *out, gt_address address, gt_real low, gt_real high, int rows,
                       int columns) {
    struct fill fill = {
        .out = out, .address = address, .columns = columns, .low = low, .high = high};
    gt_threads_for(fill_uniform, &fill, rows, 1, (long)rows * columns > PARALLEL_NUMBERS);
}
