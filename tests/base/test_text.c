/* Numbers that people typed are read whole or not at all; numbers are written so that they read
 * back; and a slip of the finger is told from another word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"

/* No number of any type. */
static const char *const not_numbers[] = {
    "",    " ",   "x",   " 1",  "1 ",   "\t1",   "1\n",    "1x",    "1,5",  "1 2",
    "--1", "+-1", "+",   "-",   "0x10", "0X1P3", "one",    "1e",    "e5",   "1.2.",
    ".",   "\v7", "nan", "inf", "-inf", "NAN",   "NaN(1)", "1'000", "1_000"};

static void integers_are_read_whole(void **state) {
    (void)state;
    const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"12", 12},
                {"-5", -5},
                {"007", 7},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t value = 99;
        assert_true(gt_text_to_integer(&value, good[i].text));
        assert_true(value == good[i].value);
    }
    const char *const bad[] = {"1.0", "1e3", "9223372036854775808", "-9223372036854775809"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t value = 99;
        assert_false(gt_text_to_integer(&value, bad[i]));
        assert_true(value == 99);
    }
}

static void unsigned_numbers_are_read_whole(void **state) {
    (void)state;
    uint64_t value = 99;
    assert_true(gt_text_to_unsigned(&value, "0"));
    assert_true(value == 0);
    assert_true(gt_text_to_unsigned(&value, "18446744073709551615"));
    assert_true(value == UINT64_MAX);
    value = 99;
    const char *const bad[] = {"-1", "-0", "1.0", "1e3", "18446744073709551616"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(gt_text_to_unsigned(&value, bad[i]));
        assert_true(value == 99);
    }
}

static void reals_are_read_whole(void **state) {
    (void)state;
    const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},     {"1", 1},       {"-2.5", -2.5},   {".5", 0.5},     {"5.", 5},
                {"1e3", 1e3}, {"2E-4", 2e-4}, {"0.0002", 2e-4}, {"1e308", 1e308}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double value = 99;
        assert_true(gt_text_to_real(&value, good[i].text));
        assert_true(value == good[i].value);
    }
    const char *const bad[] = {"1e309", "-1e999", "infinity", "-nan"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value = 99;
        assert_false(gt_text_to_real(&value, bad[i]));
        assert_true(value == 99);
    }
}

static void what_is_no_number_is_refused_by_all_readers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof not_numbers / sizeof *not_numbers; i++) {
        int64_t integer = 99;
        uint64_t natural = 99;
        double real = 99;
        const char *text = not_numbers[i];
        if (gt_text_to_integer(&integer, text) || gt_text_to_unsigned(&natural, text) ||
            gt_text_to_real(&real, text))
            fail_msg("'%s' was read as a decimal number: %lld, %llu or %g", text,
                     (long long)integer, (unsigned long long)natural, real);
        assert_true(integer == 99 && natural == 99 && real == 99);
    }
}

/* Of a decimal: those from the first that is not 0 to the exponent. */
static int significant_digits(const char *text) {
    int digits = 0;
    for (const char *c = text; *c != '\0' && *c != 'e'; c++)
        digits += *c >= (digits > 0 ? '0' : '1') && *c <= '9';
    return digits;
}

static void reals_are_written_as_short_as_they_read_back(void **state) {
    (void)state;
    const struct {
        double value;
        const char *text;
    } known[] = {{0, "0"},        {1, "1"},         {0.1, "0.1"},
                 {-0.2, "-0.2"},  {0.5, "0.5"},     {0.0002, "0.0002"},
                 {1e-8, "1e-08"}, {0.999, "0.999"}, {1e300, "1e+300"}};
    char text[400];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        gt_text_from_real(text, sizeof text, known[i].value);
        assert_string_equal(text, known[i].text);
    }
    double value = 1;
    for (int i = 0; i < 2000; i++) {
        value = fmod(value * 1.7320508075688772 + 0.1, 1e6);
        double scaled = ldexp(value, i % 200 - 100), back;
        gt_text_from_real(text, sizeof text, scaled);
        assert_true(gt_text_to_real(&back, text));
        assert_true(back == scaled);
        int digits = significant_digits(text);
        if (digits > 1)
            snprintf(text, sizeof text, "%.*g", digits - 1, scaled);
        assert_true(digits == 1 || strtod(text, NULL) != scaled);
    }
}

static const char *guess_among(gt_guess *guess, const char *word) {
    const char *const candidates[] = {"images", "labels", "batch_size", "beta1", "beta2", "lr"};
    *guess = (gt_guess){.word = word};
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
        gt_guess_consider(guess, candidates[i]);
    return gt_guess_phrase(guess);
}

static void a_slip_is_guessed(void **state) {
    (void)state;
    const struct {
        const char *word, *meant;
    } slips[] = {{"image", "images"},
                 {"imagse", "images"},
                 {"xlabels", "labels"},
                 {"bach_size", "batch_size"},
                 {"batchsize", "batch_size"},
                 {"beta", "beta1"},
                 {"lrr", "lr"},
                 {"Labels", "labels"}};
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        gt_guess guess;
        char expected[96];
        snprintf(expected, sizeof expected, "; did you mean '%s'?", slips[i].meant);
        assert_string_equal(guess_among(&guess, slips[i].word), expected);
    }
}

static void another_word_is_not_guessed(void **state) {
    (void)state;
    const char *const words[] = {"", "momentum", "output", "x", "epochs", "size_of_a_batch"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        gt_guess guess;
        assert_string_equal(guess_among(&guess, words[i]), "");
    }
    gt_guess nothing_shown = {.word = "lr"};
    assert_string_equal(gt_guess_phrase(&nothing_shown), "");
}

