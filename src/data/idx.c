/* The IDX reader trusts no number in the file: memory doubles as bytes arrive and the end is read
 * to, so a header that claims too much or too little is found out. gzip is undone with inflate and
 * not with gzread, which passes over whatever follows the last gzip member without a word. */
#include "gantrain/data/idx.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "gantrain/base/arena.h"

enum {
    INPUT_CAPACITY = 256 * 1024,
    FIRST_STEP = 1024 * 1024, /* bytes of elements to make room for before any was seen */
    EXCESS_COUNTED = 1 << 28, /* bytes too many that are still counted for the message */
    UNSIGNED_BYTE = 0x08
};

static const uint64_t most_elements = (uint64_t)1 << 40;

/* The bytes of a file, gunzipped if they are gzipped. */
typedef struct byte_source {
    const char *path;
    int descriptor;
    bool gzip;
    bool in_member; /* between the begin and the end of a gzip member */
    bool first_member;
    z_stream stream; /* its next_in, avail_in are the input not yet used, of raw files too */
    unsigned char input[INPUT_CAPACITY];
} byte_source;

static gt_status fail(const byte_source *source, gt_error *error, const char *what) {
    return gt_error_set(error, GT_FAILED, "%s: %s", source->path, what);
}

/* Reads up to size bytes of the file itself; *got = 0 at its end. */
static gt_status read_file(byte_source *source, void *bytes, size_t size, size_t *got,
                           gt_error *error) {
    ssize_t count;
    do
        count = read(source->descriptor, bytes, size);
    while (count < 0 && errno == EINTR);
    *got = count > 0 ? (size_t)count : 0;
    return count < 0 ? fail(source, error, strerror(errno)) : GT_OK;
}

/* Tops the input up to at least `wanted` bytes, or to all there are. */
static gt_status fill_input(byte_source *source, size_t wanted, gt_error *error) {
    z_stream *stream = &source->stream;
    if (stream->avail_in == 0)
        stream->next_in = source->input;
    while (stream->avail_in < wanted) {
        unsigned char *end = stream->next_in + stream->avail_in;
        size_t got, room = (size_t)(source->input + INPUT_CAPACITY - end);
        gt_status status = read_file(source, end, room, &got, error);
        if (status != GT_OK)
            return status;
        if (got == 0)
            break;
        stream->avail_in += (uInt)got;
    }
    return GT_OK;
}

/* Reads up to size bytes; *got < size only at the end of the file. */
static gt_status read_raw(byte_source *source, uint8_t *bytes, size_t size, size_t *got,
                          gt_error *error) {
    z_stream *stream = &source->stream;
    *got = size < stream->avail_in ? size : stream->avail_in;
    if (*got > 0)
        memcpy(bytes, stream->next_in, *got);
    stream->next_in += *got;
    stream->avail_in -= (uInt)*got;
    while (*got < size) {
        size_t more;
        gt_status status = read_file(source, bytes + *got, size - *got, &more, error);
        if (status != GT_OK)
            return status;
        if (more == 0)
            break;
        *got += more;
    }
    return GT_OK;
}

/* Says what went wrong; result is inflate's, or Z_BUF_ERROR at an end of file inside a member. */
static gt_status fail_gzip(const byte_source *source, int result, gt_error *error) {
    const z_stream *stream = &source->stream;
    if (result == Z_MEM_ERROR)
        return fail(source, error, "no memory to undo its gzip compression");
    /* What follows a member is another one, or it goes wrong before it yields anything. */
    bool not_begun = result == Z_BUF_ERROR ? stream->total_in < 2 : stream->total_out == 0;
    if (!source->first_member && not_begun)
        return fail(source, error,
                    "the gzip data is followed by bytes that do not belong to it: "
                    "get the file again");
    if (result == Z_BUF_ERROR)
        return fail(source, error, "the gzip data is cut short: get the file again");
    return gt_error_set(error, GT_FAILED, "%s: the gzip data is damaged (%s): get the file again",
                        source->path, stream->msg != NULL ? stream->msg : "unknown reason");
}

