/* INI files and --set: every wrong line is reported with its number, all in one go; what people's
 * editors do to files (CRLF, byte order mark, comments, spaces) is accepted; nothing is cut in
 * silence; relative paths belong to the directory of the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"

#include "gantrain/config/config.h"

/* Reads a file of that text; the message is left in *error. */
static gt_status read_bytes(gt_config *config, const void *text, size_t size, gt_error *error) {
    *error = (gt_error){0};
    gt_config_init(config);
    put_file(in_folder("x.ini"), text, size);
    gt_status status = gt_config_read_file(config, in_folder("x.ini"), error);
    assert_int_equal(status, error->status);
    return status;
}

static void assert_reads(gt_config *config, const char *text) {
    gt_error error;
    if (read_bytes(config, text, strlen(text), &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_string_equal(error.message, "");
}

/* Takes the next line off *message: it must begin with PATH:LINE: and contain part. */
static void assert_next_line(char **message, int line, const char *part) {
    char start[300];
    snprintf(start, sizeof start, "%s:%d: ", in_folder("x.ini"), line);
    char *end = strchr(*message, '\n');
    if (end != NULL)
        *end = '\0';
    if (strncmp(*message, start, strlen(start)) != 0)
        fail_msg("'%s' does not begin with '%s'", *message, start);
    assert_contains(*message, part);
    *message = end != NULL ? end + 1 : *message + strlen(*message);
}

/* Exactly one line is wrong. */
static void assert_refuses(const char *text, int line, const char *part) {
    gt_config config;
    gt_error error;
    if (read_bytes(&config, text, strlen(text), &error) != GT_USAGE)
        fail_msg("'%s' is not refused", text);
    char *message = error.message;
    assert_next_line(&message, line, part);
    assert_string_equal(message, "");
}

static void test_keys_comments_and_spaces_are_read(void **state) {
    (void)state;
    gt_config config;
    assert_reads(&config, "; a comment\n"
                          "# another\n"
                          "\n"
                          "   [train]   ; behind a heading\n"
                          "batch_size=32\n"
                          "  epochs   =   7   # behind a value\n"
                          "\tseed : 9\t; with a colon\n"
                          "[output]\n"
                          "dir = a;b#c\n"
                          "[train]\n"
                          "d_steps = 2");
    assert_int_equal(config.train.batch_size, 32);
    assert_int_equal(config.train.epochs, 7);
    assert_int_equal(config.train.seed, 9);
    assert_int_equal(config.train.d_steps, 2);
    assert_string_equal(config.output.dir, "a;b#c");
    assert_reads(&config, "");
    assert_reads(&config, "\n\n;\n#\n   \n");
}

static void test_line_ends_and_byte_order_mark_of_other_systems(void **state) {
    (void)state;
    gt_config config;
    assert_reads(&config, "\xEF\xBB\xBF[train]\r\nbatch_size = 32\r\nloss = minimax ; c\r\n\r\n");
    assert_int_equal(config.train.batch_size, 32);
    assert_string_equal(config.train.loss, "minimax");
    assert_reads(&config, "\xEF\xBB\xBF; comment\n[train]\nepochs = 3\r\n");
    assert_int_equal(config.train.epochs, 3);
    assert_refuses("\xEF\xBB\xBF[train]\r\nbatch_size = 0\r\n", 2,
                   "= 0: needs a whole number, 1 to 65536");
}

static void test_wrong_names_say_what_was_meant(void **state) {
    (void)state;
    assert_refuses("[train]\nbatchsize = 5\n", 2,
                   "[train]: unknown key 'batchsize'; did you mean 'batch_size'?");
    assert_refuses("[train]\nzzzzzz = 5\n", 2, "[train]: unknown key 'zzzzzz' (");
    assert_refuses("[trian]\nepochs = 5\n", 1, "unknown section [trian]; did you mean 'train'?");
    assert_refuses("[]\n", 1, "unknown section []");
    assert_refuses("[train]\n= 5\n", 2, "unknown key ''");
    assert_refuses("epochs = 5\n", 1, "a key before the first section");
}

static void test_wrong_forms_are_named(void **state) {
    (void)state;
    assert_refuses("[train\n", 1, "needs the form [section]");
    assert_refuses("[train] epochs = 5\n", 1, "needs the form [section]");
    assert_refuses("[train]\nepochs\n", 2, "needs the form `key = value`");
    assert_refuses("[train]\nepochs 5\n", 2, "needs the form `key = value`");
    assert_refuses("\n[train]\nepochs =\nseed = 1\n", 3, "[train] epochs = : needs a value");
    assert_refuses("[train]\nepochs = ; 5\n", 2, "needs a value");
    assert_refuses("[data]\nlabels =\n", 2, "needs a value");
}

static void test_wrong_values_say_what_is_needed(void **state) {
    (void)state;
    assert_refuses("[train]\n\nbatch_size = 0\n", 3,
                   "[train] batch_size = 0: needs a whole number, 1 to 65536");
    assert_refuses("[train]\nepochs = ten\n", 2,
                   "[train] epochs = ten: needs a whole number, 1 to");
    assert_refuses("[train]\nloss = minmax\n", 2, "did you mean 'minimax'?");
    assert_refuses("[generator]\nlr = 0\n", 2, "[generator] lr = 0: needs a number above 0");
    assert_refuses("[generator]\nlayers = dense 8, rellu\n", 2, "layer 2: 'rellu' is not known");
    assert_refuses("[data]\nrange = 9:3\n", 2, "needs FIRST:LAST");
}

static void test_repeated_keys_name_the_first_line(void **state) {
    (void)state;
    assert_refuses("[train]\nepochs = 5\n[data]\n[train]\nepochs = 5\n", 5,
                   "[train] epochs was already set in line 2");
    gt_config config;
    gt_error error;
    assert_int_equal(read_bytes(&config, "[train]\nseed = x\nseed = 5\n", 26, &error), GT_USAGE);
    char *message = error.message;
    assert_next_line(&message, 2, "seed = x: needs a whole number, 0 to");
    assert_next_line(&message, 3, "already set in line 2");
    assert_string_equal(message, "");
}

static void test_all_errors_are_reported_in_one_go(void **state) {
    (void)state;
    static const char text[] = "[train]\n"            /* 1 */
                               "batch_size = 0\n"     /* 2 */
                               "epochs = 3\n"         /* 3 */
                               "epoch = 3\n"          /* 4 */
                               "; nothing here\n"     /* 5 */
                               "[ouput]\n"            /* 6 */
                               "whatever = 1\n"       /* 7 */
                               "[generator]\r\n"      /* 8 */
                               "latent_dim = big\r\n" /* 9 */
                               "layers\n"             /* 10 */
                               "lr = 0.1\n"           /* 11 */
                               "lr = 0.1\n";          /* 12 */
    gt_config config;
    gt_error error;
    assert_int_equal(read_bytes(&config, text, strlen(text), &error), GT_USAGE);
    char *message = error.message;
    assert_next_line(&message, 2, "batch_size = 0: needs a whole number, 1 to 65536");
    assert_next_line(&message, 4, "did you mean 'epochs'?");
    assert_next_line(&message, 6, "did you mean 'output'?");
    assert_next_line(&message, 9, "latent_dim = big: needs a whole number, 1 to 65536");
    assert_next_line(&message, 10, "key = value");
    assert_next_line(&message, 12, "already set in line 11");
    assert_string_equal(message, "");
    assert_int_equal(error.dropped, 0);
}

static void test_errors_without_room_are_counted(void **state) {
    (void)state;
    enum { LINES = 500 };
    char text[LINES * 8 + 16] = "[train]\n";
    for (int i = 0; i < LINES; i++)
        strcat(text, "bad = 1\n");
    gt_config config;
    gt_error error;
    assert_int_equal(read_bytes(&config, text, strlen(text), &error), GT_USAGE);
    int lines = 1;
    for (const char *c = error.message; *c != '\0'; c++)
        lines += *c == '\n';
    assert_int_equal(lines + error.dropped, LINES);
    assert_true(error.dropped > 0);
}

/* A line of that many bytes: a path of letters, or, with spaces, of words. */
static void make_line(char *line, size_t length, bool spaces) {
    strcpy(line, "dir = /");
    for (size_t i = strlen(line); i < length; i++)
        line[i] = spaces && i % 7 == 0 ? ' ' : (char)('a' + i % 26);
    line[length - 1] = 'z';
    line[length] = '\0';
}

static void test_long_lines_are_read_whole_or_refused(void **state) {
    (void)state;
    enum { LONGEST = 2500 };
    for (size_t length = 100; length < LONGEST; length += length < 500 ? 1 : 9) {
        char line[LONGEST + 1], text[LONGEST + 64];
        gt_config config;
        gt_error error;
        make_line(line, length, length % 2 == 0);
        sprintf(text, "[output]\n%s\nkeep = 77\n", line);
        gt_status status = read_bytes(&config, text, strlen(text), &error);
        assert_int_equal(config.output.keep, 77);
        if (strlen(line) - strlen("dir = ") < GT_CONFIG_TEXT) {
            assert_int_equal(status, GT_OK);
            assert_string_equal(config.output.dir, line + strlen("dir = "));
        } else {
            assert_int_equal(status, GT_USAGE);
            char *message = error.message;
            assert_next_line(&message, 2, "over-long");
            assert_string_equal(message, "");
        }
    }
}

static void test_long_lines_of_all_forms(void **state) {
    (void)state;
    char text[8192], line[2400];
    gt_config config;
    make_line(line, 300, false);
    sprintf(text, "[output]\n; %s %s\ndir = a ; %s\n", line, line, line);
    assert_reads(&config, text);
    assert_string_equal(config.output.dir, "a");
    sprintf(text, "[train]\nepochs = 5\n%s\n", line + 6); /* no = in it */
    assert_refuses(text, 3, "key = value");
    sprintf(text, "[train]\nepochs = 5\n%.80s = 1\n", line + 7);
    assert_refuses(text, 3, "");
    sprintf(text, "[%s]\n", line);
    assert_refuses(text, 1, "unknown section");
    make_line(line, 2300, false);
    sprintf(text, "[train]\n%s\nepochs = 0\n", line);
    gt_error error;
    assert_int_equal(read_bytes(&config, text, strlen(text), &error), GT_USAGE);
    char *message = error.message;
    assert_next_line(&message, 2, "over-long");
    assert_next_line(&message, 3, "needs a whole number, 1 to");
    assert_string_equal(message, "");
}

static void test_values_in_quotes(void **state) {
    (void)state;
    gt_config config;
    assert_reads(&config, "[output]\ndir = \"exp #2\" ; a \"comment\"\nkeep = '7'\n");
    assert_string_equal(config.output.dir, "exp #2");
    assert_int_equal(config.output.keep, 7);
    assert_reads(&config, "[output]\ndir = 'a ;b'\r\nkeep=8\n");
    assert_string_equal(config.output.dir, "a ;b");
}

static void test_quotes_of_all_forms(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"\"a\"", "a"},         {"'a'", "a"},           {"\"it's\"", "it's"},
        {"it's", "it's"},       {"\"a\"\"b\"", "a\"b"}, {"\"\"\"\"", "\""},
        {"\"a", "\"a"},         {"a\"", "a\""},         {"\"a\" \"b\"", "\"a\" \"b\""},
        {"'a\"' ; 'c'", "a\""}, {"\"; #\"", "; #"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char text[128];
        gt_config config;
        snprintf(text, sizeof text, "[output]\ndir = %s\n", pairs[i][0]);
        assert_reads(&config, text);
        assert_string_equal(config.output.dir, pairs[i][1]);
    }
    gt_config config;
    assert_reads(&config, "[data]\nlabels = \"\"\n"); /* optional: no labels */
    assert_string_equal(config.data.labels, "");
    assert_refuses("[train]\nepochs = ''\n", 2, "needs a value");
    assert_refuses("[train]\nepochs = '5.0'\n", 2, "epochs = 5.0: needs a whole number");
}

static void test_keys_of_other_sections_are_named(void **state) {
    (void)state;
    assert_refuses("[train]\nlr = 1\n", 2,
                   "[train]: unknown key 'lr': it belongs to [generator] or [discriminator]");
    assert_refuses("[data]\nbatch-size = 1\n", 2, "it belongs to [train]");
    assert_refuses("epochs = 5\n", 1, "a line before it such as [train]");
    assert_refuses("nonsense = 5\n", 1, "a line before it such as [data]");
}

static void test_variables_in_paths(void **state) {
    (void)state;
    gt_config config;
    setenv("HOME", "/home/of one", 1);
    setenv("GT_TEST_DIR", "place", 1);
    unsetenv("GT_TEST_NONE");
    assert_reads(&config, "[data]\nimages = ~/images\nlabels = /x/$GT_TEST_DIR/l\n"
                          "test_images = $HOME/a${GT_TEST_DIR}b\ntest_labels = /x/$GT_TEST_NONE/$\n"
                          "[output]\ndir = ~/runs/$GT_TEST_DIR\n");
    assert_string_equal(config.data.images, "/home/of one/images");
    assert_string_equal(config.data.labels, "/x/place/l");
    assert_string_equal(config.data.test_images, "/home/of one/aplaceb");
    assert_string_equal(config.data.test_labels, "/x/$GT_TEST_NONE/$");
    assert_string_equal(config.output.dir, "/home/of one/runs/place");
    assert_reads(&config, "[data]\nimages = /a~/b\n[output]\ndir = ~\n");
    assert_string_equal(config.data.images, "/a~/b");
    assert_string_equal(config.output.dir, "/home/of one");
    assert_reads(&config, "[output]\ndir = ~other/${HOME\n");
    assert_string_equal(config.output.dir, "~other/${HOME");
    gt_error error = {0};
    assert_int_equal(gt_config_read_assignment(&config, "output.dir=~/x", &error), GT_OK);
    assert_string_equal(config.output.dir, "/home/of one/x");

    /* A checkpoint's own config is taken as it is, and so is what is no path. */
    assert_int_equal(gt_config_read_text(&config, "[output]\ndir = $HOME\n", "text", &error),
                     GT_OK);
    assert_string_equal(config.output.dir, "$HOME");
    setenv("GT_TEST_DIR", "", 1);
    char text[GT_CONFIG_TEXT + 64], large[GT_CONFIG_TEXT * 5];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    setenv("GT_TEST_LARGE", large, 1);
    snprintf(text, sizeof text, "[output]\ndir = $GT_TEST_LARGE\n");
    assert_refuses(text, 2, "over-long");
}

/* Wherever the library would take a piece of a long value for space, nothing is lost. */
static void test_space_inside_long_values_is_kept_or_refused(void **state) {
    (void)state;
    for (int before = 1; before < 400; before += 7) {
        char text[2048] = "[output]\ndir = ", value[1024];
        memset(value, 'x', sizeof value);
        memset(value + before, ' ', 200);
        value[before + 250] = '\0';
        strcat(strcat(text, value), "\n");
        gt_config config;
        gt_error error;
        if (read_bytes(&config, text, strlen(text), &error) == GT_OK)
            assert_string_equal(config.output.dir, value);
    }
}

static void assert_unreadable(const char *path, const char *part) {
    gt_config config;
    gt_error error = {0};
    gt_config_init(&config);
    assert_int_equal(gt_config_read_file(&config, path, &error), GT_USAGE);
    assert_names_path(error.message, path);
    assert_contains(error.message, part);
}

static void test_files_that_are_no_config(void **state) {
    (void)state;
    gt_config config;
    gt_error error;
    assert_int_equal(read_bytes(&config, "[train]\nepo\0chs = 1\n", 19, &error), GT_USAGE);
    assert_names_path(error.message, in_folder("x.ini"));
    assert_contains(error.message, "zero byte");
    assert_int_equal(read_bytes(&config, "", 1, &error), GT_USAGE);
    assert_unreadable(in_folder("missing.ini"), "No such file");
    assert_unreadable(test_folder, "directory");
    assert_unreadable("/dev/zero", "larger than");
    put_file(in_folder("large.ini"), "", 0);
    assert_int_equal(truncate(in_folder("large.ini"), GT_CONFIG_FILE_LIMIT + 1), 0);
    assert_unreadable(in_folder("large.ini"), "larger than");
}

static void test_paths_are_relative_to_the_file(void **state) {
    (void)state;
    gt_config config;
    char expected[1024], real[4096];
    assert_non_null(realpath(test_folder, real));
    put_file(in_folder("images"), "x", 1);
    snprintf(expected, sizeof expected, "%.900s/images", real);
    assert_reads(&config, "[data]\nimages = images\nlabels = /nowhere/labels\n[output]\ndir = d\n");
    assert_string_equal(config.data.images, expected);
    assert_string_equal(config.data.labels, "/nowhere/labels");
    assert_string_equal(config.output.dir, "d"); /* relative to where the command runs */
    assert_reads(&config, "[data]\nimages = ./deep/../images\n");
    assert_contains(config.data.images, real);
    assert_reads(&config, "[data]\nimages = builtin:digits\n");
    assert_string_equal(config.data.images, "builtin:digits");

    gt_error error = {0};
    assert_int_equal(gt_config_read_text(&config, "[data]\nimages = images\n", "text", &error),
                     GT_OK);
    assert_string_equal(config.data.images, "images");
}

/* What a path becomes must be as fit for being written as what was typed. */
static void test_paths_of_strange_directories(void **state) {
    (void)state;
    static const char *const names[] = {"a b", "a ;b", "a #b", "#c", "a\nb", " d ", "e=[f]"};
    char directory[300], path[400];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        gt_config config, again;
        gt_error error = {0};
        snprintf(directory, sizeof directory, "%s/%s", test_folder, names[i]);
        snprintf(path, sizeof path, "%s/x.ini", directory);
        assert_int_equal(mkdir(directory, 0777), 0);
        put_file(path, "[data]\nimages = img\n", 20);
        gt_config_init(&config);
        if (gt_config_read_file(&config, path, &error) != GT_OK)
            continue; /* refused is as good */
        char *text = gt_config_to_text(&config);
        gt_config_init(&again);
        if (gt_config_read_text(&again, text, "text", &error) != GT_OK)
            fail_msg("%s", error.message);
        assert_string_equal(again.data.images, config.data.images);
        free(text);
    }
}

