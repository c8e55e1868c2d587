/* Files appear whole or not at all, and what was there stays until then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "gantrain/files/file.h"

static void assert_file_holds(const char *path, const char *text) {
    size_t size;
    uint8_t *bytes = get_file(&size, path);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
    free(bytes);
}

static void assert_missing(const char *path) {
    struct stat status;
    assert_int_not_equal(lstat(path, &status), 0);
}

static void test_save_then_load(void **state) {
    (void)state;
    const char *path = in_folder("saved");
    gt_error error = {0};
    assert_int_equal(gt_file_save(path, "one\0two", 7, &error), GT_OK);
    assert_missing(in_folder("saved.tmp"));
    char *bytes;
    size_t size;
    assert_int_equal(gt_file_load(&bytes, &size, path, 7, &error), GT_OK);
    assert_int_equal(size, 7);
    assert_memory_equal(bytes, "one\0two", 8);
    free(bytes);

    assert_int_equal(gt_file_save(path, NULL, 0, &error), GT_OK);
    assert_int_equal(gt_file_load(&bytes, &size, path, 0, &error), GT_OK);
    assert_int_equal(size, 0);
    assert_int_equal(bytes[0], 0);
    free(bytes);
}

static void test_commit_replaces_and_abort_leaves(void **state) {
    (void)state;
    const char *path = in_folder("kept");
    gt_error error = {0};
    gt_file_writer writer;
    put_file(path, "old", 3);
    assert_int_equal(gt_file_begin(&writer, path, &error), GT_OK);
    assert_int_equal(gt_file_write(&writer, "ne", 2, &error), GT_OK);
    assert_file_holds(path, "old");
    gt_file_abort(&writer);
    gt_file_abort(&writer);
    assert_file_holds(path, "old");
    assert_missing(in_folder("kept.tmp"));

    assert_int_equal(gt_file_begin(&writer, path, &error), GT_OK);
    assert_int_equal(gt_file_write(&writer, "ne", 2, &error), GT_OK);
    assert_int_equal(gt_file_write(&writer, "w", 1, &error), GT_OK);
    assert_int_equal(gt_file_commit(&writer, &error), GT_OK);
    gt_file_abort(&writer);
    assert_file_holds(path, "new");
    assert_missing(in_folder("kept.tmp"));
}

static void test_leftover_temporary_is_replaced(void **state) {
    (void)state;
    gt_error error = {0};
    put_file(in_folder("crash.tmp"), "left over from a crash", 22);
    assert_int_equal(gt_file_save(in_folder("crash"), "new", 3, &error), GT_OK);
    assert_file_holds(in_folder("crash"), "new");

    /* Nor is anything written through a link of the temporary's name. */
    put_file(in_folder("victim"), "untouched", 9);
    assert_int_equal(symlink(in_folder("victim"), in_folder("crash.tmp")), 0);
    assert_int_equal(gt_file_save(in_folder("crash"), "newer", 5, &error), GT_OK);
    assert_file_holds(in_folder("victim"), "untouched");
    assert_file_holds(in_folder("crash"), "newer");
}