/* As read_raw. A file may hold several gzip members, one behind the other. */
static gt_status read_gzip(byte_source *source, uint8_t *bytes, size_t size, size_t *got,
                           gt_error *error) {
    z_stream *stream = &source->stream;
    *got = 0;
    while (*got < size) {
        gt_status status = fill_input(source, 1, error);
        if (status != GT_OK)
            return status;
        if (stream->avail_in == 0) {
            if (source->in_member)
                return fail_gzip(source, Z_BUF_ERROR, error);
            break;
        }
        if (!source->in_member) {
            inflateReset(stream);
            source->in_member = true;
        }
        size_t step = size - *got < 1u << 30 ? size - *got : 1u << 30;
        stream->next_out = bytes + *got;
        stream->avail_out = (uInt)step;
        int result = inflate(stream, Z_NO_FLUSH);
        *got += step - stream->avail_out;
        if (result == Z_STREAM_END)
            source->in_member = source->first_member = false;
        else if (result != Z_OK && result != Z_BUF_ERROR)
            return fail_gzip(source, result, error);
    }
    return GT_OK;
}

static gt_status read_source(byte_source *source, uint8_t *bytes, size_t size, size_t *got,
                             gt_error *error) {
    return source->gzip ? read_gzip(source, bytes, size, got, error)
                        : read_raw(source, bytes, size, got, error);
}

