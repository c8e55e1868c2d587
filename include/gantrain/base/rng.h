/* Counter-based random numbers: each is a pure function of its address; there is no state.
 *
 * An address is (seed, purpose, step, example, component). The generator is Philox4x32-10 of Salmon
 * et al., "Parallel random numbers: as easy as 1, 2, 3" (2011), from the Random123 library; the
 * seed is its key, the rest its counter. So there is nothing to save, and no number depends on how
 * often samples are drawn, how many threads run or how a batch is split. */
#ifndef GANTRAIN_BASE_RNG_H
#define GANTRAIN_BASE_RNG_H

#include <stdint.h>

#include "gantrain/base/real.h"
#include "gantrain/base/team.h"

/* What a number is for. A run can only be repeated if these values stay: never renumber, only
 * add. */
typedef enum gt_purpose {
    GT_PURPOSE_INIT_GENERATOR = 1,     /* initial weights: step = layer, example = row */
    GT_PURPOSE_INIT_DISCRIMINATOR = 2, /* the same */
    GT_PURPOSE_SHUFFLE = 3,            /* order of the images: step = pass over the data */
    GT_PURPOSE_LATENT_D = 4,           /* z of discriminator steps: step = discriminator update */
    GT_PURPOSE_LATENT_G = 5,           /* z of generator steps: step = generator update */
    GT_PURPOSE_LATENT_GRID = 6,        /* z of the sample grids of a run: step = 0 */
    GT_PURPOSE_LATENT_SAMPLE = 7,      /* z of `gantrain sample`: step = 0 */
    GT_PURPOSE_DIGITS = 8,             /* the built-in digits: example = image */
    GT_PURPOSE_PASS = 9,               /* noise inside layers: step = forward pass */
    GT_PURPOSE_INIT_ENCODER = 10,      /* as for the generator */
    GT_PURPOSE_CODES = 11,             /* codes: step = step, example = row or image */
    GT_PURPOSE_POSTERIOR = 12,         /* codes of a likelihood: step = image, example = draw */
    GT_PURPOSE_BINARIZE = 13,          /* pixels: step = minibatch, example = row */
    GT_PURPOSE_BINARIZE_TEST = 14,     /* pixels of an evaluation: example = image */
    GT_PURPOSE_MIXTURE = 15,           /* starts of a mixture: example = component */
    GT_PURPOSE_ASCENT_START = 22,      /* where an ascent starts: step = step, example = row */
    GT_PURPOSE_ASCENT_NOISE = 23,      /* of a step of it: step = that of all ascents */
    GT_PURPOSE_ASCENT_PLACE = 24,      /* in the buffer: step = step, example = row */
    GT_PURPOSE_ASCENT_BUFFER = 25,     /* what it holds at first: example = image */
    GT_PURPOSE_ASCENT_SAMPLE = 26,   /* noise of a sample's steps; the seed is its latent vector */
    GT_PURPOSE_STACK = 27,           /* stacked images: step = series, example = stack */
    GT_PURPOSE_CLASS_D = 30,         /* classes of fake images: as LATENT_D */
    GT_PURPOSE_CLASS_G = 31,         /* as LATENT_G */
    GT_PURPOSE_CLASS_GRID = 32,      /* as LATENT_GRID */
    GT_PURPOSE_CLASS_SAMPLE = 33,    /* as LATENT_SAMPLE */
    GT_PURPOSE_AUGMENT = 34,         /* changes of images: step = pass of D, example = row */
    GT_PURPOSE_POINTS = 40,          /* of a known distribution: example = point */
    GT_PURPOSE_INIT_CLASSIFIER = 20, /* of gantrain eval: as those above */
    GT_PURPOSE_PASS_CLASSIFIER = 21  /* the same */
} gt_purpose;

/* The address of a row of numbers; the component counts from 0 within the row. */
typedef struct gt_address {
    uint64_t seed;
    gt_purpose purpose;
    uint64_t step;
    uint32_t example;
} gt_address;

/* Sets bits to the four 32-bit words of block `block` (components 4 block to 4 block + 3).
 * block < 2^24. */
void gt_random_bits(uint32_t bits[4], gt_address address, uint32_t block);

/* A whole number in [0, bound), bound >= 1, without bias beyond 2^-32: component `index` of the
 * address, index < 2^26. */
uint32_t gt_random_below(gt_address address, uint32_t index, uint32_t bound);

/* Fills out (rows, columns), row r being example address.example + r.
 *
 *   normal   standard normal, by Box and Muller's transform of pairs of components
 *   uniform  in (low, high]; for the unit-variance prior low, high = -sqrt 3, sqrt 3
 *
 * Memory: borrows out. */
void gt_random_normal(gt_real *out, gt_team *team, gt_address address, int rows, int columns);
void gt_random_uniform(gt_real *out, gt_team *team, gt_address address, gt_real low, gt_real high,
                       int rows, int columns);

#endif
