/* Config values: every type takes what is right, refuses what is wrong with a sentence that says
 * what is needed, and leaves the old value alone; what was set is written as text that reads back
 * as the same values, whatever its length; two configs differ only in what a resumed run may not
 * change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"

#include "gantrain/config/config.h"

static const gt_config_key *find_key(const char *name) {
    const gt_config_key *key = gt_config_key_find(name);
    if (key == NULL)
        fail_msg("there is no key %s", name);
    return key;
}

static void assert_formats(const gt_config *config, const char *name, const char *expected) {
    char text[GT_CONFIG_TEXT];
    gt_config_format(text, config, find_key(name));
    assert_string_equal(text, expected);
}

/* Setting works, and the value is then written as `formatted`. */
static void assert_takes(const char *name, const char *text, const char *formatted) {
    gt_config config;
    gt_error error = {0};
    gt_config_init(&config);
    if (gt_config_set(&config, find_key(name), text, &error) != GT_OK)
        fail_msg("%s = '%s' is refused: %s", name, text, error.message);
    assert_formats(&config, name, formatted);
}

/* Setting fails in one line that says `part`, and changes nothing. */
static void assert_refuses(const char *name, const char *text, const char *part) {
    gt_config before, config;
    gt_error error = {0};
    gt_config_init(&before);
    config = before;
    if (gt_config_set(&config, find_key(name), text, &error) != GT_USAGE)
        fail_msg("%s = '%s' is not refused", name, text);
    assert_int_equal(error.status, GT_USAGE);
    assert_contains(error.message, part);
    assert_null(strchr(error.message, '\n'));
    assert_memory_equal(&before, &config, sizeof config);
}

