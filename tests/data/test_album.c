/* Folders and zip archives of pictures as people have them: classes, junk, twenty awkward files,
 * the notes about them, and the cache. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <zip.h>

#include "helpers.h"
#include "data/pictures.h"

#include "gantrain/data/dataset.h"

enum { SIDE = 8, PIXELS = SIDE * SIDE };

/* What the observer heard. */
struct heard {
    int notes;
    uint64_t last_done;
    char text[8192];
};

static void hear_note(void *context, const char *text) {
    struct heard *heard = context;
    size_t used = strlen(heard->text);
    heard->notes++;
    snprintf(heard->text + used, sizeof heard->text - used, "%s\n", text);
}

static void hear_progress(void *context, const char *what, uint64_t done, uint64_t count) {
    struct heard *heard = context;
    assert_true(done < count);
    assert_non_null(what);
    heard->last_done = done;
}

static gt_data_options options_for(const char *images, struct heard *heard) {
    *heard = (struct heard){0};
    return (gt_data_options){.images = images,
                             .background = {255, 255, 255},
                             .observer = {hear_progress, hear_note, heard, NULL}};
}

/* A fresh folder within the test's. */
static const char *make_album(const char *name) {
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s", in_folder(name));
    remove_tree(path);
    assert_int_equal(mkdir(path, 0777), 0);
    return path;
}

