/* The people's side of a run: lines, and a progress line that stays in its place on a terminal. */
#ifndef GANTRAIN_CLI_TERMINAL_H
#define GANTRAIN_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "gantrain/run/reporter.h"

typedef struct terminal {
    FILE *stream;
    bool quiet;           /* warnings only */
    bool in_place;        /* the stream is a terminal */
    bool line_pending;    /* a progress line stands without its end */
    double last_progress; /* when one was last written, in seconds */
} terminal;

void terminal_init(terminal *screen, FILE *stream, bool quiet);

/* For gt_reporter; context is a terminal. */
void terminal_line(void *context, gt_line_kind kind, const char *text);
void terminal_progress(void *context, const gt_progress *progress);

/* Says what is going on now: in place on a terminal, elsewhere a line. */
void terminal_stage(terminal *screen, const char *text);

/* Ends a pending progress line. */
void terminal_end(terminal *screen);

#endif
