/* The losses of a reconstruction, an image to a thread. Terms are made in gt_real, in loops that
 * the compiler vectorises, and summed in double. */
#include "gantrain/model/reconstruction.h"

#include <math.h>
#include <string.h>

#include "gantrain/base/elementary.h"

/* sum (y - x)^2: -log p of a normal distribution of variance 1/2 around y */
static double squared_loss(gt_real *dy, const gt_real *y, const gt_real *x, gt_real scale,
                           int pixels) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < pixels; i++) {
        gt_real difference = y[i] - x[i];
        sum += (double)(difference * difference);
        dy[i] = 2 * scale * difference;
    }
    return sum;
}

/* sum -x log p - (1 - x) log(1 - p), p = sigmoid(a). With softplus(a) = log(1 + exp(a)) it is
 * softplus(a) - x a, and its gradient is p - x: no logarithm of 0, whatever a is. */
static double bernoulli_loss(gt_real *da, const gt_real *a, const gt_real *x, gt_real scale,
                             int pixels) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < pixels; i++) {
        gt_real logit = a[i], pixel = x[i];
        gt_real size = logit < 0 ? -logit : logit, above = logit < 0 ? 0 : logit;
        gt_real e = real_exp(-size), p = (logit < 0 ? e : 1) / (1 + e);
        sum += (double)(above + real_log(1 + e) - pixel * logit);
        da[i] = scale * (p - pixel);
    }
    return sum;
}

#define HALF_LOG_PI 0.5723649429247001

static const gt_reconstruction rows_of_table[] = {
    {"squared", "sum of squared differences of pixels", false, HALF_LOG_PI, squared_loss},
    {"bernoulli", "cross-entropy of pixels in [0, 1], nats; takes generator.output = sigmoid", true,
     0, bernoulli_loss},
};

enum { ROW_COUNT = sizeof rows_of_table / sizeof *rows_of_table };

const gt_reconstruction *gt_reconstruction_at(int index) {
    return index < ROW_COUNT ? &rows_of_table[index] : NULL;
}

const gt_reconstruction *gt_reconstruction_find(const char *name) {
    for (int i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows_of_table[i].name, name) == 0)
            return &rows_of_table[i];
    return NULL;
}

/* The arguments of the loop over rows. */
struct losses {
    double *losses;
    gt_real *dy;
    const gt_reconstruction *reconstruction;
    const gt_real *y, *x;
    gt_real scale;
    long x_stride;
    int pixels;
};

static void find_losses(void *context, long first, long last) {
    const struct losses *loop = context;
    for (long row = first; row < last; row++)
        loop->losses[row] =
            loop->reconstruction->loss(loop->dy + row * loop->pixels, loop->y + row * loop->pixels,
                                       loop->x + row * loop->x_stride, loop->scale, loop->pixels);
}

void gt_reconstruction_losses(double *losses, gt_real *dy, const gt_reconstruction *reconstruction,
                              gt_team *team, const gt_real *y, const gt_real *x, bool one_image,
                              int rows, int pixels) {
    struct losses loop = {.losses = losses,
                          .dy = dy,
                          .reconstruction = reconstruction,
                          .y = y,
                          .x = x,
                          .scale = 1 / (gt_real)rows,
                          .x_stride = one_image ? 0 : pixels,
                          .pixels = pixels};
    gt_team_run(team, find_losses, &loop, rows, 1, (long)rows * pixels > GT_LOOP_WORTH);
}
