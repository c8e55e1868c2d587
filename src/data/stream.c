/* Bytes of a data file. gzip is undone with inflate and not with gzread, which passes over whatever
 * follows the last gzip member without a word. */
#include "data/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "gantrain/base/arena.h"

enum {
    INPUT_CAPACITY = 256 * 1024,
    FIRST_STEP = 1024 * 1024 /* bytes to make room for before any was seen */
};

struct stream {
    const char *path; /* borrowed */
    int descriptor;
    bool gzip;
    bool in_member; /* between the begin and the end of a gzip member */
    bool first_member;
    z_stream packed; /* its next_in, avail_in are the input not yet used, of raw files too */
    unsigned char input[INPUT_CAPACITY];
};

static gt_status fail(const struct stream *stream, gt_error *error, const char *what) {
    return gt_error_set(error, GT_FAILED, "%s: %s", stream->path, what);
}

/* Reads up to size bytes of the file itself; *got = 0 at its end. */
static gt_status read_file(struct stream *stream, void *bytes, size_t size, size_t *got,
                           gt_error *error) {
    ssize_t count;
    do
        count = read(stream->descriptor, bytes, size);
    while (count < 0 && errno == EINTR);
    *got = count > 0 ? (size_t)count : 0;
    return count < 0 ? fail(stream, error, strerror(errno)) : GT_OK;
}

/* Tops the input up to at least `wanted` bytes, or to all there are. */
static gt_status fill_input(struct stream *stream, size_t wanted, gt_error *error) {
    z_stream *packed = &stream->packed;
    if (packed->avail_in == 0)
        packed->next_in = stream->input;
    while (packed->avail_in < wanted) {
        unsigned char *end = packed->next_in + packed->avail_in;
        size_t got, room = (size_t)(stream->input + INPUT_CAPACITY - end);
        gt_status status = read_file(stream, end, room, &got, error);
        if (status != GT_OK)
            return status;
        if (got == 0)
            break;
        packed->avail_in += (uInt)got;
    }
    return GT_OK;
}

/* Reads up to size bytes; *got < size only at the end of the file. */
static gt_status read_raw(struct stream *stream, uint8_t *bytes, size_t size, size_t *got,
                          gt_error *error) {
    z_stream *packed = &stream->packed;
    *got = size < packed->avail_in ? size : packed->avail_in;
    if (*got > 0)
        memcpy(bytes, packed->next_in, *got);
    packed->next_in += *got;
    packed->avail_in -= (uInt)*got;
    while (*got < size) {
        size_t more;
        gt_status status = read_file(stream, bytes + *got, size - *got, &more, error);
        if (status != GT_OK)
            return status;
        if (more == 0)
            break;
        *got += more;
    }
    return GT_OK;
}

/* Says what went wrong; result is inflate's, or Z_BUF_ERROR at an end of file inside a member. */
static gt_status fail_gzip(const struct stream *stream, int result, gt_error *error) {
    const z_stream *packed = &stream->packed;
    if (result == Z_MEM_ERROR)
        return fail(stream, error, "no memory to undo its gzip compression");
    /* What follows a member is another one, or it goes wrong before it yields anything. */
    bool not_begun = result == Z_BUF_ERROR ? packed->total_in < 2 : packed->total_out == 0;
    if (!stream->first_member && not_begun)
        return fail(stream, error,
                    "the gzip data is followed by bytes that do not belong to it: "
                    "get the file again");
    if (result == Z_BUF_ERROR)
        return fail(stream, error, "the gzip data is cut short: get the file again");
    return gt_error_set(error, GT_FAILED, "%s: the gzip data is damaged (%s): get the file again",
                        stream->path, packed->msg != NULL ? packed->msg : "unknown reason");
}

/* As read_raw. A file may hold several gzip members. */
static gt_status read_gzip(struct stream *stream, uint8_t *bytes, size_t size, size_t *got,
                           gt_error *error) {
    z_stream *packed = &stream->packed;
    *got = 0;
    while (*got < size) {
        gt_status status = fill_input(stream, 1, error);
        if (status != GT_OK)
            return status;
        if (packed->avail_in == 0) {
            if (stream->in_member)
                return fail_gzip(stream, Z_BUF_ERROR, error);
            break;
        }
        if (!stream->in_member) {
            inflateReset(packed);
            stream->in_member = true;
        }
        size_t step = size - *got < 1u << 30 ? size - *got : 1u << 30;
        packed->next_out = bytes + *got;
        packed->avail_out = (uInt)step;
        int result = inflate(packed, Z_NO_FLUSH);
        *got += step - packed->avail_out;
        if (result == Z_STREAM_END)
            stream->in_member = stream->first_member = false;
        else if (result != Z_OK && result != Z_BUF_ERROR)
            return fail_gzip(stream, result, error);
    }
    return GT_OK;
}

