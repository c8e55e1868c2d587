/* A network as an ONNX model: its layers between what turns pixels or z into their input, and their
 * output into pixels. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/formats.h"
#include "export/onnx_layers.h"
#include "gantrain/base/version.h"
#include "gantrain/files/file.h"
#include "gantrain/files/json_text.h"

enum { METADATA = 5 };

/* A model that is being built. */
struct model {
    Onnx__ModelProto message;
    Onnx__OperatorSetIdProto operators, *operator_list[1];
    Onnx__StringStringEntryProto metadata[METADATA], *metadata_list[METADATA];
    char epoch[24], step[24];
    struct onnx_graph graph;
    struct export_map map;
};

/* What a model calls pixels: (batch, channels, height, width). */
static int pixel_type(const gt_export *what) {
    return what->floats ? ONNX_FLOAT : ONNX_UINT8;
}

/* value = weight value + bias. */
static void add_map(struct onnx_graph *graph, const struct export_map *map, int size) {
    const int sizes[] = {size, size};
    struct onnx_node *node = onnx_graph_add(graph, "Gemm");
    onnx_node_input(node, onnx_graph_tensor(graph, "map.weight", map->weight, 2, sizes));
    onnx_node_input(node, onnx_graph_tensor(graph, "map.bias", map->bias, 1, sizes));
    onnx_node_int(node, "transB", 1);
}

/* The second input of a network that is told the class. */
static void add_class(struct onnx_graph *graph, const gt_export *what) {
    if (what->sampler->model.classes > 0)
        onnx_graph_class(graph, what->sampler->model.classes);
}

/* --- Pixels --- */

/* From numbers between low and high to bytes, rounded to the nearest, or to 0 to 1. */
static void add_pixels_out(struct onnx_graph *graph, const gt_export *what) {
    const gt_model *model = &what->sampler->model;
    const double range = (double)model->high - (double)model->low;
    if (model->low != 0)
        onnx_graph_with_number(graph, "Sub", (double)model->low);
    onnx_graph_with_number(graph, "Mul", (what->floats ? 1 : 255) / range);
    if (what->floats)
        return;
    struct onnx_node *clip = onnx_graph_add(graph, "Clip");
    onnx_node_input(clip, onnx_graph_number(graph, 0));
    onnx_node_input(clip, onnx_graph_number(graph, 255));
    onnx_graph_with_number(graph, "Add", 0.5);
    onnx_node_int(onnx_graph_add(graph, "Cast"), "to", ONNX_UINT8);
}

static void add_pixels_in(struct onnx_graph *graph, const gt_export *what) {
    const gt_model *model = &what->sampler->model;
    const gt_shape shape = what->sampler->shape;
    const double range = (double)model->high - (double)model->low;
    onnx_graph_input(graph, "image", pixel_type(what), 3,
                     (const int[]){shape.channels, shape.height, shape.width});
    graph->is_image = true;
    graph->shape = shape;
    if (!what->floats)
        onnx_node_int(onnx_graph_add(graph, "Cast"), "to", ONNX_FLOAT);
    onnx_graph_with_number(graph, "Mul", range / (what->floats ? 1 : 255));
    if (model->low != 0)
        onnx_graph_with_number(graph, "Add", (double)model->low);
}

/* --- The three networks --- */

static void add_generator(struct model *model, const gt_export *what) {
    struct onnx_graph *graph = &model->graph;
    const gt_shape shape = what->sampler->shape;
    int latent_dim = what->sampler->model.latent_dim, channels = shape.channels;
    onnx_graph_input(graph, "z", ONNX_FLOAT, 1, &latent_dim);
    graph->shape = gt_shape_of_vector(latent_dim);
    add_class(graph, what);
    if (model->map.weight != NULL)
        add_map(graph, &model->map, latent_dim);
    onnx_layers_add(graph, export_network(what), what->network);
    if (!graph->is_image)
        onnx_graph_reshape(graph, shape, true);
    add_pixels_out(graph, what);
    if (what->rgb && channels == 1) {
        const char *grey = graph->value;
        struct onnx_node *node = onnx_graph_add(graph, "Concat");
        onnx_node_input(node, grey);
        onnx_node_input(node, grey);
        onnx_node_int(node, "axis", 1);
        channels = 3;
    }
    onnx_graph_rename(graph, "image");
    onnx_graph_output(graph, "image", pixel_type(what), 3,
                      (const int[]){channels, shape.height, shape.width});
}

static void add_discriminator(struct model *model, const gt_export *what) {
    add_pixels_in(&model->graph, what);
    add_class(&model->graph, what);
    onnx_layers_add(&model->graph, export_network(what), what->network);
    onnx_graph_as_vector(&model->graph);
    onnx_graph_rename(&model->graph, "logit");
    onnx_graph_output(&model->graph, "logit", ONNX_FLOAT, 1, &(int){1});
}

/* Codes as the exported generator takes them: the map the other way, z = (code - bias) / weight. Of
 * a model with an encoder it is diagonal. A component that never varied becomes 0. */
static void invert_map(struct export_map *map, int latent_dim) {
    for (int i = 0; i < latent_dim; i++) {
        gt_real *weight = &map->weight[(size_t)i * ((size_t)latent_dim + 1)];
        *weight = *weight > 0 ? 1 / *weight : 0;
        map->bias[i] *= -*weight;
    }
}

