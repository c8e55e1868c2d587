/* A canvas of character cells: text, curves in Braille dots, pictures in half blocks. What is drawn
 * is a pure function of its arguments; gt_canvas_format makes text of it, for a terminal or a
 * file. */
#ifndef GANTRAIN_REPORT_CANVAS_H
#define GANTRAIN_REPORT_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/data/fit.h"

enum { GT_CANVAS_COLUMNS = 1000, GT_CANVAS_ROWS = 500 };

/* No colour of its own: the terminal's. Other colours are 0xRRGGBB. */
enum { GT_NO_COLOUR = -1 };

/* What the reader of the text can show. */
typedef enum gt_palette { GT_PALETTE_NONE, GT_PALETTE_256, GT_PALETTE_RGB } gt_palette;

/* A character and its colours. */
typedef struct gt_cell {
    uint32_t character; /* Unicode */
    int32_t ink, paper; /* GT_NO_COLOUR, or 0xRRGGBB */
} gt_cell;

typedef struct gt_canvas {
    int columns, rows;
    gt_palette palette;
    bool is_utf8;   /* else ASCII alone */
    gt_cell *cells; /* owned; (rows, columns) */
} gt_canvas;

/* A part of a canvas, in cells. What lies outside of the canvas is not drawn. */
typedef struct gt_area {
    int column, row, columns, rows;
} gt_area;

/* Opens an empty canvas; larger sizes than the most become that. GT_FAILED: no memory. */
gt_status gt_canvas_open(gt_canvas *canvas, int columns, int rows, gt_palette palette, bool is_utf8,
                         gt_error *error);

void gt_canvas_free(gt_canvas *canvas);

/* Writes text from a cell on, into at most `columns` cells. Control characters and what is more
 * than a cell wide become "?". Returns how many cells it took. */
int gt_canvas_text(gt_canvas *canvas, int column, int row, int columns, const char *text,
                   int32_t ink);

/* Numbers at equal distances. */
typedef struct gt_curve {
    const double *values; /* (count), each `stride` after the one before; NAN: no point */
    int count, stride;
    double low, high; /* at the lower and the upper edge */
    bool is_dashed;
    int32_t ink;
} gt_curve;

/* Draws a curve from the left edge to the right, through the means of what falls into a column of
 * dots. A cell has 2 x 4 dots (Braille, Unicode 2800 to 28FF), or in ASCII 1 x 2. */
void gt_canvas_curve(gt_canvas *canvas, gt_area area, const gt_curve *curve);

/* Draws a dotted level: curve->values[0]. */
void gt_canvas_level(gt_canvas *canvas, gt_area area, const gt_curve *curve);

/* Draws a picture from the upper left corner of an area on, reduced `reduction` times by area
 * averages: two pixels a cell, one above the other. Without colours a cell is a character by its
 * brightness.
 *
 *   width, height  of the part of the bitmap, from its upper left corner, that is shown
 *   bitmap         1 or 3 channels */
void gt_canvas_picture(gt_canvas *canvas, gt_area area, const gt_bitmap *bitmap, int width,
                       int height, int reduction);

/* The canvas as text, without blanks at the ends of rows; row_end stands between rows. The caller
 * frees it; NULL: no memory. */
char *gt_canvas_format(const gt_canvas *canvas, const char *row_end);

#endif
