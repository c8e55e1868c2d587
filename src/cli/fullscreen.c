/* Escape codes of xterm, which all terminals of today have: 1049 the other screen, 25 the
 * cursor. */
#include "cli/fullscreen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Static, because a handler gets no argument. */
static volatile sig_atomic_t is_to_suspend, was_continued;

static void note_suspension(int number) {
    (void)number;
    is_to_suspend = 1;
}

static void note_continuation(int number) {
    (void)number;
    was_continued = 1;
}

static void put(const char *text) {
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t written = write(STDERR_FILENO, text, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* the terminal is gone: SIGHUP says so */
        text += written;
        left -= (size_t)written;
    }
}

static void handle(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, NULL);
}

/* Ctrl-C and Ctrl-Z stay signals; Ctrl-\ would leave the terminal as it is. */
static void take_over(const fullscreen *screen) {
    struct termios mode = screen->before;
    mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    mode.c_cc[VQUIT] = _POSIX_VDISABLE;
    if (screen->has_keys)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
    put("\033[?1049h\033[?25l\033[2J");
}

static void give_back(const fullscreen *screen) {
    put("\033[0m\033[?25h\033[?1049l");
    if (screen->has_keys)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &screen->before);
}

void fullscreen_open(fullscreen *screen) {
    screen->has_keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &screen->before) == 0;
    handle(SIGTSTP, note_suspension);
    handle(SIGCONT, note_continuation);
    take_over(screen);
}

void fullscreen_close(fullscreen *screen) {
    give_back(screen);
    handle(SIGTSTP, SIG_DFL);
    handle(SIGCONT, SIG_DFL);
}

void fullscreen_show(const char *text) {
    put("\033[H");
    put(text);
    put("\033[J");
}

/* Suspends the program as Ctrl-Z does. */
static void suspend(fullscreen *screen) {
    give_back(screen);
    handle(SIGTSTP, SIG_DFL);
    is_to_suspend = 0;
    raise(SIGTSTP); /* returns when the program goes on */
    handle(SIGTSTP, note_suspension);
    was_continued = 0;
    take_over(screen);
}

int fullscreen_key(fullscreen *screen, int milliseconds) {
    struct pollfd input = {.fd = screen->has_keys ? STDIN_FILENO : -1, .events = POLLIN};
    unsigned char key = 0;
    const int ready = poll(&input, 1, milliseconds);
    if (is_to_suspend) {
        suspend(screen);
        return FULLSCREEN_AGAIN;
    }
    if (was_continued) { /* after a SIGSTOP; a shell may have changed the modes */
        was_continued = 0;
        take_over(screen);
        return FULLSCREEN_AGAIN;
    }
    if (ready <= 0 || input.revents == 0)
        return FULLSCREEN_NOTHING;
    if (read(STDIN_FILENO, &key, 1) == 1)
        return key;
    screen->has_keys = false; /* the terminal is gone */
    return FULLSCREEN_NOTHING;
}
