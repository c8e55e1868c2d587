/* A view is drawn in parts: a line of state, panels of curves, the picture on the right if there is
 * room, a line at the bottom. */
#include "gantrain/report/view.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/metrics/scores.h"
#include "report/columns.h"
#include "report/panels.h"
#include "report/run.h"

/* Colours that are told apart without colour vision too; the second curve is dashed besides. */
static const int32_t curve_inks[PANEL_CURVES] = {0x56b4e9, 0xe69f00};
static const int32_t level_ink = 0x808080;

/* --- What is known of a column --- */

/* The last number of a column; NAN if there is none. */
static double last_of(const gt_view *view, int column) {
    double value = NAN;
    for (int row = view->table.row_count - 1; row >= 0 && isnan(value); row--)
        value = gt_history_table_at(&view->table, row, column);
    return value;
}

/* "D loss 0.612" */
static void format_number(char *text, size_t capacity, const gt_view *view, const char *column,
                          double value) {
    const gt_stat *stat = column_stat(&view->config, column);
    const gt_score *score = gt_score_find_column(column);
    char number[32];
    snprintf(number, sizeof number,
             stat != NULL    ? stat->format
             : score != NULL ? score->format
                             : "%.4g",
             value);
    snprintf(text, capacity, "%s %s", stat != NULL ? stat->label : column, number);
}

void gt_view_format_row(char *text, size_t capacity, const gt_view *view, int row) {
    const gt_history_table *table = &view->table;
    size_t used = (size_t)snprintf(text, capacity, "epoch %.0f/%" PRId64,
                                   gt_history_table_at(table, row, table->epoch_column),
                                   view->config.train.epochs);
    for (int i = 0; i < table->column_count && used < capacity; i++) {
        const double value = gt_history_table_at(table, row, i);
        const gt_stat *stat = column_stat(&view->config, table->names[i]);
        const gt_score *score = gt_score_find_column(table->names[i]);
        const bool is_shown = (stat != NULL && !stat->only_in_history) ||
                              (score != NULL && score->help != NULL) ||
                              strcmp(table->names[i], "diversity") == 0;
        char number[96];
        if (!is_shown || isnan(value))
            continue;
        format_number(number, sizeof number, view, table->names[i], value);
        used = gt_text_append(text, capacity, used, "  %s", number);
    }
}

/* --- Panels --- */

/* A panel with its columns found. */
struct shown {
    char title[96];
    int columns[PANEL_CURVES], count;
    double level;           /* NAN: none */
    const char *level_name; /* "-log 4" */
};

/* The panels of a run, in the order of the page. */
struct panels {
    struct shown list[GT_HISTORY_TABLE_COLUMNS];
    int count;
};

/* Adds those of two columns that hold a number; no panel if none does. */
static void add_panel(struct panels *panels, const gt_view *view, const char *title,
                      const char *const columns[PANEL_CURVES], double level,
                      const char *level_name) {
    struct shown shown = {.level = level, .level_name = level_name};
    for (int i = 0; i < PANEL_CURVES && columns[i] != NULL; i++) {
        const int column = gt_history_table_column(&view->table, columns[i]);
        if (column >= 0 && !isnan(last_of(view, column)))
            shown.columns[shown.count++] = column;
    }
    if (shown.count == 0 || panels->count == GT_HISTORY_TABLE_COLUMNS)
        return;
    const gt_stat *stat = column_stat(&view->config, view->table.names[shown.columns[0]]);
    if (isnan(level) && stat != NULL && stat->reference != NULL) {
        shown.level = stat->reference_value;
        shown.level_name = stat->reference;
    }
    snprintf(shown.title, sizeof shown.title, "%s", title);
    panels->list[panels->count++] = shown;
}

static void find_panels(struct panels *panels, const gt_view *view) {
    const struct panel *panel;
    const gt_score *score;
    for (int i = 0; i < view->table.column_count; i++) {
        const char *name = view->table.names[i];
        const gt_stat *stat = column_stat(&view->config, name);
        if (gt_score_find_column(name) == NULL && !panel_shares(name))
            add_panel(panels, view, stat != NULL ? stat->label : name,
                      (const char *[PANEL_CURVES]){name}, NAN, NULL);
    }
    for (int i = 0; (panel = panel_at(i)) != NULL; i++)
        add_panel(panels, view, panel->title, panel->columns,
                  panel->level_name != NULL ? panel->level : NAN, panel->level_name);
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++) {
        const gt_score *beside = score->beside != NULL ? gt_score_find(score->beside) : NULL;
        if (score->column != NULL && score->help != NULL && score->better != 0)
            add_panel(
                panels, view, score->help + strspn(score->help, " "),
                (const char *[PANEL_CURVES]){score->column, beside != NULL ? beside->column : NULL},
                NAN, NULL);
    }
}

