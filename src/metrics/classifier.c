/* The classifier. It is trained as one network and used as two, so that features are simply the
 * output of the first: the parameters of a network lie in the order of its layers, so those of the
 * two are the beginning and the end of the one's. */
#include "gantrain/metrics/classifier.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "gantrain/base/team.h"
#include "gantrain/data/batches.h"
#include "gantrain/metrics/class_score.h"
#include "gantrain/nn/init.h"
#include "gantrain/nn/loss.h"
#include "gantrain/nn/optimizer.h"
#include "metrics/sharing.h"

enum {
    BLOCK = 100, /* images looked at in one pass */
    LOOK = 5000, /* and between two looks at a request to stop */
    LAYERS_TEXT = 1024,
    LARGEST_SIDE = 64, /* larger images are averaged down to it */
    SMALLEST_SIDE = 8  /* stages go on until a side has no more positions */
};

/* The fewer images there are, the smaller is the network, and the sooner it has learned them. */
static const struct scale {
    uint32_t fewest_images; /* from which on this row applies */
    int channels;           /* of the first stage; twice as many in later ones */
    int batch;
    int epochs;            /* passes over the images, */
    uint64_t fewest_steps; /* but at least so many steps */
} scales[] = {
    {10000, 32, 100, 6, 0},
    {2000, 16, 50, 10, 0},
    {0, 8, 50, 10, 100},
};

static const double first_rate = 3e-3;

/* --- Shape and memory --- */

static const struct scale *scale_for(uint32_t images) {
    const struct scale *scale = scales;
    while (images < scale->fewest_images)
        scale++;
    return scale;
}

static void carve(void *context, gt_arena *arena) {
    gt_classifier *classifier = context;
    gt_network_carve(&classifier->features, arena, BLOCK, false);
    gt_network_carve(&classifier->head, arena, BLOCK, false);
    classifier->images =
        gt_arena_take(arena, (size_t)BLOCK * (size_t)classifier->pixels, sizeof(gt_real));
    classifier->hidden = gt_arena_take(arena, BLOCK * GT_CLASSIFIER_FEATURES, sizeof(gt_real));
    classifier->logits =
        gt_arena_take(arena, (size_t)BLOCK * (size_t)classifier->classes, sizeof(gt_real));
}

/* "pool 2 average, conv 32 5 stride 2 pad 2, batchnorm, relu, conv 64 3 ..., dense 128, relu":
 * stages that halve the sides (rounded up, so that they fit images of every size), one that does
 * not, and the features. */
static void write_layers(char text[LAYERS_TEXT], gt_shape shape, const struct scale *scale) {
    const int smaller = shape.height < shape.width ? shape.height : shape.width;
    const int larger = shape.height < shape.width ? shape.width : shape.height;
    int factor = (larger + LARGEST_SIDE - 1) / LARGEST_SIDE, used = 0;
    factor = factor < smaller ? factor : smaller;
    if (factor > 1)
        used = snprintf(text, LAYERS_TEXT, "pool %d average, ", factor);
    used += snprintf(text + used, (size_t)(LAYERS_TEXT - used),
                     "conv %d 5 stride 2 pad 2, batchnorm, relu, ", scale->channels);
    int side = (larger / factor + 1) / 2;
    do {
        used += snprintf(text + used, (size_t)(LAYERS_TEXT - used),
                         "conv %d 3 stride 2 pad 1, batchnorm, relu, ", 2 * scale->channels);
        side = (side + 1) / 2;
    } while (side > SMALLEST_SIDE);
    snprintf(text + used, (size_t)(LAYERS_TEXT - used),
             "conv %d 3 pad 1, batchnorm, relu, dropout 0.3, dense %d, relu", 2 * scale->channels,
             GT_CLASSIFIER_FEATURES);
}

gt_status gt_classifier_open(gt_classifier *classifier, gt_shape shape, int classes,
                             uint32_t images, const gt_compute *compute, gt_error *error) {
    assert(classes >= 2 && classes <= GT_CLASSES_MOST);
    char layers[LAYERS_TEXT], head[LAYERS_TEXT];
    *classifier = (gt_classifier){
        .shape = shape, .pixels = gt_shape_size(shape), .classes = classes, .trained_on = images};
    write_layers(layers, shape, scale_for(images));
    snprintf(head, sizeof head, "dense %d", classes);
    gt_status status = gt_network_parse(&classifier->features, layers, shape, error);
    if (status == GT_OK)
        status = gt_network_parse(&classifier->head, head,
                                  gt_shape_of_vector(GT_CLASSIFIER_FEATURES), error);
    if (status != GT_OK)
        return status;
    assert(classifier->features.out == GT_CLASSIFIER_FEATURES);
    classifier->features.compute = classifier->head.compute = compute;
    return gt_arena_build(&classifier->arena, carve, classifier, error);
}

