/* Exported ONNX models in onnxruntime-web give what gantrain computes: every kind of model, its
 * networks, bytes and floats, every kind of layer. Checkpoints are made by runs of an epoch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"

#include "compute.h"
#include "gantrain/base/text.h"
#include "gantrain/export/export.h"
#include "gantrain/files/file.h"
#include "gantrain/model/autoencoder.h"
#include "gantrain/train/trainer.h"

enum { ROWS = 5, ASSIGNMENTS = 4, CLASSES = 10, PATH = 400, LATENT = 18, PIXELS = 28 * 28 };

/* A run: what is set besides what all have. */
struct run {
    const char *name;
    const char *assignments[ASSIGNMENTS];
};

static const struct run runs[] = {
    {"gan",
     {"generator.layers=dense 392 spectral_norm, image 8x7x7, batchnorm, relu, deconv 8 5 stride 2 "
      "spectral_norm, dropout 0.1 by_channel, leaky_relu, upsample 2, conv 8 3 spectral_norm, "
      "channel_max 2, batchnorm, pool 2 max, flatten, maxout 20 3, sigmoid, dense 432, image "
      "12x6x6, pool 4, "
      "conv 12 1, tanh, global_pool, batchnorm",
      "discriminator.layers=conv 6 4 stride 2 spectral_norm, leaky_relu, pool 2, deconv 5 3 "
      "stride 3, batchnorm, image 5x21x21, dense 12, tanh"}},
    {"images",
     {"generator.layers=dense 392, image 8x7x7, deconv 4 4 stride 2, relu, deconv 1 3 stride 2",
      "generator.ema=0.9",
      "discriminator.layers=conv 4 3 stride 2 pad 0, maxout 9 2, dense 1 spectral_norm"}},
    {"uniform",
     {"generator.layers=dense 12, leaky_relu", "generator.prior=uniform",
      "generator.output=sigmoid", "discriminator.layers=dense 12, relu"}},
    {"autoencoder",
     {"train.model=autoencoder", "generator.layers=dense 24, relu",
      "encoder.layers=conv 4 4 stride 2, relu, flatten, dense 24, relu"}},
    {"vae",
     {"train.model=vae", "generator.output=sigmoid", "generator.layers=dense 24, relu",
      "encoder.layers=dense 24, tanh"}},
    {"told",
     {"train.conditional=yes",
      "generator.layers=dense 392, image 8x7x7, one_hot 10, relu, upsample 4, conv 1 3",
      "discriminator.layers=one_hot 10, conv 4 4 stride 2, leaky_relu, one_hot 10"}},
    {"told-vae",
     {"train.model=vae", "train.conditional=yes", "generator.layers=dense 24, relu",
      "encoder.layers=dense 24, tanh"}},
    {"learned",
     {"train.conditional=yes", "train.condition=embedding 3 projection",
      "generator.layers=dense 98, image 2x7x7, embedding 10 2, relu, upsample 4, conv 1 3",
      "discriminator.layers=conv 4 4 stride 2, leaky_relu"}},
    {"learned-codes",
     {"train.model=codes", "train.conditional=yes", "train.condition=embedding 4",
      "generator.layers=dense 24, projection 10, dense 24, relu"}},
    {"codes",
     {"train.model=codes", "train.codes=learned", "generator.output=sigmoid",
      "generator.layers=dense 24, relu"}},
};

enum { RUNS = sizeof runs / sizeof *runs };

/* Whether a generator or a discriminator above has a layer of a kind, and in it, unless it is "",
 * an option. */
static bool is_in_runs(const char *kind, const char *option) {
    for (int r = 0; r < RUNS; r++)
        for (int a = 0; a < ASSIGNMENTS && runs[r].assignments[a] != NULL; a++)
            for (const char *word = strpbrk(runs[r].assignments[a], "= "); word != NULL;
                 word = strpbrk(word, "= ")) {
                word++;
                if (strcspn(word, " ,=") == strlen(kind) &&
                    strncmp(word, kind, strlen(kind)) == 0 && strstr(word, option) != NULL &&
                    strcspn(word, ",") >= (size_t)(strstr(word, option) - word))
                    return true;
            }
    return false;
}