/* All of `texts`, up to a NULL, are refused with the same sentence. */
static void assert_refuses_all(const char *name, const char *part, const char *const texts[]) {
    for (int i = 0; texts[i] != NULL; i++)
        assert_refuses(name, texts[i], part);
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void fill(char *text, char with, size_t length) {
    memset(text, with, length);
    text[length] = '\0';
}

static void test_every_default_is_valid(void **state) {
    (void)state;
    gt_config config;
    const gt_config_key *key;
    int count = 0;
    gt_config_init(&config);
    for (; (key = gt_config_key_at(count)) != NULL; count++) {
        char name[GT_CONFIG_KEY_NAME];
        snprintf(name, sizeof name, "%s.%s", key->section, key->name);
        assert_ptr_equal(gt_config_key_find(name), key);
        assert_formats(&config, name, key->fallback);
        assert_int_equal(gt_config_is_set(&config, key), key->fallback[0] != '\0');
        assert_true(key->help[0] != '\0');
    }
    assert_true(count >= 28);
    assert_null(gt_config_key_find("train.batchsize"));
    assert_null(gt_config_key_find("batch_size"));
    assert_null(gt_config_key_find(""));
}

static void test_texts_are_taken_up_to_their_room(void **state) {
    (void)state;
    char text[GT_CONFIG_TEXT + 1];
    assert_takes("output.dir", "runs/a b=c:[d]", "runs/a b=c:[d]");
    assert_takes("output.dir", "a;b#c", "a;b#c");
    assert_takes("data.images", "builtin:digits", "builtin:digits");
    fill(text, 'x', GT_CONFIG_TEXT - 1);
    assert_takes("output.dir", text, text);
    fill(text, 'x', GT_CONFIG_TEXT);
    assert_refuses("output.dir", text, "over-long");
    assert_refuses_all("output.dir", "control character", TEXTS("a\nb", "a\tb", "\x1b[2J"));
}

static void test_layer_lists_name_the_wrong_entry(void **state) {
    (void)state;
    assert_takes("generator.layers", "dense 16, relu", "dense 16, relu");
    assert_refuses("generator.layers", "dense 16, rellu", "layer 2: 'rellu' is not known");
    assert_refuses("generator.layers", "dense 16, rellu", "did you mean 'relu'?");
    assert_refuses("discriminator.layers", "dens 16", "(known: dense, conv, deconv, maxout");
    assert_refuses("discriminator.layers", "dense 16,, relu", "layer 2 is empty");
    assert_refuses("discriminator.layers", "dense 16 relu", "layer 1");
    assert_refuses("discriminator.layers", "dense", "layer 1");
    assert_refuses_all("generator.layers", "'dense'",
                       TEXTS("dense 0", "dense 65537", "dense -1", "dense 1.5", "dense x"));
    char text[512] = "relu";
    for (int i = 1; i < GT_LAYERS; i++)
        strcat(text, ",relu");
    assert_takes("generator.layers", text, text);
    strcat(text, ",relu");
    assert_refuses("generator.layers", text, "more than 64 layers");
}

static void test_choices_are_names_of_their_tables(void **state) {
    (void)state;
    assert_takes("generator.optimizer", "sgd", "sgd");
    assert_takes("discriminator.optimizer", "adam", "adam");
    assert_takes("generator.prior", "uniform", "uniform");
    assert_takes("generator.output", "sigmoid", "sigmoid");
    assert_takes("train.loss", "minimax", "minimax");
    assert_refuses("generator.optimizer", "adamm", "needs one of: adam, sgd; did you mean 'adam'?");
    assert_refuses_all("train.loss", "needs one of: non_saturating, minimax",
                       TEXTS("", "Minimax", "wgan", "minimax "));
}

static void test_integers_keep_to_their_bounds(void **state) {
    (void)state;
    assert_takes("train.batch_size", "1", "1");
    assert_takes("train.batch_size", "65536", "65536");
    assert_takes("train.threads", "0", "0");
    assert_refuses_all("train.batch_size", "needs a whole number, 1 to 65536",
                       TEXTS("0", "65537", "-1", "ten", "1.5", "1e3", "", " 5", "5 ", "0x10",
                             "99999999999999999999", "-99999999999999999999", "5;"));
}

static void test_seeds_have_64_bits(void **state) {
    (void)state;
    assert_takes("train.seed", "0", "0");
    assert_takes("train.seed", "18446744073709551615", "18446744073709551615");
    assert_refuses_all("train.seed", "needs a whole number, 0 to 18446744073709551615",
                       TEXTS("18446744073709551616", "-1", "1.0", "", " 1", "one", "+1"));
}

static void test_reals_keep_to_their_bounds(void **state) {
    (void)state;
    assert_takes("generator.lr", "99.5", "99.5");
    assert_takes("generator.lr", "2e-4", "0.0002");
    assert_takes("generator.lr", "0.30000000000000004", "0.30000000000000004");
    assert_takes("generator.beta1", "0", "0");
    assert_takes("generator.beta1", "0.999999", "0.999999");
    assert_refuses_all(
        "generator.lr", "needs a number above 0 and up to 100",
        TEXTS("0", "-0", "-0.1", "100.1", "nan", "inf", "1e999", "", "x", "0.1x", " 1"));
    assert_refuses_all("generator.beta1", "needs a number 0 to 0.999999", TEXTS("1", "-0.5", "1,"));
}

static void test_sizes_colours_and_flags(void **state) {
    (void)state;
    assert_takes("data.size", "64x48", "64x48");
    assert_takes("data.size", "28", "28x28");
    assert_takes("data.size", "", "");
    assert_refuses_all("data.size", "needs WIDTHxHEIGHT, such as 64x64, each 1 to 4096",
                       TEXTS("0", "0x4", "4x0", "-1", "4097", "64x", "x64", "64x64x3", "64 x 64",
                             "64x64 ", "big", "1e3"));
    assert_takes("data.background", "white", "white");
    assert_takes("data.background", "ffffff", "white");
    assert_takes("data.background", "Ff00a9", "ff00a9");
    assert_refuses_all("data.background", "needs white, black, grey, or six hexadecimal digits",
                       TEXTS("", "red", "fff", "ffffff0", "gggggg", "#ffffff", "0xffff"));
    assert_takes("data.mirror", "yes", "yes");
    assert_takes("data.skip_bad", "no", "no");
    assert_refuses_all("data.mirror", "needs yes or no", TEXTS("", "Yes", "true", "1"));
    assert_refuses("data.fit", "squash", "needs one of: crop, pad, stretch");
    assert_refuses("data.channels", "gray", "did you mean 'grey'?");
}

static void test_sets_of_changes(void **state) {
    (void)state;
    assert_takes("discriminator.augment", "", "");
    assert_takes("discriminator.augment", "cutout", "cutout");
    assert_takes("discriminator.augment", "colour,cutout colour", "cutout colour");
    assert_refuses_all("discriminator.augment", "needs some of: translation cutout colour",
                       TEXTS("none", "cutout x", "Cutout", "cutout;colour"));
    assert_refuses("discriminator.augment", "color", "did you mean 'colour'?");
}

static void test_ranges_grids_and_steps_are_read_whole(void **state) {
    (void)state;
    assert_takes("discriminator.r1_final", "0.25", "0.25");
    assert_takes("discriminator.r1_final", "0", "0");
    assert_takes("discriminator.r1_final", "", "");
    assert_refuses_all("discriminator.r1_final", "needs a number 0 to 1e+06", TEXTS("-1", "x"));
    assert_takes("data.range", "0:50000", "0:50000");
    assert_takes("data.range", "5:6", "5:6");
    assert_refuses_all("data.range", "needs FIRST:LAST",
                       TEXTS("5:5", "6:5", "5", ":5", "5:", "-1:5", "0:5:6", "0:5 ", "0:x", ":",
                             "0:18446744073709551616", "0000000000000000000000000000000000000:1"));
    assert_takes("output.grid", "1x1", "1x1");
    assert_takes("output.grid", "100x100", "100x100");
    assert_refuses_all("output.grid", "needs COLUMNSxROWS, 1x1 to 100x100",
                       TEXTS("101x1", "1x101", "0x4", "4x0", "8", "8x", "x8", "8x8x8", "-1x5", "",
                             "8X8", "8x8 ", "99999x1"));
    assert_takes("output.sample_steps", "100,500", "100, 500");
    assert_takes("output.sample_steps", "1 2  3", "1, 2, 3");
    assert_takes("output.sample_steps", "", "");
    assert_refuses_all("output.sample_steps", "ascending order",
                       TEXTS("500, 100", "5, 5", "0", "-1", "x", "1, 2x", "1;2"));
}

static void test_lists_of_steps_end_at_their_room(void **state) {
    (void)state;
    char text[GT_CONFIG_TEXT] = "1000000";
    for (int i = 1; i < GT_CONFIG_LIST; i++)
        sprintf(text + strlen(text), ", %d", 1000000 + i);
    assert_takes("output.sample_steps", text, text);
    sprintf(text + strlen(text), ", %d", 1000000 + GT_CONFIG_LIST);
    assert_refuses("output.sample_steps", text, "up to 64");
}

/* Writes a config as text, reads that over the defaults, and compares all values. */
static void assert_survives(const gt_config *config) {
    gt_config again;
    gt_error error = {0};
    const gt_config_key *key;
    char *text = gt_config_to_text(config);
    assert_non_null(text);
    gt_config_init(&again);
    if (gt_config_read_text(&again, text, "text", &error) != GT_OK)
        fail_msg("%s", error.message);
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
        char first[GT_CONFIG_TEXT], second[GT_CONFIG_TEXT];
        gt_config_format(first, config, key);
        gt_config_format(second, &again, key);
        assert_string_equal(first, second);
    }
    char *text_again = gt_config_to_text(&again);
    assert_string_equal(text, text_again);
    free(text);
    free(text_again);
}

