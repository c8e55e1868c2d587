/* Modes of stacked images, from the class of each channel. */
#include "gantrain/metrics/modes.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

void gt_modes_take(gt_modes *modes, const uint16_t *labels, const double *shares, int classes,
                   uint32_t count) {
    enum { COMBINATIONS = GT_MODES_CLASSES * GT_MODES_CLASSES * GT_MODES_CLASSES };
    uint32_t counts[COMBINATIONS] = {0};
    assert(classes >= 1 && classes <= GT_MODES_CLASSES);
    for (uint32_t i = 0; i < count; i++) {
        const uint16_t *label = labels + (size_t)i * GT_STACK_CHANNELS;
        counts[(label[0] * classes + label[1]) * classes + label[2]]++;
    }
    *modes = (gt_modes){0};
    for (int k = 0; k < classes * classes * classes; k++) {
        double p = (double)counts[k] / count;
        double q =
            shares[k / classes / classes] * shares[k / classes % classes] * shares[k % classes];
        modes->shown += counts[k] > 0;
        modes->divergence += counts[k] > 0 ? p * log(p / q) : 0;
    }
}
