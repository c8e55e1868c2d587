/* The table of layer kinds, and the reader of layer lists that walks it. */
#include "gantrain/nn/layer.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/text.h"

static const gt_layer_kind *const kinds[] = {
    &gt_layer_dense,
    &gt_layer_conv,
    &gt_layer_deconv,
    &gt_layer_maxout,
    &gt_layer_channel_max,
    &gt_layer_relu,
    &gt_layer_leaky_relu,
    &gt_layer_sigmoid,
    &gt_layer_tanh,
    &gt_layer_dropout,
    &gt_layer_batchnorm,
    &gt_layer_image,
    &gt_layer_flatten,
    &gt_layer_pool,
    &gt_layer_upsample,
    &gt_layer_global_pool,
    &gt_layer_minibatch_stddev,
    &gt_layer_one_hot,
    &gt_layer_embedding,
    &gt_layer_projection,
};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

void gt_pass_uniform(gt_real *out, gt_team *team, const gt_pass *pass, gt_real low, gt_real high,
                     int rows, int columns) {
    const int group = pass->skip > 0 ? pass->group : rows;
    gt_address address = pass->address;
    for (int first = 0; first < rows; first += group) {
        const int count = rows - first < group ? rows - first : group;
        gt_random_uniform(out + (long)first * columns, team, address, low, high, count, columns);
        address.example += (uint32_t)group + pass->skip;
    }
}

const gt_layer_kind *gt_layer_kind_at(int index) {
    return index < KIND_COUNT ? kinds[index] : NULL;
}

size_t gt_layer_tensor_size(const gt_layer_tensor *tensor) {
    return (size_t)tensor->sizes[0] * (size_t)gt_layer_tensor_columns(tensor);
}

int gt_layer_tensor_columns(const gt_layer_tensor *tensor) {
    int columns = 1;
    for (int i = 1; i < tensor->rank; i++)
        columns *= tensor->sizes[i];
    return columns;
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

/* "average or max" */
static void list_words(char *text, size_t capacity, const gt_layer_argument *argument) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < GT_LAYER_WORDS && argument->words[i] != NULL && used < capacity; i++)
        used = gt_text_append(text, capacity, used, "%s%s", i ? " or " : "", argument->words[i]);
}

/* Reads an argument that is one of a few words. */
static gt_status take_word(double *value, const gt_layer *layer, const gt_layer_argument *argument,
                           const char *word, int entry, gt_error *error) {
    for (int i = 0; i < GT_LAYER_WORDS && argument->words[i] != NULL; i++)
        if (strcmp(argument->words[i], word) == 0) {
            *value = i;
            return GT_OK;
        }
    char known[64];
    list_words(known, sizeof known, argument);
    return gt_error_set(error, GT_USAGE, "layer %d: %s of '%s' is '%s': needs %s", entry,
                        argument->name, layer->kind->name, word, known);
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
    if (argument->words[0] != NULL)
        return take_word(value, layer, argument, word, entry, error);
    if (!gt_text_to_real(value, word) || *value < argument->lowest || *value > argument->highest ||
        (argument->whole && *value != floor(*value)))
        return gt_error_set(error, GT_USAGE, "layer %d: %s of '%s' is '%s': needs %s %g to %g",
                            entry, argument->name, layer->kind->name, word,
                            argument->whole ? "a whole number" : "a number", argument->lowest,
                            argument->highest);
    return GT_OK;
}

/* The argument that a keyword names; -1: none. */
static int find_keyword(const gt_layer_kind *kind, const char *word) {
    for (int i = 0; i < GT_LAYER_ARGUMENTS; i++)
        if (kind->arguments[i].keyword != NULL && strcmp(kind->arguments[i].keyword, word) == 0)
            return i;
    return -1;
}

/* Arguments after those known by their place: keyword, number, keyword, number; a flag is a keyword
 * alone. */
static gt_status take_keywords(gt_layer *layer, char **rest, int entry, gt_error *error) {
    bool taken[GT_LAYER_ARGUMENTS] = {false};
    const char *word;
    while ((word = strtok_r(NULL, " \t", rest)) != NULL) {
        int index = find_keyword(layer->kind, word);
        if (index < 0 || taken[index])
            return gt_error_set(error, GT_USAGE,
                                "layer %d: '%s' takes no %s'%s'; is a comma missing?", entry,
                                layer->kind->name, index < 0 ? "" : "second ", word);
        taken[index] = true;
        if (layer->kind->arguments[index].flag) {
            layer->arguments[index] = 1;
            continue;
        }
        const char *number = strtok_r(NULL, " \t", rest);
        gt_status status = take_argument(layer, index, number != NULL ? number : "", entry, error);
        if (status != GT_OK)
            return status;
    }
    for (int i = 0; i < GT_LAYER_ARGUMENTS; i++)
        if (layer->kind->arguments[i].keyword != NULL && !taken[i]) {
            gt_status status = take_argument(layer, i, NULL, entry, error);
            if (status != GT_OK)
                return status;
        }
    return GT_OK;
}

