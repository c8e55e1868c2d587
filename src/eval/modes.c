/* The measure of stacked images: the classifier of the images that were stacked looks at each
 * channel. */
#include <stdlib.h>

#include "eval/evaluator.h"
#include "gantrain/metrics/class_score.h"
#include "gantrain/metrics/modes.h"

/* Room for a block of grey images, and what the classifier says of them. */
struct block {
    uint8_t *stacks, *images;
    gt_real *probabilities;
};

static void classify(uint16_t *labels, struct evaluator *evaluator, struct block *block,
                     const uint8_t *images, uint32_t count) {
    const int classes = evaluator->classifier.classes;
    gt_classifier_apply(NULL, block->probabilities, &evaluator->classifier, images, count);
    for (uint32_t i = 0; i < count; i++)
        labels[i] = (uint16_t)gt_likeliest_class(block->probabilities + (size_t)i * (size_t)classes,
                                                 classes);
}

/* Sets labels (rows, GT_STACK_CHANNELS) of stacks (rows, pixels). */
static void classify_stacks(uint16_t *labels, struct evaluator *evaluator, struct block *block,
                            const uint8_t *stacks, uint32_t rows) {
    const size_t pixels = (size_t)evaluator->learned.pixels;
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < GT_STACK_CHANNELS; c++)
            for (size_t k = 0; k < pixels; k++)
                block->images[(i * GT_STACK_CHANNELS + c) * pixels + k] =
                    stacks[(i * pixels + k) * GT_STACK_CHANNELS + c];
    classify(labels, evaluator, block, block->images, rows * GT_STACK_CHANNELS);
}

static gt_status classify_samples(uint16_t *labels, struct evaluator *evaluator,
                                  struct block *block, uint32_t count, gt_error *error) {
    gt_status status = GT_OK;
    for (uint32_t done = 0; done < count && status == GT_OK; done += GT_SAMPLER_BATCH) {
        uint32_t left = count - done, rows = left < GT_SAMPLER_BATCH ? left : GT_SAMPLER_BATCH;
        const uint8_t *stacks = block->stacks;
        if (evaluator->request->checkpoint != NULL)
            gt_sampler_draw(block->stacks, &evaluator->sampler, evaluator->request->seed, done,
                            rows);
        else
            stacks = evaluator->samples.images + (size_t)done * (size_t)evaluator->samples.pixels;
        classify_stacks(labels + (size_t)done * GT_STACK_CHANNELS, evaluator, block, stacks, rows);
        status = gt_stop_check(evaluator->compute.stop, error);
    }
    return status;
}

/* Sets labels of as many stacks of real images, other ones than are trained on. known is room for
 * the class of each image. */
static gt_status classify_real(uint16_t *labels, uint16_t *known, struct evaluator *evaluator,
                               struct block *block, uint32_t count, gt_error *error) {
    enum { AT_ONCE = GT_SAMPLER_BATCH * GT_STACK_CHANNELS };
    const gt_dataset *real = &evaluator->learned;
    for (uint32_t done = 0; done < real->count; done += AT_ONCE) {
        uint32_t left = real->count - done;
        classify(known + done, evaluator, block, real->images + (size_t)done * (size_t)real->pixels,
                 left < AT_ONCE ? left : AT_ONCE);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t chosen[GT_STACK_CHANNELS];
        gt_stack_choose(chosen, evaluator->request->seed, 1, i, real->count);
        for (size_t c = 0; c < GT_STACK_CHANNELS; c++)
            labels[(size_t)i * GT_STACK_CHANNELS + c] = known[chosen[c]];
    }
    return gt_stop_check(evaluator->compute.stop, error);
}

/* Shares of the classes by their labels; each counts as one image more, so that none is 0. */
static void find_shares(double shares[GT_MODES_CLASSES], const gt_dataset *images, int classes) {
    for (int c = 0; c < classes; c++)
        shares[c] = 1.0 / (images->count + (uint32_t)classes);
    for (uint32_t i = 0; i < images->count; i++)
        shares[images->labels[i]] += 1.0 / (images->count + (uint32_t)classes);
}

static gt_status count_modes(struct evaluator *evaluator, struct block *block, uint16_t *labels,
                             uint16_t *known, gt_error *error) {
    const int classes = evaluator->classifier.classes;
    const uint32_t given = evaluator->samples.count;
    const uint32_t count = evaluator->request->checkpoint != NULL || given > GT_MODES_SAMPLES
                               ? GT_MODES_SAMPLES
                               : given;
    double shares[GT_MODES_CLASSES];
    gt_modes samples, real;
    find_shares(shares, &evaluator->learned, classes);
    gt_status status = classify_samples(labels, evaluator, block, count, error);
    if (status != GT_OK)
        return status;
    gt_modes_take(&samples, labels, shares, classes, count);
    status = classify_real(labels, known, evaluator, block, count, error);
    if (status != GT_OK)
        return status;
    gt_modes_take(&real, labels, shares, classes, count);
    evaluator->scores->modes = samples.shown;
    evaluator->scores->modes_real = real.shown;
    evaluator->scores->mode_divergence = samples.divergence;
    evaluator->scores->mode_divergence_real = real.divergence;
    return GT_OK;
}

gt_status measure_modes(struct evaluator *evaluator, gt_error *error) {
    const size_t rows = GT_SAMPLER_BATCH, pixels = (size_t)evaluator->training.pixels;
    const size_t numbers = rows * GT_STACK_CHANNELS * (size_t)evaluator->classifier.classes;
    uint8_t *stacks = malloc(rows * pixels), *images = malloc(rows * pixels);
    gt_real *probabilities = malloc(numbers * sizeof *probabilities);
    struct block block = {stacks, images, probabilities};
    uint16_t *labels = calloc((size_t)GT_MODES_SAMPLES * GT_STACK_CHANNELS, sizeof *labels);
    uint16_t *known = calloc(evaluator->learned.count, sizeof *known);
    gt_status status = GT_OK;
    if (stacks == NULL || images == NULL || probabilities == NULL || labels == NULL ||
        known == NULL)
        status = gt_error_set(error, GT_FAILED, "no memory for the classes of %d images",
                              GT_MODES_SAMPLES);
    else
        status = count_modes(evaluator, &block, labels, known, error);
    free(stacks), free(images), free(probabilities);
    free(labels), free(known);
    return status;
}
