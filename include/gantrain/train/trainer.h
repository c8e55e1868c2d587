/* A training run from config to last checkpoint. */
#ifndef GANTRAIN_TRAIN_TRAINER_H
#define GANTRAIN_TRAIN_TRAINER_H

#include <stdbool.h>

#include "gantrain/base/error.h"
#include "gantrain/base/processes.h"
#include "gantrain/config/config.h"
#include "gantrain/train/reporter.h"

typedef struct gt_train_options {
    gt_processes
        *processes; /* that train together, all with this config; NULL: this one is alone */
    bool resume;    /* go on from the newest valid checkpoint, or begin if there is none */
    const char *resume_from; /* go on from this checkpoint; NULL: from the newest */
    bool force;              /* move an old run aside */
    const char
        *resume_command; /* what would go on with this run, said when it is stopped; or NULL */
    bool dry_run;        /* check all, report the summary, write nothing */
    const char *cache;   /* directory that keeps classifiers for evaluations; NULL: none */
} gt_train_options;

/* Trains as a checked config says (output.dir set), into its run directory, until the last epoch, a
 * signal or a divergence.
 *
 * Returns GT_OK; GT_STOPPED after saving because reporter->stop asked for it; GT_USAGE if a resumed
 * run's config differs in what may not change, or the network cannot be built; GT_DIVERGED if a
 * loss is not a number: the last good checkpoint stays; GT_FAILED for the rest, also if training
 * came to its end but the last checkpoint or a picture could not be written. All but GT_OK fill
 * error, on all of several processes with one message. Of these the first alone has the run
 * directory, and reads the data and the checkpoint for all: what the others have of them is what it
 * has. It measures and draws, too: the others help it to compare
 * the samples of an evaluation, and wait while it does the rest. Memory: borrows config and
 * options; frees all it took. */
gt_status gt_train(const gt_config *config, const gt_train_options *options,
                   const gt_reporter *reporter, gt_error *error);

#endif
