/* exp, log, sigmoid, tanh, and the sine and cosine of whole turns, without branches, so that the
 * compiler vectorises a loop over them. libm's functions are called one number at a time and would
 * cost more than a whole layer's product.
 *
 * In float: exp(x) = 2^n exp(r), n = round(x / log 2), |r| <= log(2) / 2, with log 2 split in two
 * (Cody and Waite 1980) and Taylor's series for exp(r); log(x) = n log 2 + log(m), with the series
 * of the inverse hyperbolic tangent for log(m); sine and cosine by Taylor's series over an eighth
 * of a turn to either side. Errors stay under 2 units in the last place (3 for sigmoid and tanh;
 * tests/base/test_elementary.c). In double, for gradient checks, they are libm's. */
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

static inline gt_real real_log(gt_real x) {
    return log(x);
}

static inline gt_real real_tanh(gt_real x) {
    return tanh(x);
}

static inline void real_circle(gt_real *cosine, gt_real *sine, gt_real turns) {
    *cosine = cos(6.283185307179586 * turns);
    *sine = sin(6.283185307179586 * turns);
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

/* x must be positive and normal; the result is otherwise meaningless. x = 2^n m with m from
 * sqrt(1/2) to sqrt(2). With f = m - 1, which is exact, and s = f / (2 + f):
 * log(1 + f) = 2 atanh(s) = 2 s + s r, where 2 s = f - s f. */
static inline gt_real real_log(gt_real x) {
    const int32_t root = 0x3f3504f3; /* the bits of sqrt(1/2) */
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    int32_t exponent = (bits - root) >> 23;
    bits -= exponent * (1 << 23);
    float m, n = (float)exponent;
    memcpy(&m, &bits, sizeof m);
    float f = m - 1, s = f / (2 + f), square = s * s;
    float series = 2 / 9.0f;
    series = series * square + 2 / 7.0f;
    series = series * square + 2 / 5.0f;
    series = series * square + 2 / 3.0f;
    return n * 0x1.62e4p-1f + (f - (s * (f - square * series) - n * 0x1.7f7d1cp-20f));
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

/* (cos, sin)(2 pi turns), for fewer than 2^20 turns. The remainder after whole quarter turns is
 * exact, so large arguments lose no digits. */
static inline void real_circle(gt_real *cosine, gt_real *sine, gt_real turns) {
    const float round_to_whole = 0x1.8p23f;
    float quarters = (turns * 4 + round_to_whole) - round_to_whole;
    float t = turns - quarters * 0.25f, square = t * t;
    /* (2 pi)^k / k!, and 2 pi in two parts. */
    float odd = 42.0586939f;
    odd = odd * square - 76.7058598f;
    odd = odd * square + 81.6052493f;
    odd = odd * square - 41.3417022f;
    float s = t * 6.28318548f + (t * square * odd - t * 1.74845553e-7f);
    float even = -26.4262568f;
    even = even * square + 60.2446414f;
    even = even * square - 85.4568172f;
    even = even * square + 64.9393940f;
    even = even * square - 19.7392088f;
    float c = even * square + 1;
    int32_t quarter = (int32_t)quarters;
    float along = quarter & 1 ? s : c, across = quarter & 1 ? c : s;
    *cosine = (quarter + 1) & 2 ? -along : along;
    *sine = quarter & 2 ? -across : across;
}

#endif

/* 1 / (1 + exp(-x)) */
static inline gt_real real_sigmoid(gt_real x) {
    return 1 / (1 + real_exp(-x));
}

#endif
