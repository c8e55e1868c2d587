/* Sample grids: cells are copied a row of pixels at a time into one picture that starts out
 * mid-grey, so spaces and empty cells need no code of their own. */
#include "gantrain/files/grid.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/files/png.h"

enum { SPACE = 1, SPACE_COLOUR = 128, BAND = 2, BAND_COLOUR = 255 };

void gt_pixels_from_reals(uint8_t *pixels, const gt_real *values, gt_real low, gt_real high,
                          long count) {
    gt_real scale = 255 / (high - low);
    for (long i = 0; i < count; i++) {
        gt_real value = (values[i] - low) * scale;
        /* Written so that a NaN, which compares false, becomes 0. */
        value = value > 0 ? value : 0;
        value = value < 255 ? value : 255;
        pixels[i] = (uint8_t)(value + (gt_real)0.5);
    }
}

/* Length of `count` cells of `size` with spaces between them. */
static int64_t span(int64_t count, int64_t size) {
    return count * (size + SPACE) - SPACE;
}

/* How many cells of `size` fit into `length`: the inverse of span. */
static int64_t cells_within(int64_t length, int64_t size) {
    return (length + SPACE) / (size + SPACE);
}

/* bands: pixels that a picture is wider by. */
static gt_status check_size(const char *path, uint32_t count, int columns, gt_shape shape,
                            int bands, gt_error *error) {
    int64_t picture_width = span(columns, shape.width) + bands;
    int64_t rows = ((int64_t)count + columns - 1) / columns;
    if (picture_width > GT_PNG_SIDE)
        return gt_error_set(error, GT_FAILED,
                            "%s: %d columns of images %d pixels wide are too many: at most "
                            "%" PRId64 " fit",
                            path, columns, shape.width,
                            cells_within(GT_PNG_SIDE - bands, shape.width));
    int64_t most_height = GT_PNG_BYTES / (picture_width * shape.channels);
    if (most_height > GT_PNG_SIDE)
        most_height = GT_PNG_SIDE;
    if (span(rows, shape.height) > most_height)
        return gt_error_set(error, GT_FAILED,
                            "%s: %" PRIu32 " images are too many for one picture: at %d columns "
                            "%" PRId64 " fit",
                            path, count, columns,
                            cells_within(most_height, shape.height) * columns);
    return GT_OK;
}

gt_status gt_grid_check(const char *path, uint32_t count, int columns, gt_shape shape,
                        gt_error *error) {
    return check_size(path, count, columns, shape, 0, error);
}

/* is_marked: the last column stands between bands. */
static gt_status write_grid(const char *path, const uint8_t *images, uint32_t count, int columns,
                            gt_shape shape, bool is_marked, gt_stop *stop, gt_error *error) {
    int band = is_marked ? BAND : 0;
    assert(count >= 1 && columns >= 1 && shape.height >= 1 && shape.width >= 1);
    gt_status status = check_size(path, count, columns, shape, 2 * band, error);
    if (status != GT_OK)
        return status;
    uint32_t rows = (uint32_t)(((uint64_t)count + (uint32_t)columns - 1) / (uint32_t)columns);
    int picture_height = (int)span(rows, shape.height),
        picture_width = (int)span(columns, shape.width) + 2 * band;
    size_t stride = (size_t)picture_width * (size_t)shape.channels;
    size_t line = (size_t)shape.width * (size_t)shape.channels;
    uint8_t *picture = malloc(stride * (size_t)picture_height);
    if (picture == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for a picture of %d x %d pixels", path,
                            picture_width, picture_height);
    memset(picture, SPACE_COLOUR, stride * (size_t)picture_height);
    size_t last_column = (size_t)(columns - 1) * (size_t)(shape.width + SPACE);
    for (int y = 0; is_marked && y < picture_height; y++)
        memset(picture + (size_t)y * stride + last_column * (size_t)shape.channels, BAND_COLOUR,
               line + 2 * BAND * (size_t)shape.channels);
    for (uint32_t image = 0; image < count; image++) {
        size_t top = (size_t)image / (size_t)columns * (size_t)(shape.height + SPACE);
        size_t left = (size_t)image % (size_t)columns * (size_t)(shape.width + SPACE);
        left += left == last_column ? (size_t)band : 0;
        uint8_t *to = picture + top * stride + left * (size_t)shape.channels;
        const uint8_t *from = images + (size_t)image * line * (size_t)shape.height;
        for (int y = 0; y < shape.height; y++)
            memcpy(to + (size_t)y * stride, from + (size_t)y * line, line);
    }
    status =
        gt_png_write(path, picture, picture_height, picture_width, shape.channels, stop, error);
    free(picture);
    return status;
}

gt_status gt_grid_write(const char *path, const uint8_t *images, uint32_t count, int columns,
                        gt_shape shape, gt_stop *stop, gt_error *error) {
    return write_grid(path, images, count, columns, shape, false, stop, error);
}

gt_status gt_grid_write_marked(const char *path, const uint8_t *images, uint32_t count, int columns,
                               gt_shape shape, gt_stop *stop, gt_error *error) {
    return write_grid(path, images, count, columns, shape, true, stop, error);
}
