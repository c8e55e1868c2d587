/* Cells are drawn over each other in the order of calls; dots of several curves share a cell. */
#include "gantrain/report/canvas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BRAILLE = 0x2800, BRAILLE_LAST = 0x28ff, UPPER_HALF = 0x2580, CELL_TEXT = 64 };

gt_status gt_canvas_open(gt_canvas *canvas, int columns, int rows, gt_palette palette, bool is_utf8,
                         gt_error *error) {
    columns = columns < GT_CANVAS_COLUMNS ? columns : GT_CANVAS_COLUMNS;
    rows = rows < GT_CANVAS_ROWS ? rows : GT_CANVAS_ROWS;
    const size_t count = (size_t)(columns > 0 ? columns : 1) * (size_t)(rows > 0 ? rows : 1);
    *canvas = (gt_canvas){.columns = columns > 0 ? columns : 1,
                          .rows = rows > 0 ? rows : 1,
                          .palette = palette,
                          .is_utf8 = is_utf8,
                          .cells = malloc(count * sizeof *canvas->cells)};
    if (canvas->cells == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for a view of %d x %d cells", columns,
                            rows);
    for (size_t i = 0; i < count; i++)
        canvas->cells[i] = (gt_cell){' ', GT_NO_COLOUR, GT_NO_COLOUR};
    return GT_OK;
}

void gt_canvas_free(gt_canvas *canvas) {
    free(canvas->cells);
    *canvas = (gt_canvas){0};
}

/* NULL outside of the canvas. */
static gt_cell *cell_at(gt_canvas *canvas, int column, int row) {
    bool is_inside = column >= 0 && column < canvas->columns && row >= 0 && row < canvas->rows;
    return is_inside ? &canvas->cells[(size_t)row * (size_t)canvas->columns + (size_t)column]
                     : NULL;
}

/* --- Text --- */

/* Takes the character that *text begins with, and puts *text after it. Of UTF-8 the letters of two
 * bytes up to U+02FF are a cell wide; all else is "?". */
static uint32_t take_character(const char **text, bool is_utf8) {
    const uint8_t *at = (const uint8_t *)*text;
    if (at[0] < 0x80) {
        ++*text;
        return at[0] >= ' ' && at[0] < 0x7f ? at[0] : '?';
    }
    size_t length = 1;
    while ((at[length] & 0xc0) == 0x80)
        length++;
    *text += length;
    const uint32_t code = (uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f);
    return is_utf8 && length == 2 && at[0] >= 0xc2 && at[0] <= 0xcb && code >= 0xa1 && code != 0xad
               ? code
               : '?';
}

int gt_canvas_text(gt_canvas *canvas, int column, int row, int columns, const char *text,
                   int32_t ink) {
    int used = 0;
    while (*text != '\0' && used < columns) {
        const uint32_t character = take_character(&text, canvas->is_utf8);
        gt_cell *cell = cell_at(canvas, column + used++, row);
        if (cell != NULL)
            *cell = (gt_cell){character, ink, GT_NO_COLOUR};
    }
    return used;
}

/* --- Dots --- */

static int dot_columns(const gt_canvas *canvas) {
    return canvas->is_utf8 ? 2 : 1;
}

static int dot_rows(const gt_canvas *canvas) {
    return canvas->is_utf8 ? 4 : 2;
}

