/* The table of config keys: the one place where a key, its default, its bounds and its help are
 * written. */
#include <stdio.h>
#include <string.h>

#include "gantrain/config/config.h"
#include "config/types.h"
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
NAMES(schedule_name, gt_schedule_at, gt_schedule)
NAMES(objective_name, gt_objective_at, gt_objective)
NAMES(model_name, gt_model_kind_at, gt_model_kind)
NAMES(reconstruction_name, gt_reconstruction_at, gt_reconstruction)

static const char *output_bias_name(int index) {
    static const char *const names[] = {"zero", "marginals"};
    return index < 2 ? names[index] : NULL;
}

static const char *channels_name(int index) {
    static const char *const names[] = {"auto", "grey", "rgb"};
    return index < 3 ? names[index] : NULL;
}

static const char *codes_name(int index) {
    static const char *const names[] = {"fixed", "learned"};
    return index < 2 ? names[index] : NULL;
}

static const char *updates_name(int index) {
    static const char *const names[] = {"alternating", "simultaneous"};
    return index < 2 ? names[index] : NULL;
}

static const char *covariance_name(int index) {
    static const char *const names[] = {"diagonal", "spherical"};
    return index < 2 ? names[index] : NULL;
}

/* A row: section, name, type, default, then other fields. KEY_AT is for a value whose field in the
 * section has another name. */
#define KEY_AT(section_, name_, place, type_, fallback_, ...)                                      \
    {                                                                                              \
        .section = #section_, .name = #name_, .type = &config_##type_,                             \
        .offset = offsetof(gt_config, section_.place), .fallback = fallback_, __VA_ARGS__          \
    }
#define KEY(section, name, type, fallback, ...)                                                    \
    KEY_AT(section, name, name, type, fallback, __VA_ARGS__)

/* Each network has initial weights and an optimizer of their own, with the same keys. */
#define LEARNING_KEYS(network)                                                                     \
    KEY(network, init, init, "auto",                                                               \
        .help = "initial weights: auto (by activation), he, glorot, or uniform R"),                \
        KEY(network, optimizer, choice, "adam", .choice = optimizer_name, .help = "update rule"),  \
        KEY_AT(network, lr, rates.lr, real, "0.0002", .highest = 100, .above_lowest = true,        \
               .may_change = true, .help = "learning rate"),                                       \
        KEY_AT(network, lr_decay, rates.lr_decay, real, "1", .highest = 1, .above_lowest = true,   \
               .may_change = true, .help = "every update multiplies the learning rate by it"),     \
        KEY_AT(network, lr_floor, rates.lr_floor, real, "0", .highest = 100, .may_change = true,   \
               .help = "where lr_decay ends; above lr: no decay"),                                 \
        KEY(network, lr_schedule, choice, "constant", .choice = schedule_name, .may_change = true, \
            .help = "constant, or cosine: lr falls to lr_final along half a cosine, in "           \
                    "train.schedule_epochs"),                                                      \
        KEY_AT(network, lr_final, rates.lr_final, real, "0", .highest = 100, .may_change = true,   \
               .help = "the learning rate at the end of lr_schedule"),                             \
        KEY_AT(network, beta1, rates.beta1, real, "0.5", .highest = 0.999999,                      \
               .help = "adam: decay of the mean of gradients"),                                    \
        KEY_AT(network, beta2, rates.beta2, real, "0.999", .highest = 0.999999,                    \
               .help = "adam: decay of the mean of squared gradients"),                            \
        KEY_AT(network, eps, rates.eps, real, "1e-08", .highest = 1, .above_lowest = true,         \
               .help = "adam: added to the root of the squared gradients"),                        \
        KEY_AT(network, momentum, rates.momentum, real, "0.5", .highest = 0.999999,                \
               .help = "sgd: share of the last update that goes into the next"),                   \
        KEY_AT(network, momentum_end, rates.momentum_end, real, "0.5", .highest = 0.999999,        \
               .may_change = true, .help = "sgd: momentum from epoch momentum_epochs on"),         \
        KEY_AT(network, momentum_epochs, rates.momentum_epochs, integer, "0", .highest = 1000000,  \
               .may_change = true,                                                                 \
               .help = "sgd: epochs in which momentum goes to momentum_end; 0: it stays")