static gt_status open_source(byte_source *source, gt_error *error) {
    /* A pipe must not make us wait for somebody to open its other end. */
    source->descriptor = open(source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (source->descriptor < 0)
        return gt_error_set(error, GT_FAILED, "%s: cannot be read: %s%s", source->path,
                            strerror(errno), errno == ENOENT ? ": check the path" : "");
    struct stat status;
    if (fstat(source->descriptor, &status) != 0)
        return fail(source, error, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return fail(source, error, "is a directory: give the path of an IDX file");
    if (!S_ISREG(status.st_mode))
        return fail(source, error, "is not a regular file: give the path of an IDX file");

    gt_status filled = fill_input(source, 2, error);
    if (filled != GT_OK)
        return filled;
    const unsigned char *start = source->stream.next_in;
    source->gzip = source->stream.avail_in >= 2 && start[0] == 0x1f && start[1] == 0x8b;
    source->first_member = true;
    enum { GZIP_ONLY = 16 };
    if (source->gzip && inflateInit2(&source->stream, MAX_WBITS + GZIP_ONLY) != Z_OK) {
        source->gzip = false;
        return fail(source, error, "no memory to undo its gzip compression");
    }
    return GT_OK;
}

static void close_source(byte_source *source) {
    if (source->gzip)
        inflateEnd(&source->stream);
    if (source->descriptor >= 0)
        close(source->descriptor);
}

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

static gt_status check_magic(int *rank, byte_source *source, const uint8_t magic[4], size_t got,
                             gt_error *error) {
    if (got == 0)
        return fail(source, error, "is empty: get the file again");
    if (got < 4)
        return gt_error_set(error, GT_FAILED,
                            "%s: is not an IDX file: it holds only %zu bytes: check the path",
                            source->path, got);
    if (memcmp(magic, "\x93NUM", 4) == 0) /* images are told apart before, unless compressed */
        return gt_error_set(error, GT_FAILED,
                            "%s: is a NumPy array where only IDX can be read: decompress it if it "
                            "holds images, write labels as IDX",
                            source->path);
    bool known = magic[2] == UNSIGNED_BYTE || type_name(magic[2]) != NULL;
    if (magic[0] != 0 || magic[1] != 0 || !known)
        return gt_error_set(error, GT_FAILED,
                            "%s: is not an IDX file: it begins with %02x %02x %02x %02x, not with "
                            "00 00 08 and the rank: check the path",
                            source->path, magic[0], magic[1], magic[2], magic[3]);
    if (magic[2] != UNSIGNED_BYTE)
        return gt_error_set(error, GT_FAILED,
                            "%s: its elements are of type 0x%02x (%s); only 0x08 (unsigned byte) "
                            "can be read: convert the file",
                            source->path, magic[2], type_name(magic[2]));
    if (magic[3] < 1 || magic[3] > GT_IDX_RANK)
        return gt_error_set(error, GT_FAILED,
                            "%s: is an array of rank %d; only 1 to %d can be read", source->path,
                            magic[3], GT_IDX_RANK);
    *rank = magic[3];
    return GT_OK;
}

/* "60000 x 28 x 28" */
static void print_sizes(char *text, size_t capacity, const gt_idx *idx) {
    size_t used = 0;
    for (int i = 0; i < idx->rank; i++)
        used += (size_t)snprintf(text + used, capacity - used, "%s%" PRIu32, i > 0 ? " x " : "",
                                 idx->sizes[i]);
}

enum { SIZES_CAPACITY = 64 };

/* Reads rank and sizes; *total is their product. */
static gt_status read_header(gt_idx *idx, size_t *total, byte_source *source, gt_error *error) {
    uint8_t magic[4], words[GT_IDX_RANK * 4];
    size_t got;
    gt_status status = read_source(source, magic, sizeof magic, &got, error);
    if (status == GT_OK)
        status = check_magic(&idx->rank, source, magic, got, error);
    if (status != GT_OK)
        return status;
    size_t length = (size_t)idx->rank * 4;
    status = read_source(source, words, length, &got, error);
    if (status != GT_OK)
        return status;
    if (got < length)
        return gt_error_set(error, GT_FAILED,
                            "%s: ends inside its header: %zu bytes of sizes are missing: get the "
                            "file again",
                            source->path, length - got);

    for (int i = 0; i < GT_IDX_RANK; i++) {
        const uint8_t *word = words + 4 * i;
        idx->sizes[i] = i >= idx->rank ? 1
                                       : (uint32_t)word[0] << 24 | (uint32_t)word[1] << 16 |
                                             (uint32_t)word[2] << 8 | word[3];
    }
    char sizes[SIZES_CAPACITY];
    print_sizes(sizes, sizeof sizes, idx);
    uint64_t product = 1;
    bool fits = true;
    for (int i = 0; i < idx->rank; i++) {
        if (idx->sizes[i] == 0)
            return gt_error_set(error, GT_FAILED, "%s: holds nothing: its sizes are %s",
                                source->path, sizes);
        fits = fits && !__builtin_mul_overflow(product, idx->sizes[i], &product);
    }
    *total = (size_t)product;
    if (!fits || product > most_elements || *total != product)
        return gt_error_set(error, GT_FAILED,
                            "%s: its header asks for %s bytes, more than can be read: get the file "
                            "again",
                            source->path, sizes);
    return GT_OK;
}

static gt_status fail_count(const byte_source *source, const gt_idx *idx, size_t total, size_t got,
                            const char *bound, gt_error *error) {
    char sizes[SIZES_CAPACITY];
    print_sizes(sizes, sizeof sizes, idx);
    return gt_error_set(error, GT_FAILED,
                        "%s: its header promises %zu bytes (%s), but %s%zu follow: get the file "
                        "again",
                        source->path, total, sizes, bound, got);
}

/* Reads the elements. Room is doubled only when what there was is full. */
static gt_status read_elements(gt_idx *idx, size_t total, byte_source *source, gt_error *error) {
    size_t used = 0, capacity = 0;
    while (used < total) {
        capacity = capacity == 0 ? FIRST_STEP : capacity * 2;
        if (capacity > total)
            capacity = total;
        /* A gzip file of a few megabytes can hold what it claims, and still be more than there is
         * room for. */
        bool room = capacity <= gt_memory_size();
        uint8_t *bytes = room ? realloc(idx->bytes, capacity) : NULL;
        if (bytes == NULL)
            return gt_error_set(error, GT_FAILED, "%s: no memory for its %zu bytes", source->path,
                                total);
        idx->bytes = bytes;
        size_t got;
        gt_status status = read_source(source, bytes + used, capacity - used, &got, error);
        if (status != GT_OK)
            return status;
        used += got;
        if (used < capacity)
            return fail_count(source, idx, total, used, "only ", error);
    }
    return GT_OK;
}

/* Fails unless the source ends here. This also reads a gzip member's trailer, its CRC. */
static gt_status check_end(const gt_idx *idx, size_t total, byte_source *source, gt_error *error) {
    uint8_t scrap[4096];
    size_t excess = 0, got;
    do {
        gt_status status = read_source(source, scrap, sizeof scrap, &got, error);
        if (status != GT_OK)
            return status;
        excess += got;
    } while (got == sizeof scrap && excess < EXCESS_COUNTED);
    if (excess == 0)
        return GT_OK;
    return fail_count(source, idx, total, total + excess, got == sizeof scrap ? "at least " : "",
                      error);
}

gt_status gt_idx_read(gt_idx *idx, const char *path, gt_error *error) {
    *idx = (gt_idx){0};
    byte_source *source = calloc(1, sizeof *source);
    if (source == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory to read it", path);
    source->path = path;
    size_t total = 0;
    gt_status status = open_source(source, error);
    if (status == GT_OK)
        status = read_header(idx, &total, source, error);
    if (status == GT_OK)
        status = read_elements(idx, total, source, error);
    if (status == GT_OK)
        status = check_end(idx, total, source, error);
    close_source(source);
    free(source);
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