/* Widens a range to hold a column. */
static void include_column(double *low, double *high, const gt_view *view, int column) {
    for (int row = 0; row < view->table.row_count; row++) {
        *low = fmin(*low, gt_history_table_at(&view->table, row, column)); /* passes NAN over */
        *high = fmax(*high, gt_history_table_at(&view->table, row, column));
    }
}

/* The title, then each curve's last number in its colour. */
static void draw_title(gt_canvas *canvas, gt_area area, const gt_view *view,
                       const struct shown *shown) {
    char text[160];
    int used = 0;
    for (int i = 0; i < PANEL_CURVES && i < shown->count; i++) {
        const char *mark = shown->count == 1 ? "" : i == 0 ? "-- " : "- - ";
        char number[128];
        format_number(number, sizeof number, view, view->table.names[shown->columns[i]],
                      last_of(view, shown->columns[i]));
        snprintf(text, sizeof text, "%s%s  ", mark, number);
        used += gt_canvas_text(canvas, area.column + used, area.row, area.columns - used, text,
                               curve_inks[i]);
    }
    snprintf(text, sizeof text, "%s%s%s%s", shown->level_name != NULL ? "dots: " : "",
             shown->level_name != NULL ? shown->level_name : "",
             shown->level_name != NULL ? "  " : "", shown->title);
    gt_canvas_text(canvas, area.column + used, area.row, area.columns - used, text, level_ink);
}

static void draw_panel(gt_canvas *canvas, gt_area area, const gt_view *view,
                       const struct shown *shown) {
    enum { LABEL = 8 };
    const gt_area plot = {area.column + LABEL, area.row + 1, area.columns - LABEL, area.rows - 1};
    double low = shown->level, high = shown->level;
    char text[32];
    for (int i = 0; i < PANEL_CURVES && i < shown->count; i++)
        include_column(&low, &high, view, shown->columns[i]);
    draw_title(canvas, area, view, shown);
    snprintf(text, sizeof text, "%7.3g", high);
    gt_canvas_text(canvas, area.column, plot.row, LABEL, text, level_ink);
    snprintf(text, sizeof text, "%7.3g", low);
    if (high > low && plot.rows > 1)
        gt_canvas_text(canvas, area.column, plot.row + plot.rows - 1, LABEL, text, level_ink);
    gt_curve curve = {.values = &shown->level, .low = low, .high = high, .ink = level_ink};
    if (!isnan(shown->level))
        gt_canvas_level(canvas, plot, &curve);
    curve.count = view->table.row_count;
    curve.stride = view->table.column_count;
    for (int i = 0; i < PANEL_CURVES && i < shown->count; i++) {
        curve.values = view->table.values + shown->columns[i];
        curve.ink = curve_inks[i];
        curve.is_dashed = i > 0;
        gt_canvas_curve(canvas, plot, &curve);
    }
}

static void draw_panels(gt_canvas *canvas, gt_area area, const gt_view *view,
                        const struct panels *panels, int first) {
    enum { WIDTH = 36, HEIGHT = 6 };
    int across = area.columns / WIDTH > 1 ? area.columns / WIDTH : 1;
    int down = area.rows / HEIGHT > 1 ? area.rows / HEIGHT : 1;
    across = across < panels->count ? across : panels->count;
    while (across > 1 && across * down >= 2 * panels->count)
        across--;
    const int needed = (panels->count + across - 1) / across;
    down = down < needed ? down : needed;
    const int width = area.columns / across, height = area.rows / down;
    for (int i = 0; i < across * down && i < panels->count; i++) {
        const gt_area place = {area.column + i % across * width, area.row + i / across * height,
                               width - (across > 1), height};
        if (place.rows > 1)
            draw_panel(canvas, place, view, &panels->list[(first + i) % panels->count]);
    }
}

/* --- The picture --- */

