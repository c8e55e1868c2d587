/* What each network of a GAN is asked to do: one table, a row per loss.
 *
 * The first two rows are section 3 of Goodfellow et al. 2014, arXiv 1406.2661: D ascends
 * V(G, D) = E log D(x) + E log(1 - D(G(z))). All rows are losses of nn/loss.h on D's output, with a
 * target and a sign. */
#ifndef GANTRAIN_MODEL_OBJECTIVE_H
#define GANTRAIN_MODEL_OBJECTIVE_H

#include "gantrain/model/stat.h"
#include "gantrain/nn/loss.h"

/* V where D = 1/2 everywhere, the paper's global optimum: -log 4. */
#define GT_VALUE_AT_OPTIMUM (-1.3862943611198906)

/* The numbers of a step, as gt_gan_stats lists them: between the losses and D's outputs stands one
 * to watch, which is D's loss but for its sign and label smoothing. */
#define GT_GAN_STATS(...)                                                                          \
    {                                                                                              \
        {.name = "d_loss", .label = "D loss", .format = "%.4f", .only_in_history = true},          \
            {.name = "g_loss", .label = "G loss", .format = "%.4f"},                               \
            {.format = "%.4f", .in_progress = true, __VA_ARGS__},                                  \
            {.name = "d_real", .label = "D(x)", .format = "%.3f", .in_progress = true},            \
            {.name = "d_fake", .label = "D(G(z))", .format = "%.3f", .in_progress = true},         \
    }
#define GT_GAN_VALUE                                                                               \
    .name = "value", .label = "V(G,D)", .reference = "-log 4",                                     \
    .reference_value = GT_VALUE_AT_OPTIMUM

/* The losses of both networks. A row of a table. */
typedef struct gt_objective {
    const char *name;
    const char *help;
    gt_loss *d_loss; /* of D's output, with target 1 for real images and 0 for fake ones */
    gt_loss *g_loss; /* of D's output for fake images */
    gt_real g_target, g_weight;
    /* d_loss is of D(x) - D(G(z)) with target 1, and g_loss of D(G(z)) - D(x), image by image: G's
     * step needs D's output for real images too. */
    bool of_pairs;
    bool has_target;      /* targets between 0 and 1 mean something: labels can be smoothed */
    bool gives_odds;      /* D's output is the logit of the probability that an image is real */
    double value_sign;    /* gt_gan_stats.value is so many times D's loss without smoothing */
    const gt_stat *stats; /* (as many as the model gan has) the names of gt_gan_stats */
} gt_objective;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL. */
const gt_objective *gt_objective_at(int index);
const gt_objective *gt_objective_find(const char *name);

/* The numbers of a step, in the order of the stats of the model gan. */
typedef struct gt_gan_stats {
    double d_loss; /* what D descends */
    double g_loss; /* what G descends */
    double
        value; /* V(G, D), to compare with GT_VALUE_AT_OPTIMUM, or what stats name in its place */
    double d_real; /* mean D(x): a probability, or D's output where that is no logit of one */
    double d_fake; /* mean D(G(z)), the same */
} gt_gan_stats;

/* The discriminator's loss on a minibatch of 2 batch outputs, fake images first.
 *
 *   dlogits  (2 batch)  set to its gradient
 *   stats  d_loss, value, d_real and d_fake are set
 *   logits   (2 batch)
 *   target   what D is to say of real images: 1, or less for one-sided label smoothing (Salimans et
 *            al. 2016, arXiv 1606.03498, section 3.4), which value leaves out; 1 if !has_target
 *   batch    images of each kind */
void gt_objective_discriminator(gt_real *dlogits, gt_gan_stats *stats,
                                const gt_objective *objective, const gt_real *logits,
                                gt_real target, int batch);

/* The two halves of the discriminator's loss, on the outputs (batch) for one kind of images. Each
 * sets dlogits (batch) to its gradient, adds its part to d_loss and value of stats, and sets
 * d_fake or d_real. The objective must not be of pairs. */
void gt_objective_fake(gt_real *dlogits, gt_gan_stats *stats, const gt_objective *objective,
                       const gt_real *logits, int batch);
void gt_objective_real(gt_real *dlogits, gt_gan_stats *stats, const gt_objective *objective,
                       const gt_real *logits, gt_real target, int batch);

/* The generator's loss: sets dlogits (batch) to its gradient at the outputs for fake images and
 * returns it.
 *
 *   logits  (batch) for fake images; of pairs (2 batch), those for real images after them */
double gt_objective_generator(gt_real *dlogits, const gt_objective *objective,
                              const gt_real *logits, int batch);

#endif
