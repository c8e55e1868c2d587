/* The table of config keys: the one place where a key, its default, its bounds and its help are
 * written. */
#include <stdio.h>
#include <string.h>

#include "gantrain/config/config.h"
#include "gantrain/metrics/scores.h"

/* The names of the tables that choices are made from. */
#define NAMES(function, table_row, row_type)                                                       \
    static const char *function(int index) {                                                       \
        const row_type *row = table_row(index);                                                    \
        return row != NULL ? row->name : NULL;                                                     \
    }

NAMES(prior_name, gt_prior_at, gt_prior)
NAMES(output_name, gt_output_at, gt_output)
NAMES(optimizer_name, gt_optimizer_kind_at, gt_optimizer_kind)
NAMES(objective_name, gt_objective_at, gt_objective)
NAMES(model_name, gt_model_kind_at, gt_model_kind)

static const char *output_bias_name(int index) {
    static const char *const names[] = {"zero", "marginals"};
    return index < 2 ? names[index] : NULL;
}

static const char *updates_name(int index) {
    static const char *const names[] = {"alternating", "simultaneous"};
    return index < 2 ? names[index] : NULL;
}

#define AT(field) offsetof(gt_config, field)

/* Both networks have initial weights and an optimizer of their own, with the same keys. */
#define LEARNING_KEYS(network)                                                                     \
    {.section = #network,                                                                          \
     .name = "init",                                                                               \
     .type = GT_CONFIG_INIT,                                                                       \
     .offset = AT(network.init),                                                                   \
     .fallback = "auto",                                                                           \
     .help = "initial weights: auto (by activation), he, glorot, or uniform R"},                   \
        {.section = #network,                                                                      \
         .name = "optimizer",                                                                      \
         .type = GT_CONFIG_CHOICE,                                                                 \
         .offset = AT(network.optimizer),                                                          \
         .fallback = "adam",                                                                       \
         .choice = optimizer_name,                                                                 \
         .help = "update rule"},                                                                   \
        {.section = #network,                                                                      \
         .name = "lr",                                                                             \
         .type = GT_CONFIG_REAL,                                                                   \
         .offset = AT(network.rates.lr),                                                           \
         .fallback = "0.0002",                                                                     \
         .highest = 100,                                                                           \
         .above_lowest = true,                                                                     \
         .may_change = true,                                                                       \
         .help = "learning rate"},                                                                 \
        {.section = #network,                                                                      \
         .name = "lr_decay",                                                                       \
         .type = GT_CONFIG_REAL,                                                                   \
         .offset = AT(network.rates.lr_decay),                                                     \
         .fallback = "1",                                                                          \
         .highest = 1,                                                                             \
         .above_lowest = true,                                                                     \
         .may_change = true,                                                                       \
         .help = "every update multiplies the learning rate by it"},                               \
        {.section = #network,                                                                      \
         .name = "lr_floor",                                                                       \
         .type = GT_CONFIG_REAL,                                                                   \
         .offset = AT(network.rates.lr_floor),                                                     \
         .fallback = "0",                                                                          \
         .highest = 100,                                                                           \
         .may_change = true,                                                                       \
         .help = "where lr_decay ends; above lr: no decay"},                                       \
        {.section = #network,                                                                      \
         .name = "beta1",                                                                          \
         .type = GT_CONFIG_REAL,                                                                   \
         .offset = AT(network.rates.beta1),                                                        \
         .fallback = "0.5",                                                                        \
         .highest = 0.999999,                                                                      \
         .help = "adam: decay of the mean of gradients"},                                          \
        {.section = #network,                                                                      \
         .name = "beta2",                                                                          \
         .type = GT_CONFIG_REAL,                                                                   \
         .offset = AT(network.rates.beta2),                                                        \
         .fallback = "0.999",                                                                      \
         .highest = 0.999999,                                                                      \
         .help = "adam: decay of the mean of squared gradients"},                                  \
        {.section = #network,                                                                      \
         .name = "eps",                                                                            \
         .type = GT_CONFIG_REAL,                                                                   \
         .offset = AT(network.rates.eps),                                                          \
         .fallback = "1e-08",                                                                      \
         .highest = 1,                                                                             \
         .above_lowest = true,                                                                     \
         .help = "adam: added to the root of the squared gradients"},                              \
        {.section = #network,                                                                      \
         .name = "momentum",                                                                       \
         .type = GT_CONFIG_REAL,                                                                   \
         .offset = AT(network.rates.momentum),                                                     \
         .fallback = "0.5",                                                                        \
         .highest = 0.999999,                                                                      \
         .help = "sgd: share of the last update that goes into the next"},                         \
        {.section = #network,                                                                      \
         .name = "momentum_end",                                                                   \
         .type = GT_CONFIG_REAL,                                                                   \
         .offset = AT(network.rates.momentum_end),                                                 \
         .fallback = "0.5",                                                                        \
         .highest = 0.999999,                                                                      \
         .may_change = true,                                                                       \
         .help = "sgd: momentum from epoch momentum_epochs on"},                                   \
    {                                                                                              \
        .section = #network, .name = "momentum_epochs", .type = GT_CONFIG_INTEGER,                 \
        .offset = AT(network.rates.momentum_epochs), .fallback = "0", .highest = 1000000,          \
        .may_change = true,                                                                        \
        .help = "sgd: epochs in which momentum goes to momentum_end; 0: it stays"                  \
    }

