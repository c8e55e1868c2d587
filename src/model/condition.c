/* Conditions: one-hot rows, drawn by address, and the layer that brings them into a network. */
#include "gantrain/model/condition.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/text.h"

void gt_condition_set(gt_real *condition, const uint16_t *labels, int rows, int classes) {
    memset(condition, 0, (size_t)rows * (size_t)classes * sizeof *condition);
    for (long row = 0; row < rows; row++) {
        assert(labels[row] < classes);
        condition[row * classes + labels[row]] = 1;
    }
}

uint16_t gt_condition_draw_class(const uint32_t *images, int classes, gt_address address) {
    uint32_t total = 0;
    int label = 0;
    assert(classes > 0);
    if (images == NULL)
        return (uint16_t)gt_random_below(address, 0, (uint32_t)classes);
    for (int c = 0; c < classes; c++)
        total += images[c];
    uint32_t image = gt_random_below(address, 0, total);
    while (image >= images[label])
        image -= images[label++];
    return (uint16_t)label;
}

const gt_real *gt_condition_row(const gt_real *condition, int classes, long row) {
    return classes > 0 ? condition + row * classes : NULL;
}

/* --- Ways --- */

/* Reads one word of a way, and the number after it; returns what follows, or NULL. */
static const char *read_word(gt_condition_way *way, const char *text) {
    const size_t length = strcspn(text, " ");
    const char *rest = text + length + strspn(text + length, " ");
    int used = 0;
    if (length == strlen("one_hot") && strncmp(text, "one_hot", length) == 0 && !way->projects)
        return rest;
    if (length == strlen("projection") && strncmp(text, "projection", length) == 0) {
        way->projects = true;
        return *rest == '\0' ? rest : NULL;
    }
    if (length != strlen("embedding") || strncmp(text, "embedding", length) != 0 ||
        sscanf(rest, "%5d%n", &way->embedding, &used) != 1 || way->embedding < 1 ||
        way->embedding > GT_LAYER_UNITS || (rest[used] != ' ' && rest[used] != '\0'))
        return NULL;
    return rest + used + strspn(rest + used, " ");
}

gt_status gt_condition_parse(gt_condition_way *way, const char *text, gt_error *error) {
    gt_condition_way found = {0};
    const char *rest = text[0] != '\0' ? read_word(&found, text) : NULL;
    if (rest != NULL && *rest != '\0') /* only projection can follow */
        rest = strcmp(rest, "projection") == 0 ? read_word(&found, rest) : NULL;
    if (rest == NULL)
        return gt_error_set(error, GT_USAGE,
                            "needs one_hot, embedding N (N 1 to %d), projection, or 'embedding N "
                            "projection'",
                            GT_LAYER_UNITS);
    *way = found;
    return GT_OK;
}

const char *gt_condition_format(char text[GT_CONDITION_TEXT], const gt_condition_way *way) {
    size_t used = 0;
    if (way->embedding > 0)
        used = gt_text_append(text, GT_CONDITION_TEXT, used, "embedding %d", way->embedding);
    if (way->projects)
        used = gt_text_append(text, GT_CONDITION_TEXT, used, "%sprojection", used > 0 ? " " : "");
    if (used == 0)
        gt_text_append(text, GT_CONDITION_TEXT, used, "one_hot");
    return text;
}

/* --- Lists of layers --- */

/* Where in a list the class comes in: in front of the first layer that is not element-wise, so that
 * dropout of the input does not hide it. Sets *entry to how many entries come before, and
 * *as_vector to whether an image is no image to what follows. */
static void find_place(int *entry, bool *as_vector, const char *list, gt_shape in) {
    gt_layer layers[GT_LAYERS];
    int count = 0, i = 0;
    *entry = 0;
    *as_vector = in.height > 1 || in.width > 1;
    if (list[0] == '\0' || gt_layers_parse(layers, &count, list, in, NULL) != GT_OK)
        return; /* a list that is wrong is refused where the network is shaped */
    while (i < count && layers[i].kind->element_wise)
        i++;
    *entry = i;
    if (i < count && layers[i].kind != &gt_layer_dense && layers[i].kind != &gt_layer_maxout)
        *as_vector = false;
}

/* Whether a list has a layer that takes a class. */
static bool takes_class(const char *list) {
    const gt_layer_kind *kind;
    for (int i = 0; (kind = gt_layer_kind_at(i)) != NULL; i++)
        if (kind->takes_class && strstr(list, kind->name) != NULL)
            return true;
    return false;
}

gt_status gt_condition_layers(char text[GT_LAYERS_TEXT], const char *layers, gt_shape in,
                              int classes, int embedding, gt_error *error) {
    const char *list = layers != NULL ? layers : "", *rest = list;
    char told[64] = "";
    int entry = 0;
    bool as_vector;
    if (classes > 0 && !takes_class(list)) {
        find_place(&entry, &as_vector, list, in);
        size_t used = gt_text_append(
            told, sizeof told, 0, "%s%s %d", as_vector ? "flatten, " : "",
            embedding > 0 ? gt_layer_embedding.name : gt_layer_one_hot.name, classes);
        if (embedding > 0)
            gt_text_append(told, sizeof told, used, " %d", embedding);
    }
    for (; entry > 0; entry--)
        rest += strcspn(rest, ",") + (entry > 1 || strchr(rest, ',') != NULL);
    const char *before = rest == list ? "" : *rest == '\0' ? ", " : " ";
    const char *after = told[0] == '\0' || *rest == '\0' ? "" : ",";
    const char *space = after[0] != '\0' && *rest != ' ' ? " " : "";
    if (snprintf(text, GT_LAYERS_TEXT, "%.*s%s%s%s%s%s", (int)(rest - list), list, before, told,
                 after, space, rest) >= GT_LAYERS_TEXT)
        return gt_error_set(error, GT_USAGE, "the layer list is over-long");
    return GT_OK;
}

gt_status gt_condition_check(const gt_network *network, int classes, const char *advice,
                             const char *name, gt_error *error) {
    for (int i = 0; i < network->layer_count; i++) {
        const gt_layer *layer = &network->layers[i];
        char written[64], wanted[64];
        gt_layer meant = *layer;
        meant.arguments[0] = classes;
        if (!layer->kind->takes_class || layer->arguments[0] == classes)
            continue;
        gt_layer_format(written, sizeof written, layer);
        gt_layer_format(wanted, sizeof wanted, &meant);
        if (classes == 0)
            return gt_error_set(error, GT_USAGE, "[%s] layers: '%s' takes classes: %s", name,
                                written, advice);
        return gt_error_set(error, GT_USAGE,
                            "[%s] layers: '%s': the data have %d classes: write '%s'", name,
                            written, classes, wanted);
    }
    return GT_OK;
}
