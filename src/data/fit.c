/* Area averaging in whole numbers. Along an axis of `from` pixels that become `to`, lengths are
 * counted in units of 1 / (from to) of the axis: a pixel of the picture is `to` units long and one
 * of the result `from`, so every overlap is a whole number. Colours are weighted by alpha, and the
 * background by what is left of it, before they are averaged: else the colour of pixels that cannot
 * be seen would come through at edges. */
#include "gantrain/data/fit.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const mode_names[] = {"crop", "pad", "stretch"};

enum { MODES = sizeof mode_names / sizeof *mode_names, OPAQUE = 255 };

/* Rec. 601, in thousandths. */
static const uint64_t luma[3] = {299, 587, 114};
enum { LUMA_SUM = 1000 };

const char *gt_fit_mode_name(int mode) {
    return mode < MODES ? mode_names[mode] : NULL;
}

gt_fit_mode gt_fit_mode_find(const char *name) {
    int mode = 0;
    while (mode < MODES - 1 && strcmp(mode_names[mode], name) != 0)
        mode++;
    return (gt_fit_mode)mode;
}

void gt_bitmap_free(gt_bitmap *bitmap) {
    free(bitmap->pixels);
    *bitmap = (gt_bitmap){0};
}

/* A rectangle of pixels. */
struct rectangle {
    int left, top, width, height;
};

/* value * over / under, rounded; at least 1. */
static int scale(int value, int over, int under) {
    int64_t scaled = ((int64_t)value * over + under / 2) / under;
    return scaled > 1 ? (int)scaled : 1;
}

/* Which part of the picture goes to which part of the image. */
static void choose_parts(struct rectangle *from, struct rectangle *to, const gt_bitmap *bitmap,
                         const gt_fit *fit) {
    int width = fit->shape.width, height = fit->shape.height;
    bool is_wider = (int64_t)bitmap->width * height > (int64_t)bitmap->height * width;
    *from = (struct rectangle){0, 0, bitmap->width, bitmap->height};
    *to = (struct rectangle){0, 0, width, height};
    if (fit->mode == GT_FIT_CROP && is_wider)
        from->width = scale(bitmap->height, width, height);
    else if (fit->mode == GT_FIT_CROP)
        from->height = scale(bitmap->width, height, width);
    if (fit->mode == GT_FIT_PAD && is_wider)
        to->height = scale(bitmap->height, width, bitmap->width);
    else if (fit->mode == GT_FIT_PAD)
        to->width = scale(bitmap->width, height, bitmap->height);
    from->left = (bitmap->width - from->width) / 2;
    from->top = (bitmap->height - from->height) / 2;
    to->left = (width - to->width) / 2;
    to->top = (height - to->height) / 2;
}

/* The work on one picture. Sums are of colours times alpha, 0 to 255 * 255. */
struct work {
    const gt_bitmap *bitmap;
    const gt_fit *fit;
    struct rectangle from, to;
    int channels;     /* of the sums: 1 where bitmap is grey, else 3 */
    uint32_t *colour; /* (from.width, channels): a row of the picture over the background */
    uint64_t *row;    /* (to.width, channels): the same, averaged along x */
    uint64_t *total;  /* (to.width, channels): rows of the picture that one of the image covers */
};

/* Sets work->colour to row y of the picture. */
static void compose_row(const struct work *work, int y) {
    const gt_bitmap *bitmap = work->bitmap;
    int channels = bitmap->channels;
    const uint8_t *pixel = bitmap->pixels + ((size_t)(work->from.top + y) * (size_t)bitmap->width +
                                             (size_t)work->from.left) *
                                                (size_t)channels;
    uint32_t *colour = work->colour;
    for (int x = 0; x < work->from.width; x++, pixel += channels, colour += work->channels) {
        uint32_t alpha = channels == 4 ? pixel[3] : OPAQUE;
        for (int c = 0; c < work->channels; c++)
            colour[c] = pixel[c] * alpha + work->fit->background[c] * (OPAQUE - alpha);
    }
}

/* The overlap of pixel `pixel` of an axis of `from` with pixel `at` of its `to`, in units. */
static uint64_t overlap(int64_t pixel, int64_t at, int64_t from, int64_t to) {
    int64_t begin = pixel * to > at * from ? pixel * to : at * from;
    int64_t end = (pixel + 1) * to < (at + 1) * from ? (pixel + 1) * to : (at + 1) * from;
    return (uint64_t)(end - begin);
}

