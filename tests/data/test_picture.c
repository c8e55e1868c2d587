/* Every kind of PNG and JPEG gives the pixels that were put into it; what is damaged, cut short, too
 * large or meant for a printer is refused with its reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"
#include "data/pictures.h"

#include "gantrain/data/picture.h"

enum { WIDTH = 9, HEIGHT = 5, AREA = WIDTH * HEIGHT };

static uint8_t value(int i) {
    return (uint8_t)(i * 37 + 11);
}

static gt_bitmap decode(made file, gt_picture_head *head) {
    gt_bitmap bitmap;
    gt_error error = {0};
    assert_true(gt_picture_is(file.bytes, file.size));
    if (gt_picture_read_head(head, file.bytes, file.size, &error) != GT_OK ||
        gt_picture_decode(&bitmap, file.bytes, file.size, 0, 0, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(bitmap.width, head->width);
    assert_int_equal(bitmap.height, head->height);
    free(file.bytes);
    return bitmap;
}

/* A PNG decodes to these (AREA, 4) colours, or, if colours is NULL, to grey. */
static void check_png(const png_plan *plan, const uint8_t *grey, const uint8_t (*colours)[4],
                      bool is_colour, bool has_alpha) {
    gt_picture_head head;
    gt_bitmap bitmap = decode(make_png(plan), &head);
    assert_string_equal(head.format, "PNG");
    assert_int_equal(head.is_colour, is_colour);
    assert_int_equal(head.has_alpha, has_alpha);
    assert_int_equal(bitmap.channels, colours != NULL ? 4 : 1);
    if (colours != NULL)
        assert_memory_equal(bitmap.pixels, colours, AREA * 4);
    else
        assert_memory_equal(bitmap.pixels, grey, AREA);
    gt_bitmap_free(&bitmap);
}

static void test_png_8_bit(void **state) {
    (void)state;
    for (int channels = 1; channels <= 4; channels++)
        for (int interlaced = 0; interlaced < 2; interlaced++) {
            static const int types[] = {0, 0, 4, 2, 6};
            uint8_t pixels[AREA * 4], colours[AREA][4];
            for (int i = 0; i < AREA; i++) {
                for (int c = 0; c < channels; c++)
                    pixels[i * channels + c] = value(i * channels + c);
                const uint8_t *pixel = pixels + i * channels;
                for (int c = 0; c < 3; c++)
                    colours[i][c] = pixel[channels < 3 ? 0 : c];
                colours[i][3] = channels % 2 == 0 ? pixel[channels - 1] : 255;
            }
            png_plan plan = {.width = WIDTH,
                             .height = HEIGHT,
                             .bits = 8,
                             .colour_type = types[channels],
                             .is_interlaced = interlaced,
                             .pixels = pixels,
                             .size = (size_t)(AREA * channels)};
            check_png(&plan, pixels, channels > 1 ? colours : NULL, channels > 2,
                      channels % 2 == 0);
        }
}

static void test_png_few_bits(void **state) {
    (void)state;
    for (int bits = 1; bits <= 4; bits *= 2)
        for (int interlaced = 0; interlaced < 2; interlaced++) {
            uint8_t packed[HEIGHT * WIDTH] = {0}, grey[AREA];
            int row = (WIDTH * bits + 7) / 8, most = (1 << bits) - 1;
            for (int i = 0; i < AREA; i++) {
                int sample = value(i) & most, x = i % WIDTH * bits;
                packed[i / WIDTH * row + x / 8] |= (uint8_t)(sample << (8 - bits - x % 8));
                grey[i] = (uint8_t)(sample * 255 / most);
            }
            png_plan plan = {.width = WIDTH,
                             .height = HEIGHT,
                             .bits = bits,
                             .is_interlaced = interlaced,
                             .pixels = packed,
                             .size = (size_t)(row * HEIGHT)};
            check_png(&plan, grey, NULL, false, false);
        }
}

static void test_png_16_bit(void **state) {
    (void)state;
    uint16_t deep[AREA * 4];
    uint8_t colours[AREA][4];
    for (int i = 0; i < AREA * 4; i++) {
        deep[i] = (uint16_t)(i * 3001);
        colours[i / 4][i % 4] = (uint8_t)(deep[i] / 257.0 + 0.5);
    }
    deep[0] = 65535;
    colours[0][0] = 255;
    png_plan plan = {.width = WIDTH,
                     .height = HEIGHT,
                     .bits = 16,
                     .colour_type = SPNG_COLOR_TYPE_TRUECOLOR_ALPHA,
                     .pixels = deep,
                     .size = sizeof deep};
    check_png(&plan, NULL, colours, true, true);
    for (int i = 0; i < AREA; i++) {
        for (int c = 0; c < 3; c++)
            colours[i][c] = (uint8_t)(deep[i] / 257.0 + 0.5);
        colours[i][3] = 255;
    }
    plan.colour_type = SPNG_COLOR_TYPE_GRAYSCALE;
    plan.size = AREA * sizeof *deep;
    check_png(&plan, NULL, colours, false, false);
}

