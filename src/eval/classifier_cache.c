/* Keeps the classifier of an evaluation for later ones, in a file named by its data and its recipe.
 * A cache that cannot be read or written costs only the seconds of training: neither is an
 * error. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "gantrain/files/file.h"
#include "eval/evaluator.h"

#define RECIPE_KEY "gantrain_classifier"

/* Classes that the classifier tells apart: those of the images it learns from, of the training
 * images and of a model that is told classes. Drawn digits are other ones than those trained on. */
static int count_classes(const struct evaluator *evaluator) {
    const int told = evaluator->sampler.model.classes;
    const int learned = gt_classifier_classes(&evaluator->learned);
    const int trained = gt_classifier_classes(evaluator_classified(evaluator));
    const int most = learned > trained ? learned : trained;
    return told > most ? told : most;
}

/* The path of the classifier of these images and labels. False: there is no cache. */
static bool cache_path(char path[GT_PATH_CAPACITY], const struct evaluator *evaluator) {
    const gt_dataset *learned = &evaluator->learned;
    const char *directory = evaluator->request->cache;
    char name[128], shape[GT_SHAPE_TEXT];
    if (directory == NULL)
        return false;
    snprintf(name, sizeof name,
             "classifier-%d-%" PRIu32 "x%s-%d-%08" PRIx32 "-%08" PRIx32 ".safetensors",
             GT_CLASSIFIER_RECIPE, learned->count, gt_shape_format(shape, learned->shape),
             count_classes(evaluator), learned->checksum,
             (uint32_t)crc32_z(0, (const unsigned char *)learned->labels,
                               learned->count * sizeof *learned->labels));
    return gt_path_join(path, directory, name);
}

bool evaluator_has_cached(const struct evaluator *evaluator) {
    char path[GT_PATH_CAPACITY];
    return cache_path(path, evaluator) && access(path, R_OK) == 0;
}

/* Shows the tensors of both networks. */
static gt_status visit(const gt_classifier *classifier, gt_tensor_visitor visitor, void *context,
                       gt_error *error) {
    gt_status status =
        gt_tensors_visit("features", &classifier->features, NULL, visitor, context, error);
    if (status == GT_OK)
        status = gt_tensors_visit("head", &classifier->head, NULL, visitor, context, error);
    return status;
}

/* --- Reading --- */

/* Weights that were trained are numbers, and some of each tensor are not zero; the checksum of a
 * file only says that it is as it was written. */
static gt_status check_trained(const gt_tensor *tensor, gt_error *error) {
    bool all_zero = tensor->rank > 1; /* biases may be zero */
    if (!gt_tensor_is_finite(tensor))
        return gt_error_set(error, GT_FAILED, "tensor '%s' holds a number that is not finite",
                            tensor->name);
    for (size_t i = 0; all_zero && i < gt_tensor_size(tensor); i++)
        all_zero = tensor->values[i] == 0;
    return all_zero
               ? gt_error_set(error, GT_FAILED, "tensor '%s' holds nothing but zeros", tensor->name)
               : GT_OK;
}

static gt_status take_tensor(void *context, const gt_tensor *tensor, gt_error *error) {
    gt_status status = gt_safetensors_take(tensor->values, context, tensor->name, "F32",
                                           tensor->rank, tensor->sizes, error);
    return status == GT_OK ? check_trained(tensor, error) : status;
}

/* The message does not name the file unless it could not be read. */
static gt_status take_tensors(gt_classifier *classifier, gt_safetensors *tensors, gt_error *error) {
    char recipe[16];
    const char *found = gt_safetensors_metadata(tensors, RECIPE_KEY);
    snprintf(recipe, sizeof recipe, "%d", GT_CLASSIFIER_RECIPE);
    if (found == NULL || strcmp(found, recipe) != 0)
        return gt_error_set(error, GT_FAILED, "it was made by another recipe than %s", recipe);
    if (!tensors->has_checksum || !tensors->checksum_matches)
        return gt_error_set(error, GT_FAILED, "its checksum does not match");
    return visit(classifier, take_tensor, tensors, error);
}

/* Whether the classifier was taken from the file; says so of one that is there and cannot be
 * used. */
