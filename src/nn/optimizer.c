/* Adam and SGD with momentum: each one pass over the parameters. */
#include "gantrain/nn/optimizer.h"

#include <string.h>
#include <tgmath.h>

#include "gantrain/base/team.h"

enum { BLOCK = 16 * 1024 }; /* numbers updated before they are rounded: what a core's cache holds */

/* The arguments of an update's loop. */
struct update {
    gt_real *w;
    const gt_real *dw;
    const gt_optimizer *optimizer;
    double rate, momentum;
    gt_real average_share; /* 1 - d */
};

/* Kingma and Ba 2015 (arXiv 1412.6980), algorithm 1:
 *
 *   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
 *   w = w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) */
static void step_adam(void *context, long first, long last) {
    const struct update *update = context;
    const gt_optimizer_settings *settings = &update->optimizer->settings;
    const double t = (double)update->optimizer->updates;
    const gt_real b1 = (gt_real)settings->beta1, b2 = (gt_real)settings->beta2;
    const gt_real rest1 = (gt_real)(1 - settings->beta1), rest2 = (gt_real)(1 - settings->beta2);
    const gt_real eps = (gt_real)settings->eps;
    const gt_real rate = (gt_real)(update->rate / (1 - pow(settings->beta1, t)));
    const gt_real v_scale = (gt_real)(1 / sqrt(1 - pow(settings->beta2, t)));
    gt_real *w = update->w, *m = update->optimizer->states[0], *v = update->optimizer->states[1];
    const gt_real *dw = update->dw;

#pragma omp simd
    for (long i = first; i < last; i++) {
        gt_real g = dw[i];
        m[i] = b1 * m[i] + rest1 * g;
        v[i] = b2 * v[i] + rest2 * g * g;
        w[i] -= rate * m[i] / (sqrt(v[i]) * v_scale + eps);
    }
}

/* Polyak's heavy ball, as in Sutskever et al. 2013, eq. 1 and 2:  u = momentum u - lr g,  w = w + u
 */
static void step_sgd(void *context, long first, long last) {
    const struct update *update = context;
    const gt_real lr = (gt_real)update->rate;
    const gt_real momentum = (gt_real)update->momentum;
    gt_real *w = update->w, *velocity = update->optimizer->states[0];
    const gt_real *dw = update->dw;

#pragma omp simd
    for (long i = first; i < last; i++) {
        velocity[i] = momentum * velocity[i] - lr * dw[i];
        w[i] += velocity[i];
    }
}

static const gt_optimizer_kind kinds[] = {
    {"adam", "Adam (Kingma and Ba 2015): lr, beta1, beta2, eps", {"m", "v"}, step_adam},
    {"sgd", "gradient descent with momentum: lr, momentum", {"velocity"}, step_sgd},
};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

const gt_optimizer_kind *gt_optimizer_kind_at(int index) {
    return index < KIND_COUNT ? &kinds[index] : NULL;
}

const gt_optimizer_kind *gt_optimizer_kind_find(const char *name) {
    for (int i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

void gt_optimizer_carve(gt_optimizer *optimizer, gt_arena *arena, size_t count) {
    for (int i = 0; i < GT_OPTIMIZER_STATES; i++)
        if (optimizer->kind->states[i] != NULL)
            optimizer->states[i] = gt_arena_take(arena, count, sizeof(gt_real));
    if (optimizer->settings.average_decay > 0)
        optimizer->average = gt_arena_take(arena, count, sizeof(gt_real));
}

double gt_optimizer_rate(const gt_optimizer *optimizer) {
    const gt_optimizer_settings *settings = &optimizer->settings;
    if (settings->lr_schedule != NULL && settings->lr_schedule->share != NULL)
        return gt_schedule_value(settings->lr_schedule, settings->lr, settings->lr_final,
                                 optimizer->updates, optimizer->length);
    if (settings->lr_decay <= 0 || settings->lr_decay == 1)
        return settings->lr;
    double rate = settings->lr * pow(settings->lr_decay, (double)optimizer->updates);
    return fmax(rate, fmin(settings->lr_floor, settings->lr));
}

double gt_optimizer_momentum(const gt_optimizer *optimizer) {
    const gt_optimizer_settings *settings = &optimizer->settings;
    if (settings->momentum_epochs < 1)
        return settings->momentum;
    double last = (double)settings->momentum_epochs - 1, epoch = (double)optimizer->epoch;
    double way = epoch < last ? epoch / last : 1;
    return settings->momentum + way * (settings->momentum_end - settings->momentum);
}

void gt_optimizer_begin_average(gt_optimizer *optimizer, const gt_real *w, size_t count) {
    if (optimizer->average != NULL)
        memcpy(optimizer->average, w, count * sizeof *w);
}

/* d of the update t, counting from 1. */
static double average_decay(const gt_optimizer_settings *settings, double t) {
    double ramp = settings->average_ramp;
    double most = ramp > 0 ? exp2(-1 / (ramp * t)) : (1 + t) / (10 + t);
    return fmin(settings->average_decay, most);
}

static void move_average(const struct update *update, long first, long last) {
    gt_real *average = update->optimizer->average;
    const gt_real *w = update->w, share = update->average_share;
#pragma omp simd
    for (long i = first; i < last; i++)
        average[i] += share * (w[i] - average[i]);
}

/* A block at a time, so that the weights are still in the cache when they are rounded and
 * averaged. */
static void step_part(void *context, long first, long last) {
    struct update *update = context;
    gt_bf16 *rounded = update->optimizer->rounded;
    for (long block = first; block < last; block += BLOCK) {
        long end = last - block > BLOCK ? block + BLOCK : last;
        update->optimizer->kind->step(update, block, end);
        if (rounded != NULL)
            gt_bf16_round(rounded + block, update->w + block, end - block);
        if (update->optimizer->average != NULL)
            move_average(update, block, end);
    }
}

void gt_optimizer_step(gt_optimizer *optimizer, gt_team *team, gt_real *w, const gt_real *dw,
                       size_t count) {
    struct update update = {.w = w,
                            .dw = dw,
                            .optimizer = optimizer,
                            .rate = gt_optimizer_rate(optimizer),
                            .momentum = gt_optimizer_momentum(optimizer)};
    double start = optimizer->profile != NULL ? gt_profile_now() : 0;
    double t = (double)++optimizer->updates;
    update.average_share = (gt_real)(1 - average_decay(&optimizer->settings, t));
    gt_team_run(team, step_part, &update, (long)count, GT_LOOP_UNIT, count > GT_LOOP_WORTH);
    if (optimizer->profile != NULL)
        gt_profile_add(optimizer->profile, optimizer->kind->name, start, 0);
}
