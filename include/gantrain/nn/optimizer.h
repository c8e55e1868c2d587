/* How gradients become better weights: one table, a row per rule. */
#ifndef GANTRAIN_NN_OPTIMIZER_H
#define GANTRAIN_NN_OPTIMIZER_H

#include <stdint.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/bf16.h"
#include "gantrain/base/profile.h"
#include "gantrain/base/real.h"
#include "gantrain/base/team.h"
#include "gantrain/nn/schedule.h"

enum { GT_OPTIMIZER_STATES = 2 };

/* The numbers a rule may use, and how they change during training. */
typedef struct gt_optimizer_settings {
    double lr;                      /* learning rate of the first update */
    double lr_decay;                /* every update multiplies the rate by it; 0: as if 1 */
    double lr_floor;                /* where the decay ends */
    const gt_schedule *lr_schedule; /* of lr; NULL: constant */
    double lr_final;                /* what lr becomes at the end of that schedule */
    double beta1, beta2, eps;       /* adam */
    double momentum;                /* sgd, in the first epoch */
    double momentum_end;     /* sgd, in the last of the momentum_epochs first epochs and from then
                                 on, with a straight line between */
    int64_t momentum_epochs; /* 0: momentum stays as it is */
    double average_decay;    /* of the average of the weights; 0: none is kept */
    double average_ramp;     /* half-life of the average over the updates so far; 0: see below */
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
    uint64_t length;     /* updates until schedules end; 0: they stay at their first value */
    uint64_t epoch;      /* the current one, counting from 0: set by the caller, for momentum */
    gt_real *states[GT_OPTIMIZER_STATES]; /* (count) each, in the arena */
    gt_real *average; /* (count), in the arena: of the weights over the updates; NULL: none */
} gt_optimizer;

/* The learning rate and the momentum of the next update:
 *
 *   rate      the schedule from lr to lr_final over `length` updates; without one,
 *             max(lr lr_decay^updates, lr_floor), but never above lr
 *   momentum  from momentum in epoch 0 to momentum_end in epoch momentum_epochs - 1, linearly */
double gt_optimizer_rate(const gt_optimizer *optimizer);
double gt_optimizer_momentum(const gt_optimizer *optimizer);

/* Lays out the state for `count` parameters, zeroed: once while measuring, once more to carve. */
void gt_optimizer_carve(gt_optimizer *optimizer, gt_arena *arena, size_t count);

/* Begins the average with the weights w (count) as they are, if one is kept. */
void gt_optimizer_begin_average(gt_optimizer *optimizer, const gt_real *w, size_t count);

/* One update of w (count) from its gradient dw, in one pass. The average, if
 * one is kept, moves towards the new w:
 *
 *   average += (1 - d) (w - average),  d = min(average_decay, (1 + t) / (10 + t)) at update t
 *
 * so that it follows closely at first, when the weights change fast, and averages over about
 * 1 / (1 - average_decay) updates later on. With average_ramp the half-life of the average grows
 * with the updates, d = min(average_decay, 2^(-1 / (average_ramp t))), as in Karras et al. 2022
 * (arXiv 2206.00364), whose code names the ratio rampup. Allocates nothing. */
void gt_optimizer_step(gt_optimizer *optimizer, gt_team *team, gt_real *w, const gt_real *dw,
                       size_t count);

#endif
