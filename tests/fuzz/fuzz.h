/* A fuzz target: a reader that is given bytes of any kind, and must take them or refuse them with a
 * message, and do nothing else. Each fuzz_NAME.c defines one. It is linked twice: with libFuzzer,
 * which makes up inputs (libfuzzer.c, scripts/fuzz), and with a program that replays the corpus in
 * every build (replay.c, the test fuzz.NAME). */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/base/error.h"

/* Feeds an input to the reader. Returns whether it was taken. */
bool fuzz_reader(const uint8_t *bytes, size_t size);

/* Unlike assert, there whatever the build; a sanitizer prints where. */
static inline void fuzz_require(bool condition, const char *what) {
    if (condition)
        return;
    fprintf(stderr, "the reader breaks its promise: %s\n", what);
    abort();
}

/* The path of the file that holds the input: the same for all inputs of a process. */
static inline const char *fuzz_path(void) {
    static char path[256];
    if (path[0] == '\0') {
        const char *folder = getenv("TMPDIR");
        snprintf(path, sizeof path, "%s/gantrain-fuzz-%ld", folder != NULL ? folder : "/tmp",
                 (long)getpid());
    }
    return path;
}

/* Makes that file. */
static inline void fuzz_put(const void *bytes, size_t size) {
    FILE *file = fopen(fuzz_path(), "wb");
    bool written = file != NULL && (size == 0 || fwrite(bytes, 1, size, file) == size);
    written = file != NULL && fclose(file) == 0 && written;
    fuzz_require(written, "the file of the input cannot be written: set TMPDIR");
}

/* A copy of the input that ends in a zero byte, as text does. The caller frees it. */
static inline char *fuzz_text(const uint8_t *bytes, size_t size) {
    char *text = malloc(size + 1);
    fuzz_require(text != NULL, "no memory for the input");
    if (size > 0)
        memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

/* Reads every byte, so that a sanitizer sees whether they are there. */
static inline void fuzz_touch(const void *bytes, size_t size) {
    const volatile uint8_t *next = bytes;
    for (size_t i = 0; i < size; i++)
        (void)next[i];
}

/* A message for the user says something, and holds nothing that moves a terminal's cursor. */
static inline void fuzz_check_message(gt_status status, const gt_error *error) {
    fuzz_require(status == error->status, "the status is not that of the message");
    fuzz_require((status == GT_OK) == (error->message[0] == '\0'), "refused without a message");
    for (const char *c = error->message; *c != '\0'; c++)
        fuzz_require((unsigned char)*c >= ' ' || *c == '\n', "a control character in the message");
}

/* A message about a file is one line that begins with its path. */
static inline void fuzz_check_file_message(gt_status status, const gt_error *error) {
    fuzz_check_message(status, error);
    if (status == GT_OK)
        return;
    fuzz_require(strncmp(error->message, fuzz_path(), strlen(fuzz_path())) == 0,
                 "the message does not begin with the path");
    fuzz_require(strchr(error->message, '\n') == NULL, "the message has more than one line");
}

#endif
