/* The IDX reader trusts no number in the file: memory doubles as bytes arrive and the end is read
 * to, so a header that claims too much or too little is found out. */
#include "gantrain/data/idx.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "data/stream.h"

enum {
    EXCESS_COUNTED = 1 << 28, /* bytes too many that are still counted for the message */
    UNSIGNED_BYTE = 0x08
};

static const uint64_t most_elements = (uint64_t)1 << 40;

static const char *type_name(unsigned type) {
    switch (type) {
    case 0x09:
        return "signed byte";
    case 0x0b:
        return "16-bit integer";
    case 0x0c:
        return "32-bit integer";
    case 0x0d:
        return "32-bit float";
    case 0x0e:
        return "64-bit float";
    default:
        return NULL;
    }
}

static gt_status check_magic(int *rank, const char *path, const uint8_t magic[4], size_t got,
                             gt_error *error) {
    if (got == 0)
        return gt_error_set(error, GT_FAILED, "%s: is empty: get the file again", path);
    if (got < 4)
        return gt_error_set(error, GT_FAILED,
                            "%s: is not an IDX file: it holds only %zu bytes: check the path", path,
                            got);
    if (memcmp(magic, "\x93NUM", 4) == 0) /* images are told apart before, unless compressed */
        return gt_error_set(error, GT_FAILED,
                            "%s: is a NumPy array where only IDX can be read: decompress it if it "
                            "holds images, write labels as IDX",
                            path);
    bool known = magic[2] == UNSIGNED_BYTE || type_name(magic[2]) != NULL;
    if (magic[0] != 0 || magic[1] != 0 || !known)
        return gt_error_set(error, GT_FAILED,
                            "%s: is not an IDX file: it begins with %02x %02x %02x %02x, not with "
                            "00 00 08 and the rank: check the path",
                            path, magic[0], magic[1], magic[2], magic[3]);
    if (magic[2] != UNSIGNED_BYTE)
        return gt_error_set(error, GT_FAILED,
                            "%s: its elements are of type 0x%02x (%s); only 0x08 (unsigned byte) "
                            "can be read: convert the file",
                            path, magic[2], type_name(magic[2]));
    if (magic[3] < 1 || magic[3] > GT_IDX_RANK)
        return gt_error_set(error, GT_FAILED,
                            "%s: is an array of rank %d; only 1 to %d can be read", path, magic[3],
                            GT_IDX_RANK);
    *rank = magic[3];
    return GT_OK;
}

/* Reads rank and sizes; *total is their product. */
static gt_status read_header(gt_idx *idx, size_t *total, struct stream *stream, const char *path,
                             gt_error *error) {
    uint8_t magic[4], words[GT_IDX_RANK * 4];
    size_t got;
    gt_status status = stream_read(stream, magic, sizeof magic, &got, error);
    if (status == GT_OK)
        status = check_magic(&idx->rank, path, magic, got, error);
    if (status != GT_OK)
        return status;
    size_t length = (size_t)idx->rank * 4;
    status = stream_read(stream, words, length, &got, error);
    if (status != GT_OK)
        return status;
    if (got < length)
        return gt_error_set(error, GT_FAILED,
                            "%s: ends inside its header: %zu bytes of sizes are missing: get the "
                            "file again",
                            path, length - got);

    for (int i = 0; i < GT_IDX_RANK; i++) {
        const uint8_t *word = words + 4 * i;
        idx->sizes[i] = i >= idx->rank ? 1
                                       : (uint32_t)word[0] << 24 | (uint32_t)word[1] << 16 |
                                             (uint32_t)word[2] << 8 | word[3];
    }
    char sizes[GT_SIZES_TEXT];
    gt_text_from_sizes(sizes, idx->sizes, idx->rank);
    uint64_t product = 1;
    bool fits = true;
    for (int i = 0; i < idx->rank; i++) {
        if (idx->sizes[i] == 0)
            return gt_error_set(error, GT_FAILED, "%s: holds nothing: its sizes are %s", path,
                                sizes);
        fits = fits && !__builtin_mul_overflow(product, idx->sizes[i], &product);
    }
    *total = (size_t)product;
    if (!fits || product > most_elements || *total != product)
        return gt_error_set(error, GT_FAILED,
                            "%s: its header asks for %s bytes, more than can be read: get the file "
                            "again",
                            path, sizes);
    return GT_OK;
}

static gt_status fail_count(const char *path, const gt_idx *idx, size_t total, size_t got,
                            const char *bound, gt_error *error) {
    char sizes[GT_SIZES_TEXT];
    gt_text_from_sizes(sizes, idx->sizes, idx->rank);
    return gt_error_set(error, GT_FAILED,
                        "%s: its header promises %zu bytes (%s), but %s%zu follow: get the file "
                        "again",
                        path, total, sizes, bound, got);
}

static gt_status read_elements(gt_idx *idx, size_t total, struct stream *stream, const char *path,
                               gt_error *error) {
    size_t got;
    gt_status status = stream_read_promised(&idx->bytes, &got, stream, total, error);
    return status == GT_OK && got < total ? fail_count(path, idx, total, got, "only ", error)
                                          : status;
}

/* Fails unless the stream ends here. This also reads a gzip member's trailer, its CRC. */
static gt_status check_end(const gt_idx *idx, size_t total, struct stream *stream, const char *path,
                           gt_error *error) {
    uint8_t scrap[4096];
    size_t excess = 0, got;
    do {
        gt_status status = stream_read(stream, scrap, sizeof scrap, &got, error);
        if (status != GT_OK)
            return status;
        excess += got;
    } while (got == sizeof scrap && excess < EXCESS_COUNTED);
    if (excess == 0)
        return GT_OK;
    return fail_count(path, idx, total, total + excess, got == sizeof scrap ? "at least " : "",
                      error);
}

gt_status gt_idx_read(gt_idx *idx, const char *path, gt_error *error) {
    struct stream *stream;
    size_t total = 0;
    *idx = (gt_idx){0};
    gt_status status = stream_open(&stream, NULL, path, error);
    if (status == GT_OK)
        status = read_header(idx, &total, stream, path, error);
    if (status == GT_OK)
        status = read_elements(idx, total, stream, path, error);
    if (status == GT_OK)
        status = check_end(idx, total, stream, path, error);
    stream_close(stream);
    if (status != GT_OK)
        gt_idx_free(idx);
    return status;
}

void gt_idx_free(gt_idx *idx) {
    free(idx->bytes);
    *idx = (gt_idx){0};
}

gt_status gt_idx_write_header(gt_file_writer *writer, int rank, const uint32_t *sizes,
                              gt_error *error) {
    assert(rank >= 1 && rank <= GT_IDX_RANK);
    uint8_t header[4 + 4 * GT_IDX_RANK] = {0, 0, UNSIGNED_BYTE, (uint8_t)rank};
    for (int i = 0; i < rank; i++)
        for (int byte = 0; byte < 4; byte++)
            header[4 + 4 * i + byte] = (uint8_t)(sizes[i] >> (24 - 8 * byte));
    return gt_file_write(writer, header, 4 + 4 * (size_t)rank, error);
}
