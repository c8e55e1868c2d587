/* How many combinations of classes stacked images show, and how evenly: a set that was stacked from
 * ten classes has 1,000 (Metz et al. 2017, arXiv 1611.02163, section 3.3.1). */
#ifndef GANTRAIN_METRICS_MODES_H
#define GANTRAIN_METRICS_MODES_H

#include <stdint.h>

#include "gantrain/data/stack.h"

enum {
    GT_MODES_CLASSES = 10,   /* most classes */
    GT_MODES_SAMPLES = 25600 /* images that modes are counted in, as papers do */
};

typedef struct gt_modes {
    int shown; /* combinations that at least one image shows */
    double
        divergence; /* KL(p || q) in nats: p their shares among the images, q those in the data */
} gt_modes;

/* Counts the combinations of `count` images.
 *
 *   labels   (count, GT_STACK_CHANNELS)  the class of each channel, below classes
 *   shares   (classes)                   of the classes in the data, none 0, from which channels
 *                                        are drawn independently
 *   classes  at most GT_MODES_CLASSES */
void gt_modes_take(gt_modes *modes, const uint16_t *labels, const double *shares, int classes,
                   uint32_t count);

#endif
