/* Arrays and tables in every layout that is certain, several files joined, and files that are
 * something else, named as what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <zip.h>

#include "helpers.h"

#include "gantrain/data/batches.h"
#include "gantrain/data/dataset.h"

struct heard {
    char text[4096];
};

static void hear_note(void *context, const char *text) {
    struct heard *heard = context;
    size_t used = strlen(heard->text);
    snprintf(heard->text + used, sizeof heard->text - used, "%s\n", text);
}

static struct heard heard;

static gt_data_options options_for(const char *images) {
    heard = (struct heard){0};
    return (gt_data_options){.images = images, .observer = {.note = hear_note, .context = &heard}};
}

static void open_well(gt_dataset *dataset, const gt_data_options *options) {
    gt_error error = {0};
    if (gt_dataset_open(dataset, NULL, options, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static void open_badly(const gt_data_options *options, const char *expected) {
    gt_dataset dataset, nothing = {0};
    gt_error error = {0};
    assert_int_equal(gt_dataset_open(&dataset, NULL, options, &error), GT_FAILED);
    assert_memory_equal(&dataset, &nothing, sizeof dataset);
    assert_contains(error.message, expected);
    assert_null(strchr(error.message, '\n'));
}

/* Byte i of an array. */
static uint8_t element(size_t i) {
    return (uint8_t)(i * 31 + i / 7);
}

