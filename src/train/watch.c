/* Signs of collapse, by the diversity of an epoch's images. */
#include "gantrain/train/watch.h"

#include <stdio.h>

/* A healthy generator's images differ about as much as real ones: over 20 epochs of MNIST the ratio
 * stays above 0.7 (examples/mnist.ini). What it shows is a generator whose images are nearly the
 * same. One that draws a single digit in many hands is at 0.65 (only ones) to 0.97, one that copies
 * two images in turn at 0.7: that takes the classes and the coverage of an evaluation. */
static const double equal_below = 0.01, alike_below = 0.35;

gt_collapse gt_collapse_find(double diversity) {
    if (diversity < equal_below)
        return GT_COLLAPSE_EQUAL;
    return diversity < alike_below ? GT_COLLAPSE_ALIKE : GT_COLLAPSE_NONE;
}

void gt_collapse_describe(char *text, size_t capacity, gt_collapse collapse, double diversity,
                          const char *remedy) {
    if (collapse == GT_COLLAPSE_EQUAL)
        snprintf(text, capacity,
                 "all fake images are the same: the model has collapsed; try %s, or begin again "
                 "with another train.seed",
                 remedy);
    else
        snprintf(text, capacity,
                 "fake images differ %.0f %% as much as real ones: the model has collapsed (the "
                 "Helvetica scenario); try %s",
                 100 * diversity, remedy);
}
