/* What is written is read again with the same images and labels, from a source of every kind to a file
 * of every format; what cannot be written leaves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <zip.h>

#include "helpers.h"
#include "pictures.h"

#include "gantrain/data/dataset.h"
#include "gantrain/data/save.h"

static void open_images(gt_dataset *dataset, const char *images, const char *labels) {
    gt_error error = {0};
    gt_data_options options = {.images = images, .labels = labels, .range = {0, 0}};
    if (strcmp(images, GT_BUILTIN_DIGITS) == 0)
        options.range.last = 30;
    if (gt_dataset_open(dataset, NULL, &options, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static void save_well(const gt_dataset *dataset, const char *path) {
    gt_error error = {0};
    if (gt_dataset_save(dataset, path, NULL, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static void check_same(const gt_dataset *a, const gt_dataset *b, bool with_labels) {
    assert_int_equal(a->count, b->count);
    assert_true(gt_shape_equal(a->shape, b->shape));
    assert_memory_equal(a->images, b->images, a->count * (size_t)a->pixels);
    if (!with_labels || a->labels == NULL)
        assert_null(b->labels);
    else
        assert_memory_equal(a->labels, b->labels, a->count * sizeof *a->labels);
}

/* Writes a set in each format, and reads it back. */
static void check_round_trips(const gt_dataset *dataset) {
    static const char *const names[] = {"copy.npz", "copy.idx", "copy-images.idx3-ubyte",
                                        "copy.npy"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        gt_dataset again;
        char labels[GT_PATH_CAPACITY];
        const char *path = in_folder(names[i]);
        save_well(dataset, path);
        assert_int_equal(gt_dataset_labels_path(labels, path, NULL), GT_OK);
        bool are_beside = dataset->labels != NULL && labels[0] != '\0' && strcmp(labels, path) != 0;
        open_images(&again, path, are_beside ? labels : NULL);
        check_same(dataset, &again, labels[0] != '\0');
        gt_dataset_free(&again);
    }
}

/* --- Sources --- */

static const char *make_csv(void) {
    const char *text = "label,p0,p1,p2,p3\n7,1,2,3,255\n0,5,6,7,8\n";
    put_file(in_folder("a.csv"), text, strlen(text));
    return in_folder("a.csv");
}

static const char *make_cifar(void) {
    enum { RECORD = 3073, RECORDS = 3 };
    static uint8_t bytes[RECORD * RECORDS];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i % RECORD == 0 ? i / RECORD * 4 : i * 7 + i / 31);
    put_file(in_folder("a.bin"), bytes, sizeof bytes);
    return in_folder("a.bin");
}

static made make_picture(int number) {
    uint8_t pixels[9 * 8 * 3];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 5 + (size_t)number * 77);
    return make_plain_png(9, 8, 3, pixels);
}

static const char *make_pets(void) {
    static const char *const names[] = {"pets/cat/1.png", "pets/cat/2.png", "pets/dog/1.png"};
    mkdir(in_folder("pets"), 0777);
    mkdir(in_folder("pets/cat"), 0777);
    mkdir(in_folder("pets/dog"), 0777);
    for (int i = 0; i < 3; i++)
        put_made(in_folder(names[i]), make_picture(i));
    return in_folder("pets");
}

static const char *make_zip(void) {
    zip_t *archive = zip_open(in_folder("a.zip"), ZIP_CREATE | ZIP_TRUNCATE, NULL);
    static const char *const names[] = {"cat/1.png", "dog/1.png"};
    for (int i = 0; i < 2; i++) {
        made picture = make_picture(i);
        zip_source_t *source = zip_source_buffer(archive, picture.bytes, picture.size, 1);
        assert_true(zip_file_add(archive, names[i], source, 0) >= 0);
    }
    assert_int_equal(zip_close(archive), 0);
    return in_folder("a.zip");
}

static const char *make_saved(const char *name) {
    gt_dataset dataset;
    open_images(&dataset, GT_BUILTIN_DIGITS, NULL);
    save_well(&dataset, in_folder(name));
    gt_dataset_free(&dataset);
    return in_folder(name);
}

static void every_source_in_every_format(void **state) {
    (void)state;
    const char *const sources[] = {GT_BUILTIN_DIGITS,   make_csv(),         make_cifar(),
                                   make_pets(),         make_zip(),         make_saved("a.npz"),
                                   make_saved("a.npy"), make_saved("a.idx")};
    char paths[sizeof sources / sizeof *sources][256];
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        snprintf(paths[i], sizeof paths[i], "%s", sources[i]); /* in_folder forgets */
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        gt_dataset dataset;
        open_images(&dataset, paths[i], NULL);
        check_round_trips(&dataset);
        gt_dataset_free(&dataset);
    }
}

