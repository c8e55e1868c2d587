/* Models: what can be trained. One table with a row per kind, as for layers (nn/layer.h).
 *
 * To every room above, a model is a deterministic function from a latent vector z (and a label) to
 * an image, and a step that improves it. A new kind is a file src/model/NAME.c that ends in its
 * row, and one line in the table of src/model/model.c. */
#ifndef GANTRAIN_MODEL_MODEL_H
#define GANTRAIN_MODEL_MODEL_H

#include "gantrain/model/condition.h"
#include "gantrain/model/discriminator.h"
#include "gantrain/model/encoder.h"
#include "gantrain/model/generator.h"
#include "gantrain/model/objective.h"
#include "gantrain/model/reconstruction.h"
#include "gantrain/base/processes.h"
#include "gantrain/model/stat.h"
#include "gantrain/nn/tensors.h"

enum {
    GT_MODEL_NETWORKS = 3,
    GT_MODEL_SECTIONS = 4,
    GT_MODEL_KEYS = 6,
    GT_MODEL_SECTION_KEYS = 2,
    GT_MODEL_TENSORS = 6
};

/* Most shapes of products in a step: passes may have two numbers of rows. */
enum { GT_MODEL_PRODUCTS = 2 * GT_MODEL_NETWORKS * GT_NETWORK_PRODUCTS };

/* The images to be modelled. */
typedef struct gt_image_spec {
    gt_shape shape;
    int classes;    /* labels are 0 to classes - 1; 0: no labels */
    uint32_t count; /* images in the training set */
    bool stacked;   /* they are stacks of grey images (data/stack.h) */
    bool points;    /* they are points of a distribution (data/distribution.h) */
    /* (classes): training images of each, of which one has some; borrowed. NULL: all alike. */
    const uint32_t *class_images;
} gt_image_spec;

/* All that shapes a model and its training; a kind reads what it needs. */
typedef struct gt_model_settings {
    const struct gt_model_kind *kind;
    gt_generator_settings generator;
    gt_discriminator_settings discriminator;
    gt_encoder_settings encoder;
    const gt_objective *objective;
    int batch;   /* the paper's m, of all processes together */
    int d_steps; /* the paper's k */
    /* The last of D's updates in a step and G's are made at once, each against the other as it was:
     * simultaneous gradient descent (Mescheder et al. 2018, arXiv 1801.04406, section 2). Else G's
     * comes after, as in Algorithm 1. */
    bool simultaneous;
    const gt_reconstruction *reconstruction;
    double kl_weight; /* of the KL divergence in a vae's loss; 1: the bound itself */
    struct {
        int components;
        bool is_spherical; /* a component has one variance for all pixels, else one for each */
        int factors;       /* directions in which its pixels vary together */
        double variance_floor;
    } mixture;
    struct {
        int steps, sample_steps; /* sample_steps 0: as steps */
        double rate, noise;
        int buffer; /* images; 0: none */
        double fresh;
    } ascent;
    bool codes_are_learned;
    double code_lr;   /* of learned codes, by the gradient of the loss of an image */
    bool conditional; /* all networks are told the class of each image (model/condition.h) */
    gt_condition_way condition; /* and how */
    /* Networks that take images take them as vectors, as gantrain did before layers knew images: a
     * batchnorm before the first product then has weights for each pixel. */
    bool flat_images;
    uint64_t seed;
} gt_model_settings;

/* A minibatch of real images, scaled to the model's low and high. */
typedef struct gt_minibatch {
    gt_real *images;         /* (rows, shape), the model's own buffer */
    const uint16_t *labels;  /* (rows); NULL: no labels */
    const uint32_t *indices; /* (rows): which images of the training set these are; may be NULL */
    /* (model->whole_batch): the same of the rows of all processes */
    const uint32_t *all_indices;
} gt_minibatch;

/* Where minibatches come from. */
typedef struct gt_minibatch_source {
    /* Fills minibatch->images with minibatch number `number`, and sets labels and indices, which
     * stay valid until the next call. */
    void (*get)(void *context, gt_minibatch *minibatch, uint64_t number);
    void *context;
} gt_minibatch_source;

