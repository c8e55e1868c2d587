/* Networks of a checkpoint as files for other programs: C source, and ONNX. One table, a row for
 * each kind of file. */
#ifndef GANTRAIN_EXPORT_EXPORT_H
#define GANTRAIN_EXPORT_EXPORT_H

#include <stdbool.h>

#include "gantrain/sample/sampler.h"

/* What is exported, and how. */
typedef struct gt_export {
    gt_sampler *sampler; /* open for GT_MODEL_JUDGE */
    const char *network; /* "generator", "discriminator" or "encoder" */
    bool int8;           /* weights as bytes, with a scale for each row of them */
    bool floats;         /* pixels as floats, 0 black to 1 white, in place of bytes */
    bool rgb;            /* grey images get three equal channels */
} gt_export;

/* A row of the table. */
typedef struct gt_export_format {
    const char *suffix; /* ".c": a file of that name is of this format */
    const char *help;
    bool takes_int8, takes_floats, takes_rgb, takes_every_network;
    /* The kind of layers can be written; false: the table of layers lacks its row. */
    bool (*has_layer)(const gt_layer_kind *kind);
    gt_status (*write)(const char *path, const gt_export *what, gt_error *error);
} gt_export_format;

/* The table: row `index`, or NULL past its end; the row whose suffix ends a path, or NULL. */
const gt_export_format *gt_export_format_at(int index);
const gt_export_format *gt_export_format_find(const char *path);

/* Writes the file or files of an export, each of them whole or not at all. Of two, FILE.c takes its
 * place after FILE.h, so that a FILE.c of this export always has its header.
 *
 * Fails with GT_USAGE if path has no known suffix, the format does not take an option, the model
 * has no network of that name, or the network has a layer that the format cannot hold; with
 * GT_FAILED if a weight is not finite, or a file cannot be written. */
gt_status gt_export_write(const char *path, const gt_export *what, gt_error *error);

#endif
