/* Stacked images: three grey images of a set are the colour channels of one, so that a set of ten
 * classes has a thousand combinations (Metz et al. 2017, arXiv 1611.02163, section 3.3.1). */
#ifndef GANTRAIN_DATA_STACK_H
#define GANTRAIN_DATA_STACK_H

#include <stdint.h>

enum { GT_STACK_CHANNELS = 3 };

/* Sets chosen to the numbers of the images, below count, that stack number `example` of a series is
 * made of: a function of the seed, the series and the example alone. Series 0 is a stacked set. */
void gt_stack_choose(uint32_t chosen[GT_STACK_CHANNELS], uint64_t seed, uint64_t series,
                     uint32_t example, uint32_t count);

#endif
