/* Checkpoints next to each other: what was found, and how it is shown. */
#ifndef GANTRAIN_CLI_COMPARISON_H
#define GANTRAIN_CLI_COMPARISON_H

#include "gantrain/config/config.h"
#include "gantrain/eval/evaluation.h"

/* A checkpoint and what was found. */
struct entry {
    const char *path;
    const gt_model_kind *kind;
    gt_shape shape;
    gt_scores scores;
};

struct comparison {
    struct entry *entries; /* owned */
    int count;
    gt_config first; /* of the first checkpoint */
    int columns;     /* samples to a row of the picture */
};

/* Prints a row for each checkpoint and one for real images, with a column for each score that can
 * be ranked and that some checkpoint has. The best of a column has a star; of likelihoods, the best
 * of each model. */
void comparison_print_table(const struct comparison *comparison);

/* Prints the same as a JSON object, with all scores of each checkpoint. Fails if there is no
 * memory. */
gt_status comparison_print_json(const struct comparison *comparison, gt_error *error);

#endif
