/* PNG by libspng, which refuses what the format forbids and checks every checksum. */
#include <spng.h>
#include <stdlib.h>
#include <string.h>

#include "data/orientation.h"
#include "data/picture_formats.h"

enum {
    MOST_SIDE = INT32_MAX, /* what the format allows: pixels are counted by ourselves */
    MOST_CHUNK = 32 << 20, /* bytes of a colour profile or a text, unpacked */
    BITS_16 = 16
};

static bool is_png(const void *bytes, size_t size) {
    return size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
}

static gt_status fail(int reason, gt_error *error) {
    if (reason == SPNG_IO_EOF)
        return gt_error_set(error, GT_FAILED, "is cut short");
    if (reason == SPNG_EMEM)
        return gt_error_set(error, GT_FAILED, "no memory for its pixels");
    return gt_error_set(error, GT_FAILED, "is damaged (%s)", spng_strerror(reason));
}

/* Opens a picture as far as its header. *context is owned by the caller; NULL after a failure. */
static gt_status open_png(spng_ctx **context, struct spng_ihdr *header, const void *bytes,
                          size_t size, gt_error *error) {
    *context = spng_ctx_new(0);
    if (*context == NULL)
        return fail(SPNG_EMEM, error);
    int reason = spng_set_crc_action(*context, SPNG_CRC_ERROR, SPNG_CRC_DISCARD);
    if (reason == 0)
        reason = spng_set_image_limits(*context, MOST_SIDE, MOST_SIDE);
    if (reason == 0)
        reason = spng_set_chunk_limits(*context, MOST_CHUNK, MOST_CHUNK);
    if (reason == 0)
        reason = spng_set_png_buffer(*context, bytes, size);
    if (reason == 0)
        reason = spng_get_ihdr(*context, header);
    gt_status status = reason != 0 ? fail(reason, error)
                                   : picture_check_size(header->width, header->height, error);
    if (status != GT_OK) {
        spng_ctx_free(*context);
        *context = NULL;
    }
    return status;
}

/* Whether a palette holds a colour that is not grey. */
static bool palette_is_colour(const struct spng_plte *palette) {
    for (uint32_t i = 0; i < palette->n_entries; i++) {
        const struct spng_plte_entry *entry = &palette->entries[i];
        if (entry->red != entry->green || entry->green != entry->blue)
            return true;
    }
    return false;
}

static bool has_transparency(spng_ctx *context, const struct spng_ihdr *header) {
    struct spng_trns transparency;
    return header->color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
           header->color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA ||
           spng_get_trns(context, &transparency) == 0;
}

static int find_orientation(spng_ctx *context) {
    struct spng_exif exif;
    if (spng_get_exif(context, &exif) != 0)
        return 1;
    return orientation_read((const unsigned char *)exif.data, exif.length);
}

static gt_status read_png_head(gt_picture_head *head, int *orientation, const void *bytes,
                               size_t size, gt_error *error) {
    spng_ctx *context;
    struct spng_ihdr header = {0};
    struct spng_plte palette;
    gt_status status = open_png(&context, &header, bytes, size, error);
    if (status != GT_OK)
        return status;
    head->width = (int)header.width;
    head->height = (int)header.height;
    head->is_colour = header.color_type == SPNG_COLOR_TYPE_TRUECOLOR ||
                      header.color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
    int reason = 0;
    if (header.color_type == SPNG_COLOR_TYPE_INDEXED) {
        reason = spng_get_plte(context, &palette);
        head->is_colour = reason == 0 && palette_is_colour(&palette);
    }
    head->has_alpha = reason == 0 && has_transparency(context, &header);
    *orientation = find_orientation(context);
    spng_ctx_free(context);
    return reason == 0 ? GT_OK : fail(reason, error);
}

/* 16 bits to 8 in place, rounded: 65535 becomes 255 exactly. */
static void reduce_bits(uint8_t *pixels, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint16_t value;
        memcpy(&value, pixels + 2 * i, sizeof value);
        pixels[i] = (uint8_t)((value + 128u) / 257);
    }
}

static gt_status decode_pixels(gt_bitmap *bitmap, spng_ctx *context, const struct spng_ihdr *header,
                               gt_error *error) {
    bool is_grey = header->color_type == SPNG_COLOR_TYPE_GRAYSCALE && header->bit_depth <= 8 &&
                   !has_transparency(context, header);
    bool is_deep = header->bit_depth == BITS_16;
    int format = is_grey ? SPNG_FMT_G8 : is_deep ? SPNG_FMT_RGBA16 : SPNG_FMT_RGBA8;
    size_t size;
    int reason = spng_decoded_image_size(context, format, &size);
    if (reason != 0)
        return fail(reason, error);
    bitmap->width = (int)header->width;
    bitmap->height = (int)header->height;
    bitmap->channels = is_grey ? 1 : 4;
    bitmap->pixels = malloc(size);
    if (bitmap->pixels == NULL)
        return fail(SPNG_EMEM, error);
    reason =
        spng_decode_image(context, bitmap->pixels, size, format, is_grey ? 0 : SPNG_DECODE_TRNS);
    if (reason != 0)
        return fail(reason, error);
    if (is_deep)
        reduce_bits(bitmap->pixels, size / 2);
    return GT_OK;
}

static gt_status decode_png(gt_bitmap *bitmap, int *orientation, const void *bytes, size_t size,
                            int width, int height, gt_error *error) {
    spng_ctx *context;
    struct spng_ihdr header;
    (void)width;
    (void)height;
    gt_status status = open_png(&context, &header, bytes, size, error);
    if (status != GT_OK)
        return status;
    status = decode_pixels(bitmap, context, &header, error);
    if (status == GT_OK)
        *orientation = find_orientation(context);
    spng_ctx_free(context);
    return status;
}

const struct picture_format picture_png = {"PNG", is_png, read_png_head, decode_png};
