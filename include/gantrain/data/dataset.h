/* The images a network is trained on, with their labels if there are any.
 *
 * Pixels stay bytes in memory (60,000 MNIST images are 47 MB) and become numbers a minibatch at a
 * time. */
#ifndef GANTRAIN_DATA_DATASET_H
#define GANTRAIN_DATA_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/base/shape.h"
#include "gantrain/base/team.h"

#define GT_BUILTIN_DIGITS "builtin:digits"

enum { GT_CLASSES_MOST = 1000 };

/* Which part of a data source: images first to last - 1; last = 0 means to the end. */
typedef struct gt_range {
    uint64_t first, last;
} gt_range;

typedef struct gt_dataset {
    uint32_t count;         /* images, at least 1 */
    gt_shape shape;         /* of an image: 1 channel, grey, or 3, red-green-blue */
    int pixels;             /* gt_shape_size(shape): bytes per image, at most 2^16 */
    const uint8_t *images;  /* (count, pixels), rows of pixels from the top, channels fastest */
    const uint16_t *labels; /* (count), below GT_CLASSES_MOST; or NULL */
    double mean;            /* of all pixels, 0 to 255 */
    uint32_t checksum;      /* CRC-32 of the images, by which a resumed run knows its data */
    uint8_t *image_memory;  /* owned: what images and labels point into */
    uint16_t *label_memory;
} gt_dataset;

/* Opens a source of images.
 *
 *   team     draws the built-in digits; NULL: the caller alone
 *   images   path of an IDX or NPY file (n, height, width) or (n, height, width, 3), told apart by
 *            content; or "builtin:digits", which draws the images `range` asks for (60,000 without
 * one, at most 2^20) and their labels labels   path of an IDX file (n), or NULL or "" for none;
 * must have as many as the images file before the range is taken; the built-in digits have their
 * own and take none seed     of the built-in digits
 *
 * Fails, in one line that begins with the path, for what gt_idx_read or gt_npy_read refuses,
 * another rank, images of more than 65,536 bytes each, labels that do not match (both counts are
 * named), a range that is empty or reaches past the end (the count is named). Memory: *dataset owns
 * its pixels, gt_dataset_free. After a failure *dataset is {0}. */
gt_status gt_dataset_open(gt_dataset *dataset, gt_team *team, const char *images,
                          const char *labels, gt_range range, uint64_t seed, gt_error *error);

/* Makes part the images of a range of whole, which must outlive it: part owns nothing. Mean and
 * checksum are those of the part. Fails as gt_dataset_open does for a range; name is for messages.
 * After a failure *part is {0}. */
gt_status gt_dataset_part(gt_dataset *part, const gt_dataset *whole, gt_range range,
                          const char *name, gt_error *error);

/* Sets marginals (pixels) to the mean of every pixel over the images, 0 for black to 1 for white.
 */
void gt_dataset_marginals(double *marginals, const gt_dataset *dataset);

void gt_dataset_free(gt_dataset *dataset);

#endif
