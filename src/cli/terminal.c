/* Progress in place on a terminal; elsewhere, such as in a log, a plain line now and then. */
#include "cli/terminal.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "gantrain/base/profile.h"
#include "gantrain/base/text.h"

/* Seconds between two progress lines. */
static const double in_place_interval = 0.2, plain_interval = 30, view_interval = 1;

bool terminal_has_cursor(int descriptor) {
    const char *kind = getenv("TERM");
    return isatty(descriptor) && kind != NULL && strcmp(kind, "dumb") != 0;
}

void terminal_size(int descriptor, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return;
    *columns = size.ws_col;
    *rows = size.ws_row;
}

static bool environment_has(const char *name, const char *part) {
    const char *value = getenv(name);
    return value != NULL && strstr(value, part) != NULL;
}

gt_palette terminal_palette(void) {
    const char *refused = getenv("NO_COLOR");
    if (refused != NULL && refused[0] != '\0')
        return GT_PALETTE_NONE;
    if (environment_has("COLORTERM", "truecolor") || environment_has("COLORTERM", "24bit"))
        return GT_PALETTE_RGB;
    return environment_has("TERM", "256color") ? GT_PALETTE_256 : GT_PALETTE_NONE;
}

bool terminal_is_utf8(void) {
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (locale == (locale_t)0)
        return false;
    const bool is_utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    freelocale(locale);
    return is_utf8;
}

void terminal_init(terminal *screen, FILE *stream, bool quiet) {
    *screen = (struct terminal){
        .stream = stream,
        .quiet = quiet,
        .in_place = terminal_has_cursor(fileno(stream)),
        .last_progress = gt_profile_now(),
    };
}

static void clear_line(terminal *screen) {
    if (screen->view_rows > 0)
        fprintf(screen->stream, "\r\033[%dA\033[J", screen->view_rows);
    else if (screen->line_pending)
        fputs("\r\033[K", screen->stream);
    screen->line_pending = false;
    screen->view_rows = 0;
}

void terminal_line(void *context, gt_line_kind kind, const char *text) {
    terminal *screen = context;
    if (screen->quiet && kind != GT_LINE_WARNING)
        return;
    clear_line(screen);
    fprintf(screen->stream, "%s\n", text);
}

/* A line that wrapped could not be written over. */
static int columns_of(const terminal *screen) {
    int columns = 80, rows;
    terminal_size(fileno(screen->stream), &columns, &rows);
    return columns;
}

/* "epoch 3/20  0:02:10 left  step 2811/18740  V(G,D) -1.25 ...": what matters most is not cut
 * off. */
static void format_progress(char *text, size_t capacity, const gt_progress *progress) {
    const gt_model *model = progress->model;
    long left = (long)(progress->seconds_left + 0.5);
    size_t used = (size_t)snprintf(text, capacity,
                                   "epoch %" PRIu64 "/%" PRIu64
                                   "  %ld:%02ld:%02ld left  step %" PRIu64 "/%" PRIu64,
                                   progress->epoch, progress->epochs, left / 3600, left / 60 % 60,
                                   left % 60, progress->step, progress->last_step);
    for (int i = 0; i < gt_model_stat_count(model->kind) && used < capacity; i++)
        if (model->stats[i].in_progress)
            used = gt_text_append(text, capacity, used, "  %s %.2f", model->stats[i].label,
                                  progress->stats[i]);
    if (used < capacity)
        snprintf(text + used, capacity - used, "  %.0f images/s", progress->images_per_second);
}

/* Whether it is time for the next progress line. */
static bool is_due(terminal *screen) {
    double time = gt_profile_now();
    const double interval = !screen->in_place         ? plain_interval
                            : screen->watched != NULL ? view_interval
                                                      : in_place_interval;
    if (time - screen->last_progress < interval)
        return false;
    screen->last_progress = time;
    return true;
}

/* Shows a line that the next one takes the place of, where that can be. */
static void show(terminal *screen, const char *line) {
    if (screen->line_pending)
        clear_line(screen);
    fprintf(screen->stream, "%.*s%s", screen->in_place ? columns_of(screen) - 1 : (int)strlen(line),
            line, screen->in_place ? "" : "\n");
    screen->line_pending = screen->in_place;
    fflush(screen->stream);
}

/* Draws the run above the next progress line; the log continues above that. Nothing has to
 * be restored later, whatever ends or suspends the program. */
static void show_view(terminal *screen) {
    enum { LOG_ROWS = 4, LEAST_ROWS = 8 };
    int columns = 80, rows = 24;
    gt_canvas canvas;
    terminal_size(fileno(screen->stream), &columns, &rows);
    clear_line(screen);
    if (screen->view.path[0] == '\0' &&
        gt_view_open(&screen->view, screen->watched, true, NULL) != GT_OK)
        return;
    if (rows - LOG_ROWS < LEAST_ROWS)
        return;
    gt_view_read(&screen->view);
    if (gt_canvas_open(&canvas, columns - 1, rows - LOG_ROWS, terminal_palette(),
                       terminal_is_utf8(), NULL) != GT_OK)
        return;
    gt_view_draw(&canvas, &screen->view, 0, "");
    char *text = gt_canvas_format(&canvas, "\n");
    if (text != NULL) {
        fprintf(screen->stream, "%s\n", text);
        screen->view_rows = canvas.rows;
    }
    free(text);
    gt_canvas_free(&canvas);
}

void terminal_progress(void *context, const gt_progress *progress) {
    terminal *screen = context;
    const bool is_watching = screen->in_place && screen->watched != NULL;
    const bool is_first = is_watching && screen->view.path[0] == '\0';
    if (!is_due(screen) && !is_first)
        return;
    char line[256];
    format_progress(line, sizeof line, progress);
    if (is_watching)
        show_view(screen);
    show(screen, line);
}

void terminal_reading(void *context, const char *what, uint64_t done, uint64_t count) {
    terminal *screen = context;
    if (screen->quiet || !is_due(screen))
        return;
    char line[128];
    snprintf(line, sizeof line, "%s: %" PRIu64 " of %" PRIu64 " ...", what, done, count);
    show(screen, line);
}

void terminal_stage(void *context, const char *what, int number, int count) {
    terminal *screen = context;
    char text[128];
    if (screen->quiet)
        return;
    snprintf(text, sizeof text, "measuring, %d/%d: %s ...", number + 1, count, what);
    show(screen, text);
}

void terminal_end(terminal *screen) {
    clear_line(screen);
    fflush(screen->stream);
    gt_view_free(&screen->view);
}
