/* Rounding to bfloat16 in integer arithmetic, which compilers turn into vector code. */
#include "gantrain/base/bf16.h"

#include <string.h>

void gt_bf16_round(gt_bf16 *to, const gt_real *from, long count) {
#pragma omp simd
    for (long i = 0; i < count; i++) {
        float number = (float)from[i];
        uint32_t bits;
        memcpy(&bits, &number, sizeof bits);
        /* Half of the last place that stays, less one bit unless that place is odd: ties to even.
         */
        uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
        uint32_t quiet_nan = bits >> 16 | 0x40;
        to[i] = (gt_bf16)((bits & 0x7fffffff) > 0x7f800000 ? quiet_nan : rounded);
    }
}