/* --- Labels --- */

static void where_labels_go(void **state) {
    (void)state;
    static const struct {
        const char *images, *labels;
    } cases[] = {
        {"a/b.npz", "a/b.npz"},
        {"a/b.npy", ""},
        {"a/b.idx", "a/b-labels.idx"},
        {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
        {"images/train-images.idx3-ubyte", "images/train-labels.idx1-ubyte"},
        {"cifar-images.idx4-ubyte", "cifar-labels.idx1-ubyte"},
        {"images/b.idx", "images/b-labels.idx"},
        {"images-of-images.idx", "images-of-labels.idx"},
        {"b-ubyte", "b-labels-ubyte"},
    };
    char labels[GT_PATH_CAPACITY];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(gt_dataset_labels_path(labels, cases[i].images, NULL), GT_OK);
        assert_string_equal(labels, cases[i].labels);
    }
    static const char *const bad[] = {"a.png", "npz", ".npz", "a.npz/", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gt_error error = {0};
        assert_int_equal(gt_dataset_labels_path(labels, bad[i], &error), GT_USAGE);
        assert_contains(error.message, "must end in .npz, .npy, .idx or -ubyte");
    }
}

static void large_labels(void **state) {
    (void)state;
    static const uint8_t images[3 * 4 * 5] = {1, 2, 3};
    static const uint16_t labels[] = {0, 999, 256};
    gt_dataset again,
        dataset = {
            .count = 3, .shape = {1, 4, 5}, .pixels = 20, .images = images, .labels = labels};
    gt_error error = {0};
    save_well(&dataset, in_folder("large.npz"));
    open_images(&again, in_folder("large.npz"), NULL);
    check_same(&dataset, &again, true);
    gt_dataset_free(&again);
    assert_int_equal(gt_dataset_save(&dataset, in_folder("large.idx"), NULL, &error), GT_FAILED);
    assert_contains(error.message, "large-labels.idx: labels of an IDX file go up to 255");
    assert_int_not_equal(access(in_folder("large.idx"), F_OK), 0);
}

/* --- Files --- */

static const char *const each_format[] = {"x.npz", "x.npy", "x.idx"};

static void the_same_bytes_each_time(void **state) {
    (void)state;
    gt_dataset dataset;
    open_images(&dataset, GT_BUILTIN_DIGITS, NULL);
    for (int i = 0; i < 3; i++) {
        size_t size, size_again;
        save_well(&dataset, in_folder(each_format[i]));
        uint8_t *bytes = get_file(&size, in_folder(each_format[i]));
        save_well(&dataset, in_folder(each_format[i]));
        uint8_t *again = get_file(&size_again, in_folder(each_format[i]));
        assert_int_equal(size, size_again);
        assert_memory_equal(bytes, again, size);
        free(bytes);
        free(again);
    }
    gt_dataset_free(&dataset);
}

static void what_fails_leaves_nothing(void **state) {
    (void)state;
    gt_dataset dataset;
    gt_stop stop = {0};
    open_images(&dataset, GT_BUILTIN_DIGITS, NULL);
    for (int i = 0; i < 3; i++) {
        gt_error error = {0};
        char path[64], temporary[64];
        snprintf(path, sizeof path, "nowhere/%s", each_format[i]);
        assert_int_equal(gt_dataset_save(&dataset, in_folder(path), NULL, &error), GT_FAILED);
        assert_contains(error.message, "cannot be written: No such file or directory");
        unlink(in_folder(each_format[i]));
        atomic_store(&stop.signal, SIGTERM);
        assert_int_equal(gt_dataset_save(&dataset, in_folder(each_format[i]), &stop, &error),
                         GT_STOPPED);
        snprintf(temporary, sizeof temporary, "%s" GT_FILE_TEMPORARY, each_format[i]);
        assert_int_not_equal(access(in_folder(each_format[i]), F_OK), 0);
        assert_int_not_equal(access(in_folder(temporary), F_OK), 0);
    }
    gt_dataset_free(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_source_in_every_format),
        cmocka_unit_test(where_labels_go),
        cmocka_unit_test(large_labels),
        cmocka_unit_test(the_same_bytes_each_time),
        cmocka_unit_test(what_fails_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