static const gt_config_key keys[] = {
    KEY(data, images, path, GT_BUILTIN_DIGITS, .may_change = true,
        .help = "a folder or zip of PNG and JPEG files; an IDX, NPY, NPZ, CIFAR-10 or CSV file, or "
                "several (A,B or *); or builtin:digits; or points: builtin:line, builtin:ring, "
                "builtin:grid or builtin:spiral"),
    KEY(data, labels, path, "", .may_change = true,
        .help = "IDX or NPY file of labels, or FILE.npz:NAME; optional; a folder's sub-folders are "
                "its classes"),
    KEY(data, range, range, "",
        .help = "FIRST:LAST, the images to take, LAST not included; all if not given"),
    KEY(data, size, size, "", .may_change = true, /* the checksum is of what images became */
        .help = "WIDTHxHEIGHT that images are brought to; as they are if not given"),
    KEY(data, channels, choice, "auto", .choice = channels_name, .may_change = true,
        .help = "colours of images; auto: as most of them have"),
    KEY(data, fit, choice, "crop", .choice = gt_fit_mode_name, .may_change = true,
        .help = "what becomes of pictures in other proportions than size"),
    KEY(data, background, colour, "white", .may_change = true,
        .help = "shows through transparent pixels and around padded pictures: white, black, grey, "
                "or six hexadecimal digits"),
    KEY(data, mirror, flag, "no", .help = "train on every image reflected, left to right, too"),
    KEY(data, stack, flag, "no",
        .help = "an image is three grey images of the set as its colours, drawn at random"),
    KEY(data, binarize, choice, "none", .choice = gt_binarize_name,
        .help = "pixels become black or white: threshold, white from 128 of 255 on; sample, at "
                "random for every draw, with the probability that the grey value is"),
    KEY(data, skip_bad, flag, "no", .may_change = true,
        .help = "leave out pictures that cannot be read, instead of refusing them all"),
    KEY(data, test_images, path, "", .may_change = true,
        .help = "images never trained on, for gantrain eval: as images; optional"),
    KEY(data, test_labels, path, "", .may_change = true, .help = "as labels"),

    KEY(generator, latent_dim, integer, "100", .lowest = 1, .highest = GT_LAYER_UNITS,
        .help = "components of the latent vector z"),
    KEY(generator, prior, choice, "normal", .choice = prior_name,
        .help = "distribution of z; mean 0, variance 1"),
    KEY(generator, layers, layers,
        "dense 256, leaky_relu 0.2, dense 512, leaky_relu 0.2, dense 1024, leaky_relu 0.2",
        .help = "hidden layers; a dense layer of the image's size and `output` follow"),
    KEY(generator, output, choice, "tanh", .choice = output_name,
        .help =
            "last activation: tanh has pixels in [-1, 1], sigmoid in [0, 1]; points take linear, "
            "which is none"),
    KEY(generator, output_bias, choice, "zero", .choice = output_bias_name,
        .help = "biases of the output at the start: zero, or marginals: every pixel at its mean"),
    LEARNING_KEYS(generator),
    KEY_AT(generator, ema, rates.average_decay, real, "0", .highest = 0.999999,
           .help = "decay of the moving average of weights that samples are drawn with; 0: none"),
    KEY_AT(generator, ema_ramp, rates.average_ramp, real, "0", .highest = 100,
           .help = "until its decay is ema, the average has a half-life of this share of the "
                   "updates so far; 0: a decay of (1 + t) / (10 + t) at update t"),

    KEY(discriminator, layers, layers, "dense 512, leaky_relu 0.2, dense 256, leaky_relu 0.2",
        .help = "hidden layers; `dense 1`, the logit, follows, unless the list ends in "
                "`dense 1 spectral_norm` or `projection`"),
    LEARNING_KEYS(discriminator),
    KEY(discriminator, label_smoothing, real, "0", .highest = 0.5,
        .help = "one-sided: real images have the target 1 - label_smoothing"),
    KEY(discriminator, augment, augment, "",
        .help = "gan: show D every image changed at random: some of translation cutout colour "
                "(Zhao et al. 2020), against memorising a small set; none if not given"),
    KEY(discriminator, r1_gamma, real, "0", .highest = 1000000,
        .help = "weight of the gradient penalty R1 on real images; 0: none"),
    KEY(discriminator, r1_every, integer, "1", .lowest = 1, .highest = 1000000,
        .help = "updates from one penalty to the next, of R1 and of R2, which weighs that many "
                "times as much"),
    KEY(discriminator, r1_final, optional_real, "", .highest = 1000000,
        .help = "r1_gamma falls to it along half a cosine, in train.schedule_epochs; optional"),
    KEY(discriminator, r2_gamma, real, "0", .highest = 1000000,
        .help = "weight of R2, the same penalty on fake images; 0: none"),
    KEY(discriminator, r2_final, optional_real, "", .highest = 1000000,
        .help = "as r1_final, for r2_gamma; optional"),

    KEY(encoder, layers, layers, "dense 512, leaky_relu 0.2, dense 256, leaky_relu 0.2",
        .help = "hidden layers; a dense layer of the size of a code follows"),
    LEARNING_KEYS(encoder),

    KEY(mixture, components, integer, "50", .lowest = 1, .highest = 100000,
        .help = "normal distributions in the mixture"),
    KEY(mixture, covariance, choice, "diagonal", .choice = covariance_name,
        .help = "of a component: diagonal, a variance for each pixel; spherical, one for all"),
    KEY(mixture, factors, integer, "0", .highest = 1000,
        .help = "directions in which the pixels of a component vary together, besides covariance: "
                "a mixture of factor analysers; 0: none"),
    KEY(mixture, variance_floor, real, "0.01", .lowest = 1e-06, .highest = 1,
        .help = "no variance becomes smaller; pixels go from 0 to 1"),

    KEY(ascent, steps, integer, "40", .lowest = 1, .highest = 10000,
        .help = "steps from a start to the image that is found"),
    KEY(ascent, rate, real, "3", .highest = 1000000, .above_lowest = true,
        .help = "a step adds this times the gradient of D's logit; pixels go from -1 to 1"),
    KEY(ascent, noise, real, "0.005", .highest = 1,
        .help = "deviation of the noise that each step adds to each pixel"),
    KEY(ascent, buffer, integer, "0", .highest = 1000000,
        .help = "images found before that ascents go on from, kept in checkpoints; 0: none"),
    KEY(ascent, fresh, real, "0.05", .highest = 1,
        .help = "share of ascents that start as noise though there is a buffer"),
    KEY(ascent, sample_steps, integer, "0", .highest = 100000, .may_change = true,
        .help = "steps of a sample, which always starts as noise; 0: as steps"),

    KEY(train, model, choice, "gan", .choice = model_name, .help = "what is trained"),
    KEY(train, epochs, integer, "20", .lowest = 1, .highest = 1000000, .may_change = true,
        .help = "passes over the images"),
    KEY(train, schedule_epochs, integer, "0", .highest = 1000000, .may_change = true,
        .help =
            "epochs until lr_schedule, r1_final and r2_final are at their end; 0: train.epochs"),
    KEY(train, patience, integer, "0", .highest = 1000000, .may_change = true,
        .help = "stop after so many evaluations (metrics.every) without a better metrics.best; 0: "
                "never"),
    KEY(train, batch_size, integer, "64", .lowest = 1, .highest = 65536,
        .help = "images in a minibatch (the paper's m)"),
    KEY(train, d_steps, integer, "1", .lowest = 1, .highest = 1000,
        .help = "discriminator updates to each generator update (the paper's k)"),
    KEY(train, updates, choice, "alternating", .choice = updates_name,
        .help = "alternating: G's after D's (the paper's Algorithm 1); simultaneous: both at once"),
    KEY(train, loss, choice, "non_saturating", .choice = objective_name,
        .help = "what both networks are asked to do (gantrain help losses)"),
    KEY(train, reconstruction, choice, "squared", .choice = reconstruction_name,
        .help = "autoencoder, vae, codes: the loss of a reconstruction, summed over pixels"),
    KEY(train, kl_weight, real, "1", .highest = 1000000,
        .help = "vae: weight of the KL divergence of codes from the prior"),
    KEY(train, codes, choice, "learned", .choice = codes_name,
        .help = "codes: fixed: drawn once for each image; learned: they follow their gradients"),
    KEY(train, code_lr, real, "0.01", .highest = 1000000, .above_lowest = true, .may_change = true,
        .help = "codes: learning rate of learned codes"),
    KEY(train, init_from, path, "", .may_change = true, /* a resumed run has its weights */
        .help = "a checkpoint of another run, whose weights a run begins with where names and "
                "shapes agree; optional"),
    KEY(train, conditional, flag, "no",
        .help =
            "tell all networks the class of each image (Mirza and Osindero 2014); takes labels"),
    KEY(train, condition, condition, "one_hot",
        .help = "how they are told: one_hot; embedding N, learned numbers of the class; "
                "projection, the discriminator by what its last layer makes of both (Miyato and "
                "Koyama 2018); or embedding N projection"),
    KEY(train, seed, seed, "0", .help = "of all random numbers; 0 to 2^64 - 1"),
    KEY(train, backend, choice, "default", .choice = gt_compute_backend_name, .may_change = true,
        .help = "of matrix products; default is native (bf16: onednn), auto measures each product"),
    KEY(train, precision, choice, "fp32", .choice = gt_compute_precision_name,
        .help = "of the factors of products; auto is bf16 where the processor is fast at it"),
    KEY(train, threads, integer, "0", .highest = 1024, .may_change = true,
        .help = "threads; 0 is one for each processor that may be used; more are never started"),

    KEY(output, dir, directory, "", .may_change = true,
        .help = "run directory; runs/NAME for NAME.ini if not given"),
    KEY(output, grid, grid, "8x8", .may_change = true,
        .help = "COLUMNSxROWS of the sample grids; conditional: a column for each class"),
    KEY(output, sample_every, integer, "1", .highest = 1000000, .may_change = true,
        .help = "epochs from one sample grid to the next; 0 for none"),
    KEY(output, sample_steps, steps, "", .may_change = true,
        .help = "generator updates after which a sample grid is written too: N, N, ..."),
    KEY(output, checkpoint_every, integer, "1", .lowest = 1, .highest = 1000000, .may_change = true,
        .help = "epochs from one checkpoint to the next; the last epoch always has one"),
    KEY(output, keep, integer, "3", .lowest = 1, .highest = 1000000, .may_change = true,
        .help = "checkpoints that are kept, the newest ones"),
    KEY(output, report, flag, "yes", .may_change = true,
        .help =
            "write report.html, a page that shows the run, after every epoch; and, at its end and "
            "evaluations, samples/nearest.png for it, and samples/plane.png if latent_dim = 2"),
    KEY(output, tensorboard, flag, "no", .may_change = true,
        .help = "write the numbers and the sample grid of each epoch into an event file for "
                "TensorBoard too; takes protobuf-c"),

    KEY(metrics, every, integer, "0", .highest = 1000000, .may_change = true,
        .help = "epochs from one evaluation of samples (gantrain help eval) to the next; 0: none"),
    KEY(metrics, samples, integer, "10000", .lowest = 100, .highest = GT_SCORES_SAMPLES_MOST,
        .may_change = true, .help = "images drawn for an evaluation"),
    KEY(metrics, best, choice, "frechet", .choice = gt_score_goal_name, .may_change = true,
        .help = "the score by which checkpoints/best.safetensors is chosen, among those without "
                "collapse"),
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