static void set(gt_config *config, const char *name, const char *text) {
    gt_error error = {0};
    if (gt_config_set(config, find_key(name), text, &error) != GT_OK)
        fail_msg("%s = %s: %s", name, text, error.message);
}

static void test_all_values_survive_being_written_and_read(void **state) {
    (void)state;
    gt_config config;
    gt_config_init(&config);
    assert_survives(&config);
    set(&config, "data.images", "/some where/images=1:2[3].gz");
    set(&config, "data.labels", "\"labels\" 'of' them");
    set(&config, "data.range", "7:18446744073709551615");
    set(&config, "generator.latent_dim", "65536");
    set(&config, "generator.lr", "0.1234567890123456789");
    set(&config, "discriminator.eps", "5e-324");
    set(&config, "discriminator.beta2", "0.999998999");
    set(&config, "discriminator.augment", "translation cutout colour");
    set(&config, "train.seed", "18446744073709551615");
    set(&config, "output.sample_steps", "1, 18446744073709551615");
    assert_survives(&config);
}

/* The INI library cuts lines at 200 bytes and drops space at both ends of a piece: so every length,
 * with space and with what could be taken for syntax at every place. */
static void test_long_values_survive_at_every_length(void **state) {
    (void)state;
    static const char alphabet[] = "abc /  \xc3\xa9=:[];#\"'";
    gt_config config;
    char text[GT_CONFIG_TEXT];
    uint32_t random = 1;
    gt_config_init(&config);
    for (int length = 1; length < GT_CONFIG_TEXT; length++) {
        for (int i = 0; i < length; i++) {
            random = random * 1664525 + 1013904223;
            char c = alphabet[(random >> 16) % (sizeof alphabet - 1)];
            bool edge = i == 0 || i == length - 1;
            text[i] = edge && c == ' ' ? 'x' : c;
        }
        text[length] = '\0';
        set(&config, "data.images", text);
        set(&config, "output.dir", text);
        assert_survives(&config);
    }
}

