/* Cells exactly as they should be, worked out by hand: where dots fall, what is clipped, what a terminal is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/report/canvas.h"

static gt_canvas open_canvas(int columns, int rows, gt_palette palette, bool is_utf8) {
    gt_canvas canvas;
    assert_int_equal(gt_canvas_open(&canvas, columns, rows, palette, is_utf8, NULL), GT_OK);
    return canvas;
}

static void check_text(gt_canvas *canvas, const char *expected) {
    char *text = gt_canvas_format(canvas, "\n");
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
    gt_canvas_free(canvas);
}

/* A curve over a whole canvas. */
static void check_curve(const double *values, int count, bool is_dashed, int columns, bool is_utf8,
                        const char *expected) {
    gt_canvas canvas = open_canvas(columns, 1, GT_PALETTE_NONE, is_utf8);
    const gt_curve curve = {.values = values,
                            .count = count,
                            .stride = 1,
                            .low = 0,
                            .high = 1,
                            .is_dashed = is_dashed,
                            .ink = GT_NO_COLOUR};
    gt_canvas_curve(&canvas, (gt_area){0, 0, columns, 1}, &curve);
    check_text(&canvas, expected);
}

static void test_curves(void **state) {
    (void)state;
    check_curve((double[]){0, 1}, 2, false, 2, true, "⣠⠞");
    check_curve((double[]){0, 1}, 2, false, 2, false, ".:");
    check_curve((double[]){0, NAN, 0}, 3, false, 2, true, "⣀⣀");
    check_curve((double[]){1, 1}, 2, false, 2, true, "⠉⠉");
    check_curve((double[]){1, 1}, 2, false, 2, false, "''");
    /* Means, where several fall into a column of dots. */
    check_curve((double[]){0, 0, 0, 0, 1, 1, 1, 1}, 8, false, 1, true, "⡼");
    check_curve((double[]){0, 1, 0, 1}, 4, false, 1, true, "⠤");
    check_curve((double[]){0}, 1, false, 2, true, "⡀");
    check_curve((double[]){0, 0}, 2, true, 3, true, "⣀ ⣀");
    /* Past an edge is on it; what is no number, or an infinity, is no point. */
    check_curve((double[]){-5, -5}, 2, false, 1, true, "⣀");
    check_curve((double[]){7, 7}, 2, false, 1, true, "⠉");
    check_curve((double[]){NAN, INFINITY}, 2, false, 1, true, "");
    check_curve(NULL, 0, false, 1, true, "");
}

static void test_a_range_of_nothing(void **state) {
    (void)state;
    gt_canvas canvas = open_canvas(2, 1, GT_PALETTE_NONE, true);
    const double values[] = {3, 3};
    const gt_curve curve = {
        .values = values, .count = 2, .stride = 1, .low = 3, .high = 3, .ink = GT_NO_COLOUR};
    gt_canvas_curve(&canvas, (gt_area){0, 0, 2, 1}, &curve);
    gt_canvas_curve(&canvas, (gt_area){0, 0, 0, 0}, &curve);
    check_text(&canvas, "⠤⠤");
}

static void test_columns_of_a_table(void **state) {
    (void)state;
    gt_canvas canvas = open_canvas(2, 1, GT_PALETTE_NONE, true);
    const double values[] = {0, 9, 1, 9};
    const gt_curve curve = {
        .values = values, .count = 2, .stride = 2, .low = 0, .high = 1, .ink = GT_NO_COLOUR};
    gt_canvas_curve(&canvas, (gt_area){0, 0, 2, 1}, &curve);
    check_text(&canvas, "⣠⠞");
}

static void test_levels(void **state) {
    (void)state;
    const double level = 0;
    const gt_curve curve = {.values = &level, .low = 0, .high = 1, .ink = 0x808080};
    gt_canvas canvas = open_canvas(2, 1, GT_PALETTE_256, true);
    gt_canvas_level(&canvas, (gt_area){0, 0, 2, 1}, &curve);
    check_text(&canvas, "\033[38;5;244m⡀⢀\033[0m");
}

/* Dots of two curves share a cell, which has the colour of the second. */
static void test_curves_over_each_other(void **state) {
    (void)state;
    const double low[] = {0, 0}, high[] = {1, 1};
    gt_curve curve = {.values = low, .count = 2, .stride = 1, .low = 0, .high = 1, .ink = 0x010203};
    gt_canvas canvas = open_canvas(1, 1, GT_PALETTE_RGB, true);
    gt_canvas_curve(&canvas, (gt_area){0, 0, 1, 1}, &curve);
    curve.values = high;
    curve.ink = 0x0a0b0c;
    gt_canvas_curve(&canvas, (gt_area){0, 0, 1, 1}, &curve);
    check_text(&canvas, "\033[38;2;10;11;12m⣉\033[0m");
    canvas = open_canvas(1, 1, GT_PALETTE_NONE, false);
    gt_canvas_curve(&canvas, (gt_area){0, 0, 1, 1}, &curve);
    curve.values = low;
    gt_canvas_curve(&canvas, (gt_area){0, 0, 1, 1}, &curve);
    check_text(&canvas, ":");
}

