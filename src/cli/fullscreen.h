/* A terminal taken over as a whole: its other screen, without echo, keys one at a time. However the
 * program ends or is suspended, short of SIGKILL, the terminal is then as it was. */
#ifndef GANTRAIN_CLI_FULLSCREEN_H
#define GANTRAIN_CLI_FULLSCREEN_H

#include <stdbool.h>
#include <termios.h>

typedef struct fullscreen {
    bool has_keys; /* standard input is a terminal, too */
    struct termios before;
} fullscreen;

/* Takes over the terminal of stderr. The caller holds the gt_stop of the program meanwhile, so that
 * no signal ends it before fullscreen_close. For programs whose threads do not compute: see
 * cli/signals.c. */
void fullscreen_open(fullscreen *screen);

/* Shows a text in place of what is shown. */
void fullscreen_show(const char *text);

enum { FULLSCREEN_NOTHING = 0, FULLSCREEN_AGAIN = -1 };

/* Waits for a key at most so long. Returns it; FULLSCREEN_AGAIN if the screen has to be drawn
 * again, since the program was suspended; else FULLSCREEN_NOTHING. */
int fullscreen_key(fullscreen *screen, int milliseconds);

void fullscreen_close(fullscreen *screen);

#endif
