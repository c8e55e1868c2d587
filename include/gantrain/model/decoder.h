/* A decoder: a generator that is trained to give images back from their codes. */
#ifndef GANTRAIN_MODEL_DECODER_H
#define GANTRAIN_MODEL_DECODER_H

#include "gantrain/model/generator.h"
#include "gantrain/model/reconstruction.h"

typedef struct gt_decoder {
    gt_generator generator;
    const gt_reconstruction *reconstruction;

    /* Memory, in the model's arena. Rows are those that it was carved for. */
    gt_real *output, *doutput; /* (rows, pixels): reconstructions, or their logits */
    double *losses;            /* (rows) */
} gt_decoder;

/* Shapes a decoder. Fails with GT_USAGE; the message begins with the section. Borrows the tables'
 * rows; allocates nothing. */
gt_status gt_decoder_parse(gt_decoder *decoder, const gt_generator_settings *settings,
                           const gt_reconstruction *reconstruction, gt_shape shape,
                           gt_error *error);

/* Takes the memory for passes of so many rows. */
void gt_decoder_carve(gt_decoder *decoder, gt_arena *arena, int rows);

/* Passes codes through the generator, and the gradient of the mean loss of an image back: sets the
 * generator's gradients, and dz.
 *
 *   dz      (rows, latent_dim)  set; NULL: not needed
 *   z       (rows, latent_dim)
 *   images  (rows, pixels)      what the codes are to become
 *
 * Returns the mean loss. */
double gt_decoder_learn(gt_real *dz, gt_decoder *decoder, const gt_real *z, const gt_real *images,
                        int rows, const gt_pass *pass);

/* The weight of a step's codes in the mean of all codes so far: an average over all of the first
 * hundred steps, and one that forgets from there on. */
double gt_decoder_code_share(uint64_t step);

/* Sets decoder->losses (rows) to the loss of each image; trains nothing. images as in
 * gt_reconstruction_losses; condition as in gt_pass. */
void gt_decoder_compare(gt_decoder *decoder, const gt_real *z, const gt_real *condition,
                        const gt_real *images, bool one_image, int rows);

/* Sets dz (rows, latent_dim) to the gradient of the mean loss of an image at the codes z, with
 * layers as they are when sampling; trains nothing. condition as in gt_pass. The generator must
 * have been carved for training, and have no gt_decoder_obstacle. */
void gt_decoder_find_code_gradient(gt_real *dz, gt_decoder *decoder, const gt_real *z,
                                   const gt_real *condition, const gt_real *images, int rows);

/* The first layer that keeps gt_decoder_find_code_gradient from working, since its backward pass
 * knows training only: dropout or batchnorm; NULL: none. */
const gt_layer *gt_decoder_obstacle(const gt_decoder *decoder);

/* What is to be added to a loss to make it -log p(x | z) of an image, nats, with pixels from 0
 * black to 1 white. */
double gt_decoder_constant(const gt_decoder *decoder);

#endif
