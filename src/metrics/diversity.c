/* Mean distances from variances: component by component. */
#include "gantrain/metrics/diversity.h"

#include <math.h>

static double component(const gt_vectors *vectors, uint32_t index, int column) {
    return gt_vectors_number(vectors, (size_t)index * (size_t)vectors->width + (size_t)column);
}

double gt_diversity(const gt_vectors *vectors) {
    double squares = 0, n = vectors->count;
    if (vectors->count < 2)
        return 0;
    for (int column = 0; column < vectors->width; column++) {
        /* From the first vector, not from 0: then equal vectors have a mean without rounding. */
        double first = component(vectors, 0, column), mean = 0;
        for (uint32_t i = 0; i < vectors->count; i++)
            mean += (component(vectors, i, column) - first) / n;
        for (uint32_t i = 0; i < vectors->count; i++) {
            double deviation = component(vectors, i, column) - first - mean;
            squares += deviation * deviation;
        }
    }
    return sqrt(2 / (n - 1) * squares);
}