static void test_png_palette(void **state) {
    (void)state;
    struct spng_plte palette = {.n_entries = 3,
                                .entries = {{.red = 255, .alpha = 255},
                                            {.green = 200, .blue = 9, .alpha = 255},
                                            {.red = 4, .green = 5, .blue = 6, .alpha = 255}}};
    struct spng_trns transparency = {.n_type3_entries = 2, .type3_alpha = {0, 128}};
    uint8_t indices[AREA], colours[AREA][4];
    for (int transparent = 0; transparent < 2; transparent++) {
        for (int i = 0; i < AREA; i++) {
            const struct spng_plte_entry *entry = &palette.entries[indices[i] = (uint8_t)(i % 3)];
            const uint8_t alpha[] = {0, 128, 255};
            colours[i][0] = entry->red;
            colours[i][1] = entry->green;
            colours[i][2] = entry->blue;
            colours[i][3] = transparent ? alpha[i % 3] : 255;
        }
        png_plan plan = {.width = WIDTH,
                         .height = HEIGHT,
                         .bits = 8,
                         .colour_type = SPNG_COLOR_TYPE_INDEXED,
                         .pixels = indices,
                         .size = AREA,
                         .palette = &palette,
                         .transparency = transparent ? &transparency : NULL};
        check_png(&plan, NULL, colours, true, transparent);
    }
    /* A palette of greys is no colour. */
    palette.entries[0].red = 0;
    palette.n_entries = 1;
    memset(indices, 0, sizeof indices);
    for (int i = 0; i < AREA; i++)
        memcpy(colours[i], "\0\0\0\xff", 4);
    png_plan plan = {.width = WIDTH,
                     .height = HEIGHT,
                     .bits = 8,
                     .colour_type = SPNG_COLOR_TYPE_INDEXED,
                     .pixels = indices,
                     .size = AREA,
                     .palette = &palette};
    check_png(&plan, NULL, colours, false, false);
}

/* A grey that stands for transparent. */
static void test_png_transparent_grey(void **state) {
    (void)state;
    struct spng_trns transparency = {.gray = 3};
    uint8_t pixels[AREA], colours[AREA][4];
    for (int i = 0; i < AREA; i++) {
        pixels[i] = (uint8_t)(i % 5);
        memset(colours[i], i % 5, 3);
        colours[i][3] = i % 5 == 3 ? 0 : 255;
    }
    png_plan plan = {.width = WIDTH,
                     .height = HEIGHT,
                     .bits = 8,
                     .pixels = pixels,
                     .size = AREA,
                     .transparency = &transparency};
    check_png(&plan, NULL, colours, false, true);
}

/* Smooth, so that a JPEG of quality 100 keeps it within a few levels. */
static void fill_smooth(uint8_t *pixels, int width, int height, int channels) {
    for (int i = 0; i < width * height; i++)
        for (int c = 0; c < channels; c++)
            pixels[i * channels + c] =
                (uint8_t)(40 + 150 * (i % width) / width + 50 * (i / width) / height + 3 * c);
}

static void test_jpeg(void **state) {
    (void)state;
    uint8_t pixels[AREA * 3];
    for (int channels = 1; channels <= 3; channels += 2)
        for (int progressive = 0; progressive < 2; progressive++) {
            gt_picture_head head;
            fill_smooth(pixels, WIDTH, HEIGHT, channels);
            gt_bitmap bitmap =
                decode(make_jpeg(WIDTH, HEIGHT, channels, pixels, progressive, NULL, 0), &head);
            assert_string_equal(head.format, "JPEG");
            assert_int_equal(head.is_colour, channels == 3);
            assert_int_equal(bitmap.channels, channels);
            for (int i = 0; i < AREA * channels; i++)
                assert_in_range(bitmap.pixels[i] + 3, pixels[i], pixels[i] + 6);
            gt_bitmap_free(&bitmap);
        }
}