/* A network under training. Both pointers lead into the kind's state. */
typedef struct gt_trained {
    const char *name; /* "generator": its config section and the prefix of its tensors */
    gt_network *network;
    gt_optimizer *optimizer;
    gt_init init;
    gt_purpose purpose;   /* of its initial weights */
    int rows;             /* most rows of a pass in training */
    int updates_per_step; /* the step number alone restores the optimizer's count of updates */
    bool generates;       /* generate needs it */
    bool generates_by_gradient; /* generate also carries gradients back to its input */
} gt_trained;

/* A tensor of a model that is not of a network: state that generating needs. */
typedef struct gt_model_tensor {
    const char *name; /* in checkpoints: "codes.mean" */
    int size;         /* numbers, or, of a matrix, columns */
    gt_real **values; /* in the kind's state; set by gt_model_carve */
    int rows;         /* of a matrix; 0: it is a vector */
} gt_model_tensor;

/* What a model is opened for: which of its networks get memory, and what kind. */
typedef enum gt_model_use {
    GT_MODEL_TRAIN,      /* all networks, with gradients and optimizers */
    GT_MODEL_GENERATE,   /* the networks that generate, forward only */
    GT_MODEL_JUDGE,      /* all networks, forward only */
    GT_MODEL_RECONSTRUCT /* all networks, with gradients at their inputs: reconstruct needs it */
} gt_model_use;

typedef struct gt_model {
    const struct gt_model_kind *kind;
    gt_model_use use;
    gt_image_spec spec;
    const gt_compute *compute; /* borrowed */
    /* Of several processes each has rows first_row to first_row + batch - 1 of every minibatch,
     * which has whole_batch. It finds the gradients of the mean loss of its own rows, and
     * gt_model_update and gt_model_step take the mean over all. */
    gt_processes *processes; /* borrowed; NULL: there is one, or the model is not for training */
    int batch;               /* rows of a minibatch that this process has */
    int whole_batch, first_row;
    int rows; /* most rows of a call of generate or judge; set by gt_model_carve */
    uint64_t seed;
    int classes;    /* that the model is told: spec.classes if it is conditional, else 0 */
    gt_shape input; /* of an image where a network takes it: spec.shape, or a vector */

    /* Set by the kind's parse. */
    gt_real low, high;     /* pixel values of black and white */
    const gt_prior *prior; /* of z */
    int latent_dim;        /* numbers in z */
    bool gives_odds;       /* judge sets log odds: the loss makes D's output a logit */
    int minibatches;       /* that a step asks its source for: a GAN's d_steps */
    int trained_count;
    gt_trained trained[GT_MODEL_NETWORKS];
    int tensor_count;
    gt_model_tensor tensors[GT_MODEL_TENSORS];

    const gt_stat *stats; /* the names of a step's numbers: gt_model_stats */
    bool left_off;        /* the last step was given up: see kind->step */
    bool uses_average;    /* the networks hold their averages: gt_model_use_average */
    void *state;          /* owned: (kind->state_size) bytes, the kind's own */
} gt_model;