static void every_layer_is_in_these_models(void **state) {
    (void)state;
    const gt_layer_kind *kind;
    for (int i = 0; (kind = gt_layer_kind_at(i)) != NULL; i++) {
        if (!gt_export_format_find("x.onnx")->has_layer(kind))
            continue;
        if (!is_in_runs(kind->name, ""))
            fail_msg("no network of these tests has a layer %s", kind->name);
        for (int k = 0; k < GT_LAYER_ARGUMENTS; k++)
            if (kind->arguments[k].flag && !is_in_runs(kind->name, kind->arguments[k].keyword))
                fail_msg("no network of these tests has a layer %s with %s", kind->name,
                         kind->arguments[k].keyword);
    }
}

static FILE *list; /* of models, for run_onnx.mjs */

/* Numbers in a file of their own. */
struct numbers {
    const char *name, *type, *sizes; /* in the model: "image", "uint8", "1x28x28" */
    char path[PATH];
};

static struct numbers put(const char *name, const char *type, const char *sizes, const void *bytes,
                          size_t size) {
    static int count;
    struct numbers numbers = {name, type, sizes, ""};
    char file[32];
    snprintf(file, sizeof file, "%d.bin", count++);
    gt_text_copy(numbers.path, sizeof numbers.path, in_folder(file));
    put_file(numbers.path, bytes, size);
    return numbers;
}

static void open_run(gt_sampler *sampler, const struct run *run) {
    char out[PATH], path[PATH];
    snprintf(out, sizeof out, "output.dir=%s", in_folder(run->name));
    const char *const common[] = {out,
                                  "data.range=0:60",
                                  "generator.latent_dim=18",
                                  "train.epochs=1",
                                  "train.batch_size=20",
                                  "train.threads=1",
                                  "output.grid=2x2"};
    const size_t count = sizeof common / sizeof *common;
    gt_config config;
    gt_error error = {0};
    gt_config_init(&config);
    for (size_t i = 0; i < count + ASSIGNMENTS; i++) {
        const char *text = i < count ? common[i] : run->assignments[i - count];
        if (text != NULL && gt_config_read_assignment(&config, text, &error) != GT_OK)
            fail_msg("%s", error.message);
    }
    if (gt_train(&config, &(gt_train_options){0}, &(gt_reporter){0}, &error) != GT_OK)
        fail_msg("%s", error.message);
    snprintf(path, sizeof path, "%s/checkpoints/latest.safetensors", in_folder(run->name));
    if (gt_sampler_open(sampler, &test_compute, path, GT_MODEL_JUDGE, false, &error) != GT_OK)
        fail_msg("%s", error.message);
}

/* The class of row r, in a conditional model. */
static int class_of_row(int row) {
    return (row * 7 + 3) % CLASSES;
}

/* The classes of all rows in a file, for the list; "-" for a model that takes none. */
static const char *put_classes(const gt_sampler *sampler) {
    int64_t classes[ROWS];
    static char path[PATH];
    if (sampler->model.classes == 0)
        return "-";
    for (int row = 0; row < ROWS; row++)
        classes[row] = class_of_row(row);
    gt_text_copy(path, sizeof path, put("class", "int64", "", classes, sizeof classes).path);
    return path;
}

/* Writes a model, and lists it with what it must give. most: by how much a number may differ. */
static void add(const gt_export *what, const struct numbers *in, const struct numbers *out,
                const char *most) {
    static int count;
    char name[64];
    gt_error error = {0};
    snprintf(name, sizeof name, "%s-%d.onnx", what->network, count++);
    if (gt_export_write(in_folder(name), what, &error) != GT_OK)
        fail_msg("%s", error.message);
    const char *classes = put_classes(what->sampler);
    fprintf(list, "%s %s %s %s %s %s %s %s %s %s %s\n", in_folder(name), in->name, in->type,
            in->sizes, in->path, out->name, out->type, out->sizes, out->path, most, classes);
}