static void assert_assigns(gt_config *config, const char *assignment) {
    gt_error error = {0};
    if (gt_config_read_assignment(config, assignment, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static void assert_not_assigned(const char *assignment, const char *part) {
    gt_config config;
    gt_error error = {0};
    gt_config_init(&config);
    assert_int_equal(gt_config_read_assignment(&config, assignment, &error), GT_USAGE);
    assert_contains(error.message, "--set ");
    assert_contains(error.message, part);
    assert_null(strchr(error.message, '\n'));
}

static void test_assignments(void **state) {
    (void)state;
    gt_config config;
    gt_config_init(&config);
    assert_assigns(&config, "train.batch_size=5");
    assert_int_equal(config.train.batch_size, 5);
    assert_assigns(&config, "output.dir=a=b");
    assert_string_equal(config.output.dir, "a=b");
    assert_assigns(&config, "data.range=0:100");
    assert_assigns(&config, "data.range="); /* an optional key loses its value */
    assert_false(gt_config_is_set(&config, gt_config_key_find("data.range")));
    assert_assigns(&config, "output.sample_steps=5");
    assert_assigns(&config, "output.sample_steps=");
    assert_int_equal(config.output.sample_steps.count, 0);

    assert_not_assigned("train.batchsise=5", "did you mean 'train.batch_size'?");
    assert_not_assigned("train.batchsize=5",
                        "unknown key 'train.batchsize': use --set train.batch_size=5 (");
    assert_not_assigned("batch_size=5", "unknown key 'batch_size': use --set train.batch_size=5 (");
    assert_not_assigned("lr=1e-4",
                        "use --set KEY=1e-4, where KEY is generator.lr or discriminator.lr");
    assert_not_assigned("learning-rate=1", "where KEY is generator.lr or discriminator.lr");
    assert_not_assigned("zzz=1", "unknown key 'zzz' (");
    assert_not_assigned("train.batch_size", "needs the form SECTION.KEY=VALUE");
    assert_not_assigned("", "needs the form SECTION.KEY=VALUE");
    assert_not_assigned("=5", "unknown key ''");
    assert_not_assigned("train.batch_size=0", "needs a whole number, 1 to 65536");
    assert_not_assigned("train.batch_size=", "needs a value");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_in_quotes),
        cmocka_unit_test(test_quotes_of_all_forms),
        cmocka_unit_test(test_keys_of_other_sections_are_named),
        cmocka_unit_test(test_variables_in_paths),
        cmocka_unit_test(test_keys_comments_and_spaces_are_read),
        cmocka_unit_test(test_line_ends_and_byte_order_mark_of_other_systems),
        cmocka_unit_test(test_wrong_names_say_what_was_meant),
        cmocka_unit_test(test_wrong_forms_are_named),
        cmocka_unit_test(test_wrong_values_say_what_is_needed),
        cmocka_unit_test(test_repeated_keys_name_the_first_line),
        cmocka_unit_test(test_all_errors_are_reported_in_one_go),
        cmocka_unit_test(test_errors_without_room_are_counted),
        cmocka_unit_test(test_long_lines_are_read_whole_or_refused),
        cmocka_unit_test(test_long_lines_of_all_forms),
        cmocka_unit_test(test_space_inside_long_values_is_kept_or_refused),
        cmocka_unit_test(test_files_that_are_no_config),
        cmocka_unit_test(test_paths_are_relative_to_the_file),
        cmocka_unit_test(test_paths_of_strange_directories),
        cmocka_unit_test(test_assignments),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
