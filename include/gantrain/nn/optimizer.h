/* How gradients become better weights: one table, a row per rule. */
#ifndef GANTRAIN_NN_OPTIMIZER_H
#define GANTRAIN_NN_OPTIMIZER_H

#include <stdint.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/bf16.h"
#include "gantrain/base/profile.h"
#include "gantrain/base/real.h"
#include "gantrain/base/threads.h"

enum { GT_OPTIMIZER_STATES = 2 };

/* The numbers a rule may use. */
typedef struct gt_optimizer_settings {
    double lr;                /* learning rate */
    double beta1, beta2, eps; /* adam */
    double momentum;          /* sgd */
} gt_optimizer_settings;

/* A row of the table. */
typedef struct gt_optimizer_kind {
    const char *name;
    const char *help; /* a line: the rule */
    const char
        *states[GT_OPTIMIZER_STATES]; /* names of the state tensors in a checkpoint; NULL: none */
    gt_loop_body step; /* the loop of gt_optimizer_step; private to src/nn/optimizer.c */
} gt_optimizer_kind;

/* The table: row `index`, or NULL past its end. */
const gt_optimizer_kind *gt_optimizer_kind_at(int index);

/* The row of that name, or NULL. */
const gt_optimizer_kind *gt_optimizer_kind_find(const char *name);

/* An optimizer of one network. Set kind and settings, then carve. */
typedef struct gt_optimizer {
    const gt_optimizer_kind *kind;
    gt_optimizer_settings settings;
    gt_bf16 *rounded;    /* (count), borrowed: steps leave the new w here in bf16; or NULL */
    gt_profile *profile; /* borrowed; where steps add their time; NULL: nowhere */
    uint64_t updates;    /* made so far */
    gt_real *states[GT_OPTIMIZER_STATES]; /* (count) each, in the arena */
} gt_optimizer;

/* Lays out the state for `count` parameters, zeroed: once while measuring, once more to carve. */
void gt_optimizer_carve(gt_optimizer *optimizer, gt_arena *arena, size_t count);

/* One update of w (count) from its gradient dw, in one pass on the team of threads. Allocates
 * nothing. */
void gt_optimizer_step(gt_optimizer *optimizer, gt_real *w, const gt_real *dw, size_t count);

#endif