/* A row of the table. */
typedef struct gt_model_kind {
    const char *name, *help;                 /* train.model = NAME */
    const char *sections[GT_MODEL_SECTIONS]; /* of the config that it reads, besides [train] */
    const char *keys[GT_MODEL_KEYS];         /* of [train] that it reads and others do not */
    /* SECTION.KEY of its sections, that others with the section do not read. */
    const char *section_keys[GT_MODEL_SECTION_KEYS];
    gt_stat stats[GT_MODEL_STATS]; /* one with a name for each number of a step */
    /* Names for the same numbers, where they depend on the settings; NULL: they do not. */
    const gt_stat *(*name_stats)(const gt_model_settings *settings);
    size_t state_size;

    /* Sets the model's fields above and shapes its networks. Allocates nothing. Fails with
     * GT_USAGE: the message begins with the section. */
    gt_status (*parse)(gt_model *model, const gt_model_settings *settings, gt_error *error);

    /* One step, to be made by gt_model_step. Sets stats, one number per row of kind->stats: of a
     * mean over rows, that of this process's own. Asks for minibatches step minibatches
     * to (step + 1) minibatches - 1. All noise is addressed by (seed, purpose, step, row). Changes
     * weights only through gt_model_update. Allocates nothing. Errors: none; what is not finite
     * shows in stats. One that takes long may give up once compute->stop is asked for: it then sets
     * model->left_off, as all processes do, and changes nothing that is kept. */
    void (*step)(double *stats, gt_model *model, const gt_minibatch_source *source, uint64_t step);

    /* Sets images (rows, shape) from z (rows, latent_dim) and, in a conditional model, condition
     * (rows, classes), else NULL: see model/condition.h. A row depends on its own z and condition
     * only. */
    void (*generate)(gt_real *images, gt_model *model, const gt_real *z, const gt_real *condition,
                     int rows);

    /* Optional, NULL if there is none: */

    /* Sets codes (rows, latent_dim), which the generator takes, from z (rows, latent_dim), by an
     * affine map. codes must not overlap z. NULL: the generator takes z itself. */
    void (*find_codes)(gt_real *codes, gt_model *model, const gt_real *z, int rows);

    /* Lays out memory besides that of the networks: once on a measuring arena, once more to
     * carve. */
    void (*carve)(gt_model *model, gt_arena *arena);

    /* Adjusts the initial weights. means (pixels): of the training images, 0 black to 1 white;
     * NULL: not known. */
    void (*init)(gt_model *model, const double *means);

    /* Recomputes what is derived from tensors, after they were set from outside. They may have no
     * memory yet. */
    void (*restored)(gt_model *model);

    /* Sets logits (rows): D's output for images (rows, shape), which is the log of the odds that
     * they are real where the model gives odds; condition as for generate. */
    void (*judge)(gt_real *logits, gt_model *model, const gt_real *images, const gt_real *condition,
                  int rows);

    /* Lower bounds of log p(x), which a model that has them gives for images (rows, shape): sets
     * bounds (rows), nats an image, from one draw of a latent vector for each, and adds each latent
     * component's part of the KL divergence, summed over rows, to kl (latent_dim). Pixels count as
     * 0 black to 1 white. The images are number `first` and so on: the address of the draws.
     * condition as for generate: then it is log p(x | class). */
    void (*bound)(double *bounds, double *kl, gt_model *model, const gt_real *images,
                  const gt_real *condition, uint64_t seed, uint32_t first, int rows);

    /* Sets log_likelihoods (rows) to log p(x) of the same, exactly or estimated from `draws` latent
     * vectors an image, of which the first is the one of bound. */
    bool likelihood_is_exact;
    void (*log_likelihood)(double *log_likelihoods, gt_model *model, const gt_real *images,
                           const gt_real *condition, uint64_t seed, uint32_t first, int draws,
                           int rows);

    /* Sets reconstructions (rows, shape): what the model makes of its own codes of images (rows,
     * shape); condition as for generate. Fails with GT_FAILED for a model that has no way to find
     * codes: the message begins with the
     * section of the config. */
    gt_status (*reconstruct)(gt_real *reconstructions, gt_model *model, const gt_real *images,
                             const gt_real *condition, int rows, gt_error *error);

    /* Writes what is specific to its training, for the summary: "d_steps 1, ...". */
    void (*describe)(char *text, size_t capacity, const gt_model *model);

    /* After a step whose stats are not finite: the name of the network that diverged, or what else
     * went wrong. */
    const char *(*diverged_part)(const gt_model *model);

    const char *remedy; /* what to do then; NULL: a lower learning rate */

    /* z is the noise of one sample, and no place among images: nothing lies between two of them. */
    bool lacks_latent_vector;

    /* A step goes over many minibatches: of several processes each takes all rows of some of
     * them. */
    bool takes_whole_minibatches;

    /* generate takes long, and leaves off once compute->stop is asked for: its images are then to
     * be dropped. */
    bool leaves_off;

    /* Training may end in images that are all alike, which is worth a warning: what to try. NULL:
     * it does not. */
    const char *against_collapse;

    /* Writes a warning about an epoch's mean stats, or "". */
    void (*warn)(char *text, size_t capacity, const gt_model *model, const double *stats);
} gt_model_kind;

extern const gt_model_kind gt_model_gan, gt_model_autoencoder, gt_model_vae, gt_model_mixture,
    gt_model_ascent, gt_model_codes;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL. */
const gt_model_kind *gt_model_kind_at(int index);
const gt_model_kind *gt_model_kind_find(const char *name);

