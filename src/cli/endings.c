/* A function that runs at exit, and a handler of SIGABRT. The handler may run on a thread that
 * computes: unlike those of cli/signals.c it never returns to a product, since abort ends the
 * process. */
#include "cli/endings.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Static, because neither gets an argument. */
static volatile sig_atomic_t is_expected;

static void explain(void) {
    static const char text[] =
        "gantrain: a library ended the program, most likely for want of memory (see above): set "
        "train.backend = native or fewer train.threads, or free some memory\n";
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

void endings_watch(void) {
    struct sigaction action = {.sa_handler = explain_abort};
    sigemptyset(&action.sa_mask);
    sigaction(SIGABRT, &action, NULL);
    atexit(explain);
}

void endings_expect(void) {
    is_expected = 1;
}
