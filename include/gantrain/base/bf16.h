/* bfloat16: the upper half of a float, 8 bits of exponent and 7 of fraction. */
#ifndef GANTRAIN_BASE_BF16_H
#define GANTRAIN_BASE_BF16_H

#include <stdint.h>

#include "gantrain/base/real.h"

typedef uint16_t gt_bf16;

/* Rounds `count` numbers to the nearest bfloat16, ties to even; a NaN stays one. */
void gt_bf16_round(gt_bf16 *to, const gt_real *from, long count);

#endif
