/* exp, sigmoid and tanh without branches, so that the compiler turns a loop over them into vector
 * instructions; libm's are called one at a time and would cost more than a whole layer's product.
 *
 * In float: exp(x) = 2^n exp(r), n = round(x / log 2), |r| <= log(2) / 2, with log 2 split in two
 * (Cody and Waite 1980) and Taylor's series for exp(r); the error stays under 2 units in the last
 * place (tests/base/test_elementary.c). In double, for gradient checks, they are libm's. */
#ifndef GANTRAIN_BASE_ELEMENTARY_H
#define GANTRAIN_BASE_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "gantrain/base/real.h"

#ifdef GT_REAL_IS_DOUBLE

static inline gt_real real_exp(gt_real x) {
    return exp(x);
}

static inline gt_real real_tanh(gt_real x) {
    return tanh(x);
}

#else

static inline gt_real real_exp(gt_real x) {
    const float round_to_whole = 0x1.8p23f; /* adding it leaves no bits for a fraction */
    /* Beyond these a float's exp is as good as infinite or 0; written so that a NaN stays one. */
    x = x > 88.0f ? 88.0f : x;
    x = x < -87.0f ? -87.0f : x;
    float n = (x * 0x1.715476p+0f + round_to_whole) - round_to_whole;
    float r = (x - n * 0x1.62e4p-1f) - n * 0x1.7f7d1cp-20f;
    float series = 1 / 5040.0f;
    series = series * r + 1 / 720.0f;
    series = series * r + 1 / 120.0f;
    series = series * r + 1 / 24.0f;
    series = series * r + 1 / 6.0f;
    series = series * r + 1 / 2.0f;
    series = series * r * r + r + 1;
    float defined = n >= -126.0f ? n : -126.0f; /* a NaN has no whole part; r carries it on */
    int32_t exponent = ((int32_t)defined + 127) * (1 << 23); /* the bits of 2^n */
    float power;
    memcpy(&power, &exponent, sizeof power);
    return series * power;
}

/* (1 - e) / (1 + e) with e = exp(-2 |x|) loses all digits near 0, where Taylor's polynomial takes
 * over: its first missing term, 1382/155925 x^11, is below half a unit in the last place for |x| <
 * 1/4. */
static inline gt_real real_tanh(gt_real x) {
    float size = fabsf(x), square = x * x;
    float e = real_exp(-2 * size);
    float large = copysignf((1 - e) / (1 + e), x);
    float series = 62 / 2835.0f;
    series = series * square - 17 / 315.0f;
    series = series * square + 2 / 15.0f;
    series = series * square - 1 / 3.0f;
    float small = x + x * square * series;
    return size < 0.25f ? small : large;
}

#endif

/* 1 / (1 + exp(-x)) */
static inline gt_real real_sigmoid(gt_real x) {
    return 1 / (1 + real_exp(-x));
}

#endif
