/* Progress in place on a terminal; elsewhere, such as in a log, a plain line now and then. */
#include "cli/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "gantrain/base/profile.h"
#include "gantrain/base/text.h"

/* Seconds between two progress lines. */
static const double in_place_interval = 0.2, plain_interval = 30;

bool terminal_has_cursor(int descriptor) {
    const char *kind = getenv("TERM");
    return isatty(descriptor) && kind != NULL && strcmp(kind, "dumb") != 0;
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
    if (screen->line_pending)
        fputs("\r\033[K", screen->stream);
    screen->line_pending = false;
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
    struct winsize size;
    bool known = ioctl(fileno(screen->stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

/* "epoch 3/20  0:02:10 left  step 2811/18740  V(G,D) -1.25 ...": what matters most is not cut off. */
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
    if (time - screen->last_progress < (screen->in_place ? in_place_interval : plain_interval))
        return false;
    screen->last_progress = time;
    return true;
}

/* Shows a line that the next one takes the place of, where that can be. */
static void show(terminal *screen, const char *line) {
    clear_line(screen);
    fprintf(screen->stream, "%.*s%s", screen->in_place ? columns_of(screen) - 1 : (int)strlen(line),
            line, screen->in_place ? "" : "\n");
    screen->line_pending = screen->in_place;
    fflush(screen->stream);
}

void terminal_progress(void *context, const gt_progress *progress) {
    terminal *screen = context;
    if (!is_due(screen))
        return;
    char line[256];
    format_progress(line, sizeof line, progress);
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
}
