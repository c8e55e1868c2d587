/* A function that runs at exit, and a handler of SIGABRT. The handler may run on a thread that
 * computes: unlike those of cli/signals.c it never returns to a product, since abort ends the
 * process. */
#include "cli/endings.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Static, because neither gets an argument. */
static volatile sig_atomic_t has_begun, is_expected;

static void explain(void) {
    static const char early[] =
        "gantrain: a library ended the program before it began, most likely for want of memory "
        "(see above): free some memory, or set OPENBLAS_NUM_THREADS=1\n";
    static const char late[] =
        "gantrain: a library ended the program, most likely for want of memory (see above): set "
        "train.backend = native or fewer train.threads, or free some memory\n";
    const char *text = has_begun ? late : early;
    if (is_expected)
        return;
    is_expected = 1;
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

static void explain_abort(int number) {
    (void)number;
    explain();
}

static void watch(void) {
    struct sigaction action = {.sa_handler = explain_abort};
    sigemptyset(&action.sa_mask);
    sigaction(SIGABRT, &action, NULL);
    atexit(explain);
}

/* Libraries get memory before main: OpenBLAS for its threads, oneDNN for its tables. Where there
 * are ELF files this comes before their constructors. */
#ifdef __ELF__
__attribute__((section(".preinit_array"), used)) static void (*const watch_first)(void) = watch;
#else
__attribute__((constructor)) static void watch_first(void) {
    watch();
}
#endif

void endings_begin(void) {
    has_begun = 1;
}

void endings_expect(void) {
    is_expected = 1;
}