void gt_classifier_close(gt_classifier *classifier) {
    gt_arena_release(&classifier->arena);
    *classifier = (gt_classifier){0};
}

int gt_classifier_classes(const gt_dataset *dataset) {
    int largest = 1;
    for (uint32_t i = 0; i < dataset->count; i++)
        largest = dataset->labels[i] > largest ? dataset->labels[i] : largest;
    return largest + 1;
}

uint32_t gt_classifier_checksum(const gt_classifier *classifier) {
    const gt_network *features = &classifier->features, *head = &classifier->head;
    uLong sum = crc32_z(0, (const unsigned char *)features->parameters,
                        features->parameter_count * sizeof(gt_real));
    sum = crc32_z(sum, (const unsigned char *)features->state,
                  features->state_count * sizeof(gt_real));
    return (uint32_t)crc32_z(sum, (const unsigned char *)head->parameters,
                             head->parameter_count * sizeof(gt_real));
}

/* --- Training --- */

/* Memory that only training needs. */
struct training {
    gt_network network;
    gt_optimizer optimizer;
    gt_batches batches;
    gt_arena arena;
    const gt_dataset *dataset;
    gt_real *images, *logits;
    uint16_t *labels;
    int batch;
    uint64_t steps;
};

static void carve_training(void *context, gt_arena *arena) {
    struct training *training = context;
    const gt_dataset *dataset = training->dataset;
    size_t batch = (size_t)training->batch;
    gt_network_carve(&training->network, arena, training->batch, true);
    gt_optimizer_carve(&training->optimizer, arena, training->network.parameter_count);
    gt_batches_init(&training->batches, training->network.compute->team, arena, dataset,
                    training->batch, 0, 1, GT_CLASSIFIER_RECIPE);
    training->images = gt_arena_take(arena, batch * (size_t)dataset->pixels, sizeof(gt_real));
    training->logits = gt_arena_take(arena, batch * (size_t)training->network.out, sizeof(gt_real));
    training->labels = gt_arena_take(arena, batch, sizeof *training->labels);
}

static gt_status open_training(struct training *training, const gt_classifier *classifier,
                               const gt_dataset *dataset, gt_error *error) {
    char layers[LAYERS_TEXT], whole[LAYERS_TEXT + 32];
    const struct scale *scale = scale_for(classifier->trained_on);
    write_layers(layers, classifier->shape, scale);
    snprintf(whole, sizeof whole, "%s, dense %d", layers, classifier->classes);
    *training = (struct training){
        .dataset = dataset,
        .batch = (int)dataset->count < scale->batch ? (int)dataset->count : scale->batch,
        .optimizer = {.kind = gt_optimizer_kind_find("adam"),
                      .settings = {.beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8}}};
    gt_status status = gt_network_parse(&training->network, whole, classifier->shape, error);
    if (status != GT_OK)
        return status;
    training->network.compute = classifier->features.compute;
    status = gt_arena_build(&training->arena, carve_training, training, error);
    if (status != GT_OK)
        return status;
    training->steps = (uint64_t)scale->epochs * training->batches.per_pass;
    if (training->steps < scale->fewest_steps)
        training->steps = scale->fewest_steps;
    gt_init_network(&training->network, (gt_init){0}, GT_CLASSIFIER_RECIPE,
                    GT_PURPOSE_INIT_CLASSIFIER);
    return GT_OK;
}

/* One update on minibatch number `step`. The rate falls to 0 along a quarter of a cosine, which is
 * worth as much as twice the epochs at a rate that stays. Returns the loss. */
