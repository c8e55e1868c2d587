/* Reading safetensors: nothing is believed before it is checked against the size of the file. */
#include "gantrain/files/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "gantrain/base/text.h"

#include "files/safetensors_header.h"
#include "files/system.h"

enum { PREFIX = 8 };

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"U64", 8}, {"I32", 4},
              {"U32", 4}, {"I16", 2}, {"U16", 2}, {"I8", 1},   {"U8", 1},  {"BOOL", 1}};

static size_t dtype_size(const char *name) {
    for (size_t i = 0; name != NULL && i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(dtypes[i].name, name) == 0)
            return dtypes[i].size;
    return 0;
}

/* A whole number of the header, at least 0. */
static bool read_size(uint64_t *value, const json_t *number) {
    if (!json_is_integer(number) || json_integer_value(number) < 0)
        return false;
    *value = (uint64_t)json_integer_value(number);
    return true;
}

/* Reads one entry of a file with data_size bytes after its header. Returns what is wrong, or
 * NULL. */
static const char *read_entry(gt_safetensors_entry *entry, const json_t *value, size_t data_size) {
    const json_t *shape = json_object_get(value, "shape");
    const json_t *offsets = json_object_get(value, "data_offsets");
    uint64_t begin, end, bytes;
    entry->dtype = json_string_value(json_object_get(value, "dtype"));
    bytes = dtype_size(entry->dtype);
    if (bytes == 0)
        return "its dtype is not known";
    if (!json_is_array(shape) || json_array_size(shape) > GT_SAFETENSORS_RANK)
        return "its shape is not one";
    entry->rank = (int)json_array_size(shape);
    for (int i = 0; i < entry->rank; i++)
        if (!read_size(&entry->shape[i], json_array_get(shape, (size_t)i)) ||
            __builtin_mul_overflow(bytes, entry->shape[i], &bytes))
            return "its shape is not one";
    if (json_array_size(offsets) != 2 || !read_size(&begin, json_array_get(offsets, 0)) ||
        !read_size(&end, json_array_get(offsets, 1)))
        return "its data_offsets are not two whole numbers";
    if (begin > end || end > data_size)
        return "its data_offsets lie outside of the file";
    if (end - begin != bytes)
        return "its data_offsets do not fit its shape";
    entry->offset = begin;
    entry->size = bytes;
    return NULL;
}

static int compare_places(const void *a, const void *b) {
    const gt_safetensors_entry *first = a, *second = b;
    if (first->offset != second->offset)
        return first->offset < second->offset ? -1 : 1;
    return (first->size > second->size) - (first->size < second->size);
}

/* Ends an attempt to read that says nothing about the file's contents. */
static gt_status fail_unread(gt_safetensors *tensors, const char *path, const char *reason,
                             gt_error *error) {
    tensors->damaged = false;
    return gt_error_set(error, GT_FAILED, "%s: cannot be read: %s", path, reason);
}

static gt_status read_entries(gt_safetensors *tensors, const char *path, size_t data_size,
                              gt_error *error) {
    const char *name;
    char excerpt[GT_EXCERPT];
    json_t *value;
    tensors->entries = calloc(json_object_size(tensors->header) + 1, sizeof *tensors->entries);
    if (tensors->entries == NULL)
        return fail_unread(tensors, path, "no memory for its header", error);
    json_object_foreach(tensors->header, name, value) {
        if (strcmp(name, METADATA_KEY) == 0)
            continue;
        gt_safetensors_entry *entry = &tensors->entries[tensors->count];
        const char *wrong = read_entry(entry, value, data_size);
        if (wrong != NULL)
            return gt_error_set(error, GT_FAILED, "%s: tensor '%s': %s", path,
                                gt_text_excerpt(excerpt, name), wrong);
        entry->name = name;
        tensors->count++;
    }
    qsort(tensors->entries, (size_t)tensors->count, sizeof *tensors->entries, compare_places);
    uint64_t next = 0;
    for (int i = 0; i < tensors->count; i++) {
        const gt_safetensors_entry *entry = &tensors->entries[i];
        if (entry->offset != next)
            return gt_error_set(
                error, GT_FAILED, "%s: tensor '%s' %s", path, gt_text_excerpt(excerpt, entry->name),
                entry->offset < next ? "overlaps another one" : "leaves a gap before it");
        next += entry->size;
    }
    if (next != data_size)
        return gt_error_set(error, GT_FAILED, "%s: %zu bytes after the last tensor", path,
                            data_size - (size_t)next);
    return GT_OK;
}

