/* What a config asks to be trained, opened: compute, data, model and their memory. Training and the
 * benchmark both begin with it. */
#ifndef GANTRAIN_TRAIN_SETUP_H
#define GANTRAIN_TRAIN_SETUP_H

#include "gantrain/base/processes.h"
#include "gantrain/config/config.h"
#include "gantrain/data/batches.h"
#include "gantrain/data/class_table.h"
#include "gantrain/model/model.h"

struct setup {
    /* The caller's, with the precision that "auto" came to, which may not change, and the range of
     * images that a run continues with although there are more now. */
    gt_config config;
    gt_compute compute;
    gt_dataset dataset;
    gt_batches batches;
    gt_model model;
    gt_arena arena;
    double *means; /* (pixels), in the arena: of the images, 0 black to 1 white */
    uint64_t steps_per_epoch;
    bool has_grown;          /* there are more images now than the run continues with */
    double seconds_per_step; /* by setup_measure_pace */
    int measured_steps;      /* 0: it was not measured */
    gt_class_table classes;  /* of a conditional model, else {0} */
    char *class_text;        /* owned: the same as text; NULL: none */

    /* For drawing, in the arena: latent vectors (batch, latent_dim), conditions (batch, classes)
     * and images (batch, pixels). */
    gt_real *z, *condition, *images;
};

/* What a run continues with, although the config does not say it; {0}: it is a new run. */
struct setup_past {
    bool has_checksum; /* and the images are those of that checksum */
    uint32_t checksum;
    bool flat_images; /* gt_model_settings.flat_images */
};

/* What the config does not say: about reading the data see gt_data_options. */
struct setup_data {
    gt_processes *processes; /* that train together, with this config; NULL: this one is alone */
    const char *cache;
    gt_data_observer observer;
    struct setup_past past;
};

/* Opens all of it. data may be NULL. Of several processes the first reads the images, and its
 * precision and choice of backends are those of all; they fail together, with one message. Fails
 * with GT_USAGE for what the config asks and cannot be, GT_FAILED for data and memory. setup_close
 * ends it, also after a failure. Initialise setup with {0}. */
gt_status setup_open(struct setup *setup, const gt_config *config, const struct setup_data *data,
                     gt_error *error);

/* Measures how long a step takes, by a few: about a tenth of a second, or one step if it takes
 * longer. Then the model and its memory are opened again, as setup_open left them, so no number of a
 * training depends on it; call it right after setup_open, with the same data. Several processes
 * measure nothing. */
gt_status setup_measure_pace(struct setup *setup, const struct setup_data *data, gt_error *error);

void setup_close(struct setup *setup);

/* The minibatches of the training images, in order. Borrows setup. */
gt_minibatch_source setup_minibatches(struct setup *setup);

/* Adds the shapes of the products of a step to shapes, and to *count how many they are, at most
 * GT_MODEL_PRODUCTS. Passes have the rows of a minibatch or, where a model makes one pass of
 * several, more. */
void setup_add_products(gt_gemm_shape *shapes, int *count, const struct setup *setup);

/* Gives all processes the backends that process 0 makes its products with. */
gt_status setup_copy_choices(struct setup *setup, gt_error *error);

/* Real images that a step takes. */
int setup_images_per_step(const struct setup *setup);

#endif
