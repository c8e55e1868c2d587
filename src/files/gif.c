/* Animated GIFs. One palette of 256 greys serves all grey frames, so their bytes are the pixels;
 * each frame in colour has a palette of its own. */
#include "gantrain/files/gif.h"

#include <assert.h>
#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

enum { COLOURS = 256, COLOUR_BITS = 8 };

/* What giflib calls with bytes of the file; fewer than it was given is a failure. */
static int write_bytes(GifFileType *encoder, const GifByteType *bytes, int count) {
    gt_gif *gif = encoder->UserData;
    return gt_file_write(&gif->writer, bytes, (size_t)count, &gif->failure) == GT_OK ? count : 0;
}

/* A call of giflib has failed: either the file could not be written, or giflib says why. */
static gt_status refuse(const gt_gif *gif, int code, gt_error *error) {
    const char *reason = GifErrorString(code);
    if (gif->failure.status != GT_OK)
        return gt_error_set(error, gif->failure.status, "%s", gif->failure.message);
    return gt_error_set(error, GT_FAILED, "%s: giflib cannot write it: %s", gif->writer.path,
                        reason != NULL ? reason : "unknown reason");
}

/* The extension by which browsers repeat an animation: how many times after the first, 0 for
 * ever. */
static bool put_repeats(GifFileType *encoder, int plays) {
    const int repeats = plays == 0 ? 0 : plays - 1;
    const GifByteType block[] = {1, (GifByteType)(repeats & 255), (GifByteType)(repeats >> 8)};
    if (plays == 1)
        return true;
    return EGifPutExtensionLeader(encoder, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
           EGifPutExtensionBlock(encoder, 11, "NETSCAPE2.0") == GIF_OK &&
           EGifPutExtensionBlock(encoder, sizeof block, block) == GIF_OK &&
           EGifPutExtensionTrailer(encoder) == GIF_OK;
}

static ColorMapObject *make_greys(void) {
    ColorMapObject *map = GifMakeMapObject(COLOURS, NULL);
    for (int i = 0; map != NULL && i < COLOURS; i++)
        map->Colors[i].Red = map->Colors[i].Green = map->Colors[i].Blue = (GifByteType)i;
    return map;
}

static gt_status put_head(gt_gif *gif, gt_error *error) {
    const int width = gif->width * gif->options.scale, height = gif->height * gif->options.scale;
    ColorMapObject *greys = gif->channels == 1 ? make_greys() : NULL;
    if (gif->channels == 1 && greys == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory", gif->writer.path);
    EGifSetGifVersion(gif->encoder, true);
    bool done = EGifPutScreenDesc(gif->encoder, width, height, COLOUR_BITS, 0, greys) == GIF_OK &&
                put_repeats(gif->encoder, gif->options.plays);
    GifFreeMapObject(greys);
    return done ? GT_OK : refuse(gif, gif->encoder->Error, error);
}

static size_t pixels_of(const gt_gif *gif) {
    return (size_t)gif->width * (size_t)gif->height;
}

static gt_status open_encoder(gt_gif *gif, gt_error *error) {
    int code = 0;
    /* A line as it is written; of colours also their three planes, and the palette's indices. */
    size_t line = (size_t)gif->width * (size_t)gif->options.scale;
    gif->work = malloc(line + (gif->channels == 3 ? 4 * pixels_of(gif) : 0));
    if (gif->work == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory", gif->writer.path);
    gif->encoder = EGifOpen(gif, write_bytes, &code);
    return gif->encoder != NULL ? put_head(gif, error) : refuse(gif, code, error);
}

gt_status gt_gif_begin(gt_gif *gif, const char *path, int width, int height, int channels,
                       const gt_gif_options *options, gt_error *error) {
    assert(width >= 1 && height >= 1 && (channels == 1 || channels == 3) && options->scale >= 1);
    *gif = (gt_gif){.width = width, .height = height, .channels = channels, .options = *options};
    if (width > GT_GIF_SIDE / options->scale || height > GT_GIF_SIDE / options->scale)
        return gt_error_set(error, GT_FAILED,
                            "%s: %d x %d pixels, %d times as large, are too many for a GIF: at "
                            "most %d a side",
                            path, width, height, options->scale, GT_GIF_SIDE);
    gt_status status = gt_file_begin(&gif->writer, path, error);
    if (status == GT_OK)
        status = open_encoder(gif, error);
    if (status != GT_OK)
        gt_gif_abort(gif);
    return status;
}

/* Chooses a palette for a frame in colour, and sets indices (height, width) into it. NULL: no
 * memory. */
static ColorMapObject *choose_palette(uint8_t *indices, const gt_gif *gif, const uint8_t *pixels) {
    const size_t count = pixels_of(gif);
    uint8_t *red = indices + count, *green = red + count, *blue = green + count;
    GifColorType colours[COLOURS] = {{0}};
    int colour_count = COLOURS;
    for (size_t i = 0; i < count; i++) {
        red[i] = pixels[3 * i];
        green[i] = pixels[3 * i + 1];
        blue[i] = pixels[3 * i + 2];
    }
    if (GifQuantizeBuffer((unsigned)gif->width, (unsigned)gif->height, &colour_count, red, green,
                          blue, indices, colours) != GIF_OK)
        return NULL;
    return GifMakeMapObject(COLOURS, colours);
}

/* Writes indices (height, width) into a palette, each scale x scale times. */
static bool put_lines(gt_gif *gif, const uint8_t *indices) {
    const int scale = gif->options.scale;
    uint8_t *line = gif->work;
    for (int row = 0; row < gif->height; row++, indices += gif->width)
        for (int copy = 0; copy < scale; copy++) {
            for (int i = 0; i < gif->width; i++) /* giflib changes the line that it is given */
                memset(line + (size_t)i * (size_t)scale, indices[i], (size_t)scale);
            if (EGifPutLine(gif->encoder, line, gif->width * scale) != GIF_OK)
                return false;
        }
    return true;
}

gt_status gt_gif_add(gt_gif *gif, const uint8_t *pixels, gt_error *error) {
    const int width = gif->width * gif->options.scale, height = gif->height * gif->options.scale;
    const GraphicsControlBlock control = {.DisposalMode = DISPOSE_DO_NOT,
                                          .DelayTime = (gif->options.delay_milliseconds + 5) / 10,
                                          .TransparentColor = NO_TRANSPARENT_COLOR};
    GifByteType block[4];
    const uint8_t *indices = pixels;
    ColorMapObject *palette = NULL;
    if (gif->channels == 3) {
        uint8_t *chosen = gif->work + (size_t)width;
        palette = choose_palette(chosen, gif, pixels);
        indices = chosen;
        if (palette == NULL)
            return gt_error_set(error, GT_FAILED, "%s: no memory for the colours of a frame",
                                gif->writer.path);
    }
    const int size = (int)EGifGCBToExtension(&control, block);
    bool done = EGifPutExtension(gif->encoder, GRAPHICS_EXT_FUNC_CODE, size, block) == GIF_OK &&
                EGifPutImageDesc(gif->encoder, 0, 0, width, height, false, palette) == GIF_OK &&
                put_lines(gif, indices);
    GifFreeMapObject(palette);
    return done ? GT_OK : refuse(gif, gif->encoder->Error, error);
}

gt_status gt_gif_commit(gt_gif *gif, gt_error *error) {
    int code = 0;
    bool ended = EGifCloseFile(gif->encoder, &code) == GIF_OK;
    gif->encoder = NULL;
    gt_status status = ended ? gt_file_commit(&gif->writer, error) : refuse(gif, code, error);
    gt_gif_abort(gif);
    return status;
}

void gt_gif_abort(gt_gif *gif) {
    if (gif->encoder != NULL)
        (void)EGifCloseFile(gif->encoder, NULL);
    gif->encoder = NULL;
    gt_file_abort(&gif->writer);
    free(gif->work);
    gif->work = NULL;
}
