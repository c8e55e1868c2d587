/* Helpers for words and numbers that people type. */
#ifndef GANTRAIN_BASE_TEXT_H
#define GANTRAIN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the whole text as one decimal number, without space around it. Returns false, and leaves
 * *value alone, if it is not a number or does not fit the type; gt_text_to_real also refuses
 * infinities and NaN. */
bool gt_text_to_integer(int64_t *value, const char *text);
bool gt_text_to_unsigned(uint64_t *value, const char *text);
bool gt_text_to_real(double *value, const char *text);

/* Writes value as a short decimal that reads back as the same double. */
void gt_text_from_real(char *text, size_t capacity, double value);

/* Finds the candidate nearest to a word, for "did you mean". Set word and zero the rest, call
 * gt_guess_consider for each candidate, then gt_guess_phrase: it returns "; did you mean 'X'?", or
 * "" if no candidate is near enough to be a typing error. */
typedef struct gt_guess {
    const char *word;
    char best[64];
    int distance; /* of best, in single-character edits; 0 while there is none */
    char phrase[96];
} gt_guess;

void gt_guess_consider(gt_guess *guess, const char *candidate);
const char *gt_guess_phrase(gt_guess *guess);

/* Puts '?' for line ends and other control characters. Returns whether there were any. */
bool gt_text_tame(char *text);

/* The beginning of a text, for a message of one line: all of it, or 60 bytes and "...", with '?'
 * for line ends and other control characters. Returns excerpt. */
enum { GT_EXCERPT = 64 };
const char *gt_text_excerpt(char excerpt[GT_EXCERPT], const char *text);

/* Whether text ends in suffix, with something before it. */
bool gt_text_has_suffix(const char *text, const char *suffix);

/* Copies text into to[capacity]. Returns false, with to cut short, if it did not fit. */
bool gt_text_copy(char *to, size_t capacity, const char *text);

/* Writes formatted text after the first `used` bytes of text[capacity], cut short if it does not
 * fit. Returns how many bytes are used now: capacity - 1 at most, unless `used` was more. */
size_t gt_text_append(char *text, size_t capacity, size_t used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Appends a word to a command, after a space, as a shell takes it back: in quotes if it needs them.
 * Returns false, with the command as it was, if it does not fit. */
bool gt_text_append_word(char *command, size_t capacity, const char *word);

/* Writes the sizes of an array, "60000 x 28 x 28". Returns text. */
enum { GT_SIZES_TEXT = 64 };
const char *gt_text_from_sizes(char text[GT_SIZES_TEXT], const uint32_t *sizes, int rank);

#endif
