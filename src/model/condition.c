/* Conditions: one-hot rows, drawn by address, and the layer that brings them into a network. */
#include "gantrain/model/condition.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

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

/* Where in a list the class comes in: in front of the first layer that is not element-wise, so that
 * dropout of the input does not hide it. Sets *entry to how many entries come before, and *as_vector to
 * whether an image is no image to what follows. */
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

gt_status gt_condition_layers(char text[GT_LAYERS_TEXT], const char *layers, gt_shape in,
                              int classes, gt_error *error) {
    const char *list = layers != NULL ? layers : "", *rest = list;
    char told[48] = "";
    int entry = 0;
    bool as_vector;
    if (classes > 0 && strstr(list, gt_layer_one_hot.name) == NULL) {
        find_place(&entry, &as_vector, list, in);
        snprintf(told, sizeof told, "%s%s %d", as_vector ? "flatten, " : "", gt_layer_one_hot.name,
                 classes);
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

gt_status gt_condition_check(const gt_network *network, int classes, const char *name,
                             gt_error *error) {
    for (int i = 0; i < network->layer_count; i++) {
        const gt_layer *layer = &network->layers[i];
        if (layer->kind != &gt_layer_one_hot || layer->arguments[0] == classes)
            continue;
        if (classes == 0)
            return gt_error_set(error, GT_USAGE,
                                "[%s] layers: '%s %g' takes classes: set train.conditional = yes",
                                name, layer->kind->name, layer->arguments[0]);
        return gt_error_set(
            error, GT_USAGE, "[%s] layers: '%s %g': the data have %d classes: write '%s %d'", name,
            layer->kind->name, layer->arguments[0], classes, layer->kind->name, classes);
    }
    return GT_OK;
}
