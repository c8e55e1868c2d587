/* Frames of a GIF, decoded by giflib, and what says how they are shown. Include it after helpers.h. */
#ifndef TESTS_GIF_H
#define TESTS_GIF_H

#include <gif_lib.h>

#include "helpers.h"

/* The caller closes it by DGifCloseFile. */
static inline GifFileType *get_gif(const char *path) {
    int code = 0;
    GifFileType *gif = DGifOpenFileName(path, &code);
    assert_non_null(gif);
    assert_int_equal(DGifSlurp(gif), GIF_OK);
    return gif;
}

/* The red, green and blue of a pixel of a frame. */
static inline GifColorType colour_at(const GifFileType *gif, int frame, int x, int y) {
    const SavedImage *image = &gif->SavedImages[frame];
    const ColorMapObject *map =
        image->ImageDesc.ColorMap != NULL ? image->ImageDesc.ColorMap : gif->SColorMap;
    assert_non_null(map);
    return map->Colors[image->RasterBits[y * image->ImageDesc.Width + x]];
}

/* A grey frame, each pixel scale x scale times, is exactly pixels (height, width). */
static inline void assert_frame(const GifFileType *gif, int frame, const uint8_t *pixels, int width,
                                int height, int scale) {
    const GifImageDesc *desc = &gif->SavedImages[frame].ImageDesc;
    assert_int_equal(desc->Width, width * scale);
    assert_int_equal(desc->Height, height * scale);
    for (int y = 0; y < height * scale; y++)
        for (int x = 0; x < width * scale; x++) {
            const GifColorType colour = colour_at(gif, frame, x, y);
            assert_int_equal(colour.Red, pixels[y / scale * width + x / scale]);
            assert_true(colour.Red == colour.Green && colour.Red == colour.Blue);
        }
}

/* Hundredths of a second. */
static inline int delay_of(GifFileType *gif, int frame) {
    GraphicsControlBlock control;
    assert_int_equal(DGifSavedExtensionToGCB(gif, frame, &control), GIF_OK);
    return control.DelayTime;
}

/* Repeats after the first time, 0 for ever; -1: it is not repeated. */
static inline int repeats_of(const GifFileType *gif) {
    const SavedImage *first = &gif->SavedImages[0];
    for (int i = 0; i + 1 < first->ExtensionBlockCount; i++) {
        const ExtensionBlock *block = &first->ExtensionBlocks[i];
        if (block->Function == APPLICATION_EXT_FUNC_CODE && block->ByteCount == 11 &&
            memcmp(block->Bytes, "NETSCAPE2.0", 11) == 0)
            return block[1].Bytes[1] | block[1].Bytes[2] << 8;
    }
    return -1;
}

#endif
