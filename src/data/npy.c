/* NumPy files. The header is a Python dictionary as text, padded with spaces so that the elements
 * begin at a multiple of 64 bytes and can be mapped into memory. The reader takes the three keys in
 * any order and nothing beside them: what it does not understand it refuses. */
#include "gantrain/data/npy.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/text.h"

#define MAGIC "\x93NUMPY"

enum {
    MAGIC_LENGTH = 8, /* the version included */
    VERSION_AT = 6,
    PREFIX_LENGTH = MAGIC_LENGTH + 2,
    ALIGNMENT = 64,
    MOST_RANK = 4
};

static const uint64_t most_elements = (uint64_t)1 << 40;

gt_status gt_npy_write_header(gt_file_writer *writer, int rank, const uint32_t *sizes,
                              gt_error *error) {
    assert(rank >= 1 && rank <= MOST_RANK);
    char text[2 * ALIGNMENT];
    int used = snprintf(text, sizeof text, "{'descr': '|u1', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < rank; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%" PRIu32, i > 0 ? ", " : "",
                         sizes[i]);
    /* A tuple of one is written (n,) in Python. */
    used += snprintf(text + used, sizeof text - (size_t)used, "%s), }", rank == 1 ? "," : "");

    enum { CAPACITY = 3 * ALIGNMENT };
    char header[CAPACITY] = MAGIC "\x01";
    int total = (PREFIX_LENGTH + used + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    assert(total <= CAPACITY);
    int length = total - PREFIX_LENGTH;
    header[MAGIC_LENGTH] = (char)(length & 0xff);
    header[MAGIC_LENGTH + 1] = (char)(length >> 8);
    memcpy(header + PREFIX_LENGTH, text, (size_t)used);
    memset(header + PREFIX_LENGTH + used, ' ', (size_t)(length - used - 1));
    header[total - 1] = '\n';
    return gt_file_write(writer, header, (size_t)total, error);
}

/* --- Reading --- */

/* A header on its way: what is left of its text, and what was found. */
struct header {
    const char *text;
    char descr[16];
    bool has_descr, has_order, has_shape, fortran;
    int rank;
    uint64_t sizes[MOST_RANK];
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
            if (size <= most_elements)
                size = size * 10 + (uint64_t)(*header->text - '0');
        if (header->text == digits)
            return false;
        if (header->rank < MOST_RANK)
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

/* Fails for an array that is sound and not for us. */
static gt_status check_header(const struct header *header, const char *path, gt_error *error) {
    char excerpt[GT_EXCERPT];
    if (strcmp(header->descr, "|u1") != 0)
        return gt_error_set(
            error, GT_FAILED,
            "%s: its elements are '%s'; only '|u1' (unsigned bytes, 0 to 255) can "
            "be read: scale it to 0 to 255 and save it with .round().astype('uint8')",
            path, gt_text_excerpt(excerpt, header->descr));
    if (header->fortran)
        return gt_error_set(error, GT_FAILED,
                            "%s: is in Fortran order: save it with numpy.ascontiguousarray", path);
    if (header->rank < 1 || header->rank > MOST_RANK)
        return gt_error_set(error, GT_FAILED,
                            "%s: is an array of rank %d; only 1 to %d can be read", path,
                            header->rank, MOST_RANK);
    return GT_OK;
}

/* Sets the sizes of array and *total, their product, which must be what the file holds. */
static gt_status take_sizes(gt_idx *array, size_t *total, const struct header *header,
                            const char *path, size_t held, gt_error *error) {
    uint64_t product = 1;
    for (int i = 0; i < header->rank; i++) {
        uint64_t size = header->sizes[i];
        if (size == 0)
            return gt_error_set(error, GT_FAILED, "%s: holds nothing: one of its sizes is 0", path);
        if (size > UINT32_MAX || __builtin_mul_overflow(product, size, &product) ||
            product > most_elements)
            return gt_error_set(error, GT_FAILED,
                                "%s: its header asks for more bytes than can be read", path);
    }
    if (product != held)
        return gt_error_set(error, GT_FAILED,
                            "%s: its header promises %" PRIu64 " bytes, but %zu follow: get the "
                            "file again",
                            path, product, held);
    *total = (size_t)product;
    array->rank = header->rank;
    for (int i = 0; i < GT_IDX_RANK; i++)
        array->sizes[i] = i < header->rank ? (uint32_t)header->sizes[i] : 1;
    return GT_OK;
}

/* Takes a file's bytes apart. The header's length is 2 bytes, from version 2.0 on 4. */
static gt_status parse_file(gt_idx *array, char *bytes, size_t size, const char *path,
                            gt_error *error) {
    const unsigned char *start = (const unsigned char *)bytes;
    if (size < MAGIC_LENGTH || memcmp(bytes, MAGIC, VERSION_AT) != 0)
        return gt_error_set(error, GT_FAILED, "%s: is not an NPY file: check the path", path);
    int version = start[VERSION_AT];
    if (version < 1 || version > 3 || start[VERSION_AT + 1] != 0)
        return gt_error_set(error, GT_FAILED,
                            "%s: is an NPY file of version %d.%d; only 1.0, 2.0 and 3.0 can be "
                            "read",
                            path, version, start[VERSION_AT + 1]);
    size_t prefix = version == 1 ? PREFIX_LENGTH : PREFIX_LENGTH + 2, length = 0;
    for (size_t i = prefix; i > MAGIC_LENGTH && size >= prefix; i--)
        length = length << 8 | start[i - 1];
    if (size < prefix || length > size - prefix)
        return gt_error_set(error, GT_FAILED, "%s: ends inside its header: get the file again",
                            path);
    char *text = strndup(bytes + prefix, length);
    if (text == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory to read it", path);
    struct header header = {.text = text};
    bool understood = strlen(text) == length && parse_header(&header);
    free(text);
    if (!understood)
        return gt_error_set(error, GT_FAILED,
                            "%s: its NPY header cannot be understood: save it with numpy.save",
                            path);
    size_t total = 0, held = size - prefix - length;
    gt_status status = check_header(&header, path, error);
    if (status == GT_OK)
        status = take_sizes(array, &total, &header, path, held, error);
    if (status == GT_OK)
        memmove(bytes, bytes + prefix + length, total);
    return status;
}

bool gt_npy_is(const char *path) {
    char magic[VERSION_AT];
    struct stat status;
    /* Only regular files: opening a pipe would wait for somebody at its other end. */
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    FILE *file = fopen(path, "rb");
    bool is = file != NULL && fread(magic, 1, sizeof magic, file) == sizeof magic &&
              memcmp(magic, MAGIC, sizeof magic) == 0;
    if (file != NULL)
        fclose(file);
    return is;
}

gt_status gt_npy_read(gt_idx *array, const char *path, gt_error *error) {
    char *bytes;
    size_t size;
    *array = (gt_idx){0};
    gt_status status = gt_file_load(&bytes, &size, path, gt_memory_size(), error);
    if (status != GT_OK)
        return status;
    status = parse_file(array, bytes, size, path, error);
    if (status != GT_OK) {
        free(bytes);
        *array = (gt_idx){0};
        return status;
    }
    array->bytes = (uint8_t *)bytes;
    return GT_OK;
}
