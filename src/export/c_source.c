/* A generator as one C99 file and its header: weights as static const arrays, two static buffers
 * that layers write to in turn, and a call for each layer. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/c_layers.h"
#include "export/c_program.h"
#include "export/formats.h"
#include "gantrain/base/version.h"

enum { MOST_NAME = 100 };

/* A file being written. */
struct source {
    struct c_text *text;
    const gt_export *what;
    const gt_network *network;
    struct export_map map;
    int sizes[2]; /* numbers of the two buffers */
};

/* --- The name --- */

/* Where the last part of a path begins. */
static const char *base_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static gt_status take_name(char name[MOST_NAME], const char *path, gt_error *error) {
    const char *base = base_of(path);
    const size_t length = strlen(base) - strlen(".c");
    bool valid = length < MOST_NAME && isalpha((unsigned char)base[0]);
    for (size_t i = 0; i < length && valid; i++)
        valid = isalnum((unsigned char)base[i]) || base[i] == '_';
    if (!valid)
        return gt_error_set(error, GT_USAGE,
                            "--output %s: functions are named after the file, and '%.*s' is no C "
                            "identifier: needs a letter, then letters, digits and _, fewer than %d",
                            path, (int)length, base, MOST_NAME);
    memcpy(name, base, length);
    name[length] = '\0';
    return GT_OK;
}

/* --- The header --- */

