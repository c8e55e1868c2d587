/* JPEG by libjpeg-turbo. The library reports errors through a callback that must not return, hence
 * setjmp; it goes on after damage with a warning, which here is an error: a picture of which half
 * is grey must not be trained on. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "data/orientation.h"
#include "data/picture_formats.h"

enum {
    EXIF_MARKER = JPEG_APP0 + 1,
    EXIF_PREFIX = 6, /* "Exif\0\0" */
    MOST_MARKER = 0xffff,
    /* A progressive file may have any number of scans of all pixels, a few bytes each: it would
     * keep us for hours. Real ones have about ten. */
    MOST_SCANS = 200,
    SMALLEST_SCALE = 8 /* the library reduces to 1 / 8 at most */
};

struct reader {
    struct jpeg_decompress_struct library;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    const unsigned char *bytes;
    size_t size;
    int width, height; /* what the picture will be reduced to, as it lies in the file */
    gt_bitmap *bitmap;
    gt_status status;
    gt_error *error;
};

static bool is_jpeg(const void *bytes, size_t size) {
    return size >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0;
}

/* --- What the library calls --- */

static void end_reading(struct reader *reader, const char *reason) {
    reader->status = gt_error_set(reader->error, GT_FAILED, "%s", reason);
    longjmp(reader->failed, 1);
}

static void take_error(j_common_ptr library) {
    struct reader *reader = library->client_data;
    char reason[JMSG_LENGTH_MAX], text[JMSG_LENGTH_MAX + 32];
    library->err->format_message(library, reason);
    if (library->err->msg_code == JERR_OUT_OF_MEMORY)
        end_reading(reader, "no memory for its pixels");
    snprintf(text, sizeof text, "is damaged (%s)", reason);
    end_reading(reader, text);
}

/* Warnings are of level -1. A few are of no consequence for the pixels. */
static void take_message(j_common_ptr library, int level) {
    if (level >= 0)
        return;
    switch (library->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA:
        return;
    case JWRN_JPEG_EOF:
        end_reading(library->client_data, "is cut short");
        return;
    default:
        take_error(library);
    }
}

static void ignore_output(j_common_ptr library) {
    (void)library;
}

static void watch_scans(j_common_ptr library) {
    struct reader *reader = library->client_data;
    if (library->is_decompressor && reader->library.input_scan_number > MOST_SCANS)
        end_reading(reader, "has more scans than any picture needs");
}

/* --- Steps, each run by `guarded` --- */

static gt_status guarded(struct reader *reader, void (*step)(struct reader *)) {
    if (setjmp(reader->failed) != 0)
        return reader->status;
    step(reader);
    return GT_OK;
}

static void open_jpeg(struct reader *reader) {
    jpeg_create_decompress(&reader->library);
    reader->library.client_data = reader;
    reader->library.progress = &reader->progress;
    jpeg_mem_src(&reader->library, reader->bytes, reader->size);
    jpeg_save_markers(&reader->library, EXIF_MARKER, MOST_MARKER);
    jpeg_read_header(&reader->library, TRUE);
}

/* The smallest scale at which the picture is still twice what it will be reduced to. */
static unsigned choose_scale(const struct reader *reader) {
    unsigned scale = 1;
    if (reader->width == 0 || reader->height == 0)
        return scale;
    while (scale < SMALLEST_SCALE &&
           reader->library.image_width / (2 * scale) >= 2 * (unsigned)reader->width &&
           reader->library.image_height / (2 * scale) >= 2 * (unsigned)reader->height)
        scale *= 2;
    return scale;
}

static void decode_rows(struct reader *reader) {
    struct jpeg_decompress_struct *library = &reader->library;
    gt_bitmap *bitmap = reader->bitmap;
    library->out_color_space = library->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    library->scale_num = 1;
    library->scale_denom = choose_scale(reader);
    jpeg_start_decompress(library);
    bitmap->width = (int)library->output_width;
    bitmap->height = (int)library->output_height;
    bitmap->channels = library->output_components;
    size_t row = (size_t)bitmap->width * (size_t)bitmap->channels;
    bitmap->pixels = malloc(row * (size_t)bitmap->height);
    if (bitmap->pixels == NULL)
        end_reading(reader, "no memory for its pixels");
    while (library->output_scanline < library->output_height) {
        JSAMPROW to = bitmap->pixels + library->output_scanline * row;
        jpeg_read_scanlines(library, &to, 1);
    }
    jpeg_finish_decompress(library);
}

/* --- */

static void begin(struct reader *reader, const void *bytes, size_t size, gt_error *error) {
    *reader = (struct reader){.bytes = bytes, .size = size, .error = error};
    reader->library.err = jpeg_std_error(&reader->errors);
    reader->library.client_data = reader; /* for an error while it is created */
    reader->errors.error_exit = take_error;
    reader->errors.emit_message = take_message;
    reader->errors.output_message = ignore_output;
    reader->progress.progress_monitor = watch_scans;
}

static int find_orientation(const struct reader *reader) {
    jpeg_saved_marker_ptr marker = reader->library.marker_list;
    for (; marker != NULL; marker = marker->next)
        if (marker->marker == EXIF_MARKER && marker->data_length > EXIF_PREFIX &&
            memcmp(marker->data, "Exif\0", EXIF_PREFIX) == 0)
            return orientation_read(marker->data + EXIF_PREFIX, marker->data_length - EXIF_PREFIX);
    return 1;
}

static gt_status check_head(const struct reader *reader, gt_error *error) {
    J_COLOR_SPACE space = reader->library.jpeg_color_space;
    if (space == JCS_CMYK || space == JCS_YCCK)
        return gt_error_set(error, GT_FAILED,
                            "has the colours of a printer (CMYK): save it as RGB");
    return picture_check_size(reader->library.image_width, reader->library.image_height, error);
}

static gt_status read_jpeg_head(gt_picture_head *head, int *orientation, const void *bytes,
                                size_t size, gt_error *error) {
    struct reader reader;
    begin(&reader, bytes, size, error);
    gt_status status = guarded(&reader, open_jpeg);
    if (status == GT_OK)
        status = check_head(&reader, error);
    if (status == GT_OK) {
        head->width = (int)reader.library.image_width;
        head->height = (int)reader.library.image_height;
        head->is_colour = reader.library.num_components != 1;
        *orientation = find_orientation(&reader);
    }
    jpeg_destroy_decompress(&reader.library);
    return status;
}

static gt_status decode_jpeg(gt_bitmap *bitmap, int *orientation, const void *bytes, size_t size,
                             int width, int height, gt_error *error) {
    struct reader reader;
    begin(&reader, bytes, size, error);
    reader.bitmap = bitmap;
    gt_status status = guarded(&reader, open_jpeg);
    if (status == GT_OK)
        status = check_head(&reader, error);
    if (status == GT_OK) {
        *orientation = find_orientation(&reader);
        bool sideways = orientation_is_sideways(*orientation);
        reader.width = sideways ? height : width;
        reader.height = sideways ? width : height;
        status = guarded(&reader, decode_rows);
    }
    jpeg_destroy_decompress(&reader.library);
    return status;
}

const struct picture_format picture_jpeg = {"JPEG", is_jpeg, read_jpeg_head, decode_jpeg};
