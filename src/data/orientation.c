/* Reads one tag of EXIF data and turns bitmaps by it. Every offset is checked against the end. */
#include "data/orientation.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { UPRIGHT = 1, LAST_ORIENTATION = 8, TAG = 0x0112, ENTRY = 12, HEADER = 8 };

/* A number of `size` bytes at `at`, which must be within the data. */
static uint32_t number_at(const unsigned char *exif, size_t at, int size) {
    bool is_big_endian = exif[0] == 'M';
    uint32_t number = 0;
    for (int i = 0; i < size; i++)
        number = number << 8 | exif[at + (size_t)(is_big_endian ? i : size - 1 - i)];
    return number;
}

int orientation_read(const unsigned char *exif, size_t size) {
    if (size < HEADER || (memcmp(exif, "II*\0", 4) != 0 && memcmp(exif, "MM\0*", 4) != 0))
        return UPRIGHT;
    size_t directory = number_at(exif, 4, 4);
    if (directory > size - 2)
        return UPRIGHT;
    size_t entries = number_at(exif, directory, 2);
    for (size_t i = 0; i < entries; i++) {
        size_t at = directory + 2 + i * ENTRY;
        if (at + ENTRY > size)
            break;
        if (number_at(exif, at, 2) != TAG)
            continue;
        uint32_t value = number_at(exif, at + 8, 2);
        return value >= UPRIGHT && value <= LAST_ORIENTATION ? (int)value : UPRIGHT;
    }
    return UPRIGHT;
}

bool orientation_is_sideways(int orientation) {
    return orientation >= 5;
}

bool orientation_undo(gt_bitmap *bitmap, int orientation) {
    if (orientation == UPRIGHT)
        return true;
    bool sideways = orientation_is_sideways(orientation);
    bool flips_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool flips_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    gt_bitmap upright = {.width = sideways ? bitmap->height : bitmap->width,
                         .height = sideways ? bitmap->width : bitmap->height,
                         .channels = bitmap->channels};
    size_t channels = (size_t)bitmap->channels;
    upright.pixels = malloc((size_t)upright.width * (size_t)upright.height * channels);
    if (upright.pixels == NULL)
        return false;
    uint8_t *to = upright.pixels;
    for (int y = 0; y < upright.height; y++)
        for (int x = 0; x < upright.width; x++, to += channels) {
            int from_x = sideways ? y : x, from_y = sideways ? x : y;
            if (flips_x)
                from_x = bitmap->width - 1 - from_x;
            if (flips_y)
                from_y = bitmap->height - 1 - from_y;
            size_t from = (size_t)from_y * (size_t)bitmap->width + (size_t)from_x;
            memcpy(to, bitmap->pixels + from * channels, channels);
        }
    gt_bitmap_free(bitmap);
    *bitmap = upright;
    return true;
}