/* An NPY file of bytes with these sizes, in memory (free). */
static uint8_t *make_npy(size_t *size, const char *descr, const char *sizes, const void *bytes,
                         size_t held) {
    char text[160];
    int length = snprintf(text, sizeof text,
                          "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, sizes);
    uint8_t *file = calloc(1, 10 + (size_t)length + held);
    memcpy(file, "\x93NUMPY\x01\0", 8);
    file[8] = (uint8_t)length;
    memcpy(file + 10, text, (size_t)length);
    if (held > 0)
        memcpy(file + 10 + length, bytes, held);
    *size = 10 + (size_t)length + held;
    return file;
}

static const char *put_npy(const char *name, const char *descr, const char *sizes,
                           const void *bytes, size_t held) {
    size_t size;
    uint8_t *file = make_npy(&size, descr, sizes, bytes, held);
    put_file(in_folder(name), file, size);
    free(file);
    return in_folder(name);
}

static const char *put_counted(const char *sizes, size_t held) {
    uint8_t *bytes = malloc(held);
    for (size_t i = 0; i < held; i++)
        bytes[i] = element(i);
    const char *path = put_npy("counted.npy", "|u1", sizes, bytes, held);
    free(bytes);
    return path;
}

/* --- Layouts --- */

/* How an array is to be read: steps of its elements by image, y, x and channel. */
struct layout {
    const char *sizes;
    int width, height; /* data.size */
    uint32_t count;
    gt_shape shape;
    size_t steps[4];
    bool is_told;
};

static void check_layout(const struct layout *layout) {
    gt_dataset dataset;
    size_t held = (size_t)layout->count * (size_t)gt_shape_size(layout->shape);
    gt_data_options options = options_for(put_counted(layout->sizes, held));
    options.width = layout->width;
    options.height = layout->height;
    open_well(&dataset, &options);
    assert_int_equal(dataset.count, layout->count);
    if (!gt_shape_equal(dataset.shape, layout->shape))
        fail_msg("(%s): %d x %d x %d", layout->sizes, dataset.shape.height, dataset.shape.width,
                 dataset.shape.channels);
    assert_int_equal(heard.text[0] != '\0', layout->is_told);
    const uint8_t *found = dataset.images;
    for (uint32_t i = 0; i < layout->count; i++)
        for (int y = 0; y < layout->shape.height; y++)
            for (int x = 0; x < layout->shape.width; x++)
                for (int c = 0; c < layout->shape.channels; c++) {
                    size_t at = i * layout->steps[0] + (size_t)y * layout->steps[1] +
                                (size_t)x * layout->steps[2] + (size_t)c * layout->steps[3];
                    assert_int_equal(*found++, element(at));
                }
    gt_dataset_free(&dataset);
}

static void test_layouts(void **state) {
    (void)state;
    static const struct layout layouts[] = {
        {"6, 4, 5", 0, 0, 6, {1, 4, 5}, {20, 5, 1, 0}, false},
        {"6, 4, 5, 1", 0, 0, 6, {1, 4, 5}, {20, 5, 1, 0}, false},
        {"6, 4, 5, 3", 0, 0, 6, {3, 4, 5}, {60, 15, 3, 1}, false},
        {"6, 1, 4, 5", 0, 0, 6, {1, 4, 5}, {20, 5, 1, 0}, true},
        {"6, 3, 4, 5", 0, 0, 6, {3, 4, 5}, {60, 5, 1, 20}, true},
        {"4, 5, 3, 6", 0, 0, 6, {3, 4, 5}, {1, 90, 18, 6}, true},
        {"2, 784", 0, 0, 2, {1, 28, 28}, {784, 28, 1, 0}, true},
        {"3, 20", 5, 4, 3, {1, 4, 5}, {20, 5, 1, 0}, true},
        {"28, 28, 28", 0, 0, 28, {1, 28, 28}, {784, 28, 1, 0}, false},
        {"28, 28, 3000", 0, 0, 3000, {1, 28, 28}, {1, 84000, 3000, 0}, true},
        {"28, 28, 300", 28, 28, 300, {1, 28, 28}, {1, 8400, 300, 0}, true},
        {"28, 28, 3", 3, 28, 28, {1, 28, 3}, {84, 3, 1, 0}, false},
        {"28, 28, 3", 28, 28, 3, {1, 28, 28}, {1, 84, 3, 0}, true},
        {"6, 3, 32, 3", 32, 3, 6, {3, 3, 32}, {288, 96, 3, 1}, false},
        {"6, 3, 32, 3", 3, 32, 6, {3, 32, 3}, {288, 3, 1, 96}, true},
        {"6, 1, 1, 1", 0, 0, 6, {1, 1, 1}, {1, 0, 0, 0}, false},
    };
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        check_layout(&layouts[i]);
}

static void test_layouts_that_are_asked_about(void **state) {
    (void)state;
    static const struct {
        const char *sizes;
        size_t held;
        const char *expected;
    } cases[] = {
        {"28, 28, 3", 2352, "28 images with data.size = 3x28, 3 images with data.size = 28x28"},
        {"6, 3, 32, 3", 1728, "6 images with data.size = 32x3, 6 images with data.size = 3x32"},
        {"6, 3, 3, 3", 162, "not certain how to read it"},
        {"10", 10, "are these labels?"},
        {"4, 785", 3140, "data.size = WIDTHxHEIGHT"},
        {"2, 3072", 6144, "save it as (count, height, width, 3)"},
        {"6, 4, 5, 2", 240, "its last size must be 1 (grey) or 3"},
        {"1, 300, 300", 90000, "more than the 65536 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_data_options options = options_for(put_counted(cases[i].sizes, cases[i].held));
        open_badly(&options, cases[i].expected);
    }
}

/* --- Values --- */

static void check_values(const char *descr, const void *numbers, size_t held, const uint8_t *pixels,
                         const char *note) {
    gt_dataset dataset;
    gt_data_options options = options_for(put_npy("values.npy", descr, "1, 2, 2", numbers, held));
    open_well(&dataset, &options);
    assert_memory_equal(dataset.images, pixels, 4);
    if (note != NULL)
        assert_contains(heard.text, note);
    else
        assert_string_equal(heard.text, "");
    gt_dataset_free(&dataset);
}

static void test_values(void **state) {
    (void)state;
    check_values("<f4", (float[]){0, 0.5f, 1, 0.2f}, 16, (uint8_t[]){0, 128, 255, 51},
                 "floats, 0 read as black and 1 as white");
    check_values("<f8", (double[]){-1, 0, 1, 0.5}, 32, (uint8_t[]){0, 128, 255, 191},
                 "floats, -1 read as black and 1 as white");
    check_values("<f4", (float[]){0, 12, 255, 99.6f}, 16, (uint8_t[]){0, 12, 255, 100},
                 "floats, 0 read as black and 255 as white");
    check_values("<i8", (int64_t[]){0, 12, 255, 99}, 32, (uint8_t[]){0, 12, 255, 99}, NULL);
    check_values("|b1", "\0\1\1\0", 4, (uint8_t[]){0, 255, 255, 0}, NULL);
    const struct {
        const char *descr;
        float numbers[4];
        const char *expected;
    } bad[] = {
        {"<f4", {0, 1, 2, -3}, "its values go from -3 to 2"},
        {"<f4", {0, 1, 256, 0}, "go from 0 to 256"},
        {"<f4", {0, 0.5f, 1.5f, 0}, "go from 0 to 1.5"}, /* one that strays */
        {"<f4", {0, 0.5f, 1, -0.25f}, "go from -0.25 to 1"},
        {"<f4", {0, (float)NAN, 1, 0}, "holds NaN"},
        {"<f4", {0, (float)INFINITY, 1, 0}, "go from 0 to inf"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gt_data_options options =
            options_for(put_npy("bad.npy", bad[i].descr, "1, 2, 2", bad[i].numbers, 16));
        open_badly(&options, bad[i].expected);
    }
}

static void test_labels(void **state) {
    (void)state;
    gt_dataset dataset;
    char images[128];
    snprintf(images, sizeof images, "%s", put_counted("3, 4, 5", 60));
    gt_data_options options = options_for(images);
    options.labels = put_npy("labels.npy", "<i8", "3", (int64_t[]){2, 999, 0}, 24);
    open_well(&dataset, &options);
    assert_memory_equal(dataset.labels, ((uint16_t[]){2, 999, 0}), 6);
    gt_dataset_free(&dataset);
    options.labels = put_npy("labels.npy", "<i4", "3, 1", (int32_t[]){2, 3, 0}, 12);
    open_well(&dataset, &options);
    gt_dataset_free(&dataset);
    options.labels = put_npy("labels.npy", "<i8", "3", (int64_t[]){2, 1000, 0}, 24);
    open_badly(&options, "label 1 is 1000; labels are whole numbers of 0 to 999");
    options.labels = put_npy("labels.npy", "<f4", "3", (float[]){2, 0.5f, 0}, 12);
    open_badly(&options, "label 1 is 0.5");
    options.labels = put_npy("labels.npy", "|u1", "4", "\1\2\3\4", 4);
    open_badly(&options, "has 4 labels, but");
}

/* --- NPZ --- */

static void add_npy(zip_t *archive, const char *name, const char *sizes, size_t held) {
    size_t size;
    uint8_t *bytes = malloc(held);
    for (size_t i = 0; i < held; i++)
        bytes[i] = (uint8_t)(i % 10);
    uint8_t *file = make_npy(&size, "|u1", sizes, bytes, held);
    free(bytes);
    zip_source_t *source = zip_source_buffer(archive, file, size, 1);
    assert_true(zip_file_add(archive, name, source, 0) >= 0);
}

static zip_t *begin_npz(const char *name) {
    unlink(in_folder(name));
    zip_t *archive = zip_open(in_folder(name), ZIP_CREATE, NULL);
    assert_non_null(archive);
    return archive;
}

static void test_npz(void **state) {
    (void)state;
    gt_dataset dataset;
    char text[128], labels[128];
    zip_t *archive = begin_npz("mnist.npz");
    add_npy(archive, "x_test.npy", "3, 4, 5", 60);
    add_npy(archive, "x_train.npy", "7, 4, 5", 140);
    add_npy(archive, "y_train.npy", "7,", 7);
    add_npy(archive, "y_test.npy", "3,", 3);
    assert_int_equal(zip_close(archive), 0);
    gt_data_options options = options_for(in_folder("mnist.npz"));
    open_well(&dataset, &options);
    assert_int_equal(dataset.count, 7);
    assert_int_equal(dataset.labels[6], 6);
    gt_dataset_free(&dataset);
    snprintf(text, sizeof text, "%s:x_test", in_folder("mnist.npz"));
    snprintf(labels, sizeof labels, "%s:y_test", in_folder("mnist.npz"));
    options = options_for(text);
    open_well(&dataset, &options);
    assert_int_equal(dataset.count, 3);
    assert_null(dataset.labels);
    gt_dataset_free(&dataset);
    options.labels = labels;
    open_well(&dataset, &options);
    assert_int_equal(dataset.labels[2], 2);
    gt_dataset_free(&dataset);
    snprintf(text, sizeof text, "%s:nothing", in_folder("mnist.npz"));
    options.labels = NULL;
    open_badly(&options, "has no array 'nothing', but x_test, x_train, y_train, y_test");

    archive = begin_npz("other.npz");
    add_npy(archive, "a.npy", "3, 4, 5", 60);
    add_npy(archive, "b.npy", "3, 4, 5", 60);
    assert_int_equal(zip_close(archive), 0);
    options = options_for(in_folder("other.npz"));
    open_badly(&options, "holds the arrays a, b: say which are images, as");
    archive = begin_npz("other.npz");
    add_npy(archive, "a.npy", "3, 4, 5", 60);
    assert_int_equal(zip_close(archive), 0);
    open_well(&dataset, &options);
    gt_dataset_free(&dataset);
}

/* --- CIFAR-10 and CSV --- */

enum { RECORD = 3073 };

static void put_cifar(const char *name, int records, int first) {
    uint8_t *bytes = malloc((size_t)(records * RECORD));
    for (int i = 0; i < records; i++) {
        uint8_t *record = bytes + i * RECORD;
        record[0] = (uint8_t)((first + i) % 10);
        for (int k = 1; k < RECORD; k++)
            record[k] = (uint8_t)((k - 1) / 1024 * 100 + (k - 1) % 32 + first + i);
    }
    put_file(in_folder(name), bytes, (size_t)(records * RECORD));
    free(bytes);
}

static void check_cifar(const gt_dataset *dataset, uint32_t count) {
    assert_int_equal(dataset->count, count);
    assert_true(gt_shape_equal(dataset->shape, (gt_shape){3, 32, 32}));
    assert_int_equal(dataset->class_count, 10);
    assert_string_equal(dataset->class_names[9], "truck");
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *pixel = dataset->images + i * 3072 + (5 * 32 + 7) * 3;
        assert_int_equal(dataset->labels[i], i % 10);
        for (int c = 0; c < 3; c++)
            assert_int_equal(pixel[c], (uint8_t)(100 * c + 7 + (int)i));
    }
}

static void test_cifar(void **state) {
    (void)state;
    gt_dataset dataset;
    char text[600];
    put_cifar("data_batch_1.bin", 4, 0);
    put_cifar("data_batch_2.bin", 9, 4);
    gt_data_options options = options_for(in_folder("data_batch_1.bin"));
    open_well(&dataset, &options);
    check_cifar(&dataset, 4);
    gt_dataset_free(&dataset);
    snprintf(text, sizeof text, "%s, %s", in_folder("data_batch_1.bin"),
             in_folder("data_batch_2.bin"));
    options.images = text;
    open_well(&dataset, &options);
    check_cifar(&dataset, 13);
    gt_dataset_free(&dataset);
    snprintf(text, sizeof text, "%s", in_folder("data_batch_*.bin"));
    open_well(&dataset, &options);
    check_cifar(&dataset, 13);
    gt_dataset_free(&dataset);
    snprintf(text, sizeof text, "%s", in_folder("nothing_*.bin"));
    open_badly(&options, "no file has such a name");
    snprintf(text, sizeof text, "%s,%s", in_folder("data_batch_1.bin"), put_counted("3, 4, 5", 60));
    open_badly(&options, "its images are 4x5, those of the files before it 32x32x3");
    snprintf(text, sizeof text, "%s,%s", in_folder("data_batch_1.bin"), test_folder);
    open_badly(&options, "");

    size_t size;
    uint8_t *bytes = get_file(&size, in_folder("data_batch_1.bin"));
    bytes[RECORD] = 10;
    put_file(in_folder("label.bin"), bytes, size);
    options = options_for(in_folder("label.bin"));
    open_badly(&options, "record 1 has the label 10");
    free(bytes);
}

static const char *put_text(const char *name, const char *text) {
    put_file(in_folder(name), text, strlen(text));
    return in_folder(name);
}

static void test_csv(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int labels; /* -1: none */
    } good[] = {
        {"label,p0,p1,p2,p3\n7,1,2,3,255\n0,5,6,7,8\n", 7},
        {"label,p0,p1,p2,p3\r\n7,1,2,3,255\r\n0,5,6,7,8", 7},
        {"p0,p1,p2,p3,class\n1,2,3,255,7\n5,6,7,8,0\n\n\n", 7},
        {"\"label\",\"p0\",\"p1\",\"p2\",\"p3\"\n\"7\", 1, 2,3,255\n0,5,6,7,8\n", 7},
        {"7;1;2;3;255\n0;5;6;7;8\n", 7},
        {"1,2.0,3,255\n5,6,7,8\n", -1},
        {"p0,p1,p2,p3\n1,2,3,255\n5,6,7,8\n", -1},
        {"\xEF\xBB\xBF"
         "1,2,3,255\n5,6,7,8\n",
         -1},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        gt_dataset dataset;
        gt_data_options options = options_for(put_text("table.csv", good[i].text));
        open_well(&dataset, &options);
        assert_int_equal(dataset.count, 2);
        assert_true(gt_shape_equal(dataset.shape, (gt_shape){1, 2, 2}));
        assert_memory_equal(dataset.images, ((uint8_t[]){1, 2, 3, 255, 5, 6, 7, 8}), 8);
        assert_int_equal(dataset.labels != NULL ? dataset.labels[0] : -1, good[i].labels);
        gt_dataset_free(&dataset);
    }
    static const struct {
        const char *text, *expected;
    } bad[] = {
        {"label,p0,p1,p2,p3\n7,1,2,3,256\n", "csv:2: column 5 is '256'; pixels are whole"},
        {"label,p0,p1,p2,p3\n1000,1,2,3,4\n", "csv:2: column 1 is '1000'; labels are whole"},
        {"1,2,3,4\n1,2,3\n", "csv:2: has fewer columns than the first line, which has 4"},
        {"1,2,3,4\n1,2,3,4,5\n", "csv:2: has more columns"},
        {"1,2,3,4\n1,x,3,4\n", "column 2 is 'x'"},
        {"1,2,3,4\n-1,2,3,4\n", "column 1 is '-1'"},
        {"1,2,3,4\n\n1,2,3,4\n", "csv:2: column 1 is ''"},
        {"1,2,3\n", "has 3 pixels a line, which is no square: set data.size"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gt_data_options options = options_for(put_text("bad.csv", bad[i].text));
        open_badly(&options, bad[i].expected);
    }
    gt_dataset dataset;
    gt_data_options options = options_for(put_text("wide.csv", "1,2,3,4,5,6\n"));
    options.width = 3;
    options.height = 2;
    open_well(&dataset, &options);
    assert_true(gt_shape_equal(dataset.shape, (gt_shape){1, 2, 3}));
    gt_dataset_free(&dataset);
    options.width = 2;
    options.height = 1;
    open_well(&dataset, &options);
    assert_true(gt_shape_equal(dataset.shape, (gt_shape){3, 1, 2}));
    gt_dataset_free(&dataset);
}

/* --- What is no source --- */

static void test_named_as_what_they_are(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        const char *expected;
    } cases[] = {
        {"\x89PNG\r\n\x1a\n", 8, "is one PNG picture: give the folder"},
        {"\xff\xd8\xff\xe0", 4, "is one JPEG picture"},
        {"<!DOCTYPE html><html>", 21, "is a web page"},
        {"\n <HTML><body>", 14, "is a web page"},
        {"version https://git-lfs.github.com/spec/v1\noid x", 48, "git lfs pull"},
        {"PAR1\x15\x04", 6, "is a Parquet table"},
        {"\x80\x02}q\x00", 5, "is a Python pickle"},
        {"\x89HDF\r\n\x1a\n", 8, "is an HDF5 file"},
        {"GIF89a", 6, "is a GIF picture"},
        {"RIFF\x10\0\0\0WEBPVP8 ", 16, "is a WebP picture"},
        {"BZh9", 4, "bunzip2"},
        {"{\"images\": 1}", 13, "is a JSON file"},
        {"", 0, "is empty"},
        {"hello, world", 12, "is not an IDX, NPY, NPZ, CSV, CIFAR-10 or zip file"},
        {"\0\0\x08", 3, "it begins with 00 00 08 00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_file(in_folder("stranger"), cases[i].bytes, cases[i].size);
        gt_data_options options = options_for(in_folder("stranger"));
        open_badly(&options, cases[i].expected);
        gzFile packed = gzopen(in_folder("stranger.gz"), "wb");
        gzwrite(packed, cases[i].bytes, (unsigned)cases[i].size);
        gzclose(packed);
        options.images = in_folder("stranger.gz");
        open_badly(&options, cases[i].expected);
    }
    gt_data_options options = options_for(in_folder("missing"));
    open_badly(&options, "No such file or directory: check the path");
    mkfifo(in_folder("pipe"), 0666);
    options = options_for(in_folder("pipe"));
    open_badly(&options, "is not a regular file");
}

/* --- Size and reflection --- */

static void test_arrays_are_fitted(void **state) {
    (void)state;
    gt_dataset dataset;
    gt_data_options options = options_for(GT_BUILTIN_DIGITS);
    options.range.last = 10;
    options.width = options.height = 14;
    options.channels = 3;
    open_well(&dataset, &options);
    assert_true(gt_shape_equal(dataset.shape, (gt_shape){3, 14, 14}));
    assert_int_equal(dataset.count, 10);
    assert_int_equal(dataset.images[0], dataset.images[2]);
    gt_dataset_free(&dataset);
    options = options_for(put_counted("2, 4, 4", 32));
    options.width = 2;
    options.height = 2;
    open_well(&dataset, &options);
    int mean = (element(0) + element(1) + element(4) + element(5) + 2) / 4;
    assert_int_equal(dataset.images[0], mean);
    gt_dataset_free(&dataset);
}

static void test_mirror(void **state) {
    (void)state;
    enum { COUNT = 5, PIXELS = 18 };
    gt_dataset dataset;
    gt_batches batches;
    gt_arena arena = {0};
    gt_real images[2 * COUNT * PIXELS];
    int seen[2 * COUNT] = {0};
    gt_data_options options = options_for(put_counted("5, 2, 3, 3", COUNT * PIXELS));
    options.mirror = true;
    open_well(&dataset, &options);
    assert_int_equal(dataset.count, COUNT);
    assert_int_equal(gt_dataset_shown(&dataset), 2 * COUNT);
    for (int i = 0; i < 2; i++) {
        gt_batches_init(&batches, NULL, &arena, &dataset, 2 * COUNT, 0, 255, 1);
        if (i == 0)
            assert_int_equal(gt_arena_reserve(&arena, NULL), GT_OK);
    }
    assert_int_equal(batches.per_pass, 1);
    gt_batches_get(&batches, images, 0);
    const uint32_t *indices = gt_batches_indices(&batches, 0);
    for (int row = 0; row < 2 * COUNT; row++) {
        bool reflected = indices[row] >= COUNT;
        size_t image = indices[row] % COUNT;
        seen[indices[row]]++;
        for (int y = 0; y < 2; y++)
            for (int x = 0; x < 3; x++)
                for (int c = 0; c < 3; c++) {
                    int from = (y * 3 + (reflected ? 2 - x : x)) * 3 + c;
                    assert_true(images[row * PIXELS + (y * 3 + x) * 3 + c] ==
                                element(image * PIXELS + (size_t)from));
                }
    }
    for (int i = 0; i < 2 * COUNT; i++)
        assert_int_equal(seen[i], 1);
    double marginals[PIXELS], sum = 0;
    gt_dataset_marginals(marginals, &dataset);
    for (int c = 0; c < 3; c++)
        assert_true(marginals[c] == marginals[6 + c]);
    for (int i = 0; i < PIXELS; i++)
        sum += marginals[i];
    assert_true(fabs(sum * 255 / PIXELS - dataset.mean) < 1e-9);
    gt_arena_release(&arena);
    gt_dataset_free(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_layouts_that_are_asked_about),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_npz),
        cmocka_unit_test(test_cifar),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_named_as_what_they_are),
        cmocka_unit_test(test_arrays_are_fitted),
        cmocka_unit_test(test_mirror),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