/* The first pixel of an axis of `from` that pixel `at` of its `to` covers, and the one after the
 * last. */
static int first_covered(int64_t at, int from, int to) {
    return (int)(at * from / to);
}

static int end_covered(int64_t at, int from, int to) {
    return (int)(((at + 1) * from + to - 1) / to);
}

/* Sets work->row from work->colour. */
static void average_row(const struct work *work) {
    int from = work->from.width, to = work->to.width, channels = work->channels;
    memset(work->row, 0, (size_t)to * (size_t)channels * sizeof *work->row);
    for (int x = 0; x < to; x++)
        for (int i = first_covered(x, from, to); i < end_covered(x, from, to); i++) {
            uint64_t weight = overlap(i, x, from, to);
            for (int c = 0; c < channels; c++)
                work->row[x * channels + c] += weight * work->colour[i * channels + c];
        }
}

/* Writes work->total, sums over `area` units times OPAQUE, as a row of pixels. */
static void finish_row(uint8_t *pixel, const struct work *work, uint64_t area) {
    int channels = work->fit->shape.channels;
    for (int x = 0; x < work->to.width; x++, pixel += channels) {
        const uint64_t *sum = work->total + x * work->channels;
        if (channels == 1 && work->channels == 3) {
            uint64_t grey = luma[0] * sum[0] + luma[1] * sum[1] + luma[2] * sum[2];
            pixel[0] = (uint8_t)((grey + area * LUMA_SUM / 2) / (area * LUMA_SUM));
        } else {
            for (int c = 0; c < channels; c++)
                pixel[c] = (uint8_t)((sum[work->channels == 1 ? 0 : c] + area / 2) / area);
        }
    }
}

static void average(uint8_t *image, const struct work *work) {
    const gt_shape shape = work->fit->shape;
    int from = work->from.height, to = work->to.height, in_row = -1;
    size_t sums = (size_t)work->to.width * (size_t)work->channels;
    uint64_t area = (uint64_t)work->from.width * (uint64_t)from * OPAQUE;
    for (int y = 0; y < to; y++) {
        memset(work->total, 0, sums * sizeof *work->total);
        for (int i = first_covered(y, from, to); i < end_covered(y, from, to); i++) {
            if (i != in_row) {
                compose_row(work, i);
                average_row(work);
                in_row = i;
            }
            uint64_t weight = overlap(i, y, from, to);
            for (size_t sum = 0; sum < sums; sum++)
                work->total[sum] += weight * work->row[sum];
        }
        size_t at = (size_t)(work->to.top + y) * (size_t)shape.width + (size_t)work->to.left;
        finish_row(image + at * (size_t)shape.channels, work, area);
    }
}

static void fill_background(uint8_t *image, const gt_fit *fit) {
    const uint8_t *b = fit->background;
    uint64_t grey = luma[0] * b[0] + luma[1] * b[1] + luma[2] * b[2];
    uint8_t colour[3] = {b[0], b[1], b[2]};
    if (fit->shape.channels == 1)
        colour[0] = (uint8_t)((grey + LUMA_SUM / 2) / LUMA_SUM);
    int pixels = fit->shape.width * fit->shape.height;
    for (int i = 0; i < pixels; i++)
        memcpy(image + i * fit->shape.channels, colour, (size_t)fit->shape.channels);
}

bool gt_fit_bitmap(uint8_t *image, const gt_bitmap *bitmap, const gt_fit *fit) {
    const gt_shape shape = fit->shape;
    if (bitmap->width == shape.width && bitmap->height == shape.height &&
        bitmap->channels == shape.channels) {
        memcpy(image, bitmap->pixels, (size_t)gt_shape_size(shape));
        return true;
    }
    struct work work = {.bitmap = bitmap, .fit = fit, .channels = bitmap->channels == 1 ? 1 : 3};
    choose_parts(&work.from, &work.to, bitmap, fit);
    size_t channels = (size_t)work.channels, to = (size_t)work.to.width * channels;
    work.colour = malloc((size_t)work.from.width * channels * sizeof *work.colour);
    work.row = malloc(2 * to * sizeof *work.row);
    bool has_memory = work.colour != NULL && work.row != NULL;
    if (has_memory) {
        work.total = work.row + to;
        if (work.to.width != shape.width || work.to.height != shape.height)
            fill_background(image, fit);
        average(image, &work);
    }
    free(work.colour);
    free(work.row);
    return has_memory;
}
