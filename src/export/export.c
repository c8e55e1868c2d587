/* The table of formats, and what is checked for all of them. */
#include "gantrain/export/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "export/formats.h"

static const gt_export_format *const formats[] = {
    &export_c,
#ifdef GT_HAVE_ONNX
    &export_onnx,
#endif
};

enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

const gt_export_format *gt_export_format_at(int index) {
    return index < FORMAT_COUNT ? formats[index] : NULL;
}

const gt_export_format *gt_export_format_find(const char *path) {
    for (int i = 0; i < FORMAT_COUNT; i++)
        if (gt_text_has_suffix(path, formats[i]->suffix))
            return formats[i];
    return NULL;
}

static const gt_trained *find_network(const gt_model *model, const char *name) {
    for (int i = 0; i < model->trained_count; i++)
        if (strcmp(model->trained[i].name, name) == 0)
            return &model->trained[i];
    return NULL;
}

const gt_network *export_network(const gt_export *what) {
    return find_network(&what->sampler->model, what->network)->network;
}

gt_status export_map_open(struct export_map *map, const gt_export *what, gt_error *error) {
    const size_t latent_dim = (size_t)what->sampler->model.latent_dim;
    *map = (struct export_map){NULL, NULL};
    map->weight = malloc(latent_dim * latent_dim * sizeof *map->weight);
    map->bias = malloc(latent_dim * sizeof *map->bias);
    if (map->weight == NULL || map->bias == NULL) {
        export_map_free(map);
        return gt_error_set(error, GT_FAILED, "no memory");
    }
    if (!gt_sampler_code_map(map->weight, map->bias, what->sampler))
        export_map_free(map);
    return GT_OK;
}

void export_map_free(struct export_map *map) {
    free(map->weight);
    free(map->bias);
    *map = (struct export_map){NULL, NULL};
}

#ifdef GT_HAVE_ONNX
#define LEFT_OUT ""
#else
#define LEFT_OUT "; this build has no .onnx: it takes libprotobuf-c-dev and protobuf-c-compiler"
#endif

static gt_status refuse_suffix(const char *path, gt_error *error) {
    char known[64] = "";
    size_t used = 0;
    for (int i = 0; i < FORMAT_COUNT && used < sizeof known; i++)
        used =
            gt_text_append(known, sizeof known, used, "%s%s", i ? " or " : "", formats[i]->suffix);
    return gt_error_set(error, GT_USAGE, "--output %s: the name must end in %s%s", path, known,
                        LEFT_OUT);
}

static gt_status check_options(const gt_export_format *format, const gt_export *what,
                               gt_error *error) {
    const struct {
        const char *name;
        bool given, taken;
    } options[] = {
        {"int8", what->int8, format->takes_int8},
        {"floats", what->floats, format->takes_floats},
        {"rgb", what->rgb, format->takes_rgb},
        {what->network, strcmp(what->network, "generator") != 0, format->takes_every_network},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given && !options[i].taken)
            return gt_error_set(error, GT_USAGE, "--%s: %s files have no such option",
                                options[i].name, format->suffix);
    return GT_OK;
}

static gt_status refuse_network(const gt_export *what, gt_error *error) {
    const gt_model *model = &what->sampler->model;
    char known[128] = "no network";
    size_t used = 0;
    for (int i = 0; i < model->trained_count && used < sizeof known; i++)
        used = gt_text_append(known, sizeof known, used, "%s%s", i ? " and " : "",
                              model->trained[i].name);
    return gt_error_set(error, GT_USAGE, "no %s: a checkpoint of train.model = %s has %s",
                        what->network, model->kind->name, used > 0 ? known : "no network");
}

static gt_status check_finite(void *context, const gt_tensor *tensor, gt_error *error) {
    (void)context;
    if (gt_tensor_is_finite(tensor))
        return GT_OK;
    return gt_error_set(error, GT_FAILED, "%s holds a number that is not finite", tensor->name);
}

static gt_status check_layers(const gt_network *network, const gt_export_format *format,
                              gt_error *error) {
    for (int i = 0; i < network->layer_count; i++)
        if (!format->has_layer(network->layers[i].kind))
            return gt_error_set(error, GT_USAGE,
                                "%s files cannot hold layer %d, '%s': export a model without it",
                                format->suffix, i, network->layers[i].kind->name);
    return GT_OK;
}

gt_status gt_export_write(const char *path, const gt_export *what, gt_error *error) {
    const gt_export_format *format = gt_export_format_find(path);
    if (format == NULL)
        return refuse_suffix(path, error);
    gt_status status = check_options(format, what, error);
    if (status != GT_OK)
        return status;
    if (find_network(&what->sampler->model, what->network) == NULL)
        return refuse_network(what, error);
    status = check_layers(export_network(what), format, error);
    if (status == GT_OK)
        status =
            gt_tensors_visit(what->network, export_network(what), NULL, check_finite, NULL, error);
    return status == GT_OK ? format->write(path, what, error) : status;
}