/* A large JPEG is decoded small, but never smaller than twice what is asked for. */
static void test_jpeg_scales(void **state) {
    (void)state;
    enum { WIDE = 640, HIGH = 480 };
    static uint8_t pixels[WIDE * HIGH];
    fill_smooth(pixels, WIDE, HIGH, 1);
    made file = make_jpeg(WIDE, HIGH, 1, pixels, false, NULL, 0);
    static const int cases[][3] = {{0, 0, 1},   {40, 30, 8},   {41, 30, 4}, {40, 31, 4},
                                   {80, 60, 4}, {160, 120, 2}, {161, 1, 1}, {320, 240, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_bitmap bitmap;
        assert_int_equal(
            gt_picture_decode(&bitmap, file.bytes, file.size, cases[i][0], cases[i][1], NULL),
            GT_OK);
        assert_int_equal(bitmap.width, WIDE / cases[i][2]);
        assert_int_equal(bitmap.height, HIGH / cases[i][2]);
        int middle = bitmap.height / 2 * bitmap.width + bitmap.width / 2;
        assert_in_range(bitmap.pixels[middle], 135, 145);
        gt_bitmap_free(&bitmap);
    }
    free(file.bytes);
}

/* A picture of 3 x 2 that is lit in one corner, stored in each of the eight ways. */
static void test_orientation(void **state) {
    (void)state;
    enum { BLOCK = 8, WIDE = 3 * BLOCK, HIGH = 2 * BLOCK };
    /* Where the block that is shown in the top left corner lies in the file: right?, bottom? */
    static const bool corners[9][2] = {{0},           {false, false}, {true, false},
                                       {true, true},  {false, true},  {false, false},
                                       {false, true}, {true, true},   {true, false}};
    for (int orientation = 1; orientation <= 8; orientation++)
        for (int kind = 0; kind < 3; kind++) {
            bool sideways = orientation >= 5;
            int width = sideways ? HIGH : WIDE, height = sideways ? WIDE : HIGH;
            uint8_t pixels[WIDE * HIGH] = {0};
            for (int y = 0; y < BLOCK; y++)
                for (int x = 0; x < BLOCK; x++)
                    pixels[(y + (corners[orientation][1] ? height - BLOCK : 0)) * width + x +
                           (corners[orientation][0] ? width - BLOCK : 0)] = 255;
            unsigned char exif[64];
            size_t size = make_exif(exif, orientation, kind == 1);
            png_plan plan = {.width = width,
                             .height = height,
                             .bits = 8,
                             .pixels = pixels,
                             .size = sizeof pixels,
                             .exif = (char *)exif,
                             .exif_size = size};
            gt_picture_head head;
            gt_bitmap bitmap =
                decode(kind == 2 ? make_png(&plan)
                                 : make_jpeg(width, height, 1, pixels, false, exif, size),
                       &head);
            assert_int_equal(bitmap.width, WIDE);
            assert_int_equal(bitmap.height, HIGH);
            for (int y = 0; y < HIGH; y++)
                for (int x = 0; x < WIDE; x++) {
                    int found = bitmap.pixels[y * WIDE + x];
                    assert_in_range(found, x < BLOCK && y < BLOCK ? 250 : 0,
                                    x < BLOCK && y < BLOCK ? 255 : 5);
                }
            gt_bitmap_free(&bitmap);
        }
}

/* EXIF data that are nonsense turn nothing. */
static void test_bad_exif(void **state) {
    (void)state;
    uint8_t pixels[AREA] = {0};
    unsigned char exif[64];
    size_t size = make_exif(exif, 6, false);
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 8; bit++) {
            gt_picture_head head;
            exif[i] ^= (unsigned char)(1 << bit);
            gt_bitmap bitmap = decode(
                make_jpeg(WIDTH, HEIGHT, 1, pixels, false, exif, i % 3 ? size : i + 1), &head);
            gt_bitmap_free(&bitmap);
            exif[i] ^= (unsigned char)(1 << bit);
        }
}

static void check_refused(const void *bytes, size_t size, const char *expected) {
    gt_bitmap bitmap = {.width = 9};
    gt_error error = {0};
    assert_int_equal(gt_picture_decode(&bitmap, bytes, size, 0, 0, &error), GT_FAILED);
    assert_contains(error.message, expected);
    assert_null(bitmap.pixels);
    assert_int_equal(bitmap.width, 0);
}

static void test_refused(void **state) {
    (void)state;
    uint8_t pixels[AREA * 4];
    for (int i = 0; i < AREA * 4; i++)
        pixels[i] = value(i);
    check_refused("", 0, "is empty");
    check_refused("hello, world", 12, "neither a PNG nor a JPEG");
    made cmyk = make_jpeg(WIDTH, HEIGHT, 4, pixels, false, NULL, 0);
    check_refused(cmyk.bytes, cmyk.size, "CMYK");
    gt_picture_head head;
    gt_error error = {0};
    assert_int_equal(gt_picture_read_head(&head, cmyk.bytes, cmyk.size, &error), GT_FAILED);
    assert_contains(error.message, "save it as RGB");
    free(cmyk.bytes);

    made png = make_plain_png(WIDTH, HEIGHT, 3, pixels);
    png.bytes[png.size / 2] ^= 0x10;
    check_refused(png.bytes, png.size, "is damaged");
    free(png.bytes);
}

