/* The images of an evaluation. All are bytes: 60,000 training images of 28 x 28 are 47 MB, and what
 * needs numbers converts a block at a time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "eval/evaluator.h"
#include "gantrain/base/text.h"
#include "gantrain/model/condition.h"
#include "gantrain/sample/named_images.h"

/* The built-in digits that the classifier learns from: far from any that are trained or tested
 * on. */
static const uint64_t learned_digits_first = (uint64_t)3 << 30;

/* So many digits or points are drawn to validate and to test: as many as are trained on, within
 * bounds. */
static uint64_t drawn_count(const struct evaluator *evaluator) {
    uint32_t count = evaluator->training.count;
    return count < GT_EVALUATION_HELD_OUT ? count : GT_EVALUATION_HELD_OUT;
}

static bool is_digits(const char *images) {
    return strcmp(images, GT_BUILTIN_DIGITS) == 0;
}

/* Whether the program draws them itself: then there are always more of them. */
static bool is_drawn(const char *images) {
    return is_digits(images) || gt_distribution_find(images) != NULL;
}

/* Whether a checkpoint's config names the images or their labels. */
static bool names_path(const gt_config *config, const char *images, const char *labels) {
    return strcmp(images, config->data.images) == 0 ||
           strcmp(images, config->data.test_images) == 0 ||
           (labels != NULL && labels[0] != '\0' &&
            (strcmp(labels, config->data.labels) == 0 ||
             strcmp(labels, config->data.test_labels) == 0));
}

/* Reads images as those of the training are read, but without their reflections: these are shown in
 * training only. */
static gt_status open_as(gt_dataset *dataset, const struct evaluator *evaluator, const char *images,
                         const char *labels, gt_range range, bool stack, gt_error *error) {
    gt_data_options options = gt_config_data_options(evaluator->request->config);
    options.stack = stack;
    if (evaluator->request->config->data.stack && images == evaluator->request->images)
        options.channels = 0; /* samples are in colour, whatever was stacked */
    options.images = images;
    options.labels = labels;
    options.range = range;
    options.mirror = false;
    options.cache = evaluator->request->cache;
    options.observer.stop = evaluator->compute.stop;
    bool is_named =
        evaluator->request->named != NULL && names_path(evaluator->request->named, images, labels);
    return gt_named_images_open(dataset, evaluator->compute.team, &options,
                                is_named ? evaluator->request->checkpoint : NULL,
                                "they can be named by --config FILE or --set data.images=FILE",
                                error);
}

/* The same; stacked if the training images are. */
static gt_status open_images(gt_dataset *dataset, const struct evaluator *evaluator,
                             const char *images, const char *labels, gt_range range,
                             gt_error *error) {
    return open_as(dataset, evaluator, images, labels, range,
                   evaluator->request->config->data.stack, error);
}

const gt_dataset *evaluator_classified(const struct evaluator *evaluator) {
    return evaluator->training.stacked ? &evaluator->learned : &evaluator->training;
}

/* The validation images: those after the training range, or else its own last ones. */
static gt_status open_validation(struct evaluator *evaluator, gt_error *error) {
    const gt_config *config = evaluator->request->config;
    const gt_dataset *training = &evaluator->training;
    uint64_t last = config->data.range.first + training->count;
    gt_range behind = {last, last + GT_EVALUATION_HELD_OUT};
    if (is_drawn(config->data.images)) {
        behind.last = last + drawn_count(evaluator);
        gt_status status =
            open_images(&evaluator->behind, evaluator, config->data.images, NULL, behind, error);
        evaluator->validation = evaluator->behind;
        evaluator->validation.image_memory = NULL;
        evaluator->validation.point_memory = NULL;
        evaluator->validation.label_memory = NULL;
        return status;
    }
    if (!evaluator->request->has_grown && behind.last <= evaluator->whole.count)
        return gt_dataset_part(&evaluator->validation, &evaluator->whole, behind,
                               config->data.images, error);
    uint32_t half = (training->count + 1) / 2;
    uint32_t count = half < GT_EVALUATION_HELD_OUT ? half : GT_EVALUATION_HELD_OUT;
    evaluator->validation_within = count;
    gt_range within = {training->count - count, training->count};
    return gt_dataset_part(&evaluator->validation, training, within, config->data.images, error);
}