/* How many stats a kind has. */
int gt_model_stat_count(const gt_model_kind *kind);

/* Their names under these settings: as many. */
const gt_stat *gt_model_stats(const gt_model_settings *settings);

/* Whether a model of that kind reads a key of the config. Where no kind names a section, or a key
 * of [train], all read it; a key that a kind names as SECTION.KEY is read by such kinds only. */
bool gt_model_kind_reads(const gt_model_kind *kind, const char *section, const char *key);

/* Opens a model: shapes its networks, and allocates its state. While it is open it must not be
 * moved in memory. Fails with GT_USAGE for settings, and
 * with GT_FAILED if there is no memory. gt_model_close ends it; after a failure there is nothing to
 * close. Borrows compute and what settings point to. */
gt_status gt_model_open(gt_model *model, const gt_model_settings *settings,
                        const gt_image_spec *spec, const gt_compute *compute, gt_model_use use,
                        gt_error *error);

/* One that is {0} is left alone. */
void gt_model_close(gt_model *model);

/* Lays out all memory: once on a measuring arena, once more on the reserved one.
 *
 *   rows  most rows of a call of generate or judge; in training at least the minibatch's */
void gt_model_carve(gt_model *model, gt_arena *arena, int rows);

/* Draws the initial weights of all networks (nn/init.h), and begins their averages.
 *
 *   means  (pixels): of the training images, 0 black to 1 white; NULL: not known */
void gt_model_init(gt_model *model, const double *means);

/* For a kind's parse: sets what a model has from a generator whose latent vectors are its own,
 * which becomes trained[0], trained by one minibatch a step. */
void gt_model_show_generator(gt_model *model, gt_generator *generator,
                             const gt_model_settings *settings);

/* For a kind's parse: fails with GT_USAGE if generator.prior is not normal, since the model "draws
 * ...", as `because` says. */
gt_status gt_model_need_normal_prior(const gt_model *model, const gt_model_settings *settings,
                                     const char *because, gt_error *error);

/* The class with that address, as frequent as among the training images of a conditional model. */
uint16_t gt_model_draw_class(const gt_model *model, gt_address address);

/* Sets condition (rows, model->classes) to classes drawn so: row r is example address.example +
 * r. */
void gt_model_draw_condition(gt_real *condition, const gt_model *model, gt_address address,
                             int rows);

/* Says which epoch begins, counting from 0: momentum may depend on it. */
void gt_model_begin_epoch(gt_model *model, uint64_t epoch);

/* Says after how many steps the schedules of rates and weights are at their end (nn/schedule.h). */
void gt_model_set_length(gt_model *model, uint64_t steps);

/* One step of the model's kind. Sets stats, whose means are over the rows of all processes. False:
 * compute->stop was asked for and the step given up; the model is as it was. */
bool gt_model_step(double *stats, gt_model *model, const gt_minibatch_source *source,
                   uint64_t step);

/* The share of a minibatch's rows that this process has: 1 if it is alone. */
double gt_model_share(const gt_model *model);

/* One update of a network from its gradients, which become their mean over the rows of all
 * processes. */
void gt_model_update(gt_model *model, gt_trained *trained);

/* Shows all tensors to the visitor: of each network as nn/tensors.h names them, then its average as
 * NAME.ema.LAYER.TENSOR if it keeps one; then those that are not of a network.
 *
 *   average  of a model that is not for training: show the average's names as well, with the memory
 *            of the weights, so that a visitor that restores ends up with the average
 *
 * Returns the first status that is not GT_OK. */
gt_status gt_model_visit(const gt_model *model, bool average, gt_tensor_visitor visitor,
                         void *context, gt_error *error);

/* Says that the tensors were set from outside, and that `step` steps have been made. */
void gt_model_restored(gt_model *model, uint64_t step);

/* Gives all processes the tensors that process 0 has after `step` steps. */
void gt_model_copy(gt_model *model, uint64_t step);

/* Exchanges the weights of all networks with their averages, for generating, and back. State, such
 * as batchnorm's running means, stays that of the last weights. */
void gt_model_use_average(gt_model *model, bool average);

/* From now on layers, optimizers and noise add their time to a profile (base/profile.h); NULL ends
 * that. Borrows profile. */
void gt_model_set_profile(gt_model *model, gt_profile *profile);

#endif