/* Row r has the z of image r of seed 3, and the class of its own. */
static void draw_row(void *context, gt_real *z, gt_real *condition, uint32_t index) {
    const gt_sampler *sampler = context;
    gt_sampler_latent(z, sampler, 3, index);
    gt_sampler_condition(condition, sampler, class_of_row((int)index));
}

/* Images of seed 3 as bytes, in one channel and in three, and as numbers from 0 to 1. */
static void add_generator(gt_sampler *sampler) {
    static uint8_t bytes[ROWS * PIXELS], rgb[3 * ROWS * PIXELS];
    static gt_real z[ROWS * LATENT], floats[ROWS * PIXELS];
    const gt_model *model = &sampler->model;
    gt_export what = {.sampler = sampler, .network = "generator"};
    gt_sampler_draw_from(bytes, sampler, draw_row, sampler, 0, ROWS);
    for (int i = 0; i < ROWS * PIXELS; i++) /* what was drawn last, as numbers */
        floats[i] = (sampler->images[i] - model->low) / (model->high - model->low);
    for (int i = 0; i < 3 * ROWS; i++)
        memcpy(rgb + i * PIXELS, bytes + i / 3 * PIXELS, PIXELS);
    for (uint32_t i = 0; i < ROWS; i++)
        gt_sampler_latent(z + i * LATENT, sampler, 3, i);

    const struct numbers in = put("z", "float32", "18", z, sizeof z);
    struct numbers out = put("image", "uint8", "1x28x28", bytes, sizeof bytes);
    add(&what, &in, &out, "1");
    what.rgb = true;
    out = put("image", "uint8", "3x28x28", rgb, sizeof rgb);
    add(&what, &in, &out, "1");
    what.rgb = false;
    what.floats = true;
    out = put("image", "float32", "1x28x28", floats, sizeof floats);
    add(&what, &in, &out, "1e-4");
}

/* What a discriminator or encoder makes of these images. */
static void pass_through(gt_real *numbers, const gt_sampler *sampler, const char *name,
                         const uint8_t *bytes) {
    static gt_real images[ROWS * PIXELS];
    const gt_model *model = &sampler->model;
    for (int row = 0; row < ROWS && model->classes > 0; row++)
        gt_sampler_condition(sampler->condition + row * CLASSES, sampler, class_of_row(row));
    const gt_pass pass = {.training = false,
                          .condition = model->classes > 0 ? sampler->condition : NULL};
    for (int i = 0; i < ROWS * PIXELS; i++)
        images[i] = model->low + (gt_real)bytes[i] / 255 * (model->high - model->low);
    for (int i = 0; i < model->trained_count; i++)
        if (strcmp(model->trained[i].name, name) == 0)
            gt_network_forward(numbers, model->trained[i].network, images, ROWS, &pass);
}

/* The same bytes as bytes and as floats give the same. */
static void add_judge(gt_sampler *sampler, const char *network, const struct numbers *out) {
    static uint8_t bytes[ROWS * PIXELS];
    static gt_real floats[ROWS * PIXELS];
    gt_export what = {.sampler = sampler, .network = network};
    for (int i = 0; i < ROWS * PIXELS; i++) {
        bytes[i] = (uint8_t)(i * 37 % 251);
        floats[i] = (gt_real)bytes[i] / 255;
    }
    struct numbers in = put("image", "uint8", "1x28x28", bytes, sizeof bytes);
    add(&what, &in, out, "1e-3");
    what.floats = true;
    in = put("image", "float32", "1x28x28", floats, sizeof floats);
    add(&what, &in, out, "1e-3");
}

static void add_discriminator(gt_sampler *sampler) {
    gt_real logits[ROWS];
    uint8_t bytes[ROWS * PIXELS];
    for (int i = 0; i < ROWS * PIXELS; i++)
        bytes[i] = (uint8_t)(i * 37 % 251);
    pass_through(logits, sampler, "discriminator", bytes);
    const struct numbers out = put("logit", "float32", "1", logits, sizeof logits);
    add_judge(sampler, "discriminator", &out);
}

