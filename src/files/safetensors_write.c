/* Writing safetensors: the header is built as JSON, then the tensors follow. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gantrain/files/file.h"
#include "gantrain/files/safetensors.h"
#include "files/safetensors_header.h"

void gt_safetensors_begin(gt_safetensors_writer *writer) {
    *writer = (gt_safetensors_writer){.header = json_object()};
    json_t *metadata = json_pack("{s:s}", CHECKSUM_KEY, CHECKSUM_BLANK);
    if (json_object_set_new(writer->header, METADATA_KEY, metadata) != 0)
        writer->out_of_memory = true;
}

void gt_safetensors_end(gt_safetensors_writer *writer) {
    json_decref(writer->header);
    free(writer->pieces);
    *writer = (gt_safetensors_writer){0};
}

void gt_safetensors_add_metadata(gt_safetensors_writer *writer, const char *key, const char *text) {
    if (!encode_metadata(json_object_get(writer->header, METADATA_KEY), key, text))
        writer->out_of_memory = true;
}

static void add_piece(gt_safetensors_writer *writer, const void *bytes, size_t size) {
    struct gt_safetensors_piece *longer =
        realloc(writer->pieces, ((size_t)writer->count + 1) * sizeof *longer);
    if (longer == NULL) {
        writer->out_of_memory = true;
        return;
    }
    writer->pieces = longer;
    writer->pieces[writer->count++] = (struct gt_safetensors_piece){bytes, size};
    writer->data_size += size;
}

void gt_safetensors_add(gt_safetensors_writer *writer, const char *name, const char *dtype,
                        int rank, const int *sizes, const void *bytes) {
    size_t size = strcmp(dtype, "F64") == 0 ? sizeof(double) : sizeof(float);
    size_t begin = writer->data_size;
    json_t *shape = json_array();
    for (int i = 0; i < rank; i++) {
        size *= (size_t)sizes[i];
        if (json_array_append_new(shape, json_integer(sizes[i])) != 0)
            writer->out_of_memory = true;
    }
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtype, "shape", shape,
                              "data_offsets", (json_int_t)begin, (json_int_t)(begin + size));
    if (json_object_set_new(writer->header, name, entry) != 0)
        writer->out_of_memory = true;
    add_piece(writer, bytes, size);
}

/* The header as it goes to the file: its length, then JSON padded with spaces so that tensors are
 * aligned. NULL if there is no memory. Owned by the caller. */
static char *render_header(size_t *size, const gt_safetensors_writer *writer) {
    char *json = writer->out_of_memory ? NULL : json_dumps(writer->header, JSON_COMPACT);
    if (json == NULL)
        return NULL;
    size_t length = strlen(json), padded = (length + 7) / 8 * 8;
    char *header = malloc(8 + padded);
    if (header != NULL) {
        for (int i = 0; i < 8; i++)
            header[i] = (char)((uint64_t)padded >> (8 * i) & 0xff);
        memcpy(header + 8, json, length);
        memset(header + 8 + length, ' ', padded - length);
        *size = 8 + padded;
    }
    free(json);
    return header;
}

/* Reads the file back before it takes the place of an older one: from the same descriptor, since to
 * open and close the file a second time would give up the writer's lock on it. */
static gt_status read_back(gt_file_writer *file, gt_error *error) {
    gt_safetensors written;
    gt_error detail = {0};
    gt_status status = gt_file_sync(file, error);
    if (status != GT_OK)
        return status;
    status = read_safetensors(&written, file->descriptor, file->path, &detail);
    if (status == GT_OK && !written.checksum_matches)
        status =
            gt_error_set(&detail, GT_FAILED, "%.2000s: its checksum does not match", file->path);
    gt_safetensors_close(&written);
    return status == GT_OK
               ? GT_OK
               : gt_error_set(error, GT_FAILED, "%.2500s: what was written does not read back",
                              detail.message);
}

/* The CRC-32 of the whole file, with the blank digits that the header still has. */
static uint32_t checksum_of(const gt_safetensors_writer *writer, const char *header, size_t size) {
    uLong checksum = crc32_z(0, (const Bytef *)header, size);
    for (int i = 0; i < writer->count; i++)
        checksum = crc32_z(checksum, writer->pieces[i].bytes, writer->pieces[i].size);
    return (uint32_t)checksum;
}

static gt_status write_all(gt_file_writer *file, const gt_safetensors_writer *writer,
                           const char *header, size_t size, gt_error *error) {
    gt_status status = gt_file_write(file, header, size, error);
    for (int i = 0; status == GT_OK && i < writer->count; i++)
        status = gt_file_write(file, writer->pieces[i].bytes, writer->pieces[i].size, error);
    return status;
}

gt_status gt_safetensors_write(gt_safetensors_writer *writer, const char *path, gt_error *error) {
    size_t size;
    char *header = render_header(&size, writer);
    if (header == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for the header", path);
    if (size > HEADER_LIMIT) {
        free(header);
        return gt_error_set(error, GT_FAILED, "%s: its header of %zu bytes has more than %d", path,
                            size, HEADER_LIMIT);
    }
    write_checksum(header + find_checksum(header, size), checksum_of(writer, header, size));
    gt_file_writer file = {0};
    gt_status status = gt_file_begin(&file, path, error);
    if (status == GT_OK)
        status = write_all(&file, writer, header, size, error);
    if (status == GT_OK)
        status = read_back(&file, error);
    if (status == GT_OK)
        status = gt_file_commit(&file, error);
    gt_file_abort(&file);
    free(header);
    return status;
}
