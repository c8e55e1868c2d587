/* PNG files. stb_image_write chooses the row filters and lays out the chunks; zlib, which is here
 * for the data anyway, compresses a tenth better than stb does; the bytes go out through
 * gt_file_save, so a picture is whole or not there. */
#include "gantrain/files/png.h"

#include <assert.h>
#include <stdlib.h>
#include <zlib.h>

#include "gantrain/files/file.h"

/* On a grid of digits level 9 saves 4 % of the bytes and takes ten times as long. */
enum { COMPRESSION = 6 };

/* What stb_image_write calls to compress; it frees the result. NULL without memory. */
static unsigned char *compress_pixels(unsigned char *bytes, int size, int *compressed_size,
                                      int quality) {
    (void)quality;
    uLong capacity = compressBound((uLong)size);
    unsigned char *compressed = malloc(capacity);
    if (compressed == NULL)
        return NULL;
    if (compress2(compressed, &capacity, bytes, (uLong)size, COMPRESSION) != Z_OK) {
        free(compressed);
        return NULL;
    }
    *compressed_size = (int)capacity;
    return compressed;
}

#define STBIW_ZLIB_COMPRESS compress_pixels
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
/* The header declares a function that it leaves out without stdio. */
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb_image_write.h>

gt_status gt_png_write(const char *path, const uint8_t *pixels, int height, int width, int channels,
                       gt_stop *stop, gt_error *error) {
    assert(height >= 1 && width >= 1 && (channels == 1 || channels == 3));
    if (height > GT_PNG_SIDE || width > GT_PNG_SIDE ||
        (int64_t)height * width * channels > GT_PNG_BYTES)
        return gt_error_set(error, GT_FAILED,
                            "%s: a picture of %d x %d pixels is too large: at most %d a side and "
                            "%d bytes in all: show fewer images",
                            path, width, height, GT_PNG_SIDE, GT_PNG_BYTES);
    int size;
    unsigned char *bytes = stbi_write_png_to_mem(pixels, 0, width, height, channels, &size);
    if (bytes == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for a picture of %d x %d pixels", path,
                            width, height);
    gt_stop_hold(stop);
    gt_status status = gt_stop_check(stop, error);
    if (status == GT_OK)
        status = gt_file_save(path, bytes, (size_t)size, error);
    gt_stop_release(stop);
    free(bytes);
    return status;
}