static void test_places_that_cannot_be_written(void **state) {
    (void)state;
    put_file(in_folder("regular"), "x", 1);
    assert_int_equal(mkdir(in_folder("folder"), 0777), 0);
    struct {
        const char *path, *part;
    } cases[] = {
        {in_folder("regular/below"), "cannot be written: Not a directory"},
        {in_folder("missing/below"), "make its directory first"},
        {in_folder("folder"), "it is a directory"},
        {"/dev/null", "not a regular file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gt_error error = {0};
        gt_file_writer writer;
        assert_int_equal(gt_file_begin(&writer, cases[i].path, &error), GT_FAILED);
        assert_int_equal(error.status, GT_FAILED);
        assert_names_path(error.message, cases[i].path);
        assert_contains(error.message, cases[i].part);
        gt_file_abort(&writer);
    }
    assert_file_holds(in_folder("regular"), "x");

    char path[GT_PATH_CAPACITY + 10];
    memset(path, 'a', sizeof path);
    gt_error error = {0};
    path[GT_PATH_CAPACITY - 4] = '\0'; /* the path would fit, but .tmp behind it does not */
    assert_int_equal(gt_file_save(path, "x", 1, &error), GT_FAILED);
    assert_contains(error.message, "4091 bytes");
    assert_int_equal(gt_file_save("", "x", 1, &error), GT_FAILED);
    assert_contains(error.message, "empty path");
}

/* Begins a file at path and lets its bytes go to a device that is always full. */
static void begin_on_full_disk(gt_file_writer *writer, const char *path) {
    int full = open("/dev/full", O_WRONLY);
    if (full < 0)
        skip();
    gt_error error = {0};
    put_file(path, "old", 3);
    assert_int_equal(gt_file_begin(writer, path, &error), GT_OK);
    close(writer->descriptor);
    writer->descriptor = full;
}

static void test_full_disk(void **state) {
    (void)state;
    const char *path = in_folder("full");
    gt_file_writer writer;
    gt_error error = {0};
    begin_on_full_disk(&writer, path);
    assert_int_equal(gt_file_write(&writer, "new", 3, &error), GT_FAILED);
    assert_names_path(error.message, path);
    assert_contains(error.message, "No space left on device: free some space");
    gt_file_abort(&writer);
    assert_file_holds(path, "old");
    assert_missing(in_folder("full.tmp"));

    /* A failed write that the caller overlooked must not be committed. */
    begin_on_full_disk(&writer, path);
    gt_file_write(&writer, "new", 3, NULL);
    assert_int_equal(gt_file_commit(&writer, NULL), GT_FAILED);
    assert_file_holds(path, "old");
    assert_missing(in_folder("full.tmp"));
}

static void test_append(void **state) {
    (void)state;
    const char *path = in_folder("appended");
    gt_error error = {0};
    assert_int_equal(gt_file_append(path, "one\n", 4, &error), GT_OK);
    assert_int_equal(gt_file_append(path, "two\n", 4, &error), GT_OK);
    assert_file_holds(path, "one\ntwo\n");
    assert_int_equal(gt_file_append(in_folder("no/file"), "x", 1, &error), GT_FAILED);
    assert_contains(error.message, "make its directory first");
    assert_int_equal(gt_file_append("/dev/full", "x", 1, &error), GT_FAILED);
    assert_contains(error.message, "not a regular file");
    assert_int_equal(mkfifo(in_folder("nobody reads"), 0600), 0);
    alarm(10);
    assert_int_equal(gt_file_append(in_folder("nobody reads"), "x", 1, &error), GT_FAILED);
    alarm(0);
    assert_names_path(error.message, in_folder("nobody reads"));
}

/* A limit on the size of files lets a part of it through. */
static void test_append_is_all_or_nothing(void **state) {
    (void)state;
    const char *path = in_folder("limited");
    int status;
    put_file(path, "0123456789", 10);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {15, 15};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        _exit(gt_file_append(path, "0123456789", 10, NULL) == GT_FAILED ? 7 : 8);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_file_holds(path, "0123456789");
}

static void test_copy(void **state) {
    (void)state;
    enum { LENGTH = 200000 };
    gt_error error = {0};
    uint8_t *bytes = malloc(LENGTH);
    assert_non_null(bytes);
    for (int i = 0; i < LENGTH; i++)
        bytes[i] = (uint8_t)(i % 251);
    put_file(in_folder("from"), bytes, LENGTH);
    put_file(in_folder("to"), "old", 3);
    assert_int_equal(gt_file_copy(in_folder("to"), in_folder("from"), &error), GT_OK);
    size_t size;
    uint8_t *copied = get_file(&size, in_folder("to"));
    assert_int_equal(size, LENGTH);
    assert_memory_equal(copied, bytes, LENGTH);
    free(copied);
    free(bytes);
    assert_int_equal(gt_file_copy(in_folder("to"), in_folder("missing"), &error), GT_FAILED);
    assert_names_path(error.message, in_folder("missing"));
    assert_int_equal(mkfifo(in_folder("a pipe"), 0600), 0);
    assert_int_equal(gt_file_copy(in_folder("to"), in_folder("a pipe"), &error), GT_FAILED);
    assert_contains(error.message, "is not a regular file");
    assert_missing(in_folder("to.tmp"));
}

/* In another process: what `begin` says about a path. */
static int begin_elsewhere(const char *path, const char *part) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        gt_file_writer writer = {0};
        gt_error error = {0};
        if (gt_file_begin(&writer, path, &error) == GT_OK)
            _exit(0);
        _exit(strstr(error.message, part) != NULL ? 1 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_two_writers_of_a_file(void **state) {
    (void)state;
    const char *path = in_folder("both");
    gt_error error = {0};
    gt_file_writer writer = {0};
    assert_int_equal(gt_file_begin(&writer, path, &error), GT_OK);
    assert_int_equal(gt_file_write(&writer, "first", 5, &error), GT_OK);
    assert_int_equal(begin_elsewhere(path, "another process is writing it"), 1);
    gt_file_abort(&writer);
    assert_int_equal(begin_elsewhere(path, ""), 0); /* leaves its temporary file, unlocked */
    assert_int_equal(gt_file_save(path, "second", 6, &error), GT_OK);
    assert_file_holds(path, "second");
    assert_missing(in_folder("both.tmp"));
}

static int sweep_elsewhere(const char *path, const char *suffix) {
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(gt_directory_sweep(path, suffix, NULL));
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void test_what_killed_processes_left_is_swept(void **state) {
    (void)state;
    gt_file_writer writer = {0};
    gt_error error = {0};
    assert_int_equal(mkdir(in_folder("dusty"), 0777), 0);
    put_file(in_folder("dusty/a.png.tmp"), "half", 4);
    put_file(in_folder("dusty/b.png"), "whole", 5);
    put_file(in_folder("dusty/c.tmp"), "another's", 9);
    assert_int_equal(symlink("nowhere", in_folder("dusty/d.png.tmp")), 0);
    assert_int_equal(mkdir(in_folder("dusty/e.png.tmp"), 0777), 0);
    assert_int_equal(gt_file_begin(&writer, in_folder("dusty/f.png"), &error), GT_OK);
    assert_int_equal(sweep_elsewhere(in_folder("dusty"), ".png"), 0);
    assert_missing(in_folder("dusty/a.png.tmp"));
    assert_missing(in_folder("dusty/d.png.tmp"));
    assert_file_holds(in_folder("dusty/b.png"), "whole");
    assert_file_holds(in_folder("dusty/c.tmp"), "another's");
    assert_file_holds(in_folder("dusty/f.png.tmp"), ""); /* is being written */
    assert_int_equal(gt_file_commit(&writer, &error), GT_OK);
    assert_int_equal(gt_directory_sweep(in_folder("dusty/b.png"), ".png", &error), GT_FAILED);
    assert_contains(error.message, "the directory cannot be read: Not a directory");
}

static void test_load_refuses(void **state) {
    (void)state;
    put_file(in_folder("ten"), "0123456789", 10);
    struct {
        const char *path, *part;
    } cases[] = {
        {in_folder("ten"), "larger than the 9 bytes"},
        {test_folder, "is a directory"},
        {in_folder("nowhere"), "cannot be read: No such file or directory"},
        {in_folder("ten/below"), "cannot be read: Not a directory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gt_error error = {0};
        char *bytes = (char *)"not set";
        size_t size = 7;
        assert_int_equal(gt_file_load(&bytes, &size, cases[i].path, 9, &error), GT_FAILED);
        assert_null(bytes);
        assert_int_equal(size, 0);
        assert_names_path(error.message, cases[i].path);
        assert_contains(error.message, cases[i].part);
    }
    char *bytes;
    size_t size;
    assert_int_equal(gt_file_load(&bytes, &size, in_folder("ten"), SIZE_MAX, NULL), GT_OK);
    assert_string_equal(bytes, "0123456789");
    free(bytes);
}

/* A file of 4 TB that takes no space: refused by its size, not after an allocation of it. */
static void test_load_huge(void **state) {
    (void)state;
    const char *path = in_folder("huge");
    put_file(path, "", 0);
    if (truncate(path, (off_t)1 << 42) != 0)
        skip();
    char *bytes;
    size_t size;
    gt_error error = {0};
    assert_int_equal(gt_file_load(&bytes, &size, path, 1000, &error), GT_FAILED);
    assert_contains(error.message, "larger than the 1000 bytes");
}

/* A pipe states no size: the limit must hold for what comes out of it. */
static void test_load_pipe(void **state) {
    (void)state;
    enum { LENGTH = 200000 };
    const char *path = in_folder("pipe");
    assert_int_equal(mkfifo(path, 0666), 0);
    for (int too_long = 0; too_long < 2; too_long++) {
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            signal(SIGPIPE, SIG_IGN);
            FILE *file = fopen(path, "wb");
            for (int i = 0; i < LENGTH; i++)
                putc(i % 251, file);
            fclose(file);
            _exit(0);
        }
        char *bytes;
        size_t size;
        gt_error error = {0};
        gt_status status = gt_file_load(&bytes, &size, path, (size_t)(LENGTH - too_long), &error);
        waitpid(child, NULL, 0);
        assert_int_equal(status, too_long ? GT_FAILED : GT_OK);
        if (too_long) {
            assert_contains(error.message, "199999 bytes");
            continue;
        }
        assert_int_equal(size, LENGTH);
        for (int i = 0; i < LENGTH; i++)
            assert_int_equal((uint8_t)bytes[i], i % 251);
        free(bytes);
    }
}

static void test_directories(void **state) {
    (void)state;
    gt_error error = {0};
    struct stat status;
    assert_int_equal(gt_directory_make(in_folder("a/b//c/"), &error), GT_OK);
    assert_int_equal(gt_directory_make(in_folder("a/b/c"), &error), GT_OK);
    assert_int_equal(gt_directory_make("/", &error), GT_OK);
    assert_int_equal(stat(in_folder("a/b/c"), &status), 0);
    assert_true(S_ISDIR(status.st_mode));
    assert_int_equal(gt_directory_sync(in_folder("a/b"), &error), GT_OK);

    assert_int_equal(gt_directory_sync(in_folder("a/x"), &error), GT_FAILED);
    assert_names_path(error.message, in_folder("a/x"));
    put_file(in_folder("a/file"), "x", 1);
    assert_int_equal(gt_directory_make(in_folder("a/file"), &error), GT_FAILED);
    assert_names_path(error.message, in_folder("a/file"));
    assert_contains(error.message, "there is a file of that name");
    assert_int_equal(gt_directory_make(in_folder("a/file/b"), &error), GT_FAILED);
    assert_names_path(error.message, in_folder("a/file"));
    assert_int_equal(gt_directory_make("", &error), GT_FAILED);
}

static void test_relative_paths(void **state) {
    (void)state;
    char before[GT_PATH_CAPACITY];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(test_folder), 0);
    gt_error error = {0};
    assert_int_equal(gt_directory_make("relative/below", &error), GT_OK);
    assert_int_equal(gt_file_save("relative.txt", "here", 4, &error), GT_OK);
    assert_int_equal(gt_file_save("relative/below/x", "there", 5, &error), GT_OK);
    assert_int_equal(chdir(before), 0);
    assert_file_holds(in_folder("relative.txt"), "here");
    assert_file_holds(in_folder("relative/below/x"), "there");
}

static void test_path_join(void **state) {
    (void)state;
    char path[GT_PATH_CAPACITY];
    const char *cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"},
        {"a", "/b", "/b"}, {"/", "b", "/b"},   {"a/b", "c/d", "a/b/c/d"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(gt_path_join(path, cases[i][0], cases[i][1]));
        assert_string_equal(path, cases[i][2]);
    }
    char name[GT_PATH_CAPACITY];
    memset(name, 'n', sizeof name);
    name[GT_PATH_CAPACITY - 3] = '\0';
    assert_true(gt_path_join(path, "d", name));
    assert_int_equal(strlen(path), GT_PATH_CAPACITY - 1);
    assert_false(gt_path_join(path, "dd", name));
    assert_true(gt_path_join(path, "", name));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_save_then_load),
        cmocka_unit_test(test_commit_replaces_and_abort_leaves),
        cmocka_unit_test(test_leftover_temporary_is_replaced),
        cmocka_unit_test(test_places_that_cannot_be_written),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_append_is_all_or_nothing),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_two_writers_of_a_file),
        cmocka_unit_test(test_what_killed_processes_left_is_swept),
        cmocka_unit_test(test_load_refuses),
        cmocka_unit_test(test_load_huge),
        cmocka_unit_test(test_load_pipe),
        cmocka_unit_test(test_directories),
        cmocka_unit_test(test_relative_paths),
        cmocka_unit_test(test_path_join),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