gt_status stream_read(struct stream *stream, void *bytes, size_t size, size_t *got,
                      gt_error *error) {
    return stream->gzip ? read_gzip(stream, bytes, size, got, error)
                        : read_raw(stream, bytes, size, got, error);
}

static gt_status open_file(struct stream *stream, uint64_t *size, gt_error *error) {
    /* A pipe must not make us wait for somebody to open its other end. */
    stream->descriptor = open(stream->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (stream->descriptor < 0)
        return gt_error_set(error, GT_FAILED, "%s: cannot be read: %s%s", stream->path,
                            strerror(errno), errno == ENOENT ? ": check the path" : "");
    struct stat status;
    if (fstat(stream->descriptor, &status) != 0)
        return fail(stream, error, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return fail(stream, error, "is a directory: give the path of a file");
    if (!S_ISREG(status.st_mode))
        return fail(stream, error, "is not a regular file: give the path of a file");
    if (size != NULL)
        *size = (uint64_t)status.st_size;
    return GT_OK;
}

static gt_status begin_gzip(struct stream *stream, gt_error *error) {
    gt_status filled = fill_input(stream, 2, error);
    if (filled != GT_OK)
        return filled;
    enum { GZIP_ONLY = 16 };
    const unsigned char *start = stream->packed.next_in;
    if (stream->packed.avail_in < 2 || start[0] != 0x1f || start[1] != 0x8b)
        return GT_OK;
    if (inflateInit2(&stream->packed, MAX_WBITS + GZIP_ONLY) != Z_OK)
        return fail(stream, error, "no memory to undo its gzip compression");
    stream->gzip = stream->first_member = true;
    return GT_OK;
}

gt_status stream_open(struct stream **stream, uint64_t *size, const char *path, gt_error *error) {
    *stream = calloc(1, sizeof **stream);
    if (*stream == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory to read it", path);
    (*stream)->path = path;
    gt_status status = open_file(*stream, size, error);
    if (status == GT_OK)
        status = begin_gzip(*stream, error);
    if (status != GT_OK) {
        stream_close(*stream);
        *stream = NULL;
    }
    return status;
}

void stream_close(struct stream *stream) {
    if (stream == NULL)
        return;
    if (stream->gzip)
        inflateEnd(&stream->packed);
    if (stream->descriptor >= 0)
        close(stream->descriptor);
    free(stream);
}

bool stream_is_gzip(const struct stream *stream) {
    return stream->gzip;
}

/* Makes *bytes `capacity` bytes large. A gzip file of a few megabytes can hold more than there is
 * room for, and the system may grant memory that it does not have. */
static bool grow(uint8_t **bytes, size_t capacity) {
    uint8_t *larger = capacity <= gt_memory_size() ? realloc(*bytes, capacity) : NULL;
    if (larger == NULL) {
        free(*bytes);
        *bytes = NULL;
        return false;
    }
    *bytes = larger;
    return true;
}

gt_status stream_read_promised(uint8_t **bytes, size_t *got, struct stream *stream, size_t total,
                               gt_error *error) {
    size_t capacity = 0;
    *bytes = NULL;
    *got = 0;
    while (*got < total && *got == capacity) {
        size_t more;
        capacity = capacity == 0 ? FIRST_STEP : capacity * 2;
        if (capacity > total)
            capacity = total;
        if (!grow(bytes, capacity))
            return gt_error_set(error, GT_FAILED, "%s: no memory for %zu bytes of it", stream->path,
                                capacity);
        gt_status status = stream_read(stream, *bytes + *got, capacity - *got, &more, error);
        if (status != GT_OK) {
            free(*bytes);
            *bytes = NULL;
            return status;
        }
        *got += more;
    }
    return GT_OK;
}

static gt_status read_rest(uint8_t **bytes, size_t *size, struct stream *stream, gt_error *error) {
    gt_status status = stream_read_promised(bytes, size, stream, SIZE_MAX / 4, error);
    if (status != GT_OK)
        return status;
    if (!grow(bytes, *size + 1))
        return gt_error_set(error, GT_FAILED, "%s: no memory for its %zu bytes", stream->path,
                            *size);
    (*bytes)[*size] = 0;
    return GT_OK;
}

gt_status stream_read_file(uint8_t **bytes, size_t *size, const char *path, gt_error *error) {
    struct stream *stream;
    *bytes = NULL;
    gt_status status = stream_open(&stream, NULL, path, error);
    if (status == GT_OK)
        status = read_rest(bytes, size, stream, error);
    stream_close(stream);
    return status;
}
