/* The table of layer kinds, and the reader of layer lists that walks it. */
#include "gantrain/nn/layer.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/text.h"

static const gt_layer_kind *const kinds[] = {
    &gt_layer_dense,   &gt_layer_maxout, &gt_layer_relu,    &gt_layer_leaky_relu,
    &gt_layer_sigmoid, &gt_layer_tanh,   &gt_layer_dropout, &gt_layer_batchnorm,
};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

const gt_layer_kind *gt_layer_kind_at(int index) {
    return index < KIND_COUNT ? kinds[index] : NULL;
}

size_t gt_layer_tensor_size(const gt_layer_tensor *tensor) {
    return (size_t)tensor->rows * (size_t)(tensor->columns > 0 ? tensor->columns : 1);
}

/* "dense, relu, ..." for messages. */
static void list_kinds(char *text, size_t capacity) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < KIND_COUNT && used < capacity; i++)
        used +=
            (size_t)snprintf(text + used, capacity - used, "%s%s", i ? ", " : "", kinds[i]->name);
}

static gt_status find_kind(gt_layer *layer, const char *name, int entry, gt_error *error) {
    gt_guess guess = {.word = name};
    for (int i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i]->name, name) == 0) {
            layer->kind = kinds[i];
            return GT_OK;
        }
        gt_guess_consider(&guess, kinds[i]->name);
    }
    char known[256];
    list_kinds(known, sizeof known);
    return gt_error_set(error, GT_USAGE, "layer %d: '%s' is not known (known: %s)%s", entry, name,
                        known, gt_guess_phrase(&guess));
}

/* Takes argument number `index` from `word`, or its fallback if word is NULL. */
static gt_status take_argument(gt_layer *layer, int index, const char *word, int entry,
                               gt_error *error) {
    const gt_layer_argument *argument = &layer->kind->arguments[index];
    double *value = &layer->arguments[index];
    if (word == NULL && isnan(argument->fallback))
        return gt_error_set(error, GT_USAGE, "layer %d: '%s' needs %s (%g to %g)", entry,
                            layer->kind->name, argument->name, argument->lowest, argument->highest);
    if (word == NULL) {
        *value = argument->fallback;
        return GT_OK;
    }
    if (!gt_text_to_real(value, word) || *value < argument->lowest || *value > argument->highest ||
        (argument->whole && *value != floor(*value)))
        return gt_error_set(error, GT_USAGE, "layer %d: %s of '%s' is '%s': needs %s %g to %g",
                            entry, argument->name, layer->kind->name, word,
                            argument->whole ? "a whole number" : "a number", argument->lowest,
                            argument->highest);
    return GT_OK;
}

/* One entry of the list: words separated by space. Consumes `text`. */
static gt_status parse_entry(gt_layer *layer, char *text, int entry, gt_error *error) {
    char *rest, *word = strtok_r(text, " \t", &rest);
    if (word == NULL)
        return gt_error_set(error, GT_USAGE, "layer %d is empty: is there a comma too many?",
                            entry);
    gt_status status = find_kind(layer, word, entry, error);
    for (int i = 0; status == GT_OK && i < GT_LAYER_ARGUMENTS; i++)
        if (layer->kind->arguments[i].name != NULL)
            status = take_argument(layer, i, strtok_r(NULL, " \t", &rest), entry, error);
    if (status == GT_OK && (word = strtok_r(NULL, " \t", &rest)) != NULL)
        status = gt_error_set(error, GT_USAGE, "layer %d: '%s' takes no '%s'; is a comma missing?",
                              entry, layer->kind->name, word);
    return status;
}

gt_status gt_layers_parse(gt_layer *layers, int *count, const char *text, int in, gt_error *error) {
    *count = 0;
    for (bool more = true; more;) {
        size_t length = strcspn(text, ",");
        char entry[128];
        if (*count == GT_LAYERS)
            return gt_error_set(error, GT_USAGE, "more than %d layers", GT_LAYERS);
        if (length >= sizeof entry)
            return gt_error_set(error, GT_USAGE, "layer %d is over-long: '%.40s...'", *count + 1,
                                text);
        memcpy(entry, text, length);
        entry[length] = '\0';

        gt_layer *layer = &layers[*count];
        *layer = (gt_layer){.in = in, .out = in};
        gt_status status = parse_entry(layer, entry, *count + 1, error);
        if (status != GT_OK)
            return status;
        if (layer->kind->shape != NULL)
            layer->kind->shape(layer);
        if (layer->tensor_count > 0 && layer->tensors[0].rows > GT_LAYER_UNITS)
            return gt_error_set(error, GT_USAGE,
                                "layer %d: '%s' has %d rows of weights: at most %d", *count + 1,
                                layer->kind->name, layer->tensors[0].rows, GT_LAYER_UNITS);
        in = layer->out;
        ++*count;
        more = text[length] == ',';
        text += length + more;
    }
    return GT_OK;
}

void gt_layer_format(char *text, size_t capacity, const gt_layer *layer) {
    size_t used = (size_t)snprintf(text, capacity, "%s", layer->kind->name);
    for (int i = 0; i < GT_LAYER_ARGUMENTS && used < capacity; i++)
        if (layer->kind->arguments[i].name != NULL) {
            char number[32];
            gt_text_from_real(number, sizeof number, layer->arguments[i]);
            used += (size_t)snprintf(text + used, capacity - used, " %s", number);
        }
}
