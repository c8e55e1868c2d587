/* The run directory: names of checkpoints and their order, which are kept, where `latest` points,
 * who may open it, and what happens to a run that was there before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>

#include "helpers.h"

#include "gantrain/store/directory.h"

/* Opens it, or fails. */
static void open_run(gt_run_directory *run, const char *path, gt_run_mode mode) {
    gt_error error = {0};
    if (gt_run_open(run, path, mode, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static void open_new(gt_run_directory *run, const char *name) {
    open_run(run, in_folder(name), GT_RUN_NEW);
}

static bool exists(const gt_run_directory *run, const char *name) {
    char path[GT_PATH_CAPACITY];
    return access(gt_run_file(path, run, name), F_OK) == 0;
}

/* Puts a file into checkpoints/. */
static void put_checkpoint(const gt_run_directory *run, const char *name) {
    char path[GT_PATH_CAPACITY], inside[128];
    snprintf(inside, sizeof inside, "checkpoints/%s", name);
    put_file(gt_run_file(path, run, inside), name, strlen(name));
}

/* The names of all checkpoints, newest first, each behind a space. */
static void assert_lists(const gt_run_directory *run, const char *expected) {
    char names[1024] = "";
    gt_run_checkpoint *list;
    gt_error error = {0};
    int count;
    assert_int_equal(gt_run_list_checkpoints(&list, &count, run, &error), GT_OK);
    for (int i = 0; i < count; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), " %s", list[i].name);
    free(list);
    assert_string_equal(names, expected);
}

static void assert_named(uint64_t epoch, uint64_t step, const char *expected) {
    gt_run_checkpoint checkpoint;
    gt_run_checkpoint_name(&checkpoint, epoch, step);
    assert_string_equal(checkpoint.name, expected);
    assert_int_equal(checkpoint.epoch, epoch);
    assert_int_equal(checkpoint.step, step);
}

static void test_checkpoints_are_named_by_their_place(void **state) {
    (void)state;
    assert_named(2, 0, "epoch-0002.safetensors");
    assert_named(0, 7, "epoch-0000-step-0000007.safetensors");
    assert_named(2, 2345, "epoch-0002-step-0002345.safetensors");
    assert_named(1000000, 0, "epoch-1000000.safetensors");
    assert_named(99999, 1234567890123, "epoch-99999-step-1234567890123.safetensors");
}

static void test_lists_are_newest_first_and_hold_nothing_else(void **state) {
    (void)state;
    static const char *const others[] = {"epoch-1.safetensors",
                                         "epoch-0001.safetensors.tmp",
                                         "epoch-0009.safetensors.old-1",
                                         "epoch-.safetensors",
                                         "epoch-0001-step-.safetensors",
                                         "latest.safetensors",
                                         "epoch--0001.safetensors",
                                         "epoch- 0001.safetensors",
                                         "epoch-0x01.safetensors",
                                         "xepoch-0001.safetensors",
                                         "epoch-0001-step-0.safetensors",
                                         "epoch-0001",
                                         "epoch-99999999999999999999999999.safetensors",
                                         "README"};
    gt_run_directory run;
    open_new(&run, "list");
    assert_lists(&run, "");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        put_checkpoint(&run, others[i]);
    assert_lists(&run, "");
    put_checkpoint(&run, "epoch-0002.safetensors");
    put_checkpoint(&run, "epoch-0010.safetensors");
    put_checkpoint(&run, "epoch-10000.safetensors");
    put_checkpoint(&run, "epoch-0002-step-0000100.safetensors");
    put_checkpoint(&run, "epoch-0002-step-10000000.safetensors");
    put_checkpoint(&run, "epoch-0009.safetensors");
    assert_lists(&run, " epoch-10000.safetensors epoch-0010.safetensors epoch-0009.safetensors"
                       " epoch-0002-step-10000000.safetensors epoch-0002-step-0000100.safetensors"
                       " epoch-0002.safetensors");
    gt_run_close(&run);
}

static void keep(const gt_run_directory *run, uint64_t epoch, uint64_t step, int count) {
    gt_run_checkpoint newest;
    gt_error error = {0};
    gt_run_checkpoint_name(&newest, epoch, step);
    if (gt_run_keep(run, &newest, count, &error) != GT_OK)
        fail_msg("%s", error.message);
    char path[GT_PATH_CAPACITY], target[256];
    gt_run_file(path, run, "checkpoints/latest.safetensors");
    ssize_t length = readlink(path, target, sizeof target);
    assert_int_equal(length, strlen(newest.name));
    assert_memory_equal(target, newest.name, length);
    assert_false(exists(run, "checkpoints/latest.safetensors.tmp"));
    assert_true(exists(run, "checkpoints/latest.safetensors")); /* and what it points to */
}

static void test_the_newest_are_kept_and_linked(void **state) {
    (void)state;
    gt_run_directory run;
    open_new(&run, "keep");
    put_checkpoint(&run, "epoch-0001.safetensors");
    keep(&run, 1, 0, 2);
    put_checkpoint(&run, "epoch-0002.safetensors");
    keep(&run, 2, 0, 2);
    assert_lists(&run, " epoch-0002.safetensors epoch-0001.safetensors");
    put_checkpoint(&run, "epoch-0002-step-0000099.safetensors");
    put_checkpoint(&run, "epoch-0001.safetensors.old-1");
    keep(&run, 2, 99, 2);
    assert_lists(&run, " epoch-0002-step-0000099.safetensors epoch-0002.safetensors");
    put_checkpoint(&run, "epoch-0003.safetensors");
    keep(&run, 3, 0, 1);
    assert_lists(&run, " epoch-0003.safetensors");
    assert_true(exists(&run, "checkpoints/epoch-0001.safetensors.old-1"));
    keep(&run, 3, 0, 1000000);
    assert_lists(&run, " epoch-0003.safetensors");
    gt_run_close(&run);
}

/* Damaged ones of a later place may lie about: what was just written is worth more than they. */
static void test_the_one_just_written_is_never_removed(void **state) {
    (void)state;
    gt_run_directory run;
    open_new(&run, "written");
    put_checkpoint(&run, "epoch-0004.safetensors");
    put_checkpoint(&run, "epoch-0005.safetensors");
    put_checkpoint(&run, "epoch-0002.safetensors");
    put_checkpoint(&run, "epoch-0003-step-0000050.safetensors");
    keep(&run, 3, 50, 1);
    keep(&run, 3, 50, 2);
    gt_run_close(&run);
}

/* A link that cannot be made is told of, and does not keep old ones from being removed. */
static void test_old_ones_are_removed_without_a_link(void **state) {
    (void)state;
    gt_run_directory run;
    gt_run_checkpoint newest;
    gt_error error = {0};
    char path[GT_PATH_CAPACITY];
    open_new(&run, "linkless");
    assert_int_equal(mkdir(gt_run_file(path, &run, "checkpoints/latest.safetensors.tmp"), 0777), 0);
    put_checkpoint(&run, "epoch-0001.safetensors");
    put_checkpoint(&run, "epoch-0002.safetensors");
    gt_run_checkpoint_name(&newest, 2, 0);
    assert_int_equal(gt_run_keep(&run, &newest, 1, &error), GT_FAILED);
    assert_contains(error.message, "latest.safetensors: cannot be made");
    assert_lists(&run, " epoch-0002.safetensors");
    gt_run_close(&run);
}

/* As on exFAT and SMB. */
static void test_latest_is_a_copy_where_there_are_no_links(void **state) {
    (void)state;
    gt_run_directory run;
    gt_run_checkpoint newest;
    gt_error error = {0};
    char path[GT_PATH_CAPACITY];
    open_new(&run, "copies");
    assert_true(run.has_links);
    put_checkpoint(&run, "epoch-0001.safetensors");
    keep(&run, 1, 0, 1);
    run.has_links = false;
    put_checkpoint(&run, "epoch-0002.safetensors");
    gt_run_checkpoint_name(&newest, 2, 0);
    if (gt_run_keep(&run, &newest, 1, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_lists(&run, " epoch-0002.safetensors");
    size_t size;
    uint8_t *bytes = get_file(&size, gt_run_file(path, &run, "checkpoints/latest.safetensors"));
    assert_int_equal(size, strlen(newest.name)); /* put_checkpoint writes the name into the file */
    assert_memory_equal(bytes, newest.name, size);
    free(bytes);
    run.has_links = true; /* the directory was moved to another file system */
    keep(&run, 2, 0, 1);
    gt_run_close(&run);
}

static void test_what_a_killed_process_left_is_removed(void **state) {
    (void)state;
    static const char *const left[] = {
        "checkpoints/epoch-0003.safetensors.tmp", "checkpoints/latest.safetensors.tmp",
        "samples/epoch-0003.png.tmp", "config.ini.tmp", "metrics.csv.tmp"};
    static const char *const others[] = {"notes.tmp", "checkpoints/epoch-0001.safetensors.old-1",
                                         "samples/real.png"};
    gt_run_directory run;
    char path[GT_PATH_CAPACITY];
    open_new(&run, "left");
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        put_file(gt_run_file(path, &run, left[i]), "x", 1);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        put_file(gt_run_file(path, &run, others[i]), "x", 1);
    gt_run_close(&run);
    open_run(&run, in_folder("left"), GT_RUN_RESUME);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        assert_false(exists(&run, left[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_true(exists(&run, others[i]));
    assert_string_equal(run.caution.message, "");
    gt_run_close(&run);
}

static void set_aside(const gt_run_directory *run, uint64_t epoch, uint64_t step, int expected) {
    gt_error error = {0};
    int count;
    if (gt_run_set_aside_newer(&count, run, epoch, step, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(count, expected);
}

static void test_newer_ones_are_set_aside(void **state) {
    (void)state;
    gt_run_directory run;
    open_new(&run, "aside");
    put_checkpoint(&run, "epoch-0001.safetensors");
    put_checkpoint(&run, "epoch-0002.safetensors");
    put_checkpoint(&run, "epoch-0002-step-0000050.safetensors");
    put_checkpoint(&run, "epoch-0002-step-0000070.safetensors");
    put_checkpoint(&run, "epoch-0003.safetensors");
    set_aside(&run, 3, 0, 0);
    set_aside(&run, 2, 70, 1);
    assert_true(exists(&run, "checkpoints/epoch-0003.safetensors.old-1"));
    set_aside(&run, 2, 50, 1);
    set_aside(&run, 2, 0, 1);
    assert_lists(&run, " epoch-0002.safetensors epoch-0001.safetensors");
    put_checkpoint(&run, "epoch-0003.safetensors");
    set_aside(&run, 1, 0, 2);
    assert_true(exists(&run, "checkpoints/epoch-0003.safetensors.old-2"));
    assert_true(exists(&run, "checkpoints/epoch-0002.safetensors.old-1"));
    assert_lists(&run, " epoch-0001.safetensors");
    gt_run_close(&run);
}

static void assert_not_opened(const char *path, gt_run_mode mode, const char *part) {
    gt_run_directory run;
    gt_error error = {0};
    assert_int_equal(gt_run_open(&run, path, mode, &error), GT_FAILED);
    assert_names_path(error.message, path);
    assert_contains(error.message, part);
    assert_int_equal(run.lock, -1);
}

static void test_a_run_that_is_there_is_refused(void **state) {
    (void)state;
    static const char *const files[] = {"config.ini", "metrics.csv"};
    gt_run_directory run;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/old%zu", test_folder, i);
        assert_int_equal(mkdir(path, 0777), 0);
        snprintf(path, sizeof path, "%s/old%zu/%s", test_folder, i, files[i]);
        put_file(path, "x", 1);
        snprintf(path, sizeof path, "%s/old%zu", test_folder, i);
        assert_not_opened(path, GT_RUN_NEW, "already holds a run");
        assert_not_opened(path, GT_RUN_NEW, "--resume");
        assert_not_opened(path, GT_RUN_NEW, "--force");
        open_run(&run, path, GT_RUN_RESUME);
        assert_true(exists(&run, files[i]));
        assert_string_equal(run.moved_to, "");
        gt_run_close(&run);
    }
}

static void test_force_moves_an_old_run_to_the_next_free_name(void **state) {
    (void)state;
    char path[GT_PATH_CAPACITY], expected[GT_PATH_CAPACITY];
    gt_run_directory run;
    open_run(&run, in_folder("forced"), GT_RUN_FORCE); /* nothing to move */
    assert_string_equal(run.moved_to, "");
    for (int n = 1; n <= 3; n++) {
        put_file(gt_run_file(path, &run, "config.ini"), &n, sizeof n);
        gt_run_close(&run);
        if (n == 2) { /* .old-2 is taken by something else */
            snprintf(path, sizeof path, "%s/forced.old-2", test_folder);
            put_file(path, "", 0);
        }
        open_run(&run, in_folder("forced/"), GT_RUN_FORCE);
        snprintf(expected, sizeof expected, "%s/forced.old-%d", test_folder, n < 2 ? n : n + 1);
        assert_string_equal(run.moved_to, expected);
        assert_false(exists(&run, "config.ini"));
        assert_true(exists(&run, "samples"));
        assert_true(exists(&run, "checkpoints"));
        size_t size;
        snprintf(path, sizeof path, "%.4000s/config.ini", expected);
        uint8_t *bytes = get_file(&size, path);
        assert_memory_equal(bytes, &n, sizeof n);
        free(bytes);
    }
    gt_run_close(&run);
}

static void test_paths_that_cannot_be_a_run_directory(void **state) {
    (void)state;
    char path[512], *over_long = malloc(2 * GT_PATH_CAPACITY);
    gt_run_directory run;
    gt_error error = {0};
    put_file(in_folder("file"), "", 0);
    snprintf(path, sizeof path, "%s/file", test_folder);
    assert_not_opened(path, GT_RUN_NEW, "there is a file of that name");
    assert_int_equal(gt_run_open(&run, in_folder("file/below"), GT_RUN_NEW, &error), GT_FAILED);
    assert_contains(error.message, in_folder("file"));
    memset(over_long, 'x', 2 * GT_PATH_CAPACITY);
    over_long[2 * GT_PATH_CAPACITY - 1] = '\0';
    assert_int_equal(gt_run_open(&run, over_long, GT_RUN_NEW, &error), GT_FAILED);
    assert_contains(error.message, "over-long");
    free(over_long);
    open_run(&run, in_folder("deep/down//here///"), GT_RUN_NEW);
    snprintf(path, sizeof path, "%s/deep/down//here", test_folder);
    assert_string_equal(run.path, path);
    gt_run_close(&run);
}

static void test_paths_of_files_that_do_not_fit_are_empty(void **state) {
    (void)state;
    gt_run_directory run = {.lock = -1};
    char path[GT_PATH_CAPACITY];
    memset(run.path, 'x', GT_PATH_CAPACITY - 10);
    assert_string_equal(gt_run_file(path, &run, "metrics.csv"), "");
    assert_int_equal(strlen(gt_run_file(path, &run, "lock")), GT_PATH_CAPACITY - 5);
}

/* What another process finds: 0 opened, 1 refused with the given process in the message, 2 else. */
static int try_from_another_process(const char *path, gt_run_mode mode, pid_t owner) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        gt_run_directory run;
        gt_error error = {0};
        char part[64];
        snprintf(part, sizeof part, "in use by process %ld", (long)owner);
        if (gt_run_open(&run, path, mode, &error) == GT_OK)
            _exit(0);
        _exit(strstr(error.message, part) != NULL && run.lock == -1 ? 1 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_one_process_at_a_time(void **state) {
    (void)state;
    const gt_run_mode modes[] = {GT_RUN_NEW, GT_RUN_RESUME, GT_RUN_FORCE};
    char path[300];
    gt_run_directory run;
    snprintf(path, sizeof path, "%s/locked", test_folder);
    open_run(&run, path, GT_RUN_NEW);
    for (int i = 0; i < 3; i++)
        assert_int_equal(try_from_another_process(path, modes[i], getpid()), 1);
    assert_int_equal(access(in_folder("locked.old-1"), F_OK), -1);
    gt_run_close(&run);
    assert_int_equal(try_from_another_process(path, GT_RUN_RESUME, 0), 0);
    open_run(&run, path, GT_RUN_RESUME); /* its lock went with it */
    gt_run_close(&run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checkpoints_are_named_by_their_place),
        cmocka_unit_test(test_lists_are_newest_first_and_hold_nothing_else),
        cmocka_unit_test(test_the_newest_are_kept_and_linked),
        cmocka_unit_test(test_the_one_just_written_is_never_removed),
        cmocka_unit_test(test_old_ones_are_removed_without_a_link),
        cmocka_unit_test(test_latest_is_a_copy_where_there_are_no_links),
        cmocka_unit_test(test_what_a_killed_process_left_is_removed),
        cmocka_unit_test(test_newer_ones_are_set_aside),
        cmocka_unit_test(test_a_run_that_is_there_is_refused),
        cmocka_unit_test(test_force_moves_an_old_run_to_the_next_free_name),
        cmocka_unit_test(test_paths_that_cannot_be_a_run_directory),
        cmocka_unit_test(test_paths_of_files_that_do_not_fit_are_empty),
        cmocka_unit_test(test_one_process_at_a_time),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