static gt_status open_training(struct evaluator *evaluator, gt_error *error) {
    const gt_config *config = evaluator->request->config;
    /* Digits are drawn and stacks are made for a range. */
    bool whole_is_range = is_drawn(config->data.images) || config->data.stack;
    gt_range everything = {0, 0}, range = config->data.range;
    gt_status status = open_images(&evaluator->whole, evaluator, config->data.images,
                                   config->data.labels, whole_is_range ? range : everything, error);
    if (status == GT_OK)
        status = gt_dataset_part(&evaluator->training, &evaluator->whole,
                                 whole_is_range ? everything : range, config->data.images, error);
    return status == GT_OK ? open_validation(evaluator, error) : status;
}

static gt_status check_same_shape(const gt_dataset *images, const char *path,
                                  const struct evaluator *evaluator, gt_error *error) {
    const gt_dataset *training = &evaluator->training;
    if (images->distribution != training->distribution)
        return gt_error_set(error, GT_FAILED,
                            "%s: cannot be compared with %s: points take points of the same "
                            "distribution, and images images",
                            path, evaluator->request->config->data.images);
    if (gt_shape_equal(images->shape, training->shape))
        return GT_OK;
    char of_path[GT_SHAPE_TEXT], of_training[GT_SHAPE_TEXT];
    return gt_error_set(
        error, GT_FAILED,
        "%s: its images are %s, those of %s are %s: give images that belong together", path,
        gt_shape_format_image(of_path, images->shape), evaluator->request->config->data.images,
        gt_shape_format_image(of_training, training->shape));
}

static const char *class_name(const gt_dataset *dataset, int c) {
    return c < dataset->class_count ? dataset->class_names[c] : "missing";
}

/* Class k of a folder is the k-th of its sub-folders: where the names differ, the same label would
 * mean two things. */
static gt_status check_same_classes(const gt_dataset *test, const char *path,
                                    const struct evaluator *evaluator, gt_error *error) {
    const gt_dataset *training = &evaluator->training;
    int fewest =
        test->class_count < training->class_count ? test->class_count : training->class_count;
    char of_test[GT_EXCERPT], of_training[GT_EXCERPT];
    int c = 0;
    while (c < fewest && strcmp(test->class_names[c], training->class_names[c]) == 0)
        c++;
    if (fewest == 0 || (c == test->class_count && c == training->class_count))
        return GT_OK;
    return gt_error_set(error, GT_FAILED,
                        "%s: its classes are not those of %s: class %d is %s here and %s there: "
                        "give both folders the same sub-folders",
                        path, evaluator->request->config->data.images, c,
                        gt_text_excerpt(of_test, class_name(test, c)),
                        gt_text_excerpt(of_training, class_name(training, c)));
}

static gt_status open_test(struct evaluator *evaluator, gt_error *error) {
    const gt_config *config = evaluator->request->config;
    const char *path = config->data.test_images;
    gt_range range = {0, 0};
    if (is_drawn(path))
        range = (gt_range){GT_TEST_DIGITS_FIRST, GT_TEST_DIGITS_FIRST + drawn_count(evaluator)};
    gt_status status =
        open_images(&evaluator->test, evaluator, path, config->data.test_labels, range, error);
    if (status == GT_OK)
        status = check_same_shape(&evaluator->test, path, evaluator, error);
    if (status == GT_OK)
        status = check_same_classes(&evaluator->test, path, evaluator, error);
    evaluator->has_test = status == GT_OK;
    return status;
}

/* Real images stand next to samples, which the classifier has never seen, so it must not have seen
 * them either. It learns from the training images that are neither real ones nor what both are
 * compared with, or from digits of its own. Without labels there is no classifier. */
static gt_status split_training(struct evaluator *evaluator, gt_error *error) {
    const gt_dataset *training = &evaluator->training;
    const gt_config *config = evaluator->request->config;
    const char *images = config->data.images;
    const uint32_t within = evaluator->validation_within;
    const uint32_t last = training->count - (evaluator->has_test ? 0 : within);
    uint32_t real = (last + 1) / 2;
    evaluator->most_real = training->count - within;
    if (is_digits(images)) {
        const gt_range range = {learned_digits_first,
                                learned_digits_first + drawn_count(evaluator)};
        return open_as(&evaluator->learned, evaluator, images, NULL, range, false, error);
    }
    if (training->stacked) /* into images that are none of these */
        return open_as(&evaluator->learned, evaluator, images, config->data.labels,
                       config->data.range, false, error);
    if (training->labels == NULL)
        return GT_OK;
    if (real > GT_EVALUATION_HELD_OUT)
        real = GT_EVALUATION_HELD_OUT;
    if (evaluator->most_real > real)
        evaluator->most_real = real;
    const gt_range rest = {last > 1 ? evaluator->most_real : 0, last};
    return gt_dataset_part(&evaluator->learned, training, rest, images, error);
}