static void test_text(void **state) {
    (void)state;
    static const struct {
        const char *text, *utf8, *ascii;
        int cells;
    } cases[] = {
        {"plain", "plain", "plain", 5},
        {"a\033[2Jb\n\x7f", "a?[2Jb??", "a?[2Jb??", 8},
        {"caf\xc3\xa9", "caf\xc3\xa9", "caf?", 4},
        {"\xe6\x97\xa5|\xf0\x9f\x98\x80|\xc2\x9b|\xc3", "?|?|?|?", "?|?|?|?", 7},
        {"0123456789abc", "0123456789", "0123456789", 10},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_canvas canvas = open_canvas(20, 1, GT_PALETTE_NONE, true);
        assert_int_equal(gt_canvas_text(&canvas, 0, 0, 10, cases[i].text, GT_NO_COLOUR),
                         cases[i].cells);
        check_text(&canvas, cases[i].utf8);
        canvas = open_canvas(20, 1, GT_PALETTE_NONE, false);
        gt_canvas_text(&canvas, 0, 0, 10, cases[i].text, GT_NO_COLOUR);
        check_text(&canvas, cases[i].ascii);
    }
    gt_canvas canvas = open_canvas(4, 2, GT_PALETTE_NONE, true);
    gt_canvas_text(&canvas, 2, 0, 10, "abc", GT_NO_COLOUR);
    gt_canvas_text(&canvas, -1, 1, 10, "xyz", GT_NO_COLOUR);
    gt_canvas_text(&canvas, 0, 2, 10, "below", GT_NO_COLOUR);
    check_text(&canvas, "  ab\nyz");
}

static void test_pictures(void **state) {
    (void)state;
    uint8_t grey[] = {0, 255, 128, 64};
    const gt_bitmap bitmap = {2, 2, 1, grey};
    gt_canvas canvas = open_canvas(3, 1, GT_PALETTE_RGB, true);
    gt_canvas_picture(&canvas, (gt_area){1, 0, 2, 1}, &bitmap, 2, 2, 1);
    assert_int_equal(canvas.cells[1].character, 0x2580);
    assert_int_equal(canvas.cells[1].ink, 0x000000);
    assert_int_equal(canvas.cells[1].paper, 0x808080);
    assert_int_equal(canvas.cells[2].ink, 0xffffff);
    assert_int_equal(canvas.cells[2].paper, 0x404040);
    check_text(&canvas, " \033[38;2;0;0;0m\033[48;2;128;128;128m▀\033[38;2;255;255;255m"
                        "\033[48;2;64;64;64m▀\033[0m");
    canvas = open_canvas(2, 1, GT_PALETTE_NONE, true);
    gt_canvas_picture(&canvas, (gt_area){0, 0, 2, 1}, &bitmap, 2, 2, 1);
    check_text(&canvas, ":*");
    /* Without half blocks a cell has the mean of both. */
    canvas = open_canvas(2, 1, GT_PALETTE_256, false);
    gt_canvas_picture(&canvas, (gt_area){0, 0, 2, 1}, &bitmap, 2, 2, 1);
    check_text(&canvas, "\033[48;5;238m \033[48;5;247m \033[0m");
    /* Reduced: one pixel of the mean, and nothing below it. */
    canvas = open_canvas(2, 2, GT_PALETTE_RGB, true);
    gt_canvas_picture(&canvas, (gt_area){0, 0, 2, 2}, &bitmap, 2, 2, 2);
    assert_int_equal(canvas.cells[0].ink, 0x6f6f6f);
    assert_int_equal(canvas.cells[0].paper, 0x000000);
    assert_int_equal(canvas.cells[1].character, ' ');
    gt_canvas_free(&canvas);
    uint8_t colours[] = {255, 0, 0, 0, 0, 255};
    const gt_bitmap rgb = {1, 2, 3, colours};
    canvas = open_canvas(1, 1, GT_PALETTE_256, true);
    gt_canvas_picture(&canvas, (gt_area){0, 0, 1, 1}, &rgb, 9, 9, 1);
    check_text(&canvas, "\033[38;5;196m\033[48;5;21m▀\033[0m");
}

static void test_256_colours(void **state) {
    (void)state;
    static const struct {
        int32_t colour;
        const char *expected;
    } cases[] = {{0x000000, "\033[38;5;16mx\033[0m"},  {0xffffff, "\033[38;5;231mx\033[0m"},
                 {0x080808, "\033[38;5;232mx\033[0m"}, {0xeeeeee, "\033[38;5;255mx\033[0m"},
                 {0x5f87ff, "\033[38;5;69mx\033[0m"},  {0x00d700, "\033[38;5;40mx\033[0m"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_canvas canvas = open_canvas(1, 1, GT_PALETTE_256, true);
        gt_canvas_text(&canvas, 0, 0, 1, "x", cases[i].colour);
        check_text(&canvas, cases[i].expected);
    }
}

static void test_sizes(void **state) {
    (void)state;
    gt_canvas canvas = open_canvas(-5, 0, GT_PALETTE_NONE, true);
    assert_int_equal(canvas.columns, 1);
    assert_int_equal(canvas.rows, 1);
    check_text(&canvas, "");
    canvas = open_canvas(1 << 30, 1 << 30, GT_PALETTE_NONE, true);
    assert_int_equal(canvas.columns, GT_CANVAS_COLUMNS);
    assert_int_equal(canvas.rows, GT_CANVAS_ROWS);
    gt_canvas_free(&canvas);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curves),
        cmocka_unit_test(test_a_range_of_nothing),
        cmocka_unit_test(test_columns_of_a_table),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_curves_over_each_other),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_256_colours),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