/* The checksum of our own files: all bytes, with zeros in the place of the digits. */
static void verify_checksum(gt_safetensors *tensors, size_t header_size) {
    char computed[sizeof CHECKSUM_BLANK] = "";
    const size_t length = sizeof computed - 1;
    size_t place = find_checksum(tensors->file, header_size);
    tensors->has_checksum = place != 0;
    if (place == 0)
        return;
    const Bytef *bytes = (const Bytef *)tensors->file;
    uLong checksum = crc32_z(0, bytes, place);
    checksum = crc32_z(checksum, (const Bytef *)CHECKSUM_BLANK, length);
    checksum = crc32_z(checksum, bytes + place + length, tensors->file_size - place - length);
    write_checksum(computed, (uint32_t)checksum);
    tensors->checksum_matches = memcmp(tensors->file + place, computed, length) == 0;
}

/* Makes tensors->file `size` bytes long, by the bytes that follow what was read so far. */
static gt_status read_up_to(gt_safetensors *tensors, size_t size, int descriptor, const char *path,
                            gt_error *error) {
    char *longer = realloc(tensors->file, size);
    if (longer == NULL) {
        char reason[64];
        snprintf(reason, sizeof reason, "no memory for its %zu bytes", size);
        return fail_unread(tensors, path, reason, error);
    }
    tensors->file = longer;
    while (tensors->file_size < size) {
        ssize_t got = pread(descriptor, tensors->file + tensors->file_size,
                            size - tensors->file_size, (off_t)tensors->file_size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_unread(tensors, path, strerror(errno), error);
        if (got == 0)
            return gt_error_set(error, GT_FAILED, "%s: became shorter while it was read", path);
        tensors->file_size += (size_t)got;
    }
    return GT_OK;
}

/* Sets *size to that of the file. */
static gt_status find_size(gt_safetensors *tensors, size_t *size, int descriptor, const char *path,
                           gt_error *error) {
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return fail_unread(tensors, path, strerror(errno), error);
    if (!S_ISREG(about.st_mode)) {
        tensors->damaged = false;
        return gt_error_set(error, GT_FAILED,
                            S_ISDIR(about.st_mode)
                                ? "%s: is a directory: name a file in it, in a run's directory "
                                  "checkpoints/latest.safetensors"
                                : "%s: is not a file: name a checkpoint",
                            path);
    }
    *size = (size_t)about.st_size;
    if (about.st_size < PREFIX)
        return gt_error_set(error, GT_FAILED, "%s: %zu bytes are too few for a safetensors file",
                            path, *size);
    return GT_OK;
}

static gt_status parse_header(gt_safetensors *tensors, size_t length, const char *path,
                              gt_error *error) {
    json_error_t json_error;
    char excerpt[GT_EXCERPT];
    tensors->header =
        json_loadb(tensors->file + PREFIX, length, JSON_REJECT_DUPLICATES, &json_error);
    if (tensors->header == NULL && json_error_code(&json_error) == json_error_out_of_memory)
        return fail_unread(tensors, path, "no memory for its header", error);
    if (!json_is_object(tensors->header))
        return gt_error_set(error, GT_FAILED, "%s: the header is not a JSON object%s%s", path,
                            tensors->header == NULL ? ": " : "",
                            tensors->header == NULL ? gt_text_excerpt(excerpt, json_error.text)
                                                    : "");
    if (!decode_metadata(json_object_get(tensors->header, METADATA_KEY)))
        return fail_unread(tensors, path, "no memory for its metadata", error);
    return GT_OK;
}

/* What the header says is checked against the size of the file before there is memory for the rest:
 * the size alone may be a lie of a sparse file. */
gt_status read_safetensors(gt_safetensors *tensors, int descriptor, const char *path,
                           gt_error *error) {
    size_t size = 0, header_size;
    uint64_t length = 0;
    *tensors = (gt_safetensors){.damaged = true}; /* unless something else goes wrong */
    gt_status status = find_size(tensors, &size, descriptor, path, error);
    if (status == GT_OK)
        status = read_up_to(tensors, PREFIX, descriptor, path, error);
    for (int i = 0; status == GT_OK && i < PREFIX; i++)
        length |= (uint64_t)(unsigned char)tensors->file[i] << (8 * i);
    if (status == GT_OK && (length > size - PREFIX || length > HEADER_LIMIT))
        status = gt_error_set(
            error, GT_FAILED,
            "%s: cut short, or not a safetensors file: it claims a header of %llu bytes; "
            "the file has %zu, and a header at most %d",
            path, (unsigned long long)length, size, HEADER_LIMIT);
    header_size = PREFIX + (size_t)length;
    if (status == GT_OK)
        status = read_up_to(tensors, header_size, descriptor, path, error);
    if (status == GT_OK)
        status = parse_header(tensors, (size_t)length, path, error);
    if (status == GT_OK)
        status = read_entries(tensors, path, size - header_size, error);
    if (status == GT_OK)
        status = read_up_to(tensors, size, descriptor, path, error);
    if (status != GT_OK) {
        bool damaged = tensors->damaged;
        gt_safetensors_close(tensors);
        tensors->damaged = damaged;
        return status;
    }
    for (int i = 0; i < tensors->count; i++)
        tensors->entries[i].bytes =
            (const unsigned char *)tensors->file + header_size + tensors->entries[i].offset;
    verify_checksum(tensors, header_size);
    tensors->damaged = false;
    return GT_OK;
}

gt_status gt_safetensors_open(gt_safetensors *tensors, const char *path, gt_error *error) {
    int descriptor = system_open(path, O_RDONLY | O_NONBLOCK, 0); /* a pipe must not make us wait */
    *tensors = (gt_safetensors){0};
    if (descriptor < 0)
        return fail_unread(tensors, path, strerror(errno), error);
    gt_status status = read_safetensors(tensors, descriptor, path, error);
    close(descriptor);
    return status;
}

void gt_safetensors_close(gt_safetensors *tensors) {
    free(tensors->entries);
    json_decref(tensors->header);
    free(tensors->file);
    *tensors = (gt_safetensors){0};
}

const gt_safetensors_entry *gt_safetensors_find(const gt_safetensors *tensors, const char *name) {
    for (int i = 0; i < tensors->count; i++)
        if (strcmp(tensors->entries[i].name, name) == 0)
            return &tensors->entries[i];
    return NULL;
}

const char *gt_safetensors_metadata(const gt_safetensors *tensors, const char *key) {
    const json_t *metadata = json_object_get(tensors->header, METADATA_KEY);
    return json_string_value(json_object_get(metadata, key));
}

/* "(784, 256)" */
static void format_sizes(char text[96], int rank, const int *sizes) {
    size_t used = (size_t)snprintf(text, 96, "(");
    for (int i = 0; i < rank && used < 96; i++)
        used = gt_text_append(text, 96, used, "%s%d", i ? ", " : "", sizes[i]);
    if (used < 96)
        snprintf(text + used, 96 - used, ")");
}

gt_status gt_safetensors_take(void *values, const gt_safetensors *tensors, const char *name,
                              const char *dtype, int rank, const int *sizes, gt_error *error) {
    const gt_safetensors_entry *entry = gt_safetensors_find(tensors, name);
    if (entry == NULL)
        return gt_error_set(error, GT_FAILED, "tensor '%s' is missing", name);
    if (strcmp(entry->dtype, dtype) != 0)
        return gt_error_set(error, GT_FAILED, "tensor '%s' is %s, needs %s", name, entry->dtype,
                            dtype);
    bool same = entry->rank == rank;
    for (int i = 0; same && i < rank; i++)
        same = entry->shape[i] == (uint64_t)sizes[i];
    if (!same) {
        char wanted[96];
        format_sizes(wanted, rank, sizes);
        return gt_error_set(error, GT_FAILED, "tensor '%s' has another shape than %s", name,
                            wanted);
    }
    if (values != NULL)
        memcpy(values, entry->bytes, entry->size);
    return GT_OK;
}
