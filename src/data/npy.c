/* NumPy files. The header is a Python dictionary as text, padded with spaces so that the elements
 * begin at a multiple of 64 bytes and can be mapped into memory. The reader takes the three keys in
 * any order and no others: what it does not understand it refuses. */
#include "gantrain/data/npy.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"

#include "data/stream.h"

#define MAGIC "\x93NUMPY"

enum {
    MAGIC_LENGTH = 8, /* the version included */
    VERSION_AT = 6,
    PREFIX_LENGTH = MAGIC_LENGTH + 2,
    ALIGNMENT = 64
};

static const uint64_t most_bytes = (uint64_t)1 << 40;

size_t gt_npy_make_header(char header[GT_NPY_HEADER], const char *type, int rank,
                          const uint32_t *sizes) {
    assert(rank >= 1 && rank <= GT_NPY_RANK);
    char text[2 * ALIGNMENT];
    int used =
        snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (", type);
    for (int i = 0; i < rank; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%" PRIu32, i > 0 ? ", " : "",
                         sizes[i]);
    /* A tuple of one is written (n,) in Python. */
    used += snprintf(text + used, sizeof text - (size_t)used, "%s), }", rank == 1 ? "," : "");

    int total = (PREFIX_LENGTH + used + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    assert(total <= GT_NPY_HEADER);
    int length = total - PREFIX_LENGTH;
    memcpy(header, MAGIC "\x01", MAGIC_LENGTH);
    header[MAGIC_LENGTH] = (char)(length & 0xff);
    header[MAGIC_LENGTH + 1] = (char)(length >> 8);
    memcpy(header + PREFIX_LENGTH, text, (size_t)used);
    memset(header + PREFIX_LENGTH + used, ' ', (size_t)(length - used - 1));
    header[total - 1] = '\n';
    return (size_t)total;
}

static gt_status write_header(gt_file_writer *writer, const char *type, int rank,
                              const uint32_t *sizes, gt_error *error) {
    char header[GT_NPY_HEADER];
    size_t size = gt_npy_make_header(header, type, rank, sizes);
    return gt_file_write(writer, header, size, error);
}

gt_status gt_npy_write_header(gt_file_writer *writer, int rank, const uint32_t *sizes,
                              gt_error *error) {
    return write_header(writer, "|u1", rank, sizes, error);
}

gt_status gt_npy_write_float_header(gt_file_writer *writer, int rank, const uint32_t *sizes,
                                    gt_error *error) {
    return write_header(writer, "<f4", rank, sizes, error);
}

/* --- Reading --- */

/* A header while it is read: what is left of its text, and what was found. */
struct header {
    const char *text;
    char descr[16];
    bool has_descr, has_order, has_shape, fortran;
    int rank;
    uint64_t sizes[GT_NPY_RANK];
};

static void skip_space(struct header *header) {
    header->text += strspn(header->text, " \t\r\n");
}

/* Takes a word, with the space before it. */
static bool take(struct header *header, const char *word) {
    size_t length = strlen(word);
    skip_space(header);
    if (strncmp(header->text, word, length) != 0)
        return false;
    header->text += length;
    return true;
}

/* Takes a quoted text. */
static bool take_text(char *text, size_t capacity, struct header *header) {
    skip_space(header);
    char quote = header->text[0];
    if (quote != '\'' && quote != '"')
        return false;
    const char *end = strchr(header->text + 1, quote);
    if (end == NULL || (size_t)(end - header->text) > capacity)
        return false;
    size_t length = (size_t)(end - header->text) - 1;
    memcpy(text, header->text + 1, length);
    text[length] = '\0';
    header->text = end + 1;
    return true;
}

/* Takes "(60000, 28, 28)", "(5,)". A rank over the most keeps counting, for the message. */
static bool take_shape(struct header *header) {
    if (!take(header, "("))
        return false;
    for (header->rank = 0; !take(header, ")"); header->rank++) {
        uint64_t size = 0;
        skip_space(header);
        const char *digits = header->text;
        for (; *header->text >= '0' && *header->text <= '9'; header->text++)
            if (size <= most_bytes)
                size = size * 10 + (uint64_t)(*header->text - '0');
        if (header->text == digits)
            return false;
        if (header->rank < GT_NPY_RANK)
            header->sizes[header->rank] = size;
        skip_space(header);
        if (!take(header, ",") && header->text[0] != ')')
            return false;
    }
    return true;
}

static bool take_entry(struct header *header) {
    char key[16];
    if (!take_text(key, sizeof key, header) || !take(header, ":"))
        return false;
    if (strcmp(key, "descr") == 0 && !header->has_descr)
        return header->has_descr = take_text(header->descr, sizeof header->descr, header);
    if (strcmp(key, "fortran_order") == 0 && !header->has_order) {
        header->fortran = take(header, "True");
        return header->has_order = header->fortran || take(header, "False");
    }
    if (strcmp(key, "shape") == 0 && !header->has_shape)
        return header->has_shape = take_shape(header);
    return false;
}

static bool parse_header(struct header *header) {
    if (!take(header, "{"))
        return false;
    while (!take(header, "}"))
        if (!take_entry(header) || (!take(header, ",") && header->text[0] != '}'))
            return false;
    skip_space(header);
    return *header->text == '\0' && header->has_descr && header->has_order && header->has_shape;
}

/* Takes an element type apart: its byte order, kind and size, such as <f4. NumPy writes |u1 and
 * reads <u1, >u1, =u1 and u1 as well. */
static bool parse_type(gt_npy *array, const char *descr) {
    char order = strchr("<>|=", descr[0]) != NULL ? *descr++ : '=';
    const uint16_t one = 1;
    bool is_little_endian = *(const uint8_t *)&one == 1;
    array->kind = descr[0];
    if (descr[0] == '\0' || strchr("buif", descr[0]) == NULL || strlen(descr) != 2)
        return false;
    array->item_size = descr[1] - '0';
    array->is_swapped = array->item_size > 1 && order == (is_little_endian ? '>' : '<');
    switch (array->kind) {
    case 'b':
        return array->item_size == 1;
    case 'f':
        return array->item_size == 4 || array->item_size == 8;
    default:
        return array->item_size == 1 || array->item_size == 2 || array->item_size == 4 ||
               array->item_size == 8;
    }
}

/* Fails for an array that is sound and not for us. */
static gt_status check_header(gt_npy *array, const struct header *header, const char *path,
                              gt_error *error) {
    char excerpt[GT_EXCERPT];
    if (header->descr[0] == '\0' || !parse_type(array, header->descr))
        return gt_error_set(
            error, GT_FAILED,
            "%s: its elements are '%s'; integers, float32 and float64 can be read: save it with "
            ".astype('uint8'), scaled to 0 to 255",
            path, gt_text_excerpt(excerpt, header->descr));
    if (header->fortran)
        return gt_error_set(error, GT_FAILED,
                            "%s: is in Fortran order: save it with numpy.ascontiguousarray", path);
    if (header->rank < 1 || header->rank > GT_NPY_RANK)
        return gt_error_set(error, GT_FAILED,
                            "%s: is an array of rank %d; only 1 to %d can be read", path,
                            header->rank, GT_NPY_RANK);
    return GT_OK;
}

/* Sets the sizes of array, whose product must be what the file holds. */
static gt_status take_sizes(gt_npy *array, const struct header *header, const char *path,
                            size_t held, gt_error *error) {
    uint64_t product = (uint64_t)array->item_size;
    for (int i = 0; i < header->rank; i++) {
        uint64_t size = header->sizes[i];
        if (size == 0)
            return gt_error_set(error, GT_FAILED, "%s: holds nothing: one of its sizes is 0", path);
        if (size > UINT32_MAX || __builtin_mul_overflow(product, size, &product) ||
            product > most_bytes)
            return gt_error_set(error, GT_FAILED,
                                "%s: its header asks for more bytes than can be read", path);
    }
    if (product != held)
        return gt_error_set(error, GT_FAILED,
                            "%s: its header promises %" PRIu64 " bytes, but %zu follow: get the "
                            "file again",
                            path, product, held);
    array->rank = header->rank;
    array->count = (size_t)product / (size_t)array->item_size;
    for (int i = 0; i < GT_NPY_RANK; i++)
        array->sizes[i] = i < header->rank ? (uint32_t)header->sizes[i] : 1;
    return GT_OK;
}

/* The header's length is 2 bytes, from version 2.0 on 4. */
static gt_status parse_file(gt_npy *array, const uint8_t *bytes, size_t size, const char *path,
                            gt_error *error) {
    if (size < MAGIC_LENGTH || memcmp(bytes, MAGIC, VERSION_AT) != 0)
        return gt_error_set(error, GT_FAILED, "%s: is not an NPY file: check the path", path);
    int version = bytes[VERSION_AT];
    if (version < 1 || version > 3 || bytes[VERSION_AT + 1] != 0)
        return gt_error_set(error, GT_FAILED,
                            "%s: is an NPY file of version %d.%d; only 1.0, 2.0 and 3.0 can be "
                            "read",
                            path, version, bytes[VERSION_AT + 1]);
    size_t prefix = version == 1 ? PREFIX_LENGTH : PREFIX_LENGTH + 2, length = 0;
    for (size_t i = prefix; i > MAGIC_LENGTH && size >= prefix; i--)
        length = length << 8 | bytes[i - 1];
    if (size < prefix || length > size - prefix)
        return gt_error_set(error, GT_FAILED, "%s: ends inside its header: get the file again",
                            path);
    char *text = strndup((const char *)bytes + prefix, length);
    if (text == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory to read it", path);
    struct header header = {.text = text};
    bool understood = strlen(text) == length && parse_header(&header);
    free(text);
    if (!understood)
        return gt_error_set(error, GT_FAILED,
                            "%s: its NPY header cannot be understood: save it with numpy.save",
                            path);
    gt_status status = check_header(array, &header, path, error);
    array->offset = prefix + length;
    return status == GT_OK ? take_sizes(array, &header, path, size - array->offset, error) : status;
}

bool gt_npy_is(const void *bytes, size_t size) {
    return size >= VERSION_AT && memcmp(bytes, MAGIC, VERSION_AT) == 0;
}

gt_status gt_npy_take(gt_npy *array, uint8_t *bytes, size_t size, const char *name,
                      gt_error *error) {
    *array = (gt_npy){.memory = bytes};
    gt_status status = parse_file(array, bytes, size, name, error);
    if (status != GT_OK)
        gt_npy_free(array);
    else
        array->bytes = bytes + array->offset;
    return status;
}

gt_status gt_npy_read(gt_npy *array, const char *path, gt_error *error) {
    uint8_t *bytes;
    size_t size;
    *array = (gt_npy){0};
    gt_status status = stream_read_file(&bytes, &size, path, error);
    return status == GT_OK ? gt_npy_take(array, bytes, size, path, error) : status;
}

void gt_npy_free(gt_npy *array) {
    free(array->memory);
    *array = (gt_npy){0};
}

double gt_npy_at(const gt_npy *array, size_t index) {
    size_t size = (size_t)array->item_size;
    const uint8_t *from = array->bytes + index * size;
    union {
        uint8_t bytes[8];
        float f4;
        double f8;
        int8_t i1;
        int16_t i2;
        int32_t i4;
        int64_t i8;
        uint8_t u1;
        uint16_t u2;
        uint32_t u4;
        uint64_t u8;
    } item = {{0}};
    for (size_t i = 0; i < size; i++)
        item.bytes[i] = from[array->is_swapped ? size - 1 - i : i];
    if (array->kind == 'f')
        return size == 4 ? (double)item.f4 : item.f8;
    bool is_signed = array->kind == 'i';
    switch (size) {
    case 1:
        return is_signed ? (double)item.i1 : (double)item.u1;
    case 2:
        return is_signed ? (double)item.i2 : (double)item.u2;
    case 4:
        return is_signed ? (double)item.i4 : (double)item.u4;
    default:
        return is_signed ? (double)item.i8 : (double)item.u8;
    }
}