static const gt_config_key keys[] = {
    {.section = "data",
     .name = "images",
     .type = GT_CONFIG_PATH,
     .offset = AT(data.images),
     .fallback = GT_BUILTIN_DIGITS,
     .may_change = true, /* what counts is what is in it: the checkpoint knows its checksum */
     .help = "IDX file of images, gzip or raw, or NPY; or builtin:digits, which needs no file"},
    {.section = "data",
     .name = "labels",
     .type = GT_CONFIG_PATH,
     .offset = AT(data.labels),
     .fallback = "",
     .may_change = true,
     .help = "IDX file of their labels; optional"},
    {.section = "data",
     .name = "range",
     .type = GT_CONFIG_RANGE,
     .offset = AT(data.range),
     .fallback = "",
     .help = "FIRST:LAST, the images to take, LAST not included; all if not given"},
    {.section = "data",
     .name = "test_images",
     .type = GT_CONFIG_PATH,
     .offset = AT(data.test_images),
     .fallback = "",
     .may_change = true,
     .help = "images never trained on, for gantrain eval: a file, or builtin:digits; optional"},
    {.section = "data",
     .name = "test_labels",
     .type = GT_CONFIG_PATH,
     .offset = AT(data.test_labels),
     .fallback = "",
     .may_change = true,
     .help = "IDX file of their labels; optional"},

    {.section = "generator",
     .name = "latent_dim",
     .type = GT_CONFIG_INTEGER,
     .offset = AT(generator.latent_dim),
     .fallback = "100",
     .lowest = 1,
     .highest = GT_LAYER_UNITS,
     .help = "components of the latent vector z"},
    {.section = "generator",
     .name = "prior",
     .type = GT_CONFIG_CHOICE,
     .offset = AT(generator.prior),
     .fallback = "normal",
     .choice = prior_name,
     .help = "distribution of z; mean 0, variance 1"},
    {.section = "generator",
     .name = "layers",
     .type = GT_CONFIG_LAYERS,
     .offset = AT(generator.layers),
     .fallback = "dense 256, leaky_relu 0.2, dense 512, leaky_relu 0.2, dense 1024, leaky_relu 0.2",
     .help = "hidden layers; a dense layer of the image's size and `output` follow"},
    {.section = "generator",
     .name = "output",
     .type = GT_CONFIG_CHOICE,
     .offset = AT(generator.output),
     .fallback = "tanh",
     .choice = output_name,
     .help = "last activation: tanh has pixels in [-1, 1], sigmoid in [0, 1]"},
    {.section = "generator",
     .name = "output_bias",
     .type = GT_CONFIG_CHOICE,
     .offset = AT(generator.output_bias),
     .fallback = "zero",
     .choice = output_bias_name,
     .help = "biases of the output at the start: zero, or marginals: every pixel at its mean"},
    LEARNING_KEYS(generator),
    {.section = "generator",
     .name = "ema",
     .type = GT_CONFIG_REAL,
     .offset = AT(generator.rates.average_decay),
     .fallback = "0",
     .highest = 0.999999,
     .help = "decay of the moving average of weights that samples are drawn with; 0: none"},

    {.section = "discriminator",
     .name = "layers",
     .type = GT_CONFIG_LAYERS,
     .offset = AT(discriminator.layers),
     .fallback = "dense 512, leaky_relu 0.2, dense 256, leaky_relu 0.2",
     .help = "hidden layers; `dense 1`, the logit, follows"},
    LEARNING_KEYS(discriminator),
    {.section = "discriminator",
     .name = "label_smoothing",
     .type = GT_CONFIG_REAL,
     .offset = AT(discriminator.label_smoothing),
     .fallback = "0",
     .highest = 0.5,
     .help = "one-sided: real images have the target 1 - label_smoothing"},
    {.section = "discriminator",
     .name = "r1_gamma",
     .type = GT_CONFIG_REAL,
     .offset = AT(discriminator.r1_gamma),
     .fallback = "0",
     .highest = 1000000,
     .help = "weight of the gradient penalty R1 on real images; 0: none"},
    {.section = "discriminator",
     .name = "r1_every",
     .type = GT_CONFIG_INTEGER,
     .offset = AT(discriminator.r1_every),
     .fallback = "1",
     .lowest = 1,
     .highest = 1000000,
     .help = "updates from one penalty to the next, which weighs that many times as much"},

    {.section = "train",
     .name = "model",
     .type = GT_CONFIG_CHOICE,
     .offset = AT(train.model),
     .fallback = "gan",
     .choice = model_name,
     .help = "what is trained"},
    {.section = "train",
     .name = "epochs",
     .type = GT_CONFIG_INTEGER,
     .offset = AT(train.epochs),
     .fallback = "20",
     .lowest = 1,
     .highest = 1000000,
     .may_change = true,
     .help = "passes over the images"},
    {.section = "train",
     .name = "batch_size",
     .type = GT_CONFIG_INTEGER,
     .offset = AT(train.batch_size),
     .fallback = "64",
     .lowest = 1,
     .highest = 65536,
     .help = "images in a minibatch (the paper's m)"},
    {.section = "train",
     .name = "d_steps",
     .type = GT_CONFIG_INTEGER,
     .offset = AT(train.d_steps),
     .fallback = "1",
     .lowest = 1,
     .highest = 1000,
     .help = "discriminator updates to each generator update (the paper's k)"},
    {.section = "train",
     .name = "updates",
     .type = GT_CONFIG_CHOICE,
     .offset = AT(train.updates),
     .fallback = "alternating",
     .choice = updates_name,
     .help = "alternating: G's after D's (the paper's Algorithm 1); simultaneous: both at once"},
    {.section = "train",
     .name = "loss",
     .type = GT_CONFIG_CHOICE,
     .offset = AT(train.loss),
     .fallback = "non_saturating",
     .choice = objective_name,
     .help = "the generator's objective"},
    {.section = "train",
     .name = "seed",
     .type = GT_CONFIG_SEED,
     .offset = AT(train.seed),
     .fallback = "0",
     .help = "of all random numbers; 0 to 2^64 - 1"},
    {.section = "train",
     .name = "backend",
     .type = GT_CONFIG_CHOICE,
     .offset = AT(train.backend),
     .fallback = "auto",
     .choice = gt_compute_backend_name,
     .may_change = true,
     .help = "what makes matrix products; auto is native in fp32, and oneDNN in bf16"},
    {.section = "train",
     .name = "precision",
     .type = GT_CONFIG_CHOICE,
     .offset = AT(train.precision),
     .fallback = "fp32",
     .choice = gt_compute_precision_name,
     .help = "of the factors of products; auto is bf16 where the processor is fast at it"},
    {.section = "train",
     .name = "threads",
     .type = GT_CONFIG_INTEGER,
     .offset = AT(train.threads),
     .fallback = "0",
     .lowest = 0,
     .highest = 1024,
     .may_change = true,
     .help = "threads; 0 is one for each processor"},

    {.section = "output",
     .name = "dir",
     .type = GT_CONFIG_TEXT_VALUE,
     .offset = AT(output.dir),
     .fallback = "",
     .may_change = true,
     .help = "run directory; runs/NAME for NAME.ini if not given"},
    {.section = "output",
     .name = "grid",
     .type = GT_CONFIG_GRID,
     .offset = AT(output.grid),
     .fallback = "8x8",
     .may_change = true,
     .help = "COLUMNSxROWS of the sample grids"},
    {.section = "output",
     .name = "sample_every",
     .type = GT_CONFIG_INTEGER,
     .offset = AT(output.sample_every),
     .fallback = "1",
     .lowest = 0,
     .highest = 1000000,
     .may_change = true,
     .help = "epochs from one sample grid to the next; 0 for none"},
    {.section = "output",
     .name = "sample_steps",
     .type = GT_CONFIG_STEPS,
     .offset = AT(output.sample_steps),
     .fallback = "",
     .may_change = true,
     .help = "generator updates after which a sample grid is written too: N, N, ..."},
    {.section = "output",
     .name = "checkpoint_every",
     .type = GT_CONFIG_INTEGER,
     .offset = AT(output.checkpoint_every),
     .fallback = "1",
     .lowest = 1,
     .highest = 1000000,
     .may_change = true,
     .help = "epochs from one checkpoint to the next; the last epoch always has one"},
    {.section = "output",
     .name = "keep",
     .type = GT_CONFIG_INTEGER,
     .offset = AT(output.keep),
     .fallback = "3",
     .lowest = 1,
     .highest = 1000000,
     .may_change = true,
     .help = "checkpoints that are kept, the newest ones"},

    {.section = "metrics",
     .name = "every",
     .type = GT_CONFIG_INTEGER,
     .offset = AT(metrics.every),
     .fallback = "0",
     .lowest = 0,
     .highest = 1000000,
     .may_change = true,
     .help = "epochs from one evaluation of samples (gantrain help eval) to the next; 0: none"},
    {.section = "metrics",
     .name = "samples",
     .type = GT_CONFIG_INTEGER,
     .offset = AT(metrics.samples),
     .fallback = "10000",
     .lowest = 100,
     .highest = GT_SCORES_SAMPLES_MOST,
     .may_change = true,
     .help = "images drawn for an evaluation"},
    {.section = "metrics",
     .name = "best",
     .type = GT_CONFIG_CHOICE,
     .offset = AT(metrics.best),
     .fallback = "frechet",
     .choice = gt_score_goal_name,
     .may_change = true,
     .help = "the score by which checkpoints/best.safetensors is chosen"},
};

enum { KEY_COUNT = sizeof keys / sizeof *keys };

const gt_config_key *gt_config_key_at(int index) {
    return index < KEY_COUNT ? &keys[index] : NULL;
}

const gt_config_key *gt_config_key_find(const char *name) {
    for (int i = 0; i < KEY_COUNT; i++) {
        char full[GT_CONFIG_KEY_NAME];
        snprintf(full, sizeof full, "%s.%s", keys[i].section, keys[i].name);
        if (strcmp(full, name) == 0)
            return &keys[i];
    }
    return NULL;
}