/* A head that claims 30000 x 30000 pixels is refused before any memory is taken for them. */
static void test_bombs(void **state) {
    (void)state;
    uint8_t pixel = 0;
    made png = make_plain_png(1, 1, 1, &pixel);
    const uint8_t side[] = {0, 0, 0x75, 0x30};
    memcpy(png.bytes + 16, side, 4);
    memcpy(png.bytes + 20, side, 4);
    uint32_t sum = (uint32_t)crc32(0, png.bytes + 12, 17);
    for (int i = 0; i < 4; i++)
        png.bytes[29 + i] = (uint8_t)(sum >> (24 - 8 * i));
    check_refused(png.bytes, png.size, "30000 x 30000 pixels, more than the 67108864");
    memset(png.bytes + 16, 0, 4);
    sum = (uint32_t)crc32(0, png.bytes + 12, 17);
    for (int i = 0; i < 4; i++)
        png.bytes[29 + i] = (uint8_t)(sum >> (24 - 8 * i));
    check_refused(png.bytes, png.size, "damaged");
    free(png.bytes);

    made jpeg = make_jpeg(1, 1, 1, &pixel, false, NULL, 0);
    for (size_t i = 0; i + 8 < jpeg.size; i++)
        if (jpeg.bytes[i] == 0xff && jpeg.bytes[i + 1] == 0xc0) {
            memcpy(jpeg.bytes + i + 5, "\x75\x30\x75\x30", 4);
            break;
        }
    check_refused(jpeg.bytes, jpeg.size, "30000 x 30000 pixels, more than");
    free(jpeg.bytes);
}

/* Every beginning of a good file is refused, and takes no harm. */
static void check_cuts(made file, size_t least_tail) {
    for (size_t size = 0; size + least_tail < file.size; size++) {
        gt_bitmap bitmap;
        unsigned char *part = malloc(size + 1); /* so that a sanitizer sees what is read past it */
        memcpy(part, file.bytes, size);
        part = realloc(part, size > 0 ? size : 1);
        if (gt_picture_decode(&bitmap, part, size, 0, 0, NULL) == GT_OK)
            fail_msg("%zu of %zu bytes are enough", size, file.size);
        free(part);
    }
    free(file.bytes);
}

static void test_cut_files(void **state) {
    (void)state;
    uint8_t pixels[AREA * 3];
    for (int i = 0; i < AREA * 3; i++)
        pixels[i] = value(i);
    /* A PNG may lack its end, which holds no pixels. */
    check_cuts(make_plain_png(WIDTH, HEIGHT, 3, pixels), 16);
    check_cuts(make_jpeg(WIDTH, HEIGHT, 3, pixels, false, NULL, 0), 2);
    check_cuts(make_jpeg(WIDTH, HEIGHT, 3, pixels, true, NULL, 0), 2);
}

/* A progressive file that repeats its scans without end is given up. */
static void test_too_many_scans(void **state) {
    (void)state;
    enum { SCANS = 300 };
    uint8_t pixels[AREA] = {0};
    made file = make_jpeg(WIDTH, HEIGHT, 1, pixels, true, NULL, 0);
    size_t last = 0;
    for (size_t i = 0; i + 1 < file.size; i++)
        if (file.bytes[i] == 0xff && file.bytes[i + 1] == 0xda)
            last = i;
    size_t scan = file.size - 2 - last;
    unsigned char *bomb = malloc(file.size + SCANS * scan);
    memcpy(bomb, file.bytes, file.size - 2);
    size_t size = file.size - 2;
    for (int i = 0; i < SCANS; i++, size += scan)
        memcpy(bomb + size, file.bytes + last, scan);
    memcpy(bomb + size, "\xff\xd9", 2);
    gt_bitmap bitmap;
    gt_error error = {0};
    assert_int_equal(gt_picture_decode(&bitmap, bomb, size + 2, 0, 0, &error), GT_FAILED);
    free(bomb);
    free(file.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png_8_bit),
        cmocka_unit_test(test_png_few_bits),
        cmocka_unit_test(test_png_16_bit),
        cmocka_unit_test(test_png_palette),
        cmocka_unit_test(test_png_transparent_grey),
        cmocka_unit_test(test_jpeg),
        cmocka_unit_test(test_jpeg_scales),
        cmocka_unit_test(test_orientation),
        cmocka_unit_test(test_bad_exif),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_cut_files),
        cmocka_unit_test(test_too_many_scans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
