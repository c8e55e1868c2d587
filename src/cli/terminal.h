/* The people's side of a run: lines, and a progress line that stays in its place on a terminal. */
#ifndef GANTRAIN_CLI_TERMINAL_H
#define GANTRAIN_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "gantrain/report/view.h"
#include "gantrain/train/reporter.h"

typedef struct terminal {
    FILE *stream;
    bool quiet;           /* warnings only */
    bool in_place;        /* the stream is a terminal with a cursor that moves */
    bool line_pending;    /* a progress line stands without its end */
    double last_progress; /* when one was last written, in seconds */
    const char *watched;  /* borrowed: the run directory of train --watch; NULL: none */
    gt_view view;         /* of it, above the progress line: */
    int view_rows;        /* so many rows stand above the cursor */
} terminal;

/* Whether a descriptor is a terminal that takes control sequences: TERM is set, and not to
 * "dumb". */
bool terminal_has_cursor(int descriptor);

/* Sets the size of a terminal in cells; leaves it alone where it is not known. */
void terminal_size(int descriptor, int *columns, int *rows);

/* The colours that the terminal says it has: by COLORTERM and TERM, none if NO_COLOR is set. */
gt_palette terminal_palette(void);

/* Whether the locale is one of UTF-8. */
bool terminal_is_utf8(void);

void terminal_init(terminal *screen, FILE *stream, bool quiet);

/* For gt_reporter, gt_data_observer and gt_evaluation_observer; context is a terminal. A stage is
 * shown in place on a terminal, elsewhere it is a line. */
void terminal_line(void *context, gt_line_kind kind, const char *text);
void terminal_progress(void *context, const gt_progress *progress);
void terminal_reading(void *context, const char *what, uint64_t done, uint64_t count);
void terminal_stage(void *context, const char *what, int number, int count);

/* Ends a pending progress line, and frees the view. */
void terminal_end(terminal *screen);

#endif
