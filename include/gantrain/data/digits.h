/* Built-in labelled digits: strokes drawn with random shear, scale, shift and thickness, so that
 * tests and first tries need no file. */
#ifndef GANTRAIN_DATA_DIGITS_H
#define GANTRAIN_DATA_DIGITS_H

#include <stdint.h>

#include "gantrain/base/team.h"

enum { GT_DIGIT_SIDE = 28, GT_DIGIT_PIXELS = GT_DIGIT_SIDE * GT_DIGIT_SIDE };

/* Draws digits number first to first + count - 1 of the endless series that belongs to seed.
 *
 *   images  (count, 28, 28)  set; 0 background, 255 ink, anti-aliased
 *   labels  (count)          set to 0 to 9, all equally likely, in random order
 *
 * Image i is a function of (seed, first + i) alone. Memory: borrows both. */
void gt_digits_draw(uint8_t *images, uint16_t *labels, gt_team *team, uint64_t seed, uint32_t first,
                    uint32_t count);

#endif
