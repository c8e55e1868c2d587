/* report.html: what a run has done so far, or several runs next to each other, as one page that a
 * browser opens from the disk. It loads nothing from anywhere. */
#ifndef GANTRAIN_REPORT_REPORT_H
#define GANTRAIN_REPORT_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/error.h"

enum { GT_REPORT_RUNS = 16, GT_REPORT_PICTURES = 100 };

/* How a page is made. */
typedef struct gt_report_options {
    bool is_self_contained; /* pictures are in the page; else it links to them, and must lie in the
                               directory of its run */
    int pictures_most;   /* in a page that is self-contained, of each run: these, evenly spaced */
    bool is_training;    /* the caller trains this run, and holds its lock */
    uint64_t best_epoch; /* of the caller's best checkpoint; 0: none */
    json_t *frames; /* an object, in which the texts of frames are kept for the next page of the
                            same run; NULL: all are read again */
} gt_report_options;

/* Writes the page of run directories, all or nothing. What is damaged or missing in a directory is
 * named in the page, and the rest is shown. Fails with GT_FAILED if a run directory does not exist,
 * or the page cannot be written. Reads only, apart from the page.
 *
 *   runs  (count)  paths of run directories, 1 to GT_REPORT_RUNS */
gt_status gt_report_write(const char *path, const char *const *runs, int count,
                          const gt_report_options *options, gt_error *error);

#endif