static void write_header(struct c_text *text, const gt_export *what) {
    const gt_shape shape = what->sampler->shape;
    c_text_fill(text, "/* Images from latent vectors: see @.c. */\n"
                      "#ifndef @_H\n#define @_H\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    c_text_fill(text, "enum { @_latent = ");
    c_text_print(text, "%d", what->sampler->model.latent_dim);
    c_text_fill(text, ", @_height = ");
    c_text_print(text, "%d", shape.height);
    c_text_fill(text, ", @_width = ");
    c_text_print(text, "%d", shape.width);
    c_text_fill(text, ", @_channels = ");
    c_text_print(text, "%d", shape.channels);
    if (what->sampler->model.classes > 0)
        c_text_print(text, ", %s_classes = %d", text->name, what->sampler->model.classes);
    c_text_print(text, " };\n\n");
    c_text_print(text,
                 "/* Sets image (height, width, channels) to bytes, 0 black to 255 white, from z "
                 "(latent), whose\n * numbers are %s. ",
                 what->sampler->model.prior->help);
    c_text_fill(text,
                "~label is the class, 0 to classes - 1.\n * ~Works in static memory: one call "
                "at a time. */\n"
                "void @_generate(unsigned char *image, const float *z~, int label~);\n\n"
                "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    c_text_finish(text);
}

/* --- The source --- */

static void write_opening(const struct source *source) {
    struct c_text *text = source->text;
    const gt_sampler *sampler = source->what->sampler;
    char shape[GT_SHAPE_TEXT];
    c_text_print(text,
                 "/* A generator of images %s from latent vectors of %d numbers, after epoch "
                 "%" PRIu64 ", step %" PRIu64 ".\n * Written by gantrain %s. Layers:\n *\n",
                 gt_shape_format_image(shape, sampler->shape), sampler->model.latent_dim,
                 sampler->epoch, sampler->step, gt_version());
    for (int i = 0; i < source->network->layer_count; i++) {
        char layer[128];
        gt_layer_format(layer, sizeof layer, &source->network->layers[i]);
        c_text_print(text, " *   %d  %s\n", i, layer);
    }
    c_text_fill(
        text, " *\n * cc -O3 -c @.c                        the function of @.h\n"
              " * cc -O3 -D@_MAIN @.c -lm -o @    a program: @ [SEED [INDEX~ [LABEL]~]] >@.pgm */\n"
              "#include \"@.h\"\n\n#include <math.h>\n");
}

/* Each function once, in the order in which layers need them. */
static void write_functions(const struct source *source) {
    const gt_layer *layers = source->network->layers;
    const bool has_dense = source->map.weight != NULL;
    if (has_dense)
        c_text_fill(source->text, c_function_dense.text);
    for (int i = 0; i < source->network->layer_count; i++) {
        const struct c_function *function = c_layer_function(&layers[i]);
        bool is_new = function != NULL && !(has_dense && function == &c_function_dense);
        for (int before = 0; before < i && is_new; before++)
            is_new = c_layer_function(&layers[before]) != function;
        if (is_new)
            c_text_fill(source->text, function->text);
    }
    c_text_fill(source->text, c_function_bytes.text);
}

static void write_weights(const struct source *source) {
    const int latent_dim = source->what->sampler->model.latent_dim;
    if (source->map.weight != NULL) {
        c_text_weights(source->text, "z_weight", source->map.weight, NULL, latent_dim, latent_dim);
        c_text_floats(source->text, "z_bias", source->map.bias, (size_t)latent_dim);
    }
    for (int i = 0; i < source->network->layer_count; i++) {
        const struct c_layer layer = {source->network, i, &source->network->layers[i]};
        const struct c_layer_kind *row = c_layer_kind_find(layer.layer->kind);
        if (row->declare != NULL)
            row->declare(source->text, &layer);
    }
}

/* The buffer that layer i writes to if the one before it wrote to `last` (-1: to none, so that its
 * x is z, which is not ours). */
static int buffer_of(const struct source *source, int i, int last) {
    if (c_layer_function(&source->network->layers[i]) == NULL)
        return last;
    if (last < 0)
        return 0;
    return source->network->layers[i].kind->element_wise ? last : 1 - last;
}

static void write_buffers(struct source *source) {
    int last = source->map.weight != NULL ? 0 : -1;
    source->sizes[0] = source->map.weight != NULL ? source->network->in : 0;
    source->sizes[1] = 0;
    for (int i = 0; i < source->network->layer_count; i++) {
        last = buffer_of(source, i, last);
        const int size = gt_shape_size(source->network->layers[i].out);
        if (last >= 0 && size > source->sizes[last])
            source->sizes[last] = size;
    }
    for (int b = 0; b < 2; b++)
        if (source->sizes[b] > 0)
            c_text_print(source->text, "%sstatic float %s_%c[%d];\n", b == 0 ? "\n" : "",
                         source->text->name, 'a' + b, source->sizes[b]);
}

/* "NAME_a", or "z". */
static void write_buffer(struct c_text *text, int buffer) {
    if (buffer < 0)
        c_text_print(text, "z");
    else
        c_text_print(text, "%s_%c", text->name, 'a' + buffer);
}

static void write_generate(const struct source *source) {
    struct c_text *text = source->text;
    const gt_model *model = &source->what->sampler->model;
    int last = -1;
    c_text_fill(text, "\nvoid @_generate(unsigned char *image, const float *z~, int label~)\n{\n");
    if (source->map.weight != NULL) {
        last = 0;
        c_text_fill(text, "    @_dense(@_a, z, @_z_weight,` @_z_weight_scale,` @_z_bias, @_latent, "
                          "@_latent);\n");
    }
    for (int i = 0; i < source->network->layer_count; i++) {
        const struct c_layer layer = {source->network, i, &source->network->layers[i]};
        const struct c_function *function = c_layer_function(layer.layer);
        const int to = buffer_of(source, i, last);
        if (function == NULL)
            continue;
        c_text_print(text, "    %s_%s(", text->name, function->name);
        write_buffer(text, to);
        c_text_print(text, ", ");
        write_buffer(text, last);
        c_layer_kind_find(layer.layer->kind)->finish_call(text, &layer);
        c_text_print(text, ";\n");
        last = to;
    }
    c_text_print(text, "    %s_bytes(image, ", text->name);
    write_buffer(text, last);
    c_text_print(text, ", ");
    c_text_float(text, (float)model->low);
    c_text_print(text, ", ");
    c_text_float(text, (float)model->high);
    c_text_print(text, ", %d);\n}\n", source->network->out);
}

static void write_source(struct c_text *text, const gt_export *what) {
    struct source source = {.text = text, .what = what, .network = export_network(what)};
    text->status = export_map_open(&source.map, what, text->error);
    write_opening(&source);
    write_functions(&source);
    write_weights(&source);
    write_buffers(&source);
    write_generate(&source);
    c_program_write(text, what->sampler->model.prior);
    c_text_finish(text);
    export_map_free(&source.map);
}

/* --- Both files --- */

static gt_status write_files(struct c_text texts[2], const char *path, const char *name,
                             const gt_export *what, gt_error *error) {
    char header[GT_PATH_CAPACITY];
    if (!gt_path_join(header, "", path))
        return gt_error_set(error, GT_FAILED, "%.64s...: the path has more than %d bytes", path,
                            GT_PATH_CAPACITY - 1);
    header[strlen(header) - 1] = 'h';
    const bool conditional = what->sampler->model.classes > 0;
    c_text_begin(&texts[0], path, name, what->int8, conditional, error);
    if (texts[0].status != GT_OK)
        return texts[0].status;
    write_source(&texts[0], what);
    if (texts[0].status == GT_OK) {
        c_text_begin(&texts[1], header, name, what->int8, conditional, error);
        write_header(&texts[1], what);
        texts[0].status = texts[1].status;
    }
    /* The header first: were the source first, a failure here would leave it with an old header. */
    for (int i = 1; i >= 0 && texts[0].status == GT_OK; i--)
        texts[0].status = gt_file_commit(&texts[i].writer, error);
    for (int i = 0; i < 2; i++)
        gt_file_abort(&texts[i].writer);
    return texts[0].status;
}

static gt_status write_c(const char *path, const gt_export *what, gt_error *error) {
    char name[MOST_NAME];
    gt_status status = take_name(name, path, error);
    if (status != GT_OK)
        return status;
    struct c_text *texts = calloc(2, sizeof *texts);
    if (texts == NULL)
        return gt_error_set(error, GT_FAILED, "no memory");
    status = write_files(texts, path, name, what, error);
    free(texts);
    return status;
}

static bool has_layer(const gt_layer_kind *kind) {
    return c_layer_kind_find(kind) != NULL;
}

const gt_export_format export_c = {
    .suffix = ".c",
    .help = "C99 source of a generator, and its header FILE.h",
    .takes_int8 = true,
    .has_layer = has_layer,
    .write = write_c,
};
