/* A buffer before a file, with the number formats of C. */
#include "export/c_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MOST_PRINTED = 1000, PER_LINE = 8, MOST_BYTE = 127 };

static void flush(struct c_text *text) {
    if (text->status == GT_OK && text->used > 0)
        text->status = gt_file_write(&text->writer, text->buffer, text->used, text->error);
    text->used = 0;
}

static void put(struct c_text *text, const char *bytes, size_t size) {
    while (size > 0) {
        const size_t room = sizeof text->buffer - text->used, part = size < room ? size : room;
        memcpy(text->buffer + text->used, bytes, part);
        text->used += part;
        bytes += part;
        size -= part;
        if (text->used == sizeof text->buffer)
            flush(text);
    }
}

void c_text_begin(struct c_text *text, const char *path, const char *name, bool int8,
                  bool conditional, gt_error *error) {
    text->name = name;
    text->int8 = int8;
    text->conditional = conditional;
    text->error = error;
    text->used = 0;
    text->writer = (gt_file_writer){0};
    text->status = gt_file_begin(&text->writer, path, error);
}

void c_text_finish(struct c_text *text) {
    flush(text);
}

void c_text_print(struct c_text *text, const char *format, ...) {
    char line[MOST_PRINTED + 1];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    put(text, line, length < MOST_PRINTED ? (size_t)length : MOST_PRINTED);
}

void c_text_fill(struct c_text *text, const char *template) {
    bool left_out = false;
    while (*template != '\0') {
        const size_t plain = strcspn(template, "@$`~");
        if (!left_out)
            put(text, template, plain);
        template += plain;
        const char *word = *template == '@'   ? text->name
                           : *template == '$' ? (text->int8 ? "signed char" : "float")
                                              : "";
        if (*template == '`' || *template == '~')
            left_out = !left_out && !(*template == '`' ? text->int8 : text->conditional);
        if (!left_out)
            put(text, word, strlen(word));
        template += *template != '\0';
    }
}

/* What comes before number i of a list. */
static void separate(struct c_text *text, size_t i) {
    const char *between = i == 0 ? "\n    " : i % PER_LINE == 0 ? ",\n    " : ", ";
    put(text, between, strlen(between));
}

/* Nine digits bring back the same float. A constant of type float needs a point or an exponent. */
void c_text_float(struct c_text *text, float number) {
    char digits[32];
    snprintf(digits, sizeof digits, "%.9g", (double)number);
    c_text_print(text, "%s%sf", digits, strpbrk(digits, ".e") != NULL ? "" : ".0");
}

void c_text_floats(struct c_text *text, const char *label, const gt_real *numbers, size_t count) {
    c_text_print(text, "\nstatic const float %s_%s[%zu] = {", text->name, label, count);
    for (size_t i = 0; i < count; i++) {
        separate(text, i);
        c_text_float(text, (float)numbers[i]);
    }
    c_text_print(text, "\n};\n");
}

/* A row's largest magnitude becomes 127. A row of zeros keeps the scale 1. */
static double scale_of_row(const gt_real *row, int columns) {
    double largest = 0;
    for (int i = 0; i < columns; i++)
        largest = fmax(largest, fabs((double)row[i]));
    return largest > 0 ? largest / MOST_BYTE : 1;
}

void c_text_weights(struct c_text *text, const char *label, const gt_real *numbers,
                    const int *order, int rows, int columns) {
    const size_t width = (size_t)columns;
    c_text_print(text, "\nstatic const ");
    c_text_fill(text, "$ @_");
    c_text_print(text, "%s[%zu] = {", label, (size_t)rows * width);
    for (size_t r = 0; r < (size_t)rows; r++) {
        const gt_real *row = numbers + r * width;
        const double scale = text->int8 ? scale_of_row(row, columns) : 1;
        for (size_t i = 0; i < width; i++) {
            const gt_real weight = row[order != NULL ? (size_t)order[i] : i];
            separate(text, r * width + i);
            if (text->int8)
                c_text_print(text, "%ld", lround((double)weight / scale));
            else
                c_text_float(text, (float)weight);
        }
    }
    c_text_print(text, "\n};\n");
    if (!text->int8)
        return;
    c_text_print(text, "\nstatic const float %s_%s_scale[%d] = {", text->name, label, rows);
    for (size_t r = 0; r < (size_t)rows; r++) {
        separate(text, r);
        c_text_float(text, (float)scale_of_row(numbers + r * width, columns));
    }
    c_text_print(text, "\n};\n");
}
