/* Strict readers for numbers, the edit distance behind "did you mean", and text that grows. */
#include "gantrain/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool gt_text_to_integer(int64_t *value, const char *text) {
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || isspace((unsigned char)text[0]) || errno != 0)
        return false;
    *value = number;
    return true;
}

bool gt_text_to_unsigned(uint64_t *value, const char *text) {
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0)
        return false;
    *value = number;
    return true;
}

bool gt_text_to_real(double *value, const char *text) {
    char *end;
    double number = strtod(text, &end);
    if (strspn(text, "0123456789+-.eE") != strlen(text) || end == text || *end != '\0' ||
        isspace((unsigned char)text[0]) || !isfinite(number))
        return false;
    *value = number;
    return true;
}

void gt_text_from_real(char *text, size_t capacity, double value) {
    /* 15 digits are enough for what people type; a sum of such numbers may need 17. */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, capacity, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

enum { WORD_LENGTH = 63 };

/* Levenshtein's distance, one row of the table at a time; words are cut at WORD_LENGTH. */
static int edit_distance(const char *a, const char *b) {
    int row[WORD_LENGTH + 1];
    int b_length = (int)strnlen(b, WORD_LENGTH);
    for (int j = 0; j <= b_length; j++)
        row[j] = j;
    for (int i = 1; i <= WORD_LENGTH && a[i - 1] != '\0'; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= b_length; j++) {
            int replace = diagonal + (a[i - 1] != b[j - 1]);
            int insert = row[j - 1] + 1, erase = row[j] + 1;
            diagonal = row[j];
            row[j] = insert < erase ? insert : erase;
            if (replace < row[j])
                row[j] = replace;
        }
    }
    return row[b_length];
}

void gt_guess_consider(gt_guess *guess, const char *candidate) {
    int distance = edit_distance(guess->word, candidate);
    if (distance == 0 || (guess->distance != 0 && distance >= guess->distance))
        return;
    guess->distance = distance;
    gt_text_copy(guess->best, sizeof guess->best, candidate);
}

const char *gt_guess_phrase(gt_guess *guess) {
    /* More than a third of the word changed is another word, not a slip. */
    int allowed = 1 + (int)strlen(guess->word) / 3;
    if (guess->distance == 0 || guess->distance > allowed)
        return "";
    snprintf(guess->phrase, sizeof guess->phrase, "; did you mean '%s'?", guess->best);
    return guess->phrase;
}

bool gt_text_has_suffix(const char *text, const char *suffix) {
    size_t length = strlen(text), end = strlen(suffix);
    return length > end && strcmp(text + length - end, suffix) == 0;
}

bool gt_text_copy(char *to, size_t capacity, const char *text) {
    size_t length = strnlen(text, capacity);
    bool fits = length < capacity;
    if (!fits)
        length = capacity - 1;
    memcpy(to, text, length);
    to[length] = '\0';
    return fits;
}

bool gt_text_tame(char *text) {
    bool had_any = false;
    for (; *text != '\0'; text++)
        if (iscntrl((unsigned char)*text)) {
            *text = '?';
            had_any = true;
        }
    return had_any;
}

const char *gt_text_excerpt(char excerpt[GT_EXCERPT], const char *text) {
    if (!gt_text_copy(excerpt, GT_EXCERPT, text))
        memcpy(excerpt + GT_EXCERPT - 4, "...", 4);
    gt_text_tame(excerpt);
    return excerpt;
}

size_t gt_text_append(char *text, size_t capacity, size_t used, const char *format, ...) {
    if (used >= capacity)
        return used;
    va_list values;
    va_start(values, format);
    int added = vsnprintf(text + used, capacity - used, format, values);
    va_end(values);
    size_t room = capacity - 1 - used;
    return added < 0 ? used : used + ((size_t)added < room ? (size_t)added : room);
}

bool gt_text_append_word(char *command, size_t capacity, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./=:,@%+";
    const bool is_quoted = word[0] == '\0' || word[strspn(word, plain)] != '\0';
    const size_t used = strlen(command);
    size_t needed = used + (used > 0) + (is_quoted ? 2 : 0) + 1;
    for (const char *c = word; *c != '\0'; c++)
        needed += *c == '\'' ? 4 : 1;
    if (needed > capacity)
        return false;
    char *to = command + used;
    if (used > 0)
        *to++ = ' ';
    if (is_quoted)
        *to++ = '\'';
    for (; *word != '\0'; word++) {
        const size_t length = *word == '\'' ? 4 : 1;
        memcpy(to, *word == '\'' ? "'\\''" : word, length);
        to += length;
    }
    if (is_quoted)
        *to++ = '\'';
    *to = '\0';
    return true;
}

const char *gt_text_from_sizes(char text[GT_SIZES_TEXT], const uint32_t *sizes, int rank) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < rank; i++)
        used =
            gt_text_append(text, GT_SIZES_TEXT, used, "%s%" PRIu32, i > 0 ? " x " : "", sizes[i]);
    return text;
}
