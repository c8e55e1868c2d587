/* A block of the matrix of patches (nn/patches.h): gathered from images, and added to them. */
#ifndef GANTRAIN_NN_PATCH_BLOCK_H
#define GANTRAIN_NN_PATCH_BLOCK_H

#include "nn/patches.h"

struct patch_block {
    const struct patches *patches;
    long row;        /* of the matrix, the first one */
    int rows;        /* how many */
    int first, last; /* columns first to last - 1 */
    int stride;      /* numbers from one row of the block to the next */
};

/* Sets to (rows, last - first), gt_real or with `rounded` gt_bf16, from images (batch, image). */
void patch_block_gather(void *to, const gt_real *images, bool rounded,
                        const struct patch_block *block);

/* Adds from (rows, last - first) to the pixels of images (batch, image) that the patches cover. */
void patch_block_scatter(gt_real *images, const gt_real *from, const struct patch_block *block);

#endif