static const char *inside(const char *folder, const char *name) {
    static char paths[8][512];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void put_grey(const char *folder, const char *name, uint8_t value) {
    put_made(inside(folder, name), make_flat_png(SIDE, SIDE, 1, value));
}

static void open_well(gt_dataset *dataset, gt_team *team, const gt_data_options *options) {
    gt_error error = {0};
    if (gt_dataset_open(dataset, team, options, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static void open_badly(gt_error *error, const gt_data_options *options) {
    gt_dataset dataset, nothing = {0};
    *error = (gt_error){0};
    assert_int_equal(gt_dataset_open(&dataset, NULL, options, error), GT_FAILED);
    assert_memory_equal(&dataset, &nothing, sizeof dataset);
}

/* --- Classes and order --- */

static void put_classes(const char *album) {
    mkdir(inside(album, "b"), 0777);
    mkdir(inside(album, "a"), 0777);
    mkdir(inside(album, "a-b"), 0777);
    mkdir(inside(album, "a/deeper"), 0777);
    put_grey(album, "a/1.png", 10);
    put_grey(album, "a/2.PNG", 11);
    put_grey(album, "a/3", 12);
    put_grey(album, "a/deeper/4.png", 13);
    put_grey(album, "a-b/x.png", 20);
    put_grey(album, "a-b/y.png", 21);
    put_grey(album, "b/sp ace \xc3\xa4\xc3\xb6.png", 30);
    put_grey(album, "b/z.jpg", 31); /* a PNG by content */
}

static void check_classes(const gt_dataset *dataset) {
    static const uint8_t values[] = {10, 20, 30, 11, 12, 21, 31, 13};
    static const uint16_t labels[] = {0, 1, 2, 0, 0, 1, 2, 0};
    assert_int_equal(dataset->count, 8);
    assert_int_equal(dataset->class_count, 3);
    assert_string_equal(dataset->class_names[0], "a");
    assert_string_equal(dataset->class_names[1], "a-b");
    assert_string_equal(dataset->class_names[2], "b");
    for (int i = 0; i < 8; i++) {
        assert_int_equal(dataset->images[i * PIXELS], values[i]);
        assert_int_equal(dataset->labels[i], labels[i]);
    }
}

static void test_classes(void **state) {
    (void)state;
    struct heard heard;
    gt_dataset dataset;
    const char *album = make_album("classes");
    gt_data_options options = options_for(album, &heard);
    put_classes(album);
    for (int threads = 1; threads <= 3; threads++) {
        gt_team *team = gt_team_open(threads);
        open_well(&dataset, team, &options);
        check_classes(&dataset);
        gt_dataset_free(&dataset);
        gt_team_close(team);
    }
    assert_int_equal(heard.notes, 0);

    /* Folders that all have in common are no class. */
    const char *outer = make_album("outer");
    char moved[512];
    snprintf(moved, sizeof moved, "%s/one", outer);
    mkdir(moved, 0777);
    snprintf(moved, sizeof moved, "%s/one/two", outer);
    assert_int_equal(rename(in_folder("classes"), moved), 0);
    options.images = outer;
    open_well(&dataset, NULL, &options);
    check_classes(&dataset);
    gt_dataset_free(&dataset);

    /* A picture outside of all classes. */
    put_grey(outer, "one/two/outside.png", 40);
    open_well(&dataset, NULL, &options);
    assert_null(dataset.labels);
    assert_int_equal(dataset.class_count, 0);
    assert_int_equal(dataset.count, 9);
    assert_contains(heard.text, "1 pictures lie outside of the sub-folders");
    gt_dataset_free(&dataset);
}

/* A range holds classes in about the proportions of the whole. */
static void test_ranges_hold_all_classes(void **state) {
    (void)state;
    struct heard heard;
    gt_dataset dataset;
    const char *album = make_album("proportions");
    gt_data_options options = options_for(album, &heard);
    mkdir(inside(album, "few"), 0777);
    mkdir(inside(album, "many"), 0777);
    for (int i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s/%02d.png", i < 10 ? "few" : "many", i);
        put_grey(album, name, (uint8_t)i);
    }
    for (uint64_t first = 0; first < 40; first += 8) {
        options.range = (gt_range){first, first + 8};
        open_well(&dataset, NULL, &options);
        int few = 0;
        for (uint32_t i = 0; i < dataset.count; i++)
            few += dataset.labels[i] == 0;
        assert_int_equal(few, 2);
        gt_dataset_free(&dataset);
    }
}

/* --- Awkward files --- */

struct complaint {
    const char *name, *reason;
};

static void put_good(const char *album) {
    uint8_t grey[2 * PIXELS], long_line[20000] = {0};
    unsigned char exif[64];
    for (int i = 0; i < 2 * PIXELS; i++)
        grey[i] = (uint8_t)(i % 2 ? 0 : 90); /* grey 90, wholly transparent */
    put_made(inside(album, "grey-alpha.png"), make_plain_png(SIDE, SIDE, 2, grey));
    put_made(inside(album, "one-pixel.png"), make_flat_png(1, 1, 1, 77));
    put_made(inside(album, "line.png"), make_plain_png(20000, 1, 1, long_line));
    put_made(inside(album, "progressive.jpeg"), make_jpeg(SIDE, SIDE, 1, grey, true, NULL, 0));
    size_t size = make_exif(exif, 6, true);
    put_made(inside(album, "turned.JPG"), make_jpeg(SIDE, 2 * SIDE, 1, grey, false, exif, size));
    put_grey(album, "no-extension", 5);
    put_grey(album, "\xc3\xbc ber.png", 6);
    assert_int_equal(symlink("no-extension", inside(album, "link.png")), 0);
}

static void put_bad(const char *album) {
    uint8_t pixels[4 * PIXELS] = {1, 2, 3};
    put_made(inside(album, "printer.jpg"), make_jpeg(SIDE, SIDE, 4, pixels, false, NULL, 0));
    made png = make_plain_png(SIDE, SIDE, 3, pixels);
    png.size = png.size / 2;
    put_made(inside(album, "cut.png"), png);
    put_file(inside(album, "empty.png"), "", 0);
    put_file(inside(album, "text.png"), "hello", 5);
    put_file(inside(album, "evil\x1b[2J.png"), "GIF89a", 6);
    assert_int_equal(symlink("loop-b.png", inside(album, "loop-a.png")), 0);
    assert_int_equal(symlink("loop-a.png", inside(album, "loop-b.png")), 0);
    assert_int_equal(symlink("nowhere.png", inside(album, "dangling.png")), 0);
    png = make_flat_png(1, 1, 1, 0);
    memcpy(png.bytes + 16, "\0\0\x75\x30\0\0\x75\x30", 8);
    uint32_t sum = (uint32_t)crc32(0, png.bytes + 12, 17);
    for (int i = 0; i < 4; i++)
        png.bytes[29 + i] = (uint8_t)(sum >> (24 - 8 * i));
    put_made(inside(album, "bomb.png"), png);
}

static void put_junk(const char *album) {
    put_file(inside(album, ".DS_Store"), "x", 1);
    put_file(inside(album, "._photo.png"), "x", 1);
    put_file(inside(album, "Thumbs.db"), "x", 1);
    put_file(inside(album, "notes.txt"), "x", 1);
    put_file(inside(album, "more.txt"), "x", 1);
    assert_int_equal(symlink(".", inside(album, "itself")), 0);
    assert_int_equal(mkfifo(inside(album, "pipe.png"), 0666), 0);
}

static void test_awkward_files(void **state) {
    (void)state;
    static const struct complaint bad[] = {
        {"printer.jpg", "has the colours of a printer (CMYK)"},
        {"cut.png", "is cut short"},
        {"empty.png", "is empty"},
        {"text.png", "is neither a PNG nor a JPEG file"},
        {"evil?[2J.png", "is neither a PNG nor a JPEG file"},
        {"loop-a.png", "Too many levels of symbolic links"},
        {"loop-b.png", "Too many levels of symbolic links"},
        {"dangling.png", "No such file or directory"},
        {"bomb.png", "has 30000 x 30000 pixels, more than the 67108864 that can be read"},
    };
    enum { BAD = sizeof bad / sizeof *bad, GOOD = 8, JUNK = 7 };
    struct heard heard;
    gt_dataset dataset;
    gt_error error;
    gt_data_report report = {0};
    const char *album = make_album("awkward");
    gt_data_options options = options_for(album, &heard);
    options.width = options.height = SIDE;
    options.report = &report;
    put_good(album);
    put_bad(album);
    put_junk(album);

    open_badly(&error, &options);
    assert_contains(error.message, "9 of 17 pictures cannot be read; mend or remove them, or set "
                                   "data.skip_bad = yes:");
    for (int i = 0; i < BAD; i++) {
        char line[256];
        snprintf(line, sizeof line, "\n  %s: %s", bad[i].name, bad[i].reason);
        assert_contains(error.message, line);
    }
    assert_null(strchr(error.message, '\x1b'));
    assert_contains(heard.text, "left out 7 files that are no pictures");
    assert_contains(heard.text, "2 .txt");

    options = options_for(album, &heard);
    options.width = options.height = SIDE;
    options.skip_bad = true;
    options.report = &report;
    open_well(&dataset, NULL, &options);
    assert_int_equal(dataset.count, GOOD);
    assert_int_equal(report.pictures, GOOD + 1); /* the head of the one that is cut is whole */
    assert_int_equal(report.bad, BAD);
    assert_int_equal(report.other, JUNK);
    assert_int_equal(report.transparent, 1);
    assert_contains(heard.text, "left out 9 of 17 pictures");
    /* In the order of names: the transparent one is white. */
    assert_int_equal(dataset.images[0], 255);
    gt_dataset_free(&dataset);
}

static void test_unreadable(void **state) {
    (void)state;
    struct heard heard;
    gt_error error;
    const char *album = make_album("unreadable");
    gt_data_options options = options_for(album, &heard);
    put_grey(album, "good.png", 1);
    put_grey(album, "locked.png", 1);
    mkdir(inside(album, "locked"), 0);
    chmod(inside(album, "locked.png"), 0);
    int descriptor = open(inside(album, "locked.png"), O_RDONLY);
    if (descriptor >= 0) { /* root reads everything */
        close(descriptor);
        skip();
    }
    open_badly(&error, &options);
    assert_contains(error.message, "2 of 3 pictures");
    assert_contains(error.message, "\n  locked: Permission denied");
    assert_contains(error.message, "\n  locked.png: Permission denied");
    chmod(inside(album, "locked"), 0777);
}

static void test_many_bad(void **state) {
    (void)state;
    struct heard heard;
    gt_error error;
    const char *album = make_album("many-bad");
    gt_data_options options = options_for(album, &heard);
    for (int i = 0; i < 50; i++) {
        char name[128];
        snprintf(name, sizeof name, "a-rather-long-name-to-fill-the-message-%02d.png", i);
        put_file(inside(album, name), "x", 1);
    }
    open_badly(&error, &options);
    assert_contains(error.message, "50 of 50 pictures cannot be read:");
    assert_contains(error.message, "message-19.png: is neither");
    assert_null(strstr(error.message, "message-20.png"));
    assert_contains(error.message, "\n  and 30 more");
}

static void test_empty_folders(void **state) {
    (void)state;
    struct heard heard;
    gt_error error;
    const char *album = make_album("nothing");
    gt_data_options options = options_for(album, &heard);
    open_badly(&error, &options);
    assert_names_path(error.message, album);
    assert_contains(error.message, "holds no PNG or JPEG files: it is empty");
    put_file(inside(album, "a.gif"), "GIF89a", 6);
    open_badly(&error, &options);
    assert_contains(error.message, "no PNG or JPEG files, but 1 .gif");
}

/* --- Sizes and colours --- */

static void test_sizes(void **state) {
    (void)state;
    struct heard heard;
    gt_error error;
    gt_dataset dataset;
    const char *album = make_album("sizes");
    gt_data_options options = options_for(album, &heard);
    put_made(inside(album, "a.png"), make_flat_png(8, 6, 1, 1));
    put_made(inside(album, "b.png"), make_flat_png(8, 6, 3, 2));
    put_made(inside(album, "c.png"), make_flat_png(6, 8, 3, 3));
    open_badly(&error, &options);
    assert_contains(error.message,
                    "(2 of 8 x 6, 1 of 6 x 8): say what to make of them all, such as "
                    "data.size = 64x64");
    options.width = 4;
    options.height = 2;
    open_well(&dataset, NULL, &options);
    assert_int_equal(dataset.shape.width, 4);
    assert_int_equal(dataset.shape.height, 2);
    assert_int_equal(dataset.shape.channels, 3); /* as most have */
    assert_int_equal(dataset.images[0], 1);
    assert_int_equal(dataset.images[24], 2);
    gt_dataset_free(&dataset);
    options.channels = 1;
    open_well(&dataset, NULL, &options);
    assert_int_equal(dataset.pixels, 8);
    gt_dataset_free(&dataset);
    options.width = options.height = 300;
    open_badly(&error, &options);
    assert_contains(error.message, "90000 bytes each (300 x 300 pixels); at most 65536");
}

/* --- The cache --- */

static gt_data_options cached_options(const char *album, struct heard *heard) {
    static char cache[256];
    gt_data_options options = options_for(album, heard);
    snprintf(cache, sizeof cache, "%s", in_folder("cache"));
    options.cache = cache;
    options.skip_bad = true;
    return options;
}

/* The path of the only file in the cache. */
static const char *cache_file(void) {
    static char path[600];
    DIR *directory = opendir(in_folder("cache"));
    struct dirent *entry;
    path[0] = '\0';
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.') {
            assert_int_equal(path[0], 0);
            snprintf(path, sizeof path, "%s/%s", in_folder("cache"), entry->d_name);
        }
    closedir(directory);
    return path;
}

static void set_time(const char *path, time_t seconds) {
    const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void test_cache(void **state) {
    (void)state;
    struct heard heard;
    gt_dataset first, again;
    char leftover[512];
    remove_tree(in_folder("cache"));
    const char *album = make_album("kept");
    put_classes(album);
    put_file(inside(album, "a/bad.png"), "x", 1);
    gt_data_options options = cached_options(album, &heard);
    for (size_t most = 0; most < 2; most++) { /* loaded; mapped */
        options.memory_most = most;
        open_well(&first, NULL, &options);
        check_classes(&first);
        assert_int_equal(first.mapped > 0, most == 1);
        heard = (struct heard){.last_done = 99};
        open_well(&again, NULL, &options);
        assert_int_equal(heard.last_done, 99); /* nothing was decoded */
        assert_contains(heard.text, "left out 1 pictures that cannot be read");
        check_classes(&again);
        assert_int_equal(again.checksum, first.checksum);
        gt_dataset_free(&first);
        gt_dataset_free(&again);
    }

    /* Another time, another content: the old file is not believed, and not left; nor is what killed
     * processes left, of this album and of others. */
    snprintf(leftover, sizeof leftover, "%s.tmp", cache_file());
    put_file(leftover, "x", 1);
    put_file(inside(in_folder("cache"), "decoded-0123456789abcdef.bin.tmp"), "x", 1);
    put_grey(album, "a/1.png", 99);
    set_time(inside(album, "a/1.png"), 1000000);
    open_well(&again, NULL, &options);
    assert_int_equal(again.images[0], 99);
    gt_dataset_free(&again);
    cache_file();
    /* Other options have a file of their own. */
    options.width = options.height = 4;
    open_well(&again, NULL, &options);
    assert_int_equal(again.pixels, 16);
    gt_dataset_free(&again);
}

/* Whatever is damaged in the cache, what is opened is right. */
static void test_damaged_cache(void **state) {
    (void)state;
    struct heard heard;
    gt_dataset dataset;
    remove_tree(in_folder("cache"));
    const char *album = make_album("kept");
    put_classes(album);
    gt_data_options options = cached_options(album, &heard);
    open_well(&dataset, NULL, &options);
    gt_dataset_free(&dataset);
    size_t size;
    uint8_t *bytes = get_file(&size, cache_file());
    uint64_t random = 1;
    for (int i = 0; i < 300; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t at = (random >> 33) % (i % 2 ? size : 120);
        at = i % 2 ? at : size - 1 - at; /* half of them in the trailer and the names */
        bytes[at] ^= (uint8_t)(1 << i % 8);
        put_file(cache_file(), bytes, i % 3 == 2 ? at : size);
        bytes[at] ^= (uint8_t)(1 << i % 8);
        options.memory_most = (size_t)(i % 2);
        open_well(&dataset, NULL, &options);
        check_classes(&dataset);
        gt_dataset_free(&dataset);
    }
    free(bytes);
}

static void test_cache_that_cannot_be_written(void **state) {
    (void)state;
    struct heard heard;
    gt_dataset dataset;
    gt_error error;
    const char *album = make_album("kept");
    put_classes(album);
    put_file(in_folder("blocked"), "x", 1);
    gt_data_options options = cached_options(album, &heard);
    options.cache = in_folder("blocked");
    open_well(&dataset, NULL, &options);
    check_classes(&dataset);
    assert_contains(heard.text, "could not be kept");
    gt_dataset_free(&dataset);
    options.memory_most = 1;
    open_badly(&error, &options);
    assert_contains(error.message, "set XDG_CACHE_HOME, or make data.size smaller");
}

static void test_stop(void **state) {
    (void)state;
    struct heard heard;
    gt_dataset dataset;
    gt_error error = {0};
    gt_stop stop = {0};
    const char *album = make_album("kept");
    put_classes(album);
    gt_data_options options = options_for(album, &heard);
    options.observer.stop = &stop;
    atomic_store(&stop.signal, 2);
    assert_int_equal(gt_dataset_open(&dataset, NULL, &options, &error), GT_STOPPED);
    assert_int_equal(atomic_load(&stop.holds), 0);
}

/* --- Zip archives --- */

static void add_to_zip(zip_t *archive, const char *name, const char *path) {
    zip_source_t *source = zip_source_file(archive, path, 0, -1);
    assert_non_null(source);
    assert_true(zip_file_add(archive, name, source, ZIP_FL_ENC_UTF_8) >= 0);
}

static const char *make_zip(const char *name, const char *folder) {
    static const char *const files[] = {
        "a/1.png",   "a/2.PNG",   "a/3",     "a/deeper/4.png",
        "a-b/x.png", "a-b/y.png", "b/z.jpg", "b/sp ace \xc3\xa4\xc3\xb6.png"};
    const char *path = in_folder(name);
    unlink(path);
    zip_t *archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(archive);
    assert_true(zip_dir_add(archive, "top", 0) >= 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char within[128];
        snprintf(within, sizeof within, "top/%s", files[i]);
        add_to_zip(archive, within, inside(folder, files[i]));
    }
    add_to_zip(archive, "__MACOSX/top/a/._1.png", inside(folder, "a/1.png"));
    assert_int_equal(zip_close(archive), 0);
    return path;
}

static void test_zip(void **state) {
    (void)state;
    struct heard heard;
    gt_dataset dataset;
    const char *album = make_album("zipped");
    put_classes(album);
    gt_data_options options = cached_options(make_zip("album.zip", album), &heard);
    for (int round = 0; round < 4; round++) {
        gt_team *team = gt_team_open(1 + round % 3);
        if (round < 3)
            remove_tree(in_folder("cache"));
        open_well(&dataset, team, &options);
        check_classes(&dataset);
        gt_dataset_free(&dataset);
        gt_team_close(team);
    }
    assert_contains(heard.text, "left out 1 files that are no pictures");
}

static void test_damaged_zip(void **state) {
    (void)state;
    struct heard heard;
    gt_dataset dataset;
    const char *album = make_album("zipped");
    put_classes(album);
    size_t size;
    uint8_t *bytes = get_file(&size, make_zip("album.zip", album));
    gt_data_options options = options_for(in_folder("bad.zip"), &heard);
    int refused = 0;
    for (size_t at = 0; at < size; at += 3) {
        bytes[at] ^= 0x20;
        put_file(in_folder("bad.zip"), bytes, size);
        bytes[at] ^= 0x20;
        gt_error error = {0};
        if (gt_dataset_open(&dataset, NULL, &options, &error) != GT_OK)
            refused++;
        gt_dataset_free(&dataset);
    }
    assert_true(refused > 0);
    for (size_t cut = 0; cut < size; cut += 7) {
        put_file(in_folder("bad.zip"), bytes, cut);
        assert_int_equal(gt_dataset_open(&dataset, NULL, &options, NULL), GT_FAILED);
    }
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),       cmocka_unit_test(test_ranges_hold_all_classes),
        cmocka_unit_test(test_awkward_files), cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_many_bad),      cmocka_unit_test(test_empty_folders),
        cmocka_unit_test(test_sizes),         cmocka_unit_test(test_cache),
        cmocka_unit_test(test_damaged_cache), cmocka_unit_test(test_cache_that_cannot_be_written),
        cmocka_unit_test(test_stop),          cmocka_unit_test(test_zip),
        cmocka_unit_test(test_damaged_zip),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