/* Either refused when it is set, or the same when it is read again. */
static void test_no_text_changes_on_its_way(void **state) {
    (void)state;
    char spaces[GT_CONFIG_TEXT];
    fill(spaces, ' ', 600);
    spaces[0] = 'a';
    spaces[599] = 'b';
    const char *const texts[] = {
        " a",      "a ",       " ",         "\x7f",    "a\\",   "[data]",      "=",  ":",
        "= a = b", "\xff\xfe", "%s%n",      "a\rb",    "a\x0c", "key = value", "\"", "exp #2",
        "a ;b",    "#",        "\"a\"",     "\"a' #b", "'a'",   "\"\"",        "''", "\"a\" ;\"b\"",
        "\"a",     "'",        "\xc2\xa0x", "a  \\ ",  spaces};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gt_config config;
        gt_config_init(&config);
        if (gt_config_set(&config, find_key("output.dir"), texts[i], NULL) == GT_OK)
            assert_survives(&config);
    }
}

static void test_only_what_may_not_change_is_compared(void **state) {
    (void)state;
    gt_config was, is;
    gt_error error = {0};
    const gt_config_key *key;
    gt_config_init(&was);
    is = was;
    assert_int_equal(gt_config_compare(&was, &is, &error), GT_OK);
    set(&is, "train.epochs", "99");
    set(&is, "train.threads", "3");
    set(&is, "generator.lr", "0.5");
    set(&is, "discriminator.lr", "0.5");
    set(&is, "output.dir", "elsewhere");
    set(&is, "output.keep", "9");
    set(&is, "output.sample_steps", "5");
    set(&is, "output.checkpoint_every", "7");
    assert_int_equal(gt_config_compare(&was, &is, &error), GT_OK);
    assert_string_equal(error.message, "");

    set(&is, "train.batch_size", "32");
    set(&is, "data.range", "0:10");
    set(&is, "generator.optimizer", "sgd");
    assert_int_equal(gt_config_compare(&was, &is, &error), GT_USAGE);
    assert_string_equal(error.message, "data.range: (none) -> 0:10\n"
                                       "generator.optimizer: adam -> sgd\n"
                                       "train.batch_size: 64 -> 32");
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
        bool output = strcmp(key->section, "output") == 0;
        bool rate = strcmp(key->name, "lr") == 0;
        assert_true(key->may_change || (!output && !rate));
    }
}

static void test_networks_are_asked_for_as_configured(void **state) {
    (void)state;
    gt_config config;
    gt_config_init(&config);
    set(&config, "generator.latent_dim", "7");
    set(&config, "generator.optimizer", "sgd");
    set(&config, "generator.momentum", "0.25");
    set(&config, "discriminator.lr", "0.125");
    set(&config, "train.loss", "minimax");
    set(&config, "train.d_steps", "3");
    set(&config, "train.seed", "11");
    assert_false(gt_config_model_settings(&config).simultaneous);
    set(&config, "train.updates", "simultaneous");
    gt_model_settings settings = gt_config_model_settings(&config);
    assert_int_equal(settings.generator.latent_dim, 7);
    assert_string_equal(settings.generator.optimizer->name, "sgd");
    assert_true(settings.generator.rates.momentum == 0.25);
    assert_string_equal(settings.generator.prior->name, "normal");
    assert_string_equal(settings.generator.output->name, "tanh");
    assert_string_equal(settings.discriminator.optimizer->name, "adam");
    assert_true(settings.discriminator.rates.lr == 0.125);
    assert_string_equal(settings.objective->name, "minimax");
    assert_int_equal(settings.batch, 64);
    assert_int_equal(settings.d_steps, 3);
    assert_true(settings.simultaneous);
    assert_int_equal(settings.seed, 11);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_default_is_valid),
        cmocka_unit_test(test_texts_are_taken_up_to_their_room),
        cmocka_unit_test(test_layer_lists_name_the_wrong_entry),
        cmocka_unit_test(test_choices_are_names_of_their_tables),
        cmocka_unit_test(test_integers_keep_to_their_bounds),
        cmocka_unit_test(test_seeds_have_64_bits),
        cmocka_unit_test(test_reals_keep_to_their_bounds),
        cmocka_unit_test(test_sizes_colours_and_flags),
        cmocka_unit_test(test_sets_of_changes),
        cmocka_unit_test(test_ranges_grids_and_steps_are_read_whole),
        cmocka_unit_test(test_lists_of_steps_end_at_their_room),
        cmocka_unit_test(test_all_values_survive_being_written_and_read),
        cmocka_unit_test(test_long_values_survive_at_every_length),
        cmocka_unit_test(test_no_text_changes_on_its_way),
        cmocka_unit_test(test_only_what_may_not_change_is_compared),
        cmocka_unit_test(test_networks_are_asked_for_as_configured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
