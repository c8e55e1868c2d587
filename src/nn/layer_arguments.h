/* Arguments that several kinds of layers take, as rows of a kind's table. */
#ifndef GANTRAIN_NN_LAYER_ARGUMENTS_H
#define GANTRAIN_NN_LAYER_ARGUMENTS_H

#include <math.h>

#include "gantrain/nn/layer.h"

/* A whole number that must be given. */
#define WHOLE_ARGUMENT(title, least, most)                                                         \
    { .name = title, .lowest = least, .highest = most, .fallback = NAN, .whole = true }

/* How many classes a layer is told. */
#define CLASSES_ARGUMENT WHOLE_ARGUMENT("CLASSES", 1, GT_LAYER_CLASSES)

#endif