gt_status evaluator_open_data(struct evaluator *evaluator, gt_error *error) {
    const gt_config *config = evaluator->request->config;
    gt_status status = open_training(evaluator, error);
    if (status == GT_OK && config->data.test_images[0] != '\0')
        status = open_test(evaluator, error);
    if (status == GT_OK)
        status = split_training(evaluator, error);
    if (status != GT_OK)
        return status;
    const gt_dataset *from = evaluator->has_test ? &evaluator->test : &evaluator->validation;
    gt_range most = {0,
                     from->count < GT_EVALUATION_HELD_OUT ? from->count : GT_EVALUATION_HELD_OUT};
    status = gt_dataset_part(&evaluator->held_out, from, most, "held-out images", error);
    evaluator->scores->held_out_images = evaluator->held_out.count;
    return status;
}

/* Opens the checkpoint and checks that it belongs to the training images. */
static gt_status open_checkpoint(struct evaluator *evaluator, gt_error *error) {
    const char *path = evaluator->request->checkpoint;
    const gt_dataset *training = &evaluator->training;
    const gt_dataset *test = evaluator->has_test ? &evaluator->test : &evaluator->held_out;
    const gt_sampler *sampler = &evaluator->sampler;
    gt_status status = gt_sampler_open(&evaluator->sampler, &evaluator->compute, path,
                                       GT_MODEL_JUDGE, evaluator->request->raw, error);
    if (status != GT_OK)
        return status;
    if (sampler->data_checksum != training->checksum ||
        !gt_shape_equal(sampler->shape, training->shape)) {
        char of_checkpoint[GT_SHAPE_TEXT], of_training[GT_SHAPE_TEXT];
        return gt_error_set(
            error, GT_FAILED,
            "%s: was trained on other images (%s, checksum %08" PRIx32 ") than %s holds "
            "(%s, checksum %08" PRIx32 "): give its own by --config FILE or --set "
            "data.images=FILE",
            path, gt_shape_format_image(of_checkpoint, sampler->shape), sampler->data_checksum,
            evaluator->request->config->data.images,
            gt_shape_format_image(of_training, training->shape), training->checksum);
    }
    if (test->labels != NULL)
        status = gt_class_table_check(&sampler->classes, test, error);
    if (status == GT_OK && training->labels != NULL)
        status = gt_class_table_check(&sampler->classes, training, error);
    return status;
}