/* An autoencoder's codes are those that its exported generator takes. */
static void add_encoder(gt_sampler *sampler) {
    gt_real codes[ROWS * 2 * LATENT], z[ROWS * LATENT], log_variance[ROWS * LATENT];
    uint8_t bytes[ROWS * PIXELS];
    const gt_model *model = &sampler->model;
    const bool is_variational = model->kind == &gt_model_vae;
    for (int i = 0; i < ROWS * PIXELS; i++)
        bytes[i] = (uint8_t)(i * 37 % 251);
    pass_through(codes, sampler, "encoder", bytes);
    for (int i = 0; i < ROWS * LATENT; i++) {
        const int row = i / LATENT, k = i % LATENT;
        if (is_variational) {
            z[i] = codes[row * 2 * LATENT + k];
            log_variance[i] = codes[row * 2 * LATENT + LATENT + k];
        } else {
            const gt_autoencoder *state = gt_autoencoder_of(model);
            z[i] = (codes[i] - state->code_mean[k]) / state->code_deviation[k];
        }
    }
    struct numbers out = put(is_variational ? "mean" : "z", "float32", "18", z, sizeof z);
    add_judge(sampler, "encoder", &out);
    if (!is_variational)
        return;
    out = put("log_variance", "float32", "18", log_variance, sizeof log_variance);
    add_judge(sampler, "encoder", &out);
}

static void models_give_in_another_runtime_what_they_give_here(void **state) {
    (void)state;
    char command[3 * PATH];
    list = fopen(in_folder("list"), "w");
    assert_non_null(list);
    for (int i = 0; i < RUNS; i++) {
        gt_sampler sampler;
        open_run(&sampler, &runs[i]);
        add_generator(&sampler);
        if (sampler.model.kind == &gt_model_gan)
            add_discriminator(&sampler);
        else if (sampler.model.trained_count > 1)
            add_encoder(&sampler);
        gt_sampler_close(&sampler);
    }
    assert_int_equal(fclose(list), 0);
    snprintf(command, sizeof command,
             "modules=$('" SOURCES "/scripts/get-onnxruntime' --there) || exit 77; "
             "command -v node >/dev/null || exit 77; "
             "node '" SOURCES "/tests/export/run_onnx.mjs' \"$modules\" '%s'",
             in_folder("list"));
    const int status = system(command);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("skipped: node or onnxruntime-web is not here (scripts/get-onnxruntime)\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Whether a text stands in a file. */
static bool holds(const char *path, const char *text) {
    char *bytes;
    size_t size;
    gt_error error = {0};
    assert_int_equal(gt_file_load(&bytes, &size, path, 1 << 26, &error), GT_OK);
    bool found = false;
    for (size_t i = 0; i + strlen(text) <= size && !found; i++)
        found = memcmp(bytes + i, text, strlen(text)) == 0;
    free(bytes);
    return found;
}

static void metadata_say_where_a_model_comes_from(void **state) {
    (void)state;
    gt_sampler sampler;
    gt_error error = {0};
    gt_export what = {.sampler = &sampler, .network = "generator"};
    open_run(&sampler, &(struct run){"metadata", {NULL}});
    const char *path = in_folder("metadata.onnx");
    assert_int_equal(gt_export_write(path, &what, &error), GT_OK);
    assert_int_equal(strlen(sampler.checksum), 8);
    const char *const texts[] = {"gantrain", "epoch", "latent_dim = 18", "checkpoint_crc32",
                                 sampler.checksum};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!holds(path, texts[i]))
            fail_msg("the file does not hold '%s'", texts[i]);
    gt_sampler_close(&sampler);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_is_in_these_models),
        cmocka_unit_test(models_give_in_another_runtime_what_they_give_here),
        cmocka_unit_test(metadata_say_where_a_model_comes_from),
    };
    if (gt_export_format_find("x.onnx") == NULL) {
        puts("skipped: this build has no ONNX exports (package libprotobuf-c-dev)");
        return 0;
    }
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