/* The side of an image of the grid with the space beside it, by the rows that the config asks
 * for. */
static int cell_side(const gt_view *view) {
    const int rows = view->config.output.grid.rows, side = (view->picture.height + 1) / rows;
    return side > 1 && side * rows == view->picture.height + 1 ? side : view->picture.height + 1;
}

/* Draws as many whole images as have room, none with fewer than LEAST pixels if they have more.
 * Returns the columns of cells that are taken. */
static int draw_picture(gt_canvas *canvas, gt_area area, const gt_view *view) {
    enum { LEAST = 9 };
    const gt_bitmap *picture = &view->picture;
    if (picture->pixels == NULL || area.columns < 8 || area.rows < 4)
        return 0;
    const int side = cell_side(view), across = area.columns, down = 2 * area.rows;
    const int most = side / LEAST > 1 ? side / LEAST : 1;
    int reduction = 1, width = picture->width, height = picture->height;
    while (reduction < most && (width > across * reduction || height > down * reduction))
        reduction++;
    if (width > across * reduction)
        width = across * reduction / side > 0 ? across * reduction / side * side - 1
                                              : across * reduction;
    if (height > down * reduction)
        height =
            down * reduction / side > 0 ? down * reduction / side * side - 1 : down * reduction;
    const int taken = (width + reduction - 1) / reduction;
    area.column += area.columns - taken;
    gt_canvas_picture(canvas, area, picture, width, height, reduction);
    return taken;
}

/* --- The lines at the top and at the bottom --- */

/* What is left; "" if it cannot be told. */
static void format_left(char *text, size_t capacity, const gt_view *view) {
    const long seconds = lround(run_seconds_left(&view->table, view->config.train.epochs));
    text[0] = '\0';
    if (gt_view_is_running(view) && seconds > 0)
        snprintf(text, capacity, "   %ld:%02ld:%02ld left", seconds / 3600, seconds / 60 % 60,
                 seconds % 60);
}

static void draw_state(gt_canvas *canvas, const gt_view *view) {
    char text[GT_PATH_CAPACITY + 128], left[64];
    const int rows = view->table.row_count;
    const double epoch =
        rows > 0 ? gt_history_table_at(&view->table, rows - 1, view->table.epoch_column) : 0;
    format_left(left, sizeof left, view);
    /* Of a long path the end: it is the run's name. */
    const size_t length = strlen(view->path), most = (size_t)canvas->columns / 3 + 4;
    snprintf(text, sizeof text, "%s   %s   epoch %.0f of %" PRId64 "%s",
             view->path + (length > most ? length - most : 0), view->state, epoch,
             view->config.train.epochs, left);
    gt_canvas_text(canvas, 0, 0, canvas->columns, text, GT_NO_COLOUR);
}

static void draw_bottom(gt_canvas *canvas, const gt_view *view, const char *keys) {
    char text[GT_ERROR_CAPACITY + 256];
    const char *picture = view->picture.pixels != NULL ? view->picture_file : "";
    snprintf(text, sizeof text, "%s%s%s", keys, keys[0] != '\0' ? "   " : "",
             view->note[0] != '\0' ? view->note : picture);
    gt_canvas_text(canvas, 0, canvas->rows - 1, canvas->columns, text, level_ink);
}

void gt_view_draw(gt_canvas *canvas, const gt_view *view, int first_panel, const char *keys) {
    enum { WITH_PICTURE = 60 };
    struct panels panels = {.count = 0};
    gt_area body = {0, 1, canvas->columns, canvas->rows - 2};
    find_panels(&panels, view);
    draw_state(canvas, view);
    if (canvas->rows > 1)
        draw_bottom(canvas, view, keys);
    if (panels.count == 0 || canvas->columns >= WITH_PICTURE) {
        const int most = panels.count == 0 ? body.columns : body.columns * 2 / 5;
        const gt_area right = {body.columns - most, body.row, most, body.rows};
        const int taken = draw_picture(canvas, right, view);
        body.columns -= taken > 0 ? taken + 1 : 0;
    }
    if (panels.count > 0 && body.rows > 1)
        draw_panels(canvas, body, view, &panels, first_panel);
    else if (view->table.row_count == 0)
        gt_canvas_text(canvas, 0, 1, body.columns, "no epoch is finished yet", level_ink);
}
