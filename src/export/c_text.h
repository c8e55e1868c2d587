/* C source while it is written to a file: text in which the exported name and the type of weights
 * are put in their places. */
#ifndef GANTRAIN_EXPORT_C_TEXT_H
#define GANTRAIN_EXPORT_C_TEXT_H

#include "gantrain/base/real.h"
#include "gantrain/files/file.h"

struct c_text {
    const char *name; /* stands for every @ of a template */
    bool int8;        /* weights are bytes with scales, else floats */
    bool conditional; /* the generator takes a class */
    gt_file_writer writer;
    gt_status status; /* of the first failure, after which nothing is written */
    gt_error *error;
    size_t used;
    char buffer[1 << 14];
};

/* Opens the file. c_text_finish writes the rest of the text; then the writer is committed or
 * aborted. */
void c_text_begin(struct c_text *text, const char *path, const char *name, bool int8,
                  bool conditional, gt_error *error);
void c_text_finish(struct c_text *text);

/* Writes a formatted text of at most 1000 bytes. */
void c_text_print(struct c_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes a template. Every @ becomes the name, every $ the type of a weight, and what stands
 * between two backquotes is left out unless weights are bytes, what stands between two ~ unless the
 * generator takes a class. */
void c_text_fill(struct c_text *text, const char *template);

/* Writes a constant of type float. */
void c_text_float(struct c_text *text, float number);

/* Writes `static const float NAME_LABEL[COUNT] = {...};`. */
void c_text_floats(struct c_text *text, const char *label, const gt_real *numbers, size_t count);

/* Writes weights (rows, columns), whose column i is number order(i) of a row, as static const
 * arrays NAME_LABEL, and, if weights are bytes, NAME_LABEL_scale, so that a weight is its byte
 * times the scale of its row.
 *
 *   order  (columns): NULL for their own order */
void c_text_weights(struct c_text *text, const char *label, const gt_real *numbers,
                    const int *order, int rows, int columns);

#endif