/* A part of the value as an output: numbers `first` to `first + size - 1`. */
static void add_part(struct onnx_graph *graph, const char *whole, const char *name, int first,
                     int size) {
    const int64_t start = first, end = first + size, axis = 1;
    const char *starts = onnx_graph_ints(graph, 1, &start), *ends = onnx_graph_ints(graph, 1, &end);
    const char *axes = onnx_graph_ints(graph, 1, &axis);
    graph->value = whole;
    struct onnx_node *node = onnx_graph_add(graph, "Slice");
    onnx_node_input(node, starts);
    onnx_node_input(node, ends);
    onnx_node_input(node, axes);
    onnx_graph_rename(graph, name);
    onnx_graph_output(graph, name, ONNX_FLOAT, 1, &size);
}

/* One number a component of z, or two: the mean and the log variance of its distribution. */
static void add_encoder(struct model *model, const gt_export *what) {
    struct onnx_graph *graph = &model->graph;
    const int latent_dim = what->sampler->model.latent_dim;
    add_pixels_in(graph, what);
    add_class(graph, what);
    onnx_layers_add(graph, export_network(what), what->network);
    onnx_graph_as_vector(graph);
    if (export_network(what)->out == 2 * latent_dim) {
        const char *codes = graph->value;
        add_part(graph, codes, "mean", 0, latent_dim);
        add_part(graph, codes, "log_variance", latent_dim, latent_dim);
        return;
    }
    if (model->map.weight != NULL) {
        invert_map(&model->map, latent_dim);
        add_map(graph, &model->map, latent_dim);
    }
    onnx_graph_rename(graph, "z");
    onnx_graph_output(graph, "z", ONNX_FLOAT, 1, &latent_dim);
}

/* --- The model --- */

static void add_metadata(struct model *model, const char *key, const char *value) {
    const size_t number = model->message.n_metadata_props++;
    Onnx__StringStringEntryProto *entry = &model->metadata[number];
    onnx__string_string_entry_proto__init(entry);
    entry->key = (char *)key; /* only read, as the value is */
    entry->value = (char *)value;
    model->metadata_list[number] = entry;
}

static void describe(struct model *model, const gt_export *what, const char *config) {
    const gt_sampler *sampler = what->sampler;
    onnx__model_proto__init(&model->message);
    onnx__operator_set_id_proto__init(&model->operators);
    model->message.ir_version = ONNX_IR;
    model->message.producer_name = "gantrain";
    model->message.producer_version = (char *)gt_version();
    model->message.graph = &model->graph.message;
    model->message.n_opset_import = 1;
    model->message.opset_import = model->operator_list;
    model->operator_list[0] = &model->operators;
    model->operators.version = ONNX_OPSET;
    model->message.metadata_props = model->metadata_list;
    snprintf(model->epoch, sizeof model->epoch, "%" PRIu64, sampler->epoch);
    snprintf(model->step, sizeof model->step, "%" PRIu64, sampler->step);
    add_metadata(model, "config", config);
    add_metadata(model, "epoch", model->epoch);
    add_metadata(model, "step", model->step);
    add_metadata(model, "prior", sampler->model.prior->help);
    add_metadata(model, "checkpoint_crc32", sampler->checksum);
}

static gt_status save(const char *path, const struct model *model, gt_error *error) {
    const size_t size = onnx__model_proto__get_packed_size(&model->message);
    if (size > INT32_MAX)
        return gt_error_set(error, GT_FAILED, "%s: %zu bytes are more than ONNX files may have",
                            path, size);
    uint8_t *bytes = malloc(size);
    if (bytes == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory", path);
    onnx__model_proto__pack(&model->message, bytes);
    gt_status status = gt_file_save(path, bytes, size, error);
    free(bytes);
    return status;
}

static void build(struct model *model, const gt_export *what) {
    onnx_graph_begin(&model->graph, what->network);
    if (strcmp(what->network, "encoder") == 0)
        add_encoder(model, what);
    else if (strcmp(what->network, "discriminator") == 0)
        add_discriminator(model, what);
    else
        add_generator(model, what);
}

static gt_status write_onnx(const char *path, const gt_export *what, gt_error *error) {
    if (what->rgb && strcmp(what->network, "generator") != 0)
        return gt_error_set(error, GT_USAGE, "--rgb: it is the generator's images that it changes");
    char *text = gt_config_to_text(&what->sampler->config);
    json_t *config = text != NULL ? gt_json_text(text) : NULL; /* for its UTF-8 */
    struct model *model = calloc(1, sizeof *model);
    gt_status status = GT_FAILED;
    if (config == NULL || model == NULL) {
        gt_error_set(error, GT_FAILED, "no memory");
    } else {
        describe(model, what, json_string_value(config));
        status = export_map_open(&model->map, what, error);
        if (status == GT_OK) {
            build(model, what);
            status = save(path, model, error);
        }
        export_map_free(&model->map);
    }
    free(model);
    json_decref(config);
    free(text);
    return status;
}

const gt_export_format export_onnx = {
    .suffix = ".onnx",
    .help = "an ONNX model (opset 13) of any network",
    .takes_floats = true,
    .takes_rgb = true,
    .takes_every_network = true,
    .has_layer = onnx_layers_have,
    .write = write_onnx,
};
