/* gantrain watch: a run on the whole terminal, or, where there is none, a line an epoch. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/fullscreen.h"
#include "cli/terminal.h"
#include "gantrain/base/text.h"
#include "gantrain/cli/commands.h"
#include "gantrain/report/view.h"

enum { POLL_MILLISECONDS = 100, POLLS_PER_READ = 5 };

#define KEYS "q: leave   space: other curves"

/* What is shown where. */
struct place {
    int first_panel, columns, rows;
};

/* The view as text; the caller frees it, NULL: no memory, which error says. */
static char *draw(const gt_view *view, const struct place *place, gt_palette palette,
                  const char *keys, const char *row_end, gt_error *error) {
    gt_canvas canvas;
    if (gt_canvas_open(&canvas, place->columns, place->rows, palette, terminal_is_utf8(), error) !=
        GT_OK)
        return NULL;
    gt_view_draw(&canvas, view, place->first_panel, keys);
    char *text = gt_canvas_format(&canvas, row_end);
    gt_canvas_free(&canvas);
    if (text == NULL)
        gt_error_set(error, GT_FAILED, "no memory for the view");
    return text;
}

/* --- One frame --- */

/* "80x24" */
static gt_status read_size(struct place *place, const char *text, gt_error *error) {
    char end;
    if (sscanf(text, "%4dx%4d%c", &place->columns, &place->rows, &end) == 2 &&
        place->columns >= 1 && place->columns <= GT_CANVAS_COLUMNS && place->rows >= 1 &&
        place->rows <= GT_CANVAS_ROWS)
        return GT_OK;
    return gt_error_set(error, GT_USAGE,
                        "--size %.20s: needs COLUMNSxROWS, at most %dx%d, as in 80x24", text,
                        GT_CANVAS_COLUMNS, GT_CANVAS_ROWS);
}

static gt_status show_once(gt_view *view, const char *size, gt_error *error) {
    struct place place = {0, 80, 24};
    const bool is_terminal = terminal_has_cursor(STDOUT_FILENO);
    if (is_terminal) {
        terminal_size(STDOUT_FILENO, &place.columns, &place.rows);
        place.rows -= place.rows > 1; /* the prompt comes below it */
    }
    if (size != NULL && read_size(&place, size, error) != GT_OK)
        return error->status;
    gt_view_read(view);
    char *text =
        draw(view, &place, is_terminal ? terminal_palette() : GT_PALETTE_NONE, "", "\n", error);
    if (text == NULL)
        return GT_FAILED;
    printf("%s\n", text);
    free(text);
    return GT_OK;
}

/* --- Lines --- */

static void wait_milliseconds(int milliseconds) {
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&left, NULL);
}

/* A line for each epoch that there is or that comes, until nobody trains the run any more. */
static gt_status show_lines(gt_view *view) {
    double last = -1;
    for (;;) {
        gt_view_read(view);
        const gt_history_table *table = &view->table;
        for (int row = 0; row < table->row_count; row++) {
            char text[1024];
            const double epoch = gt_history_table_at(table, row, table->epoch_column);
            if (epoch <= last)
                continue;
            gt_view_format_row(text, sizeof text, view, row);
            printf("%s\n", text);
            last = epoch;
        }
        if (!gt_view_is_running(view))
            break;
        if (fflush(stdout) != 0)
            return GT_OK; /* main says that it cannot be written */
        wait_milliseconds(POLL_MILLISECONDS * POLLS_PER_READ);
    }
    if (view->note[0] != '\0')
        fprintf(stderr, "%s\n", view->note);
    printf("%s\n", view->state);
    return GT_OK;
}

/* --- The whole terminal --- */

/* Handles what came within one wait. Returns false to leave. */
static bool wait_for_key(bool *changed, struct place *place, fullscreen *screen) {
    const struct place before = *place;
    const int key = fullscreen_key(screen, POLL_MILLISECONDS);
    if (key == 'q' || key == 'Q')
        return false;
    place->first_panel += key == ' ';
    terminal_size(STDERR_FILENO, &place->columns, &place->rows);
    *changed = key == FULLSCREEN_AGAIN || memcmp(&before, place, sizeof before) != 0;
    return true;
}

static gt_status watch_until_left(gt_view *view, fullscreen *screen, const gt_stop *stop,
                                  gt_error *error) {
    struct place place = {0, 80, 24};
    bool goes_on = true;
    terminal_size(STDERR_FILENO, &place.columns, &place.rows);
    while (goes_on && gt_stop_asked(stop) == 0) {
        gt_view_read(view);
        char *text = draw(view, &place, terminal_palette(), KEYS, "\033[K\r\n", error);
        if (text == NULL)
            return GT_FAILED;
        fullscreen_show(text);
        free(text);
        bool changed = false;
        for (int i = 0; i < POLLS_PER_READ && goes_on && !changed && gt_stop_asked(stop) == 0; i++)
            goes_on = wait_for_key(&changed, &place, screen);
    }
    return GT_OK;
}

static gt_status show_full(gt_view *view, gt_stop *stop, gt_error *error) {
    fullscreen screen;
    gt_stop_hold(stop);
    fullscreen_open(&screen);
    gt_status status = watch_until_left(view, &screen, stop, error);
    fullscreen_close(&screen);
    if (status == GT_OK && gt_stop_asked(stop) != SIGINT) /* Ctrl-C is a key to leave */
        status = gt_stop_check(stop, error);
    gt_stop_release(stop);
    return status;
}

static gt_status run_watch(const gt_arguments *arguments, gt_error *error) {
    const char *size = gt_arguments_value(arguments, "size");
    const bool once = gt_arguments_value(arguments, "once") != NULL;
    gt_view view;
    if (size != NULL && !once)
        return gt_error_set(error, GT_USAGE, "--size: goes with --once");
    gt_status status = gt_view_open(&view, arguments->operands[0], false, error);
    if (status != GT_OK)
        return status;
    if (once)
        status = show_once(&view, size, error);
    else if (terminal_has_cursor(STDERR_FILENO))
        status = show_full(&view, arguments->stop, error);
    else
        status = show_lines(&view);
    gt_view_free(&view);
    return status;
}

const gt_command gt_command_watch = {
    .name = "watch",
    .operands = "RUN",
    .help = "show a run in the terminal while it is trained: curves and samples",
    .options =
        {
            {"once", '1', NULL, "print it once, to stdout"},
            {"size", 0, "SIZE", "COLUMNSxROWS of --once (the terminal's, else 80x24)"},
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_watch,
};
