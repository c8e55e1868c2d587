/* How likely a model finds images that it was not trained on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/evaluator.h"
#include "gantrain/data/batches.h"

/* Images of an estimate by draws: 5,000 draws for each are a pass of the generator over 5
 * million. */
enum { ESTIMATED = 1000 };

/* A component of the latent vector carries something if its KL divergence is above this, in
 * nats. */
static const double active = 0.01;

/* Room for a block of images and what is known of them. */
struct block {
    gt_real *images, *chances; /* (GT_SAMPLER_BATCH, pixels) */
    gt_real *condition;        /* (GT_SAMPLER_BATCH, classes) */
    const gt_real *told;       /* condition; NULL: the model is told no classes */
    double *kl;                /* (latent_dim) */
    double numbers[GT_SAMPLER_BATCH];
};

static gt_status open_block(struct block *block, const struct evaluator *evaluator,
                            gt_error *error) {
    size_t numbers = (size_t)GT_SAMPLER_BATCH * (size_t)evaluator->training.pixels;
    block->images = malloc(numbers * sizeof(gt_real));
    block->chances = malloc(numbers * sizeof(gt_real));
    size_t classes = (size_t)evaluator->sampler.model.classes + 1;
    block->condition = malloc((size_t)GT_SAMPLER_BATCH * classes * sizeof(gt_real));
    block->kl = calloc((size_t)evaluator->sampler.model.latent_dim, sizeof(double));
    return block->images != NULL && block->chances != NULL && block->condition != NULL &&
                   block->kl != NULL
               ? GT_OK
               : gt_error_set(error, GT_FAILED, "no memory for %d images", GT_SAMPLER_BATCH);
}

static void close_block(struct block *block) {
    free(block->images);
    free(block->chances);
    free(block->condition);
    free(block->kl);
}

/* The mean of a number of images, and the standard error of the mean. */
struct mean {
    double sum, squares, count;
};

static void add(struct mean *mean, const double *numbers, int count) {
    for (int i = 0; i < count; i++) {
        mean->sum += numbers[i];
        mean->squares += numbers[i] * numbers[i];
    }
    mean->count += count;
}

static double standard_error(const struct mean *mean) {
    double average = mean->sum / mean->count;
    double variance = mean->squares / mean->count - average * average;
    return sqrt(fmax(variance, 0) / mean->count);
}

/* What is asked about a block of images; sets block->numbers. */
typedef void (*question)(struct block *block, struct evaluator *evaluator, uint32_t first,
                         int rows);

static void ask_bound(struct block *block, struct evaluator *evaluator, uint32_t first, int rows) {
    gt_model *model = &evaluator->sampler.model;
    model->kind->bound(block->numbers, block->kl, model, block->images, block->told,
                       evaluator->request->seed, first, rows);
}

static void ask_likelihood(struct block *block, struct evaluator *evaluator, uint32_t first,
                           int rows) {
    gt_model *model = &evaluator->sampler.model;
    model->kind->log_likelihood(block->numbers, model, block->images, block->told,
                                evaluator->request->seed, first, evaluator->request->draws, rows);
}

/* Asks about the first `count` images of a set. Given up in the middle if a stop is asked for. */
static struct mean ask_about(struct block *block, struct evaluator *evaluator,
                             const gt_dataset *images, uint32_t count, question ask) {
    const gt_model *model = &evaluator->sampler.model;
    const gt_stop *stop = evaluator->compute.stop;
    struct mean mean = {0};
    memset(block->kl, 0, (size_t)model->latent_dim * sizeof *block->kl);
    for (uint32_t first = 0; first < count && !gt_stop_asked(stop); first += GT_SAMPLER_BATCH) {
        int rows = count - first < GT_SAMPLER_BATCH ? (int)(count - first) : GT_SAMPLER_BATCH;
        gt_images_get(block->images, images, block->chances, model->low, model->high,
                      evaluator->request->seed, first, rows);
        block->told = evaluator_condition(block->condition, evaluator, images, first, rows);
        ask(block, evaluator, first, rows);
        add(&mean, block->numbers, rows);
    }
    return mean;
}

static void measure_bounds(struct block *block, struct evaluator *evaluator) {
    gt_scores *scores = evaluator->scores;
    const int latent_dim = evaluator->sampler.model.latent_dim;
    struct mean mean =
        ask_about(block, evaluator, &evaluator->real, evaluator->real.count, ask_bound);
    scores->elbo_training = mean.sum / mean.count;
    mean = ask_about(block, evaluator, &evaluator->held_out, evaluator->held_out.count, ask_bound);
    scores->elbo = mean.sum / mean.count;
    scores->elbo_se = standard_error(&mean);
    scores->active_components = 0;
    for (int i = 0; i < latent_dim; i++) {
        double kl = block->kl[i] / mean.count;
        scores->active_components += kl > active;
        if (i < GT_CLASSES_MOST)
            scores->component_kl.values[i] = kl;
    }
    scores->component_kl.count = latent_dim < GT_CLASSES_MOST ? latent_dim : GT_CLASSES_MOST;
}

static void measure_log_likelihood(struct block *block, struct evaluator *evaluator) {
    gt_scores *scores = evaluator->scores;
    uint32_t count = evaluator->held_out.count;
    if (!evaluator->sampler.model.kind->likelihood_is_exact && count > ESTIMATED)
        count = ESTIMATED;
    struct mean mean = ask_about(block, evaluator, &evaluator->held_out, count, ask_likelihood);
    scores->log_likelihood = mean.sum / mean.count;
    scores->log_likelihood_se = standard_error(&mean);
    scores->bits_per_dimension =
        -scores->log_likelihood / (log(2) * (double)evaluator->training.pixels);
}

gt_status measure_likelihood(struct evaluator *evaluator, gt_error *error) {
    const gt_model_kind *kind = evaluator->sampler.model.kind;
    struct block block = {0};
    gt_status status = open_block(&block, evaluator, error);
    if (status == GT_OK && kind->bound != NULL)
        measure_bounds(&block, evaluator);
    if (status == GT_OK && (kind->likelihood_is_exact || evaluator->request->draws > 0))
        measure_log_likelihood(&block, evaluator);
    close_block(&block);
    return status;
}