static double train_step(struct training *training, uint64_t step) {
    const gt_pass pass = {.training = true,
                          .address = {.seed = GT_CLASSIFIER_RECIPE,
                                      .purpose = GT_PURPOSE_PASS_CLASSIFIER,
                                      .step = step}};
    const gt_dataset *dataset = training->dataset;
    int batch = training->batch, classes = training->network.out;
    gt_batches_get(&training->batches, training->images, step);
    const uint32_t *chosen = gt_batches_indices(&training->batches, step);
    for (int i = 0; i < batch; i++)
        training->labels[i] = dataset->labels[chosen[i] % dataset->count];
    gt_network_forward(training->logits, &training->network, training->images, batch, &pass);
    /* The last layer is dense, whose backward pass reads no y: the gradient may take its place. */
    double loss =
        gt_loss_softmax(training->logits, training->logits, training->labels, classes, batch);
    gt_network_begin_gradients(&training->network);
    gt_network_backward(&training->network, training->images, training->logits, training->logits,
                        batch);
    training->optimizer.settings.lr =
        first_rate * cos(acos(0) * (double)step / (double)training->steps);
    gt_optimizer_step(&training->optimizer, training->network.compute->team,
                      training->network.parameters, training->network.gradients,
                      training->network.parameter_count);
    return loss;
}

/* The networks that are used are the beginning and the end of the one that was trained. */
static void copy_parts(gt_classifier *classifier, const gt_network *whole) {
    gt_network *features = &classifier->features, *head = &classifier->head;
    const size_t first = features->parameter_count, rest = head->parameter_count;
    assert(first + rest == whole->parameter_count && features->state_count == whole->state_count);
    memcpy(features->parameters, whole->parameters, first * sizeof(gt_real));
    memcpy(features->state, whole->state, features->state_count * sizeof(gt_real));
    memcpy(head->parameters, whole->parameters + first, rest * sizeof(gt_real));
}

gt_status gt_classifier_train(gt_classifier *classifier, const gt_dataset *dataset,
                              gt_error *error) {
    assert(dataset->labels != NULL && dataset->pixels == classifier->pixels);
    assert(gt_classifier_classes(dataset) <= classifier->classes);
    assert(dataset->count == classifier->trained_on);
    struct training training;
    gt_status status = open_training(&training, classifier, dataset, error);
    for (uint64_t step = 0; status == GT_OK && step < training.steps; step++) {
        double loss = train_step(&training, step);
        status = gt_stop_check(classifier->features.compute->stop, error);
        if (!isfinite(loss))
            status = gt_error_set(error, GT_DIVERGED,
                                  "the classifier's loss is not a number at step %d", (int)step);
    }
    if (status == GT_OK) {
        copy_parts(classifier, &training.network);
        gt_network_refresh(&classifier->features);
        gt_network_refresh(&classifier->head);
    }
    gt_arena_release(&training.arena);
    return status;
}

/* --- Use --- */

/* The arguments of a loop from bytes to numbers in [0, 1]. */
struct conversion {
    gt_real *to;
    const uint8_t *from;
};

static void convert(void *context, long first, long last) {
    const struct conversion *conversion = context;
    for (long i = first; i < last; i++)
        conversion->to[i] = (gt_real)conversion->from[i] / 255;
}

void gt_classifier_apply(gt_real *features, gt_real *probabilities, gt_classifier *classifier,
                         const uint8_t *images, uint32_t count) {
    const gt_pass pass = {.training = false};
    int classes = classifier->classes;
    for (uint32_t done = 0; done < count; done += BLOCK) {
        int rows = count - done < BLOCK ? (int)(count - done) : BLOCK;
        long numbers = (long)rows * classifier->pixels;
        struct conversion conversion = {classifier->images,
                                        images + (size_t)done * (size_t)classifier->pixels};
        gt_team_run(classifier->features.compute->team, convert, &conversion, numbers, GT_LOOP_UNIT,
                    numbers > GT_LOOP_WORTH);
        gt_network_forward(classifier->hidden, &classifier->features, classifier->images, rows,
                           &pass);
        if (features != NULL)
            memcpy(features + (size_t)done * GT_CLASSIFIER_FEATURES, classifier->hidden,
                   (size_t)rows * GT_CLASSIFIER_FEATURES * sizeof(gt_real));
        if (probabilities == NULL)
            continue;
        gt_network_forward(classifier->logits, &classifier->head, classifier->hidden, rows, &pass);
        gt_loss_softmax_probabilities(probabilities + (size_t)done * (size_t)classes,
                                      classifier->logits, classes, rows);
    }
}

