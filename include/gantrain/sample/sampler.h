/* Images from a checkpoint. */
#ifndef GANTRAIN_SAMPLE_SAMPLER_H
#define GANTRAIN_SAMPLE_SAMPLER_H

#include <stdint.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/error.h"
#include "gantrain/config/config.h"
#include "gantrain/data/class_table.h"
#include "gantrain/data/distribution.h"
#include "gantrain/model/model.h"

/* Images are always drawn this many at a time, since a matrix product may round differently at
 * another size, and image i must be the same image for every count. */
enum { GT_SAMPLER_BATCH = 64 };

/* In place of a class, for images of a conditional model: */
enum {
    GT_CLASS_DRAWN =
        -1, /* each image has a class of its own, as frequent as in the training images */
    GT_CLASS_EACH = -2 /* one image of every class in turn, all from the same latent vector */
};

/* A model taken from a checkpoint. */
typedef struct gt_sampler {
    gt_model model;
    gt_compute compute;                  /* owned; shares the team that it was opened with */
    gt_arena arena;                      /* owned */
    gt_shape shape;                      /* of an image */
    int pixels;                          /* gt_shape_size(shape) */
    const gt_distribution *distribution; /* its images are points of it; NULL: they are images */
    uint64_t epoch, step;                /* of the checkpoint */
    gt_config config;                    /* of the checkpoint; the model borrows nothing from it */
    uint32_t data_checksum;              /* of the images it was trained on */
    char checksum[16];                   /* of the checkpoint's file: its "crc32", eight digits */
    gt_class_table classes;              /* owned; of a conditional model, else {0} */
    int chosen_class;   /* of the images of a series: a class, or one of the above. Yours to set */
    gt_real *z;         /* (GT_SAMPLER_BATCH, latent_dim) */
    gt_real *condition; /* (GT_SAMPLER_BATCH, classes), of a conditional model */
    gt_real *images;    /* (GT_SAMPLER_BATCH, pixels) */
} gt_sampler;

/* Opens a checkpoint for drawing, with its averaged weights if it has any, unless `raw`.
 *
 *   use      GT_MODEL_GENERATE, GT_MODEL_JUDGE to ask for logits too, or GT_MODEL_RECONSTRUCT
 *   compute  lends its team. Products are always the native backend's in fp32, whatever the backend
 *            of compute, so that image i of a seed is the same image from every command, on any
 *            number of threads
 *
 * Errors as in gt_checkpoint_open. After a failure there is nothing to close. */
gt_status gt_sampler_open(gt_sampler *sampler, const gt_compute *compute, const char *path,
                          gt_model_use use, bool raw, gt_error *error);

void gt_sampler_close(gt_sampler *sampler);

/* Sets matrix (latent_dim, latent_dim) and offset (latent_dim) to the map by which the model's
 * generator gets its input from z: matrix z + offset. Returns false, and sets nothing, if it takes
 * z itself. */
bool gt_sampler_code_map(gt_real *matrix, gt_real *offset, gt_sampler *sampler);

/* Sets z (latent_dim) to the latent vector of image number `index` of a series, and condition
 * (classes) of a conditional model, whose condition is else NULL. */
typedef void (*gt_latent_source)(void *context, gt_real *z, gt_real *condition, uint32_t index);

/* Draws images number first to first + count - 1 of the series that `source` makes.
 *
 *   images  (count, height, width, channels)  set, bytes 0 to 255
 *   first   a multiple of GT_SAMPLER_BATCH */
void gt_sampler_draw_from(uint8_t *images, gt_sampler *sampler, gt_latent_source source,
                          void *context, uint32_t first, uint32_t count);

/* Sets z (latent_dim) to the latent vector of image number `index` that gt_sampler_draw draws. */
void gt_sampler_latent(gt_real *z, const gt_sampler *sampler, uint64_t seed, uint32_t index);

/* Sets condition (classes) to the mixture at `part` of the way from one class to another, 0 to 1;
 * NULL: there is nothing to set. */
void gt_sampler_mix(gt_real *condition, const gt_sampler *sampler, int from, int to, double part);

/* Fails with GT_USAGE if the model has no latent vector that could be changed. */
gt_status gt_sampler_check_latent(const gt_sampler *sampler, gt_error *error);

/* Fails with GT_USAGE if the model gives points, which make no image; path is for the message. */
gt_status gt_sampler_check_images(const gt_sampler *sampler, const char *path, gt_error *error);

/* The class of image number `index` that gt_sampler_draw draws, by sampler->chosen_class; -1 if the
 * model is not conditional. */
int gt_sampler_class(const gt_sampler *sampler, uint64_t seed, uint32_t index);

/* Sets condition (classes) to 1 at a class and 0 elsewhere; NULL: there is nothing to set. */
void gt_sampler_condition(gt_real *condition, const gt_sampler *sampler, int label);

/* Draws images number first to first + count - 1 of the endless series that belongs to seed; else
 * as gt_sampler_draw_from. */
void gt_sampler_draw(uint8_t *images, gt_sampler *sampler, uint64_t seed, uint32_t first,
                     uint32_t count);

/* Draws a block of the same series as numbers, as they are before they are rounded to bytes.
 *
 *   first  a multiple of GT_SAMPLER_BATCH
 *
 * Returns images (GT_SAMPLER_BATCH, shape), valid until something else is drawn; as long,
 * sampler->condition is that of these images. */
const gt_real *gt_sampler_draw_block(gt_sampler *sampler, uint64_t seed, uint32_t first);

/* Sets points (count, pixels) to the first ones of that series, of a model that gives points. Fails
 * with GT_STOPPED if the sampler's stop asks for it. */
gt_status gt_sampler_draw_points(gt_real *points, gt_sampler *sampler, uint64_t seed,
                                 uint32_t count, gt_error *error);

#endif
