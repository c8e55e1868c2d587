/* The losses of a reconstruction. Sums are taken row by row in double. */
#include "gantrain/model/reconstruction.h"

#include <math.h>
#include <string.h>

/* sum (y - x)^2 */
static double squared_loss(gt_real *dy, const gt_real *y, const gt_real *x, int rows, int pixels) {
    const gt_real scale = (gt_real)2 / (gt_real)rows;
    double sum = 0;
    for (long i = 0; i < (long)rows * pixels; i++) {
        gt_real difference = y[i] - x[i];
        sum += (double)difference * (double)difference;
        dy[i] = scale * difference;
    }
    return sum / rows;
}

/* sum -x log p - (1 - x) log(1 - p), p = sigmoid(a), in nats. With softplus(a) = log(1 + exp(a)) it
 * is softplus(a) - x a, and its gradient is p - x: no logarithm of 0, whatever a is. */
static double bernoulli_loss(gt_real *da, const gt_real *a, const gt_real *x, int rows,
                             int pixels) {
    const double scale = 1.0 / rows;
    double sum = 0;
    for (long i = 0; i < (long)rows * pixels; i++) {
        double logit = (double)a[i], e = exp(-fabs(logit)), pixel = (double)x[i];
        double p = (logit < 0 ? e : 1) / (1 + e);
        sum += fmax(logit, 0) + log1p(e) - pixel * logit;
        da[i] = (gt_real)(scale * (p - pixel));
    }
    return sum / rows;
}

static const gt_reconstruction rows_of_table[] = {
    {"squared", "sum of squared differences of pixels", false, squared_loss},
    {"bernoulli", "cross-entropy of pixels in [0, 1], nats; takes output = sigmoid", true,
     bernoulli_loss},
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