/* Rows of a set of images, with looks at a request to stop. */
static gt_status look(gt_real *features, gt_real *probabilities, gt_classifier *classifier,
                      const uint8_t *images, gt_rows rows, gt_error *error) {
    const size_t end = (size_t)rows.first + (size_t)rows.count;
    gt_status status = GT_OK;
    for (size_t first = (size_t)rows.first; status == GT_OK && first < end; first += LOOK) {
        const size_t count = end - first < LOOK ? end - first : LOOK;
        gt_classifier_apply(features + first * GT_CLASSIFIER_FEATURES,
                            probabilities + first * (size_t)classifier->classes, classifier,
                            images + first * (size_t)classifier->pixels, (uint32_t)count);
        status = gt_stop_check(classifier->features.compute->stop, error);
    }
    return status;
}

/* The blocks of a share: parameters and running statistics of both networks, images, results. */
enum { FEATURE_PARAMETERS, FEATURE_STATE, HEAD_PARAMETERS, IMAGES, FEATURES, PROBABILITIES };

/* Every process, the first too, looks with a classifier of its own. */
gt_status classifier_share_work(const struct share *share, const gt_compute *compute, gt_rows rows,
                                gt_error *error) {
    const struct share_block *blocks = share->blocks;
    const int64_t *integers = share->integers;
    const gt_shape shape = {(int)integers[0], (int)integers[1], (int)integers[2]};
    gt_classifier classifier;
    gt_status status = gt_classifier_open(&classifier, shape, (int)integers[3],
                                          (uint32_t)integers[4], compute, error);
    if (status != GT_OK)
        return status;
    memcpy(classifier.features.parameters, blocks[FEATURE_PARAMETERS].bytes,
           blocks[FEATURE_PARAMETERS].row_bytes);
    memcpy(classifier.features.state, blocks[FEATURE_STATE].bytes, blocks[FEATURE_STATE].row_bytes);
    memcpy(classifier.head.parameters, blocks[HEAD_PARAMETERS].bytes,
           blocks[HEAD_PARAMETERS].row_bytes);
    gt_network_refresh(&classifier.features);
    gt_network_refresh(&classifier.head);
    status = look(blocks[FEATURES].bytes, blocks[PROBABILITIES].bytes, &classifier,
                  blocks[IMAGES].bytes, rows, error);
    gt_classifier_close(&classifier);
    return status;
}

gt_status gt_classifier_look(gt_real *features, gt_real *probabilities, gt_classifier *classifier,
                             const uint8_t *images, uint32_t count, gt_error *error) {
    const gt_compute *compute = classifier->features.compute;
    const gt_network *first = &classifier->features, *head = &classifier->head;
    const size_t real = sizeof(gt_real);
    const gt_shape shape = classifier->shape;
    if (!share_is_possible(compute, count))
        return look(features, probabilities, classifier, images, (gt_rows){0, (int)count}, error);
    const struct share share = {
        .kind = SHARE_LOOK,
        .count = count,
        .unit = BLOCK,
        .integers = {shape.channels, shape.height, shape.width, classifier->classes,
                     classifier->trained_on},
        .blocks = {
            [FEATURE_PARAMETERS] = share_given(first->parameters, first->parameter_count * real, 1),
            [FEATURE_STATE] = share_given(first->state, first->state_count * real, 1),
            [HEAD_PARAMETERS] = share_given(head->parameters, head->parameter_count * real, 1),
            [IMAGES] = share_given(images, (size_t)classifier->pixels, count),
            [FEATURES] = share_result(features, GT_CLASSIFIER_FEATURES * real, count),
            [PROBABILITIES] =
                share_result(probabilities, (size_t)classifier->classes * real, count),
        }};
    return share_out(&share, compute, error);
}

double gt_classifier_accuracy(gt_classifier *classifier, const gt_dataset *dataset) {
    gt_real *probabilities = classifier->logits; /* in place: only the likeliest counts */
    uint32_t right = 0;
    for (uint32_t done = 0; done < dataset->count; done += BLOCK) {
        uint32_t rows = dataset->count - done < BLOCK ? dataset->count - done : BLOCK;
        gt_classifier_apply(NULL, probabilities, classifier,
                            dataset->images + (size_t)done * (size_t)dataset->pixels, rows);
        for (uint32_t i = 0; i < rows; i++) {
            const gt_real *p = probabilities + (size_t)i * (size_t)classifier->classes;
            right += gt_likeliest_class(p, classifier->classes) == dataset->labels[done + i];
        }
    }
    return (double)right / dataset->count;
}
