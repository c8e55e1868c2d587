/* Signals stay away from every thread that computes.
 *
 * oneDNN's generated kernels keep a heap address in the stack pointer (uxlfoundation/oneDNN#4845).
 * A handler that runs on their thread writes its frame over whatever lies there: the process
 * crashes, or goes on with other weights. So the signals are blocked before the program starts any
 * thread, all threads inherit that, and one thread, which never computes, waits for them.
 *
 * Libraries may have started threads before main: OpenBLAS does. They are idle, since gantrain
 * switches them off, but signals are not blocked there. A signal that the system delivers to one of
 * them is forwarded by a handler, which can run on no other thread. */
#include "cli/signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/terminal.h"

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGXCPU};

enum { STOP_SIGNALS = sizeof stop_signals / sizeof *stop_signals };

/* Static, because a handler gets no argument, and because the thread outlives main's frame. */
static struct {
    pthread_t thread;
    sigset_t taken; /* stop_signals, less those that stay ignored */
    gt_stop stop;
    atomic_bool is_silent;
} signals;

static void forward(int number) {
    int kept = errno;
    pthread_kill(signals.thread, number);
    errno = kept;
}

/* Ends the process as the signal does by default, so that whoever waits for it sees that: a shell
 * leaves its loop or script only if Ctrl-C ended the program by the signal. */
static void end_by(int number) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t set;
    sigemptyset(&action.sa_mask);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigaction(number, &action, NULL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
    _exit(128 + number); /* the first process of a container has no default actions */
}

/* One write, over the progress line if there is one. It must not wait for a reader of stderr who
 * has stopped to read. */
static void say(const char *line) {
    struct pollfd standard_error = {.fd = STDERR_FILENO, .events = POLLOUT};
    char text[256] = "";
    if (atomic_load(&signals.is_silent))
        return;
    if (poll(&standard_error, 1, 0) != 1 || (standard_error.revents & POLLOUT) == 0)
        return;
    if (terminal_has_cursor(STDERR_FILENO))
        strcat(text, "\r\033[K");
    strncat(text, line, sizeof text - strlen(text) - 2);
    strcat(text, "\n");
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

/* Waits for a fifth of a second, and takes what came within it. */
static void take_companions(void) {
    struct timespec left = {.tv_nsec = 200000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
    for (int i = 0; i < STOP_SIGNALS; i++) {
        sigset_t one, pending;
        int number;
        sigemptyset(&one);
        sigaddset(&one, stop_signals[i]);
        sigpending(&pending);
        if (sigismember(&signals.taken, stop_signals[i]) && sigismember(&pending, stop_signals[i]))
            sigwait(&one, &number);
    }
}

static int next_signal(void) {
    int number;
    while (sigwait(&signals.taken, &number) != 0)
        ;
    return number;
}

static void *take_signals(void *unused) {
    gt_stop *stop = &signals.stop;
    int number = next_signal();
    atomic_store(&stop->signal, number);
    if (atomic_load(&stop->holds) == 0)
        end_by(number);
    take_companions();
    if (atomic_load(&stop->holds) > 0) /* most stops are over by now and need no words */
        say("stopping: saving first; press Ctrl-C again to end at once without saving");
    do /* only a user's second signal ends at once: the system repeats others, such as SIGXCPU */
        number = next_signal();
    while (number != SIGINT && number != SIGTERM);
    if (atomic_load(&stop->holds) > 0)
        say("ended without saving: what was done since the last checkpoint is lost");
    end_by(number);
    return unused;
}

gt_stop *signals_start(void) {
    struct sigaction ignore = {.sa_handler = SIG_IGN}, handler = {.sa_handler = forward};
    sigemptyset(&ignore.sa_mask);
    sigemptyset(&signals.taken);
    sigaction(SIGXFSZ, &ignore, NULL); /* a limit on file sizes is an error of that write */
    for (int i = 0; i < STOP_SIGNALS; i++) {
        struct sigaction before;
        sigaction(stop_signals[i], NULL, &before);
        /* A shell lets a script's background jobs ignore SIGINT, which says nothing about a
         * kill. */
        if (before.sa_handler != SIG_IGN || stop_signals[i] == SIGINT)
            sigaddset(&signals.taken, stop_signals[i]);
    }
    handler.sa_mask = signals.taken;
    handler.sa_flags = SA_RESTART;
    pthread_sigmask(SIG_BLOCK, &signals.taken, NULL);
    if (pthread_create(&signals.thread, NULL, take_signals, NULL) != 0) {
        pthread_sigmask(SIG_UNBLOCK, &signals.taken, NULL); /* they end the process, then */
        return &signals.stop;
    }
    for (int i = 0; i < STOP_SIGNALS; i++)
        if (sigismember(&signals.taken, stop_signals[i]))
            sigaction(stop_signals[i], &handler, NULL);
    return &signals.stop;
}

void signals_silence(void) {
    atomic_store(&signals.is_silent, true);
}