static uint32_t with_braille_dot(uint32_t character, int x, int y) {
    /* Dots 1, 2, 3, 7 on the left, 4, 5, 6, 8 on the right, from top to bottom. */
    static const uint8_t bits[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
    const bool has_dots = character >= BRAILLE && character <= BRAILLE_LAST;
    return (has_dots ? character : BRAILLE) | bits[x][y];
}

static uint32_t with_ascii_dot(uint32_t character, int y) {
    const uint32_t dot = y == 0 ? '\'' : '.', other = y == 0 ? '.' : '\'';
    return character == other || character == ':' ? ':' : dot;
}

/* A dot, counted from the upper left corner of an area. */
static void set_dot(gt_canvas *canvas, gt_area area, int x, int y, int32_t ink) {
    const int across = dot_columns(canvas), down = dot_rows(canvas);
    gt_cell *cell = cell_at(canvas, area.column + x / across, area.row + y / down);
    if (cell == NULL)
        return;
    cell->character = canvas->is_utf8 ? with_braille_dot(cell->character, x % across, y % down)
                                      : with_ascii_dot(cell->character, y % down);
    cell->ink = ink;
}

/* The dot row of a value. */
static double height_of(const gt_curve *curve, int dots, double value) {
    const double range = curve->high - curve->low;
    const double part = range > 0 ? (curve->high - value) / range : 0.5;
    return fmin(fmax(part, 0), 1) * (dots - 1);
}

struct point {
    double x, y; /* in dots; x NAN: none yet */
};

/* Draws from a point to one on its right: in each column of dots what the line crosses there. */
static void draw_segment(gt_canvas *canvas, gt_area area, const gt_curve *curve, struct point from,
                         struct point to) {
    const double slope = to.x > from.x ? (to.y - from.y) / (to.x - from.x) : 0;
    for (int x = (int)from.x; x <= (int)to.x; x++) {
        const double begin = from.y + slope * (fmax(x - 0.5, from.x) - from.x);
        const double end = from.y + slope * (fmin(x + 0.5, to.x) - from.x);
        const int first = (int)lround(fmin(begin, end)), last = (int)lround(fmax(begin, end));
        for (int y = first; y <= last; y++)
            if (!curve->is_dashed || x / 2 % 2 == 0)
                set_dot(canvas, area, x, y, curve->ink);
    }
}

/* The column of dots that value number `index` falls into. */
static int column_of(const gt_curve *curve, int dots, int index) {
    if (curve->count > dots)
        return (int)((int64_t)index * dots / curve->count);
    return curve->count > 1 ? (int)((int64_t)index * (dots - 1) / (curve->count - 1)) : 0;
}

void gt_canvas_curve(gt_canvas *canvas, gt_area area, const gt_curve *curve) {
    const int across = area.columns * dot_columns(canvas), down = area.rows * dot_rows(canvas);
    struct point before = {NAN, NAN};
    if (area.columns < 1 || area.rows < 1)
        return;
    for (int i = 0; i < curve->count;) {
        const int x = column_of(curve, across, i);
        double sum = 0;
        int points = 0;
        for (; i < curve->count && column_of(curve, across, i) == x; i++) {
            const double value = curve->values[(size_t)i * (size_t)curve->stride];
            sum += isfinite(value) ? value : 0;
            points += isfinite(value) ? 1 : 0;
        }
        if (points == 0)
            continue;
        const struct point now = {x, height_of(curve, down, sum / points)};
        draw_segment(canvas, area, curve, isnan(before.x) ? now : before, now);
        before = now;
    }
}

void gt_canvas_level(gt_canvas *canvas, gt_area area, const gt_curve *curve) {
    const int across = area.columns * dot_columns(canvas), down = area.rows * dot_rows(canvas);
    for (int x = 0; area.rows > 0 && x < across; x += 3)
        set_dot(canvas, area, x, (int)lround(height_of(curve, down, curve->values[0])), curve->ink);
}

/* --- Pictures --- */

struct colour {
    int red, green, blue;
};

/* The mean of a square of pixels; black below the part that is shown. */
static struct colour mean_of(const gt_bitmap *bitmap, int left, int top, int side, int width,
                             int height) {
    long sums[3] = {0, 0, 0}, count = 0;
    for (int y = top; y < top + side && y < height; y++)
        for (int x = left; x < left + side && x < width; x++) {
            const size_t pixel = (size_t)y * (size_t)bitmap->width + (size_t)x;
            for (int c = 0; c < 3; c++)
                sums[c] += bitmap->pixels[pixel * (size_t)bitmap->channels +
                                          (size_t)(bitmap->channels == 3 ? c : 0)];
            count++;
        }
    count = count > 0 ? count : 1;
    return (struct colour){(int)(sums[0] / count), (int)(sums[1] / count), (int)(sums[2] / count)};
}

static int32_t pack(struct colour colour) {
    return colour.red << 16 | colour.green << 8 | colour.blue;
}

/* The weights of brightness are those of ITU-R BT.601. */
static int brightness_of(struct colour colour) {
    return (299 * colour.red + 587 * colour.green + 114 * colour.blue) / 1000;
}

static gt_cell picture_cell(const gt_canvas *canvas, struct colour upper, struct colour lower) {
    static const char ramp[] = " .:-=+*#%@";
    const struct colour mean = {(upper.red + lower.red) / 2, (upper.green + lower.green) / 2,
                                (upper.blue + lower.blue) / 2};
    if (canvas->palette == GT_PALETTE_NONE)
        return (gt_cell){(uint8_t)ramp[brightness_of(mean) * 10 / 256], GT_NO_COLOUR, GT_NO_COLOUR};
    if (!canvas->is_utf8)
        return (gt_cell){' ', GT_NO_COLOUR, pack(mean)};
    return (gt_cell){UPPER_HALF, pack(upper), pack(lower)};
}

void gt_canvas_picture(gt_canvas *canvas, gt_area area, const gt_bitmap *bitmap, int width,
                       int height, int reduction) {
    width = width < bitmap->width ? width : bitmap->width;
    height = height < bitmap->height ? height : bitmap->height;
    for (int row = 0; row < area.rows && 2 * row * reduction < height; row++)
        for (int column = 0; column < area.columns && column * reduction < width; column++) {
            gt_cell *cell = cell_at(canvas, area.column + column, area.row + row);
            const int left = column * reduction, top = 2 * row * reduction;
            if (cell != NULL)
                *cell =
                    picture_cell(canvas, mean_of(bitmap, left, top, reduction, width, height),
                                 mean_of(bitmap, left, top + reduction, reduction, width, height));
        }
}

/* --- As text --- */

/* The nearest of the 256 colours of xterm: greys 232 to 255 from 8 in steps of 10, and a cube of 6
 * levels. */
static int nearest_of_256(int32_t colour) {
    const int parts[3] = {colour >> 16 & 255, colour >> 8 & 255, colour & 255};
    int number = 16, place = 36;
    if (parts[0] == parts[1] && parts[1] == parts[2] && parts[0] >= 4 && parts[0] <= 243)
        return 232 + (parts[0] - 3) / 10;
    for (int i = 0; i < 3; i++, place /= 6) { /* levels 0, 95, 135, 175, 215, 255 */
        const int level = parts[i] < 48 ? 0 : parts[i] < 115 ? 1 : (parts[i] - 35) / 40;
        number += place * level;
    }
    return number;
}

/* Writes the escape code of a colour; layer 38 is the ink, 48 the paper. */
static char *put_colour(char *to, gt_palette palette, int layer, int32_t colour) {
    if (colour == GT_NO_COLOUR)
        return to + sprintf(to, "\033[%dm", layer + 1);
    if (palette == GT_PALETTE_256)
        return to + sprintf(to, "\033[%d;5;%dm", layer, nearest_of_256(colour));
    return to + sprintf(to, "\033[%d;2;%d;%d;%dm", layer, colour >> 16 & 255, colour >> 8 & 255,
                        colour & 255);
}

static char *put_character(char *to, uint32_t character) {
    if (character < 0x80) {
        *to++ = (char)character;
    } else if (character < 0x800) {
        *to++ = (char)(0xc0 | character >> 6);
        *to++ = (char)(0x80 | (character & 0x3f));
    } else {
        *to++ = (char)(0xe0 | character >> 12);
        *to++ = (char)(0x80 | (character >> 6 & 0x3f));
        *to++ = (char)(0x80 | (character & 0x3f));
    }
    return to;
}

static char *put_row(char *to, const gt_canvas *canvas, const gt_cell *cells) {
    int32_t ink = GT_NO_COLOUR, paper = GT_NO_COLOUR;
    int end = canvas->columns;
    while (end > 0 && cells[end - 1].character == ' ' && cells[end - 1].paper == GT_NO_COLOUR)
        end--;
    for (int i = 0; i < end; i++) {
        if (canvas->palette != GT_PALETTE_NONE && cells[i].ink != ink)
            to = put_colour(to, canvas->palette, 38, ink = cells[i].ink);
        if (canvas->palette != GT_PALETTE_NONE && cells[i].paper != paper)
            to = put_colour(to, canvas->palette, 48, paper = cells[i].paper);
        to = put_character(to, cells[i].character);
    }
    if (ink != GT_NO_COLOUR || paper != GT_NO_COLOUR)
        to += sprintf(to, "\033[0m");
    return to;
}

char *gt_canvas_format(const gt_canvas *canvas, const char *row_end) {
    const size_t cells = (size_t)canvas->columns * (size_t)canvas->rows;
    char *text = malloc(cells * CELL_TEXT + (size_t)canvas->rows * (strlen(row_end) + 8) + 1);
    char *to = text;
    if (text == NULL)
        return NULL;
    for (int row = 0; row < canvas->rows; row++) {
        to = put_row(to, canvas, canvas->cells + (size_t)row * (size_t)canvas->columns);
        if (row + 1 < canvas->rows)
            to += sprintf(to, "%s", row_end);
    }
    *to = '\0';
    return text;
}