static void words_of_any_length_are_compared(void **state) {
    (void)state;
    char word[1000], candidate[1000];
    memset(word, 'a', sizeof word - 1);
    memset(candidate, 'b', sizeof candidate - 1);
    word[sizeof word - 1] = candidate[sizeof candidate - 1] = '\0';
    gt_guess guess = {.word = word};
    gt_guess_consider(&guess, candidate);
    gt_guess_consider(&guess, "");
    assert_true(strlen(gt_guess_phrase(&guess)) < sizeof guess.phrase);
    guess = (gt_guess){.word = ""};
    gt_guess_consider(&guess, candidate);
    gt_guess_phrase(&guess);
    assert_true(strlen(guess.best) < sizeof guess.best);
}

static void a_copy_says_whether_it_fits(void **state) {
    (void)state;
    char to[6] = "?????";
    assert_true(gt_text_copy(to, 5, "four"));
    assert_string_equal(to, "four");
    assert_false(gt_text_copy(to, 5, "fives"));
    assert_string_equal(to, "five");
    assert_true(gt_text_copy(to, 5, ""));
    assert_string_equal(to, "");
    assert_false(gt_text_copy(to, 1, "x"));
    assert_string_equal(to, "");
    assert_int_equal(to[5], '\0');
}

static void an_excerpt_is_one_line(void **state) {
    (void)state;
    char excerpt[GT_EXCERPT], text[] = "a\nb\tc\x1b[1m\x7f\xc3\xa4";
    assert_string_equal(gt_text_excerpt(excerpt, text), "a?b?c?[1m?\xc3\xa4");
    char longer[80] = "";
    memset(longer, 'x', sizeof longer - 1);
    assert_int_equal(strlen(gt_text_excerpt(excerpt, longer)), GT_EXCERPT - 1);
    assert_string_equal(excerpt + 60, "...");
}

static void text_grows_as_far_as_there_is_room(void **state) {
    (void)state;
    char text[8] = "";
    size_t used = gt_text_append(text, sizeof text, 0, "%d", 123);
    assert_int_equal(used, 3);
    used = gt_text_append(text, sizeof text, used, "%s", ", 45678");
    assert_string_equal(text, "123, 45");
    assert_int_equal(used, 7);
    assert_int_equal(gt_text_append(text, sizeof text, used, "x"), 7);
    assert_int_equal(gt_text_append(text, sizeof text, 20, "x"), 20);
    assert_string_equal(text, "123, 45");
}

static void words_of_a_command_are_quoted_for_a_shell(void **state) {
    (void)state;
    char command[64] = "";
    const char *const words[] = {"run",  "--out=a/b-1.2", "",        "two words",
                                 "it's", "$HOME",         "\xc3\xa4"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_true(gt_text_append_word(command, sizeof command, words[i]));
    assert_string_equal(command, "run --out=a/b-1.2 '' 'two words' 'it'\\''s' '$HOME' '\xc3\xa4'");
}

static void a_word_that_does_not_fit_is_left_out(void **state) {
    (void)state;
    char command[16] = "go";
    assert_false(gt_text_append_word(command, 9, "it's"));
    assert_string_equal(command, "go");
    assert_false(gt_text_append_word(command, 12, "it's"));
    assert_true(gt_text_append_word(command, 13, "it's"));
    assert_string_equal(command, "go 'it'\\''s'");
}

static void a_suffix_has_something_before_it(void **state) {
    (void)state;
    assert_true(gt_text_has_suffix("a.npy", ".npy"));
    assert_true(gt_text_has_suffix("a.npy.npy", ".npy"));
    assert_false(gt_text_has_suffix(".npy", ".npy"));
    assert_false(gt_text_has_suffix("a.npy ", ".npy"));
    assert_false(gt_text_has_suffix("py", ".npy"));
}

static void sizes_are_written_with_their_product_signs(void **state) {
    (void)state;
    char text[GT_SIZES_TEXT];
    const uint32_t sizes[] = {60000, 28, 28, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    assert_string_equal(gt_text_from_sizes(text, sizes, 1), "60000");
    assert_string_equal(gt_text_from_sizes(text, sizes, 3), "60000 x 28 x 28");
    assert_string_equal(gt_text_from_sizes(text, sizes, 0), "");
    assert_int_equal(strlen(gt_text_from_sizes(text, sizes, 7)), GT_SIZES_TEXT - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_suffix_has_something_before_it),
        cmocka_unit_test(an_excerpt_is_one_line),
        cmocka_unit_test(integers_are_read_whole),
        cmocka_unit_test(unsigned_numbers_are_read_whole),
        cmocka_unit_test(reals_are_read_whole),
        cmocka_unit_test(what_is_no_number_is_refused_by_all_readers),
        cmocka_unit_test(reals_are_written_as_short_as_they_read_back),
        cmocka_unit_test(a_slip_is_guessed),
        cmocka_unit_test(another_word_is_not_guessed),
        cmocka_unit_test(words_of_any_length_are_compared),
        cmocka_unit_test(a_copy_says_whether_it_fits),
        cmocka_unit_test(text_grows_as_far_as_there_is_room),
        cmocka_unit_test(words_of_a_command_are_quoted_for_a_shell),
        cmocka_unit_test(a_word_that_does_not_fit_is_left_out),
        cmocka_unit_test(sizes_are_written_with_their_product_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