/* The classes that samples of a conditional model were asked for become their labels. */
static gt_status keep_classes(gt_dataset *samples, const struct evaluator *evaluator,
                              gt_error *error) {
    if (evaluator->sampler.model.classes == 0)
        return GT_OK;
    samples->label_memory = malloc((size_t)samples->count * sizeof *samples->label_memory);
    if (samples->label_memory == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for %" PRIu32 " labels", samples->count);
    for (uint32_t i = 0; i < samples->count; i++)
        samples->label_memory[i] =
            (uint16_t)gt_sampler_class(&evaluator->sampler, evaluator->request->seed, i);
    samples->labels = samples->label_memory;
    return GT_OK;
}

/* Draws points into a dataset that owns them. */
static gt_status draw_points(struct evaluator *evaluator, uint32_t count, gt_error *error) {
    gt_dataset *samples = &evaluator->samples;
    const gt_dataset *training = &evaluator->training;
    *samples = (gt_dataset){.count = count,
                            .shape = training->shape,
                            .pixels = training->pixels,
                            .distribution = training->distribution,
                            .point_memory = malloc((size_t)count * (size_t)training->pixels *
                                                   sizeof *samples->point_memory)};
    samples->points = samples->point_memory;
    if (samples->points == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for %" PRIu32 " samples: take fewer",
                            count);
    evaluator->scores->epoch = (double)evaluator->sampler.epoch;
    evaluator->scores->step = (double)evaluator->sampler.step;
    return gt_sampler_draw_points(samples->point_memory, &evaluator->sampler,
                                  evaluator->request->seed, count, error);
}

/* The same of images or points. */
static gt_status draw_samples(struct evaluator *evaluator, uint32_t count, gt_error *error) {
    gt_dataset *samples = &evaluator->samples;
    const gt_dataset *training = &evaluator->training;
    gt_status status = open_checkpoint(evaluator, error);
    if (status != GT_OK)
        return status;
    if (training->points != NULL)
        return draw_points(evaluator, count, error);
    *samples = (gt_dataset){.count = count,
                            .shape = training->shape,
                            .pixels = training->pixels,
                            .image_memory = malloc((size_t)count * (size_t)training->pixels)};
    if (samples->image_memory == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for %" PRIu32 " samples: take fewer",
                            count);
    samples->images = samples->image_memory;
    for (uint32_t done = 0; status == GT_OK && done < count; done += GT_SAMPLER_BATCH) {
        uint32_t left = count - done;
        gt_sampler_draw(samples->image_memory + (size_t)done * (size_t)training->pixels,
                        &evaluator->sampler, evaluator->request->seed, done,
                        left < GT_SAMPLER_BATCH ? left : GT_SAMPLER_BATCH);
        status = gt_stop_check(evaluator->compute.stop, error);
    }
    if (status == GT_OK)
        status = keep_classes(samples, evaluator, error);
    evaluator->scores->epoch = (double)evaluator->sampler.epoch;
    evaluator->scores->step = (double)evaluator->sampler.step;
    return status;
}

/* Reads `most` samples, or all if there are fewer; of several sets, those of this one. */
static gt_status read_samples(struct evaluator *evaluator, uint32_t most, gt_error *error) {
    const char *path = evaluator->request->images;
    const int sets = evaluator->request->sets;
    gt_dataset *samples = &evaluator->samples;
    gt_status status = open_as(samples, evaluator, path, NULL, (gt_range){0, 0}, false, error);
    if (status == GT_OK)
        status = check_same_shape(samples, path, evaluator, error);
    samples->labels = NULL; /* classes that nobody asked a model for */
    if (status == GT_OK && sets > 1 && samples->count / (uint32_t)sets < most)
        return gt_error_set(error, GT_USAGE,
                            "%s: has %" PRIu32 " images, and %d sets of %" PRIu32 " take %" PRIu64
                            ": give fewer sets, or a smaller --samples",
                            path, samples->count, sets, most, (uint64_t)most * (uint64_t)sets);
    if (status == GT_OK && samples->count > most) {
        samples->images += (size_t)evaluator->request->set * most * (size_t)samples->pixels;
        samples->count = most;
    }
    return status;
}

/* The training images that stand in for the samples: of several sets each has its own, as long as
 * there are enough. */
static gt_status choose_real(struct evaluator *evaluator, gt_error *error) {
    const gt_evaluation_request *request = evaluator->request;
    const uint32_t count = evaluator->samples.count, most = evaluator->most_real / count;
    const uint32_t first = (uint32_t)request->set % most * count;
    if (request->sets > 1)
        evaluator->scores->real_sets = (uint32_t)request->sets < most ? request->sets : (int)most;
    evaluator->scores->samples = evaluator->scores->real_images = count;
    return gt_dataset_part(&evaluator->real, &evaluator->training, (gt_range){first, first + count},
                           request->config->data.images, error);
}

gt_status evaluator_open_samples(struct evaluator *evaluator, gt_error *error) {
    const gt_evaluation_request *request = evaluator->request;
    /* The real ones are the first of the training images. Scores depend on how many images they are
     * of, so there are as many samples as real ones. */
    const uint32_t most = evaluator->most_real;
    if (most == 0)
        return gt_error_set(error, GT_FAILED, "%s: one image is too few to compare anything with",
                            request->config->data.images);
    uint32_t count = request->samples < most ? request->samples : most;
    gt_status status = request->checkpoint != NULL ? draw_samples(evaluator, count, error)
                                                   : read_samples(evaluator, count, error);
    if (status != GT_OK)
        return status;
    return choose_real(evaluator, error);
}

const gt_real *evaluator_condition(gt_real *condition, const struct evaluator *evaluator,
                                   const gt_dataset *images, uint32_t first, int rows) {
    const int classes = evaluator->sampler.model.classes;
    if (classes == 0)
        return NULL;
    gt_condition_set(condition, images->labels + first, rows, classes);
    return condition;
}
