/* Gradients against central differences, in double: every component of a gradient that backward
 * passes computed is compared with (loss(w + h) - loss(w - h)) / 2h, h = 1e-5. Differences of a
 * loss near 1 carry an error of 1e-11, so a relative error of 1e-6 can be told for components from
 * 1e-4 on (and for a larger loss from as many times more); smaller ones are compared as if they
 * were that large. Include it after cmocka.h. */
#ifndef TESTS_GRADIENT_CHECK_H
#define TESTS_GRADIENT_CHECK_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/real.h"

_Static_assert(sizeof(gt_real) == sizeof(double), "gradients are checked in double");

static const double gradient_step = 1e-5, gradient_tolerance = 1e-6, gradient_floor = 1e-4;

/* Runs the forward passes with the numbers as they are and returns the loss. */
typedef double (*gradient_loss)(void *context);

/* Numbers of either sign and a size between `smallest` and `largest`, the same every time. */
static inline void gradient_fill(double *numbers, size_t count, double smallest, double largest,
                                 uint64_t seed) {
    for (size_t i = 0; i < count; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        double unit = (double)(seed >> 33) / 2147483648.0;
        numbers[i] = smallest + (largest - smallest) * unit;
        if (seed >> 32 & 1)
            numbers[i] = -numbers[i];
    }
}

/* The largest relative error of `gradient` (count), which claims to be the loss's at `values`. */
static inline double gradient_error(gradient_loss loss, void *context, double *values,
                                    const double *gradient, size_t count) {
    double largest = 0, floor = gradient_floor * fmax(1, fabs(loss(context)));
    for (size_t i = 0; i < count; i++) {
        double value = values[i];
        values[i] = value + gradient_step;
        double above = loss(context);
        values[i] = value - gradient_step;
        double below = loss(context);
        values[i] = value;
        double numeric = (above - below) / (2 * gradient_step);
        double size = fmax(fmax(fabs(numeric), fabs(gradient[i])), floor);
        double error = fabs(gradient[i] - numeric) / size;
        if (!(error <= largest))
            largest = error;
    }
    return largest;
}

/* A check of nothing but zeros shows nothing: at least a tenth of the components must be large
 * enough to be told. */
static inline void gradient_assert_alive(const char *what, const double *gradient, size_t count) {
    size_t alive = 0;
    for (size_t i = 0; i < count; i++)
        alive += fabs(gradient[i]) > gradient_floor;
    if (alive == 0 || alive < count / 10)
        fail_msg("%s: only %zu of %zu components are not 0", what, alive, count);
}

/* Fails unless the gradient is alive and right. loss may overwrite `gradient`. */
static inline void gradient_check(const char *what, gradient_loss loss, void *context,
                                  double *values, const double *gradient, size_t count) {
    double *claimed = malloc(count * sizeof *claimed);
    memcpy(claimed, gradient, count * sizeof *claimed);
    gradient_assert_alive(what, claimed, count);
    double error = gradient_error(loss, context, values, claimed, count);

    /* That the check can fail: the same gradient with 1 % added to its largest component. */
    size_t largest = 0;
    for (size_t i = 0; i < count; i++)
        if (fabs(claimed[i]) > fabs(claimed[largest]))
            largest = i;
    double wrong = claimed[largest] * 1.01;
    double caught = gradient_error(loss, context, values + largest, &wrong, 1);
    free(claimed);
    print_message("%s: relative error %.1e of %zu components\n", what, error, count);
    if (!(error <= gradient_tolerance))
        fail_msg("%s: relative error %.3g", what, error);
    assert_true(caught > 1e-3);
}

#endif
