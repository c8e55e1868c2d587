/* Shapes in words. */
#include "gantrain/base/shape.h"

#include <stdio.h>

const char *gt_shape_format_image(char text[GT_SHAPE_TEXT], gt_shape shape) {
    if (shape.channels == 1)
        snprintf(text, GT_SHAPE_TEXT, "%dx%d", shape.height, shape.width);
    else
        snprintf(text, GT_SHAPE_TEXT, "%dx%dx%d", shape.height, shape.width, shape.channels);
    return text;
}

const char *gt_shape_format(char text[GT_SHAPE_TEXT], gt_shape shape) {
    if (shape.height == 1 && shape.width == 1)
        snprintf(text, GT_SHAPE_TEXT, "%d", shape.channels);
    else
        snprintf(text, GT_SHAPE_TEXT, "%dx%dx%d", shape.channels, shape.height, shape.width);
    return text;
}
