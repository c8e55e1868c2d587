/* Writing safetensors: the header is built as JSON, then the tensors stream behind it. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "gantrain/files/file.h"
#include "gantrain/run/safetensors.h"
#include "run/safetensors_checksum.h"

void gt_safetensors_begin(gt_safetensors_builder *builder) {
    *builder = (gt_safetensors_builder){.header = json_object()};
    json_t *metadata = json_pack("{s:s}", CHECKSUM_KEY, CHECKSUM_BLANK);
    if (json_object_set_new(builder->header, METADATA_KEY, metadata) != 0)
        builder->out_of_memory = true;
}

void gt_safetensors_builder_free(gt_safetensors_builder *builder) {
    json_decref(builder->header);
    *builder = (gt_safetensors_builder){0};
}

void gt_safetensors_add_metadata(gt_safetensors_builder *builder, const char *key,
                                 const char *text) {
    json_t *metadata = json_object_get(builder->header, METADATA_KEY);
    if (json_object_set_new(metadata, key, json_string(text)) != 0)
        builder->out_of_memory = true;
}

void gt_safetensors_add_tensor(gt_safetensors_builder *builder, const char *name, const char *dtype,
                               int rows, int columns) {
    size_t item = strcmp(dtype, "F64") == 0 ? sizeof(double) : sizeof(float);
    size_t begin = builder->data_size;
    size_t end = begin + item * (size_t)rows * (size_t)(columns > 0 ? columns : 1);
    json_t *shape = columns > 0 ? json_pack("[i, i]", rows, columns) : json_pack("[i]", rows);
    json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtype, "shape", shape,
                              "data_offsets", (json_int_t)begin, (json_int_t)end);
    if (json_object_set_new(builder->header, name, entry) != 0)
        builder->out_of_memory = true;
    builder->data_size = end;
}

/* The header as it goes to the file: its length, then JSON padded with spaces so that tensors are
 * aligned. NULL if there is no memory. Owned by the caller. */
static char *render_header(size_t *size, const gt_safetensors_builder *builder) {
    char *json = builder->out_of_memory ? NULL : json_dumps(builder->header, JSON_COMPACT);
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

static gt_status take_checksum(void *taker, const void *bytes, size_t size, gt_error *error) {
    (void)error;
    uLong *checksum = taker;
    *checksum = crc32_z(*checksum, bytes, size);
    return GT_OK;
}

static gt_status take_to_file(void *taker, const void *bytes, size_t size, gt_error *error) {
    return gt_file_write(taker, bytes, size, error);
}

/* Reads the file back before it takes the place of an older one. */
static gt_status read_back(gt_file_writer *writer, gt_error *error) {
    gt_safetensors written;
    gt_error detail = {0};
    gt_status status = gt_file_sync(writer, error);
    if (status != GT_OK)
        return status;
    status = gt_safetensors_open(&written, writer->temporary, &detail);
    if (status == GT_OK && !written.checksum_matches)
        status = gt_error_set(&detail, GT_FAILED, "its checksum does not match");
    gt_safetensors_close(&written);
    return status == GT_OK ? GT_OK
                           : gt_error_set(error, GT_FAILED, "%s: cannot be read back: %.200s",
                                          writer->path, detail.message);
}

gt_status gt_safetensors_give(void *context, const gt_tensor *tensor, gt_error *error) {
    const gt_safetensors_sink *sink = context;
    size_t count = (size_t)tensor->rows * (size_t)(tensor->columns > 0 ? tensor->columns : 1);
    return sink->take(sink->taker, tensor->values, count * sizeof(gt_real), error);
}

gt_status gt_safetensors_write(gt_safetensors_builder *builder, const char *path,
                               gt_safetensors_source source, void *context, gt_error *error) {
    size_t size;
    char *header = render_header(&size, builder);
    if (header == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for the header", path);
    uLong checksum = crc32_z(0, (const Bytef *)header, size);
    gt_file_writer writer = {0};
    gt_status status = source(context, take_checksum, &checksum, error);
    if (status == GT_OK)
        status = gt_file_begin(&writer, path, error);
    if (status == GT_OK) {
        write_checksum(header + find_checksum(header, size), (uint32_t)checksum);
        status = gt_file_write(&writer, header, size, error);
    }
    if (status == GT_OK)
        status = source(context, take_to_file, &writer, error);
    if (status == GT_OK)
        status = read_back(&writer, error);
    if (status == GT_OK)
        status = gt_file_commit(&writer, error);
    gt_file_abort(&writer);
    free(header);
    return status;
}
