/* Pictures made for tests: any kind of PNG and JPEG, by the libraries that write them. Include it
 * after helpers.h. */
#ifndef TESTS_DATA_PICTURES_H
#define TESTS_DATA_PICTURES_H

#include <stdbool.h>

#include <spng.h>
#include <jpeglib.h>

/* A file in memory. */
typedef struct made {
    unsigned char *bytes; /* free */
    size_t size;
} made;

/* How a PNG is to be written. pixels are as the format has them: rows of packed samples, 16-bit
 * ones in the machine's byte order. */
typedef struct png_plan {
    int width, height, bits, colour_type;
    bool is_interlaced;
    const void *pixels;
    size_t size; /* of pixels, bytes */
    const struct spng_plte *palette;
    const struct spng_trns *transparency;
    const char *exif;
    size_t exif_size;
} png_plan;

static inline made make_png(const png_plan *plan) {
    made result;
    int failed;
    spng_ctx *context = spng_ctx_new(SPNG_CTX_ENCODER);
    struct spng_ihdr header = {.width = (uint32_t)plan->width,
                               .height = (uint32_t)plan->height,
                               .bit_depth = (uint8_t)plan->bits,
                               .color_type = (uint8_t)plan->colour_type,
                               .interlace_method = plan->is_interlaced};
    assert_int_equal(spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1), 0);
    assert_int_equal(spng_set_ihdr(context, &header), 0);
    if (plan->palette != NULL)
        assert_int_equal(spng_set_plte(context, (struct spng_plte *)plan->palette), 0);
    if (plan->transparency != NULL)
        assert_int_equal(spng_set_trns(context, (struct spng_trns *)plan->transparency), 0);
    struct spng_exif exif = {.length = plan->exif_size, .data = (char *)plan->exif};
    if (plan->exif != NULL)
        assert_int_equal(spng_set_exif(context, &exif), 0);
    assert_int_equal(
        spng_encode_image(context, plan->pixels, plan->size, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE),
        0);
    result.bytes = spng_get_png_buffer(context, &result.size, &failed);
    assert_non_null(result.bytes);
    spng_ctx_free(context);
    return result;
}

/* 8-bit grey, red-green-blue, or with alpha. */
static inline made make_plain_png(int width, int height, int channels, const uint8_t *pixels) {
    static const int types[] = {0, SPNG_COLOR_TYPE_GRAYSCALE, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA,
                                SPNG_COLOR_TYPE_TRUECOLOR, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA};
    return make_png(&(png_plan){.width = width,
                                .height = height,
                                .bits = 8,
                                .colour_type = types[channels],
                                .pixels = pixels,
                                .size = (size_t)width * (size_t)height * (size_t)channels});
}

/* One colour; of 1 or 3 channels. */
static inline made make_flat_png(int width, int height, int channels, uint8_t value) {
    size_t size = (size_t)width * (size_t)height * (size_t)channels;
    uint8_t *pixels = malloc(size);
    memset(pixels, value, size);
    made result = make_plain_png(width, height, channels, pixels);
    free(pixels);
    return result;
}

/* A JPEG; exif, if not NULL, begins with its TIFF header. channels 4: CMYK. */
static inline made make_jpeg(int width, int height, int channels, const uint8_t *pixels,
                             bool is_progressive, const void *exif, size_t exif_size) {
    struct jpeg_compress_struct library;
    struct jpeg_error_mgr errors;
    made result = {0};
    unsigned long size = 0;
    library.err = jpeg_std_error(&errors);
    jpeg_create_compress(&library);
    jpeg_mem_dest(&library, &result.bytes, &size);
    library.image_width = (unsigned)width;
    library.image_height = (unsigned)height;
    library.input_components = channels;
    library.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&library);
    jpeg_set_quality(&library, 100, TRUE);
    for (int c = 0; c < library.num_components; c++)
        library.comp_info[c].h_samp_factor = library.comp_info[c].v_samp_factor = 1;
    if (is_progressive)
        jpeg_simple_progression(&library);
    jpeg_start_compress(&library, TRUE);
    if (exif != NULL) {
        unsigned char marker[1024] = "Exif\0";
        memcpy(marker + 6, exif, exif_size);
        jpeg_write_marker(&library, JPEG_APP0 + 1, marker, (unsigned)(6 + exif_size));
    }
    for (int y = 0; y < height; y++) {
        JSAMPROW row = (JSAMPROW)pixels + (size_t)y * (size_t)width * (size_t)channels;
        jpeg_write_scanlines(&library, &row, 1);
    }
    jpeg_finish_compress(&library);
    jpeg_destroy_compress(&library);
    result.size = size;
    return result;
}

/* EXIF data that state an orientation, in either byte order. Returns its size. */
static inline size_t make_exif(unsigned char exif[64], int orientation, bool is_big_endian) {
    static const unsigned char big[] = {'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 1, 0x12, 0,
                                        3,   0,   0, 0,   1, 0, 0, 0, 0, 0, 0, 0,    0};
    unsigned char *at = exif;
    if (is_big_endian) {
        memcpy(exif, big, sizeof big);
        exif[19] = (unsigned char)orientation;
        return sizeof big;
    }
    /* A directory of two entries: another tag first. */
    memset(exif, 0, 64);
    memcpy(at, "II*\0\x08\0\0\0\x02\0", 10);
    memcpy(at + 10, "\x0f\x01\x02\0\x01\0\0\0\0\0\0\0", 12);
    memcpy(at + 22, "\x12\x01\x03\0\x01\0\0\0", 8);
    at[30] = (unsigned char)orientation;
    return 38;
}

static inline void put_made(const char *path, made file) {
    put_file(path, file.bytes, file.size);
    free(file.bytes);
}

#endif