static bool load(struct evaluator *evaluator, const char *path) {
    gt_classifier *classifier = &evaluator->classifier;
    gt_safetensors tensors;
    gt_error why = {0};
    if (access(path, F_OK) != 0)
        return false;
    if (gt_safetensors_open(&tensors, path, &why) == GT_OK) {
        gt_status status = take_tensors(classifier, &tensors, &why);
        gt_safetensors_close(&tensors);
        if (status == GT_OK) {
            gt_network_refresh(&classifier->features);
            gt_network_refresh(&classifier->head);
            return true;
        }
    }
    char text[GT_PATH_CAPACITY + 1600];
    bool is_named = strncmp(why.message, path, strlen(path)) == 0;
    snprintf(text, sizeof text, "%s%s%.1500s: the classifier is not taken from there but trained",
             is_named ? "" : path, is_named ? "" : ": ", why.message);
    evaluator_note(evaluator, text);
    return false;
}

/* --- Writing --- */

static gt_status add_tensor(void *context, const gt_tensor *tensor, gt_error *error) {
    (void)error;
    gt_safetensors_add(context, tensor->name, "F32", tensor->rank, tensor->sizes, tensor->values);
    return GT_OK;
}

static bool save(const gt_classifier *classifier, const char *directory, const char *path) {
    gt_safetensors_writer writer;
    gt_error unused;
    char recipe[16];
    snprintf(recipe, sizeof recipe, "%d", GT_CLASSIFIER_RECIPE);
    gt_safetensors_begin(&writer);
    gt_safetensors_add_metadata(&writer, RECIPE_KEY, recipe);
    bool made = gt_directory_make(directory, &unused) == GT_OK;
    if (made) /* of other data, whose name is not written again */
        gt_directory_sweep(directory, ".safetensors", NULL);
    bool saved = made && visit(classifier, add_tensor, &writer, &unused) == GT_OK &&
                 gt_safetensors_write(&writer, path, &unused) == GT_OK;
    gt_safetensors_end(&writer);
    return saved;
}

gt_status evaluator_open_classifier(struct evaluator *evaluator, gt_error *error) {
    gt_classifier *classifier = &evaluator->classifier;
    const gt_dataset *training = evaluator_classified(evaluator), *test = &evaluator->test;
    char path[GT_PATH_CAPACITY];
    gt_status status = gt_classifier_open(classifier, training->shape, count_classes(evaluator),
                                          evaluator->learned.count, &evaluator->compute, error);
    if (status != GT_OK)
        return status;
    evaluator->has_classifier = true;
    bool has_path = cache_path(path, evaluator);
    if (!has_path || !load(evaluator, path)) {
        status = gt_classifier_train(classifier, &evaluator->learned, error);
        gt_stop_hold(evaluator->compute.stop); /* a temporary file must not stay */
        bool kept =
            status == GT_OK && has_path && save(classifier, evaluator->request->cache, path);
        gt_stop_release(evaluator->compute.stop);
        if (status == GT_OK && !kept)
            evaluator_note(evaluator,
                           "the classifier could not be kept (XDG_CACHE_HOME, HOME): it is trained "
                           "every time");
    }
    if (status != GT_OK)
        return status;
    evaluator->scores->classifier_checksum = gt_classifier_checksum(classifier);
    if (evaluator->has_test && test->labels != NULL)
        evaluator->scores->classifier_accuracy = gt_classifier_accuracy(classifier, test);
    return GT_OK;
}

static gt_status look(struct view *view, struct evaluator *evaluator, const gt_dataset *images,
                      gt_error *error) {
    size_t count = images->count, classes = (size_t)evaluator->classifier.classes;
    view->features = malloc(count * GT_CLASSIFIER_FEATURES * sizeof(gt_real));
    view->probabilities = malloc(count * classes * sizeof(gt_real));
    if (view->features == NULL || view->probabilities == NULL)
        return gt_error_set(error, GT_FAILED,
                            "no memory for the features of %zu images: take fewer samples", count);
    return gt_classifier_look(view->features, view->probabilities, &evaluator->classifier,
                              images->images, images->count, error);
}

gt_status evaluator_look(struct evaluator *evaluator, gt_error *error) {
    gt_status status = look(&evaluator->samples_view, evaluator, &evaluator->samples, error);
    if (status == GT_OK)
        status = look(&evaluator->real_view, evaluator, &evaluator->real, error);
    if (status == GT_OK)
        status = look(&evaluator->held_out_view, evaluator, &evaluator->held_out, error);
    return status;
}
