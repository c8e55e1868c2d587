/* Signs of collapse, by the stats of an epoch. */
#include "gantrain/train/watch.h"

#include <inttypes.h>
#include <stdio.h>

/* A healthy generator's images differ about as much as real ones: over 20 epochs of MNIST the ratio
 * stays above 0.7 (examples/mnist.ini). What it shows is a generator whose images are nearly the
 * same. One that draws a single digit in many hands is at 0.65 (only ones) to 0.97, one that copies
 * two images in turn at 0.7: that takes the classes and the coverage of an evaluation. */
static const double equal_below = 0.01, alike_below = 0.35;
static const double sure_of_real = 0.95, sure_of_fake = 0.05;

gt_collapse gt_collapse_find(const gt_epoch_row *row) {
    if (row->diversity < equal_below)
        return GT_COLLAPSE_EQUAL;
    if (row->diversity < alike_below)
        return GT_COLLAPSE_ALIKE;
    if (row->stats.d_real > sure_of_real && row->stats.d_fake < sure_of_fake)
        return GT_COLLAPSE_LOST;
    return GT_COLLAPSE_NONE;
}

void gt_collapse_describe(char *text, size_t capacity, gt_collapse collapse,
                          const gt_epoch_row *row) {
    size_t used = (size_t)snprintf(text, capacity, "warning: epoch %" PRIu64 ": ", row->epoch);
    if (used >= capacity)
        return;
    text += used;
    capacity -= used;
    switch (collapse) {
    case GT_COLLAPSE_NONE:
        snprintf(text, capacity, "no sign of collapse");
        break;
    case GT_COLLAPSE_EQUAL:
        snprintf(text, capacity,
                 "all fake images are the same: the generator has collapsed; try a lower "
                 "generator.lr, or begin anew with another train.seed");
        break;
    case GT_COLLAPSE_ALIKE:
        snprintf(
            text, capacity,
            "fake images differ %.0f %% as much as real ones: the generator has collapsed "
            "(the Helvetica scenario); try a lower generator.lr, discriminator.r1_gamma = 1 or "
            "train.d_steps = 2",
            100 * row->diversity);
        break;
    case GT_COLLAPSE_LOST:
        snprintf(text, capacity,
                 "the discriminator is sure of all images (D(x) %.2f, D(G(z)) %.2f), so the "
                 "generator learns little; try a lower discriminator.lr, dropout in "
                 "discriminator.layers or discriminator.r1_gamma = 1",
                 row->stats.d_real, row->stats.d_fake);
        break;
    }
}