/* One entry of the list: words separated by space. Consumes `text`. */
static gt_status parse_entry(gt_layer *layer, char *text, int entry, gt_error *error) {
    char *rest, *word = strtok_r(text, " \t", &rest);
    if (word == NULL)
        return gt_error_set(error, GT_USAGE, "layer %d is empty: is there a comma too many?",
                            entry);
    gt_status status = find_kind(layer, word, entry, error);
    for (int i = 0; status == GT_OK && i < GT_LAYER_ARGUMENTS; i++) {
        const gt_layer_argument *argument = &layer->kind->arguments[i];
        const char *ends = layer->kind->joined ? " \tx" : " \t";
        if (argument->name != NULL && argument->keyword == NULL)
            status = take_argument(layer, i, strtok_r(NULL, ends, &rest), entry, error);
    }
    return status == GT_OK ? take_keywords(layer, &rest, entry, error) : status;
}

/* Shapes a layer for its input, and checks its size. */
static gt_status shape_entry(gt_layer *layer, int entry, gt_error *error) {
    gt_error detail = {0};
    if (layer->kind->shape != NULL && layer->kind->shape(layer, &detail) != GT_OK)
        return gt_error_set(error, GT_USAGE, "layer %d: '%s': %s", entry, layer->kind->name,
                            detail.message);
    const gt_shape out = layer->out;
    if (out.channels > GT_LAYER_UNITS ||
        (double)out.channels * out.height * out.width > GT_LAYER_NUMBERS) {
        char text[GT_SHAPE_TEXT];
        return gt_error_set(error, GT_USAGE,
                            "layer %d: '%s' gives %s: at most %d channels and %d "
                            "numbers",
                            entry, layer->kind->name, gt_shape_format(text, out), GT_LAYER_UNITS,
                            GT_LAYER_NUMBERS);
    }
    if (layer->tensor_count > 0 && layer->tensors[0].sizes[0] > GT_LAYER_UNITS)
        return gt_error_set(error, GT_USAGE, "layer %d: '%s' has %d rows of weights: at most %d",
                            entry, layer->kind->name, layer->tensors[0].sizes[0], GT_LAYER_UNITS);
    return GT_OK;
}

/* in NULL: entries are read, and not shaped. */
static gt_status parse_list(gt_layer *layers, int *count, const char *text, const gt_shape *in,
                            gt_error *error) {
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
        *layer = (gt_layer){0};
        if (in != NULL)
            layer->in = layer->out = *in;
        gt_status status = parse_entry(layer, entry, *count + 1, error);
        if (status == GT_OK && in != NULL)
            status = shape_entry(layer, *count + 1, error);
        if (status != GT_OK)
            return status;
        in = in != NULL ? &layer->out : NULL;
        ++*count;
        more = text[length] == ',';
        text += length + more;
    }
    return GT_OK;
}

gt_status gt_layers_parse(gt_layer *layers, int *count, const char *text, gt_shape in,
                          gt_error *error) {
    return parse_list(layers, count, text, &in, error);
}

gt_status gt_layers_check(const char *text, gt_error *error) {
    gt_layer layers[GT_LAYERS];
    int count;
    return parse_list(layers, &count, text, NULL, error);
}

/* Writes an argument with what stands before it. */
static int format_argument(char *text, size_t capacity, const gt_layer *layer, int index) {
    const gt_layer_argument *argument = &layer->kind->arguments[index];
    const double value = layer->arguments[index];
    const char *before = layer->kind->joined && index > 0 ? "x" : " ";
    char number[32];
    if (argument->flag)
        return snprintf(text, capacity, " %s", argument->keyword);
    if (argument->words[0] != NULL)
        return snprintf(text, capacity, " %s", argument->words[(int)value]);
    gt_text_from_real(number, sizeof number, value);
    if (argument->keyword != NULL)
        return snprintf(text, capacity, " %s %s", argument->keyword, number);
    return snprintf(text, capacity, "%s%s", before, number);
}

void gt_layer_format(char *text, size_t capacity, const gt_layer *layer) {
    size_t used = (size_t)snprintf(text, capacity, "%s", layer->kind->name);
    for (int i = 0; i < GT_LAYER_ARGUMENTS && used < capacity; i++) {
        const gt_layer_argument *argument = &layer->kind->arguments[i];
        bool is_left_out = argument->keyword != NULL && layer->arguments[i] == argument->fallback;
        if (argument->name != NULL && !is_left_out)
            used += (size_t)format_argument(text + used, capacity - used, layer, i);
    }
}

void gt_layer_describe(char *text, size_t capacity, const gt_layer *layer) {
    char entry[64], in[GT_SHAPE_TEXT], out[GT_SHAPE_TEXT], flop[32] = "";
    size_t parameters = 0;
    for (int k = 0; k < layer->tensor_count; k++)
        if (layer->tensors[k].trained)
            parameters += gt_layer_tensor_size(&layer->tensors[k]);
    if (layer->multiply_adds > 0)
        snprintf(flop, sizeof flop, " %9.3g MFLOP", 2 * layer->multiply_adds / 1e6);
    gt_layer_format(entry, sizeof entry, layer);
    snprintf(text, capacity, "%-32s %10s -> %-10s %9zu%s", entry, gt_shape_format(in, layer->in),
             gt_shape_format(out, layer->out), parameters, flop);
}
